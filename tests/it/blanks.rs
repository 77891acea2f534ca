//! The forms we hand out: made of one definition, filled in by us and by other programs, and read back without a difference.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::LazyLock;

use focus_family::ambient::{Ambient, Script};
use focus_family::domain::nomination::Vocabulary;
use focus_family::domain::workflow::SourceFile;
use focus_family::domain::workflow::blank::BlankForm;
use focus_family::domain::workflow::programme::Programme;
use focus_family::forms::{self, Answers, proof};
use serde_json::Value;

const DAY: jiff::civil::Date = jiff::civil::date(2026, 11, 23);

static PROGRAMME: LazyLock<Programme> = LazyLock::new(|| {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("workflows/focus-family");
    let files = focus_family::config::files::programme(Some(&folder)).unwrap();
    let files: Vec<SourceFile> = files.into_iter().map(|(path, text)| SourceFile { path, text }).collect();
    focus_family::domain::workflow::load(&files).unwrap()
});
static WORDS: LazyLock<Vocabulary> = LazyLock::new(|| Vocabulary::new(&PROGRAMME.forms));

fn blank() -> &'static BlankForm {
    &PROGRAMME.forms.blanks[0]
}

fn pdf(answers: &Answers) -> Vec<u8> {
    forms::bytes(forms::pdf(blank(), &PROGRAMME.title, answers))
}

fn docx(answers: &Answers) -> Vec<u8> {
    forms::docx(blank(), &PROGRAMME.title, answers)
}

/// First names, surnames, schools and streets that trip programs up: accents, apostrophes, particles, names that are words.
const GIVEN: &[&str] = &[
    "Zoë",
    "Łukasz",
    "Siân",
    "Mary-Ann",
    "May",
    "Will",
    "Grace",
    "D'Arcy",
    "Ngozi",
    "Xiù",
    "Mohammed Ali",
    "Anne Marie",
    "Jo",
    "Björn",
    "Chloé",
    "Mark",
    "Faith",
    "Tomáš",
];
const FAMILY: &[&str] = &[
    "O'Brien",
    "van der Berg",
    "Price",
    "Young",
    "Smith-Jones",
    "McDonald",
    "Żak",
    "Núñez",
    "Little",
    "Church",
    "Day",
    "Nguyen",
    "St John",
    "Best",
    "Hall",
    "Ó Néill",
];
const SCHOOLS: &[&str] =
    &["", "St Mary's RC Primary School", "Oakrigg Primary School", "Saltcoats Nursery", "Westbeck Academy (6th form)"];
const STREETS: &[&str] =
    &["Flat 2, 14 Church Street", "The Old School House, School Lane", "3a St John's Close", "Rose Cottage, Bank End"];
const KIN: &[(&str, &str, i16)] = &[
    ("Mother", "Female", 31),
    ("Stepfather", "Male", 40),
    ("Grandmother", "Female", 63),
    ("Son", "Male", 9),
    ("Daughter", "Female", 14),
    ("Foster child", "Other", 6),
    ("Uncle", "Male", 28),
    ("Half-brother", "Male", 16),
];

