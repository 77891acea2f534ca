//! Families and those who write about them: when each nomination comes, what it says, and who answers what is asked. All made up.

use std::collections::BTreeMap;

use crate::ambient::{Ambient, Script};
use crate::demo::county::{Nomination, drawn, slashed};
use crate::demo::dice::Dice;
use crate::demo::{PlainMail, labelled, plain_mail};
use crate::domain::time::{Date, Instant};

/// Beginnings and ends of surnames; put together they belong to nobody in particular.
const BEGINNINGS: &[&str] =
    &["Ald", "Beck", "Birk", "Crag", "Dale", "Esk", "Fell", "Gar", "Haw", "Ing", "Keld", "Lang", "Mire", "Nether", "Orm", "Pen"];
const ENDINGS: &[&str] =
    &["by", "dale", "field", "garth", "holm", "land", "mire", "rigg", "side", "thwaite", "ton", "water", "wick", "worth"];
/// Agencies that nominate, with the job of who does.
const AGENCIES: &[(&str, &str, &str)] = &[
    ("Oakrigg Primary School", "oakrigg-primary.example.org", "Learning Mentor"),
    ("Westbeck Academy", "westbeck-academy.example.org", "Head of Year"),
    ("Harbour Homes", "harbour-homes.example.org", "Housing Officer"),
    ("Fellside Health", "fellside-health.example.org", "Health Visitor"),
    ("Lakefoot Families", "lakefoot-families.example.org", "Family Support Worker"),
    ("The Constabulary", "constabulary.example.org", "Police Community Support Officer"),
];
/// Given names of professionals.
const GIVEN: &[&str] = &["Alma", "Bruno", "Cerys", "Dilys", "Edwin", "Faye", "Gwil", "Hetty", "Ivor", "June", "Kirsty", "Lloyd"];

/// A mail on its way to the programme's mailbox.
#[derive(Debug, Clone)]
pub struct Post {
    /// Its bytes.
    pub raw: Vec<u8>,
    /// Where it lies in the mailbox.
    pub uid: String,
    /// It nominates a family.
    pub nominates: bool,
}

/// Everybody outside the programme, and the mails they will send, by day.
#[derive(Debug)]
pub struct Families {
    dice: Dice,
    seed: u64,
    /// Numbers of families whose nomination comes on a day.
    arrivals: BTreeMap<Date, Vec<u32>>,
    /// Answers on their way.
    answers: BTreeMap<Date, Vec<PlainMail>>,
    sent: u64,
    /// Mails that are no nominations come too.
    others: bool,
}

/// Mails that nobody nominates with: subject, text, how many days in a thousand bring one.
const OTHER_MAILS: &[(&str, &str, u64)] = &[
    (
        "Freedom of Information request",
        "Under the Freedom of Information Act 2000 please send me the number of families helped.",
        6,
    ),
    ("Subject access request", "I make a subject access request for all the data you hold about me.", 4),
    ("Question", "Could somebody advise me whether a family with one child could be nominated? Please ring me.", 12),
    ("Summer fair", "The hall is booked for the summer fair. Bring a cake.", 10),
];

impl Families {
    /// `count` families over `days` days from `first`.
    #[must_use]
    pub fn new(seed: u64, count: u32, first: Date, days: i64) -> Self {
        let dice = Dice::new(seed);
        let mut arrivals: BTreeMap<Date, Vec<u32>> = BTreeMap::new();
        let span = u64::try_from(days - 2).unwrap_or(1).max(1);
        for number in 0..count {
            let day = i64::try_from(dice.below(format_args!("arrives|{number}"), span)).unwrap_or(0);
            let day = first.checked_add(jiff::Span::new().days(day)).unwrap_or(first);
            arrivals.entry(on_a_weekday(day, dice.falls(format_args!("weekend|{number}"), 10))).or_default().push(number);
        }
        Self { dice, seed, arrivals, answers: BTreeMap::new(), sent: 0, others: true }
    }

