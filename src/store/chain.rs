//! Events and audit rows in one keyed hash chain. Whoever appends holds the head; whoever changes a row is found out, and cannot make
//! the hashes anew without the key file.

use std::sync::{Mutex, PoisonError};

use super::commit::json;
use super::database::{Answer, Database};
use super::decision::AuditEntry;
use super::error::StoreError;
use super::statement::Statement;
use super::{Store, count, unreadable};
use crate::domain::case::Event;
use crate::domain::ids::CaseId;
use crate::domain::time::Instant;
use crate::vault::{ChainLink, Context, Key, Vault, plain_link_hash};

/// Rows read at once when the chain is verified.
const PAGE: u32 = 1000;

/// A row to append: sealed, without its place in the chain.
pub(super) struct ChainRow {
    case: Option<String>,
    version: Option<u64>,
    kind: &'static str,
    sealed: Vec<u8>,
}

impl ChainRow {
    /// A row that is about no case, sealed under the key of the house.
    pub fn of_house(kind: &'static str, sealed: Vec<u8>) -> Self {
        Self { case: None, version: None, kind, sealed }
    }
}

/// What a walk along the chain came to.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct ChainReport {
    /// Rows that are linked as they should be.
    pub events: u64,
    /// The last hash, in hexadecimal digits. Keep it elsewhere now and then: a chain cut at its end is found by it.
    pub head: String,
    /// Number of the first row that is changed, missing or too many; none when all is well.
    pub first_bad: Option<u64>,
}

pub(super) fn event_place(row: &str) -> Context<'_> {
    Context { table: "events", row, column: "sealed" }
}

/// The name an event is sealed under: its number in the chain is not known yet then.
pub(super) fn event_name(case: CaseId, version: u64) -> String {
    format!("{case}/{version}")
}

const AUDIT: &str = "audit";

