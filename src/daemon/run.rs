//! One command from words to exit code: 0 done, 1 something is wrong or was found wrong, 2 wrong usage.

use std::io::IsTerminal;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use crate::ambient::Ambient;
use crate::cli::print::{self, Paint, Tone, line as say};
use crate::cli::{Args, Audit, Case, Command, Config, Demo, Json, Mail, Workflow};
use crate::config::{ConfigDefect, Settings};
use crate::daemon::app::{App, Schema, load_programme};
use crate::daemon::cases::{self, Usage};
use crate::daemon::explain::{self, Asked};
use crate::daemon::round::{STORED_BYTES_MAX, settle};
use crate::daemon::{
    check, commands, demo, drafts, drift, forms, init, kept, last_good, mails, matches, meetings, microsoft365, migrate,
    outcomes, pack, sending, serve, shared, simulate, tasks, why,
};
use crate::domain::time::london_date;
use crate::domain::workflow::Programme;
use crate::engine::EngineError;
use crate::engine::intake::IMPORTED;
use crate::explain::Detail;
use crate::store::Arrival;

/// Runs the command.
#[must_use]
pub fn run(args: &Args) -> ExitCode {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => return tell_failure(&anyhow::Error::new(error).context("cannot start"), args.json()),
    };
    match runtime.block_on(dispatch(args)) {
        Ok(code) => code,
        Err(error) => tell_failure(&error, args.json()),
    }
}

/// What went wrong, once, on standard error; the code says whose it is to mend. Whoever asked for JSON gets one value of it.
fn tell_failure(error: &anyhow::Error, json: bool) -> ExitCode {
    let refused = match error.downcast_ref::<EngineError>() {
        Some(EngineError::Refused(refusal)) => Some(&refusal.defects),
        _ => None,
    };
    if json {
        // A reader that went away wants no answer.
        let _gone = print::json(&match refused {
            Some(defects) => serde_json::json!({"error": "refused", "refused": defects}),
            None => serde_json::json!({"error": format!("{error:#}")}),
        });
    }
    if let Some(EngineError::Refused(refusal)) = error.downcast_ref::<EngineError>() {
        eprintln!("refused:");
        for defect in &refusal.defects {
            eprintln!("  {defect}");
        }
        return ExitCode::from(1);
    }
    let closed = error.downcast_ref::<std::io::Error>().is_some_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe);
    if closed {
        return ExitCode::SUCCESS;
    }
    eprintln!("focus-family: {error:#}");
    ExitCode::from(if error.is::<Usage>() { 2 } else { 1 })
}

async fn dispatch(args: &Args) -> anyhow::Result<ExitCode> {
    match &args.command {
        Command::Demo(asked) => run_demo(asked).await,
        Command::Serve => run_serve(args).await,
        Command::Mail(Mail::Explain { file, as_of, pages, output }) => {
            let settings = settings_to_explain(args)?;
            let today = london_date(Ambient::Real.now());
            let asked =
                Asked { as_of: *as_of, pages: pages.as_deref(), mailbox: None, today, detail: Detail::Whole, programme: None };
            let explained = explain::explain(file, settings.as_ref(), asked).await?;
            if output.json {
                print::json(&explained.json)?
            } else {
                say(explained.text.trim_end())?
            }
            // A mail that cannot be read ends with a person, as it should; of a form alone nothing is left.
            if let Some(says) = &explained.unusable {
                eprintln!("focus-family: {}", print::harmless(says));
            }
            Ok(ExitCode::from(u8::from(explained.unusable.is_some())))
        }
        Command::Mail(Mail::Import { dir, mailbox, output }) => {
            with_app(args, async |app| import(app, dir, mailbox.as_deref(), output).await).await
        }
        Command::Mail(Mail::Test { to }) => with_app(args, async |app| sending::test(app, to.as_ref()).await).await,
        Command::Mail(Mail::Queue(asked)) => with_app(args, async |app| done(mails::queue(app, asked).await)).await,
        Command::Mail(Mail::List(asked)) => with_app(args, async |app| done(mails::list(app, asked).await)).await,
        Command::Mail(Mail::Settle(asked)) => with_app(args, async |app| done(mails::settle(app, asked).await)).await,
        Command::Mail(Mail::Preview(asked)) => with_app(args, async |app| done(mails::preview(app, asked).await)).await,
        Command::Mail(Mail::Release(asked)) => with_app(args, async |app| done(mails::handle(app, asked, true).await)).await,
        Command::Mail(Mail::Discard(asked)) => with_app(args, async |app| done(mails::handle(app, asked, false).await)).await,
        Command::Mail(Mail::Restored(asked)) => with_app(args, async |app| done(mails::restored(app, asked).await)).await,
        Command::Task(asked) => with_app(args, async |app| done(tasks::run(app, asked).await)).await,
        Command::Mail(Mail::Show(asked)) => with_app(args, async |app| mails::show(app, asked).await).await,
        Command::Check(output) => check::run(args, output.json).await,
        Command::Workflow(asked) => workflow(args, asked).await,
        Command::Forms(asked) => done(forms::run(asked, optional_settings(args)?.as_ref()).await),
        Command::Case(asked) => with_app(args, async |app| done(run_case(app, asked).await)).await,
        Command::Meeting(asked) => with_app(args, async |app| done(meetings::run(app, asked).await)).await,
        Command::Audit(Audit::Verify(output)) => with_app(args, async |app| check::audit(app, output.json).await).await,
        Command::Simulate(asked) => simulate::run(asked).await,
        Command::Config(asked) => config(args, asked),
        Command::Init(asked) => done(init::run(asked).await),
        Command::Microsoft365(asked) => done(microsoft365::run(asked)),
    }
}

