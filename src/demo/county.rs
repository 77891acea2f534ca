//! The people of the sample county: families, referrers, and the settings of its council.

use std::fmt::Write;
use std::path::Path;

use crate::ambient::Ambient;
use crate::domain::time::{Date, Instant};

/// Domain of the council of the sample county.
pub const COUNCIL: &str = "council.example.org";
/// The programme's mailbox.
pub const MAILBOX: &str = "focusfamily@council.example.org";
/// Agencies whose mail the council knows.
pub const AGENCIES: &[&str] = &[
    "oakrigg-primary.example.org",
    "westbeck-academy.example.org",
    "harbour-homes.example.org",
    "fellside-health.example.org",
    "constabulary.example.org",
    "lakefoot-families.example.org",
    "council.example.org",
];

/// Who comes to the meetings for an agency and answers for it, in every area.
const MEETING_MEMBERS: &[(&str, &str, &[&str])] = &[
    ("Sgt Rory Blamire", "rory.blamire", &["meeting_member", "police_contact"]),
    ("Joan Tyson", "joan.tyson", &["meeting_member", "education_contact"]),
    ("Asha Menon", "asha.menon", &["health_contact"]),
    ("Colin Fearon", "colin.fearon", &["social_care_contact"]),
];

/// Theme keys in the order of the forms, with the words of the forms.
pub const THEMES: &[(&str, &str)] = &[
    ("crime_asb", "Crime or anti-social behaviour"),
    ("education", "Not attending school regularly"),
    ("work_finance", "Out of work or at risk of financial exclusion"),
    ("child_help", "Child who needs help"),
    ("domestic_abuse", "Affected by domestic violence or abuse"),
    ("health", "Physical or mental health problems"),
];

/// A made-up member of a made-up family.
#[derive(Debug, Clone)]
pub struct Member {
    /// First name.
    pub given: String,
    /// Surname.
    pub family: String,
    /// Date of birth as written; empty when the form does not say.
    pub born: String,
    /// As written.
    pub gender: String,
    /// As written.
    pub relationship: String,
    /// School, nursery or employer; may be empty.
    pub school: String,
    /// Keys of [`THEMES`] ticked for them.
    pub themes: Vec<&'static str>,
}

impl Member {
    /// First name and surname.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{} {}", self.given, self.family)
    }
}

/// A made-up professional.
#[derive(Debug, Clone)]
pub struct Referrer {
    /// Name.
    pub name: String,
    /// Job title.
    pub role: String,
    /// Agency.
    pub organisation: String,
    /// Mail address under `example.org`.
    pub email: String,
    /// Telephone of the ranges kept for fiction.
    pub phone: String,
}

/// What a nomination form says.
#[derive(Debug, Clone)]
pub struct Nomination {
    /// Who sends it.
    pub referrer: Referrer,
    /// Street and place.
    pub address: String,
    /// Postcode; may be empty.
    pub postcode: String,
    /// Everybody in the household.
    pub members: Vec<Member>,
    /// Agencies and their contacts.
    pub agencies: Vec<(String, String)>,
    /// What is said of an Early Help Assessment; may be empty.
    pub assessment: String,
    /// What is said of a statutory plan; may be empty.
    pub plan: String,
    /// Why, in the referrer's words.
    pub reason: String,
    /// Who signed the consent and when; `None` when that part is empty.
    pub consent: Option<(String, String)>,
}

impl Nomination {
    /// The surname of the first member.
    #[must_use]
    pub fn surname(&self) -> &str {
        self.members.first().map_or("", |member| member.family.as_str())
    }
}

/// The date of birth, on `day`, of somebody aged `years` whose birthday is the `dom`th of `month`, as forms write it.
#[must_use]
pub fn aged(day: Date, years: i16, month: i8, dom: i8) -> String {
    let this_year = jiff::civil::date(day.year(), month, dom);
    let born = jiff::civil::date(day.year() - years - i16::from(this_year > day), month, dom);
    slashed(born)
}

/// `03/11/2026`.
#[must_use]
pub fn slashed(date: Date) -> String {
    date.strftime("%d/%m/%Y").to_string()
}

/// `date` less `days`.
#[must_use]
pub fn days_before(date: Date, days: i32) -> Date {
    date.checked_sub(jiff::Span::new().days(days)).expect("a demonstration is far from the end of time")
}