impl Store {
    pub(super) fn event_row(&self, case: CaseId, version: u64, event: &Event, key: &Key) -> Result<ChainRow, StoreError> {
        let sealed = self.inner.vault.seal(key, &event_place(&event_name(case, version)), &json(event)?);
        Ok(ChainRow { case: Some(case.to_text()), version: Some(version), kind: event.kind(), sealed })
    }
    pub(super) fn audit_row(&self, entry: &AuditEntry) -> Result<ChainRow, StoreError> {
        let sealed = self.inner.vault.seal(&self.inner.house, &event_place(AUDIT), &json(entry)?);
        Ok(ChainRow { case: entry.case.map(CaseId::to_text), version: None, kind: AUDIT, sealed })
    }
    /// Audit rows from `since` on, oldest first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn audit(&self, since: Instant) -> Result<Vec<(Instant, AuditEntry)>, StoreError> {
        self.audit_rows("at_us >= $$ ORDER BY seq", since).await
    }
    /// Audit rows of exactly this instant: who did what was committed then.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn audit_at(&self, at: Instant) -> Result<Vec<AuditEntry>, StoreError> {
        let rows = self.audit_rows("at_us = $$ ORDER BY seq", at).await?;
        Ok(rows.into_iter().map(|(_, entry)| entry).collect())
    }

    /// Audit rows about this case, oldest first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn audit_of(&self, case: CaseId) -> Result<Vec<(Instant, AuditEntry)>, StoreError> {
        self.opened_audit(
            Statement::new("SELECT seq, at_us, sealed FROM events WHERE kind = 'audit' AND ")
                .and("case_id = $$ ORDER BY seq", case.to_text()),
        )
        .await
    }

    async fn audit_rows(&self, when: &'static str, at: Instant) -> Result<Vec<(Instant, AuditEntry)>, StoreError> {
        self.opened_audit(Statement::new("SELECT seq, at_us, sealed FROM events WHERE kind = 'audit' AND ").and(when, at)).await
    }

    async fn opened_audit(&self, statement: Statement) -> Result<Vec<(Instant, AuditEntry)>, StoreError> {
        let mut entries = Vec::new();
        for row in self.inner.database.read("read the audit rows", statement).await? {
            let seq = row.get::<i64>("seq")?.to_string();
            let opened = self.inner.vault.open(&self.inner.house, &event_place(AUDIT), row.get("sealed")?)?;
            let entry =
                serde_json::from_slice(&opened).map_err(|_| unreadable("events", "sealed", &seq, "it is no audit row"))?;
            entries.push((super::instant("events", "at_us", &seq, &row)?, entry));
        }
        Ok(entries)
    }
    /// The hash of a link as it must be at its place: keyed, or of the days before links were.
    pub(super) fn link_hash(&self, link: &ChainLink<'_>) -> [u8; 32] {
        if link.seq < self.inner.keyed_from { plain_link_hash(link) } else { self.inner.vault.link_hash(link) }
    }
    /// How many rows the chain has, and its last hash, in hexadecimal digits.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn chain_end(&self) -> Result<(u64, String), StoreError> {
        let end = Statement::new("SELECT seq, hash FROM chain_end WHERE id = 1");
        let rows = self.inner.database.read("read the end of the chain", end).await?;
        let end = rows.first().ok_or_else(|| unreadable("chain_end", "seq", "1", "the row is missing"))?;
        Ok((count(end.get("seq")?), hex::encode(end.get::<Vec<u8>>("hash")?)))
    }
    /// The hash of row `seq` of the chain, in hexadecimal digits; none where the chain is shorter.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn chain_hash_at(&self, seq: u64) -> Result<Option<String>, StoreError> {
        let statement = Statement::new("SELECT hash FROM events WHERE seq = $1").with(seq);
        let rows = self.inner.database.read("read a link of the chain", statement).await?;
        rows.first().map(|row| row.get::<Vec<u8>>("hash").map(hex::encode)).transpose()
    }
    /// Recomputes the whole chain.
    ///
    /// # Errors
    /// [`StoreError`] when it cannot be read; a bad chain is no error but a report.
    pub async fn verify_chain(&self) -> Result<ChainReport, StoreError> {
        let attempted = "verify the chain";
        let head = Statement::new("SELECT seq, hash FROM chain_end WHERE id = 1");
        let head = self.inner.database.read(attempted, head).await?;
        let (head_seq, head_hash) = match head.first() {
            Some(row) => (row.get::<i64>("seq")?, row.get::<Vec<u8>>("hash")?),
            None => return Ok(ChainReport { events: 0, head: String::new(), first_bad: Some(1) }),
        };
        let (mut seq, mut previous) = (0_i64, [0_u8; 32]);
        let bad = |seq: i64, previous: &[u8]| ChainReport {
            events: count(seq),
            head: hex::encode(previous),
            first_bad: Some(count(seq + 1)),
        };
        loop {
            let page = Statement::new(
                "SELECT seq, case_id, version, kind, at_us, sealed, previous_hash, hash FROM events WHERE seq > $1 ORDER BY seq LIMIT $2",
            );
            let rows = self.inner.database.read(attempted, page.with(seq).with(PAGE)).await?;
            if rows.is_empty() {
                break;
            }
            for row in rows {
                // What was appended after the head was read belongs to the next walk.
                let number: i64 = row.get("seq")?;
                if number > head_seq && seq == head_seq {
                    return Ok(finished(seq, head_seq, &previous, &head_hash));
                }
                let (case, kind, body): (Option<String>, String, Vec<u8>) =
                    (row.get("case_id")?, row.get("kind")?, row.get("sealed")?);
                let hash = self.link_hash(&ChainLink {
                    previous: &previous,
                    seq: number,
                    case: case.as_deref().unwrap_or_default(),
                    version: row.get::<Option<i64>>("version")?.unwrap_or_default(),
                    kind: &kind,
                    at_us: row.get("at_us")?,
                    body: &body,
                });
                let linked =
                    number == seq + 1 && row.get::<Vec<u8>>("previous_hash")? == previous && row.get::<Vec<u8>>("hash")? == hash;
                if !linked {
                    return Ok(bad(seq, &previous));
                }
                (seq, previous) = (number, hash);
            }
        }
        Ok(finished(seq, head_seq, &previous, &head_hash))
    }
}

fn finished(seq: i64, head_seq: i64, hash: &[u8], head_hash: &[u8]) -> ChainReport {
    let whole = seq == head_seq && hash == head_hash;
    ChainReport { events: count(seq), head: hex::encode(hash), first_bad: (!whole).then(|| count(seq + 1)) }
}

