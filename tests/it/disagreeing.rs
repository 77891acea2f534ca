//! Two papers of one mail, or a paper and the mail's own words, that disagree about a family: both readings stay, nothing rests on one
//! alone, and a person is asked. What only looks like it, twins, a father and a son of one name, another spelling of a street, is left alone.

use focus_family::demo::county::Nomination as Filled;
use focus_family::demo::forms;
use focus_family::domain::nomination::{Answer, Intake};

use super::reading::understood_mail;
use crate::support::daemon::{form, mail_with};

/// A mail with two filled forms, the second changed.
fn two_forms(first: impl FnOnce(&mut Filled), second: impl FnOnce(&mut Filled)) -> Intake {
    let (mut one, mut other) = (form(1), form(1));
    first(&mut one);
    second(&mut other);
    let (one, other) = (forms::nomination_docx(&one), forms::nomination_docx(&other));
    let kind = "application/octet-stream";
    understood_mail(&mail_with(1, &[("first.docx", kind, &one), ("second.docx", kind, &other)]))
}

/// A mail whose own words stand beside one filled form.
fn words_and_form(words: &str, change: impl FnOnce(&mut Filled)) -> Intake {
    let mut one = form(1);
    change(&mut one);
    let mail = mail_with(1, &[("form.docx", "application/octet-stream", &forms::nomination_docx(&one))]);
    let mail = String::from_utf8(mail).unwrap();
    understood_mail(mail.replacen("Please find a nomination from us.", words, 1).as_bytes())
}

fn readings<T: ToString>(answer: Option<&Answer<T>>) -> String {
    let Some(answer) = answer else { return "-".to_owned() };
    let all = std::iter::once(&answer.value).chain(answer.others.iter().map(|(other, _)| other));
    all.map(|value| value.reveal().to_string()).collect::<Vec<_>>().join(" or ")
}

/// Each member with every reading of name and birthday, where they live, whether they agreed; and what a person is asked.
fn told(intake: &Intake) -> Vec<String> {
    let nomination = intake.nomination.as_ref().expect("a nomination");
    let mut told: Vec<String> = nomination
        .members
        .iter()
        .map(|member| {
            let due = member.expected_on.as_ref().map_or_else(String::new, |due| format!(", due {}", due.value.reveal()));
            format!(
                "{} {}, {}{due}",
                readings(member.given_name.as_ref()),
                readings(member.family_name.as_ref()),
                readings(member.date_of_birth.as_ref())
            )
        })
        .collect();
    told.push(format!("{}; {}", readings(nomination.address.text.as_ref()), readings(nomination.address.postcode.as_ref())));
    told.push(format!("consent {}", readings(nomination.consent.given.as_ref())));
    told.extend(intake.doubts.iter().map(|doubt| format!("? {doubt}")));
    told
}

const WILF: &str = "Wilf Tranterb, 1985-02-14";
const ODETTE: &str = "Odette Tranterb, 2013-06-03";
const HOME: &str = "9 Quarry Rigg, Whitehaven; CA28 8XX";
const AGREED: &str = "consent true";

