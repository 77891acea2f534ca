//! Who must not know: however a family writes it, whoever is meant gets no letter, and whoever may be meant gets none until somebody has
//! said so.

use std::collections::BTreeSet;

use focus_family::daemon::app::App;
use focus_family::daemon::round::settle;
use focus_family::domain::ids::{AreaName, CaseReference};
use focus_family::domain::people::{KeptOutName, Meant};
use focus_family::store::{MailFilter, TaskFilter, TaskRow};

use super::reading::understood;
use crate::support::daemon::{County, all_is_well, record, sample};
use crate::support::engines::{for_each_house, sqlite_house};

const FAMILY: &str = "Please accept this nomination for Focus Family.\n\nMother: Tamsin Airey, 3/4/1985, out of work\nChild: Robin Airey, 12/05/2011, attendance 71%\n";

/// Whether Idris Penny is meant by what is read of `text`, with what was read.
fn read_in(text: &str) -> (Meant, Vec<String>) {
    let intake = understood("Nomination", "plain", &format!("{FAMILY}{text}\n"));
    let hidden = intake.nomination.unwrap().consent.hidden_from;
    let entries: Vec<String> = hidden.iter().map(|entry| entry.value.reveal().clone()).collect();
    let means = |entry: &String| KeptOutName::written(entry).map(|name| name.means("Idris Penny", "area@council.example.org"));
    (entries.iter().filter_map(means).max().unwrap_or(Meant::No), entries)
}

#[test]
fn a_person_who_must_not_know_is_read_however_it_is_written_and_nobody_else_is() {
    use Meant::{No, Perhaps, Surely};
    let mut wrong = Vec::new();
    for (text, expected) in [
        ("Who must not know: Idris Penny", Surely),
        ("Who must not know: idris penny", Surely),
        ("Who must not know: IDRIS PENNY", Surely),
        ("Who must not know: Penny, Idris", Surely),
        ("Who must not know: penny, idris", Surely),
        ("Who must not know: Musgrave, Ann; Penny, Idris", Surely),
        ("Who must not know: Penny, I.", Surely),
        ("Who must not know: Mr I. Penny", Surely),
        ("Who must not know: Mr I Penny, area officer", Surely),
        ("Who must not know: Idris Penny-Smith", Surely),
        ("Who must not know: Idris Penny / Ann Musgrave", Surely),
        ("Who must not know: Ann Musgrave / Idris Penny", Surely),
        ("Who must not know: Ann Musgrave & Idris Penny", Surely),
        ("Who must not know: ann musgrave and idris penny", Surely),
        ("Who must not know: Ann Musgrave; Idris Penny", Surely),
        ("Who must not know: the officer Idris Penny who is my ex", Surely),
        ("Who must not know: my ex-husband, idris penny", Surely),
        ("Who must not know: her ex (Idris Penny)", Surely),
        (
            "Who must not know: anybody from the office where Idris Penny works, because he was married to me until last year",
            Surely,
        ),
        ("Who must not know: Mr Penny", Perhaps),
        ("Who must not know: officer penny", Perhaps),
        ("Who must not know: Idris Peny", Perhaps),
        ("Idris Penny must not know of this.", Surely),
        ("Mr Penny must not be told.", Perhaps),
        ("Please note that Idris Penny is not to be told about this.", Surely),
        ("My ex-husband idris penny must not know of this.", Surely),
        ("Her ex-husband, Idris Penny, must not know.", Surely),
        ("Idris Penny, her ex-husband, must not know.", Surely),
        ("idris penny must not find out.", Surely),
        ("Idris Penny (her ex-husband) is not to be told.", Surely),
        ("Father: Idris Penny, 3/4/1981, must not know of this.", Surely),
        ("Idris Penny, father, 3/4/1981, must not be told.", Surely),
        ("Please do not tell Idris Penny.", Surely),
        ("Please do not tell my ex-husband Idris Penny.", Surely),
        ("Please keep this from Idris Penny.", Surely),
        ("We do not want this shared with Idris Penny or the police.", Surely),
        ("Who must not know: Idris", No),
        ("Who must not know: Idris Musgrave", No),
        ("Who must not know: nobody", No),
        ("Who must not know: her ex-husband", No),
        ("Idris Penny visited on Monday. Her ex-husband must not know.", No),
        ("Idris Penny does not know the family yet.", No),
        ("Idris Penny knows the family well.", No),
        ("Idris Moss must not know of this.", No),
    ] {
        let (found, entries) = read_in(text);
        if found != expected {
            wrong.push(format!("{text}\n  {found:?}, not {expected:?}: {entries:?}"));
        }
    }
    assert!(wrong.is_empty(), "{} wrong\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn what_is_read_of_a_sentence_is_a_name_and_no_piece_of_the_sentence() {
    for (text, expected) in [
        ("Idris Penny must not know of this.", &["Idris Penny"][..]),
        ("My ex-husband idris penny must not know of this.", &["ex-husband idris penny"]),
        ("The children must not know that it was school.", &[]),
        ("You should not see any change.", &[]),
        ("She should not hear this from us.", &[]),
        ("Please do not tell anyone.", &[]),
        ("Who must not know: Idris Penny / Ann Musgrave", &["Idris Penny", "Ann Musgrave"]),
        ("Who must not know: Penny, Idris", &["Penny, Idris"]),
        ("Who must not know: Idris Penny, Ann Musgrave", &["Idris Penny", "Ann Musgrave"]),
    ] {
        let (_, entries) = read_in(text);
        assert_eq!(entries, expected, "{text}");
    }
}

/// A case of the sample school's nomination, with `hidden` among its lines.
async fn opened(county: &County<'_>, hidden: &str) -> (App, CaseReference) {
    let app = county.start_captured().await;
    let mail = sample("school-nomination").replace("Signed: Wilf", &format!("{hidden}\r\nSigned: Wilf"));
    county.deliver("mail", mail.as_bytes());
    settle(&app).await.unwrap();
    let rows = app.engine.store.mails(&MailFilter::default()).await.unwrap();
    let reference = rows.into_iter().find_map(|row| row.reference).unwrap();
    (app, reference)
}

/// Name and address of the area officer of the case.
fn officer(app: &App) -> (String, String) {
    let copeland = AreaName::new("copeland").unwrap();
    let is_officer = |one: &&focus_family::config::Person| {
        one.roles.iter().any(|role| role.as_str() == "area_officer") && one.areas.contains(&copeland)
    };
    let found = app.engine.roster.people().iter().find(is_officer).unwrap();
    (found.name.as_text().to_owned(), found.address.as_text().to_owned())
}

async fn asked(app: &App) -> Vec<TaskRow> {
    let open = app.engine.store.tasks(&TaskFilter::default()).await.unwrap();
    open.into_iter().filter(|task| task.key.contains(":kept_out:")).collect()
}

fn to(county: &County<'_>) -> BTreeSet<String> {
    county.captured.take().iter().map(|letter| letter.to.as_str().to_owned()).collect()
}

#[test]
fn the_area_officer_a_family_keeps_out_gets_no_letter_in_any_way_of_writing_and_another_with_the_first_name_does() {
    let house = sqlite_house();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let app = County::new(&house).await.start_captured().await;
        let (name, _) = officer(&app);
        app.engine.store.close().await;
        let (given, family) = name.split_once(' ').unwrap();
        let small = name.to_lowercase();
        let initial = given.chars().next().unwrap();
        for (line, told) in [
            ("Reason: nobody is hidden from.".to_owned(), true),
            (format!("Who must not know: {given}"), true),
            (format!("Who must not know: {given} Musgrave"), true),
            (format!("Who must not know: {small}"), false),
            (format!("Who must not know: {family}, {given}"), false),
            (format!("Who must not know: Mr {initial}. {family}"), false),
            (format!("Who must not know: {name} / Ann Musgrave"), false),
            (format!("Who must not know: the officer {name} who is my ex"), false),
            (format!("Who must not know: {name}-Smith"), false),
            (format!("Reason: {name} must not know of this."), false),
            (format!("Reason: my ex-husband {small} must not know of this."), false),
        ] {
            let house = sqlite_house();
            let county = County::new(&house).await;
            let (app, _) = opened(&county, &line).await;
            let (_, address) = officer(&app);
            let sent = to(&county);
            assert_eq!(sent.contains(&address), told, "{line}: {sent:?}");
            assert!(sent.len() > 1, "{line}: the case stays somebody's");
            all_is_well(&app, &line).await;
        }
    });
}

