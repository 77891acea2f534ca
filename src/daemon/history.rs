//! What happened to a case, in the programme's words. The sentences of [`crate::domain::case::timeline()`] need no workflow file and
//! tell names; here names that the workflow file knows become the titles people know.

use crate::domain::case::{Actor, Event, TimelineLine};
use crate::domain::mail::answered::Coming;
use crate::domain::workflow::Programme;
use crate::engine::comes::Answered;

/// `line`, told of `event`, with the titles of roles, moves, stages, timers and letters.
#[must_use]
pub fn says(programme: &Programme, event: &Event, line: &TimelineLine) -> String {
    let lifecycle = &programme.lifecycle;
    let plain = |name: &str| name.replace('_', " ");
    match event {
        Event::Opened(opened) => {
            let grade = crate::daemon::commands::grade_title(programme, opened.verdict.grade.as_str());
            let missing = crate::daemon::commands::missing_words(programme, &opened.missing);
            let missing = if missing.is_empty() { "nothing is missing".to_owned() } else { format!("still needed: {missing}") };
            format!("A nomination arrived: {grade} (by {}); {missing}", opened.verdict.rule_pack)
        }
        Event::StageEntered { to, because, .. } => {
            let stage = lifecycle.stage(to).map_or_else(|| plain(to.as_str()), |stage| stage.title.clone());
            let by_move = lifecycle.moves.iter().any(|known| known.title == *because);
            if by_move { format!("→ {stage}") } else { format!("→ {stage}: {because}") }
        }
        Event::MoveRecorded { name, by, .. } => {
            let who = match by {
                Actor::Person { role, .. } => {
                    lifecycle.role(role).map_or_else(|| plain(role.as_str()), |role| role.title.clone())
                }
                Actor::Programme => "The program".to_owned(),
            };
            let done = lifecycle.find_move(name).map_or_else(|| plain(name.as_str()), |known| known.title.clone());
            let answers = line.says.split_once(" (").map(|(_, answers)| format!(" ({answers}")).unwrap_or_default();
            format!("{who}: {done}{answers}")
        }
        Event::TimerFired { timer, name, .. } => {
            let timer = lifecycle.timer(timer).map_or_else(|| plain(timer.as_str()), |timer| timer.title.clone());
            format!("Reminder: {timer} ({})", plain(name))
        }
        Event::LetterCalled { letter, .. } => {
            let title = lifecycle.letter(letter).map_or_else(|| plain(letter.as_str()), |letter| letter.title.clone());
            format!("Letter: {title}")
        }
        Event::TaskCalled { role, says, due_on, .. } => {
            let who = lifecycle.role(role).map_or_else(|| plain(role.as_str()), |role| role.title.clone());
            format!("To do for {who} by {}: {says}", crate::cli::print::day(*due_on))
        }
        Event::RoleGiven { role, .. } => {
            let title = lifecycle.role(role).map_or_else(|| plain(role.as_str()), |role| role.title.clone());
            format!("{title} named")
        }
        Event::RoleEnded { role, .. } => {
            let title = lifecycle.role(role).map_or_else(|| plain(role.as_str()), |role| role.title.clone());
            format!("Nobody is {title} any more")
        }
        Event::AreaSet { area, .. } => format!("Belongs to {}", programme.area_title(area)),
        Event::MissingSupplied { items } => {
            format!("No longer missing: {}", crate::daemon::commands::missing_words(programme, items))
        }
        Event::FactSet { .. }
        | Event::TimerArmed { .. }
        | Event::TimerCleared { .. }
        | Event::FamilyChanged { .. }
        | Event::DraftReceived(_)
        | Event::DraftSettled { .. }
        | Event::MailDetached { .. }
        | Event::Migrated { .. }
        | Event::MailAttached { .. } => line.says.clone(),
    }
}

/// `Keyworker: declined the TAF meeting on Mon 14 Sep 2026 (by calendar)`.
#[must_use]
pub fn answered(programme: &Programme, told: &Answered) -> String {
    use crate::cli::print::day;
    let who =
        programme.lifecycle.role(&told.role).map_or_else(|| told.role.as_str().replace('_', " "), |role| role.title.clone());
    let on = told.day.map(|on| format!(" on {}", day(on))).unwrap_or_default();
    let instead = match &told.proposed {
        Some((on, Some(at))) => format!(", {} at {at}", day(*on)),
        Some((on, None)) => format!(", {}", day(*on)),
        None => String::new(),
    };
    let did = match told.coming {
        Coming::Accepted => "accepted the",
        Coming::Declined => "declined the",
        Coming::Tentative => "may come to the",
        Coming::OtherTime => "proposed another time for the",
    };
    let before = told.answered_for.map(|then| format!("; the answer is for {}, its day before", day(then))).unwrap_or_default();
    format!("{who}: {did} {}{on}{instead} (by calendar{before})", told.meeting)
}

/// By whom it happened, by the title of a role; names are for `--reveal`.
#[must_use]
pub fn by(programme: &Programme, event: &Event) -> String {
    let Event::MoveRecorded { by: Actor::Person { role, .. }, .. } = event else { return "the program".to_owned() };
    programme.lifecycle.role(role).map_or_else(|| role.as_str().replace('_', " "), |role| role.title.clone())
}
