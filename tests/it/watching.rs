//! After the exit: who stayed out and who came back. And what a new outcome plan means for families whose cases are open.

use std::collections::BTreeMap;

use focus_family::daemon::app::App;
use focus_family::daemon::round::{send, settle};
use focus_family::daemon::watches;
use focus_family::demo::county::Nomination;
use focus_family::demo::forms;
use focus_family::domain::case::World;
use focus_family::domain::case::family::changes_by_plan;
use focus_family::domain::case::watch::{Look, watch};
use focus_family::domain::ids::CaseReference;
use focus_family::domain::time::Date;
use focus_family::domain::workflow::{OutcomePlan, Window};
use focus_family::store::MailFilter;

use crate::case::story::{REVIEWS, Story, shipped};
use crate::support::daemon::{County, all_is_well, form, mail_with, record};
use crate::support::engines::for_each_house;

#[test]
fn a_watch_tells_who_stayed_out_and_who_came_back_by_6_and_by_12_months() {
    use Look::{NotKnown, NotRecorded, NotSustained, NotYet, ReEntered, StayedOut};
    let exit = "record keyworker propose_exit exit_reason=single_agency_support\nrecord area_officer confirm_exit";
    let six = |word: &str| format!("on 2027-06-10\nrecord area_officer record_six_month_check six_month_check={word}");
    let twelve = |word: &str| format!("on 2027-12-10\nrecord area_officer record_twelve_month_check twelve_month_check={word}");
    let again = "record area_officer return_from_watch next_review_on=2027-03-15 because again";
    // The exit is of 8 December 2026.
    for (then, nominated_again_on, today, expected) in [
        (String::new(), "", "2027-01-01", Some((NotYet, NotYet))),
        (String::new(), "", "2027-06-08", Some((NotRecorded, NotYet))),
        (six("sustained"), "", "2027-06-10", Some((StayedOut, NotYet))),
        (six("not_known"), "", "2027-12-31", Some((NotKnown, NotRecorded))),
        (format!("{}\n{}", six("sustained"), twelve("not_sustained")), "", "2028-01-01", Some((StayedOut, NotSustained))),
        (format!("{}\n{}", six("sustained"), twelve("sustained")), "", "2028-01-01", Some((StayedOut, StayedOut))),
        // They came back: by a move, or because they were nominated again.
        (format!("on 2027-02-20\n{again}"), "", "2027-02-20", Some((ReEntered, ReEntered))),
        (String::new(), "2027-03-01", "2027-03-02", Some((ReEntered, ReEntered))),
        (six("sustained"), "2027-09-01", "2027-09-02", Some((StayedOut, ReEntered))),
        // Not within the year, or before the exit: no return.
        (format!("{}\n{}", six("sustained"), twelve("sustained")), "2027-12-09", "2028-01-01", Some((StayedOut, StayedOut))),
        (six("sustained"), "2026-12-01", "2027-06-10", Some((StayedOut, NotYet))),
    ] {
        let story = Story::told(&format!("{REVIEWS}\n{exit}\n{then}"));
        let days: Vec<Date> =
            Some(nominated_again_on).filter(|day| !day.is_empty()).map(|day| day.parse().unwrap()).into_iter().collect();
        let found = watch(story.case(), &days, &shipped().calendar, today.parse().unwrap());
        assert_eq!(found.map(|found| (found.six_months, found.twelve_months)), expected, "{then} {nominated_again_on} {today}");
    }
    assert_eq!(watch(Story::told(REVIEWS).case(), &[], &shipped().calendar, "2027-12-10".parse().unwrap()), None);
}

#[test]
fn another_outcome_plan_says_what_changes_for_each_need_of_a_family() {
    let need = |member: &str, indicator: &str| {
        format!(
            "record keyworker record_need member={member} indicator={indicator} said_by=\"Iris Example\" said_on=2026-11-20 source=school measure=\"71 in 100\" words=told"
        )
    };
    let family = REVIEWS.replacen("open", "open family=adult:work_finance+health,child:education", 1);
    let story = Story::told(&format!("{family}\n{}\n{}", need("m2", "persistent_absence"), need("m1", "mental_health")));
    let plan = &shipped().outcomes;
    let changed = |change: &dyn Fn(&mut OutcomePlan)| {
        let mut then = plan.clone();
        change(&mut then);
        changes_by_plan(story.case(), &World { ..story.world() }, &then)
    };
    assert_eq!(changed(&|_| {}), Vec::<String>::new());
    let of = |plan: &OutcomePlan, name: &str| plan.indicators.iter().position(|one| one.name.as_str() == name).unwrap();
    let shorter = changed(&|plan| {
        let at = of(plan, "persistent_absence");
        let rule = plan.indicators[at].sustained.as_mut().unwrap();
        rule.window = Window::SchoolStretches(2);
        rule.says = "one whole term".to_owned();
    });
    assert_eq!(shorter.len(), 2, "{shorter:?}");
    assert!(shorter[0].starts_with("m2 persistent absence: wanted from now on: one whole term"), "{shorter:?}");
    assert!(shorter[1].starts_with("m2 persistent absence: wanted no more: "), "{shorter:?}");
    let gone = changed(&|plan| plan.indicators.retain(|one| one.name.as_str() != "mental_health"));
    assert!(gone.iter().any(|says| says.starts_with("m1 mental health: the plan does not know it any more")), "{gone:?}");
    let more = changed(&|plan| {
        let at = of(plan, "persistent_absence");
        let mut new = plan.indicators[at].clone();
        new.name = "late_to_school".to_owned().try_into().unwrap();
        new.title = "Child who comes late to school".to_owned();
        plan.indicators.push(new);
    });
    assert_eq!(more, ["new in the plan: Child who comes late to school; look whether it is a need of m2"]);
}

