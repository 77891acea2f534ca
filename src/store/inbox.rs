//! Taking mails in: bytes and ledger row in one durable commit, before anything is made of them.
//!
//! The transport key of a mail is account, mailbox, UIDVALIDITY and UID. A `Message-ID` is never a reason to skip.

use std::collections::{HashMap, HashSet};

use super::database::Tx;
use super::digest::MailDigests;
use super::error::StoreError;
use super::fresh::FreshMails;
use super::keys::mail_key_place;
use super::statement::{Cell, Statement};
use super::{Store, parsed};
use crate::ambient::Ambient;
use crate::domain::ids::MailId;
use crate::domain::time::Instant;
use crate::vault::Context;

/// Rows in one statement: below both engines' limit of places.
const ROWS_AT_ONCE: usize = 64;
/// Tries to settle a race with another daemon, or a receipt number drawn twice.
const TRIES: u32 = 8;

/// A mail as it lies in a mailbox.
#[derive(Clone, PartialEq, Eq)]
pub struct Arrival {
    /// Account, from the settings.
    pub account: String,
    /// Mailbox or folder.
    pub mailbox: String,
    /// The mailbox's UIDVALIDITY; 0 where there is no such thing.
    pub uid_validity: i64,
    /// UID, or the unique base name in a Maildir.
    pub uid: String,
    /// When it reached the mailbox.
    pub received_at: Instant,
    /// Its bytes, as they are.
    pub raw: Vec<u8>,
    /// How many bytes it has in the mailbox: more than `raw` holds when it is larger than is kept.
    pub bytes_total: u64,
}
crate::redacted_debug!(Arrival);

/// What became of an arrival.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// A mail not seen before.
    New,
    /// This very place of the mailbox was taken in before: nothing was stored.
    SameSlot,
    /// Stored; its bytes are those of an earlier mail.
    SameBytes {
        /// The earlier one.
        of: MailId,
    },
    /// Stored; it differs from an earlier mail only in what mail servers write on the way.
    SameContent {
        /// The earlier one.
        of: MailId,
    },
}

/// An arrival in the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TakenIn {
    /// Its row; the earlier row's for [`Fate::SameSlot`].
    pub mail: MailId,
    /// Its receipt number: `FF-E-20391`.
    pub receipt: String,
    /// What became of it.
    pub fate: Fate,
}

impl TakenIn {
    /// Whether a row of the ledger was made for it.
    #[must_use]
    pub fn is_new_row(&self) -> bool {
        self.fate != Fate::SameSlot
    }
}

type Slot = (String, String, i64, String);

impl Arrival {
    fn slot(&self) -> Slot {
        (self.account.clone(), self.mailbox.clone(), self.uid_validity, self.uid.clone())
    }
}

/// What the ledger knows already of a batch.
#[derive(Default)]
struct Ledger {
    slots: HashMap<Slot, (MailId, String)>,
    /// First mail of each content, with the digest of its bytes.
    firsts: HashMap<[u8; 32], (MailId, [u8; 32])>,
    receipts: Vec<String>,
}

/// An arrival on its way into the ledger.
struct Entry<'a> {
    place: usize,
    arrival: &'a Arrival,
    digests: MailDigests,
    receipt: String,
}

impl Store {
    /// Puts `arrivals` into the ledger with one durable commit, in their order; an answer for each, in the same order.
    /// May run again with the same arrivals: they come back as [`Fate::SameSlot`]. Ids and receipt numbers are of `ambient`.
    ///
    /// # Errors
    /// [`StoreError`]; then nothing was taken in.
    pub async fn take_in(&self, arrivals: Vec<Arrival>, ambient: &Ambient) -> Result<Vec<TakenIn>, StoreError> {
        let digests: Vec<_> = arrivals.iter().map(|arrival| MailDigests::of(&self.inner.vault, &arrival.raw)).collect();
        let mut taken: Vec<Option<TakenIn>> = vec![None; arrivals.len()];
        let mut tx = self.inner.database.begin(ATTEMPTED).await?;
        if self.inner.database.is_postgres() {
            // One batch at a time: two that hold the same mails in another order would wait for each other for ever.
            // Unique constraints carry correctness; SQLite has one writer anyway.
            let lock = "SELECT pg_advisory_xact_lock(hashtext(current_schema() || '.mails'))";
            tx.run(ATTEMPTED, vec![Statement::new(lock)]).await?;
        }
        let mut bytes = Vec::new();
        for attempt in 0..TRIES {
            let waiting = (0..arrivals.len()).filter(|&place| taken[place].is_none());
            let entries: Vec<_> = waiting
                .map(|place| Entry {
                    place,
                    arrival: &arrivals[place],
                    digests: digests[place],
                    receipt: draw_receipt(ambient, attempt),
                })
                .collect();
            if entries.is_empty() {
                break;
            }
            let ledger = self.look_up(&mut tx, &entries).await?;
            self.enter(&mut tx, ambient, ledger, entries, &mut taken, &mut bytes).await?;
        }
        if taken.iter().any(Option::is_none) {
            tx.undo().await;
            return Err(StoreError::Unavailable { attempted: ATTEMPTED, cause: sqlx::Error::PoolTimedOut });
        }
        // The database makes two more copies of what is sealed: of a large mail the one that came is let go first.
        let raws: Vec<_> = arrivals.into_iter().map(|arrival| Some(arrival.raw).filter(|raw| FreshMails::holds(raw))).collect();
        tx.commit(ATTEMPTED, insert_bytes(bytes)).await?;
        let taken: Vec<TakenIn> = taken.into_iter().flatten().collect();
        for (taken, raw) in taken.iter().zip(raws).filter(|(taken, _)| taken.is_new_row()) {
            if let Some(raw) = raw {
                self.inner.fresh.keep(taken.mail, raw);
            }
        }
        Ok(taken)
    }

