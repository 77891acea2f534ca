//! Reading → everything the program has to say about a mail: understanding, assessment, area, and what it would do.
//!
//! Pure. `mail explain` and the intake of a real mail call the same function, so that neither can say what the other would not do.

use std::collections::BTreeMap;

use crate::domain::case::{Contact, Opened, Verdict};
use crate::domain::document::{Format, Problem};
use crate::domain::eligibility::{Assessment, assess};
use crate::domain::ids::{CaseReference, FactName, MailId, PackName, RoleName};
use crate::domain::mail::ENDS_IN_THE_MIDDLE;
use crate::domain::nomination::{
    Answer, AssessmentState, ConsentEvidence, DocumentHead, Intake, MailKind, Member, NOTHING_ATTACHED, Nomination, Reading,
    Standing, Vocabulary, interpret, nominated,
};
use crate::domain::personal::Personal;
use crate::domain::time::Date;
use crate::domain::workflow::{FactValue, Programme, Routing};

/// The doubt about a family whose postcode is none of the county's.
pub const OUTSIDE: &str = "the family's postcode lies outside the programme's county";

/// What the program makes of one mail.
#[derive(Debug, Clone)]
pub struct Judged {
    /// What it is and what it says.
    pub intake: Intake,
    /// The result of the criteria; present with a nomination.
    pub assessment: Option<Assessment>,
    /// Where the family belongs; present with a nomination.
    pub routing: Option<Routing>,
    /// A family member wrote it about the own family.
    pub own_request: bool,
}

/// The settings named a rule pack that the programme's folder does not hold, or that was not in force.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "no rule pack `{pack}` is in force on {day}; name another in `programme.rule_pack` or add the pack to the programme's folder"
)]
pub struct NoRulePack {
    /// The pack of the settings.
    pub pack: PackName,
    /// The day of receipt.
    pub day: Date,
}

/// Judges `reading` as received on `received_on`; `words` are those of the programme's forms. Only a nomination needs the rule pack.
///
/// # Errors
/// [`NoRulePack`] when the settings and the programme's folder disagree.
pub fn judge(
    programme: &Programme,
    words: &Vocabulary,
    pack: &PackName,
    reading: &Reading,
    received_on: Date,
) -> Result<Judged, NoRulePack> {
    judged_by(programme, pack, understand(programme, words, reading, received_on), received_on)
}

/// As [`judge`], when a person has said that the mail is a nomination.
///
/// # Errors
/// As [`judge`].
pub fn judge_nominated(
    programme: &Programme,
    words: &Vocabulary,
    pack: &PackName,
    reading: &Reading,
    received_on: Date,
) -> Result<Judged, NoRulePack> {
    let intake = nominated(reading, words, received_on);
    judged_by(programme, pack, understood(programme, intake, reading), received_on)
}

fn judged_by(programme: &Programme, pack: &PackName, mut judged: Judged, received_on: Date) -> Result<Judged, NoRulePack> {
    if judged.intake.kind == MailKind::Nomination {
        let pack = programme.pack_for(pack, received_on).ok_or_else(|| NoRulePack { pack: pack.clone(), day: received_on })?;
        // A nomination that could not be read is still judged: an empty one shows nothing, and that is what the grade then says.
        let unread = Nomination::default();
        judged.assessment = Some(assess(pack, judged.intake.nomination.as_ref().unwrap_or(&unread), received_on));
    }
    Ok(judged)
}

/// What [`judge`] has to say without the criteria; enough to explain a mail that no rule pack covers, too little to open a case.
#[must_use]
pub fn understand(programme: &Programme, words: &Vocabulary, reading: &Reading, received_on: Date) -> Judged {
    understood(programme, interpret(reading, words, received_on), reading)
}

