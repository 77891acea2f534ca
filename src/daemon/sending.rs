//! The way letters leave: noted when it stands still and when it goes on, told of, tried by `check` and by `mail test`.
//!
//! A letter that cannot leave waits, and nobody misses what they never got. So a way out that is shut is as much a fault as a mailbox
//! nobody reads. Start at [`note`].

use std::process::ExitCode;

use crate::cli::print::{self, line as say};
use crate::cli::report::{Finding, Findings, Outcome};
use crate::config::Mode;
use crate::daemon::alarm::{SILENT, Silence, tell};
use crate::daemon::app::App;
use crate::daemon::cases::Usage;
use crate::daemon::round::RoundError;
use crate::delivery::{AddressChecked, Delivered, WayOut};
use crate::domain::ids::RoleName;
use crate::domain::personal::Personal;
use crate::domain::time::{Instant, london_time_of_day};
use crate::domain::workflow::RequestKind;
use crate::engine::roster::Relation;
use crate::engine::send::Sent;
use crate::mailbox::state::AccountState;
use crate::store::{LetterFilter, LetterRow, LetterState, StoreError};

/// The note that holds how it is.
const STATE: &str = "delivery";
/// How exactly it is noted when a letter last left: a row for each letter would cost a wait for the disk.
const NOTED_EVERY: jiff::SignedDuration = jiff::SignedDuration::from_mins(1);
/// So long an alert of danger may be on its way.
const ALERT_WAITS: jiff::SignedDuration = jiff::SignedDuration::from_mins(5);
/// Alerts looked through, the newest.
const ALERTS_MAX: u32 = 1_000;

/// How the way out is: when a letter last left, since when none does, and why not.
///
/// # Errors
/// The store's.
pub async fn state(app: &App) -> Result<AccountState, StoreError> {
    let note = app.engine.store.get_note(STATE).await?;
    Ok(note.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default())
}

/// Notes what the tries of a round tell of the way out, and says at once when that has changed.
///
/// # Errors
/// The store's.
pub async fn note(app: &App, sent: &[Sent]) -> Result<(), StoreError> {
    let open = sent.iter().any(|one| one.way_out == WayOut::Open);
    let shut = sent.iter().find(|one| one.way_out == WayOut::Shut);
    if !open && shut.is_none() {
        return Ok(());
    }
    let (before, now) = (state(app).await?, app.engine.ambient.now());
    let after = match shut.filter(|_| !open) {
        None => {
            let lately = before.looked_at.is_some_and(|at| now.duration_since(at) < NOTED_EVERY);
            if before.failing_since.is_some() {
                tracing::info!("letters leave again");
            } else if lately {
                return Ok(());
            }
            before.succeeded(0, now)
        }
        Some(one) => {
            let code = one.reason.clone().unwrap_or_default();
            if before.failing_since.is_some() && before.failure.as_ref() == Some(&code) {
                return Ok(());
            }
            tracing::error!(code, "no letter leaves; `focus-family check` says what to put right");
            before.failed(code, now)
        }
    };
    let text = serde_json::to_string(&after).expect("numbers and texts are JSON");
    app.engine.store.set_note(STATE, &text).await
}

/// Tells the administrator of a way out that has been shut for a quarter of an hour, and the team by its worklist, which needs no mail.
///
/// # Errors
/// [`RoundError`]; the next look tries again.
pub async fn look(app: &App) -> Result<(), RoundError> {
    let (state, now) = (state(app).await?, app.engine.ambient.now());
    let silent = state.failing_since.filter(|since| now.duration_since(*since) >= SILENT);
    match silent {
        Some(since) => app.engine.ask_about_sending(since, state.failure.as_deref().unwrap_or_default()).await?,
        None if state.failing_since.is_none() => app.engine.sending_works_again().await?,
        None => {}
    }
    let of = Silence { name: "delivery", what: "The sending of letters", was_not: "worked", is_again: "works again" };
    tell(app, &of, silent).await
}

/// What `check` says: whether the way out is open now, what was noted of it, alerts of danger that have not left, and people who must
/// get them and may not.
pub async fn check(app: &App, findings: &mut Findings) {
    let add = &mut findings.checks;
    match probed(app).await {
        None => {}
        Some(Ok(says)) => add.push(Finding::ok("delivery", says)),
        Some(Err(code)) => add.push(Finding::failed("delivery", format!("no letter can leave: {code}"), fix(&code))),
    }
    add.extend(kept_from_alerts(app));
    match remembered(app).await {
        Ok(found) => add.extend(found),
        Err(error) => add.push(Finding::failed("delivery", error.to_string(), "look at the store")),
    }
}

