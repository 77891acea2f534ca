//! What a mail is for: machines first, then what it carries, then what it says.

use std::sync::LazyLock;

use regex::Regex;

use super::dates::{self, Era};
use super::form::Form;
use super::papers::{Origin, Paper};
use super::pattern::Told;
use super::postcode::postcode;
use super::text::fold;
use super::words::Lexicon;
use crate::domain::document::Problem;
use crate::domain::mail::AutomaticSign;
use crate::domain::nomination::{MailKind, Reading, Source};
use crate::domain::time::Date;

/// A name with an age or a birthday behind it.
static PERSON: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\p{Lu}[\p{L}'’-]+\s*(?:\(\d{1,2}\)|,\s*\d{1,2}\s*[,.;]|,?\s+(?:aged|born|dob|DOB)\b|\(?\s*\d{1,2}[./]\d{1,2}[./]\d{2,4})").expect("valid")
});

/// The kind of the mail. `danger` is where words of immediate danger stand.
pub(super) fn mail_kind(
    reading: &Reading,
    papers: &[Paper<'_>],
    danger: &[Source],
    lexicon: &Lexicon<'_>,
    received_on: Date,
) -> MailKind {
    let subject = reading.message.subject.as_str();
    let text = own_words(papers);
    let filled = papers.iter().any(|paper| {
        paper.is_nomination() && paper.is_filled(lexicon) && (paper.origin != Origin::Quoted || forwards(subject, &text))
    });
    if let Some(kind) = automatic(reading, subject, filled, lexicon) {
        return kind;
    }
    // Some machines answer without a header that says so; they are short and say it in words.
    if !filled && text.split_whitespace().count() < 90 && lexicon.mentions("auto_bodies", &text).is_some() {
        return MailKind::AutoReply;
    }
    // Whatever case its subject names: anybody can write a reference, and a family must not be lost over one.
    if filled {
        return MailKind::Nomination;
    }
    by_words(reading, papers, danger, (lexicon, received_on))
}

/// What a mail is for that no machine sent and no filled form came with: by what its writer says, and by the files beside it.
fn by_words(
    reading: &Reading,
    papers: &[Paper<'_>],
    danger: &[Source],
    (lexicon, received_on): (&Lexicon<'_>, Date),
) -> MailKind {
    let subject = reading.message.subject.as_str();
    let own: Vec<&Paper<'_>> = papers.iter().filter(|paper| paper.origin == Origin::Body).collect();
    let text = own_words(papers);
    let says = |list: &str| lexicon.mentions(list, subject).is_some() || lexicon.mentions(list, &text).is_some();
    if says("foi_words") {
        return MailKind::FoiRequest;
    }
    if says("sar_words") {
        return MailKind::SubjectAccessRequest;
    }
    let opens = |list: &str| lexicon.list(list).iter().any(|opener| fold(subject).starts_with(opener.as_str()));
    if says("complaint_words") || opens("complaint_subjects") {
        return MailKind::Complaint;
    }
    let carries = papers.iter().any(|paper| paper.origin == Origin::File && may_be_form(paper, lexicon));
    let announces =
        lexicon.mentions("nomination_words", subject).is_some() || lexicon.mentions("nomination_words", &text).is_some();
    let asks = says("advice_words");
    if case_reference(subject) || case_reference(&text) {
        return MailKind::Update;
    }
    if carries && (announces || !asks) {
        return MailKind::Nomination;
    }
    if !danger.is_empty() && !announces {
        return MailKind::SafeguardingAlert;
    }
    if tells_of_household(subject, papers, lexicon, received_on) && !says("update_words") {
        return MailKind::Nomination;
    }
    let blank_form = papers.iter().any(|paper| paper.is_nomination() && !paper.is_unreadable());
    if asks || (blank_form && text.contains('?')) {
        return MailKind::AdviceRequest;
    }
    if blank_form {
        return MailKind::Other;
    }
    let nominates =
        lexicon.mentions("nominating_words", &text).is_some() || lexicon.mentions("nominating_words", subject).is_some();
    let nominates = nominates || asks_for_own_family(&text, lexicon) || describes_a_family(subject, &own, lexicon);
    let locked = papers.iter().any(|paper| paper.origin == Origin::File && paper.document.problem == Some(Problem::Encrypted));
    if nominates || (announces && (locked || says("secure_words") || !text.contains('?'))) {
        return MailKind::Nomination;
    }
    if reading.message.references.is_empty() && !says("update_words") {
        if text.contains('?') && announces { MailKind::AdviceRequest } else { MailKind::Other }
    } else if says("update_words") {
        MailKind::Update
    } else {
        MailKind::Other
    }
}

/// The words of the mail itself, without files and what it quotes.
fn own_words(papers: &[Paper<'_>]) -> String {
    papers.iter().filter(|paper| paper.origin == Origin::Body).map(|paper| paper.words.as_str()).collect()
}

/// Whether a mail of kind [`MailKind::Other`] is one that a list server sent to many and that says nothing to us. Mail of people comes
/// through lists too: what brings a form or a file that could not be read, names a case, tells of danger, asks something or puts a
/// family forward is for a person.
pub(super) fn is_circular(
    reading: &Reading,
    papers: &[Paper<'_>],
    danger: &[Source],
    (lexicon, received_on): (&Lexicon<'_>, Date),
) -> bool {
    let bulk = reading.message.automatic.iter().any(|sign| matches!(sign, AutomaticSign::List | AutomaticSign::Precedence));
    let brings_form = papers.iter().any(|paper| paper.is_nomination() || (paper.origin == Origin::File && paper.is_unreadable()));
    if !bulk || brings_form || !danger.is_empty() {
        return false;
    }
    let text = own_words(papers);
    let names_case = case_reference(&reading.message.subject) || case_reference(&text);
    match by_words(reading, papers, danger, (lexicon, received_on)) {
        MailKind::Other => true,
        // `Our autumn update`: news of a case answers something, or names the case.
        MailKind::Update => reading.message.references.is_empty() && !names_case,
        MailKind::AdviceRequest => !asks_for_itself(&text, lexicon),
        MailKind::Nomination
        | MailKind::FoiRequest
        | MailKind::SubjectAccessRequest
        | MailKind::Complaint
        | MailKind::SafeguardingAlert
        | MailKind::AutoReply
        | MailKind::Bounce => false,
    }
}

/// Whether somebody asks us something, and does not only use a word of it (`money advice drop-ins`): a question, a phrase of several
/// words, or a writer who says `I`.
fn asks_for_itself(text: &str, lexicon: &Lexicon<'_>) -> bool {
    let bare = super::text::bare(text);
    let phrases = lexicon.list("advice_words").iter().filter(|words| words.contains(' '));
    text.contains('?') || bare.split_whitespace().any(|word| word == "i") || Told::new(&bare).first(phrases).is_some()
}

/// Whether the mail's own words send the reader to an attachment.
pub(super) fn speaks_of_attachment(papers: &[Paper<'_>], lexicon: &Lexicon<'_>) -> bool {
    lexicon.mentions("attachment_words", &own_words(papers)).is_some()
}

/// A mail no person wrote. A filled form overrules what only a list server, a subject or one odd header says.
fn automatic(reading: &Reading, subject: &str, filled: bool, lexicon: &Lexicon<'_>) -> Option<MailKind> {
    let has = |sign: AutomaticSign| reading.message.automatic.contains(&sign);
    let replies = lexicon.list("auto_subjects").iter().any(|opener| fold(subject).starts_with(opener.as_str()));
    let bounces = lexicon.list("bounce_subjects").iter().any(|opener| fold(subject).starts_with(opener.as_str()));
    let reports = has(AutomaticSign::DeliveryReport);
    if (reports && (!filled || has(AutomaticSign::NullReturnPath)))
        || (bounces && (has(AutomaticSign::NullReturnPath) || !filled))
    {
        return Some(MailKind::Bounce);
    }
    let answers = has(AutomaticSign::ReadReceipt) || has(AutomaticSign::Calendar) || has(AutomaticSign::AutoSubmitted);
    if (!filled && (answers || has(AutomaticSign::Subject) || replies))
        || (has(AutomaticSign::VendorHeader) && !filled && !carries_file(reading))
    {
        return Some(MailKind::AutoReply);
    }
    let bulk = has(AutomaticSign::List) || has(AutomaticSign::Precedence);
    (bulk && !filled).then_some(MailKind::Other)
}

/// Whether the mail's own words are those of a family that comes forward itself.
pub(super) fn is_of_own_family(papers: &[Paper<'_>], lexicon: &Lexicon<'_>) -> bool {
    let own = papers.iter().filter(|paper| paper.origin == Origin::Body);
    asks_for_own_family(&own.map(|paper| paper.words.as_str()).collect::<String>(), lexicon)
}

/// `I live at … with my two kids … I agree to you sharing this`: a family that comes forward without the word for it.
fn asks_for_own_family(text: &str, lexicon: &Lexicon<'_>) -> bool {
    let bare = super::text::bare(text);
    let told = Told::new(&bare);
    ["own_home", "own_children", "own_wish"].iter().all(|list| told.first(lexicon.list(list)).is_some())
}

/// Whether one text of the mail brings what a nomination brings: two people with their days, and two more of a word for it, a
/// home, an agreement, several criteria gone through. Whoever asks for advice tells none of these, however many questions stand
/// beside them.
fn tells_of_household(subject: &str, papers: &[Paper<'_>], lexicon: &Lexicon<'_>, received_on: Date) -> bool {
    let own: String = papers.iter().filter(|paper| paper.origin == Origin::Body).map(|paper| paper.words.as_str()).collect();
    let forwarded = forwards(subject, &own);
    let counts = |paper: &&Paper<'_>| match paper.origin {
        Origin::Body | Origin::Inner => true,
        Origin::Quoted => forwarded,
        Origin::File => paper.is_nomination(),
    };
    papers.iter().filter(counts).any(|paper| {
        let born = |line: &str| {
            dates::dates(line, Era::Birth(None), received_on).into_iter().flatten().any(|date| date.year() < received_on.year())
        };
        let days = paper.words.lines().map(|line| {
            let apart = line.split([';', '(', ')']).filter(|part| born(part)).count();
            apart.max(usize::from(born(line)))
        });
        let people = days.sum::<usize>().max(paper.form.entries).max(named(&paper.form, lexicon));
        let says = |list: &str| lexicon.mentions(list, &paper.words).is_some();
        let announced =
            ["nomination_words", "nominating_words"].iter().any(|list| says(list) || lexicon.mentions(list, subject).is_some());
        let home = postcode(&paper.words).is_some();
        let agreed = says("consent_sentences") || says("own_consent") || paper.form.answers_to("consent").next().is_some();
        let mut themes: Vec<&str> = paper.words.lines().filter_map(|line| asked_theme(line, lexicon)).collect();
        themes.sort_unstable();
        themes.dedup();
        let shown = [announced, home, agreed, themes.len() >= 3];
        people >= 2 && shown.into_iter().filter(|shown| *shown).count() >= 2
    })
}

/// How many people somebody wrote something of.
fn named(form: &Form, lexicon: &Lexicon<'_>) -> usize {
    form.people.iter().filter(|draft| draft.fields.iter().any(|(_, slot)| !slot.is_blank(lexicon))).count()
}

/// The theme a line goes through: at its beginning, before what is said of it.
fn asked_theme<'a>(line: &str, lexicon: &Lexicon<'a>) -> Option<&'a str> {
    let head = line.split(':').next().unwrap_or_default();
    let head = head.split(" - ").next().unwrap_or_default();
    (head.split_whitespace().count() <= 10).then(|| lexicon.criterion(head)).flatten()
}

/// `family for Focus Family`, and in the letter at least two people with their ages: a nomination without the word for it.
fn describes_a_family(subject: &str, own: &[&Paper<'_>], lexicon: &Lexicon<'_>) -> bool {
    const PEOPLE_MIN: usize = 2;
    let told = |slot: &super::slot::Slot| PERSON.find_iter(&slot.text()).count();
    lexicon.mentions("programme_names", subject).is_some()
        && own.iter().flat_map(|paper| &paper.form.narrative).map(told).sum::<usize>() >= PEOPLE_MIN
}

fn carries_file(reading: &Reading) -> bool {
    !reading.documents.is_empty()
}

/// An attachment that is, or by its name may be, a filled form that could not be read.
fn may_be_form(paper: &Paper<'_>, lexicon: &Lexicon<'_>) -> bool {
    if paper.is_unreadable() {
        let named = lexicon.mentions("nomination_words", &paper.name.replace(['_', '-', '.'], " ")).is_some();
        return paper.document.problem.is_some() && (paper.is_nomination() || named);
    }
    false
}

/// Whether the mail passes on another's: told by its subject, or by having next to nothing of its own.
pub(super) fn forwards(subject: &str, text: &str) -> bool {
    let subject = fold(subject);
    let opener = subject.split(':').next().unwrap_or_default();
    matches!(opener, "fw" | "fwd") || (!matches!(opener, "re") && text.split_whitespace().count() < 30)
}

/// `FF-2026-0263` somewhere in `text`.
fn case_reference(text: &str) -> bool {
    /// `FF-2026-` and seven digits, with room to spare: a text of nothing but its beginning costs no more than its length.
    const CHARACTERS_MAX: usize = 24;
    let upper = text.to_ascii_uppercase();
    upper.match_indices("FF-").any(|(at, _)| {
        let number: String =
            upper[at..].chars().take(CHARACTERS_MAX).take_while(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
        number.trim_end_matches('-').parse::<crate::domain::ids::CaseReference>().is_ok()
    })
}
