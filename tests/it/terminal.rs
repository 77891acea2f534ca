//! What a newcomer types: the program itself, run as a process in a folder of its own.

use std::path::Path;
use std::process::{Command, Output};

/// Runs `focus-family` with `words` in `folder`; standard output, standard error and the exit code, as one text.
pub fn run(folder: &Path, words: &str) -> String {
    let output: Output = Command::new(env!("CARGO_BIN_EXE_focus-family"))
        .args(words.split(' '))
        .current_dir(folder)
        .env_remove("RUST_LOG")
        .output()
        .unwrap_or_else(|error| panic!("{words}: {error}"));
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    format!("{out}{err}exit {}\n", output.status.code().unwrap_or(-1))
}

/// Each of `wanted` is in what was told.
#[track_caller]
pub fn holds(told: &str, wanted: &[&str]) {
    for text in wanted {
        assert!(told.contains(text), "`{text}` is not in:\n{told}");
    }
}

/// The settings of `folder`, changed in these places.
pub fn change(folder: &Path, changes: &[(&str, &str)]) {
    let file = folder.join("focus-family.toml");
    let mut text = std::fs::read_to_string(&file).unwrap();
    for (from, to) in changes {
        assert!(text.contains(from), "`{from}` is not in the settings");
        text = text.replacen(from, to, 1);
    }
    std::fs::write(&file, text).unwrap();
}

/// A nomination without consent or assessment.
pub const MAIL: &str = "From: \"Jane Roe\" <jane.roe@school.example.org>\r\nTo: focusfamily@council.example.org\r\n\
    Subject: Nomination\r\nDate: Fri, 20 Nov 2026 10:00:00 +0000\r\nMessage-ID: <a2@school.example.org>\r\n\
    Content-Type: text/html; charset=utf-8\r\n\r\n\
    <table><tr><th>Name</th><th>Date of birth</th><th>Relationship</th><th>Criteria met</th></tr>\
    <tr><td>Ann Doe</td><td>01/03/1985</td><td>Mother</td><td>Out of work; domestic abuse</td></tr>\
    <tr><td>Ben Doe</td><td>02/04/2012</td><td>Son</td><td>Not attending school; crime</td></tr></table>\
    <p>Address: 1 High Street, Whitehaven CA28 7XX</p>\r\n";

#[test]
fn init_completes_what_is_missing_and_never_makes_a_second_key() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    holds(
        &run(at, "init"),
        &["focus-family.toml (written)", "focus-family.key (written)", "mail/nominations (written)", "exit 0"],
    );
    assert!(at.join("mail/nominations/new").is_dir());
    let key = std::fs::read(at.join("focus-family.key")).unwrap();
    holds(&run(at, "init"), &["focus-family.key (there already)", "exit 0"]);
    assert_eq!(std::fs::read(at.join("focus-family.key")).unwrap(), key, "a key is never overwritten");
    std::fs::remove_file(at.join("focus-family.key")).unwrap();
    holds(&run(at, "case list"), &["there is no key file", "exit 1"]);
    holds(&run(at, "init"), &["was sealed with another", "exit 1"]);
    std::fs::remove_file(at.join("focus-family.db")).unwrap();
    holds(&run(at, "init"), &["focus-family.key (written)", "exit 0"]);
    holds(&run(at, "case list"), &["No cases yet", "exit 0"]);
    std::fs::remove_file(at.join("focus-family.key")).unwrap();
    holds(&run(at, "init"), &["cannot make a new key", "exit 1"]);
    assert!(!at.join("focus-family.key").exists(), "a database keeps its key");
}

#[test]
fn a_role_or_area_the_programme_does_not_know_is_found_by_both_checks_with_its_line() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    run(at, "init");
    change(
        at,
        &[("areas = [\"copeland\"]", "areas = [\"copland\"]"), ("[\"team\", \"duty\"]", "[\"team\", \"duty\", \"boss\"]")],
    );
    holds(&run(at, "config check"), &["no role `boss`", "no area `copland`", "did you mean `copeland`?", "2 mistakes", "exit 1"]);
    holds(&run(at, "check"), &["no role `boss`", "Fix: did you mean `copeland`?", "exit 1"]);
}

#[test]
fn check_names_the_areas_without_an_officer_and_the_role_to_write() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    run(at, "init");
    let told = run(at, "check");
    holds(
        &told,
        &[
            "2 people, 1 mailbox\n",
            "FAIL  nobody is Programme manager",
            "Fix: add a [[people]] with roles = [\"manager\"]",
            "WARN  nobody is Area Officer for Allerdale, Barrow-in-Furness, Carlisle, Eden, South Lakeland; Focus Family team answers",
            "exit 1",
        ],
    );
}