/// The last link of the chain: its number and its hash.
#[derive(Debug, Clone)]
pub(super) struct Link {
    seq: i64,
    hash: Vec<u8>,
}

impl Link {
    /// The link an answer to the question for the head tells.
    pub fn told(head: Answer) -> Result<Self, StoreError> {
        let head = head.first().ok_or_else(|| unreadable("chain_end", "seq", "1", "the row is missing"))?;
        Ok(Self { seq: head.get("seq")?, hash: head.get("hash")? })
    }
    /// How many rows the chain has.
    pub fn rows(&self) -> u64 {
        count(self.seq)
    }
}

/// The last link as this process wrote it. Whoever appends after it in the belief that it is still the last is refused by the number of
/// the next row, which is unique, when it is not.
#[derive(Default)]
pub(super) struct Head(Mutex<Option<Link>>);

impl Head {
    pub fn last(&self) -> Option<Link> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
    pub fn set(&self, link: Option<Link>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = link;
    }
}

/// Appends `rows` after `head`: the inserts and the new head as statements, and the last link then.
pub(super) fn chain_statements(vault: &Vault, head: Link, rows: Vec<ChainRow>, at: Instant) -> (Vec<Statement>, Link) {
    let Link { mut seq, hash: mut previous } = head;
    let mut cells = Vec::with_capacity(rows.len());
    for row in rows {
        seq += 1;
        let hash = vault
            .link_hash(&ChainLink {
                previous: &previous,
                seq,
                case: row.case.as_deref().unwrap_or_default(),
                version: row.version.map_or(0, |version| i64::try_from(version).unwrap_or(i64::MAX)),
                kind: row.kind,
                at_us: at.as_microsecond(),
                body: &row.sealed,
            })
            .to_vec();
        let version = row.version.map(|version| i64::try_from(version).unwrap_or(i64::MAX));
        cells.push([
            seq.into(),
            row.case.into(),
            version.into(),
            row.kind.into(),
            at.into(),
            row.sealed.into(),
            std::mem::replace(&mut previous, hash.clone()).into(),
            hash.into(),
        ]);
    }
    let insert = "INSERT INTO events (seq, case_id, version, kind, at_us, sealed, previous_hash, hash) VALUES ";
    let mut statements = Vec::new();
    while !cells.is_empty() {
        let rest = cells.split_off(cells.len().min(500));
        statements.push(Statement::new(insert).rows::<8>(std::mem::replace(&mut cells, rest)));
    }
    statements.push(Statement::new("UPDATE chain_end SET seq = $1, hash = $2 WHERE id = 1").with(seq).with(previous.clone()));
    (statements, Link { seq, hash: previous })
}

/// Number of the first keyed link. A database of before has none: then it is the next link, proven by the key from now on. A number that
/// is not proven counts as the first of all: then every link must be keyed.
pub(super) async fn keyed_from(database: &Database, vault: &Vault) -> Result<i64, StoreError> {
    let attempted = "look since when the chain is keyed";
    let mark = |from: i64| vault.fingerprint("chain keyed from", from.to_be_bytes());
    loop {
        let end = Statement::new("SELECT seq, keyed_from, keyed_mark FROM chain_end WHERE id = 1");
        let rows = database.read(attempted, end).await?;
        let end = rows.first().ok_or_else(|| unreadable("chain_end", "seq", "1", "the row is missing"))?;
        if let Some(from) = end.get::<Option<i64>>("keyed_from")? {
            let proven = end.get::<Option<Vec<u8>>>("keyed_mark")?.is_some_and(|kept| kept == mark(from));
            return Ok(if proven { from } else { 1 });
        }
        let seq: i64 = end.get("seq")?;
        let update = Statement::new("UPDATE chain_end SET ")
            .and("keyed_from = $$, ", seq + 1)
            .and("keyed_mark = $$ ", mark(seq + 1))
            .and("WHERE id = 1 AND keyed_from IS NULL AND seq = $$", seq);
        // Another daemon may have been first, or have appended a row: whatever is stored now counts.
        database.write(attempted, update).await?;
    }
}