    async fn look_up(&self, tx: &mut Tx, entries: &[Entry<'_>]) -> Result<Ledger, StoreError> {
        let mut ledger = Ledger::default();
        for chunk in entries.chunks(ROWS_AT_ONCE) {
            let slots = chunk.iter().map(|entry| {
                let arrival = entry.arrival;
                [
                    arrival.account.as_str().into(),
                    arrival.mailbox.as_str().into(),
                    arrival.uid_validity.into(),
                    arrival.uid.as_str().into(),
                ]
            });
            let same_slot = "SELECT id, receipt, account, mailbox, uid_validity, uid FROM mails \
                 WHERE (account, mailbox, uid_validity, uid) IN (VALUES ";
            let same_content = "SELECT id, raw_digest, content_digest FROM mails WHERE same_as IS NULL AND content_digest IN ";
            let statements = vec![
                Statement::new(same_slot).rows::<4>(slots).then(")"),
                Statement::new(same_content).list(chunk.iter().map(|entry| entry.digests.content.into())),
                Statement::new("SELECT receipt FROM mails WHERE receipt IN ")
                    .list(chunk.iter().map(|entry| entry.receipt.as_str().into())),
            ];
            let mut answers = tx.run(ATTEMPTED, statements).await?.into_iter();
            for row in answers.next().unwrap_or_default().rows {
                let slot = (row.get("account")?, row.get("mailbox")?, row.get("uid_validity")?, row.get("uid")?);
                ledger.slots.insert(slot, (mail_id(&row.get::<String>("id")?)?, row.get("receipt")?));
            }
            for row in answers.next().unwrap_or_default().rows {
                let id = row.get::<String>("id")?;
                let digest = |column| {
                    let bytes: Vec<u8> = row.get(column)?;
                    <[u8; 32]>::try_from(bytes).map_err(|_| super::unreadable("mails", column, &id, "it is no digest"))
                };
                ledger.firsts.insert(digest("content_digest")?, (mail_id(&id)?, digest("raw_digest")?));
            }
            for row in answers.next().unwrap_or_default().rows {
                ledger.receipts.push(row.get("receipt")?);
            }
        }
        Ok(ledger)
    }

    /// Inserts what is not known. What another daemon entered meanwhile stays open for the next try.
    async fn enter(
        &self,
        tx: &mut Tx,
        ambient: &Ambient,
        ledger: Ledger,
        entries: Vec<Entry<'_>>,
        taken: &mut [Option<TakenIn>],
        bytes: &mut Vec<[Cell; 2]>,
    ) -> Result<(), StoreError> {
        let (mut contents, mut slots, mut receipts) = (HashSet::new(), HashSet::new(), HashSet::new());
        let now = ambient.now();
        let mut rows = Vec::new();
        let mut entered = HashMap::new();
        for entry in entries {
            if let Some((mail, receipt)) = ledger.slots.get(&entry.arrival.slot()) {
                taken[entry.place] = Some(TakenIn { mail: *mail, receipt: receipt.clone(), fate: Fate::SameSlot });
                continue;
            }
            // Twice in one batch: the second waits for the next try, when the first is in the ledger.
            let fresh = (ledger.firsts.contains_key(&entry.digests.content) || contents.insert(entry.digests.content))
                && slots.insert(entry.arrival.slot())
                && receipts.insert(entry.receipt.clone());
            if !fresh || ledger.receipts.contains(&entry.receipt) {
                continue;
            }
            let mail = MailId::from_random(ambient.id());
            let fate = match ledger.firsts.get(&entry.digests.content) {
                None => Fate::New,
                Some((of, raw)) if *raw == entry.digests.raw => Fate::SameBytes { of: *of },
                Some((of, _)) => Fate::SameContent { of: *of },
            };
            let (row, sealed) = self.ledger_row(mail, fate, &entry, now);
            rows.push(row);
            entered.insert(mail.to_text(), (entry.place, TakenIn { mail, receipt: entry.receipt, fate }, sealed));
        }
        for chunk in chunks(rows) {
            let insert = "INSERT INTO mails (id, receipt, account, mailbox, uid_validity, uid, received_at_us, taken_in_at_us, \
                 size_bytes, cut, raw_digest, content_digest, same_as, wrapped_key) VALUES ";
            let statement = Statement::new(insert).rows(chunk).then(" ON CONFLICT DO NOTHING RETURNING id");
            for row in tx.run(ATTEMPTED, vec![statement]).await?.into_iter().flat_map(|answer| answer.rows) {
                let id: String = row.get("id")?;
                if let Some((place, answer, sealed)) = entered.remove(&id) {
                    taken[place] = Some(answer);
                    bytes.push([id.into(), sealed.into()]);
                }
            }
        }
        Ok(())
    }

    fn ledger_row(&self, mail: MailId, fate: Fate, entry: &Entry, now: Instant) -> ([Cell; 14], Vec<u8>) {
        let (vault, id, arrival) = (&self.inner.vault, mail.to_text(), entry.arrival);
        let key = vault.new_key();
        let wrapped = vault.wrap(&key, &mail_key_place(&id));
        let sealed = vault.seal(&key, &bytes_place(&id), &arrival.raw);
        self.keep_mail_key(mail, &key);
        let same_as = match fate {
            Fate::New | Fate::SameSlot => None,
            Fate::SameBytes { of } | Fate::SameContent { of } => Some(of.to_text()),
        };
        let row = [
            id.into(),
            entry.receipt.as_str().into(),
            arrival.account.as_str().into(),
            arrival.mailbox.as_str().into(),
            arrival.uid_validity.into(),
            arrival.uid.as_str().into(),
            arrival.received_at.into(),
            now.into(),
            arrival.bytes_total.into(),
            (arrival.bytes_total > arrival.raw.len() as u64).into(),
            entry.digests.raw.into(),
            entry.digests.content.into(),
            same_as.into(),
            wrapped.into(),
        ];
        (row, sealed)
    }

    /// The bytes of a mail exactly as they came; none when it is not in the ledger. Right after [`Store::take_in`] they are
    /// still at hand, once.
    ///
    /// # Errors
    /// [`StoreError`]; [`StoreError::Sealed`] when they are not what was taken in.
    pub async fn raw_mail(&self, mail: MailId) -> Result<Option<Vec<u8>>, StoreError> {
        if let Some(raw) = self.inner.fresh.take(mail) {
            return Ok(Some(raw));
        }
        let id = mail.to_text();
        let statement = Statement::new(
            "SELECT b.sealed, m.wrapped_key, m.case_id FROM mails m JOIN mail_bytes b ON b.mail_id = m.id WHERE m.id = $1",
        )
        .with(id.as_str());
        let rows = self.inner.database.read("read a mail", statement).await?;
        let Some(row) = rows.first() else { return Ok(None) };
        let key = self.mail_key_in(mail, row).await?;
        Ok(Some(self.inner.vault.open(&key, &bytes_place(&id), row.get("sealed")?)?))
    }
}

const ATTEMPTED: &str = "take mails in";

/// `FF-E-` and five digits; more when three draws of five were taken.
fn draw_receipt(ambient: &Ambient, attempt: u32) -> String {
    let least = 10_u64.pow(4 + attempt.saturating_sub(2));
    format!("FF-E-{}", least + ambient.below(9 * least))
}

fn bytes_place(id: &str) -> Context<'_> {
    Context { table: "mail_bytes", row: id, column: "sealed" }
}

fn mail_id(text: &str) -> Result<MailId, StoreError> {
    parsed("mails", "id", text, text)
}

fn insert_bytes(rows: Vec<[Cell; 2]>) -> Vec<Statement> {
    let insert = |chunk| Statement::new("INSERT INTO mail_bytes (mail_id, sealed) VALUES ").rows::<2>(chunk);
    chunks(rows).into_iter().map(insert).collect()
}

fn chunks<T>(mut rows: Vec<T>) -> Vec<Vec<T>> {
    let mut chunks = Vec::new();
    while rows.len() > ROWS_AT_ONCE {
        let rest = rows.split_off(ROWS_AT_ONCE);
        chunks.push(std::mem::replace(&mut rows, rest));
    }
    if !rows.is_empty() {
        chunks.push(rows);
    }
    chunks
}
