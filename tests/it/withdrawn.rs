//! Consent is taken back: each agency that holds something of the family hears that sharing stops, and no other does.

use std::sync::Arc;

use focus_family::daemon::app::App;
use focus_family::daemon::round::settle;
use focus_family::domain::ids::{AreaName, CaseReference};
use focus_family::engine::roster::Roster;
use focus_family::store::{LetterFilter, LetterState, MailFilter, TaskFilter};

use crate::support::daemon::{County, all_is_well, nomination, record};
use crate::support::engines::for_each_house;

const STOPS: &str = "agencies_stop";

/// A case whose four agencies are to be asked; nothing of it has left yet.
async fn accepted(county: &County<'_>, app: &App, number: u32) -> CaseReference {
    let uid = format!("mail-{number}");
    county.deliver(&uid, &nomination(number));
    settle(app).await.unwrap();
    let rows = app.engine.store.mails(&MailFilter::default()).await.unwrap();
    let reference = rows.into_iter().find(|row| row.uid == uid).unwrap().reference.unwrap();
    record(app, &reference, "accept", "area_officer", &[]).await.unwrap();
    reference
}

/// The family takes its consent back; what leaves then, and what is asked of people about agencies.
async fn withdrawn(county: &County<'_>, app: &App, reference: &CaseReference) -> (Vec<String>, Vec<String>) {
    county.pass_seconds(60);
    let today = format!("withdrawn_on={}", app.engine.ambient.today());
    record(app, reference, "withdraw_consent", "area_officer", &[&today]).await.unwrap();
    settle(app).await.unwrap();
    told(app, reference).await
}

async fn told(app: &App, reference: &CaseReference) -> (Vec<String>, Vec<String>) {
    let id = app.engine.case(reference).await.unwrap().id;
    let store = &app.engine.store;
    let mut letters = Vec::new();
    for row in store.letters(&LetterFilter { case: Some(id), ..LetterFilter::default() }).await.unwrap() {
        if row.letter.as_str() == STOPS {
            assert_eq!(row.state, LetterState::Sent, "{:?}", row.reason);
            letters.push(store.letter(row.id).await.unwrap().unwrap().recipient.as_text().split('@').next().unwrap().to_owned());
        }
    }
    letters.sort();
    let tasks = store.tasks(&TaskFilter { case: Some(id), ..TaskFilter::default() }).await.unwrap();
    (letters, tasks.into_iter().map(|task| task.says).filter(|says| says.contains("ring them and tell them")).collect())
}

/// The people of the settings, one of whom has gone, or works elsewhere.
fn people(app: &App, change: impl Fn(&mut Vec<focus_family::config::Person>)) -> Arc<Roster> {
    let mut people = app.engine.roster.people().to_vec();
    change(&mut people);
    Arc::new(Roster::new(people))
}

#[test]
fn every_agency_that_a_letter_has_reached_is_told_once_that_sharing_stops_and_it_says_no_why() {
    for_each_house(async |house| {
        let county = County::new(house).await;
        let app = Box::pin(county.start_captured()).await;
        let reference = accepted(&county, &app, 1).await;
        settle(&app).await.unwrap();
        let _asked = county.captured.take();
        let (letters, rung) = Box::pin(withdrawn(&county, &app, &reference)).await;
        assert_eq!(letters, ["asha.menon", "colin.fearon", "joan.tyson", "rory.blamire"]);
        assert_eq!(rung, Vec::<String>::new());
        let sent = county.captured.take();
        let stops: Vec<String> = sent
            .iter()
            .map(|letter| String::from_utf8_lossy(&letter.message).into_owned())
            .filter(|text| text.contains("share nothing more"))
            .collect();
        assert_eq!(stops.len(), 4);
        for text in &stops {
            let lower = text.to_lowercase();
            assert!(text.contains(reference.as_str()));
            for word in ["withdr", "consent", "copeland", "agree to", "refused"] {
                assert!(!lower.contains(word), "`{word}` tells why, or more than the reference:\n{text}");
            }
        }
        county.pass_seconds(60);
        // Once is enough: the family agrees again and takes that back before anything is shared anew.
        let today = format!("consented_on={}", app.engine.ambient.today());
        record(&app, &reference, "record_consent", "area_officer", &["consent=given", "evidence=verbal", &today]).await.unwrap();
        let (letters, _) = Box::pin(withdrawn(&county, &app, &reference)).await;
        assert_eq!(letters.len(), 4, "{letters:?}");
        Box::pin(all_is_well(&app, "after the withdrawals")).await;
    });
}

#[test]
fn an_agency_whose_question_never_left_hears_nothing_of_the_family() {
    for_each_house(async |house| {
        let county = County::new(house).await;
        let app = Box::pin(county.start_captured()).await;
        let reference = accepted(&county, &app, 1).await;
        assert_eq!(Box::pin(withdrawn(&county, &app, &reference)).await, (Vec::new(), Vec::new()));
        let sent = county.captured.take();
        assert!(
            sent.iter().all(|letter| !String::from_utf8_lossy(&letter.message).contains("rory.blamire")),
            "neither the question nor the stop"
        );
        Box::pin(all_is_well(&app, "after the withdrawal")).await;
    });
}

#[test]
fn who_has_left_or_was_rung_is_on_the_worklist_and_whoever_works_elsewhere_now_is_written_to() {
    for_each_house(async |house| {
        let county = County::new(house).await;
        let mut app = Box::pin(county.start_captured()).await;
        // Nobody answers for health: it is rung.
        let everybody = app.engine.roster.clone();
        app.engine.roster = people(&app, |people| people.retain(|person| !person.address.as_text().starts_with("asha.menon")));
        let reference = accepted(&county, &app, 1).await;
        settle(&app).await.unwrap();
        // Since then one has left, one is in another area, and health has somebody.
        app.engine.roster = everybody;
        app.engine.roster = people(&app, |people| {
            people.retain(|person| !person.address.as_text().starts_with("colin.fearon"));
            for person in people.iter_mut().filter(|person| person.address.as_text().starts_with("rory.blamire")) {
                person.areas = vec![AreaName::new("eden").unwrap()];
            }
        });
        let (letters, rung) = Box::pin(withdrawn(&county, &app, &reference)).await;
        assert_eq!(letters, ["joan.tyson", "rory.blamire"]);
        assert_eq!(
            rung,
            [
                "no letter can tell Health services, Children's social care (\"Please share nothing more\"): ring them and tell them today"
            ]
        );
        Box::pin(all_is_well(&app, "after the withdrawal")).await;
    });
}
