//! What the pages show, taken from the engine: plain values without anything about a person of a family.

use std::sync::Arc;

use crate::cli::print;
use crate::config::Settings;
use crate::daemon::app::App;
use crate::daemon::history;
use crate::domain::case::{Case, Event};
use crate::domain::ids::{CaseReference, RoleName};
use crate::domain::time::Instant;
use crate::domain::workflow::{Lifecycle, Programme};
use crate::engine::EngineError;
use crate::engine::comes::Answered;
use crate::engine::views::{CaseListRow, case_list};
use crate::engine::worklist::short;
use crate::store::{CaseKey, EndState, LetterFilter, LetterRow, LetterState, MailFilter, StoredEvent, TaskFilter, TaskRow};
use crate::web::view::{CaseLine, CasePage, HappenedLine, LetterLine, MailLine, MoveLine, TaskLine, TimerLine};
use crate::web::{ViewError, Views};

/// Rows of a list page.
const ROWS_MAX: u32 = 200;

/// The pages' view of an installation.
pub struct Shown(pub Arc<App>);

fn failed<E: std::error::Error + Send + Sync + 'static>(what: &'static str) -> impl FnOnce(E) -> ViewError {
    move |cause| {
        tracing::error!(error = %cause, what, "a page could not be shown");
        ViewError { what, cause: Box::new(cause) }
    }
}

impl Views for Shown {
    async fn cases(&self) -> Result<Vec<CaseLine>, ViewError> {
        let today = self.0.engine.ambient.today();
        let rows = case_list(&self.0.engine).await.map_err(failed("the list of cases"))?;
        let line = |row: CaseListRow| CaseLine {
            reference: row.reference.to_string(),
            area: row.area_title.unwrap_or_else(|| "not known yet".to_owned()),
            stage: row.stage_title,
            grade: row.grade_title,
            owner: row.owner_title.unwrap_or_else(|| "nobody: it has ended".to_owned()),
            next_action: row.next_due_title.unwrap_or_default(),
            late: row.next_due_on.is_some_and(|due| due < today),
            next_due_on: row.next_due_on,
        };
        Ok(rows.into_iter().map(line).collect())
    }

    async fn case(&self, reference: CaseReference) -> Result<Option<CasePage>, ViewError> {
        self.page(reference).await.map_err(failed("a case"))
    }

    async fn inbox(&self) -> Result<Vec<MailLine>, ViewError> {
        let filter = MailFilter { limit: ROWS_MAX, ..MailFilter::default() };
        let rows = self.0.engine.store.mails(&filter).await.map_err(failed("the inbox"))?;
        let line = |row: crate::store::MailRow| MailLine {
            to_do: crate::daemon::mails::why(&row),
            receipt: row.receipt,
            received_at: row.received_at,
            kind: row.kind.as_deref().map_or("not read yet".to_owned(), kind_in_words),
            waits: row.end == Some(EndState::Waiting),
            ended_as: row.end.map_or("being read", end_in_words).to_owned(),
            reference: row.reference.map(|reference| reference.to_string()),
        };
        Ok(rows.into_iter().map(line).collect())
    }

    async fn worklist(&self) -> Result<Vec<TaskLine>, ViewError> {
        let today = self.0.engine.ambient.today();
        let filter = TaskFilter { limit: Some(ROWS_MAX), ..TaskFilter::default() };
        let rows = self.0.engine.store.tasks(&filter).await.map_err(failed("the worklist"))?;
        let line = |task: TaskRow| TaskLine {
            id: short(&task.id.to_text()).to_owned(),
            due_on: task.due_on,
            late: task.due_on < today,
            role: self.role_title(Some(&task.role)),
            area: match (&task.area, &task.reference) {
                (Some(area), _) => self.0.engine.programme.area_title(area).to_owned(),
                (None, Some(_)) => "not known yet".to_owned(),
                (None, None) => String::new(),
            },
            reference: task.reference.map(|reference| reference.to_string()),
            says: task.says,
        };
        Ok(rows.into_iter().map(line).collect())
    }

    async fn outbox(&self) -> Result<Vec<LetterLine>, ViewError> {
        let filter = LetterFilter { limit: ROWS_MAX, ..LetterFilter::default() };
        self.letters(&filter).await.map_err(failed("the outbox"))
    }

