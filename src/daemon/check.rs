//! `check`, `audit verify`: every invariant and every outside thing, each with its fix.

use std::collections::BTreeMap;
use std::process::ExitCode;

use crate::cli::Args;
use crate::cli::print::{self, Paint, line as say};
use crate::cli::report::{Finding, Findings};
use crate::config::{ConfigDefect, Delivery, Mode, Named, Sandbox, Settings, holds_or_means};
use crate::daemon::app::{App, Schema, StartError, load_programme, load_templates, reader_settings};
use crate::daemon::commands::invariants_but;
use crate::daemon::{canary, files, flood, generation, head, housekeeping, made_up, mailboxes, scanner, scans, sending};
use crate::domain::ids::RoleName;
use crate::domain::time::london_date;
use crate::domain::workflow::{Programme, RoleScope};
use crate::reader::{self, ReadFailure, Reader, ReaderSettings};
use crate::store::{LetterFilter, LetterState, StoreError, TaskFilter};
use crate::vault::{MasterKey, VaultError};

/// Days before its end at which the table of bank holidays is too short.
const HOLIDAYS_LEFT_DAYS_MIN: i32 = 120;
/// After so long without a nightly run somebody should look.
const HOUSEKEEPING_HOURS_MAX: i64 = 49;
/// How long pages on this machine may take to answer.
const PAGES_WAIT: std::time::Duration = std::time::Duration::from_secs(1);
/// A mail without an end for so long is a fault.
const UNENDED_SECONDS: u32 = 300;

/// Everything that can be checked, in the order it depends on each other.
///
/// # Errors
/// The terminal's.
pub async fn run(args: &Args, json: bool) -> anyhow::Result<ExitCode> {
    let mut findings = Findings::default();
    match Settings::load_or_named(args.config.as_deref(), std::env::vars()) {
        // What is wrong leaves the settings whole: everything else is looked at, and told beside it.
        Err((defects, Some(named))) if named.settings.is_some() => {
            findings.checks.extend(defects.into_iter().map(of_settings));
            let settings = named.settings.as_deref().expect("they are there").clone();
            about_all(settings, &named, &mut findings).await;
        }
        Err((mut defects, named)) => {
            // What depends on no setting that is wrong is looked at all the same: nobody wants to be told of one mistake a day.
            let programme = named.as_ref().and_then(|named| load_programme(named.programme.folder.as_deref()).ok());
            if let (Some(named), Some(programme)) = (&named, &programme) {
                defects.extend(named.defects_against(programme));
            }
            findings.checks.extend(defects.into_iter().map(of_settings));
            if let Some(named) = &named {
                findings.checks.extend(about_key(named));
                findings.checks.extend(named.mailboxes.iter().filter_map(mailboxes::about_folder_of).filter(Finding::is_problem));
            }
        }
        Ok(settings) => {
            let (people, mailboxes) = (settings.people.len(), settings.mailboxes.len());
            let says = format!("{}, {}", print::count(people, "person"), print::count(mailboxes, "mailbox"));
            findings.checks.push(Finding::ok("settings", says));
            let named = settings.named();
            about_all(settings, &named, &mut findings).await;
        }
    }
    if json {
        print::json(&findings)?;
    } else {
        say(findings.text(Paint::for_stdout()).trim_end())?;
    }
    Ok(ExitCode::from(findings.exit_code()))
}

/// Everything that settings which are whole can be looked at with.
async fn about_all(settings: Settings, named: &Named, findings: &mut Findings) {
    about_settings(&settings, findings);
    made_up::check(&settings, findings);
    files::check(&settings, findings);
    about_programme(&settings, named, findings);
    Box::pin(about_installation(settings, findings)).await;
}

fn of_settings(defect: ConfigDefect) -> Finding {
    Finding::failed("settings", format!("{}: {}", defect.place, defect.problem), defect.fix)
}

