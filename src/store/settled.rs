//! What a decision settles outside the events of a case, in the chain: the end of a mail, worklist items opened and done, letters queued.
//!
//! One link a transaction, sealed under the key of the house. Without it whoever can write the database could call an alarm automatic,
//! join a waiting mail to another case, or delete what somebody was asked to do, and no invariant would tell. What becomes of a letter
//! later is not in the chain; that it was sent is proven by the sealed answer of the mail server, that it was dropped by a sealed word.

use std::collections::{HashMap, HashSet};

use serde::{Deserialize, Serialize};

use super::Store;
use super::chain::{ChainRow, event_place};
use super::check::Finding;
use super::commit::json;
use super::decision::Commit;
use super::error::StoreError;
use super::outbox::{DROPPED, reply_place};
use super::statement::Statement;
use crate::domain::ids::TaskId;
use crate::domain::time::Instant;

/// The kind of these links.
pub(super) const SETTLED: &str = "settled";
/// Rows read at once.
const PAGE: u32 = 1000;
/// Bytes of a fingerprint that are kept: enough to tell rows of one house apart.
const MARK_BYTES: usize = 8;
/// How often everything is compared anew while daemons write.
const LOOKS_MAX: u32 = 3;
/// Findings of one kind; a store that was emptied needs no list of all that is gone.
const FINDINGS_MAX: usize = 20;

/// What one transaction settled.
#[derive(Default, Serialize, Deserialize)]
struct Settled {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    mails: Vec<MailSettled>,
    /// Marks of effect keys, each with a mark of what the item says and to whom.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    tasks: Vec<(String, String)>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    done: Vec<TaskId>,
    /// Marks of effect keys.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    letters: Vec<String>,
}

#[derive(Serialize, Deserialize)]
struct MailSettled {
    mail: String,
    end: String,
    kind: String,
    /// The case it opened or joined with this; what it had joined before stays when there is none.
    case: Option<String>,
    /// It has left its case.
    left: bool,
}

impl Settled {
    fn is_empty(&self) -> bool {
        self.mails.is_empty() && self.tasks.is_empty() && self.done.is_empty() && self.letters.is_empty()
    }
}

/// Everything the chain says was settled.
#[derive(Default)]
struct Expected {
    /// When the first such link was made; what was settled before is in none.
    since_us: Option<i64>,
    /// End, kind and case; the case is not known of a mail that had joined one before there were such links.
    mails: HashMap<String, (String, String, Option<Option<String>>)>,
    tasks: HashMap<String, String>,
    done: HashSet<TaskId>,
    letters: HashSet<String>,
}

