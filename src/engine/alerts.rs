//! Alerts of danger: before every other letter and whatever the hour's letters allow, once more to more people while nobody has answered,
//! and on a worklist where mail does not reach.
//!
//! Whoever floods the mailbox must not be able to hold an alert up, nor to bury it: what is too much for one reader goes together, each
//! case and mail named.

use std::collections::BTreeMap;

use jiff::SignedDuration;

use crate::delivery::Delivery;
use crate::domain::ids::{CaseId, LetterId, LetterName, MailId, RoleName, StageName, TaskId};
use crate::domain::letter::{Context, DigestLine};
use crate::domain::time::{Instant, london_date};
use crate::domain::workflow::{RequestKind, RoleScope, UnansweredDef};
use crate::engine::letterbox::letter_mark;
use crate::engine::roster::{Recipient, Relation};
use crate::engine::send::Sent;
use crate::engine::worklist::short;
use crate::engine::{Engine, EngineError};
use crate::store::{
    CaseFilter, CaseKey, ClaimedLetter, Commit, DueAlert, LetterFilter, LetterRow, NewLetter, NewTask, QueuedLetter, StoreError,
    StoredCase, TaskFilter, TaskRow,
};

/// Alerts in an hour that one reader gets one by one; what is more goes together, once a minute.
const ALONE_MAX: u64 = 5;
/// How long what goes together waits after the one before.
const TOGETHER_PAUSE: SignedDuration = SignedDuration::from_secs(60);
/// Alerts looked at in one round.
const LOOKED_AT: u32 = 500;
/// References named in one letter; a person does not read more, and the rest is counted.
const LINES_MAX: usize = 60;

impl Engine {
    /// Whether it is what tells of danger.
    pub(crate) fn is_alert(&self, letter: &LetterName) -> bool {
        *letter == *self.alert_letter()
    }

    pub(crate) fn alert_letter(&self) -> &LetterName {
        &self.programme.desk.request(RequestKind::SafeguardingAlert).letter
    }

    /// Sends the alerts that are due, and what the program says of its own trouble: first, and beside the letters of the hour.
    pub(crate) async fn send_alerts(&self, delivery: &Delivery, now: Instant) -> Result<Vec<Sent>, EngineError> {
        let mut readers: BTreeMap<Vec<u8>, Vec<DueAlert>> = BTreeMap::new();
        let (mut go, mut own, mut order) = (Vec::new(), Vec::new(), BTreeMap::new());
        for due in self.store.alerts_due(now, self.alert_letter(), LOOKED_AT).await? {
            order.insert(due.id, order.len());
            if self.is_alert(&due.letter) {
                readers.entry(due.recipient.clone()).or_default().push(due);
            } else {
                own.push(due.id);
            }
        }
        for (reader, due) in readers {
            go.extend(self.alerts_to_go(&reader, &due, now).await?);
        }
        // What has waited longest goes first; what stands for many before all.
        go.sort_by_key(|id| order.get(id).map_or(0, |place| place + 1));
        go.append(&mut own);
        let mut all = Vec::new();
        for id in go {
            all.extend(self.send_one(delivery, id).await?);
        }
        Ok(all)
    }

    /// Which letters go to this reader now.
    async fn alerts_to_go(&self, reader: &[u8], due: &[DueAlert], now: Instant) -> Result<Vec<LetterId>, EngineError> {
        let since = |pause: SignedDuration| now.checked_sub(pause).unwrap_or(Instant::MIN);
        let left = self.store.count_alerts_sent(reader, self.alert_letter(), since(SignedDuration::from_hours(1))).await?;
        if left + due.len() as u64 <= ALONE_MAX {
            return Ok(due.iter().map(|one| one.id).collect());
        }
        let (together, alone): (Vec<&DueAlert>, Vec<&DueAlert>) = due.iter().partition(|one| self.goes_together(one));
        let alone = alone.into_iter().map(|one| one.id);
        let lately = self.store.count_alerts_sent(reader, self.alert_letter(), since(TOGETHER_PAUSE)).await?;
        match &together[..] {
            [] => Ok(alone.collect()),
            _ if left >= ALONE_MAX && lately > 0 => Ok(alone.collect()),
            [one] => Ok(std::iter::once(one.id).chain(alone).collect()),
            many => {
                let ids: Vec<LetterId> = many.iter().map(|one| one.id).collect();
                Ok(self.gather_alerts(&ids, now).await?.into_iter().chain(alone).collect())
            }
        }
    }