/// A key file that is named and cannot be used.
fn about_key(named: &Named) -> Option<Finding> {
    let error = MasterKey::load(named.master_key_file.as_ref()?).err()?;
    Some(Finding::failed("installation", format!("{:#}", anyhow::Error::new(StartError::Vault(error))), KEY_MISSING))
}

/// What to do about a key that is gone.
const KEY_MISSING: &str = "bring the key back; where there is no database yet, `focus-family init` makes one";

fn about_settings(settings: &Settings, findings: &mut Findings) {
    let mut add = |finding| findings.checks.push(finding);
    if settings.mail.mode == Mode::Observe {
        add(Finding::warning(
            "mail",
            "mode is observe: letters are composed, none is sent",
            "set mail.mode = \"live\" when you are ready",
        ));
    }
    if settings.delivery == Delivery::Hold {
        add(Finding::warning("mail", "no delivery: letters stay queued", "set [delivery] to your mail server"));
    }
    add(about_pages(settings));
}

/// Whether the links in letters lead anywhere.
fn about_pages(settings: &Settings) -> Finding {
    let name = "pages";
    let (Some(listen), Some(url)) = (settings.web.listen, &settings.web.public_url) else {
        return Finding::ok(name, "none: letters carry no links and say how to look instead");
    };
    match std::net::TcpStream::connect_timeout(&listen, PAGES_WAIT) {
        Ok(_) => Finding::ok(name, format!("letters link to {url}, and something answers on {listen}")),
        Err(_) => Finding::warning(
            name,
            format!("letters link to {url}, and nothing answers on {listen}"),
            "`serve` has no pages yet, those of `demo` are there while it runs: take `listen` out of [web], and letters say how to look",
        ),
    }
}

fn about_programme(settings: &Settings, named: &Named, findings: &mut Findings) {
    match load_programme(settings.programme.folder.as_deref()) {
        Err(StartError::Programme(defects)) => {
            for defect in defects {
                findings.checks.push(Finding::failed("programme", defect.to_string(), "put it right in the programme's folder"));
            }
        }
        Err(error) => findings.checks.push(Finding::failed("programme", error.to_string(), "look at programme.folder")),
        Ok(programme) => {
            let life = &programme.lifecycle;
            let says =
                format!("{} {}, {} stages, {} timers", programme.title, life.version, life.stages.len(), life.timers.len());
            findings.checks.push(Finding::ok("programme", says));
            for defect in named.defects_against(&programme) {
                findings.checks.push(of_settings(defect));
            }
            if named.are_people_known() {
                about_people(settings, &programme, findings);
            }
            let today = london_date(crate::ambient::Ambient::Real.now());
            let left = (programme.calendar.known_until - today).get_days();
            if left < HOLIDAYS_LEFT_DAYS_MIN {
                let fix = "add the next years to calendar.yaml in the programme's folder";
                findings.checks.push(Finding::warning("calendar", format!("bank holidays end in {left} days"), fix));
            }
        }
    }
    match load_templates(settings.programme.templates.as_deref()) {
        Ok(templates) => findings.checks.push(Finding::ok("letters", print::count(templates.letters().count(), "letter"))),
        Err(error) => {
            findings.checks.push(Finding::failed("letters", error.to_string(), "put it right in the templates' folder"))
        }
    }
}