/// Whether the way out is open now; none without a way out.
async fn probed(app: &App) -> Option<Result<String, String>> {
    let delivery = app.delivery.as_ref()?;
    match AddressChecked::parse(&app.settings.mail.address) {
        Ok(from) => Some(delivery.probe(&from).await),
        Err(_) => Some(Err("mail.address is no mail address".to_owned())),
    }
}

/// What to do about a code.
fn fix(code: &str) -> &'static str {
    if code.contains("auth") || code.contains("sign-in") || code.contains("token") || code.contains("unreadable") {
        "put right the user name and the file with the secret in [delivery]"
    } else if code.contains("rcpt 5") && !code.contains("5.7.") {
        "the mail server does not take mail.address as a recipient: answers and returned letters could not arrive; write the address that \
         its administrator has set up"
    } else if code.contains("mail 5") || code.contains("5.7.") {
        "the mail server does not let us send: ask its administrator to let this machine, or this login, send from mail.address"
    } else if code.contains("tls") || code.contains("certificate") {
        "put right `tls` or `ca_file` in [delivery]; the certificate must be for the host's name"
    } else {
        "put right host and port in [delivery], or let the firewall pass it; letters wait and are tried on"
    }
}

async fn remembered(app: &App) -> Result<Vec<Finding>, StoreError> {
    let mut found = Vec::new();
    let (state, now) = (state(app).await?, app.engine.ambient.now());
    if let Some(since) = state.failing_since {
        let why = state.failure.as_deref().unwrap_or_default();
        let last = state.looked_at.map(|at| format!(", the last at {}", london_time_of_day(at))).unwrap_or_default();
        let says = format!("no letter has left since {} ({why}){last}", london_time_of_day(since));
        found.push(Finding::failed("delivery", says, fix(why)));
    }
    let alerts = alerts_not_out(app, now).await?;
    if let Some(oldest) = alerts.iter().map(|row| row.queued_at).min() {
        let says = format!(
            "{} of danger {} not left, the oldest since {}",
            print::count(alerts.len(), "alert"),
            if alerts.len() == 1 { "has" } else { "have" },
            london_time_of_day(oldest)
        );
        let fix = "read the mails now (`mail list --requests`) and ring who must know; `mail queue` says why each has not left, \
                   `mail release` tries again, `mail discard` ends one";
        found.push(Finding::failed("alerts", says, fix));
    }
    Ok(found)
}

/// Alerts of danger that should have left by now. While the program observes none may.
async fn alerts_not_out(app: &App, now: Instant) -> Result<Vec<LetterRow>, StoreError> {
    if app.settings.mail.mode == Mode::Observe {
        return Ok(Vec::new());
    }
    let letter = app.engine.programme.desk.request(RequestKind::SafeguardingAlert).letter.clone();
    let filter = LetterFilter { letter: Some(letter), limit: ALERTS_MAX, ..LetterFilter::default() };
    // What was written while the program observed is held for good.
    let observed = |row: &LetterRow| row.reason.as_ref().is_some_and(|reason| reason.contains("mail.mode"));
    let waits = |row: &LetterRow| match row.state {
        LetterState::Held => !observed(row),
        LetterState::Queued | LetterState::Sending | LetterState::Unsure | LetterState::Failed => true,
        LetterState::Gathering | LetterState::Sent | LetterState::Dropped | LetterState::Gathered => false,
    };
    let rows = app.engine.store.letters(&filter).await?;
    Ok(rows.into_iter().filter(|row| waits(row) && now.duration_since(row.queued_at) > ALERT_WAITS).collect())
}

