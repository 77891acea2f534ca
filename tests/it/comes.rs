//! What calendars answer to the invitation to a meeting of a case: kept for whom it answers, by the UID of the meeting, and shown.

use focus_family::daemon::app::App;
use focus_family::daemon::commands::attendance_words;
use focus_family::daemon::history::answered;
use focus_family::daemon::round::settle;
use focus_family::domain::ids::CaseReference;
use focus_family::store::{MailFilter, TaskFilter};

use crate::support::daemon::{County, all_is_well, history, nomination, record};
use crate::support::engines::for_each_house;

const KEYWORKER: &str = "n.byrne@fellside-family.example.org";

/// A case whose initial TAF is on 14 September at ten, and the UID of the invitation that the keyworker has.
async fn invited(county: &County<'_>, app: &App) -> (CaseReference, String) {
    county.deliver("one", &nomination(1));
    settle(app).await.unwrap();
    let rows = app.engine.store.mails(&MailFilter::default()).await.unwrap();
    let case = rows.into_iter().find_map(|row| row.reference).unwrap();
    let keyworker = format!("keyworker=Nell Byrne <{KEYWORKER}>");
    for (name, role, answers) in [
        ("accept", "area_officer", vec![]),
        ("record_checks", "area_officer", vec!["checks=complete"]),
        ("allocate", "area_officer", vec![keyworker.as_str()]),
        ("accept_allocation", "keyworker", vec![]),
        ("plan_taf", "keyworker", vec!["first_taf_on=2026-09-14", "first_taf_at=10:00"]),
    ] {
        record(app, &case, name, role, &answers).await.unwrap_or_else(|error| panic!("{name}: {error}"));
    }
    drop(county.captured.take());
    settle(app).await.unwrap();
    let letters = county.captured.take();
    let letter = letters.iter().find(|letter| letter.to.as_str() == KEYWORKER).expect("the keyworker is invited");
    let parsed = mail_parser::MessageParser::default().parse(&letter.message).unwrap();
    let calendar =
        parsed.parts.iter().filter_map(|part| part.text_contents()).find(|text| text.contains("BEGIN:VEVENT")).unwrap();
    let calendar = calendar.replace("\r\n", "\n").replace("\n ", "");
    let uid = calendar.lines().find_map(|line| line.strip_prefix("UID:")).unwrap();
    (case, uid.to_owned())
}