/// A member; `row` is first name, relationship, gender, school.
#[must_use]
pub fn member(family: &str, row: [&str; 4], born: String, themes: &[&'static str]) -> Member {
    let [given, relationship, gender, school] = row.map(str::to_owned);
    Member { given, family: family.to_owned(), born, gender, relationship, school, themes: themes.to_vec() }
}

/// A referrer; `row` is name, job title, agency, address, telephone.
#[must_use]
pub fn referrer(row: [&str; 5]) -> Referrer {
    let [name, role, organisation, email, phone] = row.map(str::to_owned);
    Referrer { name, role, organisation, email, phone }
}

/// Who nominates most of the county's families.
pub(super) fn frances_tolson() -> Referrer {
    referrer([
        "Frances Tolson",
        "Family Support Worker",
        "Lakefoot Families",
        "frances.tolson@lakefoot-families.example.org",
        "01632 960417",
    ])
}

const SURNAMES: &[&str] = &[
    "Thwaite",
    "Routledge-Bell",
    "Fisher",
    "Nixon",
    "Graham",
    "Relph",
    "Tinnion",
    "Rudd",
    "Wannop",
    "Ivison",
    "Huddart",
    "Moss",
];
const GIVEN: &[(&str, &str)] = &[
    ("Amelia", "F"),
    ("Callum", "M"),
    ("Freya", "F"),
    ("Harris", "M"),
    ("Isla", "F"),
    ("Jude", "M"),
    ("Keira", "F"),
    ("Logan", "M"),
    ("Niamh", "F"),
    ("Rhys", "M"),
    ("Tamsin", "F"),
    ("Zak", "M"),
];
const PARENTS: &[(&str, &str, &str)] = &[
    ("Dawn", "Mother", "F"),
    ("Lee", "Father", "M"),
    ("Stacey", "Mother", "F"),
    ("Craig", "Father", "M"),
    ("Gillian", "Grandmother", "F"),
];
const STREETS: &[&str] =
    &["Bobbin Mill Lane", "Gasworks Row", "Hematite Terrace", "Kiln Close", "Packhorse Road", "Sandstone View"];
const PLACES: &[(&str, &str)] = &[
    ("Whitehaven", "CA28"),
    ("Millom", "LA18"),
    ("Barrow-in-Furness", "LA14"),
    ("Kendal", "LA9"),
    ("Maryport", "CA15"),
    ("Penrith", "CA11"),
    ("Carlisle", "CA2"),
    ("Workington", "CA14"),
];
const SCHOOLS: &[&str] = &["Oakrigg Primary School", "Westbeck Academy", "Saltcoats Nursery"];

/// A nomination about a family drawn from `ambient`'s numbers.
#[must_use]
pub fn drawn(day: Date, ambient: &Ambient) -> Nomination {
    let pick = |limit: usize| usize::try_from(ambient.below(limit as u64)).expect("below a length");
    let small = |limit: u64| i16::try_from(ambient.below(limit)).expect("below a small limit");
    let surname = SURNAMES[pick(SURNAMES.len())];
    let (place, outcode) = PLACES[pick(PLACES.len())];
    let some_themes = || THEMES.iter().map(|(key, _)| *key).filter(|_| ambient.below(3) == 0).collect::<Vec<_>>();
    let (given, relationship, gender) = PARENTS[pick(PARENTS.len())];
    let month = || i8::try_from(1 + ambient.below(12)).expect("a month");
    let dom = || i8::try_from(1 + ambient.below(28)).expect("a day every month has");
    let adult_themes: Vec<&'static str> =
        some_themes().into_iter().filter(|theme| !["education", "child_help"].contains(theme)).collect();
    let mut members =
        vec![member(surname, [given, relationship, gender, ""], aged(day, 24 + small(20), month(), dom()), &adult_themes)];
    let first = pick(GIVEN.len());
    for index in 0..=pick(3) {
        let (given, gender) = GIVEN[(first + index) % GIVEN.len()];
        let child = if gender == "F" { "Daughter" } else { "Son" };
        let years = 4 + small(12);
        let school = if years > 10 { SCHOOLS[1] } else { SCHOOLS[0] };
        members.push(member(surname, [given, child, gender, school], aged(day, years, month(), dom()), &some_themes()));
    }
    let signed = days_before(day, i32::from(1 + small(10)));
    Nomination {
        referrer: frances_tolson(),
        address: format!("{} {}, {place}", 1 + ambient.below(90), STREETS[pick(STREETS.len())]),
        postcode: format!("{outcode} {}XX", 1 + ambient.below(9)),
        agencies: vec![("School nurse".to_owned(), "Pam Hindmoor, 01632 960433".to_owned())],
        assessment: if ambient.below(2) == 0 { format!("Completed {}", slashed(signed)) } else { "Started".to_owned() },
        plan: "None".to_owned(),
        reason: "The family asked for one plan that everybody works to.".to_owned(),
        consent: (ambient.below(4) > 0).then(|| (members[0].name(), slashed(signed))),
        members,
    }
}

/// The settings file of a sample county kept in `dir`: everything inside it, nothing sent anywhere, the clock scripted.
#[must_use]
pub fn settings_toml(dir: &Path, port: u16, clock: Option<(Instant, u64)>) -> String {
    let mut text = format!(
        "# A sample county. Nobody in it is real, and no letter leaves {}.\n\
         [programme]\nrule_pack = \"cumbria-2015\"\n\n\
         [store]\nkind = \"sqlite\"\npath = \"focus-family.db\"\n\n\
         [vault]\nmaster_key_file = \"focus-family.key\"\n\n\
         [[mailboxes]]\nname = \"nominations\"\nkind = \"maildir\"\npath = \"mailbox\"\ntrust = \"border_checked\"\n\n\
         [mail]\naddress = \"{MAILBOX}\"\nsender_name = \"Focus Family\"\nmode = \"live\"\ndetail = \"minimal\"\n\n\
         [delivery]\nkind = \"maildir\"\npath = \"outbox\"\n\n\
         [reader]\nsandbox = \"weakened\"\n\n\
         [web]\nlisten = \"127.0.0.1:{port}\"\n\n\
         [contact]\nteam_phone = \"01632 960100\"\nhub_phone = \"01632 960999\"\nout_of_hours_phone = \"01632 960998\"\n",
        // A path is said in a comment only, where a line break would end it.
        dir.to_string_lossy().replace(['\n', '\r'], " ")
    );
    let areas = ["allerdale", "barrow", "carlisle", "copeland", "eden", "south_lakeland"];
    let all: Vec<String> = areas.iter().map(|area| format!("\"{area}\"")).collect();
    let programme_people = [
        ("Beth Salkeld", "beth.salkeld", "team"),
        ("Omar Dixon", "omar.dixon", "duty"),
        ("Ruth Fallowfield", "ruth.fallowfield", "manager"),
        ("Hugh Lorimer", "hugh.lorimer", "information_governance"),
    ];
    for (name, local, role) in programme_people {
        person(&mut text, name, local, role, "");
    }
    let officers = ["Ann Musgrave", "Dev Patel", "Moira Lowther", "Idris Penny", "Carol Sewell", "Tom Braithwaite"];
    for (area, name) in areas.iter().zip(officers) {
        person(&mut text, name, &name.to_ascii_lowercase().replace(' ', "."), "area_officer", &format!("\"{area}\""));
    }
    person(&mut text, "Nadia Wren", "nadia.wren", "employment_advisor", &all[..3].join(", "));
    person(&mut text, "Kit Marsden", "kit.marsden", "employment_advisor", &all[3..].join(", "));
    for (name, local, roles) in MEETING_MEMBERS {
        person(&mut text, name, local, &roles.join("\", \""), &all.join(", "));
    }
    let agencies: Vec<String> = AGENCIES.iter().map(|domain| format!("\"{domain}\"")).collect();
    write!(text, "\n[known_agencies]\ndomains = [{}]\n", agencies.join(", ")).expect("a text takes everything");
    if let Some((start, seed)) = clock {
        write!(text, "\n[clock]\nkind = \"scripted\"\nstart = \"{start}\"\nseed = {seed}\n").expect("a text takes everything");
    }
    text
}

fn person(text: &mut String, name: &str, local: &str, role: &str, areas: &str) {
    write!(text, "\n[[people]]\nname = \"{name}\"\naddress = \"{local}@{COUNCIL}\"\nroles = [\"{role}\"]\n")
        .expect("a text takes everything");
    if !areas.is_empty() {
        writeln!(text, "areas = [{areas}]").expect("a text takes everything");
    }
}
