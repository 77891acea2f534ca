//! A mail, read → what it is for and what a careful reader takes from it. Pure and total.

use super::assessment::assessment;
use super::consent::consent;
use super::danger::{danger, withdrawal};
use super::mail_kind::mail_kind;
use super::members::{Named, household, single, take};
use super::papers::{Origin, Paper, heads, papers};
use super::postcode::{postcode, whole_postcode};
use super::referrer::referrer;
use super::text::{bare, tidy};
use super::themes::Themes;
use super::words::{Lexicon, Vocabulary};
use crate::domain::document::{Document, Format, Problem};
use crate::domain::mail::{ENDS_IN_THE_MIDDLE, Message};
use crate::domain::nomination::{
    Agency, Answer, AssessmentState, DocumentKind, HomeAddress, Intake, MailKind, Nomination, Reading, Source,
};
use crate::domain::time::Date;

/// What `reading` is for and, of a nomination, each answer with its source, as on `received_on`.
///
/// `words` are all the words of the programme's forms. Never fails: what is not understood is absent or a doubt.
#[must_use]
pub fn interpret(reading: &Reading, words: &Vocabulary, received_on: Date) -> Intake {
    let lexicon = Lexicon::new(words);
    let mut papers = papers(reading, &lexicon);
    let danger = danger(reading, &papers, &lexicon, received_on);
    let withdrawal = withdrawal(reading, &papers, &lexicon, received_on);
    let kind = mail_kind(reading, &papers, &danger, &lexicon, received_on);
    if kind == MailKind::Nomination {
        told_lines_count(&mut papers, &reading.message.subject, &lexicon);
    }
    Intake { withdrawal, ..taken(reading, &papers, &lexicon, (kind, danger), received_on) }
}

/// Whether the subject of a mail of which no more than its head could be read tells of danger now.
#[must_use]
pub fn subject_tells_of_danger(message: &Message, words: &Vocabulary, received_on: Date) -> bool {
    super::danger::in_subject(message, &Lexicon::new(words), received_on)
}

/// As [`interpret`], when a person has said that the mail is a nomination: its text counts as one where no form is found.
#[must_use]
pub fn nominated(reading: &Reading, words: &Vocabulary, received_on: Date) -> Intake {
    let lexicon = Lexicon::new(words);
    let mut papers = papers(reading, &lexicon);
    let danger = danger(reading, &papers, &lexicon, received_on);
    if !papers.iter().any(Paper::is_nomination) {
        body_counts(&mut papers);
    }
    taken(reading, &papers, &lexicon, (MailKind::Nomination, danger), received_on)
}

