//! Nobody of a family is written to unless a person has recorded where it is safe, and what was recorded is asked again when a letter
//! leaves. Whoever nominates the own family gets the bare receipt and nothing else.

use focus_family::daemon::app::App;
use focus_family::daemon::round::{send, settle};
use focus_family::domain::ids::CaseReference;
use focus_family::engine::EngineError;
use focus_family::store::{LetterFilter, LetterState, MailFilter, TaskFilter};

use crate::support::daemon::{County, all_is_well, nomination, record, sample};
use crate::support::engines::for_each_house;

const SAFE: &str = "family=Odette Tranterb <odette@mail.example.org>";
const AGREED: [&str; 2] = ["agreed_on=2026-09-07", "agreed_by=in_person"];

async fn taken_in(county: &County<'_>, app: &App, uid: &str, raw: &[u8]) -> CaseReference {
    county.deliver(uid, raw);
    settle(app).await.unwrap();
    let rows = app.engine.store.mails(&MailFilter::default()).await.unwrap();
    rows.into_iter().find(|row| row.uid == uid).unwrap().reference.expect("it opened a case")
}

/// Who got what since the last look: address and subject.
fn left(county: &County<'_>) -> Vec<(String, String)> {
    let message = |raw: &[u8]| mail_parser::MessageParser::default().parse(raw).unwrap().subject().unwrap_or_default().to_owned();
    county.captured.take().iter().map(|letter| (letter.to.as_str().to_owned(), message(&letter.message))).collect()
}

fn to_family(letters: &[(String, String)]) -> Vec<&(String, String)> {
    letters.iter().filter(|(to, _)| to.ends_with("@mail.example.org")).collect()
}

#[test]
fn a_letter_to_the_family_leaves_only_while_its_safe_contact_stands() {
    for_each_house(async |house| {
        let county = County::new(house).await;
        let app = county.start_captured().await;
        let case = taken_in(&county, &app, "one", &nomination(1)).await;
        let refused = record(&app, &case, "write_to_family", "area_officer", &[]).await.unwrap_err();
        assert!(
            matches!(&refused, EngineError::Refused(refusal) if refusal.to_string().contains("no safe contact")),
            "{refused}"
        );
        let unsaid = record(&app, &case, "record_safe_contact", "area_officer", &[SAFE]).await.unwrap_err();
        assert!(matches!(unsaid, EngineError::Refused(_)), "how and when it was agreed is part of it: {unsaid}");
        let record_safe = async |family: &str| {
            record(&app, &case, "record_safe_contact", "area_officer", &[family, AGREED[0], AGREED[1]]).await.unwrap();
        };
        let write = async || drop(record(&app, &case, "write_to_family", "area_officer", &[]).await.unwrap());
        let withdraw = async || drop(record(&app, &case, "withdraw_safe_contact", "area_officer", &[]).await.unwrap());
        record_safe(SAFE).await;
        write().await;
        settle(&app).await.unwrap();
        let letters = left(&county);
        let expected = ("odette@mail.example.org".to_owned(), format!("{case}: thank you for getting in touch"));
        assert_eq!(to_family(&letters), [&expected]);
        // Withdrawn while the letter waits: it does not leave, also not once another contact is safe.
        write().await;
        withdraw().await;
        record_safe("family=Odette Tranterb <odette.new@mail.example.org>").await;
        settle(&app).await.unwrap();
        assert_eq!(to_family(&left(&county)), Vec::<&(String, String)>::new());
        let rows = app.engine.store.letters(&LetterFilter { limit: 100, ..LetterFilter::default() }).await.unwrap();
        let dropped: Vec<_> = rows.iter().filter(|row| row.state == LetterState::Dropped).collect();
        assert!(dropped.len() == 1 && dropped[0].reason.as_ref().is_some_and(|why| why.contains("family")), "{dropped:?}");
        write().await;
        withdraw().await;
        send(&app).await.unwrap();
        assert_eq!(to_family(&left(&county)), Vec::<&(String, String)>::new(), "withdrawn for good");
        // Asked again after three months.
        record_safe(SAFE).await;
        county.pass_seconds(91 * 86_400);
        settle(&app).await.unwrap();
        let tasks = app.engine.store.tasks(&TaskFilter::default()).await.unwrap();
        assert!(tasks.iter().any(|task| task.says.contains("whether the safe contact still is one")), "{tasks:?}");
        all_is_well(&app, "after the letters to the family").await;
    });
}

#[test]
fn an_address_of_the_family_gets_no_letter_in_another_role() {
    for_each_house(async |house| {
        let county = County::new(house).await;
        let app = county.start_captured().await;
        let case = taken_in(&county, &app, "one", &nomination(1)).await;
        for (name, answers) in [
            ("record_safe_contact", &[SAFE, AGREED[0], AGREED[1]][..]),
            ("accept", &[]),
            ("record_checks", &["checks=complete"]),
            // Somebody picks the wrong line of the address book.
            ("allocate", &["keyworker=Odette <Odette@Mail.example.org>"]),
        ] {
            record(&app, &case, name, "area_officer", answers).await.unwrap();
        }
        settle(&app).await.unwrap();
        let letters = left(&county);
        assert_eq!(to_family(&letters), Vec::<&(String, String)>::new(), "{letters:?}");
        assert!(letters.iter().all(|(_, subject)| !subject.contains("you are named")), "nobody is named: {letters:?}");
    });
}