/// The answers about a made-up family: one to as many people as the form has rows for, fields left out, every kind of answer.
fn family(seed: u64) -> Answers {
    let ambient = Ambient::Scripted(Script::new("2026-11-23T06:00:00Z".parse().unwrap(), seed));
    let below = |limit: usize| usize::try_from(ambient.below(limit as u64)).unwrap();
    let pick = |list: &[&'static str]| list[below(list.len())];
    let mut answers = Answers::default();
    for question in blank().questions() {
        let value = match question.fills.as_deref() {
            Some("referrer.name") => format!("{} {}", pick(GIVEN), pick(FAMILY)),
            Some("referrer.role") => pick(&["Headteacher", "Health visitor", "PCSO", "Family support worker"]).to_owned(),
            Some("referrer.organisation") => {
                pick(&["Oakrigg Primary School", "Harbour Homes Ltd", "Fellside NHS Trust"]).to_owned()
            }
            Some("referrer.email") => format!("worker{seed}@lakefoot-families.example.org"),
            Some("referrer.phone") => format!("01632 960{:03}", below(1000)),
            Some("address.text") => format!("{}, Whitehaven", pick(STREETS)),
            Some("address.postcode") => format!("CA28 {}XX", 1 + below(9)),
            Some("consent.signed_by" | "consent.signed_on" | "consent.witnessed_by") => continue,
            Some("consent.shared_with" | "consent.excluded_agencies") => {
                pick(&["Oakrigg Primary School", "Harbour Homes Ltd, police", "health visitor, Fellside NHS Trust"]).to_owned()
            }
            Some("consent.purposes") => pick(&["a plan for the whole family", "school attendance, help with debts"]).to_owned(),
            Some("consent.hidden_from") => format!("{} Quayle", pick(GIVEN)),
            _ if question.options.is_empty() => {
                "It is hard in the mornings.\nA plan that everybody works to would help.".to_owned()
            }
            _ => question.options[below(question.options.len())].clone(),
        };
        if below(8) > 0 || question.fills.as_deref() == Some("referrer.name") {
            answers.set(&question.name, value);
        }
    }
    let people = blank().people().unwrap();
    let surname = pick(FAMILY);
    let count = 1 + below(usize::from(people.rows));
    let first = below(GIVEN.len());
    for row in 1..=count {
        let given = GIVEN[(first + row) % GIVEN.len()];
        let (relationship, gender, years) = KIN[below(KIN.len())];
        let unborn = row > 1 && row == count && below(4) == 0;
        let born =
            DAY.with().year(if unborn { 2027 } else { 2026 - years }).month(1 + i8::try_from(below(9)).unwrap()).day(7).build();
        let born = born.unwrap().strftime("%d/%m/%Y").to_string();
        for column in &people.columns {
            let value = match column.fills.as_deref() {
                Some("given_name") => {
                    if unborn {
                        "Unborn baby"
                    } else {
                        given
                    }
                }
                Some("family_name") => surname,
                Some("date_of_birth") => &born,
                Some("gender") => {
                    if unborn {
                        ""
                    } else {
                        gender
                    }
                }
                Some("relationship") => {
                    if unborn {
                        "Unborn child"
                    } else {
                        relationship
                    }
                }
                Some("school") => {
                    if unborn {
                        ""
                    } else {
                        pick(SCHOOLS)
                    }
                }
                _ => "",
            };
            let leaves_out = !matches!(column.fills.as_deref(), Some("given_name" | "family_name")) && below(10) == 0;
            answers.set(people.field(row, column), if leaves_out { "" } else { value });
        }
        for one in people.themes.boxes.iter().filter(|_| below(3) == 0) {
            answers.set(people.tick(row, &one.theme), "x");
        }
    }
    let agencies = blank().sections.iter().find_map(|section| section.agencies.as_ref()).unwrap();
    for row in 1..=below(usize::from(agencies.rows) + 1) {
        answers.set(agencies.field(row), ["School nurse", "Housing officer", "CAMHS", "Health visitor"][row - 1]);
        answers.set(agencies.contact_field(row), format!("{} {}, 01632 960{row:03}", GIVEN[row], FAMILY[row]));
    }
    for question in blank().questions().filter(|question| question.fills.as_deref() == Some("consent.given")) {
        match below(4) {
            0 => {}
            1 => answers.set(question.tick(false), "x"),
            _ => {
                answers.set(question.tick(true), "x");
                answers.set("consent_signed_by", format!("{} {surname}", GIVEN[(first + 1) % GIVEN.len()]));
                answers.set("consent_date", "20/11/2026");
            }
        }
    }
    answers
}

/// What differs for `file`, each line with its seed.
fn differs(seed: u64, answers: &Answers, name: &str, file: &[u8]) -> Vec<String> {
    let read = proof::read(&WORDS, name, file, DAY).unwrap();
    proof::differences(blank(), answers, &read, DAY).iter().map(|line| format!("family {seed}, {name}: {line}")).collect()
}

fn check_none(found: &[String]) {
    assert!(found.is_empty(), "{} differences:\n{}", found.len(), found[..found.len().min(40)].join("\n"));
}

#[test]
fn what_two_hundred_families_have_typed_is_what_is_read() {
    let found: Vec<String> = std::thread::scope(|scope| {
        let halves: Vec<_> = [0, 1]
            .map(|half| {
                scope.spawn(move || {
                    let seeds = (0..200).filter(|seed| seed % 2 == half);
                    seeds
                        .flat_map(|seed| {
                            let answers = family(seed);
                            // Each as one of the two, turn by turn; as both where somebody has the time.
                            let both = std::env::var_os("BLANKS_ON_BOTH_CARRIERS").is_some();
                            let mut found = Vec::new();
                            if both || seed / 2 % 2 == 0 {
                                found.extend(differs(seed, &answers, "nomination.pdf", &pdf(&answers)));
                            }
                            if both || seed / 2 % 2 == 1 {
                                found.extend(differs(seed, &answers, "nomination.docx", &docx(&answers)));
                            }
                            found
                        })
                        .collect::<Vec<_>>()
                })
            })
            .into_iter()
            .collect();
        halves.into_iter().flat_map(|half| half.join().unwrap()).collect()
    });
    check_none(&found);
}

#[test]
fn an_empty_form_gives_no_answer_at_all() {
    for (name, file) in [("blank.pdf", pdf(&Answers::default())), ("blank.docx", docx(&Answers::default()))] {
        let read = proof::read(&WORDS, name, &file, DAY).unwrap();
        check_none(&proof::differences(blank(), &Answers::default(), &read, DAY));
        assert_eq!(read["danger"], Value::Array(Vec::new()), "{name}");
    }
}

#[test]
fn every_form_of_the_programme_is_read_back_as_workflow_check_asks() {
    check_none(&proof::defects(&PROGRAMME));
}

/// Writes the forms out, to look at: `BLANK_FORMS_DIR=/tmp/forms cargo test --test it look_at_the_forms`.
#[test]
fn one_can_look_at_the_forms() {
    let Some(dir) = std::env::var_os("BLANK_FORMS_DIR").map(PathBuf::from) else { return };
    std::fs::create_dir_all(&dir).unwrap();
    for (name, answers) in [("blank", Answers::default()), ("filled", family(3))] {
        std::fs::write(dir.join(format!("{name}.pdf")), pdf(&answers)).unwrap();
        std::fs::write(dir.join(format!("{name}.docx")), docx(&answers)).unwrap();
    }
    let schema = serde_json::to_vec_pretty(&forms::schema(blank(), &PROGRAMME)).unwrap();
    std::fs::write(dir.join("nomination.schema.json"), schema).unwrap();
}

/// Runs a program that may not be there; false when it is not.
fn ran(program: &str, prepare: impl FnOnce(&mut Command)) -> bool {
    let mut command = Command::new(program);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    prepare(&mut command);
    match command.status() {
        Ok(status) => {
            assert!(status.success(), "{program} failed");
            true
        }
        Err(_) => {
            assert!(std::env::var_os("FOCUS_FAMILY_OTHER_PROGRAMS").is_none(), "{program} is not on this machine");
            eprintln!("NOT RUN: {program} is not on this machine");
            false
        }
    }
}

#[test]
fn a_filled_form_that_libreoffice_saved_anew_says_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let seeds = 0..4;
    for seed in seeds.clone() {
        std::fs::write(folder.path().join(format!("{seed}.docx")), docx(&family(seed))).unwrap();
    }
    let saved = |to: &str, out: &Path| {
        let profile = format!("-env:UserInstallation=file://{}/profile", folder.path().display());
        ran("soffice", |command| {
            command.args([profile.as_str(), "--headless", "--convert-to", to, "--outdir"]).arg(out);
            command.args(seeds.clone().map(|seed| folder.path().join(format!("{seed}.docx"))));
        })
    };
    let mut found = Vec::new();
    for ending in ["docx", "odt", "doc", "rtf", "pdf"] {
        let out = folder.path().join(ending);
        if !saved(ending, &out) {
            return;
        }
        for seed in seeds.clone() {
            let file = std::fs::read(out.join(format!("{seed}.{ending}"))).unwrap();
            found.extend(differs(seed, &family(seed), &format!("saved by LibreOffice.{ending}"), &file));
        }
    }
    check_none(&found);
}

