//! Between the writing of a letter and its sending people change: nobody gets a letter for a role they do not hold when it leaves.

use std::collections::BTreeSet;
use std::sync::Arc;

use focus_family::daemon::app::App;
use focus_family::daemon::round::{round, settle};
use focus_family::delivery::Delivery;
use focus_family::domain::ids::{AreaName, CaseReference, RoleName};
use focus_family::engine::roster::{Relation, Roster};
use focus_family::store::{CaseKey, LetterFilter, LetterState, MailFilter};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::support::daemon::{County, all_is_well, nomination, record, sample};
use crate::support::engines::{for_each_house, sqlite_house};

/// What may happen while letters wait.
#[derive(Debug, Clone)]
enum Change {
    /// Another keyworker, of so many.
    Keyworker(u8),
    /// The keyworker leaves.
    KeyworkerLeft,
    /// The family takes its consent back, or gives it again.
    Consent(bool),
    /// The settings lose, or get back, one of their people.
    Roster(usize, bool),
    /// The family moves.
    Area(usize),
    /// A need rises: letters to several roles.
    Escalate,
    /// A day of set letters, with invitations and notices.
    PlanTaf,
    /// Days pass; timers fire, reminders gather and digests are made.
    Days(u8),
    /// What waits goes out.
    Send,
}

const AREAS: [&str; 6] = ["allerdale", "barrow", "carlisle", "copeland", "eden", "south_lakeland"];

fn changes() -> impl Strategy<Value = Vec<Change>> {
    let change = prop_oneof![
        3 => (0..4_u8).prop_map(Change::Keyworker),
        1 => Just(Change::KeyworkerLeft),
        2 => any::<bool>().prop_map(Change::Consent),
        4 => (0..12_usize, any::<bool>()).prop_map(|(who, there)| Change::Roster(who, there)),
        2 => (0..AREAS.len()).prop_map(Change::Area),
        2 => Just(Change::Escalate),
        2 => Just(Change::PlanTaf),
        3 => (1..8_u8).prop_map(Change::Days),
        3 => Just(Change::Send),
    ];
    proptest::collection::vec(change, 4..16)
}

/// A county with one allocated case and nothing delivered yet, whose people may be changed.
struct Town<'a> {
    county: &'a County<'a>,
    app: App,
    everybody: Arc<Roster>,
    gone: BTreeSet<usize>,
    /// Which case's meetings stand in whose calendar.
    invited: BTreeSet<(CaseReference, String)>,
    reference: CaseReference,
}

impl<'a> Town<'a> {
    async fn new(county: &'a County<'a>, number: u32) -> Self {
        let mut app = county.start_captured().await;
        let everybody = app.engine.roster.clone();
        let uid = format!("mail-{number}");
        county.deliver(&uid, &nomination(number));
        settle(&app).await.unwrap();
        let rows = app.engine.store.mails(&MailFilter::default()).await.unwrap();
        let reference = rows.into_iter().find(|row| row.uid == uid).unwrap().reference.unwrap();
        for (name, answers) in [
            ("accept", &[][..]),
            ("record_checks", &["checks=complete"]),
            ("allocate", &["keyworker=Nell Byrne <n.byrne@example.org>"]),
        ] {
            record(&app, &reference, name, "area_officer", answers).await.unwrap();
        }
        let _sent_before_anything_changed = county.captured.take();
        app.delivery = None;
        Self { county, app, everybody, gone: BTreeSet::new(), invited: BTreeSet::new(), reference }
    }

    /// Changes the world; a move that is not open now changes nothing.
    async fn change(&mut self, change: &Change) {
        let day = |date: jiff::civil::Date, days: i64| date.checked_add(jiff::Span::new().days(days)).unwrap();
        let today = self.county.today();
        match change {
            Change::Keyworker(number) => {
                let answer = format!("keyworker=Worker {number} <worker{number}@example.org>");
                self.say("change_keyworker", &[&answer]).await;
            }
            Change::KeyworkerLeft => self.say("keyworker_left", &[]).await,
            Change::Consent(true) => {
                let on = format!("consented_on={today}");
                self.say("record_consent", &["consent=given", "evidence=signature", &on]).await;
            }
            Change::Consent(false) => self.say("withdraw_consent", &[&format!("withdrawn_on={today}")]).await,
            Change::Roster(who, there) => self.staff(*who, *there),
            Change::Area(area) => {
                self.say("hand_over_area", &[&format!("area={}", AREAS[*area])]).await;
            }
            Change::Escalate => self.say("escalate_need", &[]).await,
            Change::PlanTaf => {
                self.say("accept_allocation", &[]).await;
                self.say("plan_taf", &[&format!("first_taf_on={}", day(today, 20)), "day_off=yes"]).await;
            }
            Change::Days(days) => {
                self.county.pass_until(day(today, i64::from(*days)), 12, 0);
                round(&self.app).await.unwrap();
            }
            Change::Send => self.send().await,
        }
    }

