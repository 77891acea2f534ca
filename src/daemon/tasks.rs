//! What `task list` and `task done` print.

use crate::cli::print::{self, Paint, Table, Tone, line as say};
use crate::cli::{Json, Task};
use crate::daemon::app::App;
use crate::daemon::mails::settler;
use crate::domain::ids::RoleName;
use crate::engine::worklist::short;
use crate::store::{TaskFilter, TaskRow};

/// Lists the worklist, or closes one item of it.
///
/// # Errors
/// What the engine refuses; the store's; the terminal's.
pub async fn run(app: &App, asked: &Task) -> anyhow::Result<()> {
    match asked {
        Task::List { late, role, output } => list(app, *late, role.as_ref(), *output).await,
        Task::Done { item, by, output } => {
            let task = app.engine.finish_task(item, &settler(by)?).await?;
            if output.json {
                return Ok(print::json(&row(app, &task))?);
            }
            Ok(say(&format!("done: {}", task.says))?)
        }
    }
}

async fn list(app: &App, late: bool, role: Option<&RoleName>, output: Json) -> anyhow::Result<()> {
    let today = app.engine.ambient.today();
    let mut tasks = app.engine.store.tasks(&TaskFilter { role: role.cloned(), ..TaskFilter::default() }).await?;
    tasks.retain(|task| !late || task.due_on < today);
    if output.json {
        return Ok(print::json(&tasks.iter().map(|task| row(app, task)).collect::<Vec<_>>())?);
    }
    if tasks.is_empty() {
        return Ok(say(if late { "Nothing is late." } else { "Nothing is to be done." })?);
    }
    let mut table = Table::new(&["id", "until", "for", "area", "case", "what"]);
    for task in &tasks {
        let due = if task.due_on < today { Tone::Warning } else { Tone::Plain };
        table.toned([
            (short(&task.id.to_text()).to_owned(), Tone::Strong),
            (print::day(task.due_on), due),
            (title(app, &task.role), Tone::Plain),
            (area(app, task).unwrap_or_default().to_owned(), Tone::Plain),
            (task.reference.as_ref().map(ToString::to_string).unwrap_or_default(), Tone::Plain),
            (task.says.clone(), Tone::Plain),
        ]);
    }
    say(table.text(Paint::for_stdout()).trim_end())?;
    Ok(say("Done? `task done ID --by ADDRESS`; what is about a mail: `mail settle RECEIPT … --by ADDRESS`.")?)
}

fn row(app: &App, task: &TaskRow) -> serde_json::Value {
    serde_json::json!({
        "id": task.id, "role": task.role, "role_title": title(app, &task.role), "due_on": task.due_on,
        "late": task.due_on < app.engine.ambient.today(), "reference": task.reference, "area": task.area, "area_title": area(app, task), "about_mail": task.mail.is_some(),
        "says": task.says, "opened_at": task.opened_at,
    })
}

fn area<'a>(app: &'a App, task: &'a TaskRow) -> Option<&'a str> {
    task.area.as_ref().map(|area| app.engine.programme.area_title(area))
}

fn title(app: &App, role: &RoleName) -> String {
    app.engine.programme.lifecycle.role(role).map_or(role.as_str(), |role| &role.title).to_owned()
}