#[test]
fn a_mistake_in_the_settings_is_told_once_and_with_its_own_fix() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    run(at, "init");
    change(at, &[("detail = \"minimal\"", "detial = \"minimal\"")]);
    holds(&run(at, "check"), &["unknown key `detial`", "Fix: did you mean `detail`?", "exit 1"]);
    // One slip hides nothing else that is wrong.
    holds(&run(at, "check"), &["nobody is Programme manager", "mode is observe", "reader", "chain whole"]);
    let told = run(at, "case list");
    holds(&told, &["cannot use the settings\n", "unknown key `detial`", "1 mistake in the settings\nexit 1"]);
}

#[test]
fn a_required_key_that_is_empty_is_to_be_filled_in_and_no_number_is_prescribed() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    run(at, "init");
    change(at, &[("hub_phone = \"01632 960999\"", "hub_phone = \"\"")]);
    let told = run(at, "check");
    holds(&told, &["`hub_phone` is empty", "Fix: fill it in", "your Safeguarding Hub's number"]);
    assert!(!told.contains("leave the key out"), "{told}");
    change(at, &[("hub_phone = \"\"\n", "\n")]);
    let told = run(at, "check");
    holds(&told, &["`hub_phone` is missing in [contact]", "your Safeguarding Hub's number"]);
    assert!(!told.contains("01632"), "{told}");
}

#[test]
fn made_up_numbers_and_people_are_a_failure_once_letters_leave() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    run(at, "init");
    assert!(!run(at, "check").contains("made-up"), "while nothing leaves they harm nobody");
    change(at, &[("mode = \"observe\"", "mode = \"live\"")]);
    holds(
        &run(at, "check"),
        &[
            "`hub_phone` in [contact] is a made-up number",
            "Fix: write your Safeguarding Hub's number",
            "`team_phone` in [contact] is a made-up number",
            "`address` in [mail] is a made-up address",
            "the [[people]] entry for team, duty has a made-up address",
            "exit 1",
        ],
    );
    change(at, &[("hub_phone = \"01632 960999\"", "hub_phone = \"0300 000 0000\"")]);
    assert!(!run(at, "check").contains("`hub_phone`"));
}

#[test]
fn a_slip_in_a_move_is_told_first_and_why_begins_with_the_criteria() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    run(at, "init");
    change(at, &[("# sandbox = \"enforced\"", "sandbox = \"weakened\"")]);
    std::fs::write(at.join("mail/one.eml"), MAIL).unwrap();
    holds(&run(at, "mail import mail"), &["1 mail read, 1 new", "left out: 1 folder", "import it by itself", "exit 0"]);
    let list = run(at, "case list");
    let reference = list.split_whitespace().find(|word| word.starts_with("FF-")).unwrap_or_else(|| panic!("{list}"));
    let by = "--by idris.example@council.example.org";
    // A slip in the name of a move is told before who may make it.
    holds(
        &run(at, &format!("case record {reference} declin --by nobody@council.example.org")),
        &["there is no move `declin`", "did you mean `decline`?", "exit 1"],
    );
    holds(&run(at, &format!("case record {reference} decline {by} --ground other --because twice")), &["recorded.", "exit 0"]);
    let why = run(at, &format!("case why {reference}"));
    assert!(why.find("criteria: ").unwrap() < why.find("Closed since ").unwrap(), "{why}");
    assert!(!why.contains(": 0\n") && !why.contains("since 20"), "{why}");
}

#[test]
fn a_mailbox_folder_that_is_not_there_is_a_defect_and_is_not_made() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    run(at, "init");
    change(at, &[("path = \"mail/nominations\"", "path = \"mail/nominatoins\"")]);
    for _ in 0..2 {
        holds(&run(at, "check"), &["mail/nominatoins is not there", "did you mean", "mail/nominations`", "mkdir", "exit 1"]);
        holds(&run(at, "case list"), &["No cases yet", "exit 0"]);
        assert!(!at.join("mail/nominatoins").exists(), "who only looks makes nothing");
    }
    holds(&run(at, "init"), &["mail/nominatoins (written)", "exit 0"]);
    assert!(!run(at, "check").contains("nominatoins is not there"));
}