fn taken(
    reading: &Reading,
    papers: &[Paper<'_>],
    lexicon: &Lexicon<'_>,
    (kind, danger): (MailKind, Vec<Source>),
    received_on: Date,
) -> Intake {
    let circular = kind == MailKind::Other && super::mail_kind::is_circular(reading, papers, &danger, (lexicon, received_on));
    let mut intake = Intake {
        kind,
        danger,
        documents: heads(papers),
        nomination: None,
        missing: Vec::new(),
        doubts: doubts(reading, papers),
        of_own_family: kind == MailKind::Nomination && super::mail_kind::is_of_own_family(papers, lexicon),
        circular,
        withdrawal: Vec::new(),
        also: (kind == MailKind::Nomination).then(|| super::mail_kind::asked_besides(reading, papers, lexicon)).flatten(),
    };
    if papers.iter().all(|paper| paper.origin != Origin::File) && super::mail_kind::speaks_of_attachment(papers, lexicon) {
        intake.doubts.push(NOTHING_ATTACHED.to_owned());
    }
    if kind == MailKind::Nomination && !readable(papers, lexicon) {
        // What the mail itself says of who sent it is known all the same.
        let sent_by = referrer(reading, &papers.iter().collect::<Vec<_>>(), lexicon);
        intake.nomination = Some(Nomination { referrer: sent_by, ..Nomination::default() });
    } else if kind == MailKind::Nomination {
        let (of_family, others) = one_family(papers, lexicon);
        if others {
            intake.doubts.push("the mail brings forms of more than one family; only the first was read".to_owned());
        }
        let (nomination, homeless) = nomination(reading, &of_family, lexicon, received_on);
        intake.doubts.extend(homeless);
        intake.missing = missing(&nomination);
        intake.doubts.extend(nomination_doubts(&nomination));
        intake.nomination = Some(nomination);
    }
    intake
}

/// What is told of a mail whose words send the reader to an attachment that is not there.
pub const NOTHING_ATTACHED: &str = "the mail speaks of an attachment, and nothing is attached";

/// What `reading` shows of a family that is known already, whatever the mail is for: the answer to a question brings no whole form.
#[must_use]
pub fn shown(reading: &Reading, words: &Vocabulary, received_on: Date) -> Nomination {
    let lexicon = Lexicon::new(words);
    let mut papers = papers(reading, &lexicon);
    body_counts(&mut papers);
    nomination(reading, &papers.iter().collect::<Vec<_>>(), &lexicon, received_on).0
}

/// An answer of two lines is no form, but its lines are answers all the same.
fn body_counts(papers: &mut [Paper<'_>]) {
    for paper in papers.iter_mut().filter(|paper| paper.origin == Origin::Body && paper.kind == DocumentKind::Other) {
        paper.kind = DocumentKind::NominationAndConsentForm;
    }
}

/// A letter that tells of persons line by line is read as a form, where no form came along.
fn told_lines_count(papers: &mut [Paper<'_>], subject: &str, lexicon: &Lexicon<'_>) {
    if papers.iter().any(|paper| paper.is_nomination() && paper.is_filled(lexicon)) {
        return;
    }
    let own: String = papers.iter().filter(|paper| paper.origin == Origin::Body).map(|paper| paper.words.as_str()).collect();
    let forwarded = super::mail_kind::forwards(subject, &own);
    let counts = |origin: Origin| matches!(origin, Origin::Body | Origin::Inner) || origin == Origin::Quoted && forwarded;
    let tells = |paper: &&mut Paper<'_>| counts(paper.origin) && paper.form.entries > 0;
    for paper in papers.iter_mut().filter(tells).filter(|paper| paper.kind == DocumentKind::Other) {
        paper.kind = DocumentKind::NominationAndConsentForm;
    }
}

/// Whether anything was read that can tell of the family; a locked form with nothing beside it cannot.
fn readable(papers: &[Paper<'_>], lexicon: &Lexicon<'_>) -> bool {
    let closed = |paper: &Paper<'_>| matches!(paper.document.problem, Some(Problem::Encrypted | Problem::Damaged));
    let locked = papers.iter().any(|paper| paper.origin == Origin::File && closed(paper));
    !locked
        || papers
            .iter()
            .any(|paper| (paper.is_nomination() && paper.is_filled(lexicon)) || (paper.is_assessment() && !paper.is_unreadable()))
}

/// The nomination, and what is doubtful of places a letter names.
fn nomination(reading: &Reading, papers: &[&Paper<'_>], lexicon: &Lexicon<'_>, received_on: Date) -> (Nomination, Vec<String>) {
    let forms: Vec<Named<'_>> = named(papers.iter().filter(|paper| paper.is_nomination()));
    let referrer = referrer(reading, papers, lexicon);
    let own = papers.iter().any(|paper| paper.origin == Origin::Body && super::letter::speaks_of_own(&paper.words, lexicon));
    let writer = referrer.name.as_ref().filter(|_| !own).map(|name| bare(&super::names::clean(name.value.reveal(), lexicon)));
    let mut household = household(&forms, writer.as_deref(), lexicon, received_on);
    let mut nomination = Nomination { members: std::mem::take(&mut household.members), referrer, ..Nomination::default() };
    nomination.address = address(&forms, lexicon);
    let name = nomination.referrer.name.as_ref().map(|name| name.value.reveal().clone());
    let by_form = forms.iter().any(|named| named.form.people.iter().any(|draft| !draft.of_line && !draft.fields.is_empty()));
    let members = std::mem::take(&mut nomination.members);
    let by_form = by_form && !members.is_empty();
    let told = super::letter::told(papers, members, by_form, name.as_deref(), lexicon, received_on);
    nomination.members = told.members;
    let writer = told.writer;
    if let Some(member) = writer.and_then(|writer| nomination.members.get(writer)) {
        super::referrer::is_of_family(member, &mut nomination.referrer);
    }
    let home = super::home::home(papers, &nomination.members, name.as_deref(), lexicon);
    let mut doubts = if nomination.address.postcode.is_some() { Vec::new() } else { home.doubts };
    doubts.extend(household.born_to_come.iter().map(|at| format!("member {}: the date of birth is still to come", at + 1)));
    if by_form {
        super::disagree::birthdays_in_sentences(papers, &mut nomination.members, received_on);
        let said = super::home::said(papers, &nomination.members, name.as_deref(), lexicon);
        super::disagree::home_in_sentences(said, &mut nomination.address);
    }
    super::letter::fill(&mut nomination.address, home.address);
    if nomination.members.is_empty() {
        let assessments = named(papers.iter().filter(|paper| paper.is_assessment()));
        nomination.members = super::members::household(&assessments, None, lexicon, received_on).members;
    }
    let themes = Themes { lexicon, received_on, writer };
    themes.marks(&forms, &household, &mut nomination);
    themes.said(&forms, &household, &mut nomination);
    for named in &forms {
        themes.statutory_answers(named, &mut nomination);
    }
    // Of the mails below this one only those are read that nominate: a form, or a letter that told who is of the family.
    let counts = |index: usize, paper: &Paper<'_>| paper.origin != Origin::Quoted || told.by.contains(&index);
    for (_, paper) in papers.iter().enumerate().filter(|(index, paper)| paper.is_nomination() || counts(*index, paper)) {
        themes.prose(paper, &mut nomination);
    }
    for paper in papers.iter().filter(|paper| paper.is_assessment()) {
        themes.documented_marks(paper, &mut nomination);
        themes.plan_paper(paper, &mut nomination);
    }
    super::numbers::in_sentences(&forms, lexicon, &mut nomination.members);
    super::schooling::schools(&forms, &household, lexicon, received_on, &mut nomination.members);
    let letter =
        |(index, paper): &(usize, &&Paper<'_>)| !paper.is_nomination() && !paper.is_assessment() && counts(*index, paper);
    let letters = named(papers.iter().enumerate().filter(letter).map(|(_, paper)| paper));
    super::schooling::schools(&letters, &super::members::Household::default(), lexicon, received_on, &mut nomination.members);
    nomination.agencies = agencies(&forms, lexicon);
    nomination.consent = consent(papers, &nomination.members, lexicon, received_on);
    let who = writer.and_then(|writer| nomination.members.get(writer)).map(super::members::full_name);
    if let Some(name) = who.filter(|_| nomination.consent.given.is_none()) {
        nomination.consent = super::consent::own_words(papers, &name, lexicon);
    }
    let sent_by = nomination.referrer.name.as_ref().map(|name| name.value.reveal().as_str());
    doubts.extend(super::consent::doubts(&mut nomination.consent, &nomination.members, sent_by, received_on));
    nomination.assessment = super::assessment::with_plans_of(&nomination.members, assessment(papers, lexicon, received_on));
    (nomination, doubts)
}

fn named<'p, 'r: 'p>(papers: impl Iterator<Item = &'p &'p Paper<'r>>) -> Vec<Named<'p>> {
    papers.map(|paper| Named { document: paper.name, form: &paper.form }).collect()
}

/// The papers of one family: a second filled form with other people and another address is another family's.
fn one_family<'p, 'r>(papers: &'p [Paper<'r>], lexicon: &Lexicon<'_>) -> (Vec<&'p Paper<'r>>, bool) {
    let mut kept: Vec<&Paper<'r>> = Vec::new();
    let mut first: Option<(Vec<String>, Option<String>)> = None;
    let mut others = papers.iter().any(|paper| paper.more_families);
    for paper in papers {
        if paper.is_nomination() && paper.is_filled(lexicon) {
            let people = people_of(paper, lexicon);
            let home = address(&[Named { document: paper.name, form: &paper.form }], lexicon)
                .postcode
                .map(|code| code.value.into_revealed());
            match &first {
                None => first = Some((people, home)),
                Some((known, known_home)) => {
                    let shared = people.is_empty() || known.is_empty() || people.iter().any(|person| known.contains(person));
                    let same_home = home.is_some() && home == *known_home;
                    if !shared && !same_home {
                        others = true;
                        continue;
                    }
                }
            }
        }
        kept.push(paper);
    }
    (kept, others)
}

fn people_of(paper: &Paper<'_>, lexicon: &Lexicon<'_>) -> Vec<String> {
    let drafts = paper.form.people.iter();
    let names = drafts.filter_map(|draft| {
        let part = |field: &str| draft.slot(field).and_then(|slot| slot.answer(lexicon));
        let name = part("full_name")
            .or_else(|| part("member"))
            .or_else(|| Some([part("first_name"), part("family_name")].into_iter().flatten().collect::<Vec<_>>().join(" ")))?;
        Some(bare(&super::names::clean(&name, lexicon))).filter(|name| !name.is_empty())
    });
    names.collect()
}

/// House, street, district, town, county.
const ADDRESS_PARTS_MAX: usize = 6;

/// The family's address: under its own heading, never an agency's.
fn address(forms: &[Named<'_>], lexicon: &Lexicon<'_>) -> HomeAddress {
    let mut home = HomeAddress::default();
    let mut parts: Vec<Answer<String>> = Vec::new();
    for named in forms {
        let asks = |field: &str, section: &str| {
            matches!(field, "address" | "address_part" | "postcode")
                && !matches!(section, "referrer" | "agencies" | "consent" | "official" | "assessment" | "elsewhere")
        };
        // Typed out in a mail, the family's address may follow the referrer's lines without a heading of its own.
        let headed = named.form.answers.iter().any(|answer| asks(&answer.field, &answer.section));
        // A lone postcode among the referrer's lines is the family's: referrers give their address, or none.
        let placed = |answer: &&super::form::Answered| asks(&answer.field, &answer.section);
        let coded = named.form.answers.iter().filter(placed).any(|answer| postcode(&answer.slot.text()).is_some());
        let of_referrer = |field: &str| named.form.answers.iter().any(|a| a.field == field && a.section == "referrer");
        let lone = |answer: &&super::form::Answered| {
            !coded && answer.field == "postcode" && answer.section == "referrer" && !of_referrer("address")
        };
        let answers = named.form.answers.iter().filter(|answer| {
            placed(answer)
                || lone(answer)
                || (!headed && matches!(answer.field.as_str(), "address" | "address_part" | "postcode"))
        });
        for answer in answers {
            let lines = answer.slot.lines_text();
            let text = lines
                .lines()
                .map(|line| line.trim().trim_end_matches(','))
                .filter(|line| !line.is_empty())
                .collect::<Vec<_>>()
                .join(", ");
            if lexicon.is_blank(&text) || lexicon.is("role_words", &text) || lexicon.is("ditto", &text) || lexicon.is("no", &text)
            {
                continue;
            }
            let source = |sure: f32| answer.slot.source(named.document, "", sure);
            match answer.field.as_str() {
                "postcode" if whole_postcode(&text).is_some() => {
                    take(&mut home.postcode, whole_postcode(&text).map(|code| single(code, source(1.0))));
                }
                // The end of a label broken over two lines: the address and its postcode stand behind it.
                "postcode" if postcode(&text).is_none() => {}
                "address_part" if parts.len() < ADDRESS_PARTS_MAX => {
                    let (code, left) = postcode(&text).map_or((None, tidy(&text)), |(code, left)| (Some(code), left));
                    take_first(&mut home.postcode, code.map(|code| single(code, source(0.97))));
                    parts.extend(Some(left).filter(|left| !left.is_empty()).map(|left| single(left, source(1.0))));
                }
                "address" | "postcode" => {
                    let (code, left) = match postcode(&text) {
                        Some((code, left)) => (Some(code), left),
                        None => (None, tidy(&text)),
                    };
                    take_first(&mut home.postcode, code.map(|code| single(code, source(0.97))));
                    take_first(&mut home.text, Some(left).filter(|left| !left.is_empty()).map(|left| single(left, source(1.0))));
                }
                _ => {}
            }
        }
    }
    if home.postcode.is_none() {
        for (named, answer) in
            forms.iter().flat_map(|named| named.form.answers_to("place").map(move |answer| (named, answer))).take(1)
        {
            let source = |sure: f32| answer.slot.source(named.document, "", sure);
            let found = postcode(&answer.slot.text());
            home.postcode = found.as_ref().map(|(code, _)| single(code.clone(), source(0.85)));
            home.text = home.text.or_else(|| found.map(|(_, street)| single(street, source(0.85))));
        }
    }
    if !parts.is_empty() {
        let all: Vec<&Answer<String>> = home.text.iter().chain(&parts).collect();
        let text = all.iter().map(|part| part.value.reveal().as_str()).collect::<Vec<_>>().join(", ");
        home.text = all.first().map(|first| Answer { value: crate::domain::personal::Personal::new(text), ..(*first).clone() });
    }
    home
}

/// Keeps the first address; a later one of another member is another reading, not a correction.
fn take_first(known: &mut Option<Answer<String>>, other: Option<Answer<String>>) {
    take(known, other);
}

fn agencies(forms: &[Named<'_>], lexicon: &Lexicon<'_>) -> Vec<Agency> {
    let mut agencies: Vec<Agency> = Vec::new();
    for named in forms {
        for (name, contact) in &named.form.agencies {
            let Some(text) = name.answer(lexicon).filter(|text| !lexicon.is("no", text)) else { continue };
            if agencies.iter().any(|agency| bare(agency.name.value.reveal()) == bare(&text)) {
                continue;
            }
            let contact =
                contact.as_ref().and_then(|slot| Some(single(slot.answer(lexicon)?, slot.source(named.document, "", 1.0))));
            agencies.push(Agency { name: single(text, name.source(named.document, "", 1.0)), contact });
        }
    }
    agencies
}

/// What the referrer still has to send. A started assessment is not missing, it is chased.
fn missing(nomination: &Nomination) -> Vec<String> {
    let mut missing = Vec::new();
    if nomination.referrer.name.is_none() {
        missing.push("referrer.name".to_owned());
    }
    if nomination.address.postcode.is_none() {
        missing.push("address.postcode".to_owned());
    }
    if nomination.members.is_empty() {
        missing.push("members".to_owned());
    }
    for (index, member) in nomination.members.iter().enumerate() {
        if member.date_of_birth.is_none() && member.expected_on.is_none() {
            missing.push(format!("members[{index}].date_of_birth"));
        }
    }
    if !nomination.consent.given.as_ref().is_some_and(|given| *given.value.reveal()) {
        missing.push("consent".to_owned());
    }
    if nomination.assessment.state == AssessmentState::None {
        missing.push("assessment".to_owned());
    }
    missing
}

fn doubts(reading: &Reading, papers: &[Paper<'_>]) -> Vec<String> {
    let mut doubts: Vec<String> = Vec::new();
    let files: Vec<&Document> = papers.iter().filter(|paper| paper.origin == Origin::File).map(|paper| paper.document).collect();
    // By its kind, not by its name, which may hold a person's.
    let which = |document: &Document| match document.format.word().filter(|_| files.len() > 1) {
        Some(word) => format!("an attachment ({word})"),
        None => "an attachment".to_owned(),
    };
    let mut said: Vec<&str> = Vec::new();
    for document in &files {
        let (which, says) = match document.problem {
            Some(_) if document.format == Format::Sealed => (String::new(), sealed(document)),
            // A picture without a word, of a signature say, is empty too; where there is nothing else somebody asks.
            Some(Problem::Empty) if files.len() > 1 || document.format == Format::Image => continue,
            Some(problem) => (which(document) + " ", problem.says(document.format)),
            None => continue,
        };
        if !said.contains(&says) {
            said.push(says);
            doubts.push(which + says);
        }
    }
    doubts.extend(reading.message.sender_signs.iter().map(|sign| sign.says().to_owned()));
    doubts.extend(reading.message.notes.iter().filter(|note| *note == ENDS_IN_THE_MIDDLE).cloned());
    doubts
}

/// Who can open a sealed letter, and what to do then.
fn sealed(document: &Document) -> &'static str {
    let by_key = ["S/MIME", "OpenPGP"].iter().any(|kind| document.notes.iter().any(|note| note.ends_with(kind)));
    if by_key {
        "the mail is encrypted for a key (S/MIME or PGP); open it where the key is and save the form here, or ask for it as an ordinary mail"
    } else {
        "the mail came through a secure-mail service; open it there, in the mailbox it was sent to, and save the form here"
    }
}

fn nomination_doubts(nomination: &Nomination) -> Vec<String> {
    let mut doubts = Vec::new();
    if nomination.consent.given.as_ref().is_some_and(|given| !given.others.is_empty()) {
        doubts.push("consent is answered both Yes and No".to_owned());
    }
    if nomination.address.postcode.as_ref().is_some_and(|code| !code.others.is_empty()) {
        doubts.push("more than one postcode is given".to_owned());
    } else if super::disagree::homes_differ(&nomination.address) {
        doubts.push("more than one address is given".to_owned());
    }
    if nomination.members.len() > super::people::PEOPLE_MAX {
        doubts.push(format!("more than {} people are named; not all of them were read", super::people::PEOPLE_MAX));
    }
    for (index, member) in nomination.members.iter().enumerate() {
        let number = index + 1;
        if member.date_of_birth.as_ref().is_some_and(|born| !born.others.is_empty()) {
            doubts.push(format!("member {number}: the date of birth can be read in two ways"));
        }
        if [&member.given_name, &member.family_name].into_iter().any(|name| super::disagree::names_differ(name.as_ref())) {
            doubts.push(format!("member {number}: the name is written in two ways"));
        }
        if member.themes.iter().any(|shown| member.denied.contains(&shown.theme)) {
            doubts.push(format!("member {number}: a theme is answered both Yes and No"));
        }
    }
    doubts.extend((1..).zip(&nomination.members).flat_map(|(place, member)| super::numbers::doubts(place, member)));
    let of_nobody = nomination.themes_of_nobody.iter();
    let mut unsure = of_nobody.filter(|shown| shown.standing == crate::domain::nomination::Standing::Possible);
    if unsure.any(|shown| nomination.denied.contains(&shown.theme)) {
        doubts.push("a theme is answered both Yes and No".to_owned());
    }
    if !nomination.themes_of_nobody.is_empty() {
        doubts.push("a theme is shown without saying of whom".to_owned());
    }
    doubts
}
