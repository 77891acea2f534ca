//! Forms nobody has seen: layout, wording, ticks, dates and names all drawn from a seed, and what was read held against what was
//! written. Nothing may be invented, and little may be lost.
//!
//! To look at one: `UNSEEN_SEED=12 cargo test --test it unseen -- --nocapture`; for other numbers `UNSEEN_FROM=5000`, and for more of
//! the empty ones `UNSEEN_COUNT=2000`.

mod carrier;
mod dice;
mod family;
mod layout;
mod lines;
mod wording;

use std::collections::BTreeMap;

use base64::Engine as _;
use focus_family::domain::document::Limits;
use focus_family::domain::nomination::reading::read_mail;
use focus_family::domain::nomination::{Answer, AssessmentState, Intake, Member, Standing, Vocabulary, interpret, nominated};
use focus_family::domain::time::Date;

use dice::Dice;
use family::{Family, Person};
use layout::Style;

const TODAY: Date = jiff::civil::date(2026, 11, 9);
const FORMS: u64 = 400;

fn vocabulary() -> &'static Vocabulary {
    static WORDS: std::sync::OnceLock<Vocabulary> = std::sync::OnceLock::new();
    WORDS.get_or_init(|| Vocabulary::new(&super::reading::programme().forms))
}

struct Made {
    family: Family,
    style: Style,
    carrier: &'static str,
    shown: String,
    raw: Vec<u8>,
}

fn made(seed: u64) -> Made {
    made_with(seed, false)
}

/// The form of this seed, filled in or handed out empty.
fn made_with(seed: u64, empty: bool) -> Made {
    let mut dice = Dice::new(seed);
    let carrier = *dice.pick(&["plain", "html", "word"]);
    let mut family = family::family(&mut dice, TODAY);
    let mut style = Style::drawn(&mut dice, carrier != "plain", carrier == "html");
    if empty {
        family.empty();
        // Nothing in words of one's own stands on an empty form.
        style.criteria = if style.criteria == "own words" { "boxes" } else { style.criteria };
    }
    let mut pieces = layout::form(&mut dice, &style, &family);
    if empty {
        pieces = layout::emptied(pieces);
    }
    let shown = if carrier == "plain" { carrier::plain(&pieces, &style) } else { carrier::html(&pieces, &style) };
    let head = "From: Dee Post <dee.post@agency.example.org>\r\nTo: focusfamily@example.org\r\nSubject: Focus Family nomination\r\n\
                Date: Mon, 09 Nov 2026 10:00:00 +0000\r\nMessage-ID: <one@example.org>\r\nMIME-Version: 1.0\r\n";
    let body =
        |kind: &str| format!("{head}Content-Type: text/{kind}; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n{shown}");
    let raw = match carrier {
        "word" => {
            let file = base64::engine::general_purpose::STANDARD.encode(carrier::word(&pieces, &style));
            let lines: Vec<&str> = file.as_bytes().chunks(76).map(|line| std::str::from_utf8(line).unwrap()).collect();
            format!(
                "{head}Content-Type: multipart/mixed; boundary=zz\r\n\r\n--zz\r\nContent-Type: text/plain\r\n\r\nPlease see attached.\r\n--zz\r\n\
                 Content-Type: application/vnd.openxmlformats-officedocument.wordprocessingml.document; name=\"form.docx\"\r\n\
                 Content-Disposition: attachment; filename=\"form.docx\"\r\nContent-Transfer-Encoding: base64\r\n\r\n{}\r\n--zz--\r\n",
                lines.join("\r\n")
            )
        }
        kind => body(kind),
    };
    Made { family, style, carrier, shown, raw: raw.into_bytes() }
}

/// What was asked, found, and read though it was not there.
#[derive(Default)]
struct Score {
    asked: BTreeMap<&'static str, usize>,
    lost: BTreeMap<&'static str, usize>,
    invented: BTreeMap<&'static str, usize>,
    remarks: Vec<String>,
}

impl Score {
    fn hold(&mut self, what: &'static str, seed: u64, wanted: Option<String>, read: Option<String>) {
        if wanted.is_some() {
            *self.asked.entry(what).or_default() += 1;
        }
        if wanted == read {
            return;
        }
        if read.is_some() {
            *self.invented.entry(what).or_default() += 1;
        } else {
            *self.lost.entry(what).or_default() += 1;
        }
        let word = |value: Option<String>| value.unwrap_or_else(|| "-".to_owned());
        self.remarks.push(format!("{seed}: {what}: wanted {} read {}", word(wanted), word(read)));
    }