/// The blank PDF filled in by pypdf, where a Python that has it is named: `PYPDF_PYTHON=venv/bin/python cargo test --test it pypdf`.
#[test]
fn a_blank_that_pypdf_filled_in_says_the_same() {
    const FILL: &str = "
import json, sys
from pypdf import PdfReader, PdfWriter
writer = PdfWriter(clone_from=PdfReader(sys.argv[1]))
answers = json.load(open(sys.argv[2]))
values = {field: '/Yes' if value == 'x' else value for field, value in answers.items()}
for page in writer.pages:
    writer.update_page_form_field_values(page, values, auto_regenerate=False)
writer.write(sys.argv[3])
";
    let Some(python) = std::env::var_os("PYPDF_PYTHON") else {
        eprintln!("NOT RUN: PYPDF_PYTHON names no Python that has pypdf");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let [blank_file, answers_file, filled_file] =
        ["blank.pdf", "answers.json", "filled.pdf"].map(|name| folder.path().join(name));
    std::fs::write(&blank_file, pdf(&Answers::default())).unwrap();
    for seed in 0..20 {
        let answers = family(seed);
        let map: std::collections::BTreeMap<&str, &str> = answers.iter().collect();
        std::fs::write(&answers_file, serde_json::to_vec(&map).unwrap()).unwrap();
        let run = ran(python.to_str().unwrap(), |command| {
            command.args(["-c", FILL]).args([&blank_file, &answers_file, &filled_file]);
        });
        assert!(run, "no such Python");
        check_none(&differs(seed, &answers, "filled by pypdf.pdf", &std::fs::read(&filled_file).unwrap()));
    }
}

#[test]
fn the_empty_pdf_is_whole_by_the_word_of_qpdf() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("blank.pdf");
    std::fs::write(&file, pdf(&Answers::default())).unwrap();
    ran("qpdf", |command| {
        command.arg("--check").arg(&file);
    });
}