/// Roles of the programme that nobody holds are a failure: letters to them would reach nobody. An area that nobody holds is a
/// warning: somebody else answers for it.
fn about_people(settings: &Settings, programme: &Programme, findings: &mut Findings) {
    let lifecycle = &programme.lifecycle;
    let known: Vec<&str> = lifecycle.roles.iter().map(|role| role.name.as_str()).collect();
    let title = |name: &RoleName| lifecycle.role(name).map_or_else(|| name.to_string(), |role| role.title.clone());
    for role in &lifecycle.roles {
        let holders: Vec<_> = settings.people.iter().filter(|person| holds_or_means(person, &role.name, &known)).collect();
        let entry = format!("add a [[people]] with roles = [\"{}\"]", role.name);
        match role.scope {
            RoleScope::Programme if holders.is_empty() => {
                findings.checks.push(Finding::failed("people", format!("nobody is {}", role.title), entry));
            }
            RoleScope::Area => {
                let empty: Vec<&str> = programme
                    .geography
                    .areas
                    .iter()
                    .filter(|area| !holders.iter().any(|person| person.areas.contains(&area.name)))
                    .map(|area| area.title.as_str())
                    .collect();
                if !empty.is_empty() {
                    let instead = role.falls_back_to.as_ref().map_or("nobody".to_owned(), title);
                    let says = format!("nobody is {} for {}; {instead} answers there", role.title, empty.join(", "));
                    findings.checks.push(Finding::warning("people", says, format!("{entry} and its areas")));
                }
            }
            RoleScope::Programme | RoleScope::Case => {}
        }
    }
}

async fn about_installation(settings: Settings, findings: &mut Findings) {
    let folders: Vec<Finding> = settings.mailboxes.iter().filter_map(mailboxes::about_folder_of).collect();
    let app = match App::open(settings, Schema::AsItIs).await {
        Ok(app) => app,
        Err(error) => {
            // Misfits of settings and programme stand above, one by one.
            if !matches!(error, StartError::Settings(_) | StartError::Programme(_)) {
                let fix = match &error {
                    StartError::Vault(VaultError::Missing { .. }) => KEY_MISSING,
                    _ => "put right what is named; nothing was changed",
                };
                findings.checks.push(Finding::failed("installation", format!("{:#}", anyhow::Error::new(error)), fix));
            }
            findings.checks.extend(folders);
            return;
        }
    };
    findings.checks.extend(folders);
    if app.instead_of.is_some() {
        let says = "the last files that were right are used until the mistake named above is put right";
        findings.checks.push(Finding::warning("programme", says, "then start `focus-family serve` again"));
    }
    mailboxes::check(&app, findings).await;
    sending::check(&app, findings).await;
    // Whether this machine can confine a reader is tried strictly, whatever the settings allow.
    let settings = &app.settings.reader;
    let strict = ReaderSettings { sandbox: reader::Sandbox::Required, ..reader_settings(settings) };
    match Reader::new(strict).read(PROBE).await {
        Ok(_) => findings
            .checks
            .push(Finding::ok("reader", format!("a probe was read in the sandbox; {}", scans::limits_of(settings)))),
        Err(ReadFailure::NotSandboxed) if settings.sandbox == Sandbox::Weakened => findings.checks.push(Finding::warning(
            "reader",
            "this machine cannot confine the reading of documents, and reader.sandbox = \"weakened\" reads them all the same",
            "use a kernel with Landlock and seccomp, then set reader.sandbox = \"enforced\"",
        )),
        Err(failure) => {
            findings.checks.push(Finding::failed("reader", failure.to_string(), "use a kernel with Landlock and seccomp"))
        }
    }
    canary::check(&app, findings).await;
    scanner::check(&app, findings).await;
    findings.checks.push(scans::about(&reader_settings(settings), &settings.ocr.languages).await);
    about_store(&app, findings).await;
    if let Err(error) = app.close().await {
        findings.checks.push(Finding::failed("store", error.to_string(), "look at the disk"));
    }
}

/// The smallest mail that goes through every step of reading.
const PROBE: &[u8] = b"From: check@example.org\r\nSubject: probe\r\n\r\nA probe.\r\n";