    fn share_lost(&self) -> f64 {
        let (asked, lost): (usize, usize) = (self.asked.values().sum(), self.lost.values().sum());
        f64::from(u32::try_from(lost).unwrap()) / f64::from(u32::try_from(asked).unwrap())
    }
}

fn text(answer: &Option<Answer<String>>) -> Option<String> {
    answer.as_ref().map(|answer| answer.value.reveal().clone())
}

fn full(member: &Member) -> String {
    [text(&member.given_name), text(&member.family_name)].into_iter().flatten().collect::<Vec<_>>().join(" ").to_lowercase()
}

fn is_same(person: &Person, member: &Member) -> bool {
    match person.due {
        Some(_) => member.expected_on.is_some(),
        None => full(member) == person.full().to_lowercase(),
    }
}

fn judge(seed: u64, made: &Made, intake: &Intake, score: &mut Score) {
    let Some(nomination) = &intake.nomination else {
        score.hold("nomination", seed, Some("a nomination".to_owned()), None);
        return;
    };
    *score.asked.entry("nomination").or_default() += 1;
    let family = &made.family;
    let by = &nomination.referrer;
    for ((what, wanted), read) in ["referrer.name", "referrer.role", "referrer.organisation", "referrer.email", "referrer.phone"]
        .into_iter()
        .zip(&family.referrer)
        .zip([&by.name, &by.role, &by.organisation, &by.email, &by.phone])
    {
        score.hold(what, seed, Some(wanted.clone()), text(read));
    }
    score.hold("address.text", seed, Some(family.street.clone()), text(&nomination.address.text));
    score.hold("address.postcode", seed, Some(family.postcode.clone()), text(&nomination.address.postcode));
    for person in &family.people {
        let found = nomination.members.iter().find(|member| is_same(person, member));
        score.hold("member", seed, Some(person.full()), found.map(|_| person.full()));
        let Some(member) = found else { continue };
        let day = |answer: &Option<Answer<Date>>| answer.as_ref().map(|answer| answer.value.reveal().to_string());
        score.hold("born", seed, person.born.map(|date| date.to_string()), day(&member.date_of_birth));
        score.hold("due", seed, person.due.map(|date| date.to_string()), day(&member.expected_on));
        if person.born.is_none() {
            score.hold(
                "age",
                seed,
                person.age.map(|age| age.to_string()),
                member.age_years.as_ref().map(|age| age.value.reveal().to_string()),
            );
        }
        let relationship = text(&member.relationship).map(|word| word.to_lowercase());
        let hidden = relationship.is_none() && matches!(made.style.household, "run" | "plural");
        if !hidden {
            score.hold("relationship", seed, Some(person.relationship.to_lowercase()), relationship);
            if made.style.household != "plural" {
                score.hold("school", seed, person.school.map(str::to_owned), text(&member.school));
            }
        }
        let themes = |keys: Vec<String>| Some(keys.join(" ")).filter(|keys| !keys.is_empty());
        let read = member.themes.iter().filter(|shown| shown.standing > Standing::Possible).map(|shown| shown.theme.to_string());
        let mut read: Vec<String> = read.collect();
        read.sort();
        let mut wanted: Vec<String> = person.themes.iter().map(|theme| (*theme).to_owned()).collect();
        wanted.sort();
        let more = read.iter().any(|theme| !wanted.contains(theme));
        let read = if more || read == wanted { themes(read) } else { themes(read).filter(|_| false) };
        score.hold("themes", seed, themes(wanted), read);
    }
    for member in &nomination.members {
        if !family.people.iter().any(|person| is_same(person, member)) {
            score.hold("member", seed, None, Some(full(member)));
        }
    }
    let consent = &nomination.consent;
    let given = consent.given.as_ref().map(|given| given.value.reveal().to_string());
    score.hold("consent", seed, family.consent.as_ref().map(|(given, ..)| given.to_string()), given);
    if let Some((true, by, on)) = &family.consent {
        score.hold("signed by", seed, Some(by.to_lowercase()), text(&consent.signed_by).map(|name| name.to_lowercase()));
        score.hold("signed on", seed, Some(on.to_string()), consent.signed_on.as_ref().map(|on| on.value.reveal().to_string()));
    }
    let state = match nomination.assessment.state {
        AssessmentState::None => None,
        AssessmentState::Started => Some("started".to_owned()),
        AssessmentState::Complete => Some("complete".to_owned()),
    };
    score.hold("assessment", seed, family.assessment.filter(|state| *state != "none").map(str::to_owned), state);
    let agencies: Vec<String> = nomination.agencies.iter().filter_map(|agency| text(&Some(agency.name.clone()))).collect();
    for (name, _) in &family.agencies {
        score.hold("agency", seed, Some((*name).to_owned()), agencies.iter().find(|known| known == name).cloned());
    }
    for name in agencies.iter().filter(|name| !family.agencies.iter().any(|(known, _)| known == name)) {
        score.hold("agency", seed, None, Some(name.clone()));
    }
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().and_then(|text| text.parse().ok())
}