/// The answer of a calendar to `uid`, of `attendee`, in a mail of `from`.
fn answer(number: u32, (from, attendee): (&str, &str), (uid, state): (&str, &str), subject: &str) -> Vec<u8> {
    format!(
        "From: {from}\r\nTo: focusfamily@council.example.org\r\nSubject: {subject}\r\nMessage-ID: <answer-{number}@x.example.org>\r\n\
         MIME-Version: 1.0\r\nContent-Type: text/calendar; charset=utf-8; method=REPLY\r\n\r\n\
         BEGIN:VCALENDAR\r\nMETHOD:REPLY\r\nBEGIN:VEVENT\r\nUID:{uid}\r\nDTSTART;TZID=Europe/London:20260914T100000\r\n\
         ATTENDEE;PARTSTAT={state}:mailto:{attendee}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )
    .into_bytes()
}

#[test]
fn the_answer_of_a_calendar_is_kept_for_whom_it_answers_and_an_unknown_uid_changes_nothing() {
    for_each_house(async |house| {
        let county = County::new(house).await;
        let app = county.start_captured().await;
        let (case, uid) = invited(&county, &app).await;
        let shown = async || {
            let stored = app.engine.case(&case).await.unwrap();
            let all = app.engine.attendance(stored.id, &stored.case).await.unwrap();
            let words: Vec<String> = all.iter().map(|meeting| attendance_words(&app.engine.programme, meeting)).collect();
            words.join("; ")
        };
        let nobody = "TAF meeting on Mon 14 Sep 2026 at 10:00: no calendar has answered";
        assert_eq!(shown().await, nobody);
        let before = history(&app, &case).await;
        let named = format!("Accepted: TAF meeting {case}");
        let own = (KEYWORKER, KEYWORKER);
        let other = "idris.penny@council.example.org";
        let wrong = uid.replacen(char::is_numeric, "x", 1);
        let steps = [
            ("another UID", own, wrong.as_str(), "ACCEPTED", named.as_str(), "no calendar has answered"),
            ("no UID of ours", own, "040000008200E00074C5B7101A82E008", "ACCEPTED", &named, "no calendar has answered"),
            ("for somebody else", (KEYWORKER, other), &uid, "ACCEPTED", &named, "no calendar has answered"),
            ("by a stranger", ("x@evil.example", "x@evil.example"), &uid, "DECLINED", &named, "no calendar has answered"),
            ("about no case", own, &uid, "ACCEPTED", "Accepted", "no calendar has answered"),
            ("perhaps", own, &uid, "TENTATIVE", &named, "Keyworker tentative"),
            ("yes", own, &uid, "ACCEPTED", &named, "Keyworker accepted"),
            ("in capitals", own, &uid.to_uppercase(), "DECLINED", &named, "Keyworker declined"),
        ];
        for (number, (what, who, uid, state, subject, expected)) in (0..).zip(steps) {
            county.pass_seconds(60);
            county.deliver(&format!("answer-{number}"), &answer(number, who, (uid, state), subject));
            settle(&app).await.unwrap();
            let told = shown().await;
            assert_eq!(told.rsplit(": ").next(), Some(expected), "{what}: {told}");
        }
        assert_eq!(history(&app, &case).await, before, "an answer decides nothing");
        let own_time = "BEGIN:VEVENT\r\n";
        let counter = String::from_utf8(answer(20, own, (&uid, "TENTATIVE"), &named)).unwrap();
        let counter = counter.replace("REPLY", "COUNTER").replace("20260914T100000", "20260915T140000");
        let counter =
            counter.replace(own_time, &format!("{own_time}X-MS-OLK-ORIGINALSTART;TZID=Europe/London:20260914T100000\r\n"));
        for life in 0..2 {
            county.pass_seconds(60);
            county.deliver(&format!("counter-{life}"), counter.as_bytes());
            settle(&app).await.unwrap();
            assert!(shown().await.ends_with("Keyworker proposed another time"), "{}", shown().await);
        }
        let stored = app.engine.case(&case).await.unwrap();
        let told = app.engine.calendar_answers(stored.id).await.unwrap();
        let told: Vec<String> = told.iter().map(|(_, told)| answered(&app.engine.programme, told)).collect();
        let meeting = "TAF meeting on Mon 14 Sep 2026";
        assert_eq!(
            told,
            [
                format!("Keyworker: may come to the {meeting} (by calendar)"),
                format!("Keyworker: accepted the {meeting} (by calendar)"),
                format!("Keyworker: declined the {meeting} (by calendar)"),
                format!("Keyworker: proposed another time for the {meeting}, Tue 15 Sep 2026 at 14:00 (by calendar)"),
            ],
            "each once"
        );
        let items = app.engine.store.tasks(&TaskFilter::default()).await.unwrap();
        let items: Vec<_> = items.into_iter().filter(|item| item.says.contains("asks to hold")).collect();
        let [item] = &items[..] else { panic!("{items:?}") };
        assert_eq!((item.role.as_str(), item.case), ("keyworker", Some(stored.id)));
        assert_eq!(
            item.says,
            "Keyworker asks to hold the TAF meeting on 15 September at 14:00, not on 14 September: agree on a time with everybody who \
             comes, then record it (`plan_taf`)"
        );
        // Moved to another day, the answer is told with the day it was for; a new answer is for the new one.
        record(&app, &case, "plan_taf", "keyworker", &["first_taf_on=2026-09-17", "first_taf_at=10:00"]).await.unwrap();
        let told = shown().await;
        assert!(told.ends_with("at 10:00: Keyworker proposed another time for Mon 14 Sep 2026, its day before"), "{told}");
        record(&app, &case, "call_off_taf", "keyworker", &[]).await.unwrap();
        assert_eq!(shown().await, "");
        all_is_well(&app, "after the answers").await;
    });
}