    async fn health(&self) -> Result<(), ViewError> {
        self.0.engine.store.get_note("health").await.map(drop).map_err(failed("the store"))
    }
}

impl Shown {
    async fn letters(&self, filter: &LetterFilter) -> Result<Vec<LetterLine>, EngineError> {
        let store = &self.0.engine.store;
        let references = crate::engine::views::references(&self.0.engine).await?;
        let mut lines = Vec::new();
        for row in store.letters(filter).await? {
            let Some(letter) = store.letter(row.id).await? else { continue };
            lines.push(LetterLine {
                reference: row.case.and_then(|case| references.get(&case)).map(ToString::to_string),
                subject: letter.content.subject,
                to: self.role_title(row.role.as_ref()),
                queued_at: row.queued_at,
                state: letter_state(&row),
            });
        }
        Ok(lines)
    }

    fn lifecycle(&self) -> &Lifecycle {
        &self.0.engine.programme.lifecycle
    }

    fn role_title(&self, role: Option<&RoleName>) -> String {
        let Some(role) = role else { return String::new() };
        self.lifecycle().role(role).map_or_else(|| role.as_str().replace('_', " "), |role| role.title.clone())
    }

    async fn page(&self, reference: CaseReference) -> Result<Option<CasePage>, EngineError> {
        let engine = &self.0.engine;
        let Some(stored) = engine.store.load_case(&CaseKey::Reference(reference)).await? else { return Ok(None) };
        let case = &stored.case;
        let context = engine.case_context(case, &no_letter(), &no_role());
        let under = engine.seen_by(case);
        let stage = under.programme.lifecycle.stage(&case.stage);
        let history = engine.store.history(stored.id).await?;
        let letters = self.letters(&LetterFilter { case: Some(stored.id), limit: ROWS_MAX, ..LetterFilter::default() }).await?;
        let count = |name: &str| case.counts.get(name).copied().unwrap_or(0);
        Ok(Some(CasePage {
            reference: case.reference.to_string(),
            stage: context.stage.unwrap_or_default(),
            stage_means: stage.map(|stage| stage.means.clone()).unwrap_or_default(),
            area: case.area.as_ref().map_or("not known yet", |area| engine.programme.area_title(area)).to_owned(),
            owner: self.owner(case),
            opened_on: Some(case.opened_on),
            stage_since: Some(case.stage_entered_on),
            people: people(count("members"), count("children")),
            verdict: context.grade.unwrap_or_default(),
            readings: context.readings,
            rule_pack: context.rule_pack.unwrap_or_default(),
            suggestion: context.suggestion.unwrap_or_default(),
            needs: context.missing.into_iter().chain(context.to_chase).collect(),
            timers: self.timers(case),
            moves: self.moves(case),
            letters,
            timeline: happened(&under.programme, &history, &engine.calendar_answers(stored.id).await?),
        }))
    }

    fn owner(&self, case: &Case) -> String {
        let engine = self.0.engine.seen_by(case);
        let Some(role) = crate::domain::case::owner_role(case, &engine.programme.lifecycle) else {
            return "nobody: it has ended".to_owned();
        };
        let people: Vec<String> = self
            .0
            .engine
            .owners(case)
            .iter()
            .filter_map(|owner| self.0.engine.roster.person(owner.address.as_text()))
            .map(|person| person.name.reveal().clone())
            .collect();
        let title = self.role_title(Some(role));
        if people.is_empty() { title } else { format!("{title} ({})", people.join(", ")) }
    }

    fn timers(&self, case: &Case) -> Vec<TimerLine> {
        let engine = self.0.engine.seen_by(case);
        let lifecycle = &engine.programme.lifecycle;
        let today = engine.ambient.today();
        let mut lines: Vec<TimerLine> = case
            .timers
            .values()
            .filter_map(|armed| {
                let definition = lifecycle.timer(&armed.timer)?;
                let index = usize::try_from(armed.rung).ok()?;
                let ladder = definition.ladder_in(case.area.as_ref());
                let rung = ladder.rungs.get(index).or(ladder.again.as_ref())?;
                let letters: Vec<&str> = rung
                    .letters
                    .iter()
                    .filter_map(|letter| lifecycle.letter(letter))
                    .map(|letter| letter.title.as_str())
                    .collect();
                let does = if letters.is_empty() { rung.task.clone().unwrap_or_default() } else { letters.join("; ") };
                Some(TimerLine { title: definition.title.clone(), due_on: armed.due_on, does, late: armed.due_on < today })
            })
            .collect();
        lines.sort_by(|a, b| (a.due_on, &a.title).cmp(&(b.due_on, &b.title)));
        lines
    }

