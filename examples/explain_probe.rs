//! For developers: prints the JSON of `mail explain` for one mail. Its output is personal data.

use std::path::Path;

use focus_family::domain::document::Limits;
use focus_family::domain::ids::PackName;
use focus_family::domain::nomination::{interpret, reading::read_mail};
use focus_family::domain::time::london_date;
use focus_family::domain::workflow::{SourceFile, load};

fn files(folder: &Path, base: &Path, found: &mut Vec<SourceFile>) {
    let mut entries: Vec<_> =
        std::fs::read_dir(folder).expect("folder").filter_map(Result::ok).map(|entry| entry.path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            files(&path, base, found);
        } else {
            let text = std::fs::read_to_string(&path).expect("text");
            found.push(SourceFile { path: path.strip_prefix(base).expect("below").to_string_lossy().into_owned(), text });
        }
    }
}

fn main() {
    let base = Path::new(env!("CARGO_MANIFEST_DIR")).join("workflows/focus-family");
    let mut found = Vec::new();
    files(&base, &base, &mut found);
    let programme = match load(&found) {
        Ok(programme) => programme,
        Err(defects) => {
            defects.iter().for_each(|defect| eprintln!("{defect}"));
            std::process::exit(1);
        }
    };
    let path = std::env::args().nth(1).expect("a file");
    let reading = read_mail(&std::fs::read(path).expect("file"), &Limits::default()).expect("a mail");
    let on = reading.message.date.or(reading.message.received).map_or(jiff::civil::date(2026, 11, 22), london_date);
    let intake = interpret(&reading, &programme.forms, on);
    let pack = programme.pack_for(&PackName::new("cumbria-2015").expect("name"), on).expect("pack");
    let assessment = intake.nomination.as_ref().map(|nomination| focus_family::domain::eligibility::assess(pack, nomination, on));
    let text =
        |answer: &Option<focus_family::domain::nomination::Answer<String>>| answer.as_ref().map(|a| a.value.reveal().clone());
    let routing = intake.nomination.as_ref().map(|nomination| {
        programme.geography.route(text(&nomination.address.postcode).as_deref(), text(&nomination.address.text).as_deref())
    });
    if std::env::args().any(|argument| argument == "--json") {
        let value = focus_family::explain::explanation(&reading, &intake, assessment.as_ref(), routing.as_ref(), &[]);
        println!("{}", serde_json::to_string_pretty(&value).expect("json"));
    } else {
        print!("{}", focus_family::explain::report(&reading, &intake, assessment.as_ref(), routing.as_ref(), &[]));
    }
}