    /// The moves are made by the team, which nobody takes out of the settings here.
    async fn say(&self, name: &str, answers: &[&str]) {
        let _open_or_not = record(&self.app, &self.reference, name, "team", answers).await;
    }

    /// People of the settings come and go; the first, the team, stays.
    fn staff(&mut self, who: usize, there: bool) {
        let people = self.everybody.people();
        let who = 1 + who % (people.len() - 1);
        if there {
            self.gone.remove(&who)
        } else {
            self.gone.insert(who)
        };
        let kept = people.iter().enumerate().filter(|(index, _)| !self.gone.contains(index));
        self.app.engine.roster = Arc::new(Roster::new(kept.map(|(_, person)| person.clone()).collect()));
    }

    /// Whether the address has the role now, for whichever area.
    fn may_hold(&self, address: &str, role: &RoleName) -> bool {
        let areas: Vec<AreaName> = AREAS.iter().map(|area| AreaName::new(area).unwrap()).collect();
        areas.iter().any(|area| {
            let relation = Relation { area: Some(area), holders: None };
            let found = self.app.engine.roster.answer_for(&self.app.engine.programme.lifecycle, role, relation);
            found.iter().any(|holder| holder.address.as_text() == address)
        })
    }

    /// Everything that waits is sent, and each letter that left is asked whether it might.
    async fn send(&mut self) {
        self.app.delivery = Some(Delivery::Capture(self.county.captured.clone()));
        loop {
            if focus_family::daemon::round::send(&self.app).await.unwrap().is_empty() {
                break;
            }
        }
        self.app.delivery = None;
        for letter in self.county.captured.take() {
            let message = mail_parser::MessageParser::default().parse(&letter.message).unwrap();
            let id = format!("<{}>", message.message_id().unwrap());
            let row = self.app.engine.store.letter_with_message_id(&id).await.unwrap().unwrap();
            let lines = self.app.engine.store.gathered_into(&[row.id]).await.unwrap();
            let about = if lines.is_empty() { vec![&row] } else { lines.iter().collect() };
            for row in about {
                let role = row.role.as_ref().expect("every letter of this test has a role");
                let Some(case) = row.case else {
                    let of_no_case = ["digest", "meeting_agenda", "meeting_agenda_changed"].contains(&row.letter.as_str());
                    assert!(of_no_case, "only a list of late things, or of what a meeting is asked, is about no case");
                    assert!(
                        self.may_hold(letter.to.as_str(), role),
                        "{} went to {} who is not {role} now",
                        row.letter,
                        letter.to.as_str()
                    );
                    continue;
                };
                let key = CaseKey::Id(case);
                let case = self.app.engine.store.load_case(&key).await.unwrap().unwrap().case;
                let relation = Relation { area: case.area.as_ref(), holders: Some(&case.holders) };
                let holders = self.app.engine.roster.answer_for(&self.app.engine.programme.lifecycle, role, relation);
                let holds = holders.iter().any(|holder| holder.address.as_text() == letter.to.as_str());
                // What takes a meeting out of a calendar goes to whoever had the invitation, and nobody else.
                let lifecycle = &self.app.engine.programme.lifecycle;
                let calls_off =
                    lifecycle.letter(&row.letter).and_then(|one| one.calendar.as_ref()).is_some_and(|one| one.called_off);
                let had = calls_off && self.invited.contains(&(case.reference.clone(), letter.to.as_str().to_owned()));
                assert!(holds || had, "{} went to {} who is not {role} now", row.letter, letter.to.as_str());
                if row.letter.as_str().ends_with("_invitation") || row.letter.as_str() == "taf_notice" {
                    self.invited.insert((case.reference.clone(), letter.to.as_str().to_owned()));
                }
                assert!(self.app.engine.may_go(&case, &row.letter), "{} went though its condition is gone", row.letter);
                let reminder = self.app.engine.programme.lifecycle.letter(&row.letter).unwrap().gathered;
                assert!(!(reminder && case.stage.as_str() == "closed"), "{} reminds of a case that has ended", row.letter);
            }
        }
    }
}