#[test]
fn who_may_be_meant_is_asked_about_once_and_gets_letters_only_when_somebody_else_has_said_that_they_are_not() {
    for_each_house(async |house| {
        let county = County::new(house).await;
        let app = county.start_captured().await;
        let (name, address) = officer(&app);
        let family = name.split_once(' ').unwrap().1.to_owned();
        let (app, reference) = opened(&county, &format!("Who must not know: Mrs {family}")).await;
        assert!(!to(&county).contains(&address), "held until somebody has said so");
        let tasks = asked(&app).await;
        let [task] = tasks.as_slice() else { panic!("one item: {tasks:?}") };
        assert_eq!(task.role.as_str(), "team");
        assert!(task.says.contains("settle_kept_out") && !task.says.contains(&family), "{}", task.says);
        record(&app, &reference, "accept", "team", &[]).await.unwrap();
        settle(&app).await.unwrap();
        assert_eq!((to(&county).contains(&address), asked(&app).await.len()), (false, 1), "asked once");

        let person = format!("person={address}");
        let own = record(&app, &reference, "settle_kept_out", "area_officer", &[&person, "kept_out=no"]).await;
        assert!(own.unwrap_err().to_string().contains("somebody else"), "nobody says it of themselves");
        record(&app, &reference, "settle_kept_out", "team", &[&person, "kept_out=no"]).await.unwrap();
        record(&app, &reference, "record_checks", "team", &["checks=complete"]).await.unwrap();
        record(&app, &reference, "allocate", "team", &["keyworker=Nell Byrne <n.byrne@example.org>"]).await.unwrap();
        record(&app, &reference, "escalate_need", "team", &[]).await.unwrap();
        settle(&app).await.unwrap();
        assert!(to(&county).contains(&address), "somebody else was meant");

        record(&app, &reference, "settle_kept_out", "team", &[&person, "kept_out=yes"]).await.unwrap();
        record(&app, &reference, "escalate_need", "team", &[]).await.unwrap();
        settle(&app).await.unwrap();
        assert!(!to(&county).contains(&address), "they are meant after all");
        all_is_well(&app, "after it was said").await;
    });
}