async fn about_store(app: &App, findings: &mut Findings) {
    let store = &app.engine.store;
    match store.verify_chain().await {
        Ok(report) if report.first_bad.is_none() => {
            findings.checks.push(Finding::ok("audit", format!("{}, chain whole", print::count(count(report.events), "event"))));
        }
        Ok(report) => {
            let says = format!("the chain breaks at event {}", report.first_bad.unwrap_or_default());
            findings.checks.push(Finding::failed(
                "audit",
                says,
                "restore a backup from before; keep this database for the inquiry",
            ));
        }
        Err(error) => findings.checks.push(Finding::failed("audit", error.to_string(), "look at the store")),
    }
    match head::differs(app).await {
        Ok(None) => {}
        Ok(Some(says)) => {
            let fix = "if a backup was put back, `focus-family mail restored --by … --because …` says so; otherwise keep this database for \
                       the inquiry and put the last backup back";
            findings.checks.push(Finding::failed("audit", says, fix));
        }
        Err(error) => findings.checks.push(Finding::failed("audit", error.to_string(), "look at the store")),
    }
    match used_packs(app).await {
        Ok(edited) if edited.is_empty() => {
            findings.checks.push(Finding::ok("rules", "every rule pack that has judged a family is as it was then"));
        }
        Ok(edited) => {
            let fix = "bring the pack back as it was; to change a rule end its pack with `until` and add another";
            findings.checks.extend(edited.into_iter().map(|says| Finding::failed("rules", says, fix)));
        }
        Err(error) => findings.checks.push(Finding::failed("rules", format!("{error:#}"), "look at the store")),
    }
    crate::daemon::kept::check(app, findings).await;
    // Letters that wait for a person are told once, with what to do about them.
    match invariants_but(app, &["letter_failed"]).await {
        Ok(broken) if broken.is_empty() => {
            findings.checks.push(Finding::ok("invariants", "every open case has an owner and a next dated action"));
        }
        Ok(broken) => {
            for says in broken {
                findings.checks.push(Finding::failed("invariants", says, "report it with `case timeline`; nothing was changed"));
            }
        }
        Err(error) => findings.checks.push(Finding::failed("invariants", error.to_string(), "look at the store")),
    }
    match store.unended_older_than(app.engine.ambient.now(), UNENDED_SECONDS).await {
        Ok(stuck) if stuck.is_empty() => findings.checks.push(Finding::ok("inbox", "every mail has its end")),
        Ok(stuck) => {
            let says = format!("{} without an end for 5 minutes", print::count(stuck.len(), "mail"));
            findings.checks.push(Finding::failed("inbox", says, "is `focus-family serve` running? `mail list` shows them"));
        }
        Err(error) => findings.checks.push(Finding::failed("inbox", error.to_string(), "look at the store")),
    }
    if let Err(error) = about_work(app, findings).await {
        findings.checks.push(Finding::failed("worklist", error.to_string(), "look at the store"));
    }
    about_housekeeping(app, findings).await;
}

/// What people have let go late, and letters that wait for a person.
///
/// # Errors
/// The store's.
pub async fn about_work(app: &App, findings: &mut Findings) -> Result<(), StoreError> {
    let store = &app.engine.store;
    let today = app.engine.ambient.today();
    let open = store.tasks(&TaskFilter::default()).await?;
    let late: Vec<_> = open.iter().filter(|task| task.due_on < today).collect();
    let mut roles: BTreeMap<&str, usize> = BTreeMap::new();
    for task in &late {
        let role = app.engine.programme.lifecycle.role(&task.role).map_or(task.role.as_str(), |role| role.title.as_str());
        *roles.entry(role).or_default() += 1;
    }
    findings.checks.push(match late.first() {
        None => Finding::ok("worklist", format!("{} open, none late", print::count(open.len(), "item"))),
        Some(oldest) => {
            let whose: Vec<String> = roles.iter().map(|(role, count)| format!("{role} {count}")).collect();
            let (items, since) = (print::count(late.len(), "item"), print::day(oldest.due_on));
            let says = format!("{items} late, the oldest since {since}: {}", whose.join(", "));
            Finding::warning(
                "worklist",
                says,
                "`focus-family task list --late` shows them; `mail settle` and `task done` end them",
            )
        }
    });
    if let Some(due) = flood::behind(app).await? {
        let says = format!("{due} letters are due, and {} leave in an hour", app.settings.mail.hourly_max);
        let fix = "`mail queue` shows them; `mail discard LETTER --every` drops all of one kind that a mistake has made";
        findings.checks.push(Finding::warning("outbox", says, fix));
    }
    match generation::is_restored(app).await {
        Ok(false) => {}
        Ok(true) => {
            let says = "the database is older than the letters that left: a backup was put back, and nothing is sent";
            let fix = "`focus-family mail restored --by … --because …` holds the letters of the backup, and new ones leave again";
            findings.checks.push(Finding::failed("outbox", says, fix));
        }
        Err(error) => {
            let fix = "nothing is sent until the file beside the master key that counts can be read again";
            findings.checks.push(Finding::failed("outbox", format!("{:#}", anyhow::Error::new(error)), fix));
        }
    }
    let failed = store.letters(&LetterFilter { state: Some(LetterState::Failed), ..LetterFilter::default() }).await?;
    if !failed.is_empty() {
        let says = format!("{} given up", print::count(failed.len(), "letter"));
        let fix = "`focus-family mail queue --state failed` says why; `mail release` tries again, `mail discard` drops one";
        findings.checks.push(Finding::failed("outbox", says, fix));
    }
    Ok(())
}