async fn nominated(county: &County<'_>, app: &App, number: u32, form: &Nomination) -> CaseReference {
    let uid = format!("nomination-{number}");
    let docx = forms::nomination_docx(form);
    county.deliver(&uid, &mail_with(number, &[("nomination.docx", "application/octet-stream", &docx)]));
    settle(app).await.unwrap();
    let rows = app.engine.store.mails(&MailFilter::default()).await.unwrap();
    rows.into_iter().find(|row| row.uid == uid).unwrap().reference.unwrap()
}

#[test]
fn a_family_that_is_nominated_again_within_a_year_of_its_exit_is_counted_as_come_back() {
    for_each_house(async |house| {
        let county = County::new(house).await;
        let app = county.start_captured().await;
        let mut exited = Vec::new();
        for number in [1, 3] {
            let case = nominated(&county, &app, number, &form(number)).await;
            for (name, answers) in [
                ("accept", &[][..]),
                ("record_checks", &["checks=complete"]),
                ("allocate", &["keyworker=Nell Byrne <n.byrne@example.org>"]),
                ("propose_exit", &["exit_reason=single_agency_support"]),
                ("confirm_exit", &[]),
            ] {
                record(&app, &case, name, "area_officer", answers).await.unwrap();
            }
            exited.push(case);
        }
        let counted = watches::count(&app).await.unwrap();
        assert_eq!((counted.families, counted.six_months), (2, BTreeMap::from([(Look::NotYet, 2)])));
        county.pass_seconds(100 * 86_400);
        let mut again = form(1);
        again.referrer = form(2).referrer;
        let second = nominated(&county, &app, 2, &again).await;
        assert_eq!(watches::count(&app).await.unwrap().six_months, BTreeMap::from([(Look::NotYet, 2)]), "nobody has said so yet");
        let said = format!("case={}", exited[0]);
        record(&app, &second, "record_match", "area_officer", &[&said, "outcome=known_before"]).await.unwrap();
        let expected = BTreeMap::from([(Look::ReEntered, 1), (Look::NotYet, 1)]);
        let counted = watches::count(&app).await.unwrap();
        assert_eq!((counted.six_months, counted.twelve_months), (expected.clone(), expected));
        let stored = app.engine.case(&exited[0]).await.unwrap();
        let one = watches::of_case(&app, &stored).await.unwrap().unwrap();
        assert_eq!((one.six_months, one.re_entered_on), (Look::ReEntered, Some(county.today())));
        assert_eq!(watches::of_case(&app, &app.engine.case(&second).await.unwrap()).await.unwrap(), None);
    });
}

#[test]
fn a_new_outcome_plan_is_told_to_partners_once_and_each_open_case_says_what_changes() {
    for_each_house(async |house| {
        let county = County::new(house).await;
        let app = county.start_captured().await;
        let case = nominated(&county, &app, 1, &form(1)).await;
        for (name, answers) in [
            ("accept", &[][..]),
            ("record_checks", &["checks=complete"]),
            ("allocate", &["keyworker=Nell Byrne <n.byrne@example.org>"]),
        ] {
            record(&app, &case, name, "area_officer", answers).await.unwrap();
        }
        settle(&app).await.unwrap();
        drop(county.captured.take());
        assert_eq!(app.engine.tell_of_new_plan().await.unwrap(), 0, "the first plan is no news");
        let mut older = app.engine.programme.outcomes.clone();
        older.version = "2014.1".to_owned();
        older.indicators.retain(|one| one.name.as_str() != "mental_health");
        app.engine.store.set_note("outcome_plan", &serde_json::to_string(&older).unwrap()).await.unwrap();
        let told = app.engine.tell_of_new_plan().await.unwrap();
        assert_eq!(app.engine.tell_of_new_plan().await.unwrap(), 0, "once");
        send(&app).await.unwrap();
        let letters = county.captured.take();
        assert_eq!(letters.len(), told);
        let mut to: Vec<&str> = letters.iter().map(|letter| letter.to.as_str()).collect();
        assert!(to.contains(&"n.byrne@example.org"), "the keyworker of an open case: {to:?}");
        assert!(
            app.settings.people.iter().any(|person| to.contains(&person.address.as_text())),
            "people of the settings: {to:?}"
        );
        to.sort_unstable();
        to.dedup();
        assert_eq!(to.len(), told, "each once");
        let parsed = mail_parser::MessageParser::default().parse(&letters[0].message).unwrap();
        let text = parsed.body_text(0).unwrap().replace("\r\n", " ");
        let version = &app.engine.programme.outcomes.version;
        assert!(text.contains(&format!("is now {version}")) && text.contains("Before it was 2014.1"), "{text}");
        let stored = app.engine.case(&case).await.unwrap();
        let (before, changes) = app.engine.changed_by_new_plan(&stored.case).await.unwrap().unwrap();
        assert_eq!(before, "2014.1");
        assert!(changes.iter().any(|says| says.contains("mental health")), "{changes:?}");
        all_is_well(&app, "after the new plan").await;
    });
}