    /// Whether an alert may stand in one letter with others: it has not been tried, and its reader holds a role of the whole programme. Who
    /// may read of a case in an area is told of that case alone.
    fn goes_together(&self, alert: &DueAlert) -> bool {
        let role = alert.role.as_ref().and_then(|role| self.programme.lifecycle.role(role));
        alert.untried && role.is_some_and(|role| role.scope == RoleScope::Programme)
    }

    /// One letter in place of these, which must have one reader. None when another daemon was quicker.
    async fn gather_alerts(&self, ids: &[LetterId], now: Instant) -> Result<Vec<LetterId>, EngineError> {
        let (mut lines, mut gathered) = (Vec::<DigestLine>::new(), Vec::new());
        let mut to = None;
        for id in ids {
            let Some(letter) = self.store.letter(*id).await? else { continue };
            let about = (&letter.row.letter, letter.row.role.as_ref(), &letter.recipient);
            // What is not theirs any more is dropped when its turn comes to go alone.
            if self.no_longer_for(letter.row.case, about).await?.is_some() {
                continue;
            }
            let line = self.line_of_alert(&letter).await?;
            if !lines.iter().any(|have| have.reference == line.reference) {
                lines.push(line);
            }
            gathered.push(*id);
            to.get_or_insert((letter.row.role.clone(), letter.recipient.clone()));
        }
        let Some((role, recipient)) = to else { return Ok(ids.to_vec()) };
        let mut context = Context {
            role: role.as_ref().map(|role| self.title_there(role, None)),
            look: "focus-family mail list --requests".to_owned(),
            link: self.settings.web.page("/worklist"),
            ..self.base_context()
        };
        context.counts.insert("lines".to_owned(), u32::try_from(lines.len()).unwrap_or(u32::MAX));
        lines.truncate(LINES_MAX);
        context.reference = lines.first().map(|line| line.reference.clone()).unwrap_or_default();
        context.lines = lines;
        let content = self.templates.compose(self.alert_letter(), &context)?;
        let letter = self.letter_to(self.alert_letter(), (role, recipient), Self::new_message_id, content);
        let id = letter.id;
        match self.store.gather_alerts(&gathered, letter, now).await {
            Err(StoreError::Fenced { .. }) => Ok(Vec::new()),
            done => done.map(|()| vec![id]).map_err(EngineError::from),
        }
    }

    async fn line_of_alert(&self, letter: &QueuedLetter) -> Result<DigestLine, EngineError> {
        let (reference, link) = match (letter.row.case, letter.row.mail) {
            (Some(case), _) => {
                let stored = self.store.load_case(&CaseKey::Id(case)).await?;
                let reference = stored.map(|stored| stored.case.reference.to_string()).unwrap_or_default();
                (reference.clone(), self.settings.web.page(&format!("/cases/{reference}")))
            }
            (None, Some(mail)) => {
                let receipt = self.store.mail(mail).await?.map(|row| row.receipt).unwrap_or_default();
                (receipt.clone(), self.settings.web.page(&format!("/inbox/{receipt}")))
            }
            (None, None) => (short(&letter.row.id.to_text()).to_owned(), String::new()),
        };
        Ok(DigestLine { reference, purpose: String::new(), due_on: None, late: false, link })
    }

    /// Writes once more, to more people, of every alert of danger that nobody has answered for as many hours as the desk says: at each rung
    /// once, whoever looks. Returns how many alerts were told of.
    ///
    /// # Errors
    /// The store's, or a template's.
    pub async fn climb_alerts(&self) -> Result<usize, EngineError> {
        let Some(ladder) = &self.programme.desk.request(RequestKind::SafeguardingAlert).unanswered else { return Ok(0) };
        Ok(self.climb_mails(ladder).await? + self.climb_cases(ladder).await?)
    }