fn understood(programme: &Programme, intake: Intake, reading: &Reading) -> Judged {
    let unread = Nomination::default();
    let mut intake = intake;
    let nomination = (intake.kind == MailKind::Nomination).then(|| intake.nomination.as_ref().unwrap_or(&unread));
    let routing = nomination.map(|nomination| route(programme, nomination));
    let own_request = nomination.is_some_and(|nomination| is_own_request(programme, nomination, intake.of_own_family, reading));
    if routing.as_ref().is_some_and(|routing| routing.decided_by == "outside") {
        intake.doubts.push(OUTSIDE.to_owned());
    }
    if intake.kind == MailKind::Nomination {
        intake.missing = missing(&intake);
        if intake.nomination.as_ref().is_some_and(|nomination| consent_word(nomination) == "refused") {
            intake.doubts.push(REFUSED.to_owned());
        }
    }
    Judged { intake, assessment: None, routing, own_request }
}

/// What whoever decides is told of a nomination that brings the family's No.
pub const REFUSED: &str = "the family's answer about consent is No: talk with who sent it, or decline";

fn route(programme: &Programme, nomination: &Nomination) -> Routing {
    let postcode = nomination.address.postcode.as_ref().map(|answer| answer.value.as_text());
    let address = nomination.address.text.as_ref().map(|answer| answer.value.as_text());
    programme.geography.route(postcode, address)
}

/// A family may come forward itself. It is told by what is there and what is not: no agency, no job but that of a mother, and a
/// sender who tells of their own home and children, writes from a private mailbox, or is a member by the name of the mail or the form,
/// or by the address alone. Who is taken for one of the family and is not, is rung instead of answered.
fn is_own_request(programme: &Programme, nomination: &Nomination, tells_of_own: bool, reading: &Reading) -> bool {
    let referrer = &nomination.referrer;
    let is_kin = |role: &str| {
        let of_member = |member: &Member| {
            member.relationship.as_ref().is_some_and(|answer| answer.value.as_text().eq_ignore_ascii_case(role.trim()))
        };
        nomination.members.iter().any(of_member)
    };
    match &referrer.role {
        _ if referrer.organisation.is_some() => return false,
        Some(role) if !is_kin(role.value.as_text()) => return false,
        Some(_) | None => {}
    }
    if tells_of_own {
        return true;
    }
    let sender = reading.message.from.first();
    if sender.is_some_and(|from| programme.desk.is_private(&from.address)) {
        return true;
    }
    let written = referrer.name.as_ref().map(|answer| answer.value.as_text().to_owned());
    let called = sender.and_then(|from| from.name.clone());
    let names: Vec<Vec<String>> = written.into_iter().chain(called).map(|name| name_words(&name)).collect();
    let mailed = sender.and_then(|from| from.address.split_once('@')).map(|(local, _)| name_words(local)).unwrap_or_default();
    nomination.members.iter().any(|member| {
        let part = |answer: &Option<Answer<String>>| answer.as_ref().map(|answer| name_words(answer.value.as_text()));
        let (Some(given), Some(family)) = (part(&member.given_name), part(&member.family_name)) else { return false };
        let Some(first) = given.first().filter(|_| !family.is_empty()) else { return false };
        let forms: Vec<&str> = programme.people.forms_of(first).collect();
        names.iter().any(|name| names_one(name, &forms, &family)) || mails_as(&mailed, &forms, &family)
    })
}

/// Whether `name` is one of the `forms` of a first name with the whole family name: `Kez Bell`.
fn names_one(name: &[String], forms: &[&str], family: &[String]) -> bool {
    name.iter().any(|word| forms.contains(&word.as_str())) && family.iter().all(|word| name.contains(word))
}

/// Letters of a form of a name that may stand alone for it.
const FORM_LETTERS_MIN: usize = 3;

