//! A family that is nominated twice: asked about, linked, parted, never merged.

use focus_family::daemon::app::App;
use focus_family::daemon::round::settle;
use focus_family::demo::county::Nomination;
use focus_family::demo::forms;
use focus_family::domain::case::family::Standing;
use focus_family::domain::ids::CaseReference;
use focus_family::store::{MailFilter, TaskFilter};

use crate::support::daemon::{County, all_is_well, form, mail_with, record};
use crate::support::engines::for_each_house;

async fn nominated(county: &County<'_>, app: &App, number: u32, form: &Nomination) -> CaseReference {
    let docx = forms::nomination_docx(form);
    county
        .deliver(&format!("nomination-{number}"), &mail_with(number, &[("nomination.docx", "application/octet-stream", &docx)]));
    settle(app).await.unwrap();
    let rows = app.engine.store.mails(&MailFilter::default()).await.unwrap();
    rows.into_iter().find(|row| row.uid == format!("nomination-{number}")).unwrap().reference.unwrap()
}

/// The family of [`form`] 1 as another agency writes it.
fn again() -> Nomination {
    let mut again = form(1);
    again.members[0].given = "Wilfred".to_owned();
    again.members[1].given = "Odete".to_owned();
    again.members[1].family = "Trantar".to_owned();
    again.members[1].born = "06/03/2013".to_owned();
    again.referrer = form(2).referrer;
    again
}

async fn standing(app: &App, of: &CaseReference, other: &CaseReference) -> Option<Standing> {
    app.engine.case(of).await.unwrap().case.family.ties.get(other).map(|tie| tie.standing)
}

async fn open_tasks(app: &App, of: &CaseReference) -> Vec<String> {
    let case = app.engine.case(of).await.unwrap().id;
    let tasks = app.engine.store.tasks(&TaskFilter { case: Some(case), ..TaskFilter::default() }).await.unwrap();
    tasks.into_iter().map(|task| task.says).collect()
}

const ASKED: &str = "This family may be known already. Look with `case matches`, and record it with record_match.";

#[test]
fn a_second_nomination_of_a_family_opens_no_silent_twin() {
    for_each_house(async |house| {
        let county = County::new(house).await;
        let app = county.start_captured().await;
        let first = nominated(&county, &app, 1, &form(1)).await;
        let stranger = nominated(&county, &app, 3, &form(3)).await;
        let second = nominated(&county, &app, 2, &again()).await;

        assert_eq!(standing(&app, &second, &first).await, Some(Standing::Proposed));
        assert_eq!(standing(&app, &second, &stranger).await, None);
        assert_eq!(app.engine.case(&stranger).await.unwrap().case.family.ties.len(), 0, "nobody is asked about strangers");
        let case = app.engine.case(&second).await.unwrap().case;
        let found = case.family.ties[&first].found.as_ref().unwrap();
        let says = found.says.join("|");
        assert!(says.contains("day and month") && says.contains("slip of the pen") && says.contains("the same house"), "{says}");
        assert!(!says.to_lowercase().contains("wilf") && !says.contains("2013"), "reasons hold nothing of a person: {says}");
        assert!(open_tasks(&app, &second).await.iter().any(|says| says == ASKED), "somebody is asked at once");
        let letters = county.captured.take();
        let told = letters.iter().any(|letter| {
            let message = mail_parser::MessageParser::default().parse(&letter.message).unwrap();
            message.body_text(0).is_some_and(|text| text.contains("Known already: perhaps, please look"))
        });
        assert!(told, "the summary says so");

        let refused = record(&app, &second, "accept", "area_officer", &[]).await.unwrap_err().to_string();
        assert!(refused.contains("nobody has said yet whether the family is known"), "{refused}");
        let refused = record(&app, &second, "decline", "area_officer", &["ground=duplicate"]).await.unwrap_err().to_string();
        assert!(refused.contains("record_match"), "{refused}");

        let said = format!("case={first}");
        record(&app, &second, "record_match", "area_officer", &[&said, "outcome=open_elsewhere"]).await.unwrap();
        assert_eq!(standing(&app, &second, &first).await, Some(Standing::OpenElsewhere));
        assert!(!open_tasks(&app, &second).await.iter().any(|says| says == ASKED), "the question is answered");
        let news = format!("this family was nominated again as {second}: read what it brings");
        assert!(open_tasks(&app, &first).await.contains(&news), "whoever works with the family hears of it");
        let ties = app.engine.store.ties_of(&first).await.unwrap();
        assert_eq!(
            ties.iter().map(|tie| (&tie.reference, tie.standing.as_str())).collect::<Vec<_>>(),
            [(&second, "open_elsewhere")]
        );

        // Two cases, as before: linked, not merged, and parted again by a word.
        record(&app, &second, "record_match", "area_officer", &[&said, "outcome=not_known"]).await.unwrap();
        assert_eq!(standing(&app, &second, &first).await, Some(Standing::NotKnown));
        record(&app, &second, "accept", "area_officer", &[]).await.unwrap();
        all_is_well(&app, "after it was parted").await;
    });
}