    async fn climb_mails(&self, ladder: &UnansweredDef) -> Result<usize, EngineError> {
        let request = self.programme.desk.request(RequestKind::SafeguardingAlert);
        let mut told = 0;
        let filter = TaskFilter { role: Some(request.role.clone()), ..TaskFilter::default() };
        for task in self.store.tasks(&filter).await?.iter().filter(|task| is_of_alert(task)) {
            let note = format!("alert:{}", task.id);
            let Some(hours) = self.rung_to_tell(ladder, &note, task.opened_at).await? else { continue };
            let Some(mail) = task.mail else { continue };
            let Some(row) = self.store.mail(mail).await? else { continue };
            let mut commit = Commit::at(self.ambient.now());
            for recipient in self.told_beyond(Relation::default()) {
                let context = Context {
                    reference: row.receipt.clone(),
                    role: Some(self.title_there(&recipient.role, None)),
                    received_on: Some(london_date(row.received_at)),
                    link: self.settings.web.page(&format!("/inbox/{}", row.receipt)),
                    look: self.look(&recipient.role, || format!("mail show {} --original", row.receipt)),
                    unanswered_hours: Some(u32::from(hours)),
                    ..self.base_context()
                };
                let letter = self.letter_of_mail(mail, self.alert_letter().as_str(), &recipient, &context, None)?;
                let key = format!("{note}:{hours}:{}", self.address_mark(&recipient.address));
                commit.letters.push(NewLetter { key, ..letter });
            }
            self.store.commit(commit).await?;
            self.store.set_note(&note, &hours.to_string()).await?;
            told += 1;
        }
        Ok(told)
    }

    /// Cases that stand where the life cycle reminds of danger, since the alert of that day.
    async fn climb_cases(&self, ladder: &UnansweredDef) -> Result<usize, EngineError> {
        let mut told = 0;
        for stage in self.stages_of_danger() {
            let filter = CaseFilter { closed: Some(false), stage: Some(stage), ..CaseFilter::default() };
            for row in self.store.cases(&filter).await? {
                let Some(stored) = self.store.load_case(&CaseKey::Reference(row.reference)).await? else { continue };
                let Some((mark, since)) = self.alerted_since(&stored).await? else { continue };
                let note = format!("alert:{}:{mark}", stored.id);
                let Some(hours) = self.rung_to_tell(ladder, &note, since).await? else { continue };
                let mut commit = Commit::at(self.ambient.now());
                let relation = Relation { area: stored.case.area.as_ref(), holders: Some(&stored.case.holders) };
                for recipient in self.told_beyond(relation) {
                    if self.is_excluded_from(&stored.case, &recipient) {
                        continue;
                    }
                    let context = Context {
                        unanswered_hours: Some(u32::from(hours)),
                        ..self.case_context(&stored.case, self.alert_letter(), &recipient.role)
                    };
                    let content = self.templates.compose(self.alert_letter(), &context)?;
                    let to = (Some(recipient.role.clone()), recipient.address.clone());
                    let id_of = |engine: &Self| engine.message_id_about(stored.id, &stored.case.reference, &recipient);
                    let letter = self.letter_to(self.alert_letter(), to, id_of, content);
                    let key = format!("{note}:{hours}:{}", self.address_mark(&recipient.address));
                    commit.letters.push(NewLetter { key, case: Some(stored.id), ..letter });
                }
                self.store.commit(commit).await?;
                self.store.set_note(&note, &hours.to_string()).await?;
                told += 1;
            }
        }
        Ok(told)
    }

    /// Stages whose ladder sends alerts: there a person looks first.
    fn stages_of_danger(&self) -> Vec<StageName> {
        let mut stages: Vec<StageName> = Vec::new();
        for timer in &self.programme.lifecycle.timers {
            let rungs = timer.ladder.rungs.iter().chain(&timer.ladder.again);
            if rungs.into_iter().any(|rung| rung.letters.contains(self.alert_letter())) {
                stages.extend(timer.stages.iter().filter(|stage| !stages.contains(stage)).cloned().collect::<Vec<_>>());
            }
        }
        stages
    }