    /// Leaves only the families of whose nomination `mine` is true, and with `others` the mails that are no nominations.
    pub fn keep_part(&mut self, others: bool, mine: impl Fn(&Nomination) -> bool) {
        self.others = others;
        let mut arrivals = std::mem::take(&mut self.arrivals);
        for (day, numbers) in &mut arrivals {
            numbers.retain(|number| mine(&self.form(*number, *day)));
        }
        self.arrivals = arrivals;
    }

    /// The mails of `day`, as they lie in the mailbox in the morning.
    pub fn post(&mut self, day: Date) -> Vec<Post> {
        let sent = crate::domain::time::Calendar::default().at(day, 8, 40);
        let mut posts = Vec::new();
        for number in self.arrivals.remove(&day).unwrap_or_default() {
            let raw = plain_mail(&self.nomination(number, day, 0), sent);
            if self.dice.falls(format_args!("twice|{number}"), 2) {
                // The same mail by another way: a copy to a second address of the mailbox.
                posts.push(self.posted(raw.clone(), true));
            }
            posts.push(self.posted(raw, true));
            if self.dice.falls(format_args!("again|{number}"), 2) {
                let raw = plain_mail(&self.nomination(number, day, 1), sent);
                posts.push(self.posted(raw, true));
            }
        }
        for mail in self.answers.remove(&day).unwrap_or_default() {
            let raw = plain_mail(&mail, sent);
            posts.push(self.posted(raw, false));
        }
        let others = if self.others { OTHER_MAILS } else { &[] };
        for (subject, text, share) in others {
            if self.dice.below(format_args!("{subject}|{day}"), 1000) < *share {
                let from = ("Robin Askew".to_owned(), "robin.askew@example.org".to_owned());
                let id = self.id(format_args!("{subject}|{day}"), "example.org");
                let mail = PlainMail {
                    from,
                    subject: (*subject).to_owned(),
                    text: format!("{text}\n"),
                    id,
                    answers: None,
                    proven: true,
                    automatic: false,
                };
                let raw = plain_mail(&mail, sent);
                posts.push(self.posted(raw, false));
            }
        }
        posts
    }

    fn posted(&mut self, raw: Vec<u8>, nominates: bool) -> Post {
        self.sent += 1;
        Post { raw, uid: format!("{}", self.sent), nominates }
    }

    fn id(&self, what: std::fmt::Arguments<'_>, domain: &str) -> String {
        format!("<{:016x}.sim@{domain}>", self.dice.number(format_args!("id|{what}")))
    }

    /// The nomination of a family; a second one comes from another agency.
    fn nomination(&self, number: u32, day: Date, copy: u32) -> PlainMail {
        let mut form = self.form(number, day);
        if copy > 0 {
            self.set_referrer(&mut form, number + 7919);
        }
        let referrer = &form.referrer;
        let domain = referrer.email.rsplit_once('@').map_or("example.org", |(_, domain)| domain);
        PlainMail {
            from: (referrer.name.clone(), referrer.email.clone()),
            subject: "Nomination".to_owned(),
            id: self.id(format_args!("nomination|{number}|{copy}"), domain),
            answers: None,
            proven: !self.dice.falls(format_args!("unproven|{number}"), 3),
            automatic: false,
            text: labelled(&form),
        }
    }

    fn form(&self, number: u32, day: Date) -> Nomination {
        let noon = crate::domain::time::Calendar::default().at(day, 12, 0);
        let mut form = drawn(day, &Ambient::Scripted(Script::new(noon, self.seed.wrapping_mul(1_000_003) ^ u64::from(number))));
        let falls = |what: &str, share| self.dice.falls(format_args!("{what}|{number}"), share);
        let surname = format!(
            "{}{}",
            self.dice.pick(format_args!("surname|{number}"), BEGINNINGS),
            self.dice.pick(format_args!("surname ends|{number}"), ENDINGS)
        );
        let signed_on = form.consent.as_ref().map_or_else(|| slashed(day), |(_, on)| on.clone());
        for member in &mut form.members {
            member.family.clone_from(&surname);
        }
        form.consent = (!falls("no consent", 30)).then(|| (form.members[0].name(), signed_on));
        if falls("no assessment", 35) {
            form.assessment = String::new();
        }
        if falls("no postcode", 4) {
            form.postcode = String::new();
        }
        if falls("danger", 1) {
            form.reason = "He has threatened to kill her tonight, the children are in immediate danger.".to_owned();
        }
        self.set_referrer(&mut form, number);
        form
    }

