//! What became of a mail, in one line.

use std::fmt::Write as _;

use focus_family::daemon::app::App;
use focus_family::store::{CaseFilter, EndState, LetterFilter, MailFilter, MailRow, TaskFilter};

/// The one row of the ledger with this name of a file.
pub async fn named(app: &App, uid: &str) -> MailRow {
    let rows = app.engine.store.mails(&MailFilter { limit: 1_000, ..MailFilter::default() }).await.unwrap();
    let mut rows = rows.into_iter().filter(|row| row.uid == uid);
    let row = rows.next().unwrap_or_else(|| panic!("{uid} is in the ledger"));
    assert!(rows.next().is_none(), "{uid} is there once");
    row
}

/// What became of a mail: its end, kind and reason, the letters it caused, what people are asked to do.
pub async fn told(app: &App, mail: &MailRow) -> String {
    let store = &app.engine.store;
    let end = mail.end.map_or("none", EndState::as_str);
    let mut told = format!("{end}, {}", mail.kind.as_deref().unwrap_or("no kind"));
    if let Some(reason) = &mail.reason {
        write!(told, " ({})", reason.replace(char::is_numeric, "#")).unwrap();
    }
    let opened = mail.case.filter(|_| mail.end == Some(EndState::CaseOpened));
    let mut letters =
        store.letters(&LetterFilter { mail: Some(mail.mail), limit: 100, ..LetterFilter::default() }).await.unwrap();
    let mut tasks = store.tasks(&TaskFilter { mail: Some(mail.mail), closed_too: true, ..TaskFilter::default() }).await.unwrap();
    if let Some(case) = opened {
        letters.extend(store.letters(&LetterFilter { case: Some(case), limit: 100, ..LetterFilter::default() }).await.unwrap());
        tasks.extend(store.tasks(&TaskFilter { case: Some(case), closed_too: true, ..TaskFilter::default() }).await.unwrap());
        let row = store.cases(&CaseFilter::default()).await.unwrap().into_iter().find(|row| row.id == case).unwrap();
        write!(told, "; {} {} {}", row.stage, row.grade, row.area.as_ref().map_or("no area", |area| area.as_str())).unwrap();
    }
    let role = |role: &Option<_>| role.as_ref().map_or_else(String::new, ToString::to_string);
    let mut letters: Vec<String> = letters.iter().map(|letter| format!("{}>{}", letter.letter, role(&letter.role))).collect();
    letters.sort();
    letters.dedup();
    write!(told, "; {}", if letters.is_empty() { "no letter".to_owned() } else { letters.join(" ") }).unwrap();
    // The same family stands in many of these mails; that it is asked about is shown in `people`.
    tasks.retain(|task| !task.key.ends_with(":known_family"));
    let mut tasks: Vec<String> =
        tasks.iter().map(|task| format!("; {}: {}", task.role, task.says.replace(char::is_numeric, "#"))).collect();
    tasks.sort();
    tasks.dedup();
    told.extend(tasks);
    told
}