#[test]
fn what_a_person_has_parted_is_not_asked_again_for_the_same_facts() {
    for_each_house(async |house| {
        let county = County::new(house).await;
        let app = county.start_captured().await;
        let first = nominated(&county, &app, 1, &form(1)).await;
        let second = nominated(&county, &app, 2, &again()).await;
        record(&app, &second, "record_match", "area_officer", &["outcome=not_known"]).await.unwrap();

        // The same facts once more, in a third mail: against the first they have been answered.
        let third = nominated(&county, &app, 4, &again()).await;
        assert_eq!(standing(&app, &third, &first).await, None, "a refusal is remembered");
        assert_eq!(standing(&app, &third, &second).await, Some(Standing::Proposed), "this was never asked");

        // Somebody joins the family: more speaks for it than a person looked at.
        record(&app, &second, "add_member", "area_officer", &["given_name=Idony", "born_on=2019-04-04", "household=yes"])
            .await
            .unwrap();
        assert_eq!(standing(&app, &second, &first).await, Some(Standing::NotKnown), "nothing new was found alike");
        let more = ["given_name=Idony", "family_name=Tranterb", "born_on=2019-04-04", "household=yes"];
        record(&app, &first, "add_member", "area_officer", &more).await.unwrap();
        assert_eq!(standing(&app, &first, &second).await, Some(Standing::Proposed), "and now there is more");
        all_is_well(&app, "at the end").await;
    });
}

#[test]
fn a_person_may_name_a_case_the_program_did_not_find() {
    for_each_house(async |house| {
        let county = County::new(house).await;
        let app = county.start_captured().await;
        let first = nominated(&county, &app, 1, &form(1)).await;
        let other = nominated(&county, &app, 3, &form(3)).await;
        let refused = record(&app, &other, "record_match", "area_officer", &["outcome=related"]).await.unwrap_err().to_string();
        assert!(refused.contains("say with `case` which case is meant"), "{refused}");
        let own = format!("case={other}");
        let refused =
            record(&app, &other, "record_match", "area_officer", &[&own, "outcome=related"]).await.unwrap_err().to_string();
        assert!(refused.contains("`case` is this case"), "{refused}");
        let said = format!("case={first}");
        record(&app, &other, "record_match", "area_officer", &[&said, "outcome=related"]).await.unwrap();
        assert_eq!(standing(&app, &other, &first).await, Some(Standing::Related));
    });
}