fn done(result: anyhow::Result<()>) -> anyhow::Result<ExitCode> {
    result.map(|()| ExitCode::SUCCESS)
}

async fn run_case(app: &App, asked: &Case) -> anyhow::Result<()> {
    match asked {
        Case::List { output } => commands::case_list(app, output.json).await,
        Case::Show(one) => cases::show(app, one).await,
        Case::Timeline(one) => cases::timeline(app, one).await,
        Case::Why(one) => why::run(app, one).await,
        Case::Outcomes(one) => outcomes::outcomes(app, one).await,
        Case::Plan(one) => outcomes::plan(app, one).await,
        Case::Matches(one) => matches::run(app, one).await,
        Case::Drift(asked) => drift::run(app, asked).await,
        Case::Draft(asked) => drafts::run(app, asked).await,
        Case::Shared(one) => shared::run(app, one).await,
        Case::Pack(asked) => pack::run(app, asked).await,
        Case::Record(record) => cases::record(app, record).await,
    }
}

/// Settings, or every defect of them.
fn load_settings(args: &Args) -> Result<Settings, Vec<ConfigDefect>> {
    Settings::load(args.config.as_deref(), std::env::vars())
}

fn settings(args: &Args) -> anyhow::Result<Settings> {
    load_settings(args).map_err(|defects| {
        let told = crate::cli::report::defects_text(&defects, Paint::NONE);
        anyhow::anyhow!("cannot use the settings\n{}", told.trim_end())
    })
}

/// Settings where there are some: a command that needs none uses the defaults without them.
fn optional_settings(args: &Args) -> anyhow::Result<Option<Settings>> {
    let there = args.config.is_some() || Path::new(crate::config::FILE_NAME).exists();
    if there { settings(args).map(Some) } else { Ok(None) }
}

/// A mail can be explained without settings: mistakes in a file that was not asked for are told, and the defaults are used.
fn settings_to_explain(args: &Args) -> anyhow::Result<Option<Settings>> {
    match optional_settings(args) {
        Err(error) if args.config.is_none() => {
            eprintln!("focus-family: {error:#}\nfocus-family: explained without them, by the defaults");
            Ok(None)
        }
        settings => settings,
    }
}

async fn with_app(args: &Args, act: impl AsyncFnOnce(&App) -> anyhow::Result<ExitCode>) -> anyhow::Result<ExitCode> {
    let app = Box::pin(App::open(settings(args)?, Schema::AsItIs)).await?;
    if app.instead_of.is_some() {
        eprintln!(
            "the programme's files have a mistake, and the last ones that were right are used; `focus-family check` names it"
        );
    }
    let code = Box::pin(act(&app)).await;
    app.close().await?;
    code
}

