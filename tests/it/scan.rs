//! The virus scanner: what clamd's answers mean, what is asked of it byte for byte, and that a mail it found something in is never opened.
//! The scripted clamd speaks as clamd 1.4.6 does on the wire; where clamd itself is installed, it is asked too.

mod clamd;

use focus_family::cli::report::{Finding, Findings, Outcome};
use focus_family::config::{ScanSettings, ScannerAddress, Settings, UnscannedMail};
use focus_family::daemon::app::App;
use focus_family::daemon::round::{send, settle};
use focus_family::daemon::{alarm, explain, mails, scanner};
use focus_family::domain::mail::scanned::{Scanned, Unscanned};
use focus_family::domain::personal::Personal;
use focus_family::engine::settle::{Settlement, Settler};
use focus_family::explain::Detail;
use focus_family::scan::Scanner;

use crate::support::daemon::{County, all_is_well, nomination};
use crate::support::engines::{for_each_house, sqlite_house};
use crate::support::told::{named, told};
use clamd::{Act, Clamd};

const OPENED: &str =
    "case_opened, nomination; triage meets copeland; acknowledgement_complete>referrer triage_summary>area_officer";

fn infected(name: &str) -> Scanned {
    Scanned::Infected(name.to_owned())
}

/// Answers of clamd 1.4.6 as they come, without the NUL behind them, and what each means.
fn answers() -> Vec<(&'static str, Scanned)> {
    use Unscanned::{Locked, Macros, NoAnswer, OverLimits, TooLarge};
    let not = Scanned::Unscanned;
    vec![
        ("stream: OK", Scanned::Clean),
        ("stream: Eicar-Test-Signature FOUND", infected("Eicar-Test-Signature")),
        ("stream: Win.Test.EICAR_HDB-1 FOUND", infected("Win.Test.EICAR_HDB-1")),
        ("stream: Test.EICAR-own.UNOFFICIAL FOUND", infected("Test.EICAR-own.UNOFFICIAL")),
        ("stream: Heuristics.Phishing.Email.SpoofedDomain FOUND", infected("Heuristics.Phishing.Email.SpoofedDomain")),
        ("stream: <b>\u{1b}[2J</b>\n FOUND", infected("b2J/b")),
        ("stream:  FOUND", infected("something without a name")),
        ("stream: Heuristics.Encrypted.Zip FOUND", not(Locked)),
        ("stream: Heuristics.Encrypted.PDF FOUND", not(Locked)),
        ("stream: Heuristics.Limits.Exceeded.MaxFileSize FOUND", not(OverLimits)),
        ("stream: Heuristics.Limits.Exceeded.MaxRecursion FOUND", not(OverLimits)),
        ("stream: Heuristics.OLE2.ContainsMacros.VBA FOUND", not(Macros)),
        ("INSTREAM size limit exceeded. ERROR", not(TooLarge)),
        ("stream: Can't allocate memory ERROR", not(NoAnswer)),
        ("COMMAND READ TIMED OUT", not(NoAnswer)),
        ("UNKNOWN COMMAND", not(NoAnswer)),
        ("stream: OKAY", not(NoAnswer)),
        ("other: OK", not(NoAnswer)),
        ("OK", not(NoAnswer)),
        ("", not(NoAnswer)),
        ("HTTP/1.1 400 Bad Request", not(NoAnswer)),
    ]
}

fn settings(at: &ScannerAddress) -> ScanSettings {
    ScanSettings { clamd: at.clone(), unscanned: UnscannedMail::Read, seconds: 20, largest_mb: 1 }
}