/// Whether the words before the `@` may stand for somebody: `kerry.bell`, `d.bell`, `kez.b`, `kezbell84`, `kez`.
fn mails_as(mailed: &[String], forms: &[&str], family: &[String]) -> bool {
    let initial = |word: &str, of: &str| word.chars().count() == 1 && of.starts_with(word);
    let is_first = |word: &String| forms.iter().any(|form| word == form || initial(word, form));
    if family.iter().all(|word| mailed.contains(word)) && mailed.iter().any(is_first) {
        return true;
    }
    let in_full = |form: &&&str| form.chars().count() >= FORM_LETTERS_MIN;
    let surname = family.concat();
    match mailed {
        [only] => forms.iter().filter(in_full).any(|form| {
            let rest = only.strip_prefix(*form).or_else(|| only.strip_suffix(*form));
            rest.is_some_and(|rest| rest.is_empty() || rest == surname || initial(rest, &surname))
        }),
        [one, other] => {
            let said = |word: &String| forms.iter().filter(in_full).any(|form| word == form);
            (said(one) && initial(other, &surname)) || (said(other) && initial(one, &surname))
        }
        _ => false,
    }
}

/// The words of a name, small.
fn name_words(text: &str) -> Vec<String> {
    let words = text.split(|c: char| !c.is_alphabetic() && c != '\'' && c != '\u{2019}');
    words.filter(|word| !word.is_empty()).map(str::to_lowercase).collect()
}

/// Facts a mail can show, by the names the life-cycle file must use for them.
fn facts(judged: &Judged, proven: bool) -> BTreeMap<FactName, FactValue> {
    let mut facts = BTreeMap::new();
    let mut set = |name: &str, value: FactValue| {
        facts.insert(FactName::new(name).expect("a fixed name is a name"), value);
    };
    let word = |text: &str| FactValue::Word(text.to_owned());
    set("sender_proven", FactValue::YesNo(proven));
    set("danger_words", FactValue::YesNo(!judged.intake.danger.is_empty()));
    set("nomination_kind", word(if judged.own_request { "self" } else { "professional" }));
    set("area_known", FactValue::YesNo(judged.routing.as_ref().is_some_and(|routing| routing.area.is_some())));
    let nomination = judged.intake.nomination.as_ref();
    set("consent", word(nomination.map_or("not_shown", consent_word)));
    let state = nomination.map_or(AssessmentState::None, |nomination| nomination.assessment.state);
    set("assessment", word(assessment_word(state)));
    set("missing_items", FactValue::Count(i64::try_from(judged.intake.missing.len()).unwrap_or(i64::MAX)));
    facts
}

fn consent_word(nomination: &Nomination) -> &'static str {
    if nomination.consent.is_contradicted() {
        return "not_shown";
    }
    match (&nomination.consent.given, nomination.consent.evidence) {
        (None, _) => "not_shown",
        (Some(answer), _) if !*answer.value.reveal() => "refused",
        (Some(_), Some(ConsentEvidence::AssertedByReferrer | ConsentEvidence::Verbal) | None) => "asserted",
        (Some(_), Some(ConsentEvidence::Signature | ConsentEvidence::TypedName | ConsentEvidence::ElectronicSignature)) => {
            "given"
        }
    }
}

fn assessment_word(state: AssessmentState) -> &'static str {
    match state {
        AssessmentState::None => "none",
        AssessmentState::Started => "started",
        AssessmentState::Complete => "complete",
    }
}

/// Facts a later mail on an open case shows: only what it shows positively, so that silence never takes anything back.
#[must_use]
pub fn facts_shown_later(
    words: &Vocabulary,
    judged: &Judged,
    reading: &Reading,
    received_on: Date,
) -> BTreeMap<FactName, FactValue> {
    let mut judged = judged.clone();
    if judged.intake.nomination.is_none() {
        judged.intake.nomination = Some(crate::domain::nomination::shown(reading, words, received_on));
    }
    let mut shown = facts(&judged, true);
    if !judged.intake.withdrawal.is_empty() {
        // That somebody said so, never that it is so: whoever is asked reads the mail and records it.
        let name = FactName::new("withdrawal_said_on").expect("a fixed name is a name");
        shown.insert(name, FactValue::Date(received_on));
    }
    let positive = |name: &str, value: &FactValue| match (name, value) {
        ("consent", FactValue::Word(word)) => word == "given" || word == "asserted",
        ("assessment", FactValue::Word(word)) => word == "started" || word == "complete",
        ("danger_words", FactValue::YesNo(yes)) => *yes,
        ("withdrawal_said_on", FactValue::Date(_)) => true,
        _ => false,
    };
    shown.retain(|name, value| positive(name.as_str(), value));
    shown
}