    fn moves(&self, case: &Case) -> Vec<MoveLine> {
        let engine = self.0.engine.seen_by(case);
        let offers = crate::domain::case::offers(case, &engine.world(), None);
        let here = |name: &crate::domain::ids::MoveName| {
            engine
                .programme
                .lifecycle
                .find_move(name)
                .is_some_and(|known| known.from.is_empty() || known.from.contains(&case.stage))
        };
        offers
            .into_iter()
            .filter(|offer| here(&offer.name))
            .map(|offer| MoveLine {
                command: format!("focus-family case record {} {}", case.reference, offer.name),
                title: offer.title,
                closed_because: (!offer.closed_because.is_empty()).then(|| offer.closed_because.join("; ")),
            })
            .collect()
    }
}

/// A case's page asks for what every letter may say, without being one.
fn no_letter() -> crate::domain::ids::LetterName {
    crate::domain::ids::LetterName::new("page").expect("a fixed name is a name")
}

fn no_role() -> RoleName {
    RoleName::new("reader").expect("a fixed name is a name")
}

fn end_in_words(end: EndState) -> &'static str {
    match end {
        EndState::CaseOpened => "a case was opened",
        EndState::Attached => "joined a case",
        EndState::Request => "a request, to be answered by a day",
        EndState::Automatic => "written by a machine, filed",
        EndState::Waiting => "waits for a person",
    }
}

fn kind_in_words(kind: &str) -> String {
    match kind {
        "foi_request" => "freedom-of-information request".to_owned(),
        "auto_reply" => "automatic answer".to_owned(),
        "bounce" => "a letter of ours came back".to_owned(),
        "other" => "something else".to_owned(),
        "unread" => "could not be read".to_owned(),
        known => known.replace('_', " "),
    }
}

fn people(members: u32, children: u32) -> String {
    match (members, children) {
        (0, _) => "nobody was read yet".to_owned(),
        (_, 0) => print::count(members as usize, "person"),
        _ => format!("{}, {children} of them under 18", print::count(members as usize, "person")),
    }
}

fn letter_state(row: &LetterRow) -> String {
    let reason = row.reason.as_deref().unwrap_or("no reason was kept");
    match row.state {
        LetterState::Queued => "queued".to_owned(),
        LetterState::Gathering => "waits for the next digest".to_owned(),
        LetterState::Sending => "being sent".to_owned(),
        LetterState::Unsure => format!("may have gone out, is tried again: {reason}"),
        LetterState::Sent => "sent".to_owned(),
        LetterState::Held => format!("held back: {reason}"),
        LetterState::Dropped => format!("not sent: {reason}"),
        LetterState::Failed => format!("failed: {reason}"),
        LetterState::Gathered => "told in a digest".to_owned(),
    }
}

fn happened(programme: &Programme, stored: &[StoredEvent], answers: &[(Instant, Answered)]) -> Vec<HappenedLine> {
    let events: Vec<Event> = stored.iter().map(|stored| stored.event.clone()).collect();
    let mut lines: Vec<HappenedLine> = crate::domain::case::timeline(&events)
        .into_iter()
        .filter(|line| !line.minor)
        .filter_map(|line| {
            let stored = stored.iter().find(|stored| stored.version == line.version)?;
            let title = history::says(programme, &stored.event, &line);
            Some(HappenedLine { at: stored.at, title, by: history::by(programme, &stored.event), detail: String::new() })
        })
        .collect();
    lines.extend(answers.iter().map(|(at, told)| HappenedLine {
        at: *at,
        title: history::answered(programme, told),
        by: "the program".to_owned(),
        detail: String::new(),
    }));
    lines.sort_by_key(|line| line.at);
    lines.reverse();
    lines
}

/// What is the same on every page.
#[must_use]
pub fn site(settings: &Settings, title: &str, demonstration: bool) -> crate::web::Site {
    crate::web::Site { programme: title.to_owned(), demonstration, public_url: settings.web.page("") }
}