impl Store {
    /// The link of `commits`; none when they settle nothing outside their cases.
    pub(super) fn settled_row<'c>(&self, commits: impl IntoIterator<Item = &'c Commit>) -> Result<Option<ChainRow>, StoreError> {
        let mut settled = Settled::default();
        for commit in commits {
            settled.mails.extend(commit.mail.iter().chain(&commit.copies).map(|end| MailSettled {
                mail: end.mail.to_text(),
                end: end.end.as_str().to_owned(),
                kind: end.kind.clone(),
                case: end.case.map(|case| case.to_text()),
                left: end.leaves_case,
            }));
            let tasks =
                commit.tasks.iter().map(|task| (self.key_mark(&task.key), self.task_mark(task.role.as_str(), &task.says)));
            settled.tasks.extend(tasks);
            settled.done.extend_from_slice(&commit.done);
            settled.letters.extend(commit.letters.iter().map(|letter| self.key_mark(&letter.key)));
        }
        if settled.is_empty() {
            return Ok(None);
        }
        let sealed = self.inner.vault.seal(&self.inner.house, &event_place(SETTLED), &json(&settled)?);
        Ok(Some(ChainRow::of_house(SETTLED, sealed)))
    }
    fn key_mark(&self, key: &str) -> String {
        hex::encode(&self.inner.vault.fingerprint("effect key in the chain", key)[..MARK_BYTES])
    }
    fn task_mark(&self, role: &str, says: &str) -> String {
        hex::encode(&self.inner.vault.fingerprint("worklist item in the chain", format!("{role}\n{says}"))[..MARK_BYTES])
    }

    /// Compares mails, worklist and outbox with what the chain says of them.
    pub(super) async fn check_settled(&self, findings: &mut Vec<Finding>) -> Result<(), StoreError> {
        for look in 1.. {
            let before = self.chain_end().await?;
            let expected = self.expected().await?;
            let mut found = Vec::new();
            if let Some(since_us) = expected.since_us {
                self.compare_mails(&expected, since_us, &mut found).await?;
                self.compare_tasks(&expected, &mut found).await?;
                self.compare_letters(&expected, since_us, &mut found).await?;
            }
            // What a daemon has written meanwhile differs for no other reason.
            if found.is_empty() || look >= LOOKS_MAX || self.chain_end().await? == before {
                findings.extend(found);
                return Ok(());
            }
        }
        Ok(())
    }

    async fn expected(&self) -> Result<Expected, StoreError> {
        let mut expected = Expected::default();
        let mut after = 0_i64;
        loop {
            let page = Statement::new("SELECT seq, at_us, sealed FROM events WHERE kind = $1 AND seq > $2 ORDER BY seq LIMIT $3");
            let rows = self.inner.database.read("read what was settled", page.with(SETTLED).with(after).with(PAGE)).await?;
            for row in &rows {
                after = row.get("seq")?;
                expected.since_us.get_or_insert(row.get("at_us")?);
                let opened = self.inner.vault.open(&self.inner.house, &event_place(SETTLED), row.get("sealed")?)?;
                let settled: Settled = serde_json::from_slice(&opened)
                    .map_err(|_| super::unreadable("events", "sealed", &after.to_string(), "it says not what was settled"))?;
                expected.add(settled);
            }
            if rows.len() < PAGE as usize {
                break;
            }
        }
        for (_, entry) in self.audit(Instant::UNIX_EPOCH).await?.into_iter().filter(|(_, entry)| entry.action == "closed_task") {
            expected.done.extend(entry.detail.get("task").and_then(|task| serde_json::from_value::<TaskId>(task.clone()).ok()));
        }
        Ok(expected)
    }

    async fn compare_mails(&self, expected: &Expected, since_us: i64, found: &mut Vec<Finding>) -> Result<(), StoreError> {
        let (mut seen, mut told) = (HashSet::new(), 0);
        let mut after = String::new();
        loop {
            let page = "SELECT id, receipt, end_state, kind, case_id, taken_in_at_us, ended_at_us FROM mails WHERE id > $1 ORDER BY id LIMIT $2";
            let rows =
                self.inner.database.read("check the ends of mails", Statement::new(page).with(after.as_str()).with(PAGE)).await?;
            let last = rows.len() < PAGE as usize;
            for row in rows {
                let id: String = row.get("id")?;
                let (end, kind): (Option<String>, Option<String>) = (row.get("end_state")?, row.get("kind")?);
                let case: Option<String> = row.get("case_id")?;
                let new = row.get::<i64>("taken_in_at_us")? >= since_us;
                let agrees = match expected.mails.get(&id) {
                    Some((by_chain, kind_by_chain, joined)) => {
                        let in_case = match joined {
                            Some(joined) => *joined == case,
                            None => !new || case.is_none(),
                        };
                        end.as_ref() == Some(by_chain) && kind.as_ref() == Some(kind_by_chain) && in_case
                    }
                    None => end.is_none() || !new && row.get::<Option<i64>>("ended_at_us")?.is_some_and(|at| at < since_us),
                };
                if !agrees && told < FINDINGS_MAX {
                    told += 1;
                    let says = "what became of it is not what was recorded: its row was changed in the database and not by the program; put \
                                the last backup beside it";
                    found.push(Finding { check: "mail_end_differs", subject: row.get("receipt")?, says: says.to_owned() });
                }
                seen.insert(id.clone());
                after = id;
            }
            if last {
                break;
            }
        }
        for gone in expected.mails.keys().filter(|id| !seen.contains(*id)).take(FINDINGS_MAX) {
            let says = "its row was deleted from the database; put the last backup beside it";
            found.push(Finding { check: "mail_gone", subject: format!("mail {gone}"), says: says.to_owned() });
        }
        Ok(())
    }

    async fn compare_tasks(&self, expected: &Expected, found: &mut Vec<Finding>) -> Result<(), StoreError> {
        let statement = Statement::new("SELECT id, effect_key, role, says, closed_at_us FROM tasks");
        let (mut seen, mut told) = (HashSet::new(), 0);
        for row in self.inner.database.read("check the worklist", statement).await? {
            let mark = self.key_mark(&row.get::<String>("effect_key")?);
            let Some(kept) = expected.tasks.get(&mark) else { continue };
            let id: String = row.get("id")?;
            let closed = row.get::<Option<i64>>("closed_at_us")?.is_some();
            let done = id.parse::<TaskId>().is_ok_and(|id| expected.done.contains(&id));
            let same = self.task_mark(&row.get::<String>("role")?, &row.get::<String>("says")?) == *kept;
            if (!same || closed != done) && told < FINDINGS_MAX {
                told += 1;
                let what = if same { "whether it is done" } else { "what it asks, or of whom," };
                let says = format!(
                    "{what} is not what was recorded: its row was changed in the database; put the last backup beside it"
                );
                found.push(Finding { check: "task_differs", subject: format!("worklist item {id}"), says });
            }
            seen.insert(mark);
        }
        let gone = expected.tasks.keys().filter(|mark| !seen.contains(*mark)).count();
        if gone > 0 {
            let says = "were deleted from the database: what people were asked to do is lost; put the last backup beside it";
            found.push(Finding { check: "task_gone", subject: format!("{gone} of the worklist"), says: says.to_owned() });
        }
        Ok(())
    }

    /// Whether what is sealed beside a letter says that it was dropped, and not that it was sent; none when it says nothing.
    fn proves_dropped(&self, id: &str, sealed: Option<Vec<u8>>) -> Option<bool> {
        let opened = self.inner.vault.open(&self.inner.house, &reply_place(id), sealed?).ok()?;
        Some(opened.starts_with(DROPPED.as_bytes()))
    }

    async fn compare_letters(&self, expected: &Expected, since_us: i64, found: &mut Vec<Finding>) -> Result<(), StoreError> {
        let (mut seen, mut told) = (HashSet::new(), 0);
        let mut after = String::new();
        loop {
            let page =
                "SELECT id, effect_key, state, settled_at_us, sealed_reply FROM letters WHERE id > $1 ORDER BY id LIMIT $2";
            let rows = self.inner.database.read("check the outbox", Statement::new(page).with(after.as_str()).with(PAGE)).await?;
            let last = rows.len() < PAGE as usize;
            for row in rows {
                let id: String = row.get("id")?;
                seen.insert(self.key_mark(&row.get::<String>("effect_key")?));
                let state: String = row.get("state")?;
                let settled = row.get::<Option<i64>>("settled_at_us")?.is_none_or(|at| at >= since_us);
                let reply: Option<Vec<u8>> = row.get("sealed_reply")?;
                let says = match state.as_str() {
                    "sent" => {
                        "it is called sent, and no mail server's answer proves it: its row was changed in the database; ask whoever \
                               it is for"
                    }
                    "dropped" => {
                        "it is called dropped, and neither the program nor a person dropped it: its row was changed in the \
                                  database; ask whoever it is for"
                    }
                    _ => "",
                };
                if settled
                    && !says.is_empty()
                    && told < FINDINGS_MAX
                    && self.proves_dropped(&id, reply) != Some(state == "dropped")
                {
                    told += 1;
                    found.push(Finding { check: "letter_not_proven", subject: format!("letter {id}"), says: says.to_owned() });
                }
                after = id;
            }
            if last {
                break;
            }
        }
        let gone = expected.letters.iter().filter(|mark| !seen.contains(*mark)).count();
        if gone > 0 {
            let says = "were deleted from the database: what was written to people is lost; put the last backup beside it";
            found.push(Finding { check: "letter_gone", subject: format!("{gone} of the outbox"), says: says.to_owned() });
        }
        Ok(())
    }
}

impl Expected {
    fn add(&mut self, settled: Settled) {
        for MailSettled { mail, end, kind, case, left } in settled.mails {
            let before = self.mails.remove(&mail);
            let joined = match (left, case) {
                (true, _) => Some(None),
                (false, Some(case)) => Some(Some(case)),
                (false, None) => before.and_then(|(_, _, joined)| joined),
            };
            self.mails.insert(mail, (end, kind, joined));
        }
        // Of two items with one key the first is opened.
        for (key, says) in settled.tasks {
            self.tasks.entry(key).or_insert(says);
        }
        self.done.extend(settled.done);
        self.letters.extend(settled.letters);
    }
}