#[test]
fn families_from_before_are_made_ready_to_be_found_and_no_name_can_be_read_in_the_database() {
    for_each_house(async |house| {
        let county = County::new(house).await;
        let app = county.start_captured().await;
        let first = nominated(&county, &app, 1, &form(1)).await;
        let id = app.engine.case(&first).await.unwrap().id;
        // As a database from before has it: the case, and nothing to find it by.
        let gone = focus_family::store::HouseholdWrite {
            stamp: "before".to_owned(),
            keys: Default::default(),
            household: b"{}".to_vec(),
        };
        app.engine.store.write_household(id, &gone).await.unwrap();
        assert_eq!(app.engine.write_missing_households().await.unwrap(), 1);
        assert_eq!(app.engine.write_missing_households().await.unwrap(), 0, "it is written once");
        let second = nominated(&county, &app, 2, &again()).await;
        assert_eq!(standing(&app, &second, &first).await, Some(Standing::Proposed));
        app.engine.store.close().await;
        for entry in std::fs::read_dir(house.folder.path()).unwrap() {
            let bytes = std::fs::read(entry.unwrap().path()).unwrap();
            let text = String::from_utf8_lossy(&bytes).to_lowercase();
            for name in ["odette", "odete", "wilf", "tranter", "trantar", "quarry", "2013-06-03"] {
                assert!(!text.contains(name), "`{name}` stands in the database");
            }
        }
    });
}

/// A nomination in the text of a mail, of a mother and her son; `numbers` are lines of his.
fn with_numbers(number: u32, home: &str, people: [&str; 2], born: [&str; 2], numbers: &str) -> Vec<u8> {
    let [mother, son] = people;
    let family = |text: &str| {
        let (given, family) = text.split_once(' ').expect("two names");
        format!("First name: {given}\r\nSurname: {family}\r\n")
    };
    format!(
        "From: Frances Tolson <{}>\r\nTo: focusfamily@council.example.org\r\nSubject: Nomination\r\n\
         Date: Mon, 7 Sep 2026 08:28:02 +0100\r\nMessage-ID: <text-{number}@lakefoot-families.example.org>\r\n\r\n\
         FOCUS FAMILY NOMINATION AND CONSENT FORM\r\n\r\nAbout you\r\nName: Frances Tolson\r\nRole: Family Support Worker\r\n\
         Organisation: Lakefoot Families\r\nTelephone: 01632 960417\r\n\r\nAddress: {home}\r\n\r\n\
         Details of everyone living in the household\r\n\r\n{}Date of birth: {}\r\nRelationship to child: Mother\r\nGender: Female\r\n\r\n\
         {}Date of birth: {}\r\nRelationship to child: Son\r\nGender: Male\r\n{numbers}\r\n",
        crate::support::daemon::referrer(number),
        family(mother),
        born[0],
        family(son),
        born[1],
    )
    .into_bytes()
}

#[test]
fn a_number_that_passes_its_check_finds_a_family_whatever_its_names_and_is_only_asked_about() {
    const HOME: &str = "4 Kiln Close, Whitehaven CA28 8ZZ";
    const MOVED: &str = "17 Harbour Row, Workington CA14 2XX";
    const FIRST: ([&str; 2], [&str; 2]) = (["Dawn Wannop", "Jude Wannop"], ["14/02/1985", "03/06/2013"]);
    const NAMESAKES: ([&str; 2], [&str; 2]) = (["Kerry Fell", "Jude Fell"], ["09/11/1990", "03/06/2013"]);
    const OTHERS: ([&str; 2], [&str; 2]) = (["Kerry Fell", "Mason Fell"], ["09/11/1990", "21/12/2016"]);
    use focus_family::domain::people::Band;
    for (first, (people, born), second, expected) in [
        // Another home, another surname: nothing else would have told.
        ("NHS number: 999 000 0018", NAMESAKES, "NHS number: 9990000018", Some(Band::Likely)),
        ("UPN: Z909999000001", NAMESAKES, "UPN: z909999000001", Some(Band::Likely)),
        // The names contradict it.
        ("NHS number: 999 000 0018", OTHERS, "NHS number: 9990000018", Some(Band::Possible)),
        ("UPN: Z909999000001", OTHERS, "UPN: Z909999000001", Some(Band::Possible)),
        // No number at all: it fails its check, or is one of another kind, or a school's until the true one is known.
        ("NHS number: 999 000 0019", OTHERS, "NHS number: 9990000019", None),
        ("NHS number: 999 000 0018", OTHERS, "NHS number: 9994567896", None),
        ("UPN: Y90999900001A", OTHERS, "UPN: Y90999900001A", None),
    ] {
        for_each_house(async |house| {
            let county = County::new(house).await;
            let app = county.start_captured().await;
            let mut cases = Vec::new();
            for (number, mail) in
                [(1, with_numbers(1, HOME, FIRST.0, FIRST.1, first)), (2, with_numbers(2, MOVED, people, born, second))]
            {
                county.deliver(&format!("text-{number}"), &mail);
                settle(&app).await.unwrap();
                let rows = app.engine.store.mails(&MailFilter::default()).await.unwrap();
                cases.push(rows.into_iter().find(|row| row.uid == format!("text-{number}")).unwrap().reference.unwrap());
            }
            let case = app.engine.case(&cases[1]).await.unwrap().case;
            let tie = case.family.ties.get(&cases[0]);
            let band = tie.and_then(|tie| tie.found.as_ref()).map(|found| found.band);
            assert_eq!(band, expected, "{first} and {second} of {people:?}");
            assert_eq!(tie.map(|tie| tie.standing), expected.map(|_| Standing::Proposed), "never more than asked about");
            if let Some(found) = tie.and_then(|tie| tie.found.as_ref()) {
                let says = found.says.join("|");
                assert!(says.contains("number") && !says.contains("999"), "{says}");
            }
            all_is_well(&app, "after two families with numbers").await;
        });
    }
}