#[test]
fn five_mistakes_are_told_at_once_and_nothing_that_only_follows_from_them() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    run(at, "init");
    change(
        at,
        &[
            ("kind = \"sqlite\"", "kind = \"sqlit\""),
            ("trust = \"unproven\"", "trust = \"unprovn\""),
            ("rule_pack = \"cumbria-2015\"", "rule_pack = \"cumbria-2016\""),
            ("[\"team\", \"duty\"]", "[\"teem\", \"duty\"]"),
        ],
    );
    std::fs::remove_file(at.join("focus-family.key")).unwrap();
    let told = run(at, "check");
    holds(
        &told,
        &[
            "`kind` cannot be `sqlit`",
            "`trust` cannot be `unprovn`",
            "no rule pack `cumbria-2016`",
            "no role `teem`",
            "there is no key file",
            "5 failed",
            "exit 1",
        ],
    );
    assert!(!told.contains("has no meaning") && !told.contains("nobody"), "{told}");
}

#[test]
fn a_mail_too_large_to_keep_is_shown_with_the_place_of_its_whole() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    run(at, "init");
    std::fs::create_dir(at.join("mails")).unwrap();
    let mut raw = MAIL.as_bytes().to_vec();
    raw.extend(b"x".repeat(76 << 10).iter().cycle().take(51 << 20));
    std::fs::write(at.join("mails/large.eml"), raw).unwrap();
    holds(&run(at, "mail import mails"), &["the file that was imported; keep that file", "1 new", "keep that file", "exit 0"]);
    let list = run(at, "mail list");
    let receipt = list.split_whitespace().find(|word| word.starts_with("FF-E-")).unwrap();
    let told = run(at, &format!("mail show {receipt}"));
    holds(&told, &["its first 65536 bytes of", "the whole is the file that was imported", "exit 0"]);
}

#[test]
fn an_answer_to_a_mail_of_another_day_joins_its_case_in_the_demonstration() {
    let folder = tempfile::tempdir().unwrap();
    let told = run(folder.path(), "demo --dir county --days 4");
    let forms = told.lines().filter(|line| line.contains("health") || line.contains("joined"));
    assert!(told.contains("→ joined FF-"), "{}\n{told}", forms.collect::<Vec<_>>().join("\n"));
    holds(&told, &["exit 0"]);
}

#[test]
fn what_was_written_while_observing_can_be_read_and_never_leaves_later() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    run(at, "init");
    change(at, &[("trust = \"unproven\"", "trust = \"border_checked\""), ("# sandbox = \"enforced\"", "sandbox = \"weakened\"")]);
    std::fs::write(at.join("mail/one.eml"), MAIL).unwrap();
    holds(&run(at, "mail import mail"), &["nomination, 2 people; meets the published criteria", "1 mail read, 1 new", "exit 0"]);
    holds(&run(at, "mail queue"), &["triage summary", "Area Officer", "held", "mail.mode is `observe`", "exit 0"]);
    holds(&run(at, "mail queue --text"), &["to triage by", "Members named: 2", "exit 0"]);
    change(at, &[("mode = \"observe\"", "mode = \"live\""), ("kind = \"hold\"", "kind = \"maildir\"\npath = \"out\"")]);
    holds(&run(at, "mail import mail"), &["0 new", "exit 0"]);
    let left = std::fs::read_dir(at.join("out")).map_or(0, Iterator::count);
    assert_eq!(left, 0, "no letter of the time of observing leaves");
    assert!(!at.join("observed").exists());
}

#[test]
fn a_mail_received_is_shown_by_its_receipt_and_a_look_at_the_original_is_recorded() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    run(at, "init");
    change(at, &[("# sandbox = \"enforced\"", "sandbox = \"weakened\"")]);
    std::fs::write(at.join("mail/one.eml"), MAIL).unwrap();
    run(at, "mail import mail");
    let list = run(at, "mail list");
    let receipt = list.split_whitespace().find(|word| word.starts_with("FF-E-")).unwrap_or_else(|| panic!("{list}"));
    let told = run(at, &format!("mail show {receipt}"));
    holds(&told, &[receipt, "case opened", "people    2", "exit 0"]);
    assert!(!told.contains("Ann") && !told.contains("jane.roe") && !told.contains("would "), "{told}");
    let events = |told: &str| told.split(' ').next().and_then(|count| count.parse::<u32>().ok());
    let before = events(&run(at, "audit verify")).unwrap();
    holds(&run(at, &format!("mail show {receipt} --reveal")), &["from      jane.roe@school.example.org", "Ann", "exit 0"]);
    assert_eq!(events(&run(at, "audit verify")), Some(before + 1), "what is revealed is a look");
    let before = before + 1;
    holds(&run(at, &format!("mail show {receipt} --original")), &["Ann Doe", "exit 0"]);
    assert_eq!(events(&run(at, "audit verify")), Some(before + 1), "the look is in the chain");
    holds(&run(at, "mail show FF-E-1"), &["there is no mail `FF-E-1`", "exit 1"]);
}

