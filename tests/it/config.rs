//! Settings: every defect at once, with its line, and never a secret.

use std::path::Path;

use focus_family::config::{ConfigDefect, Delivery, Detail, Mode, Place, SECTIONS, Settings, StoreSettings};
use focus_family::domain::workflow::{SourceFile, load as load_programme};

const FILE: &str = "/etc/focus-family/focus-family.toml";

fn load(text: &str, variables: &[(&str, &str)]) -> Result<Settings, Vec<ConfigDefect>> {
    let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Settings::from_text(text, Path::new(FILE), variables)
}

/// The example with one line replaced, and the number of that line.
fn changed(line: &str, by: &str) -> (String, usize) {
    let number = Settings::example().lines().position(|found| found == line).unwrap_or_else(|| panic!("no line {line}")) + 1;
    (Settings::example().replacen(&format!("\n{line}\n"), &format!("\n{by}\n"), 1), number)
}

#[test]
fn the_example_loads_and_names_every_setting() {
    load(Settings::example(), &[]).unwrap();
    let mut named = std::collections::BTreeSet::new();
    let mut section = "";
    for line in Settings::example().lines() {
        if line.starts_with('[') {
            section = line.trim_matches(['[', ']']);
        } else if let Some((key, _)) = line.trim_start_matches("# ").split_once(" = ") {
            named.insert((section, key));
        }
    }
    for (section, keys) in SECTIONS {
        for key in *keys {
            assert!(named.contains(&(*section, *key)), "the example does not name {section}.{key}");
        }
    }
}

#[test]
fn what_is_not_written_takes_the_careful_choice() {
    let settings = load(Settings::example(), &[]).unwrap();
    assert_eq!(settings.mail.mode, Mode::Observe);
    assert_eq!(settings.mail.detail, Detail::Minimal);
    assert_eq!(settings.delivery, Delivery::Hold);
    assert_eq!(settings.store, StoreSettings::Sqlite { path: "/etc/focus-family/focus-family.db".into() });
    assert_eq!(settings.web.listen, None);
    assert_eq!(settings.web.page("/inbox"), "", "no letter links to pages that nobody serves");
}

#[test]
fn each_wrong_line_is_named_with_what_to_do() {
    for (line, by, problem, fix) in [
        ("mode = \"observe\"", "mode = \"lives\"", "`mode` cannot be `lives`", "did you mean `live`?"),
        (
            "sender_name = \"Focus Family\"",
            "sendername = \"X\"",
            "unknown key `sendername` in [mail]",
            "did you mean `sender_name`?",
        ),
        (
            "sender_name = \"Focus Family\"",
            "team_phone = \"1\"",
            "unknown key `team_phone` in [mail]",
            "it belongs under [contact]",
        ),
        ("path = \"focus-family.db\"", "url_file = \"x\"", "`url_file` has no meaning with kind = \"sqlite\"", "change `kind`"),
        ("kind = \"sqlite\"", "kind = 3", "`kind` must be a text", "in quotes"),
        ("detail = \"minimal\"", "detail = \"trusted\"", "needs the domains", "trusted_domains = ["),
        ("detail = \"minimal\"", "only_to = []", "would let no letter leave", "mode = \"observe\""),
        ("detail = \"minimal\"", "hourly_max = 0", "whole number from 1", "hourly_max = 120"),
        ("# listen = \"127.0.0.1:8080\"", "listen = \"0.0.0.0:80\"", "reachable from other machines", "127.0.0.1"),
        ("# schedule = \"30 7 * * Mon-Fri\"", "schedule = \"30 7 * * 1-5\"", "weekday of `schedule` is a number", "Mon-Fri"),
        ("# schedule = \"30 7 * * Mon-Fri\"", "schedule = \"30 25 * * Mon\"", "no cron line", "minute, hour"),
        ("team_phone = \"01632 960100\"", "team_phone = \"call Ada\"", "no telephone number", "digits"),
        ("roles = [\"team\", \"duty\"]", "roles = [\"Team\"]", "`roles` is no name", "programme's folder"),
        ("[vault]", "[valut]", "unknown section `valut`", "did you mean [vault]?"),
        ("trust = \"unproven\"", "trust = unproven", "this is no TOML", "config example"),
    ] {
        let (text, number) = changed(line, by);
        let defects = load(&text, &[]).expect_err(by);
        let found =
            defects.iter().find(|defect| defect.problem.contains(problem)).unwrap_or_else(|| panic!("{by}: {defects:#?}"));
        assert!(found.fix.contains(fix), "{by}: {found}");
        // A defect of a value that is absent stands at its section, before the changed line.
        if !["needs the domains"].contains(&problem) {
            assert_eq!(found.place, Place::Line { file: FILE.into(), line: number }, "{by}: {found}");
        }
    }
}

