//! What a mail is taken to mean: forms of layouts nobody here has seen, letters, denials, and what must not be invented.

use std::path::{Path, PathBuf};

use focus_family::domain::document::Limits;
use focus_family::domain::nomination::reading::read_mail;
use focus_family::domain::nomination::{Answer, Intake, MailKind, Member, Nomination, Vocabulary, interpret};
use focus_family::domain::time::Date;
use focus_family::domain::workflow::{Programme, SourceFile, load};
use proptest::strategy::Strategy as _;

pub(crate) fn programme() -> &'static Programme {
    static PROGRAMME: std::sync::OnceLock<Programme> = std::sync::OnceLock::new();
    PROGRAMME.get_or_init(read_programme)
}

fn read_programme() -> Programme {
    let base = Path::new(env!("CARGO_MANIFEST_DIR")).join("workflows/focus-family");
    let mut files = Vec::new();
    let mut folders: Vec<PathBuf> = vec![base.clone()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let text = std::fs::read_to_string(&path).unwrap();
                files.push(SourceFile { path: path.strip_prefix(&base).unwrap().to_string_lossy().into_owned(), text });
            }
        }
    }
    files.sort_by(|one, other| one.path.cmp(&other.path));
    load(&files).unwrap()
}

pub(crate) fn received_on() -> Date {
    "2026-11-09".parse().unwrap()
}

pub(crate) fn understood(subject: &str, kind: &str, text: &str) -> Intake {
    let mail = format!(
        "From: Ann Bell <ann.bell@brackendale.example.org>\r\nTo: focusfamily@example.org\r\nSubject: {subject}\r\n\
         Date: Mon, 09 Nov 2026 10:00:00 +0000\r\nMessage-ID: <one@example.org>\r\nMIME-Version: 1.0\r\n\
         Content-Type: text/{kind}; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n{text}"
    );
    understood_mail(mail.as_bytes())
}

pub(crate) fn understood_mail(mail: &[u8]) -> Intake {
    let reading = read_mail(mail, &Limits::default()).unwrap();
    interpret(&reading, &Vocabulary::new(&programme().forms), received_on())
}

fn html(text: &str) -> Intake {
    understood("Focus Family nomination", "html", &format!("<html><body>{text}</body></html>"))
}

fn plain(text: &str) -> Intake {
    understood("Focus Family nomination", "plain", text)
}

fn value<T: Clone>(answer: &Option<Answer<T>>) -> Option<T> {
    answer.as_ref().map(|answer| answer.value.reveal().clone())
}

fn said(answer: &Option<Answer<String>>) -> String {
    value(answer).unwrap_or_else(|| "-".to_owned())
}

fn day(answer: &Option<Answer<Date>>) -> String {
    value(answer).map_or_else(|| "-".to_owned(), |date| date.to_string())
}

/// One line a member: `given|family|born|expected|gender|relationship|school|child|themes|denied`.
pub(crate) fn member_line(member: &Member) -> String {
    let child = match member.is_child {
        Some(true) => "child",
        Some(false) => "adult",
        None => "?",
    };
    let themes: Vec<String> =
        member.themes.iter().map(|shown| format!("{} {}", shown.theme, format!("{:?}", shown.standing).to_lowercase())).collect();
    let denied: Vec<&str> = member.denied.iter().map(|theme| theme.as_str()).collect();
    [
        said(&member.given_name),
        said(&member.family_name),
        day(&member.date_of_birth),
        day(&member.expected_on),
        said(&member.gender),
        said(&member.relationship),
        said(&member.school),
        child.to_owned(),
        themes.join(", "),
        denied.join(", "),
    ]
    .join("|")
}

#[track_caller]
fn family(intake: &Intake) -> &Nomination {
    assert_eq!(intake.kind, MailKind::Nomination);
    intake.nomination.as_ref().unwrap()
}

#[track_caller]
fn check_members(intake: &Intake, expected: &[&str]) {
    let members: Vec<String> = family(intake).members.iter().map(member_line).collect();
    assert_eq!(members, expected);
}

fn consent(nomination: &Nomination) -> String {
    let given = value(&nomination.consent.given).map_or("-".to_owned(), |given| given.to_string());
    format!("{given}|{}|{}", said(&nomination.consent.signed_by), day(&nomination.consent.signed_on))
}