/// Whoever answers for the desk, and above all for alerts of danger, and whom `mail.only_to` keeps from every letter.
fn kept_from_alerts(app: &App) -> Option<Finding> {
    let (desk, only_to) = (&app.engine.programme.desk, &app.settings.mail.only_to);
    if app.settings.mail.mode == Mode::Observe {
        return None;
    }
    let alert = desk.request(RequestKind::SafeguardingAlert).told_beyond();
    let others = desk.requests.iter().map(|request| &request.role).chain([&desk.waiting.role, &desk.undelivered.role]);
    let mut titles: Vec<&str> = Vec::new();
    for role in alert.iter().chain(others) {
        let kept = app
            .engine
            .roster
            .answer_for(&app.engine.programme.lifecycle, role, Relation::default())
            .iter()
            .any(|one| !only_to.allows(one.address.as_text()));
        let title = title_of(app, role);
        if kept && !titles.contains(&title) {
            titles.push(title);
        }
    }
    let says = format!("mail.only_to keeps letters, alerts of danger among them, from: {}", titles.join(", "));
    let fix = "name the addresses of these people in mail.only_to, or give the roles to people it names";
    (!titles.is_empty()).then(|| Finding::failed("mail", says, fix))
}

fn title_of<'a>(app: &'a App, role: &'a RoleName) -> &'a str {
    app.engine.programme.lifecycle.role(role).map_or(role.as_str(), |role| role.title.as_str())
}

/// `mail test`: what works of sending, in plain words; with an address one letter goes there.
///
/// # Errors
/// [`Usage`] for an address of nobody of the settings; the store's; the terminal's.
pub async fn test(app: &App, to: Option<&Personal<String>>) -> anyhow::Result<ExitCode> {
    let to = to.map(|to| of_the_settings(app, to)).transpose()?;
    let Some(delivery) = &app.delivery else {
        say("There is no way out: [delivery] keeps letters queued. Set it to your mail server.")?;
        return Ok(ExitCode::from(1));
    };
    match probed(app).await.unwrap_or_else(|| Ok(String::new())) {
        Ok(says) => say(&format!("The way out is open: {says}."))?,
        Err(code) => {
            say(&format!("No letter can leave: {code}.\nFix: {}.", fix(&code)))?;
            return Ok(ExitCode::from(1));
        }
    }
    let Some(to) = to else {
        say("Nothing was sent. With --to and your own address a letter goes the whole way.")?;
        return Ok(findings_of(app).await);
    };
    if app.settings.mail.mode == Mode::Observe {
        say("No letter was sent: mail.mode is `observe`, and then nothing leaves.")?;
        return Ok(ExitCode::from(1));
    }
    if !app.settings.mail.only_to.allows(to.as_text()) {
        say("No letter was sent: the setting mail.only_to does not name this address.")?;
        return Ok(ExitCode::from(1));
    }
    let (says, code) = match app.engine.send_test(delivery, &to).await? {
        Delivered::Accepted { reply } => (format!("A letter is on its way to you. The server said: {reply}"), 0),
        Delivered::Unsure { code } => (format!("The letter may be on its way: {code}. Look whether it arrives."), 1),
        Delivered::Refused { code } => (format!("The server does not take this address: {code}. Is it written right?"), 1),
        Delivered::Later { code } | Delivered::Unreached { code } => {
            (format!("The letter was not taken: {code}.\nFix: {}.", fix(&code)), 1)
        }
    };
    say(&says)?;
    Ok(ExitCode::from(code))
}

/// What was noted besides: an open way out is little comfort while alerts wait.
async fn findings_of(app: &App) -> ExitCode {
    let mut findings = Findings { checks: kept_from_alerts(app).into_iter().collect() };
    match remembered(app).await {
        Ok(found) => findings.checks.extend(found),
        Err(error) => findings.checks.push(Finding::failed("delivery", error.to_string(), "look at the store")),
    }
    for finding in findings.checks.iter().filter(|one| one.outcome == Outcome::Failed) {
        let fix = finding.fix.as_deref().unwrap_or_default();
        // A terminal that went away reads no more.
        let _gone = say(&format!("But {}.\nFix: {fix}.", finding.seen));
    }
    ExitCode::from(findings.exit_code())
}

/// An address of somebody of the settings: a test is no way to write to anybody else.
fn of_the_settings(app: &App, to: &Personal<String>) -> Result<Personal<String>, Usage> {
    let own = Personal::new(to.as_text().trim().to_lowercase());
    let administrator = app.settings.contact.administrator.as_ref();
    let known = app.engine.roster.person(own.as_text()).is_some()
        || administrator.is_some_and(|address| address.as_text().eq_ignore_ascii_case(own.as_text()));
    if known {
        Ok(own)
    } else {
        Err(Usage(
            "this address is nobody's of [[people]] and not the administrator's of [contact]; a test goes to no other".to_owned(),
        ))
    }
}
