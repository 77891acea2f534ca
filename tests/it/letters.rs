//! Letters: what they say, and what they can never say.

use focus_family::domain::ids::LetterName;
use focus_family::domain::letter::{ComposeError, Context, DigestLine, TemplateFile, Templates, samples};
use focus_family::domain::workflow::{SourceFile, load};

fn letter(name: &str) -> LetterName {
    LetterName::new(name).expect("a letter name")
}

fn shipped() -> Vec<TemplateFile> {
    let files = focus_family::config::files::templates(None).expect("the program holds its templates");
    files.into_iter().map(|(path, text)| TemplateFile { path, text }).collect()
}
/// The letters inside the program.
pub fn shipped_letters() -> Templates {
    Templates::load(&shipped())
        .unwrap_or_else(|defects| panic!("{}", defects.iter().map(|defect| format!("{defect}\n")).collect::<String>()))
}

/// Defects of the shipped letters after `path` was replaced by `text`; an empty text takes the file away.
fn defects_with(path: &str, text: &str) -> String {
    let mut files: Vec<TemplateFile> = shipped().into_iter().filter(|file| file.path != path).collect();
    if !text.is_empty() {
        files.push(TemplateFile { path: path.to_owned(), text: text.to_owned() });
    }
    let defects = Templates::load(&files).err().unwrap_or_default();
    defects.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

fn check_defect(path: &str, text: &str, expected: &str) {
    let defects = defects_with(path, text);
    assert!(defects.contains(expected), "`{text}` in {path} should be refused with `{expected}`, but: {defects}");
}

#[test]
fn every_letter_says_what_its_snapshot_says_and_says_it_twice() {
    let templates = shipped_letters();
    for name in templates.letters() {
        let mut said = String::new();
        for context in samples(name) {
            let first = templates.compose(name, &context).unwrap();
            let second = templates.compose(name, &context).unwrap();
            assert!(first == second, "{name} is not the same twice");
            said += &format!("Subject: {}\n\n{}\n==========\n\n", first.subject, first.text);
        }
        insta::assert_snapshot!(format!("{name}.txt"), said);
        let htmls: Vec<String> = samples(name).iter().map(|context| templates.compose(name, context).unwrap().html).collect();
        let differing = htmls[1..].iter().enumerate().map(|(index, html)| differences(index + 2, &htmls[0], html));
        insta::assert_snapshot!(format!("{name}.html"), format!("{}{}", htmls[0], differing.collect::<String>()));
    }
}

/// The lines of the HTML of another sample that the first has not, and those of the first that it has not.
fn differences(number: usize, first: &str, other: &str) -> String {
    let lacking = |mark: &str, from: &str, of: &str| -> String {
        from.lines().filter(|line| !of.lines().any(|have| have == *line)).map(|line| format!("{mark} {line}\n")).collect()
    };
    format!("\n==========\nsample {number}\n{}{}", lacking("-", first, other), lacking("+", other, first))
}

#[test]
fn a_sample_of_a_case_stands_in_a_stage_of_the_life_cycle_and_brings_an_answer_of_the_folder() {
    let files = focus_family::config::files::programme(None).unwrap();
    let files: Vec<SourceFile> = files.into_iter().map(|(path, text)| SourceFile { path, text }).collect();
    let programme = load(&files).unwrap();
    for definition in &programme.lifecycle.letters {
        for context in samples(&definition.name) {
            let name = &definition.name;
            if let Some(stage) = &context.stage {
                assert!(programme.lifecycle.stages.iter().any(|known| known.title == *stage), "{name}: {stage}");
            }
            if let Some(outcome) = &context.outcome {
                assert!(definition.outcome_from.is_some(), "{name} brings no answer");
                assert!(programme.words.outcomes.values().any(|known| known == outcome), "{name}: {outcome}");
            }
            for command in &context.moves {
                let called = command.split_whitespace().last().unwrap();
                let known = programme.lifecycle.moves.iter().find(|known| known.name.as_str() == called);
                let stages = &known.unwrap_or_else(|| panic!("{name}: there is no move {called}")).from;
                let at = programme.lifecycle.stages.iter().find(|known| Some(&known.title) == context.stage.as_ref());
                assert!(at.is_some_and(|at| stages.contains(&at.name)), "{name}: {called} is not open there");
            }
        }
    }
}

#[test]
fn all_letters_the_program_sends_have_a_template() {
    let outside_cases = [
        "receipt",
        "gathered_acknowledgement",
        "digest",
        "request_announcement",
        "mail_waiting",
        "system_alert",
        "system_recovered",
        "mail_summary",
        "canary",
    ]
    .map(letter);
    let files = focus_family::config::files::programme(None).unwrap();
    let files: Vec<SourceFile> = files.into_iter().map(|(path, text)| SourceFile { path, text }).collect();
    let programme = load(&files).unwrap();
    let templates = shipped_letters();
    let of_cases = programme.lifecycle.letters.iter().map(|definition| &definition.name);
    assert_eq!(templates.missing(outside_cases.iter().chain(of_cases.clone())), []);
    let spare: Vec<_> =
        templates.letters().filter(|name| !outside_cases.contains(name) && !of_cases.clone().any(|of| of == *name)).collect();
    assert_eq!(spare, Vec::<&LetterName>::new());
    assert_eq!(templates.missing(&[letter("birthday_card")]).len(), 1);
}

#[test]
fn each_way_a_file_cannot_be_used_is_asked_for_in_its_own_words() {
    let files = focus_family::config::files::programme(None).unwrap();
    let files: Vec<SourceFile> = files.into_iter().map(|(path, text)| SourceFile { path, text }).collect();
    let programme = load(&files).unwrap();
    for (kind, word) in [("encrypted", "password"), ("damaged", "broken"), ("too_large", "smaller"), ("unsupported", "kind")] {
        let words = programme.missing_words(&format!("documents.{kind}"));
        assert!(words.contains(word), "{kind}: {words}");
        assert_eq!(words.contains("password"), kind == "encrypted", "nobody is told of a password they never set: {words}");
    }
    // A folder that has no words of its own for one says what holds of all.
    assert_eq!(programme.missing_words("documents.of_another_kind"), programme.missing_words("documents"));
}

const HOSTILE: &str = "O'Brien {{reference}} \r\nBcc: x@example.org\u{0}\u{2028}<script>alert(\"ŵ\")</script> & \u{202e}end";

fn hostile_context() -> Context {
    let text = HOSTILE.to_owned();
    let link = "https://focus-family.example/cases/FF-2026-7142?a=1&b=2".to_owned();
    let hostile = || Some(text.clone());
    Context {
        reference: text.clone(),
        area: hostile(),
        stage: hostile(),
        role: hostile(),
        missing: vec![text.clone(); 2],
        to_chase: vec![text.clone()],
        grade: hostile(),
        readings: vec![(text.clone(), text.clone())],
        consent: hostile(),
        suggestion: hostile(),
        rule_pack: hostile(),
        outcome: hostile(),
        moves: vec![text.clone()],
        lines: vec![DigestLine { reference: text.clone(), purpose: text.clone(), due_on: None, late: true, link: link.clone() }],
        link,
        team_phone: text.clone(),
        hub_phone: text.clone(),
        programme: text.clone(),
        references: vec![text.clone()],
        request: hostile(),
        notice: hostile(),
        advice: hostile(),
        ..Context::default()
    }
}

#[test]
fn hostile_texts_stay_one_line_in_subjects_plain_in_text_and_escaped_in_html() {
    let templates = shipped_letters();
    let context = hostile_context();
    for name in templates.letters() {
        let finished = templates.compose(name, &context).unwrap();
        assert!(finished.subject.chars().count() <= 120, "{name}: {}", finished.subject);
        for made in [&finished.subject, &finished.text, &finished.html] {
            assert!(!made.contains(['\r', '\0', '\u{2028}', '\u{202e}']), "{name}: {made}");
            assert!(!made.lines().any(|line| line.trim_start().starts_with("Bcc:")), "{name}: {made}");
        }
        assert!(!finished.subject.contains('\n'), "{name}");
        assert!(finished.text.contains("O'Brien {{reference}} Bcc: x@example.org <script>alert(\"ŵ\")</script> & end"), "{name}");
        assert!(finished.html.contains("&lt;script&gt;"), "{name}");
        assert!(!finished.html.contains("<script"), "{name}");
    }
}

#[test]
fn a_very_long_text_is_cut_and_holds_nothing_up() {
    let context = Context { area: Some("ŵ".repeat(5_000)), ..samples(&letter("triage_summary"))[0].clone() };
    let finished = shipped_letters().compose(&letter("triage_summary"), &context).unwrap();
    assert_eq!(finished.subject.chars().count(), 120);
    assert!(finished.text.len() < 5_000);
}

#[test]
fn a_link_that_is_no_web_address_holds_the_letter() {
    let templates = shipped_letters();
    for link in ["javascript:alert(1)", "https://a.example/\"><script>", "https://a.example/ b", "/cases/1", "https://"] {
        let context = Context { link: link.to_owned(), ..samples(&letter("review_due"))[0].clone() };
        assert!(matches!(templates.compose(&letter("review_due"), &context), Err(ComposeError::BadLink { .. })), "{link}");
    }
}

#[test]
fn a_letter_with_a_gap_is_held() {
    let templates = shipped_letters();
    let context = Context { programme: String::new(), ..samples(&letter("decision"))[0].clone() };
    assert!(matches!(templates.compose(&letter("decision"), &context), Err(ComposeError::Gap { .. })));
    assert!(matches!(templates.compose(&letter("birthday_card"), &context), Err(ComposeError::NoTemplate { .. })));
}

#[test]
fn a_template_with_a_mistake_is_refused_with_its_file_and_what_to_do() {
    check_defect("decision/body.html", "", "decision: `body.html` is missing");
    check_defect("decision/notes.txt", "x", "decision/notes.txt: no letter has a file of this name");
    check_defect("Decision/subject.txt", "x", "no letter name");
    check_defect("decision/subject.txt", "{{child_name}}", "decision/subject.txt:1: `child_name` is no name");
    check_defect("decision/subject.txt", "x{{#if school}}{{/if}}", "`school` is no name");
    check_defect("decision/subject.txt", "{{reference}}: police report", "`police` tells the kind of trouble");
    check_defect("decision/subject.txt", &"long ".repeat(40), "a subject has 1 to 120 characters");
    check_defect("decision/subject.txt", "{{#if reference}}", "decision/subject.txt:1: cannot be read");
    check_defect("decision/body.txt", "By {{long_date due_on}}", "`long_date` wants a date");
    check_defect("decision/body.txt", "In {{area}}", "would show an empty place");
    check_defect("decision/body.txt", "Something else", "text and HTML must say the same");
    check_defect("decision/body.html", "<p>{{{reference}}}</p>", "decision/body.html:1: shows a value unescaped");
    check_defect("decision/body.html", "<img src=\"x\">", "the tag `img`");
    check_defect("decision/body.html", "<p onclick=\"x\">a</p>", "the attribute `onclick`");
    check_defect("decision/body.html", "<p style=\"position:fixed\">a</p>", "the style `position`");
    check_defect("decision/body.html", "<a href=\"javascript:x\">a</a>", "a link begins with");
    check_defect("_parts/footer.html", "", "Partial not found");
}

#[test]
fn a_changed_template_changes_the_digest_of_its_letter_and_of_no_other() {
    let before = shipped_letters();
    let mut files = shipped();
    for file in files.iter_mut().filter(|file| file.path == "decision/subject.txt") {
        file.text = "{{reference}}: what happens next".to_owned();
    }
    let after = Templates::load(&files).unwrap();
    let made_with =
        |templates: &Templates, name: &str| templates.compose(&letter(name), &samples(&letter(name))[0]).unwrap().template;
    assert_ne!(made_with(&before, "decision"), made_with(&after, "decision"));
    assert_eq!(made_with(&before, "closure"), made_with(&after, "closure"));
    assert!(made_with(&before, "closure").starts_with("closure/"));
}

#[test]
fn a_context_has_no_place_for_a_name_a_birth_date_an_address_or_a_school() {
    // A new field is a decision about what a mail may say: think it over, then add its name here.
    let known = "advice area asked_by at consent counts details due_on grade holders hub_phone kept_by kept_until late_by lines link look match_possible meeting_on missing moves not_understood notice \
                 out_of_hours_phone outcome programme readings received_on reference references request role rule_pack sender_proven sign_in stage suggestion \
                 team_phone to_chase told unanswered_hours understood";
    let serde_json::Value::Object(fields) = serde_json::to_value(Context::default()).unwrap() else {
        panic!("a context is a map")
    };
    let mut names: Vec<&str> = fields.keys().map(String::as_str).collect();
    names.sort_unstable();
    assert_eq!(names.join(" "), known);
}

#[test]
fn no_letter_tells_the_kind_of_trouble() {
    let templates = shipped_letters();
    let words = [
        "abuse",
        "violence",
        "police",
        "crime",
        "protection",
        "drug",
        "alcohol",
        "mental",
        "debt",
        "truan",
        "exclusion",
        "birth on",
    ];
    for name in templates.letters() {
        for context in samples(name) {
            let text = templates.compose(name, &context).unwrap().text.to_lowercase();
            for word in words {
                assert!(!text.contains(word), "{name} says `{word}`");
            }
        }
    }
}

#[test]
fn every_sentence_has_at_most_25_words_and_can_be_read_at_twelve() {
    let templates = shipped_letters();
    for name in templates.letters() {
        for context in samples(name) {
            let text = templates.compose(name, &context).unwrap().text;
            let sentences = sentences(&text);
            for sentence in &sentences {
                assert!(sentence.len() <= 25, "{name}: {} words in `{}`", sentence.len(), sentence.join(" "));
            }
            let grade = reading_grade(&sentences);
            assert!(grade <= 8.0, "{name}: Flesch-Kincaid grade {grade:.1}");
        }
    }
}

/// Words of each sentence of the running text; links, commands, table rows and references are no reading matter.
fn sentences(text: &str) -> Vec<Vec<String>> {
    let prose = text.lines().filter(|line| line.ends_with(['.', '?', '!'])).map(|line| line.trim_start_matches("- "));
    let split = prose.flat_map(|line| line.split_inclusive(['.', '?', '!']).map(str::to_owned).collect::<Vec<_>>());
    let words = split.map(|sentence| {
        let words = sentence.split_whitespace().filter(|word| word.chars().any(char::is_alphabetic) && !word.contains("FF-"));
        words.map(str::to_owned).collect::<Vec<_>>()
    });
    words.filter(|words| !words.is_empty()).collect()
}

fn reading_grade(sentences: &[Vec<String>]) -> f64 {
    let words: Vec<&String> = sentences.iter().flatten().collect();
    let syllables: usize = words.iter().map(|word| syllables(word)).sum();
    let count = |number: usize| f64::from(u32::try_from(number).expect("few"));
    0.39 * count(words.len()) / count(sentences.len()) + 11.8 * count(syllables) / count(words.len()) - 15.59
}

/// Groups of vowels, a silent `e` at the end taken off: near enough for an average.
fn syllables(word: &str) -> usize {
    let lower: String = word.to_lowercase().chars().filter(|c| c.is_alphabetic()).collect();
    let stem = lower.strip_suffix('e').unwrap_or(&lower);
    let groups = stem.split(|c: char| !"aeiouy".contains(c)).filter(|group| !group.is_empty()).count();
    groups.max(1)
}