const COLUMNS: &str = "<h1>Nomination form</h1><h2>About you</h2><table><tr><td>Who is making this nomination?</td><td>Ann Bell</td></tr>
<tr><td>What you do</td><td>Learning mentor</td></tr><tr><td>Where you work</td><td>Brackendale School</td></tr>
<tr><td>Best number to ring</td><td>01632 960111</td></tr></table>
<h2>The people</h2><table><tr><th></th><th>Adult 1</th><th>Adult 2</th><th>Child 1</th><th>Child 2</th></tr>
<tr><td>Forename</td><td>Dawn</td><td>Piotr</td><td>Ruby</td><td>Max</td></tr>
<tr><td>Surname</td><td>Holme</td><td>van der Meer</td><td>Holme</td><td>Holme</td></tr>
<tr><td>DOB</td><td>3/2/85</td><td>14 July 1979</td><td>1.5.12</td><td>aged 7</td></tr>
<tr><td>Relationship</td><td>Mum</td><td>Mum's partner</td><td>Daughter</td><td>Son</td></tr>
<tr><td>School</td><td></td><td></td><td>Brackendale School</td><td>Fell Infants</td></tr>
<tr><td>Domestic abuse</td><td>x</td><td></td><td></td><td></td></tr>
<tr><td>Education</td><td></td><td></td><td>Y</td><td>N</td></tr><tr><td>Health</td><td>✓</td><td></td><td></td><td></td></tr></table>
<p>Main family address: 4 Mill Row, Egremont, Cumbria ca222ab</p>";

#[test]
fn people_in_columns_are_read_like_people_in_rows() {
    let intake = html(COLUMNS);
    check_members(
        &intake,
        &[
            "Dawn|Holme|1985-02-03|-|female|Mum|-|adult|domestic_abuse ticked, health ticked|",
            "Piotr|van der Meer|1979-07-14|-|-|Mum's partner|-|adult||",
            "Ruby|Holme|2012-05-01|-|female|Daughter|Brackendale School|child|education ticked|",
            "Max|Holme|-|-|male|Son|Fell Infants|child||education",
        ],
    );
    let nomination = family(&intake);
    assert_eq!(said(&nomination.address.postcode), "CA22 2AB");
    assert_eq!(said(&nomination.referrer.role), "Learning mentor");
    assert_eq!(value(&nomination.members[3].age_years), Some(7));
    assert_eq!(intake.missing, ["members[3].date_of_birth", "consent", "assessment"]);
}

const STRUCK: &str = "<h2>Focus Family referral form</h2><h3>Details of Family</h3>
<table><tr><td>Family surname</td><td>HARTLEY</td><td>Post Code</td><td>LA147AB</td></tr>
<tr><td>Address</td><td colspan=3>12 Quay Street<br>Barrow-in-Furness</td></tr></table>
<h3>Details of all children in your family</h3>
<table><tr><td>Name</td><td>Date of birth (or est. due date)</td><td>M/F</td><td>School</td></tr>
<tr><td>HARTLEY, Jade</td><td>09/08/2013</td><td>F</td><td>Quayside Academy</td></tr>
<tr><td>Baby</td><td>EDD 3/1/27</td><td></td><td></td></tr></table>
<h3>Parents or adult carers</h3><table><tr><td>Name</td><td>DOB</td><td>Relationship to child</td></tr>
<tr><td>Mrs Karen HARTLEY</td><td>2/2/1984</td><td>Mother</td></tr><tr><td>Lee O'Brien</td><td>unknown</td><td>Step-dad</td></tr></table>
<h3>Which of the themes</h3><table><tr><th>Theme</th><th>Yes/No</th><th>Who in the family?</th></tr>
<tr><td>Crime or ASB</td><td>Yes / <s>No</s></td><td>Lee</td></tr><tr><td>Children not attending school</td><td><s>Yes</s> / No</td><td></td></tr>
<tr><td>Worklessness or debt</td><td><b>Yes</b> / No</td><td>both adults</td></tr>
<tr><td>Children who need help</td><td>Yes / <u>No</u></td><td></td></tr><tr><td>Domestic violence</td><td>Yes / No</td><td></td></tr>
<tr><td>Health incl. substance misuse</td><td><span style=\"background:yellow\">Yes</span> / No</td><td>mum; Jade</td></tr></table>
<p>Consent to share: Yes / <s>No</s></p><p>Parent/carer signature: Karen Hartley&nbsp;&nbsp; Date: 1st Nov 2026</p>
<p>Has an Early Help Assessment been started? Yes, started 20/10/26, not finished</p>";