async fn run_serve(args: &Args) -> anyhow::Result<ExitCode> {
    log();
    let app = Arc::new(App::open(settings(args)?, Schema::Migrate).await?);
    if let Some(defects) = &app.instead_of {
        eprintln!("{defects}\nthe last files that were right are used in their place; the administrator and the team are told");
    }
    for found in app.look_at_versions().await? {
        eprintln!("{found}");
    }
    last_good::keep_or_tell(&app).await?;
    let watched = print::count(app.settings.mailboxes.len(), "mailbox");
    // No pages here until people can sign in: what a page shows of a case is for named people only.
    eprintln!("ready: {watched} watched; stop with Ctrl-C");
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let programme = app.engine.programme.clone();
    let mut daemon = tokio::spawn(serve::serve(app.clone(), stopped, move |ended| {
        tracing::info!("{}", commands::received_line(&programme, ended));
    }));
    until_stopped(&mut daemon, &stop).await?;
    app.close().await?;
    Ok(ExitCode::SUCCESS)
}

/// Waits until an operator stops the daemon, and then for its last step. A failed disk ends the whole process here: every orderly
/// way out would write to it once more.
async fn until_stopped(
    daemon: &mut tokio::task::JoinHandle<Result<(), serve::DiskFailed>>,
    stop: &tokio::sync::watch::Sender<bool>,
) -> anyhow::Result<()> {
    let ended = tokio::select! {
        ended = &mut *daemon => ended?,
        () = told_to_stop() => {
            stop.send_replace(true);
            daemon.await?
        }
    };
    if let Err(failed) = ended {
        eprintln!("focus-family: {failed}");
        std::process::exit(1);
    }
    Ok(())
}

async fn run_demo(asked: &Demo) -> anyhow::Result<ExitCode> {
    let paint = Paint::for_stdout();
    let county = demo::prepare(asked.dir.clone(), asked.port, asked.days.is_some())?;
    if let Some(days) = asked.days {
        Box::pin(demo::pass_days(&county, days, paint)).await?;
        return Ok(ExitCode::SUCCESS);
    }
    let app = Arc::new(App::open(demo::settings(&county)?, Schema::Migrate).await?);
    for found in app.look_at_versions().await? {
        say(&found)?;
    }
    let listener = listen(&app).await?;
    let address = listener.local_addr()?;
    say(&paint.tint(Tone::Strong, &format!("Demonstration ready: http://{address}")))?;
    say(&format!(
        "folder  {}\nletters are kept there in `outbox` and never sent; no person is real; stop with Ctrl-C\n",
        county.dir.display()
    ))?;
    if county.old {
        say("This county was there before: its mails have come already, no new ones arrive by themselves.")?;
    }
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let pages = tokio::spawn(serve::pages(app.clone(), listener, stopped.clone(), true));
    let programme = app.engine.programme.clone();
    let mut daemon = tokio::spawn(serve::serve(app.clone(), stopped, move |ended| {
        // A terminal that went away is no reason to stop.
        let _gone = say(&commands::received_line(&programme, ended));
    }));
    if !county.old {
        demo::post(&app)?;
        demo::when_quiet(&app).await?;
    }
    demo::next_commands(&county)?;
    until_stopped(&mut daemon, &stop).await?;
    pages.await?;
    app.close().await?;
    say(&format!("\nStopped. Everything is kept in {}.", county.dir.display()))?;
    Ok(ExitCode::SUCCESS)
}

async fn listen(app: &App) -> anyhow::Result<tokio::net::TcpListener> {
    let address = app.settings.web.listen.unwrap_or_else(|| std::net::SocketAddr::from(([127, 0, 0, 1], 8080)));
    let listener = tokio::net::TcpListener::bind(address).await;
    listener.map_err(|error| {
        anyhow::anyhow!("cannot serve pages on {address}: {error}; choose another port (`web.listen`, or `demo --port`)")
    })
}

/// Resolves on Ctrl-C or SIGTERM.
async fn told_to_stop() {
    let mut terminate = match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        Ok(signal) => signal,
        Err(error) => {
            tracing::error!(%error, "cannot listen for SIGTERM; Ctrl-C stops the program");
            return drop(tokio::signal::ctrl_c().await);
        }
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
}