#[test]
fn no_letter_leaves_for_somebody_without_the_role_whatever_happens_while_it_waits() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let house = sqlite_house();
    let county = runtime.block_on(County::new(&house));
    let mut runner = TestRunner::new(Config { cases: 20, failure_persistence: None, ..Config::default() });
    let number = std::cell::Cell::new(0);
    let result = runner.run(&changes(), |changes| {
        number.set(number.get() + 1);
        runtime.block_on(async {
            let mut town = Town::new(&county, number.get()).await;
            for change in &changes {
                town.change(change).await;
            }
            town.send().await;
            // Whoever was written to, nothing may stir in the next story.
            town.say("record_risk_view", &["risk_view=no_concern"]).await;
            for (name, answers) in [("close", &["close_reason=opened_in_error"][..]), ("decline", &["ground=other"])] {
                town.say(name, answers).await;
            }
            let case = town.app.engine.case(&town.reference).await.unwrap().case;
            assert_eq!(case.stage.as_str(), "closed");
            town.app.engine.roster = town.everybody.clone();
            settle(&town.app).await.unwrap();
            town.app.delivery = Some(Delivery::Capture(county.captured.clone()));
            settle(&town.app).await.unwrap();
            let _farewells = county.captured.take();
        });
        Ok(())
    });
    result.unwrap();
}

#[test]
fn a_digest_with_a_line_that_is_no_longer_theirs_is_taken_apart_and_made_anew() {
    for_each_house(async |house| {
        let county = County::new(house).await;
        let mut app = county.start_captured().await;
        app.delivery = None;
        let mut cases = Vec::new();
        for number in 1..=3 {
            county.deliver(&format!("mail-{number}"), &nomination(number));
            settle(&app).await.unwrap();
            let rows = app.engine.store.mails(&MailFilter::default()).await.unwrap();
            cases.push(rows.into_iter().find(|row| row.uid == format!("mail-{number}")).unwrap().reference.unwrap());
        }
        let digests = async |app: &App, state| {
            let rows = app.engine.store.letters(&LetterFilter { limit: 1_000, ..LetterFilter::default() }).await.unwrap();
            rows.into_iter().filter(|row| row.letter.as_str() == "digest" && row.state == state).collect::<Vec<_>>()
        };
        let mut days = 0;
        while digests(&app, LetterState::Queued).await.is_empty() {
            county.pass_until(county.today().tomorrow().unwrap(), 12, 0);
            settle(&app).await.unwrap();
            days += 1;
            assert!(days < 30, "reminders are gathered in the end");
        }
        // One of the three goes to another area before the digest leaves.
        record(&app, &cases[0], "hand_over_area", "area_officer", &["area=barrow"]).await.unwrap();
        app.delivery = Some(Delivery::Capture(county.captured.clone()));
        settle(&app).await.unwrap();
        let dropped = digests(&app, LetterState::Dropped).await;
        assert_eq!(dropped.len(), 1, "the digest did not leave");
        assert!(dropped[0].reason.as_deref().is_some_and(|reason| reason.contains("one of its lines")), "{dropped:?}");
        county.pass_until(county.today().tomorrow().unwrap(), 12, 0);
        settle(&app).await.unwrap();
        let sent = digests(&app, LetterState::Sent).await;
        let mut about = BTreeSet::new();
        for digest in &sent {
            about.extend(app.engine.store.gathered_into(&[digest.id]).await.unwrap().into_iter().filter_map(|row| row.case));
        }
        let moved = app.engine.case(&cases[0]).await.unwrap().id;
        for reference in &cases[1..] {
            assert!(about.contains(&app.engine.case(reference).await.unwrap().id), "what is still theirs was told");
        }
        let waiting =
            LetterFilter { state: Some(LetterState::Gathered), case: Some(moved), limit: 100, ..LetterFilter::default() };
        for row in app.engine.store.letters(&waiting).await.unwrap() {
            assert!(!sent.iter().any(|digest| row.gathered_into == Some(digest.id) && digest.queued_at < row.queued_at));
        }
        all_is_well(&app, "after the digest").await;
    });
}

#[test]
fn an_announcement_waits_for_nobody_who_left_the_team() {
    for_each_house(async |house| {
        let county = County::new(house).await;
        let mut app = county.start_captured().await;
        app.delivery = None;
        county.deliver("mail-1", sample("foi").as_bytes());
        settle(&app).await.unwrap();
        let officer = "hugh.lorimer@council.example.org";
        let left = app.engine.roster.people().iter().filter(|person| person.address.as_text() != officer).cloned().collect();
        app.engine.roster = Arc::new(Roster::new(left));
        app.delivery = Some(Delivery::Capture(county.captured.clone()));
        settle(&app).await.unwrap();
        let sent: Vec<_> = county.captured.take().iter().map(|letter| letter.to.as_str().to_owned()).collect();
        assert!(!sent.is_empty() && !sent.contains(&officer.to_owned()), "{sent:?}");
    });
}