#[test]
fn the_answer_left_standing_counts_however_it_is_set_off() {
    let intake = html(STRUCK);
    check_members(
        &intake,
        &[
            "Jade|Hartley|2013-08-09|-|female|-|Quayside Academy|child|health ticked|",
            "-|Hartley|-|2027-01-03|-|-|-|child||",
            "Karen|Hartley|1984-02-02|-|female|Mother|-|adult|work_finance ticked, health ticked|",
            "Lee|O'Brien|-|-|male|Step-dad|-|adult|crime_asb ticked, work_finance ticked|",
        ],
    );
    let nomination = family(&intake);
    let denied: Vec<&str> = nomination.denied.iter().map(|theme| theme.as_str()).collect();
    assert_eq!(denied, ["education", "child_help"]);
    assert_eq!(consent(nomination), "true|Karen Hartley|2026-11-01");
    assert_eq!(format!("{:?}", nomination.assessment.state), "Started");
}

#[test]
fn a_form_answered_no_throughout_denies_and_shows_nothing() {
    let rows: String = [
        "Crime and anti-social behaviour",
        "School attendance",
        "Out of work or debt",
        "Child in need of help",
        "Domestic abuse",
        "Health",
    ]
    .iter()
    .map(|criterion| format!("<tr><td>{criterion}</td><td>No</td><td></td></tr>"))
    .collect();
    let intake = html(&format!(
        "<h2>Nomination form</h2><p>Your name: Ann Bell</p><h3>Children</h3><table><tr><th>Name</th><th>DOB</th></tr><tr><td>Tom Dixon</td><td>4/3/2014</td></tr></table>
         <h3>Criteria</h3><table><tr><th>Criteria</th><th>Yes / No</th><th>Who?</th></tr>{rows}</table>"
    ));
    check_members(&intake, &["Tom|Dixon|2014-03-04|-|-|-|-|child||"]);
    let denied: Vec<&str> = family(&intake).denied.iter().map(|theme| theme.as_str()).collect();
    assert_eq!(denied, ["crime_asb", "education", "work_finance", "child_help", "domestic_abuse", "health"]);
}

#[test]
fn labels_above_their_values_and_boxes_with_names_are_read() {
    let lines = [
        "<b>Nomination and consent form</b>",
        "<b>Your name</b>",
        "Ann Bell",
        "<b>Job title</b>",
        "SENCO",
        "<b>Organisation</b>",
        "Brackendale School",
        "<b>Family's home address</b>",
        "5 Croft Terrace, Wigton",
        "<b>Post code</b>",
        "ca7 9zz",
        "<b>Child 1</b>",
        "<b>Full name</b>",
        "Ibrahim Al-Farsi",
        "<b>Date of birth</b>",
        "7th June 2016",
        "<b>School</b>",
        "Brackendale School",
        "<b>Parent 1</b>",
        "<b>Full name</b>",
        "Mrs Noor Al-Farsi",
        "<b>Date of birth</b>",
        "30-01-91",
        "<b>Which criteria are met?</b>",
        "☒ Health - Noor",
        "☐ Crime",
        "☒ Education (Ibrahim)",
        "<b>Has the family given consent?</b>",
        "☒ Yes ☐ No",
        "<b>Signed by parent</b>",
        "Noor Al-Farsi",
        "<b>Date</b>",
        "3/11/26",
    ];
    let intake = html(&lines.map(|line| format!("<p>{line}</p>")).concat());
    check_members(
        &intake,
        &[
            "Ibrahim|Al-Farsi|2016-06-07|-|-|-|Brackendale School|child|education ticked|",
            "Noor|Al-Farsi|1991-01-30|-|-|-|-|adult|health ticked|",
        ],
    );
    let nomination = family(&intake);
    assert_eq!(consent(nomination), "true|Noor Al-Farsi|2026-11-03");
    assert_eq!(said(&nomination.address.text), "5 Croft Terrace, Wigton");
    assert_eq!(said(&nomination.address.postcode), "CA7 9ZZ");
}