#[test]
fn whoever_nominates_the_own_family_gets_the_bare_receipt_and_nothing_else_whatever_is_recorded() {
    for_each_house(async |house| {
        let county = County::new(house).await;
        let app = county.start_captured().await;
        let mail = sample("own-nomination");
        let case = taken_in(&county, &app, "own", mail.as_bytes()).await;
        let moves = [
            ("confirm_sender", &["confirmed_by=telephone"][..]),
            ("record_consent", &["consent=given", "evidence=verbal", "consented_on=2026-09-07"]),
            ("proceed_without", &[]),
            ("accept", &[]),
            ("decline", &["ground=criteria_not_shown"]),
        ];
        for (name, answers) in moves {
            // A move that is closed for this mail writes to nobody either.
            let _closed = record(&app, &case, name, "area_officer", answers).await;
            settle(&app).await.unwrap();
            county.pass_seconds(2 * 3_600);
        }
        settle(&app).await.unwrap();
        let letters = left(&county);
        let theirs: Vec<_> = letters.iter().filter(|(to, _)| to == "dawn.wannop@example.org").collect();
        assert!(theirs.len() == 1 && theirs[0].1.ends_with("we received your email"), "{letters:?}");
        all_is_well(&app, "after the own nomination").await;
    });
}

#[test]
fn somebody_of_the_family_whom_nobody_has_recorded_gets_no_letter_as_a_worker() {
    for (keyworker, is_family) in [
        ("Odette Tranterb <sunflower99@mail.example.org>", true),
        ("Odette Maria Tranterb <sunflower99@mail.example.org>", true),
        ("Somebody <odette.tranterb@mail.example.org>", true),
        ("Odette Fell <odette.fell@mail.example.org>", false),
        // A safe contact of before.
        ("Somebody <gran@mail.example.org>", true),
    ] {
        for_each_house(async |house| {
            let county = County::new(house).await;
            let app = county.start_captured().await;
            let case = taken_in(&county, &app, "one", &nomination(1)).await;
            let gran = ["family=Gran <gran@mail.example.org>", AGREED[0], AGREED[1]];
            for (name, answers) in [
                ("record_safe_contact", &gran[..]),
                ("withdraw_safe_contact", &[]),
                ("accept", &[]),
                ("record_checks", &["checks=complete"]),
                ("allocate", &[&format!("keyworker={keyworker}")]),
            ] {
                record(&app, &case, name, "area_officer", answers).await.unwrap();
            }
            settle(&app).await.unwrap();
            let letters = left(&county);
            assert_eq!(to_family(&letters).is_empty(), is_family, "{keyworker}: {letters:?}");
            let tasks = app.engine.store.tasks(&focus_family::store::TaskFilter::default()).await.unwrap();
            let told = tasks.iter().filter(|task| task.key.ends_with(":passed_over:keyworker")).count();
            assert_eq!(told, usize::from(is_family), "whoever owns the case hears of it once: {keyworker}");
        });
    }
}

#[test]
fn somebody_of_the_staff_who_is_of_the_family_gets_no_letter_of_its_case() {
    for_each_house(async |house| {
        let county = County::new(house).await;
        let app = county.start_captured().await;
        let case = taken_in(&county, &app, "one", &nomination(1)).await;
        let role = [focus_family::domain::ids::RoleName::new("area_officer").unwrap()];
        let before = app.engine.recipients(&app.engine.case(&case).await.unwrap().case, &role);
        let officer = before[0].address.as_text();
        let contact = format!("family=Odette <{officer}>");
        record(&app, &case, "record_safe_contact", "area_officer", &[&contact, AGREED[0], AGREED[1]]).await.unwrap();
        let after = app.engine.recipients(&app.engine.case(&case).await.unwrap().case, &role);
        assert!(!after.is_empty() && after.iter().all(|one| one.address.as_text() != officer), "others answer for the role");
    });
}

#[test]
fn whoever_nominates_the_own_family_is_known_by_the_name_the_address_or_the_kinship() {
    let from = "From: Dawn Wannop <dawn.wannop@example.org>";
    for (changed, own) in [
        ("From: dawn.wannop@example.org", true),
        ("From: \"d.wannop\" <d.wannop@example.org>", true),
        ("From: Dawn M. WANNOP <sunflower99@example.org>", true),
        ("From: \"Wannop, Dawn\" <sunflower99@example.org>", true),
        ("From: Frances Tolson <frances@example.org>", false),
        ("From: j.fell@example.org", false),
    ] {
        for_each_house(async |house| {
            let county = County::new(house).await;
            let app = county.start_captured().await;
            let mail = sample("own-nomination").replace(from, changed);
            let case = taken_in(&county, &app, "own", mail.as_bytes()).await;
            settle(&app).await.unwrap();
            let letters = left(&county);
            let receipt =
                letters.iter().any(|(to, subject)| to.ends_with("example.org") && subject.ends_with("we received your email"));
            let told = letters.iter().any(|(to, subject)| to.ends_with("@example.org") && subject.contains(case.as_str()));
            assert_eq!((receipt, told), (own, !own), "{changed}: {letters:?}");
        });
    }
}