/// What the referrer is asked for: what the nomination lacks, a document that could be read in place of one that could not, and
/// consent once more when it is answered both ways. While nothing of the family could be read, the document alone is asked for: what
/// stands in it is not missing.
fn missing(intake: &Intake) -> Vec<String> {
    let nomination = intake.nomination.as_ref();
    let nothing_read = nomination.is_none_or(tells_nothing_of_family);
    let hidden: Vec<&str> =
        intake.documents.iter().filter(|document| hides_a_document(document, nothing_read)).map(asked_again).collect();
    let unsent = intake.doubts.iter().any(|doubt| doubt == NOTHING_ATTACHED);
    // Of a file that was cut off, what stood behind is asked for with the file.
    let cut_off = |document: &DocumentHead| document.problem == Some(Problem::Damaged) && document.read_by.is_some();
    let in_file = nothing_read && (!hidden.is_empty() || unsent) || intake.documents.iter().any(cut_off);
    let mut missing = if in_file { Vec::new() } else { intake.missing.clone() };
    let mut ask = |kind: &str, wanted: bool| {
        if wanted && !missing.iter().any(|have| have == kind) {
            missing.push(kind.to_owned());
        }
    };
    ask("consent", nomination.is_some_and(|nomination| nomination.consent.is_contradicted()));
    hidden.into_iter().for_each(|kind| ask(kind, true));
    ask("attachment", unsent);
    // What is missing may stand in what was lost of the mail. Where nothing is, a person alone looks: some programs write no end.
    let ends_in_the_middle = intake.doubts.iter().any(|doubt| doubt == ENDS_IN_THE_MIDDLE);
    let asks_anyhow = missing.iter().any(|kind| kind == "documents.damaged") || missing.is_empty();
    if ends_in_the_middle && !asks_anyhow {
        missing.push("documents.cut_off".to_owned());
    }
    missing
}

/// As what a file that could not be used is asked for again: who sent it learns what to do otherwise.
fn asked_again(document: &DocumentHead) -> &'static str {
    match document.problem {
        Some(Problem::Encrypted) => "documents.encrypted",
        Some(Problem::Damaged) => "documents.damaged",
        Some(Problem::TooLarge | Problem::TooDeep | Problem::TimeLimit | Problem::MemoryLimit) => "documents.too_large",
        Some(Problem::Unsupported) => "documents.unsupported",
        Some(Problem::Empty | Problem::NeedsOcr) | None => "documents",
    }
}

/// Neither a person nor a home nor a theme nor an answer about consent is told.
fn tells_nothing_of_family(nomination: &Nomination) -> bool {
    let home = &nomination.address;
    nomination.members.is_empty()
        && home.text.is_none()
        && home.postcode.is_none()
        && nomination.themes_of_nobody.is_empty()
        && nomination.consent.given.is_none()
}

/// Whether somebody has to send the file again. A picture is read by a person; an empty file hides something only where nothing else
/// tells of the family.
fn hides_a_document(document: &DocumentHead, nothing_read: bool) -> bool {
    let may_be_form = matches!(
        document.format,
        Format::Archive | Format::Heic | Format::Pdf | Format::Zip | Format::Docx | Format::Odt | Format::Doc | Format::Rtf
    );
    match document.problem {
        Some(
            Problem::Encrypted
            | Problem::Damaged
            | Problem::TooLarge
            | Problem::TooDeep
            | Problem::TimeLimit
            | Problem::MemoryLimit,
        ) => true,
        // An archive, photo, form or letter that is not opened hides a paper; of other kinds nobody knows whether they are one.
        Some(Problem::Unsupported) => may_be_form,
        Some(Problem::Empty) => nothing_read && document.format != Format::Image,
        Some(Problem::NeedsOcr) | None => false,
    }
}