#[test]
fn a_list_with_one_line_a_person_is_a_household_and_an_ended_plan_is_no_plan() {
    let intake = plain(
        "Nomination for Focus Family\n\nNominated by: Sgt Paul Reay, Neighbourhood Policing Team, 01632 960222\n\n\
         The family live at 22 High Brow, Cleator Moor, CA25 5AB.\n\nFamily members:\n1. Kelly Nixon (mother) dob 04.04.1990\n\
         2. Shaun Nixon, father, 12/12/88\n3. Casey Nixon - daughter - 17/6/2011 - Bleng Academy\n\nCriteria:\n\
         Kelly Nixon - domestic abuse; health (alcohol)\nShaun Nixon - crime\nCasey - school attendance\n\n\
         Agencies involved: CAMHS; Home Group\nConsent obtained: yes - Kelly Nixon 01/11/2026\n\
         Statutory plan: Casey was on a CP plan which ended in March 2024\nEHA: not started\n",
    );
    let nomination = family(&intake);
    let names: Vec<String> =
        nomination.members.iter().map(|member| format!("{} {}", said(&member.given_name), day(&member.date_of_birth))).collect();
    assert_eq!(names, ["Kelly 1990-04-04", "Shaun 1988-12-12", "Casey 2011-06-17"]);
    assert!(nomination.members.iter().all(|member| member.child_protection_plan.is_none()));
    assert_eq!(nomination.assessment.kind, None);
    assert_eq!(consent(nomination), "true|Kelly Nixon|2026-11-01");
    assert_eq!(said(&nomination.referrer.name), "Paul Reay");
    assert_eq!(said(&nomination.address.postcode), "CA25 5AB");
}

#[test]
fn who_signs_as_parent_or_carer_is_told_and_a_day_in_words_is_a_day() {
    let family_of = |consent: &str| {
        plain(&format!(
            "About you\nName: Ann Bell\nRole: Teacher\nOrganisation: Fell School\n\nFamily members\nName: Dawn Holme\nDOB: 3/2/1985\n\
             Relationship: Mother\nName: Ruby Holme\nDOB: the third of April 2015\nRelationship: Daughter\n\nConsent\n{consent}"
        ))
    };
    for (lines, expected) in [
        (
            "Consent given: yes\nName of parent/carer: Dawn Holme\nDate: the twenty-first of October 2026\n",
            "true|Dawn Holme|2026-10-21",
        ),
        ("Consent given: yes\nParent/carer name: Dawn Holme\nDate: thirtieth September 2026\n", "true|Dawn Holme|2026-09-30"),
        (
            "Consent given: yes\nName of parent or carer: Dawn Holme\nDate: 12th day of October 2026\n",
            "true|Dawn Holme|2026-10-12",
        ),
    ] {
        let intake = family_of(lines);
        let nomination = family(&intake);
        assert_eq!(consent(nomination), expected, "{lines}");
        assert_eq!(nomination.members.len(), 2, "{lines}");
        assert_eq!(day(&nomination.members[1].date_of_birth), "2015-04-03");
    }
}

#[test]
fn a_letter_states_what_it_says_of_somebody_and_nothing_it_denies_supposes_or_remembers() {
    let intake = plain(
        "Dear team,\n\nI would like to nominate the Carter family of 18 Station Road, Maryport CA15 8AB.\n\n\
         Mum is Joanne Carter (DOB 12/05/1986) and her partner is Dean Frost. Her son Kyle Carter, born 3 March 2013, attends Maryside Academy. \
         Her daughter Bethany (aged 6) is at Seaview Infant School.\n\n\
         Kyle's attendance is 62% this term and he has been excluded twice. Joanne has been out of work since 2024 and suffers from depression. \
         There is no domestic abuse that we know of. Dean used to be in prison but that was years ago. Bethany may be a young carer in future.\n\n\
         Joanne has given verbal consent to this nomination. An Early Help Assessment was started in October.\n\nKind regards\nAnn Bell\nLearning Mentor\nBrackendale School\n01632 960111\n",
    );
    check_members(
        &intake,
        &[
            "Joanne|Carter|1986-05-12|-|female|Mum|-|adult|health stated, work_finance stated|",
            "Dean|Frost|-|-|-|Partner|-|adult||",
            "Kyle|Carter|2013-03-03|-|male|Son|Maryside Academy|child|education stated|",
            "Bethany|Carter|-|-|female|Daughter|Seaview Infant School|child||",
        ],
    );
    let nomination = family(&intake);
    assert_eq!(value(&nomination.consent.given), Some(true));
    assert_eq!(said(&nomination.address.text), "18 Station Road, Maryport");
    assert_eq!(said(&nomination.referrer.organisation), "Brackendale School");
}

#[test]
fn every_answer_has_a_source_with_place_quote_and_an_honest_confidence() {
    let intake = html(COLUMNS);
    for member in &family(&intake).members {
        let sources =
            member.themes.iter().flat_map(|shown| &shown.sources).chain(member.given_name.iter().flat_map(|name| &name.sources));
        for source in sources {
            assert!(!source.place.is_empty() && !source.quote.as_text().is_empty());
            assert!((0.5..1.0).contains(&source.confidence), "{}", source.confidence);
            assert_eq!(source.document.as_text(), "body");
        }
    }
}