    fn set_referrer(&self, form: &mut Nomination, number: u32) {
        let (agency, domain, job) = self.dice.pick(format_args!("agency|{number}"), AGENCIES);
        let given = self.dice.pick(format_args!("given|{number}"), GIVEN);
        let surname = format!(
            "{}{}",
            self.dice.pick(format_args!("referrer|{number}"), BEGINNINGS),
            self.dice.pick(format_args!("referrer ends|{number}"), ENDINGS)
        );
        form.referrer.name = format!("{given} {surname}");
        form.referrer.role = (*job).to_owned();
        form.referrer.organisation = (*agency).to_owned();
        form.referrer.email = format!("{given}.{surname}@{domain}").to_lowercase();
    }

    /// A letter of ours has reached a referrer: some answer late, some never, some by a machine that says they are away.
    pub fn hears(&mut self, letter: &str, to: &str, message_id: &str, now: Instant) {
        let asks = matches!(letter, "acknowledgement_missing" | "missing_chase");
        let named = |dice: &Dice, what: &str, share| dice.falls(format_args!("{what}|{message_id}"), share);
        let today = crate::domain::time::london_date(now);
        let away = named(&self.dice, "away", 3);
        let answers = asks && named(&self.dice, "answers", 45);
        if !away && !answers {
            return;
        }
        let wait = if away { 1 } else { 2 + self.dice.below(format_args!("wait|{message_id}"), 16) };
        let on = today.checked_add(jiff::Span::new().days(i64::try_from(wait).unwrap_or(1))).unwrap_or(today);
        let domain = to.rsplit_once('@').map_or("example.org", |(_, domain)| domain);
        let text = if away {
            "I am away until Monday.\n".to_owned()
        } else if named(&self.dice, "has assessment", 60) {
            format!("Early Help Assessment: Started\nConsent given: Yes\nSigned: the mother\nDate signed: {}\n", slashed(today))
        } else {
            "I have not been able to reach the family yet. I will ring again next week.\n".to_owned()
        };
        let mail = PlainMail {
            from: ("A referrer".to_owned(), to.to_owned()),
            subject: if away { "Automatic reply: away" } else { "Re: Nomination" }.to_owned(),
            text,
            id: self.id(format_args!("answer|{message_id}"), domain),
            answers: Some(message_id.to_owned()),
            proven: true,
            automatic: away,
        };
        self.answers.entry(on_a_weekday(on, false)).or_default().push(mail);
    }
}

fn on_a_weekday(day: Date, weekends_too: bool) -> Date {
    use jiff::civil::Weekday;
    let later = match day.weekday() {
        Weekday::Saturday if !weekends_too => 2,
        Weekday::Sunday if !weekends_too => 1,
        _ => 0,
    };
    day.checked_add(jiff::Span::new().days(later)).unwrap_or(day)
}

/// A keyworker of a number, as `Name <address>`: no two share an address.
#[must_use]
pub fn keyworker(number: u64) -> String {
    let place = |list: &[&'static str], number: u64| list[usize::try_from(number % list.len() as u64).expect("below a length")];
    let given = place(GIVEN, number);
    let surname = format!("{}{}", place(BEGINNINGS, number / 5), place(ENDINGS, number / 3));
    format!("{given} {surname} <{}{number}@fellside-family.example.org>", given.to_lowercase())
}