#[test]
fn everything_wrong_is_told_at_once() {
    let text = Settings::example()
        .replace("mode = \"observe\"", "mode = 7")
        .replace("hub_phone", "hubphone")
        .replace("[vault]", "[voult]");
    let defects = load(&text, &[]).unwrap_err();
    let keys: Vec<&str> = defects.iter().map(|defect| defect.key.as_str()).collect();
    for key in ["mail.mode", "contact.hubphone", "contact.hub_phone", "voult", "vault.master_key_file"] {
        assert!(keys.contains(&key), "{key} is not among {keys:?}");
    }
}

#[test]
fn the_environment_is_laid_over_the_file_and_shown_as_the_origin() {
    let settings = load(
        Settings::example(),
        &[
            ("FOCUS_FAMILY__MAIL__MODE", "live"),
            ("FOCUS_FAMILY__MAIL__SENDER_NAME", "1234"),
            ("FOCUS_FAMILY__MAIL__HOURLY_MAX", "7"),
            ("FOCUS_FAMILY__MAIL__ONLY_TO", "*@council.example.org, ada@example.org"),
            ("FOCUS_FAMILY__PEOPLE__2__NAME", "Ada Example"),
            ("FOCUS_FAMILY__PEOPLE__2__ADDRESS", "Ada@Council.example.org"),
            ("FOCUS_FAMILY__PEOPLE__2__ROLES", "team,manager"),
            ("PATH", "/bin"),
        ],
    )
    .unwrap();
    assert_eq!((settings.mail.mode, settings.mail.sender_name.as_str(), settings.mail.hourly_max), (Mode::Live, "1234", 7));
    assert!(settings.mail.only_to.allows("Anybody@Council.Example.org") && settings.mail.only_to.allows("ada@example.org"));
    for stranger in ["a@example.org", "x@notcouncil.example.org", "x@sub.council.example.org", "@council.example.org"] {
        assert!(!settings.mail.only_to.allows(stranger), "{stranger}");
    }
    assert_eq!(settings.people[2].address.as_text(), "ada@council.example.org");
    let shown = settings.masked();
    assert!(shown.iter().any(|one| one.key == "mail.mode" && one.origin == "environment variable FOCUS_FAMILY__MAIL__MODE"));
    assert!(shown.iter().any(|one| one.key == "reader.cpu_seconds" && one.origin == "default"));
    assert!(shown.iter().all(|one| !one.value.contains("Ada") && !one.value.contains("ada@council")));
}

#[test]
fn a_variable_that_reaches_no_setting_is_refused() {
    for name in [
        "FOCUS_FAMILY__MAIL__MOOD",
        "FOCUS_FAMILY__",
        "FOCUS_FAMILY__PEOPLE__9__NAME",
        "FOCUS_FAMILY__MAIL__MODE__X",
        "FOCUS_FAMILY__MAILS",
    ] {
        let defects = load(Settings::example(), &[(name, "live")]).expect_err(name);
        assert_eq!(defects[0].place, Place::Variable(name.to_owned()), "{defects:?}");
    }
}

