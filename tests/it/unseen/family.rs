//! Made-up families with everything a careful person would take from a form about them.

use super::dice::Dice;
use focus_family::domain::time::Date;

/// The six themes with the words forms use for them.
pub const THEMES: &[(&str, &[&str])] = &[
    (
        "crime_asb",
        &[
            "Parents and young people involved in crime or anti-social behaviour",
            "Crime / ASB",
            "Involved in crime or ASB",
            "Family members involved in crime or anti social behaviour",
            "Youth crime, offending or anti-social behaviour",
        ],
    ),
    (
        "education",
        &[
            "Children who have not been attending school regularly",
            "Children not attending school",
            "Poor school attendance or exclusion",
            "Education / attendance",
            "School attendance (below 90%, exclusions)",
        ],
    ),
    (
        "work_finance",
        &[
            "Adults out of work or at risk of financial exclusion and young people at risk of worklessness",
            "Worklessness / debt",
            "Out of work benefits or financial exclusion",
            "At risk of financial exclusion",
            "Unemployed adults or young people at risk of NEET",
        ],
    ),
    (
        "child_help",
        &[
            "Children who need help",
            "Child in need of help",
            "Children Requiring Help and Support",
            "Children in need, child protection or young carers",
            "Child needs help (CIN, CP, CSE, young carer)",
        ],
    ),
    (
        "domestic_abuse",
        &[
            "Families affected by domestic violence and abuse",
            "Domestic abuse",
            "Living with or having experienced domestic abuse/violence",
            "Domestic violence (victim or perpetrator)",
            "DV/A",
        ],
    ),
    (
        "health",
        &[
            "Parents and children with a range of health problems",
            "Health",
            "Physical and/or mental health needs including substance misuse",
            "Mental health or substance misuse",
            "Physical or mental health problems",
        ],
    ),
];

/// A person of the family.
#[derive(Debug, Clone)]
pub struct Person {
    pub given: String,
    pub family: String,
    /// `None`: not told, or only an age.
    pub born: Option<Date>,
    pub age: Option<u8>,
    pub due: Option<Date>,
    pub male: bool,
    pub relationship: &'static str,
    pub school: Option<&'static str>,
    pub child: bool,
    pub themes: Vec<&'static str>,
}

impl Person {
    pub fn full(&self) -> String {
        format!("{} {}", self.given, self.family).trim().to_owned()
    }
}

/// All that is told of a family.
#[derive(Debug, Clone)]
pub struct Family {
    pub referrer: [String; 5],
    pub street: String,
    pub postcode: String,
    pub people: Vec<Person>,
    pub agencies: Vec<(&'static str, &'static str)>,
    /// Yes or No, by whom, when; `None` when the form was left empty there.
    pub consent: Option<(bool, String, Date)>,
    /// `none`, `started`, `complete`, or nothing said.
    pub assessment: Option<&'static str>,
}

impl Family {
    /// Takes every value away; as many people are left, of whom nothing is told.
    pub fn empty(&mut self) {
        self.referrer = Default::default();
        self.street.clear();
        self.postcode.clear();
        self.agencies.clear();
        (self.consent, self.assessment) = (None, None);
        for person in &mut self.people {
            person.given.clear();
            person.family.clear();
            person.themes.clear();
            (person.born, person.age, person.due) = (None, None, None);
            (person.relationship, person.school) = ("", None);
        }
    }
}

const SURNAMES: &[&str] = &[
    "Armitage",
    "Tyson-Reid",
    "O'Hare",
    "Kowalska",
    "Nowak",
    "Al-Hassan",
    "Rahman",
    "Lakatos",
    "van der Meer",
    "McAllister",
    "Fearon",
    "Ńiemiec",
    "Țurcanu",
    "Idowu",
    "St John",
    "Braithwaite",
    "Little",
    "Young",
    "Best",
    "Price",
    "Day",
    "Church",
];
const WOMEN: &[&str] = &[
    "Kelly",
    "Agnieszka",
    "Siân",
    "Mary-Jane",
    "Oluwaseun",
    "Fatima",
    "Zoë",
    "Lyudmila",
    "Denise",
    "Róża",
    "April",
    "Summer",
    "Faith",
    "Grace",
    "Shanice",
    "Aoife",
];
const MEN: &[&str] = &[
    "Liam",
    "Krzysztof",
    "Jean-Luc",
    "Mohammed",
    "Łukasz",
    "Tyrone",
    "Darragh",
    "Noah",
    "Kyle",
    "Ibrahim",
    "Florin",
    "Will",
    "Mark",
    "Drew",
    "D'Angelo",
    "Art",
];
const SCHOOLS: &[&str] = &[
    "Beckfoot Primary School",
    "St Oswin's C of E Primary",
    "Harbourside Academy",
    "Little Wrens Nursery",
    "Fellgate High School",
    "Furness Vale College",
    "Solway Community School",
    "Millholme Infants",
    "West Coast PRU",
];
const STREETS: &[&str] = &[
    "14 Hematite Terrace, Whitehaven",
    "Flat 3, 27 Slipway Court, Barrow-in-Furness",
    "The Old Forge, Ireby, Wigton",
    "2a Sneckyeat Road, Hensingham",
    "119 Raffles Avenue, Carlisle",
    "Apartment 12, Castle House, Kendal",
];
const POSTCODES: &[&str] = &["CA28 7XX", "LA14 2XX", "CA7 1XX", "CA28 8XX", "CA2 7XX", "LA9 4XX"];
const ROLES: &[&str] = &[
    "Designated Safeguarding Lead",
    "Health Visitor",
    "Neighbourhood Housing Officer",
    "Family Support Worker",
    "SENCo",
    "PCSO",
    "Pastoral Manager",
    "School Nurse",
];
const ORGANISATIONS: &[&str] = &[
    "Beckfoot Primary School",
    "Fellside Health NHS Trust",
    "Harbour Homes",
    "Lakefoot Families",
    "Cumbria Constabulary",
    "Barrow Children's Centre",
    "Youth Offending Service",
];
const AGENCIES: &[(&str, &str)] = &[
    ("Health visiting", "Pam Hindmoor 01632 960433"),
    ("Harbour Homes", "Gwen Park, 01632 960340"),
    ("CAMHS", "Duty desk 01632 960120"),
    ("Women's Aid", "Sal Winder"),
    ("Youth Offending Service", "Lee Crosby 01632 960500"),
];

