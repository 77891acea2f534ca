//! The sample county's documents and mails are real ones.

use focus_family::ambient::{Ambient, Script};
use focus_family::config::Settings;
use focus_family::demo::{self, DemoMail};

const DAY: jiff::civil::Date = jiff::civil::date(2026, 11, 23);

fn mails(count: usize) -> Vec<DemoMail> {
    let start = "2026-11-23T06:00:00Z".parse().expect("an instant");
    demo::mails(DAY, &Ambient::Scripted(Script::new(start, 7)), count)
}

#[test]
fn every_mail_of_the_sample_county_is_a_whole_mail_of_its_own() {
    let mails = mails(24);
    let mut ids = std::collections::BTreeSet::new();
    for mail in &mails {
        let text = String::from_utf8_lossy(&mail.raw);
        let parsed = mail_parser::MessageParser::default().parse(&mail.raw).unwrap_or_else(|| panic!("{}", mail.file_name));
        assert!(ids.insert(parsed.message_id().unwrap().to_owned()), "{}", mail.file_name);
        assert!(parsed.date().is_some() && parsed.from().is_some(), "{}", mail.file_name);
        let from = parsed.from().unwrap().first().unwrap().address().unwrap();
        assert!(from.ends_with(".example.org"), "{from}");
        for (number, line) in text.split("\r\n").enumerate() {
            assert!(line.len() <= 998 && !line.contains(['\n', '\r']), "{} line {number}", mail.file_name);
        }
    }
    let attachments = |name: &str| {
        let mail = mails.iter().find(|mail| mail.file_name.contains(name)).unwrap();
        let parsed = mail_parser::MessageParser::default().parse(&mail.raw).unwrap();
        parsed.attachments().map(|part| part.contents().to_vec()).collect::<Vec<_>>()
    };
    assert!(attachments("school-form")[0].starts_with(b"%PDF-1.7"));
    assert!(attachments("health-word-form")[0].starts_with(b"PK"));
}

#[test]
fn the_same_day_and_numbers_give_the_same_bytes() {
    for (one, other) in mails(22).iter().zip(mails(22)) {
        assert!(one.raw == other.raw, "{}", one.file_name);
    }
}

#[test]
fn a_mail_of_the_sample_county_names_nobody_who_can_be_reached() {
    for mail in mails(24) {
        let parsed = mail_parser::MessageParser::default().parse(&mail.raw).unwrap();
        let text = parsed.body_text(0).unwrap_or_default();
        for word in text.split(|c: char| c.is_whitespace() || "<>,;:()".contains(c)).filter(|word| word.contains('@')) {
            assert!(word.trim_end_matches('.').ends_with("example.org"), "{}: {word}", mail.file_name);
        }
    }
}

#[test]
fn the_form_has_its_fields_ticks_and_appearances() {
    let form = focus_family::demo::forms::nomination_pdf(&focus_family::demo::county::drawn(
        DAY,
        &Ambient::Scripted(Script::new("2026-11-23T06:00:00Z".parse().unwrap(), 3)),
    ));
    let bytes = focus_family::forms::bytes(form);
    let document = lopdf::Document::load_mem_with_options(&bytes, lopdf::LoadOptions::default()).unwrap();
    assert_eq!(document.get_pages().len(), 2);
    let widgets: Vec<&lopdf::Dictionary> = document
        .objects
        .values()
        .filter_map(|object| object.as_dict().ok())
        .filter(|dictionary| dictionary.get(b"Subtype").is_ok_and(|kind| kind.as_name().is_ok_and(|name| name == b"Widget")))
        .collect();
    assert!(widgets.len() > 90, "only {} fields", widgets.len());
    for widget in &widgets {
        // One shown twice has its name and words in its parent.
        assert!(widget.has(b"AP") && (widget.has(b"Parent") || widget.has(b"T") && widget.has(b"TU")), "{widget:?}");
    }
    let ticked =
        widgets.iter().filter(|w| w.get(b"AS").is_ok_and(|state| state.as_name().is_ok_and(|name| name == b"Yes"))).count();
    assert!(ticked > 0);
}

#[test]
fn the_settings_of_the_sample_county_load_and_hold_everybody() {
    let dir = std::path::Path::new("/tmp/county");
    let clock = Some(("2026-11-23T07:00:00Z".parse().unwrap(), 7));
    for text in [demo::settings_toml(dir, 8080, None), demo::settings_toml(dir, 0, clock)] {
        let settings = Settings::from_text(&text, &dir.join("focus-family.toml"), std::iter::empty()).unwrap();
        assert_eq!(settings.people.len(), 16);
        assert!(settings.people.iter().all(|person| person.address.as_text().ends_with("@council.example.org")));
    }
}

/// Writes the documents and mails into a folder, to look at: `SAMPLE_COUNTY_DIR=/tmp/county cargo test --test it look_at`.
#[test]
fn the_sample_county_can_be_written_out_to_look_at() {
    let Some(dir) = std::env::var_os("SAMPLE_COUNTY_DIR").map(std::path::PathBuf::from) else { return };
    std::fs::create_dir_all(&dir).unwrap();
    for mail in mails(24) {
        std::fs::write(dir.join(&mail.file_name), &mail.raw).unwrap();
        let parsed = mail_parser::MessageParser::default().parse(&mail.raw).unwrap();
        for part in parsed.attachments() {
            let name = mail_parser::MimeHeaders::attachment_name(part).unwrap_or("part");
            std::fs::write(dir.join(format!("{}-{name}", &mail.file_name[..2])), part.contents()).unwrap();
        }
    }
}
