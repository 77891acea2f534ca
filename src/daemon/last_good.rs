//! The programme and its letters as they were when the daemon last started with a folder in order: a slip in a file must not stop mail,
//! alerts of danger and timers. With a folder that has defects the daemon goes on by what is kept, and the people who can mend it are told.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::config::Settings;
use crate::daemon::app::{App, StartError, load_templates, programme_files, programme_of, read_as_settings_say};
use crate::domain::ids::TaskId;
use crate::domain::letter::{TemplateFile, Templates};
use crate::domain::time::Instant;
use crate::domain::workflow::{Programme, SourceFile};
use crate::engine::EngineError;
use crate::store::{Commit, NewTask, Store, TaskFilter};

/// The note that holds the texts.
const TEXTS: &str = "programme_in_order";
/// The note that holds since when the folder has defects; empty while it has none.
const SINCE: &str = "programme_has_defects";
/// Begins the key of the item that asks somebody to mend the folder.
const ASKED: &str = "programme:defects:";

/// The texts by their paths.
#[derive(PartialEq, Serialize, Deserialize)]
struct Texts {
    programme: BTreeMap<String, String>,
    templates: BTreeMap<String, String>,
}

/// A programme with its letters, and why it is not that of the folder.
pub struct Loaded {
    /// The programme.
    pub programme: Programme,
    /// The letters.
    pub templates: Templates,
    /// What is wrong with the folder, in whose place this is.
    pub instead_of: Option<String>,
}

/// What the folders of the settings say.
///
/// # Errors
/// Every defect of one of them.
pub fn of_folder(settings: &Settings) -> Result<Loaded, StartError> {
    let programme = programme_of(settings)?;
    let templates = load_templates(settings.programme.templates.as_deref())?;
    let unwritten = templates.missing(&programme.letters_sent());
    if !unwritten.is_empty() {
        return Err(StartError::Templates(unwritten));
    }
    Ok(Loaded { programme, templates, instead_of: None })
}

/// What the folders of the settings say, or with defects in them what was kept when they had none.
///
/// # Errors
/// Every defect of a folder, while nothing is kept that could stand for it; the store's.
pub async fn of_folder_or_kept(settings: &Settings, store: &Store) -> Result<Loaded, StartError> {
    let error = match of_folder(settings) {
        Err(error @ (StartError::Programme(_) | StartError::Templates(_) | StartError::Files(_))) => error,
        other => return other,
    };
    match kept(settings, store).await? {
        Some(loaded) => Ok(Loaded { instead_of: Some(format!("{:#}", anyhow::Error::new(error))), ..loaded }),
        None => Err(error),
    }
}

async fn kept(settings: &Settings, store: &Store) -> Result<Option<Loaded>, StartError> {
    let texts = store.get_note(TEXTS).await?.and_then(|text| serde_json::from_str::<Texts>(&text).ok());
    let Some(texts) = texts else { return Ok(None) };
    let files: Vec<SourceFile> = texts.programme.into_iter().map(|(path, text)| SourceFile { path, text }).collect();
    let letters: Vec<TemplateFile> = texts.templates.into_iter().map(|(path, text)| TemplateFile { path, text }).collect();
    // A later program may read the files otherwise: then the defects of the folder are what there is to tell.
    let (Ok(programme), Ok(templates)) = (crate::domain::workflow::load(&files), Templates::load(&letters)) else {
        return Ok(None);
    };
    let programme = read_as_settings_say(programme, settings);
    Ok(Some(Loaded { programme, templates, instead_of: None }))
}

/// Keeps what the folders say, or tells the administrator and the team once that they have defects; and once that they have none any more.
///
/// # Errors
/// The store's; the template's.
pub async fn keep_or_tell(app: &App) -> Result<(), EngineError> {
    let store = &app.engine.store;
    let since = store.get_note(SINCE).await?.filter(|text| !text.is_empty());
    match (&app.instead_of, since) {
        (Some(defects), None) => tell(app, defects, app.engine.ambient.now()).await,
        (Some(_), Some(_)) => Ok(()),
        (None, since) => {
            keep(app).await?;
            match since {
                Some(since) => tell_mended(app, &since).await,
                None => Ok(()),
            }
        }
    }
}

async fn keep(app: &App) -> Result<(), EngineError> {
    let settings = &app.settings.programme;
    let files = programme_files(settings.folder.as_deref());
    let letters = crate::config::files::templates(settings.templates.as_deref());
    // Changed since it was read a moment ago: the next start keeps it.
    let (Ok(files), Ok(letters)) = (files, letters) else { return Ok(()) };
    let texts = Texts {
        programme: files.into_iter().map(|file| (file.path, file.text)).collect(),
        templates: letters.into_iter().collect(),
    };
    let before = app.engine.store.get_note(TEXTS).await?.and_then(|text| serde_json::from_str::<Texts>(&text).ok());
    if before.as_ref() != Some(&texts) {
        let text = serde_json::to_string(&texts).expect("texts are always JSON");
        app.engine.store.set_note(TEXTS, &text).await?;
    }
    Ok(())
}

async fn tell(app: &App, defects: &str, now: Instant) -> Result<(), EngineError> {
    tracing::error!("{defects}");
    let engine = &app.engine;
    let since = now.as_microsecond().to_string();
    let notice =
        "The files of the programme or of its letters have a mistake. The program goes on by the last ones that were right.";
    let advice = "Run `focus-family check` on the server. It names each mistake. Put it right, then start the program again.";
    engine.send_alarm_to_all("system_alert", &format!("{ASKED}{since}"), notice.to_owned(), Some(advice.to_owned())).await?;
    let waiting = &engine.programme.desk.waiting;
    let task = NewTask {
        id: TaskId::from_random(engine.ambient.id()),
        key: format!("{ASKED}{since}"),
        case: None,
        mail: None,
        role: waiting.role.clone(),
        says: "the programme's files have a mistake, and the last ones that were right are used: see that the administrator puts it right \
               (`focus-family check` names it)"
            .to_owned(),
        due_on: waiting.due.on(engine.ambient.today(), &engine.programme.calendar),
    };
    engine.store.commit(Commit { tasks: vec![task], ..Commit::at(now) }).await?;
    engine.store.set_note(SINCE, &since).await?;
    Ok(())
}

async fn tell_mended(app: &App, since: &str) -> Result<(), EngineError> {
    let engine = &app.engine;
    let notice = "The files of the programme and of its letters are in order again, and the program works by them.";
    engine.send_alarm_to_all("system_recovered", &format!("{ASKED}{since}:mended"), notice.to_owned(), None).await?;
    let open = engine.store.tasks(&TaskFilter::default()).await?;
    let done = open.iter().filter(|task| task.key.starts_with(ASKED)).map(|task| task.id).collect();
    engine.store.commit(Commit { done, ..Commit::at(engine.ambient.now()) }).await?;
    engine.store.set_note(SINCE, "").await?;
    Ok(())
}