fn log() {
    let filter = tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(|_| "info,sqlx=warn".into());
    let colours = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|text| text.is_empty());
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(colours).with_target(false).init();
}

async fn import(app: &App, dir: &Path, mailbox: Option<&str>, output: &Json) -> anyhow::Result<ExitCode> {
    let listed = std::fs::read_dir(dir).map_err(|error| anyhow::anyhow!("cannot list `{}`: {error}", dir.display()))?;
    let is_mail = |path: &std::path::PathBuf| {
        !path.is_dir() && path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("eml"))
    };
    let (mut files, left): (Vec<_>, Vec<_>) = listed.filter_map(|entry| entry.ok().map(|entry| entry.path())).partition(is_mail);
    files.sort();
    let mut cut = 0;
    if let Some(name) = mailbox.filter(|name| app.settings.mailboxes.iter().all(|known| known.name != *name)) {
        let known: Vec<&str> = app.settings.mailboxes.iter().map(|known| known.name.as_str()).collect();
        return Err(Usage(format!("the settings name no mailbox `{name}`; there are: {}", known.join(", "))).into());
    }
    // A file has passed no border: without a mailbox named, no sender is proven.
    let account = mailbox.unwrap_or("import");
    app.refuse_edited_packs().await?;
    app.engine.write_missing_households().await?;
    for chunk in files.chunks(16) {
        let mut arrivals = Vec::new();
        for file in chunk {
            let raw = std::fs::read(file).map_err(|error| anyhow::anyhow!("cannot read `{}`: {error}", file.display()))?;
            // Named by a keyed mark of its path and bytes: the same file is taken once, and a file's name, which may hold a person's, is not kept.
            let path = std::fs::canonicalize(file).unwrap_or_else(|_| file.clone()).display().to_string();
            let mark = app.engine.store.vault().fingerprint("imported file", [path.as_bytes(), b"\0", &raw].concat());
            let uid = hex::encode(mark);
            let received_at = app.engine.ambient.now();
            let bytes_total = raw.len() as u64;
            // As from a mailbox: of one that is larger than the program takes its head is kept, and the file stays where it is.
            let raw = if bytes_total > STORED_BYTES_MAX {
                cut += 1;
                raw[..crate::mailbox::maildir::HEAD_BYTES_MAX as usize].to_vec()
            } else {
                raw
            };
            arrivals.push(Arrival {
                account: account.to_owned(),
                mailbox: IMPORTED.to_owned(),
                uid_validity: 1,
                uid,
                received_at,
                raw,
                bytes_total,
            });
        }
        app.engine.store.take_in(arrivals, &app.engine.ambient).await?;
    }
    let round = settle(app).await?;
    if output.json {
        let list: Vec<_> = round
            .ended
            .iter()
            .map(|ended| {
                serde_json::json!({"receipt": ended.receipt, "kind": ended.kind, "end": ended.end.as_str(), "reference": ended.reference, "grade": ended.grade,
                    "missing": ended.missing, "letters": ended.letters, "reason": ended.reason})
            })
            .collect();
        print::json(&list)?;
    } else {
        round.ended.iter().try_for_each(|ended| say(&commands::received_line(&app.engine.programme, ended)))?;
        say(&format!("{} read, {} new", print::count(files.len(), "mail"), round.ended.len()))?;
        left_out(&left, cut).iter().try_for_each(|says| say(says))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// What was not imported, and what has to be kept where it is.
fn left_out(left: &[std::path::PathBuf], cut: usize) -> Vec<String> {
    let folders = left.iter().filter(|path| path.is_dir()).count();
    let mut says = Vec::new();
    if folders > 0 {
        let them = if folders == 1 { "import it by itself" } else { "import each by itself" };
        says.push(format!("left out: {}, for only the folder itself is read; {them}", print::count(folders, "folder")));
    }
    if left.len() > folders {
        let files = print::count(left.len() - folders, "file");
        says.push(format!("left out: {files} whose name does not end in .eml"));
    }
    if cut > 0 {
        let (mails, they) =
            (print::count(cut, "mail"), if cut == 1 { "it is: keep that file" } else { "they are: keep those files" });
        says.push(format!(
            "{mails} larger than the program takes: only the head is kept here, the whole stays in the folder where {they}"
        ));
    }
    says
}

/// The folder of the programme, when the settings name one.
fn folder_of_settings(args: &Args) -> anyhow::Result<Option<std::path::PathBuf>> {
    Ok(optional_settings(args)?.and_then(|settings| settings.programme.folder))
}

async fn workflow(args: &Args, asked: &Workflow) -> anyhow::Result<ExitCode> {
    let folder = |dir: &Option<std::path::PathBuf>| match dir {
        Some(dir) => Ok(Some(dir.clone())),
        None => folder_of_settings(args),
    };
    match asked {
        Workflow::Check { dir, templates, output } => {
            let templates = match templates {
                Some(templates) => Some(templates.clone()),
                None => optional_settings(args)?.and_then(|settings| settings.programme.templates),
            };
            crate::daemon::folder::tell(folder(dir)?.as_deref(), templates.as_deref(), output.json)
        }
        Workflow::Show { dir, svg, output } => {
            let programme = load_programme(folder(dir)?.as_deref())?;
            if let Some(file) = svg {
                std::fs::write(file, crate::domain::workflow::picture::svg(&programme.lifecycle, None))
                    .map_err(|error| anyhow::anyhow!("cannot write `{}`: {error}", file.display()))?;
            }
            if output.json {
                print::json(&programme.lifecycle)?;
            } else {
                say(crate::domain::workflow::picture::outline(&programme.lifecycle).trim_end())?;
            }
            Ok(ExitCode::SUCCESS)
        }
        Workflow::Diff { dir, output } => {
            let now = load_programme(folder_of_settings(args)?.as_deref())?;
            let then = load_programme(Some(dir))?;
            tell_differences(&now, &then, output.json)?;
            // Without settings there are no cases; without a difference there is nothing to try.
            if !output.json && then.digest != now.digest && optional_settings(args)?.is_some() {
                return with_app(args, async |app| done(migrate::would(app, then.clone()).await)).await;
            }
            Ok(ExitCode::SUCCESS)
        }
        Workflow::Kept { name, version, output } => {
            with_app(args, async |app| kept::kept(app, name.as_deref(), version.as_deref(), output.json).await).await
        }
        Workflow::Migrate { stage, by, because, to, only, back, apply, output } => {
            let (by, because, to) = (by.as_deref(), because.as_deref(), to.as_deref());
            let (back, apply, json) = (*back, *apply, output.json);
            let asked = migrate::Asked { stages: stage, by, because, back, to, only: only.as_ref(), apply, json };
            with_app(args, async |app| done(migrate::migrate(app, &asked).await)).await
        }
    }
}

fn tell_differences(now: &Programme, then: &Programme, json: bool) -> anyhow::Result<()> {
    let changes = crate::domain::workflow::diff(now, then);
    if json {
        print::json(&changes)?;
    } else if changes.is_empty() {
        say("nothing changes")?;
    } else {
        changes.iter().try_for_each(|change| say(change))?;
    }
    Ok(())
}

fn config(args: &Args, asked: &Config) -> anyhow::Result<ExitCode> {
    match asked {
        Config::Example => say(Settings::example().trim_end())?,
        Config::Show(output) => {
            let settings = settings(args)?;
            if output.json {
                let list: Vec<_> = settings.masked().iter().map(|shown| serde_json::json!(shown)).collect();
                print::json(&list)?;
            } else {
                say(crate::cli::report::settings_text(settings.masked(), Paint::for_stdout()).trim_end())?;
            }
        }
        Config::Check(output) => {
            let defects = match load_settings(args) {
                Ok(settings) => settings.defects_against(&load_programme(settings.programme.folder.as_deref())?),
                Err(defects) => defects,
            };
            if output.json {
                print::json(&crate::cli::report::defects_json(&defects))?;
            } else if defects.is_empty() {
                say("the settings are right")?;
            } else {
                say(crate::cli::report::defects_text(&defects, Paint::for_stdout()).trim_end())?;
            }
            return Ok(ExitCode::from(u8::from(!defects.is_empty())));
        }
    }
    Ok(ExitCode::SUCCESS)
}