/// Everything needed to open a case, but its reference.
pub struct Opening {
    /// Version of the life-cycle.
    pub lifecycle_version: String,
    /// The mail.
    pub mail: MailId,
    /// The day of receipt.
    pub received_on: Date,
    /// The sender is proven.
    pub sender_proven: bool,
    /// The address that sent it, when there is exactly one.
    pub sender: Option<Personal<String>>,
}

/// The opening of a case out of what was judged. `None` when the mail is no nomination.
#[must_use]
pub fn opened(judged: &Judged, opening: Opening, reference: CaseReference) -> Option<Opened> {
    let assessment = judged.assessment.as_ref()?;
    let routing = judged.routing.as_ref();
    let mut holders = BTreeMap::new();
    if let Some(contact) = referrer(judged, opening.sender.as_ref()) {
        holders.insert(RoleName::new("referrer").expect("a fixed name is a name"), contact);
    }
    let stored =
        serde_json::json!({ "nomination": judged.intake.nomination, "assessment": assessment, "doubts": judged.intake.doubts });
    Some(Opened {
        reference,
        lifecycle_version: opening.lifecycle_version,
        mail: opening.mail,
        area: routing.and_then(|routing| routing.area.clone()),
        received_on: opening.received_on,
        verdict: Verdict {
            grade: assessment.grade.clone(),
            rule_pack: assessment.rule_pack.clone(),
            rule_pack_version: assessment.rule_pack_version.clone(),
            interpretations: assessment.interpretations.clone(),
        },
        facts: facts(judged, opening.sender_proven),
        missing: judged.intake.missing.clone(),
        holders,
        nomination: Personal::new(stored.into()),
        sender_proven: opening.sender_proven,
        counts: counts(judged),
    })
}

/// The referrer is whoever sent the mail: answers go only to the address that wrote, never to one that a form names.
fn referrer(judged: &Judged, sender: Option<&Personal<String>>) -> Option<Contact> {
    let address = sender?.clone();
    let said = judged.intake.nomination.as_ref().map(|nomination| &nomination.referrer);
    let name = said.and_then(|referrer| referrer.name.as_ref()).map(|answer| answer.value.clone());
    let organisation = said.and_then(|referrer| referrer.organisation.as_ref()).map(|answer| answer.value.clone());
    Some(Contact { name: name.unwrap_or_else(|| address.clone()), address, organisation })
}

fn counts(judged: &Judged) -> BTreeMap<String, u32> {
    let mut counts = BTreeMap::new();
    let mut count = |name: &str, number: usize| counts.insert(name.to_owned(), u32::try_from(number).unwrap_or(u32::MAX));
    count("attachments", judged.intake.documents.len());
    let Some(nomination) = judged.intake.nomination.as_ref() else { return counts };
    count("members", nomination.members.len());
    count("children", nomination.members.iter().filter(|member| member.is_child == Some(true)).count());
    let sure = |member: &&crate::domain::nomination::Member| {
        member.themes.iter().filter(|theme| theme.standing != Standing::Possible).count() >= 2
    };
    count("members_two", nomination.members.iter().filter(sure).count());
    let mut best: BTreeMap<&str, Standing> = BTreeMap::new();
    let shown = nomination.members.iter().flat_map(|member| &member.themes).chain(&nomination.themes_of_nobody);
    for theme in shown {
        let standing = best.entry(theme.theme.as_str()).or_insert(theme.standing);
        *standing = (*standing).max(theme.standing);
    }
    for (name, standing) in [
        ("themes_ticked", Standing::Ticked),
        ("themes_stated", Standing::Stated),
        ("themes_documented", Standing::Documented),
        ("themes_possible", Standing::Possible),
    ] {
        count(name, best.values().filter(|have| **have == standing).count());
    }
    counts
}