#[track_caller]
fn all_hold(found: Vec<(&str, Intake, Vec<&str>)>) {
    let wrong: Vec<String> = found
        .into_iter()
        .map(|(what, intake, expected)| (what, told(&intake), expected))
        .filter(|(_, told, expected)| told != expected)
        .map(|(what, told, expected)| format!("{what}\n    told     {told:?}\n    expected {expected:?}"))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn two_forms_that_disagree_keep_both_readings_and_ask_a_person() {
    let born = |at: usize, day: &'static str| move |form: &mut Filled| form.members[at].born = day.to_owned();
    let two_ways = |member: &str| format!("? member {member}: the date of birth can be read in two ways");
    let (first, second) = (two_ways("1"), two_ways("2"));
    let name = "? member 2: the name is written in two ways";
    all_hold(vec![
        ("they agree", two_forms(|_| {}, |_| {}), vec![WILF, ODETTE, HOME, AGREED]),
        (
            "another day",
            two_forms(|_| {}, born(1, "04/06/2013")),
            vec![WILF, "Odette Tranterb, 2013-06-03 or 2013-06-04", HOME, AGREED, &second],
        ),
        (
            "day and month changed places",
            two_forms(|_| {}, born(1, "06/03/2013")),
            vec![WILF, "Odette Tranterb, 2013-06-03 or 2013-03-06", HOME, AGREED, &second],
        ),
        (
            "figures of the year changed places, for a father on both",
            two_forms(|_| {}, born(0, "14/02/1958")),
            vec!["Wilf Tranterb, 1985-02-14 or 1958-02-14", ODETTE, HOME, AGREED, &first],
        ),
        (
            "another first name",
            two_forms(|_| {}, |form| form.members[1].given = "Odete".to_owned()),
            vec![WILF, "Odette or Odete Tranterb, 2013-06-03", HOME, AGREED, name],
        ),
        (
            "another surname",
            two_forms(|_| {}, |form| form.members[1].family = "Tranterc".to_owned()),
            vec![WILF, "Odette Tranterb or Tranterc, 2013-06-03", HOME, AGREED, name],
        ),
        (
            "another house",
            two_forms(|_| {}, |form| form.address = "19 Quarry Rigg, Whitehaven".to_owned()),
            vec![
                WILF,
                ODETTE,
                "9 Quarry Rigg, Whitehaven or 19 Quarry Rigg, Whitehaven; CA28 8XX",
                AGREED,
                "? more than one address is given",
            ],
        ),
        (
            "another postcode",
            two_forms(|_| {}, |form| form.postcode = "CA28 8XY".to_owned()),
            vec![WILF, ODETTE, "9 Quarry Rigg, Whitehaven; CA28 8XX or CA28 8XY", AGREED, "? more than one postcode is given"],
        ),
    ]);
}

#[test]
fn words_of_the_mail_that_disagree_with_the_form_are_kept_beside_it() {
    let asked = "? consent is answered both Yes and No";
    all_hold(vec![
        (
            "a birthday",
            words_and_form("Please find a nomination. Odette Tranterb was born on 4 June 2013.", |_| {}),
            vec![
                WILF,
                "Odette Tranterb, 2013-06-03 or 2013-06-04",
                HOME,
                AGREED,
                "? member 2: the date of birth can be read in two ways",
            ],
        ),
        (
            "the same birthday",
            words_and_form("Please find a nomination. Odette Tranterb (born 3 June 2013) is at home.", |_| {}),
            vec![WILF, ODETTE, HOME, AGREED],
        ),
        (
            "the birthday of another",
            words_and_form("Please find a nomination. Wilf Tranterb and Jo Bell, born 4 June 2013, came today.", |_| {}),
            vec![WILF, ODETTE, HOME, AGREED],
        ),
        (
            "the home",
            words_and_form("Please find a nomination. The family live at 19 Quarry Rigg, Whitehaven, CA28 8XY.", |_| {}),
            vec![
                WILF,
                ODETTE,
                "9 Quarry Rigg, Whitehaven or 19 Quarry Rigg, Whitehaven; CA28 8XX or CA28 8XY",
                AGREED,
                "? more than one postcode is given",
            ],
        ),
        (
            "the consent",
            words_and_form("Please find a nomination. Mum has refused consent.", |_| {}),
            vec![WILF, ODETTE, HOME, "consent true or false", asked],
        ),
        (
            "the consent, the other way round",
            words_and_form(
                "FOCUS FAMILY NOMINATION AND CONSENT FORM\r\n\r\nDetails of everyone living in the household\r\n\r\nFirst name: Odette\r\n\
                 Surname: Tranterb\r\nDate of birth: 03/06/2013\r\nRelationship to child: Daughter\r\nGender: Female\r\n\r\n\
                 Post code: CA28 8XX\r\n\r\nConsent obtained?: No\r\n",
                |_| {},
            ),
            vec![ODETTE, WILF, HOME, "consent false or true", asked],
        ),
    ]);
}

#[test]
fn a_birthday_to_come_makes_nobody_an_unborn_child_who_is_not_expected() {
    let both = |at: usize, day: &'static str| {
        let change = move |form: &mut Filled| form.members[at].born = day.to_owned();
        two_forms(change, change)
    };
    all_hold(vec![
        (
            "a father",
            both(0, "14/02/2035"),
            vec!["Wilf Tranterb, -", ODETTE, HOME, AGREED, "? member 1: the date of birth is still to come"],
        ),
        (
            "a father, within a year",
            both(0, "14/02/2027"),
            vec!["Wilf Tranterb, -", ODETTE, HOME, AGREED, "? member 1: the date of birth is still to come"],
        ),
        (
            "a daughter, years ahead",
            both(1, "03/06/2031"),
            vec![WILF, "Odette Tranterb, -", HOME, AGREED, "? member 2: the date of birth is still to come"],
        ),
        ("a daughter who is expected", both(1, "03/02/2027"), vec![WILF, "Odette Tranterb, -, due 2027-02-03", HOME, AGREED]),
    ]);
}

#[test]
fn what_only_looks_like_a_slip_is_left_alone() {
    let twins = |form: &mut Filled| {
        let mut twin = form.members[1].clone();
        twin.given = "Odetta".to_owned();
        form.members.push(twin);
    };
    let junior = |form: &mut Filled| {
        form.members[1].given = "Wilf".to_owned();
        form.members[1].gender = "M".to_owned();
        form.members[1].relationship = "Son".to_owned();
    };
    let cousin = |form: &mut Filled| form.members[1].given = "Rosalba".to_owned();
    all_hold(vec![
        ("twins on both forms", two_forms(twins, twins), vec![WILF, ODETTE, "Odetta Tranterb, 2013-06-03", HOME, AGREED]),
        (
            "a father and a son of one name",
            two_forms(junior, |form| form.members.truncate(1)),
            vec![WILF, "Wilf Tranterb, 2013-06-03", HOME, AGREED],
        ),
        ("two of one birthday", two_forms(|_| {}, cousin), vec![WILF, ODETTE, "Rosalba Tranterb, 2013-06-03", HOME, AGREED]),
        (
            "more of the same address",
            two_forms(|_| {}, |form| form.address = "9 Quarry Rigg, Hensingham, Whitehaven".to_owned()),
            vec![WILF, ODETTE, "9 Quarry Rigg, Whitehaven or 9 Quarry Rigg, Hensingham, Whitehaven; CA28 8XX", AGREED],
        ),
        ("consent on one form only", two_forms(|_| {}, |form| form.consent = None), vec![WILF, ODETTE, HOME, AGREED]),
    ]);
}