/// What the last nightly run found; a daemon that has not run since the night before last is told of.
async fn about_housekeeping(app: &App, findings: &mut Findings) {
    let fix = "is `focus-family serve` running? it looks after everything each night";
    match housekeeping::last(app).await {
        Ok(None) => {}
        Ok(Some(last)) => {
            let hours = app.engine.ambient.now().duration_since(last.at).as_hours();
            let says = format!("{}: {}", print::day(london_date(last.at)), last.says());
            findings.checks.push(if hours >= HOUSEKEEPING_HOURS_MAX {
                Finding::warning("nightly", format!("not since {says}"), fix)
            } else if last.broken.is_empty() {
                Finding::ok("nightly", says)
            } else {
                Finding::failed("nightly", says, last.broken.join("; "))
            });
        }
        Err(error) => findings.checks.push(Finding::failed("nightly", error.to_string(), "look at the store")),
    }
}

/// Packs that have judged a family and are edited or gone: a verdict is explained by the very text that gave it.
async fn used_packs(app: &App) -> anyhow::Result<Vec<String>> {
    let mut used: std::collections::BTreeMap<(String, String), usize> = std::collections::BTreeMap::new();
    for row in app.engine.store.cases(&crate::store::CaseFilter::default()).await? {
        let verdict = app.engine.case(&row.reference).await?.case.verdict;
        *used.entry((verdict.rule_pack.to_string(), verdict.rule_pack_version)).or_default() += 1;
    }
    let packs = &app.engine.programme.packs;
    let there = |name: &str, stamp: &str| packs.iter().any(|pack| pack.name.as_str() == name && pack.gave(stamp));
    let changed = used.into_iter().filter(|((name, stamp), _)| !there(name, stamp));
    Ok(changed
        .map(|((name, stamp), cases)| {
            format!("rule pack {name} {stamp} judged {} and is not in the folder so", print::count(cases, "case"))
        })
        .collect())
}

fn count(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

/// Recomputes the chain.
///
/// # Errors
/// The store's; the terminal's.
pub async fn audit(app: &App, json: bool) -> anyhow::Result<ExitCode> {
    let report = app.engine.store.verify_chain().await?;
    let differs = head::differs(app).await?;
    let end = &report.head;
    if json {
        print::json(&serde_json::json!({
            "events": report.events, "head": end, "first_bad": report.first_bad, "differs": differs,
        }))?;
    } else {
        match report.first_bad {
            None if differs.is_none() => say(&format!("{} events, chain whole, head {end}", report.events))?,
            None => say(&format!("{} events, each linked as it should be, head {end}", report.events))?,
            Some(bad) => say(&format!("the chain breaks at event {bad} of {}: what comes after was changed", report.events))?,
        }
        if let Some(says) = &differs {
            say(says)?;
        }
    }
    Ok(ExitCode::from(u8::from(report.first_bad.is_some() || differs.is_some())))
}