/// The schema of the form, as a validator that is not ours understands it.
struct Schema {
    all: boon::Schemas,
    index: boon::SchemaIndex,
}

impl Schema {
    fn of_the_form() -> Self {
        let (mut all, mut compiler) = (boon::Schemas::new(), boon::Compiler::new());
        compiler.enable_format_assertions();
        compiler.add_resource("https://example.org/nomination.json", forms::schema(blank(), &PROGRAMME)).unwrap();
        let index = compiler.compile("https://example.org/nomination.json", &mut all).unwrap();
        Self { all, index }
    }

    /// Empty when `nomination` fits.
    fn complaint(&self, nomination: &Value) -> String {
        self.all.validate(nomination, self.index).err().map_or_else(String::new, |error| format!("{error:#}"))
    }
}

#[test]
fn what_is_read_of_any_form_fits_the_schema() {
    let schema = Schema::of_the_form();
    for seed in 0..24 {
        let answers = family(seed);
        let read = proof::read(&WORDS, "nomination.docx", &docx(&answers), DAY).unwrap();
        assert_eq!(schema.complaint(&read["nomination"]), "", "family {seed}");
    }
    assert_eq!(schema.complaint(&serde_json::json!({})), "", "nothing is asked for by force");
}

#[test]
fn what_is_no_nomination_does_not_fit_the_schema() {
    let schema = Schema::of_the_form();
    let read = proof::read(&WORDS, "nomination.docx", &docx(&family(3)), DAY).unwrap();
    let good = &read["nomination"];
    for (place, wrong) in [
        ("/address/postcode", serde_json::json!("ca28 7xx")),
        ("/address/postcode", serde_json::json!(287)),
        ("/members", serde_json::json!("Ruby and Max")),
        ("/members/0/date_of_birth", serde_json::json!("14/03/2011")),
        ("/members/0/date_of_birth", serde_json::json!("2011-02-30")),
        ("/members/0/given_name", serde_json::json!(["Ruby"])),
        ("/members/0/themes", serde_json::json!([{"theme": "weather", "standing": "ticked"}])),
        ("/members/0/themes", serde_json::json!([{"theme": "health", "standing": "guessed"}])),
        ("/members/0/themes", serde_json::json!([{"standing": "ticked"}])),
        ("/agencies", serde_json::json!([{"contact": "Pat Example"}])),
        ("/consent/given", serde_json::json!("yes")),
        ("/consent/signed_on", serde_json::json!("last week")),
        ("/consent/evidence", serde_json::json!("hearsay")),
        ("/consent/purposes", serde_json::json!("a plan")),
        ("/consent/excluded_agencies", serde_json::json!([""])),
        ("/assessment/kind", serde_json::json!("horoscope")),
        ("/assessment/state", Value::Null),
        ("/referrer", serde_json::json!([])),
    ] {
        let mut bad = good.clone();
        *bad.pointer_mut(place).unwrap_or_else(|| panic!("{place} is there")) = wrong.clone();
        let complaint = schema.complaint(&bad);
        assert!(!complaint.is_empty(), "{place}: {wrong} fits");
        assert!(complaint.contains(place.rsplit('/').next().unwrap_or_default()), "{place}: {complaint}");
    }
}