#[test]
fn whoever_the_family_hides_the_nomination_from_gets_no_letter_and_no_invitation_whatever_role_they_hold() {
    for hides in [false, true] {
        for_each_house(async |house| {
            let county = County::new(house).await;
            let app = county.start_captured().await;
            let is_officer = |role: &RoleName| role.as_str() == "area_officer";
            let people = app.engine.roster.people();
            let copeland = AreaName::new("copeland").unwrap();
            let officer = people.iter().find(|one| one.roles.iter().any(is_officer) && one.areas.contains(&copeland)).unwrap();
            let hidden = format!("Who must not know: Nell Byrne, {}\r\nSigned: Wilf", officer.name.as_text());
            let mail = sample("school-nomination");
            county.deliver("mail", if hides { mail.replace("Signed: Wilf", &hidden) } else { mail }.as_bytes());
            settle(&app).await.unwrap();
            let rows = app.engine.store.mails(&MailFilter::default()).await.unwrap();
            let reference = rows.into_iter().find_map(|row| row.reference).unwrap();
            for (name, answers) in [
                ("accept", &[][..]),
                ("record_checks", &["checks=complete"]),
                ("allocate", &["keyworker=Nell Byrne <n.byrne@example.org>"]),
                ("accept_allocation", &[]),
                ("plan_taf", &["first_taf_on=2026-09-28"]),
            ] {
                record(&app, &reference, name, "team", answers).await.unwrap();
            }
            settle(&app).await.unwrap();
            let to: BTreeSet<String> = county.captured.take().iter().map(|letter| letter.to.as_str().to_owned()).collect();
            for address in ["n.byrne@example.org", officer.address.as_text()] {
                assert_eq!(to.contains(address), !hides, "{address}, hidden {hides}: {to:?}");
            }
            assert!(to.len() > 1, "the case stays somebody's");
            all_is_well(&app, "after a hidden nomination").await;
        });
    }
}

#[test]
fn a_meeting_is_taken_back_from_the_keyworker_who_leaves_and_the_one_who_comes_is_invited() {
    for never_invited in [false, true] {
        for_each_house(async |house| {
            let county = County::new(house).await;
            let app = county.start_captured().await;
            county.deliver("mail", sample("school-nomination").as_bytes());
            settle(&app).await.unwrap();
            let rows = app.engine.store.mails(&MailFilter::default()).await.unwrap();
            let reference = rows.into_iter().find_map(|row| row.reference).unwrap();
            let say = async |moves: &[(&str, &[&str])]| {
                for (name, answers) in moves {
                    record(&app, &reference, name, "team", answers).await.unwrap();
                }
            };
            say(&[
                ("accept", &[]),
                ("record_checks", &["checks=complete"]),
                ("allocate", &["keyworker=Nell Byrne <n.byrne@example.org>"]),
                ("accept_allocation", &[]),
            ])
            .await;
            // Whoever was never sent the invitation is not told that it is taken back either.
            let planned: (&str, &[&str]) = ("plan_taf", &["first_taf_on=2026-09-28", "first_taf_at=14:00"]);
            if never_invited {
                say(&[planned, ("change_keyworker", &["keyworker=Ola Reed <o.reed@example.org>"])]).await;
                settle(&app).await.unwrap();
            } else {
                say(&[planned]).await;
                settle(&app).await.unwrap();
                let _invitations = county.captured.take();
                say(&[("change_keyworker", &["keyworker=Ola Reed <o.reed@example.org>"])]).await;
                settle(&app).await.unwrap();
            }
            let sent = county.captured.take();
            let got = |address: &str, method: &str| {
                let to_them = sent.iter().filter(|letter| letter.to.as_str() == address);
                let method = format!("METHOD:{method}");
                to_them
                    .filter(|letter| {
                        let message = mail_parser::MessageParser::default().parse(&letter.message).unwrap();
                        message.parts.iter().any(|part| part.text_contents().is_some_and(|text| text.contains(&method)))
                    })
                    .count()
            };
            assert_eq!(
                got("n.byrne@example.org", "CANCEL"),
                usize::from(!never_invited),
                "who leaves; never invited: {never_invited}"
            );
            assert_eq!(got("n.byrne@example.org", "REQUEST"), 0, "who leaves is invited no more");
            assert_eq!((got("o.reed@example.org", "REQUEST"), got("o.reed@example.org", "CANCEL")), (1, 0), "who comes");
            all_is_well(&app, "after another keyworker").await;
        });
    }
}