#[test]
fn forms_of_unseen_layouts_and_wordings_are_read_and_nothing_is_invented() {
    let from = number("UNSEEN_FROM").unwrap_or(1);
    let seeds = number("UNSEEN_SEED").map_or(from..from + FORMS, |seed| seed..seed + 1);
    let mut score = Score::default();
    for seed in seeds {
        let made = made(seed);
        let reading = read_mail(&made.raw, &Limits::default()).unwrap();
        let intake = interpret(&reading, vocabulary(), TODAY);
        let before = score.remarks.len();
        judge(seed, &made, &intake, &mut score);
        for remark in &mut score.remarks[before..] {
            remark.push_str(&format!(
                "   [{} {:?} {} / {}]",
                made.carrier, made.style.pairs, made.style.household, made.style.criteria
            ));
        }
        if number("UNSEEN_SEED").is_some() {
            println!("{}", made.shown);
        }
    }
    for remark in &score.remarks {
        println!("{remark}");
    }
    for (what, asked) in &score.asked {
        let of = |counts: &BTreeMap<&'static str, usize>| counts.get(what).copied().unwrap_or(0);
        println!("{what:22} asked {asked:5}  lost {:4}  wrong {:4}", of(&score.lost), of(&score.invented));
    }
    let invented: usize = score.invented.values().sum();
    println!("lost {:.4}, wrong {invented}", score.share_lost());
    assert!(score.share_lost() <= 0.003, "{:.4} of what was written is lost", score.share_lost());
    assert_eq!(invented, 0, "answers that are not there");
}

/// What was read of a form on which nobody wrote: `what: value`.
fn read_of_nothing(intake: &Intake) -> Vec<String> {
    let Some(nomination) = &intake.nomination else { return Vec::new() };
    let mut read = Vec::new();
    let mut tell = |what: &str, answer: Option<String>| read.extend(answer.map(|answer| format!("{what}: {answer}")));
    let by = &nomination.referrer;
    // Who wrote the mail is told by the mail itself.
    tell("referrer", text(&by.name).filter(|name| name != "Dee Post"));
    tell("role", text(&by.role));
    tell("organisation", text(&by.organisation));
    tell("phone", text(&by.phone));
    tell("address", text(&nomination.address.text));
    tell("postcode", text(&nomination.address.postcode));
    tell("signed by", text(&nomination.consent.signed_by));
    tell("consent", nomination.consent.given.as_ref().map(|given| given.value.reveal().to_string()));
    nomination.members.iter().for_each(|member| tell("member", Some(full(member))));
    nomination.agencies.iter().for_each(|agency| tell("agency", text(&Some(agency.name.clone()))));
    nomination.themes_of_nobody.iter().for_each(|shown| {
        let source = &shown.sources[0];
        tell("theme", Some(format!("{} ({}: {})", shown.theme, source.place, source.quote.as_text())));
    });
    nomination.denied.iter().for_each(|theme| tell("denied", Some(theme.to_string())));
    tell("assessment", (nomination.assessment.state != AssessmentState::None).then(|| "shown".to_owned()));
    read
}

#[test]
fn a_form_on_which_nobody_wrote_gives_no_answer_even_when_a_person_says_it_is_a_nomination() {
    let from = number("UNSEEN_FROM").unwrap_or(1);
    let seeds = number("UNSEEN_SEED").map_or(from..from + number("UNSEEN_COUNT").unwrap_or(FORMS), |seed| seed..seed + 1);
    let mut wrong = Vec::new();
    for seed in seeds {
        let made = made_with(seed, true);
        let reading = read_mail(&made.raw, &Limits::default()).unwrap();
        let intake = nominated(&reading, vocabulary(), TODAY);
        let read = read_of_nothing(&intake);
        if number("UNSEEN_SEED").is_some() {
            println!("{}", made.shown);
        }
        if !read.is_empty() {
            wrong.push(format!("{seed}: {} [{} {:?} {}]", read.join("; "), made.carrier, made.style.pairs, made.style.household));
        }
        assert!(intake.danger.is_empty(), "{seed}");
    }
    assert!(wrong.is_empty(), "{} say something\n{}", wrong.len(), wrong.join("\n"));
}