#[test]
fn the_history_of_a_case_is_told_in_the_words_of_the_programme() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    run(at, "init");
    change(at, &[("# sandbox = \"enforced\"", "sandbox = \"weakened\"")]);
    std::fs::write(at.join("mail/one.eml"), MAIL).unwrap();
    run(at, "mail import mail");
    let list = run(at, "case list");
    let reference = list.split_whitespace().find(|word| word.starts_with("FF-")).unwrap_or_else(|| panic!("{list}"));
    holds(&list, &["meets the published criteria"]);
    let by = "--by idris.example@council.example.org";
    holds(&run(at, &format!("case record {reference} note {by} --words hello")), &["recorded.", "next: ", "exit 0"]);
    holds(&run(at, &format!("case record {reference} decline {by} --ground other")), &["say why with `because`", "exit 1"]);
    let told = run(at, &format!("case timeline {reference}"));
    holds(
        &told,
        &["A nomination arrived: meets the published criteria", "→ Waiting for information", "Area Officer: Write a note"],
    );
    assert!(!told.contains("hello") && !told.contains('_'), "{told}");
    holds(&run(at, &format!("case timeline {reference} --reveal")), &["words: hello", "exit 0"]);
    holds(&run(at, &format!("case show {reference}")), &["consent    not shown", "missing    ", "the signed consent form"]);
    holds(&run(at, &format!("case record {reference}")), &["--area allerdale | barrow", "Open now"]);
}

#[test]
fn a_county_shows_needs_plans_and_drift_and_an_audit_pack_whose_hashes_are_right() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let story = run(at, "demo --dir county --days 60");
    holds(
        &story,
        &[
            "exit 0",
            "A member has a need",
            "A need has changed",
            "Agree an action of the plan",
            "→ refused: not every need of every member",
        ],
    );
    holds(&story, &["Confirm the exit and begin the watch → Watch after exit"]);
    let on = |words: &str| run(at, &format!("{words} --config county/focus-family.toml"));
    holds(&on("check"), &["every rule pack that has judged a family is as it was then"]);
    let reference = story
        .lines()
        .find(|line| line.contains("→ Watch after exit"))
        .and_then(|line| line.split_whitespace().find(|word| word.starts_with("FF-")))
        .unwrap()
        .to_owned();
    let outcomes = on(&format!("case outcomes {reference}"));
    holds(&outcomes, &["Family Outcome Plan", "every need is met or waived", "m1", "exit 0"]);
    assert!(!outcomes.contains("told at the review"), "words of people stand only behind --reveal: {outcomes}");
    holds(&on(&format!("case outcomes {reference} --reveal")), &["told at the review"]);
    holds(&on(&format!("case plan {reference}")), &["plan, version 1", "a1"]);
    holds(&on("case drift"), &["exit 0"]);
    holds(&on(&format!("case pack {reference} --dir pack")), &["files written", "exit 0"]);
    holds(&on(&format!("case pack {reference} --dir pack")), &["is not empty; name a new folder", "exit 1"]);
    let sums = std::fs::read_to_string(at.join("pack/SHA256SUMS")).unwrap();
    assert_eq!(sums.lines().count(), 7, "{sums}");
    for line in sums.lines() {
        let (sum, name) = line.split_once("  ").unwrap();
        use sha2::Digest;
        let bytes = std::fs::read(at.join("pack").join(name)).unwrap();
        let is: String = sha2::Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(is, sum, "{name}");
    }
    let evidence = std::fs::read_to_string(at.join("pack/evidence.csv")).unwrap();
    assert!(evidence.contains("significant progress") || evidence.contains("sustained progress"), "{evidence}");
}