#[test]
fn a_password_in_the_settings_is_refused_and_never_repeated() {
    const SECRET: &str = "hunter2-Correct-Horse";
    let postgres = |line: &str| {
        Settings::example().replace("kind = \"sqlite\"\npath = \"focus-family.db\"", &format!("kind = \"postgres\"\n{line}"))
    };
    let mut texts = vec![
        postgres(&format!("url = \"postgres://focus:{SECRET}@db.example.org/focus\"")),
        postgres(&format!("url = \"postgres://db.example.org/focus?password={SECRET}\"")),
        postgres(&format!("url = \"{SECRET}\"")),
        postgres(&format!("password = \"{SECRET}\"")),
        postgres(&format!("url = \"postgres://focus:{SECRET}@db.example.org")),
    ];
    // The secret in the place of every value, and a line broken in its middle.
    for (index, line) in
        Settings::example().lines().enumerate().filter(|(_, line)| line.contains(" = ") && !line.starts_with('#'))
    {
        let key = line.split(" = ").next().unwrap_or_default();
        for by in [
            format!("{key} = \"{SECRET}"),
            format!("{key} = [{{ x = \"{SECRET}\" }}]"),
            format!("{key} = {SECRET}"),
            format!("{key}x = \"{SECRET}\""),
            format!("{key} = [7, \"{SECRET} {SECRET}\"]"),
        ] {
            let mut lines: Vec<&str> = Settings::example().lines().collect();
            lines[index] = &by;
            texts.push(lines.join("\n"));
        }
    }
    assert!(texts.len() > 100, "only {} mutated settings", texts.len());
    for text in texts {
        let defects = load(&text, &[]).expect_err(&text);
        for defect in &defects {
            assert!(!defect.to_string().contains(SECRET), "{defect}");
            assert!(!matches!(defect.place, Place::Default), "{defect}");
        }
        assert!(defects.iter().any(|defect| matches!(defect.place, Place::Line { .. })), "{defects:?}");
    }
}

#[test]
fn a_missing_settings_file_says_how_to_get_one() {
    let defects = Settings::load(Some(Path::new("/nowhere/focus-family.toml")), std::iter::empty()).unwrap_err();
    assert!(defects[0].to_string().contains("focus-family init"), "{}", defects[0]);
}

#[test]
fn letters_to_another_machine_are_never_sent_in_the_clear() {
    let smtp = |lines: &str| Settings::example().replace("kind = \"hold\"", &format!("kind = \"smtp\"\n{lines}"));
    assert!(load(&smtp("host = \"127.0.0.1\"\ntls = \"none\""), &[]).is_ok());
    let defects = load(&smtp("host = \"mail.example.org\"\ntls = \"none\"\nusername = \"focus\""), &[]).unwrap_err();
    let problems: Vec<&str> = defects.iter().map(|defect| defect.problem.as_str()).collect();
    assert!(problems.iter().any(|problem| problem.contains("in the clear")), "{problems:?}");
    assert!(problems.iter().any(|problem| problem.contains("go together")), "{problems:?}");
}

#[test]
fn the_folders_inside_the_program_are_text_files_in_order() {
    for files in [focus_family::config::files::programme(None).unwrap(), focus_family::config::files::templates(None).unwrap()] {
        assert!(files.is_sorted());
        assert!(files.iter().all(|(path, _)| !path.starts_with('/') && !path.contains("..")));
    }
    assert!(focus_family::config::files::from_folder(Path::new("/nowhere/at/all")).is_err());
}

#[test]
fn the_example_and_the_sample_county_agree_with_the_programme_inside_the_program() {
    let files = focus_family::config::files::programme(None).unwrap();
    let files: Vec<SourceFile> = files.into_iter().map(|(path, text)| SourceFile { path, text }).collect();
    let programme = load_programme(&files).unwrap();
    let county = focus_family::demo::settings_toml(Path::new("/tmp"), 8080, None);
    for text in [Settings::example(), &county] {
        assert_eq!(load(text, &[]).unwrap().defects_against(&programme), []);
    }
    let text = Settings::example().replace("[\"area_officer\"]", "[\"area_oficer\"]").replace("cumbria-2015", "cumbria-2051");
    let text = text.replace("\"team\", ", "");
    let told: Vec<String> = load(&text, &[]).unwrap().defects_against(&programme).iter().map(ToString::to_string).collect();
    for expected in ["did you mean `area_officer`", "did you mean `cumbria-2015`", "nobody holds the role `team`"] {
        assert!(told.iter().any(|defect| defect.contains(expected)), "{expected}: {told:#?}");
    }
}