#[test]
fn only_a_clear_ok_is_clean() {
    for (answer, expected) in answers() {
        assert_eq!(Scanned::of_answer(Some(answer)), expected, "{answer}");
    }
    for (answer, scanned) in answers() {
        assert_eq!(Scanned::remembered(scanned.as_str(), &scanned.says()), scanned, "{answer}: noted and read again");
    }
    assert_eq!(Scanned::of_answer(None), Scanned::Unscanned(Unscanned::NoAnswer), "cut before its end");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_scanner_hears_the_mail_byte_for_byte_and_its_answer_is_understood_on_both_kinds_of_line() {
    let mail = [nomination(1), vec![0; 200_000]].concat();
    for over_tcp in [false, true] {
        for (answer, expected) in answers() {
            let clamd = Clamd::start(over_tcp, Act::Answer(format!("{answer}\0").into_bytes())).await;
            assert_eq!(Scanner::new(&settings(&clamd.at)).scan(&mail).await, expected, "{answer}");
            assert_eq!(clamd.heard().await, vec![mail.clone()], "{answer}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_scanner_that_hangs_up_refuses_stalls_or_is_away_leaves_the_mail_unscanned() {
    let mail = vec![b'x'; 900_000];
    let too_large = b"INSTREAM size limit exceeded. ERROR\0".to_vec();
    let whole = b"stream: OK\0".to_vec();
    let mut rows = vec![
        ("says why and hangs up in the middle", Act::HangUpAfter(100_000, too_large), Unscanned::TooLarge),
        ("hangs up without a word", Act::HangUpAfter(100_000, Vec::new()), Unscanned::Unreached),
        ("talks without an end", Act::Answer(vec![b'x'; 100_000]), Unscanned::NoAnswer),
        ("never answers", Act::Stall, Unscanned::TimeLimit),
    ];
    for cut in 0..whole.len() {
        rows.push(("cuts its answer", Act::Answer(whole[..cut].to_vec()), Unscanned::NoAnswer));
    }
    for (what, act, expected) in rows {
        let seconds = if matches!(act, Act::Stall) { 1 } else { 20 };
        let clamd = Clamd::start(false, act).await;
        let scanner = Scanner::new(&ScanSettings { seconds, ..settings(&clamd.at) });
        assert_eq!(scanner.scan(&mail).await, Scanned::Unscanned(expected), "{what}");
    }
    let away = Clamd::start(false, Act::Stall).await;
    let at = away.at.clone();
    away.stop().await;
    assert_eq!(Scanner::new(&settings(&at)).scan(&mail).await, Scanned::Unscanned(Unscanned::Unreached), "away");
    let clamd = Clamd::start(false, Act::Answer(whole)).await;
    let over = vec![b'x'; (1 << 20) + 1];
    assert_eq!(Scanner::new(&settings(&clamd.at)).scan(&over).await, Scanned::Unscanned(Unscanned::TooLarge));
    assert!(clamd.heard().await.is_empty(), "what is over our own limit is not sent");
}

/// A mail whose scripted scanner says what its body asks for.
fn asking(number: u32, answer: &str) -> Vec<u8> {
    let mail = String::from_utf8(nomination(number)).unwrap();
    mail.replacen("Subject: Nomination", &format!("Subject: Nomination\r\nX-Answer: {answer}"), 1).into_bytes()
}

#[test]
fn a_mail_with_a_find_goes_to_a_person_unopened_and_unanswered_and_the_others_become_cases() {
    for_each_house(async |house| {
        let clamd = Clamd::start(false, Act::AsAsked).await;
        let county = County::with_settings(house, &format!("\n[scan]\nclamd = \"{}\"\n", clamd.at)).await;
        let app = county.start_captured().await;
        county.deliver("clean", &nomination(1));
        county.deliver("found", &asking(2, "stream: Eicar-Test-Signature FOUND"));
        county.deliver("locked", &asking(3, "stream: Heuristics.Encrypted.Zip FOUND"));
        county.deliver("limits", &asking(4, "stream: Heuristics.Limits.Exceeded.MaxFileSize FOUND"));
        let form = focus_family::demo::forms::nomination_pdf(&crate::support::daemon::form(6));
        let form = focus_family::demo::forms::locked(form, "secret");
        county.deliver("pdf", &crate::support::daemon::mail_with(6, &[("form.pdf", "application/pdf", &form)]));
        county.deliver("nonsense", &asking(5, "I am a teapot"));
        settle(&app).await.unwrap();
        // The copy of a mail with a find is no cleaner than the first.
        county.deliver("found-again", &asking(2, "stream: Eicar-Test-Signature FOUND"));
        settle(&app).await.unwrap();
        let closed = "the virus scanner found `Eicar-Test-Signature` in it: it was not opened and nobody answered. \
                      Ask your IT desk before anybody opens it";
        let doubted =
            |doubt: &str| format!("{OPENED}; area_officer: FF-E-#####: look at the mail: not scanned for viruses: {doubt}");
        for (uid, expected, scan, why) in [
            ("clean", OPENED.to_owned(), "clean", ""),
            ("found", format!("waiting, unread ({closed}); mail_waiting>team; team: FF-E-#####: {closed}"), "infected", closed),
            (
                "found-again",
                "waiting, unread (the same mail as FF-E-#####); no letter".to_owned(),
                "infected",
                "the virus scanner found",
            ),
            ("locked", doubted("something in it is locked with a password"), "unscanned", "locked with a password"),
            ("limits", doubted("it holds more than the scanner unpacks"), "unscanned", "more than the scanner unpacks"),
            (
                "pdf",
                "case_opened, nomination; awaiting_information not_shown no area; acknowledgement_missing>referrer \
                 area_unknown>team triage_summary>team; team: FF-E-#####: look at the mail: an attachment is locked; open it with \
                 its password and save the form here; team: Say which area the family belongs to."
                    .to_owned(),
                "unscanned",
                "locked with a password",
            ),
            ("nonsense", OPENED.to_owned(), "unscanned", "not scanned for viruses: the scanner gave no clear answer"),
        ] {
            let row = named(&app, uid).await;
            assert_eq!(told(&app, &row).await, expected, "{uid}");
            assert_eq!(row.scan.as_ref().map(|(scan, _)| scan.as_str()), Some(scan), "{uid}");
            let says = mails::why(&row);
            assert!(says.contains(why) && (scan != "clean" || says.is_empty()), "{uid}: {says}");
        }
        // Also a person who takes it for a nomination does not open it here, and nobody is written to for it.
        let receipt = named(&app, "found").await.receipt;
        let because = Some(Personal::new("rang the school".to_owned()));
        let settler = Settler { by: app.settings.people[0].address.clone(), because };
        let ended = app.engine.settle_mail(&receipt, &Settlement::Nomination { from_family: false }, &settler).await.unwrap();
        assert_eq!((ended.read, ended.grade.as_deref()), ((0, 0, 0), Some("not_shown")), "{ended:?}");
        send(&app).await.unwrap();
        let to_its_sender = crate::support::daemon::referrer(2);
        assert!(county.captured.take().iter().all(|letter| letter.to.as_str() != to_its_sender), "its sender hears nothing");
        all_is_well(&app, "after the scans").await;
    });
}

#[test]
fn with_unscanned_wait_a_mail_waits_unread_while_the_scanner_is_away() {
    for_each_house(async |house| {
        let lines = "\n[scan]\nclamd = \"unix:nobody-listens-here.ctl\"\nunscanned = \"wait\"\n";
        let county = County::with_settings(house, lines).await;
        let mut app = county.start_captured().await;
        // Nobody could read it if somebody tried.
        app.use_reader_program("/nonexistent/focus-family".into());
        county.deliver("one", &nomination(1));
        settle(&app).await.unwrap();
        let waits = "not scanned for viruses: the scanner could not be reached; it was not opened";
        let row = named(&app, "one").await;
        assert_eq!(told(&app, &row).await, format!("waiting, unread ({waits}); mail_waiting>team; team: FF-E-#####: {waits}"));
        assert_eq!(mails::why(&row), waits, "said once");
        all_is_well(&app, "after the wait").await;
    });
}

#[test]
fn with_unscanned_wait_a_mail_is_scanned_anew_before_anybody_opens_it() {
    for_each_house(async |house| {
        let clamd = Clamd::start(false, Act::AsAsked).await;
        let lines = format!("\n[scan]\nclamd = \"{}\"\nunscanned = \"wait\"\n", clamd.at);
        let county = County::with_settings(house, &lines).await;
        let app = county.start_captured().await;
        let settler = Settler { by: app.settings.people[0].address.clone(), because: Some(Personal::from("looked")) };
        let nominated = Settlement::Nomination { from_family: false };
        clamd.away(true);
        county.deliver("good", &nomination(1));
        county.deliver("bad", &asking(2, "stream: Eicar-Test-Signature FOUND"));
        settle(&app).await.unwrap();
        for uid in ["good", "bad"] {
            let row = named(&app, uid).await;
            let refused = app.engine.settle_mail(&row.receipt, &nominated, &settler).await.unwrap_err().to_string();
            assert!(refused.contains("could not be reached") && refused.contains("try again"), "{uid}: {refused}");
            let raw = app.engine.store.raw_mail(row.mail).await.unwrap().unwrap();
            assert!(!app.engine.look_before_opening(&row, &raw).await.unwrap().may_open, "{uid}: show asks the same");
        }
        clamd.away(false);
        let row = named(&app, "good").await;
        let ended = app.engine.settle_mail(&row.receipt, &nominated, &settler).await.unwrap();
        assert_eq!(ended.grade.as_deref(), Some("meets"), "{ended:?}");
        assert_eq!(named(&app, "good").await.scan.unwrap().0, "clean");
        let row = named(&app, "bad").await;
        let ended = app.engine.settle_mail(&row.receipt, &nominated, &settler).await.unwrap();
        assert_eq!((ended.read, ended.grade.as_deref()), ((0, 0, 0), Some("not_shown")), "{ended:?}");
        assert_eq!(named(&app, "bad").await.scan.unwrap().0, "infected");
        // What no scanner can look into waits too, also when only the reader finds it locked, and asking again makes it no cleaner.
        let form = focus_family::demo::forms::nomination_pdf(&crate::support::daemon::form(6));
        let form = focus_family::demo::forms::locked(form, "secret");
        county.deliver("pdf", &crate::support::daemon::mail_with(6, &[("form.pdf", "application/pdf", &form)]));
        settle(&app).await.unwrap();
        let row = named(&app, "pdf").await;
        let waits = "not scanned for viruses: something in it is locked with a password; it was not opened";
        assert_eq!(
            told(&app, &row).await,
            format!("waiting, unread ({waits}); mail_waiting>team receipt>sender; team: FF-E-#####: {waits}")
        );
        let raw = app.engine.store.raw_mail(row.mail).await.unwrap().unwrap();
        assert!(!app.engine.look_before_opening(&row, &raw).await.unwrap().may_open);
        assert_eq!(named(&app, "pdf").await.scan.unwrap().0, "unscanned");
        all_is_well(&app, "after the second looks").await;
    });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn explain_says_what_the_scanner_said_and_opens_nothing_with_a_find() {
    let clamd = Clamd::start(false, Act::AsAsked).await;
    let house = sqlite_house();
    let county = County::with_settings(&house, &format!("\n[scan]\nclamd = \"{}\"\n", clamd.at)).await;
    let app = county.start().await;
    let file = county.folder.path().join("mail.eml");
    let today = county.today();
    let asked = explain::Asked { as_of: None, pages: None, mailbox: None, today, detail: Detail::Whole, programme: None };
    std::fs::write(&file, asking(1, "stream: Eicar-Test-Signature FOUND")).unwrap();
    let explained = explain::explain(&file, Some(&app.settings), asked).await.unwrap();
    assert_eq!(explained.json["scan"]["result"], "infected");
    assert!(explained.json["nomination"].is_null() && explained.json["message"]["from"].is_null(), "{}", explained.json);
    assert!(explained.text.contains("found `Eicar-Test-Signature`") && !explained.text.contains("Tranter"), "{}", explained.text);
}

async fn checked(app: &App) -> Vec<Finding> {
    let mut findings = Findings::default();
    scanner::check(app, &mut findings).await;
    findings.checks
}

#[test]
fn the_check_tries_the_test_file_and_a_locked_archive_and_the_administrator_hears_of_a_scanner_that_is_away() {
    for_each_house(async |house| {
        let clamd = Clamd::start(false, Act::Scanning).await;
        let change = |text: String| {
            let text = text.replace("[contact]", "[contact]\nadministrator = \"it@council.example.org\"");
            format!("{text}\n[scan]\nclamd = \"{}\"\n", clamd.at)
        };
        let county = County::with(house, change).await;
        let app = county.start_captured().await;
        let seen = |findings: &[Finding]| findings.iter().map(|one| (one.outcome, one.seen.clone())).collect::<Vec<_>>();
        let findings = checked(&app).await;
        assert_eq!(seen(&findings), [(Outcome::Ok, "ClamAV 1.4.6 finds the test file".to_owned())]);
        let since = app.engine.ambient.now();
        let letters = async || {
            alarm::look(&app, since).await.unwrap();
            send(&app).await.unwrap();
            county.captured.take().iter().map(|one| String::from_utf8_lossy(&one.message).into_owned()).collect::<Vec<_>>()
        };
        assert!(letters().await.is_empty(), "nothing is wrong");
        clamd.away(true);
        assert!(letters().await.is_empty(), "not yet");
        county.pass_seconds(4 * 60);
        let told = letters().await;
        assert!(told.len() == 1 && told[0].contains("The virus scanner has not answered since"), "{told:?}");
        county.pass_seconds(3_600);
        assert!(letters().await.is_empty(), "once is enough");
        assert_eq!(checked(&app).await[0].outcome, Outcome::Failed);
        clamd.away(false);
        let told = letters().await;
        assert!(told.len() == 1 && told[0].contains("The virus scanner answers again since"), "{told:?}");
        clamd.blind();
        let findings = checked(&app).await;
        assert!(findings.iter().filter(|one| one.outcome == Outcome::Failed).count() == 2, "{findings:?}");
    });
}

#[test]
fn settings_of_the_scanner_that_would_send_mail_away_or_mean_nothing_are_refused() {
    let base = focus_family::demo::settings_toml(std::path::Path::new("/nowhere"), 0, None);
    for (lines, problem) in [
        ("clamd = \"tcp:192.0.2.7:3310\"", "on another machine"),
        ("clamd = \"clamav:3310\"", "no address of a scanner"),
        ("clamd = \"tcp:127.0.0.1\"", "no address of a scanner"),
        ("seconds = 10", "no meaning without `clamd`"),
        ("clamd = \"unix:/run/clamav/clamd.ctl\"\nseconds = 0", "must be a whole number"),
        ("clamd = \"unix:/run/clamav/clamd.ctl\"\nunscanned = \"clean\"", "`unscanned`"),
    ] {
        let text = format!("{base}\n[scan]\n{lines}\n");
        let defects =
            Settings::from_text(&text, std::path::Path::new("/nowhere/focus-family.toml"), std::iter::empty()).unwrap_err();
        assert!(defects.iter().any(|defect| defect.problem.contains(problem)), "{lines}: {defects:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clamd_itself_finds_the_test_file_tells_a_locked_archive_and_refuses_what_is_too_large() {
    let Some(real) = clamd::Real::start().await else {
        eprintln!("NOT RUN: there is no /usr/sbin/clamd (Debian: apt-get install clamav-daemon)");
        return;
    };
    let house = sqlite_house();
    let county = County::with_settings(&house, &format!("\n[scan]\nclamd = \"{}\"\n", real.at)).await;
    let app = county.start().await;
    let findings = checked(&app).await;
    assert!(findings.len() == 1 && findings[0].outcome == Outcome::Ok, "{findings:?}");
    let scanner = Scanner::new(&ScanSettings { largest_mb: 50, ..settings(&real.at) });
    assert_eq!(scanner.scan(&nomination(1)).await, Scanned::Clean);
    assert_eq!(scanner.scan(&vec![b'x'; 3 << 20]).await, Scanned::Unscanned(Unscanned::TooLarge));
}