#[test]
fn one_number_in_common_is_found_behind_any_number_of_likelier_families() {
    for_each_house(async |house| {
        let county = County::new(house).await;
        let app = county.start_captured().await;
        let matcher = app.engine.people.clone();
        let of = |numbers: &str, people, born| {
            let text = String::from_utf8(with_numbers(1, "4 Kiln Close, Whitehaven CA28 8ZZ", people, born, numbers)).unwrap();
            let body = text.split_once("\r\n\r\n").unwrap().1.to_owned();
            let intake = crate::reading::understood("Focus Family nomination", "text", &body);
            matcher.household(&intake.nomination.unwrap(), county.today())
        };
        let number = "NHS number: 999 000 0018";
        let known = nominated(&county, &app, 1, &form(1)).await;
        let id = app.engine.case(&known).await.unwrap().id;
        // The card of one family has the number and nothing else; fifty others have the home of who is looked for.
        let card = of(number, ["Ada Quill", "Ben Quill"], ["01/01/1970", "02/02/2002"]);
        let keys = matcher.number_keys(&card);
        assert_eq!(keys.len(), 1);
        let write = |keys, household: &focus_family::domain::people::Household| focus_family::store::HouseholdWrite {
            stamp: matcher.stamp().to_owned(),
            keys,
            household: serde_json::to_vec(household).unwrap(),
        };
        app.engine.store.write_household(id, &write(keys, &card)).await.unwrap();
        let wanted = of(number, ["Dawn Wannop", "Jude Wannop"], ["14/02/1985", "03/06/2013"]);
        let alike = of("", ["Dawn Wannop", "Jude Wannop"], ["14/02/1985", "03/06/2013"]);
        for other in 2..45 {
            let reference = nominated(&county, &app, other, &form(other)).await;
            let id = app.engine.case(&reference).await.unwrap().id;
            app.engine.store.write_household(id, &write(matcher.keys(&alike), &alike)).await.unwrap();
        }
        let first = app.engine.store.cases_like(&matcher.asked(&wanted), None, 20).await.unwrap().cases;
        assert!(first.iter().any(|one| one.reference == known), "a mark of one family tells more than those of forty");
        let found = app.engine.families_like(&wanted, None).await.unwrap();
        assert!(!found.is_empty());
        let with_number = found.iter().find(|one| one.reference == known);
        assert!(with_number.is_some(), "{:?}", found.iter().map(|one| one.likeness.bits).collect::<Vec<_>>());
    });
}