#[test]
fn two_digit_years_that_mean_two_centuries_are_both_kept() {
    let intake = html(
        "<h2>Nomination form</h2><p>Your name: Ann Bell</p><table><tr><th>Name</th><th>DOB</th></tr><tr><td>Jo Lamb</td><td>5/6/23</td></tr></table>",
    );
    let member = &family(&intake).members[0];
    let born = member.date_of_birth.as_ref().unwrap();
    assert_eq!(born.value.reveal().to_string(), "2023-06-05");
    assert_eq!(born.others[0].0.reveal().to_string(), "1923-06-05");
}

#[test]
fn a_mail_is_told_by_what_it_is_for() {
    let cases = [
        (
            "My records",
            "I would like a copy of all the information you hold about me.\n\nJane Roe\n",
            MailKind::SubjectAccessRequest,
        ),
        ("FOI", "Under the Freedom of Information Act please tell me how many families were nominated.\n", MailKind::FoiRequest),
        (
            "URGENT",
            "A child has just told me her dad has a knife and she is scared to go home tonight.\n",
            MailKind::SafeguardingAlert,
        ),
        ("RE: FF-2026-0263 TAF", "Attendance for the eldest is up to 88%.\n", MailKind::Update),
        ("A question", "Would a family with debts meet your criteria? What should I do first?\n", MailKind::AdviceRequest),
        ("Automatic reply: nomination", "I am on leave until Monday.\n", MailKind::AutoReply),
        ("Undeliverable: your letter", "Your message could not be delivered.\n", MailKind::Bounce),
        ("Lunch", "Shall we meet at noon on Thursday.\n", MailKind::Other),
        // The subject of an answer is of the mail it answers.
        ("Re: nomination", "They moved to 6 Low Row on Monday.\n", MailKind::Other),
        ("AW: Nomination of a family", "Thank you, all is well.\n", MailKind::Other),
    ];
    for (subject, text, kind) in cases {
        let intake = understood(subject, "plain", text);
        assert_eq!(intake.kind, kind, "{subject}");
        assert!(intake.nomination.is_none(), "{subject}");
    }
}

#[test]
fn a_blank_form_nominates_nobody() {
    let intake = understood(
        "Is this the right form?",
        "html",
        "<p>Could you tell me if this is the current form?</p><h2>Focus Family nomination and consent form</h2>
         <p>Use this form if a family is affected by crime, poor school attendance or domestic abuse.</p>
         <table><tr><td>Your name:</td><td></td></tr><tr><td>Agency:</td><td>Click here to enter text.</td></tr></table>
         <table><tr><th>Name</th><th>DOB</th><th>Relationship</th></tr><tr><td></td><td>dd/mm/yyyy</td><td></td></tr></table>
         <table><tr><th>Criteria</th><th>Yes / No</th></tr><tr><td>Crime</td><td>Yes ☐ No ☐</td></tr></table><p>Consent obtained? Yes ☐ No ☐</p>",
    );
    assert_eq!(intake.kind, MailKind::AdviceRequest);
    assert!(intake.nomination.is_none());
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig { cases: 96, failure_persistence: None, ..Default::default() })]

    #[test]
    fn no_text_however_broken_stops_the_reader(
        words in proptest::collection::vec(
            proptest::prelude::prop_oneof![
                proptest::sample::select(vec![
                    "Name:", "DOB", "Name of child", "First name", "Surname -", "☐", "☒", "[x]", "[ ]", "Yes / No", "(", ")", "\n", "\n", "\n",
                    "Children", "CRITERIA", "Child 1", "aged 7", "Unborn, due 3/1/27", "’s", "'s", "Zoë İIßŁ", "van der", "Domestic abuse", "Health:",
                    "CA28 7XX", "Consent gained", "typed:", "–", " - ", ";", "mum", "<table><tr><td>", "</td><td>", "</td></tr></table>", "<b>", "?", "…",
                ]).prop_map(str::to_owned),
                "\\PC{0,12}",
            ],
            0..60,
        )
    ) {
        let text = words.join(" ");
        for kind in ["plain", "html"] {
            let intake = understood("Focus Family nomination", kind, &text);
            proptest::prop_assert!(intake.missing.len() < 200);
        }
    }
}