/// One family of its own for each seed, as on `today`.
pub fn family(dice: &mut Dice, today: Date) -> Family {
    let surname = (*dice.pick(SURNAMES)).to_owned();
    let mut used: Vec<String> = Vec::new();
    let adults = 1 + dice.below(2);
    let children = 1 + dice.below(3);
    let mut people = Vec::new();
    for index in 0..adults {
        let male = if index == 0 { dice.chance(25) } else { dice.chance(80) };
        let relationship = match (index, male) {
            (0, false) => *dice.pick(&["Mother", "Mum", "Mother", "Birth mother"]),
            (0, true) => *dice.pick(&["Father", "Dad"]),
            (_, true) => *dice.pick(&["Step-father", "Mother's partner", "Grandfather"]),
            (_, false) => *dice.pick(&["Grandmother", "Aunt", "Step-mother"]),
        };
        let family = if index > 0 && dice.chance(60) { (*dice.pick(SURNAMES)).to_owned() } else { surname.clone() };
        let born = born(dice, today, 21, 55);
        people.push(person(dice, &mut used, family, male, relationship, born, false));
    }
    for _ in 0..children {
        let male = dice.chance(50);
        let family = if dice.chance(15) { (*dice.pick(SURNAMES)).to_owned() } else { surname.clone() };
        let born = born(dice, today, 1, 17);
        let mut child = person(dice, &mut used, family, male, if male { "Son" } else { "Daughter" }, born, true);
        child.school = Some(*dice.pick(SCHOOLS));
        people.push(child);
    }
    if dice.chance(15) {
        let due = today.checked_add(jiff::Span::new().days(30 + i64::try_from(dice.below(150)).unwrap())).unwrap();
        let mut unborn = person(dice, &mut used, surname.clone(), true, "Unborn child", None, true);
        (unborn.given, unborn.due, unborn.age, unborn.themes) = ("Unborn".to_owned(), Some(due), None, Vec::new());
        people.push(unborn);
    }
    let signer = people[0].full();
    let name = format!("{} {}", dice.pick(WOMEN), dice.pick(&["Stainton", "Nair", "Lyth", "Airey", "O'Neill-Dunn"]));
    let local = name.to_lowercase().replace([' ', '\''], ".").replace(|c: char| !c.is_ascii(), "e");
    Family {
        referrer: [
            name,
            (*dice.pick(ROLES)).to_owned(),
            (*dice.pick(ORGANISATIONS)).to_owned(),
            format!("{local}@agency.example.org"),
            format!("01632 9602{:02}", dice.below(100)),
        ],
        street: (*dice.pick(STREETS)).to_owned(),
        postcode: (*dice.pick(POSTCODES)).to_owned(),
        people,
        agencies: (0..dice.below(3)).map(|at| AGENCIES[(at * 2 + dice.below(2)) % AGENCIES.len()]).collect(),
        consent: match dice.below(10) {
            0 => None,
            1 => Some((false, String::new(), today)),
            _ => Some((true, signer, today.checked_sub(jiff::Span::new().days(i64::try_from(dice.below(40)).unwrap())).unwrap())),
        },
        assessment: *dice.pick(&[None, Some("none"), Some("started"), Some("complete"), Some("complete")]),
    }
}

fn person(
    dice: &mut Dice,
    used: &mut Vec<String>,
    family: String,
    male: bool,
    relationship: &'static str,
    born: Option<Date>,
    child: bool,
) -> Person {
    let mut given = (*dice.pick(if male { MEN } else { WOMEN })).to_owned();
    while used.contains(&given) {
        given = (*dice.pick(if male { MEN } else { WOMEN })).to_owned();
    }
    used.push(given.clone());
    let age = if born.is_none() && dice.chance(60) {
        Some(u8::try_from(if child { 3 } else { 24 } + dice.below(12)).unwrap())
    } else {
        None
    };
    let mut themes = Vec::new();
    for (key, _) in THEMES {
        if dice.chance(30) && (child || !matches!(*key, "education" | "child_help")) {
            themes.push(*key);
        }
    }
    Person { given, family, born, age, due: None, male, relationship, school: None, child, themes }
}

fn born(dice: &mut Dice, today: Date, from: usize, to: usize) -> Option<Date> {
    if dice.chance(12) {
        return None;
    }
    let years = i16::try_from(from + dice.below(to - from)).unwrap();
    let days = i64::try_from(dice.below(360)).unwrap();
    Some(today.checked_sub(jiff::Span::new().years(years).days(days)).unwrap())
}