    /// Since when a case has stood there unanswered, by the first alert after it came there, and a mark of that time.
    async fn alerted_since(&self, stored: &StoredCase) -> Result<Option<(String, Instant)>, EngineError> {
        let armed = stored.case.timers.values().filter(|armed| {
            let timer = self.programme.lifecycle.timers.iter().find(|timer| timer.name == armed.timer);
            timer.is_some_and(|timer| timer.ladder.rungs.iter().any(|rung| rung.letters.contains(self.alert_letter())))
        });
        let Some(armed) = armed.max_by_key(|armed| armed.anchor) else { return Ok(None) };
        let filter = LetterFilter {
            case: Some(stored.id),
            letter: Some(self.alert_letter().clone()),
            limit: LOOKED_AT,
            ..LetterFilter::default()
        };
        let rows: Vec<LetterRow> = self.store.letters(&filter).await?;
        let since = rows.iter().map(|row| row.queued_at).filter(|at| london_date(*at) >= armed.anchor).min();
        Ok(since.map(|since| (armed.arming.to_string(), since)))
    }

    /// The rung that has come since the last one told, in hours.
    async fn rung_to_tell(&self, ladder: &UnansweredDef, note: &str, since: Instant) -> Result<Option<u16>, EngineError> {
        let waited = self.ambient.now().duration_since(since).as_hours();
        let Some(hours) = ladder.after_hours.iter().rev().find(|hours| i64::from(**hours) <= waited) else { return Ok(None) };
        let told = self.store.get_note(note).await?.and_then(|told| told.parse::<u16>().ok());
        Ok((told.is_none_or(|told| told < *hours)).then_some(*hours))
    }

    /// Who must know when the ordinary way does not reach the duty officer; each address once.
    fn told_beyond(&self, relation: Relation<'_>) -> Vec<Recipient> {
        let mut found: Vec<Recipient> = Vec::new();
        for role in self.programme.desk.request(RequestKind::SafeguardingAlert).told_beyond() {
            for one in self.roster.answer_for(&self.programme.lifecycle, &role, relation) {
                if !found.iter().any(|have| have.address == one.address) {
                    found.push(one);
                }
            }
        }
        found
    }

    /// What everybody who must know of danger is asked when a letter that tells of it does not reach somebody: the same day, each on a
    /// list of their own, for no mail may get through.
    pub(crate) async fn ask_about_alert(
        &self,
        letter: &ClaimedLetter,
        what: &str,
        code: &str,
        now: Instant,
    ) -> Result<(), EngineError> {
        let to = letter.role.as_ref().map_or_else(|| "its reader".to_owned(), |role| self.title_there(role, None));
        let filter =
            TaskFilter { case: letter.case, mail: letter.mail.filter(|_| letter.case.is_none()), ..TaskFilter::default() };
        let begins = format!("an alert of danger has not reached {to} (");
        // One of the letters about the same thing is enough to ask.
        if (letter.case.is_some() || letter.mail.is_some())
            && self.store.tasks(&filter).await?.iter().any(|task| task.says.starts_with(&begins))
        {
            return Ok(());
        }
        let says =
            format!("{begins}{code}): read it now, ring them and the Safeguarding Hub (letter {})", short(&letter.id.to_text()));
        let about = (letter.id, letter.case, letter.mail);
        self.store.commit(Commit { tasks: self.tasks_beyond(about, what, &says, now), ..Commit::at(now) }).await?;
        Ok(())
    }

    /// One item for each role that must know.
    pub(crate) fn tasks_beyond(
        &self,
        (letter, case, mail): (LetterId, Option<CaseId>, Option<MailId>),
        what: &str,
        says: &str,
        now: Instant,
    ) -> Vec<NewTask> {
        let task = |role: RoleName| NewTask {
            id: TaskId::from_random(self.ambient.id()),
            key: format!("{}{what}:{role}", letter_mark(letter)),
            case,
            mail: mail.filter(|_| case.is_none()),
            role,
            says: says.to_owned(),
            due_on: london_date(now),
        };
        self.programme.desk.request(RequestKind::SafeguardingAlert).told_beyond().into_iter().map(task).collect()
    }
}

/// Whether it asks to read a mail with words of danger.
pub(crate) fn is_of_alert(task: &TaskRow) -> bool {
    let kind = task.key.strip_prefix("mail:").and_then(|rest| rest.rsplit(':').next());
    task.mail.is_some() && kind == Some(RequestKind::SafeguardingAlert.as_str())
}