#[test]
fn an_areas_meeting_has_an_agenda_papers_and_decisions_and_the_ledger_tells_who_holds_what() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    holds(&run(at, "demo --dir county --days 5"), &["An agency has said what it knows", "exit 0"]);
    let on = |words: &str| run(at, &format!("{words} --config county/focus-family.toml"));
    let meetings = on("meeting list --json");
    let list: serde_json::Value = serde_json::from_str(meetings.rsplit_once("exit ").unwrap().0.trim()).unwrap();
    let areas: Vec<&serde_json::Value> = list.as_array().unwrap().iter().filter(|row| row["cases"] != 0).collect();
    let area = areas.first().expect("a case waits for a meeting")["area"].as_str().unwrap().to_owned();
    let agenda = on(&format!("meeting agenda {area}"));
    holds(&agenda, &["a lead agency and a keyworker", "Asked to come:", "allocate|defer|refuse", "exit 0"]);
    holds(&on("meeting agenda nowhere"), &["there is no area `nowhere`", "exit 1"]);
    let reference = agenda.split_whitespace().find(|word| word.starts_with("FF-")).unwrap().to_owned();
    holds(&on(&format!("meeting pack {area} --dir papers")), &["area_officer.html", "hand each to nobody else", "exit 0"]);
    let papers: Vec<String> = std::fs::read_dir(at.join("papers"))
        .unwrap()
        .map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap())
        .collect();
    assert!(papers.len() >= 3 && papers.iter().all(|paper| paper.contains(&reference)), "one paper a member, each with the case");
    let shown = on(&format!("case show {reference} --reveal --json"));
    let case: serde_json::Value = serde_json::from_str(shown.rsplit_once("exit ").unwrap().0.trim()).unwrap();
    let home = case["nomination"]["nomination"]["address"]["text"]["value"].as_str().unwrap();
    assert!(papers.iter().all(|paper| !paper.contains(home)), "no paper tells where a family lives");
    holds(&on(&format!("case shared {reference}")), &["paper for the allocations meeting", "agreed by the family", "exit 0"]);
    holds(&on(&format!("meeting record {reference}")), &["allocate", "defer", "refuse"]);
    holds(&on(&format!("meeting record {reference} reopen")), &["a meeting decides one of allocate, defer, refuse", "exit 2"]);
    holds(&on(&format!("case draft {reference}")), &["No answer by mail waits.", "exit 0"]);
    holds(
        &on(&format!("case draft {reference} confirm --by beth.salkeld@council.example.org")),
        &["no draft waits on this case"],
    );
}

#[test]
fn a_script_gets_one_json_value_also_when_it_is_refused_or_something_is_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let json = |told: &str| -> serde_json::Value {
        serde_json::from_str(told.split("}\n").next().map(|one| format!("{one}}}")).unwrap().as_str()).unwrap()
    };
    run(at, "init");
    let told = run(at, "case show FF-2026-1111 --json");
    assert!(json(&told)["error"].as_str().unwrap().contains("there is no case"), "{told}");
    let told = run(at, "mail settle FF-E-10000 nothing --by a@example.org --because spam --json");
    assert!(json(&told)["error"].as_str().unwrap().contains("there is no mail"), "{told}");
    let told = run(at, "case list --jsn --json");
    assert!(json(&told)["error"].as_str().unwrap().contains("--jsn"), "{told}");
    holds(&told, &["exit 2"]);
    holds(&run(at, "mail settle FF-E-10000 nothing"), &["say who does it: --by", "exit 2"]);
    holds(&run(at, "mail list --waiting"), &["Nothing waits.", "exit 0"]);
    holds(&run(at, "task list"), &["Nothing is to be done.", "exit 0"]);
}

#[test]
fn a_command_that_only_looks_makes_no_database_and_says_what_does() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    run(at, "init");
    std::fs::remove_file(at.join("focus-family.db")).unwrap();
    holds(&run(at, "case list"), &["there is no database yet; `focus-family init` or `focus-family serve` makes it", "exit 1"]);
    assert!(!at.join("focus-family.db").exists());
    holds(&run(at, "init"), &["focus-family.db (written)", "exit 0"]);
    holds(&run(at, "case list"), &["No cases yet", "exit 0"]);
}

#[test]
fn a_mail_is_explained_beside_broken_settings_and_an_imported_file_proves_no_sender() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    run(at, "init");
    change(at, &[("trust = \"unproven\"", "trust = \"border_checked\""), ("# sandbox = \"enforced\"", "sandbox = \"weakened\"")]);
    std::fs::write(at.join("mail/one.eml"), MAIL).unwrap();
    holds(&run(at, "mail import mail --mailbox elsewhere"), &["no mailbox `elsewhere`; there are: nominations", "exit 2"]);
    holds(&run(at, "mail import mail"), &["letters: triage summary, receipt", "exit 0"]);
    std::fs::write(at.join("mail/one.eml"), MAIL.replace("<a2@", "<a3@")).unwrap();
    holds(&run(at, "mail import mail --mailbox nominations"), &["acknowledgement missing", "exit 0"]);
    change(at, &[("detail = \"minimal\"", "detial = \"minimal\"")]);
    holds(&run(at, "mail explain mail/one.eml"), &["unknown key `detial`", "by the defaults", "kind ", "exit 0"]);
}
