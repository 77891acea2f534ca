//! Whether the virus scanner is there and does what it is for: `check`, and the alarm when it has been away for some minutes.

use jiff::SignedDuration;

use crate::cli::report::{Finding, Findings};
use crate::daemon::alarm::{Silence, tell};
use crate::daemon::app::App;
use crate::daemon::round::RoundError;
use crate::domain::mail::scanned::{Scanned, Unscanned};
use crate::domain::time::{Date, Instant};
use crate::scan::Scanner;

/// So long the scanner may be away before the administrator is told.
const SILENT: SignedDuration = SignedDuration::from_mins(4);
/// The note that holds since when it is away.
const AWAY_SINCE: &str = "scanner_away_since_us";
/// Signatures older than this miss what is about.
const SIGNATURE_DAYS_MAX: i32 = 7;

/// A mail around the test file of eicar.org, which every scanner must find and which does nothing. It stands in two halves, so that this
/// program is not taken for it.
fn test_mail() -> Vec<u8> {
    let halves = [r"X5O!P%@AP[4\PZX54(P^)7CC)7}", "$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"];
    [b"From: check@example.org\r\nSubject: test\r\nContent-Type: application/octet-stream\r\n\r\n", halves.concat().as_bytes()]
        .concat()
}

/// A ZIP whose only entry says that it is locked (bit 0 of its flags): what a scanner without `AlertEncrypted` calls clean.
fn locked_archive() -> Vec<u8> {
    const NAME: &[u8] = b"form.txt";
    const BODY: &[u8] = b"twelve bytes, then more";
    let size = u32::try_from(BODY.len()).expect("it is small").to_le_bytes();
    let middle = [&[20, 0, 1, 0, 0, 0, 0, 0, 0x21, 0, 1, 2, 3, 4][..], &size, &size, &[8, 0, 0, 0]].concat();
    let local = [b"PK\x03\x04", &middle[..], NAME, BODY].concat();
    let central = [b"PK\x01\x02\x14\x00", &middle[..], &[0; 14], NAME].concat();
    let (length, at) = (u32::try_from(central.len()), u32::try_from(local.len()));
    let (length, at) = (length.expect("it is small").to_le_bytes(), at.expect("it is small").to_le_bytes());
    let end = [b"PK\x05\x06\0\0\0\0\x01\0\x01\0", &length[..], &at, &[0, 0]].concat();
    [local, central, end].concat()
}

/// Everything about the scanner.
pub async fn check(app: &App, findings: &mut Findings) {
    let name = "viruses";
    let Some(settings) = &app.settings.scan else {
        findings.checks.push(Finding::ok(name, "no scanner is set: no mail is scanned here, each is read in the sandbox"));
        return;
    };
    let scanner = Scanner::new(settings);
    let version = match scanner.ask("VERSION").await {
        Ok(version) => version,
        Err(error) => {
            let says = format!("{:#}; mails are marked as not scanned", anyhow::Error::new(error));
            findings.checks.push(Finding::failed(name, says, "start clamav-daemon, or put scan.clamd right"));
            return;
        }
    };
    findings.checks.push(match scanner.scan(&test_mail()).await {
        Scanned::Infected(_) => Finding::ok(name, format!("{} finds the test file", product(&version))),
        other => {
            let says = format!("the scanner does not find the test file of eicar.org: {}", other.says());
            Finding::failed(name, says, "run `freshclam`, then look into the log of clamav-daemon")
        }
    });
    if scanner.scan(&locked_archive()).await != Scanned::Unscanned(Unscanned::Locked) {
        let fix = "set AlertEncrypted, AlertExceedsMax and AlertOLE2Macros to yes in clamd.conf and restart clamav-daemon";
        findings.checks.push(Finding::failed(name, "the scanner calls a locked archive clean", fix));
    }
    let today = app.engine.ambient.today();
    if let Some(made_on) = signatures_of(&version).filter(|made_on| (today - *made_on).get_days() > SIGNATURE_DAYS_MAX) {
        let says = format!("the signatures are of {made_on}");
        findings.checks.push(Finding::warning(name, says, "see that clamav-freshclam runs and may reach its servers"));
    }
}

/// `ClamAV 1.4.6` of `ClamAV 1.4.6/27500/Sat Nov 21 09:26:02 2026`.
fn product(version: &str) -> String {
    let name = version.split('/').next().unwrap_or_default();
    name.chars().filter(|c| c.is_ascii_graphic() || *c == ' ').take(40).collect()
}

/// The day of the newest signatures; none when it is not told.
fn signatures_of(version: &str) -> Option<Date> {
    let told = version.split('/').nth(2)?.split_whitespace().collect::<Vec<_>>().join(" ");
    jiff::civil::DateTime::strptime("%a %b %d %H:%M:%S %Y", told).ok().map(|at| at.date())
}

/// Tells the administrator of a scanner that is away for some minutes, and when it is back.
///
/// # Errors
/// [`RoundError`]; the next look tries again.
pub async fn look(app: &App) -> Result<(), RoundError> {
    let Some(settings) = &app.settings.scan else { return Ok(()) };
    let store = &app.engine.store;
    let there = Scanner::new(settings).ask("PING").await.is_ok_and(|answer| answer == "PONG");
    let now = app.engine.ambient.now();
    let since = store.get_note(AWAY_SINCE).await?.and_then(|text| text.parse::<i64>().ok());
    let since = since.and_then(|since| Instant::from_microsecond(since).ok());
    let away = match (there, since) {
        (true, None) => None,
        (true, Some(_)) => {
            store.set_note(AWAY_SINCE, "").await?;
            None
        }
        (false, Some(since)) => Some(since),
        (false, None) => {
            store.set_note(AWAY_SINCE, &now.as_microsecond().to_string()).await?;
            Some(now)
        }
    };
    let silent = away.filter(|since| now.duration_since(*since) >= SILENT);
    let of = Silence { name: "virus_scanner", what: "The virus scanner", was_not: "answered", is_again: "answers again" };
    tell(app, &of, silent).await
}
