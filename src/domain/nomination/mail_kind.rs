//! What a mail is for: machines first, then what it carries, then what it says.

use std::sync::LazyLock;

use regex::Regex;

use super::dates::{self, Era};
use super::papers::{Origin, Paper};
use super::pattern::{Patterns, Told};
use super::postcode::postcode;
use super::text::{fold, sentences};
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
    // A program that answers repeats what it was sent, and passes nothing on: a letter of ours in it is no form that somebody filled in.
    let answered = reading.message.automatic.contains(&AutomaticSign::AutoReplied);
    let passed_on = !answered && forwards(subject, &text);
    let filled = papers
        .iter()
        .any(|paper| paper.is_nomination() && paper.is_filled(lexicon) && (paper.origin != Origin::Quoted || passed_on));
    // Whatever case its subject names: anybody can write a reference, and a family must not be lost over one.
    if filled {
        return match automatic(reading, papers, None, lexicon) {
            Some(kind) => kind,
            None if is_alarm(subject, papers, danger, lexicon) => MailKind::SafeguardingAlert,
            None => MailKind::Nomination,
        };
    }
    let told = by_words(reading, papers, danger, (lexicon, received_on));
    if let Some(kind) = automatic(reading, papers, Some(told), lexicon) {
        return kind;
    }
    match told {
        // A list carries the word `nomination` to many; who puts a family forward says more than the word.
        MailKind::Nomination | MailKind::Update | MailKind::AdviceRequest
            if is_bulk(reading) && !puts_forward(reading, papers, (lexicon, received_on)) =>
        {
            MailKind::Other
        }
        told => told,
    }
}

fn is_bulk(reading: &Reading) -> bool {
    reading.message.automatic.iter().any(|sign| matches!(sign, AutomaticSign::List | AutomaticSign::Precedence))
}

/// Whether a mail that came through a list tells of a family it puts forward. A newsletter may speak of making a nomination.
fn puts_forward(reading: &Reading, papers: &[Paper<'_>], (lexicon, received_on): (&Lexicon<'_>, Date)) -> bool {
    let subject = reading.message.subject.as_str();
    let own: Vec<&Paper<'_>> = papers.iter().filter(|paper| paper.origin == Origin::Body).collect();
    let text = own_words(papers);
    let newsletter = reading.message.automatic.contains(&AutomaticSign::Newsletter);
    tells_of_household(subject, papers, lexicon, received_on)
        || asks_for_own_family(&text, lexicon)
        || describes_a_family(subject, &own, lexicon)
        || papers.iter().any(|paper| paper.origin == Origin::File && may_be_form(paper, lexicon))
        || (!newsletter && lexicon.mentions("nominating_words", &text).is_some())
}

/// A note of danger now, laid out like a form (`Patient: … DOB: …`), that nominates nobody.
fn is_alarm(subject: &str, papers: &[Paper<'_>], danger: &[Source], lexicon: &Lexicon<'_>) -> bool {
    let text = own_words(papers);
    let announces = ["nomination_words", "nominating_words", "programme_names"]
        .iter()
        .any(|list| lexicon.mentions(list, subject).is_some() || lexicon.mentions(list, &text).is_some());
    !danger.is_empty() && !announces && papers.iter().all(|paper| paper.origin == Origin::Body)
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
    if let Some(kind) = request_of_law(subject, papers, lexicon) {
        // Who tells of a family and puts it forward does both: the family is not lost over the question.
        let both =
            lexicon.mentions("nominating_words", &text).is_some() && tells_of_household(subject, papers, lexicon, received_on);
        return if both { MailKind::Nomination } else { kind };
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
    if lexicon.mentions("nominating_words", &text).is_some() && postcode(&text).is_some() {
        return MailKind::Nomination;
    }
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
    // The subject of an answer is of the mail it answers: without a file and without a person it announces nothing.
    let bare = is_answer(subject) && papers.iter().all(|paper| paper.origin != Origin::File) && !PERSON.is_match(&text);
    let announced = lexicon.mentions("nomination_words", &text).is_some() || (announces && !bare);
    if nominates || (announces && (locked || says("secure_words"))) || (announced && !text.contains('?')) {
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

/// Whether the subject is one that programs write when somebody answers.
fn is_answer(subject: &str) -> bool {
    let lower = subject.trim_start().to_lowercase();
    ["re:", "re :", "aw:", "antw:", "sv:", "vs:"].iter().any(|start| lower.starts_with(start))
}

/// A request with a clock of the law that is made in a mail which puts a family forward.
pub(super) fn asked_besides(reading: &Reading, papers: &[Paper<'_>], lexicon: &Lexicon<'_>) -> Option<MailKind> {
    request_of_law(reading.message.subject.as_str(), papers, lexicon)
}

/// A request with a clock of the law: asked for in the subject, in the mail's own words, or in a letter it does no more than bring.
fn request_of_law(subject: &str, papers: &[Paper<'_>], lexicon: &Lexicon<'_>) -> Option<MailKind> {
    /// Words of a note that only sends the reader to its letter.
    const NOTE_WORDS_MAX: usize = 40;
    let text = own_words(papers);
    let brings = |paper: &&Paper<'_>| paper.origin == Origin::File && !paper.is_nomination() && !paper.is_unreadable();
    let short = text.split_whitespace().count() < NOTE_WORDS_MAX && !papers.iter().any(Paper::is_nomination);
    let letters: Vec<&str> = papers.iter().filter(brings).filter(|_| short).map(|paper| paper.words.as_str()).collect();
    let asked = |list: &str| {
        lexicon.mentions(list, subject).is_some()
            || asks_under(list, &text, lexicon)
            || letters.iter().any(|letter| asks_under(list, letter, lexicon))
    };
    if asked("foi_words") {
        return Some(MailKind::FoiRequest);
    }
    asked("sar_words").then_some(MailKind::SubjectAccessRequest)
}

/// Whether a sentence names what `list` names and asks for it. What public bodies print below every mail names the law and asks nothing.
fn asks_under(list: &str, text: &str, lexicon: &Lexicon<'_>) -> bool {
    // Lines are broken in the middle of sentences; an empty line ends one.
    text.split("\n\n").flat_map(|part| sentences(&part.replace('\n', " "))).any(|sentence| {
        lexicon.mentions(list, &sentence).is_some()
            && lexicon.mentions("disclosure_footers", &sentence).is_none()
            && (sentence.contains('?') || lexicon.mentions("asking_words", &sentence).is_some())
    })
}

/// The words of the mail itself, without files and what it quotes.
fn own_words(papers: &[Paper<'_>]) -> String {
    papers.iter().filter(|paper| paper.origin == Origin::Body).map(|paper| paper.words.as_str()).collect()
}

/// Whether a mail of kind [`MailKind::Other`] is one that a newsletter's server sent to many and that says nothing to us. Mail of people comes
/// through lists too: what brings a form or a file that could not be read, names a case, tells of danger, asks something or puts a
/// family forward is for a person.
pub(super) fn is_circular(
    reading: &Reading,
    papers: &[Paper<'_>],
    danger: &[Source],
    (lexicon, received_on): (&Lexicon<'_>, Date),
) -> bool {
    let newsletter = reading.message.automatic.contains(&AutomaticSign::Newsletter);
    let brings_form = papers.iter().any(|paper| paper.is_nomination() || (paper.origin == Origin::File && paper.is_unreadable()));
    let text = own_words(papers);
    let sealed = [reading.message.subject.as_str(), &text].iter().any(|words| lexicon.mentions("secure_words", words).is_some());
    if !newsletter || brings_form || sealed || !danger.is_empty() {
        return false;
    }
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
    text.contains('?')
        || bare.split_whitespace().any(|word| word == "i")
        || Told::new(&bare).first(&Patterns::new(phrases)).is_some()
}

/// Whether the mail's own words send the reader to an attachment.
pub(super) fn speaks_of_attachment(papers: &[Paper<'_>], lexicon: &Lexicon<'_>) -> bool {
    lexicon.mentions("attachment_words", &own_words(papers)).is_some()
}

/// A mail no person wrote, where that is sure: a program says that it answers, or two signs agree. A filled form overrules whatever is not a
/// report, and a document that could not be read is a person's. `told`: what its words are for, when no filled form came with it.
fn automatic(reading: &Reading, papers: &[Paper<'_>], told: Option<MailKind>, lexicon: &Lexicon<'_>) -> Option<MailKind> {
    let has = |sign: AutomaticSign| reading.message.automatic.contains(&sign);
    let subject = fold(&reading.message.subject);
    let opens = |list: &str| lexicon.list(list).iter().any(|opener| subject.starts_with(opener.as_str()));
    let text = own_words(papers);
    let header = has(AutomaticSign::AutoSubmitted) || has(AutomaticSign::NullReturnPath) || has(AutomaticSign::Precedence);
    let Some(told) = told else {
        let reports = has(AutomaticSign::DeliveryReport) || opens("bounce_subjects");
        return (reports && has(AutomaticSign::NullReturnPath)).then_some(MailKind::Bounce);
    };
    let comes_back = reading.message.from.is_empty()
        || reading.message.returned.is_some()
        || lexicon.mentions("bounce_bodies", &text).is_some();
    if has(AutomaticSign::DeliveryReport)
        || (opens("bounce_subjects") && (header || (comes_back && !claims(told, &text, lexicon))))
    {
        return Some(MailKind::Bounce);
    }
    // Who does not come is missed at the meeting: a person hears of it.
    let accepts = has(AutomaticSign::CalendarAnswer) && !has(AutomaticSign::CalendarDoubt);
    if has(AutomaticSign::ReadReceipt) || (accepts && text.trim().is_empty()) {
        return Some(MailKind::AutoReply);
    }
    if papers.iter().any(|paper| paper.origin == Origin::File && paper.is_unreadable()) {
        return None;
    }
    if has(AutomaticSign::AutoReplied) || (has(AutomaticSign::VendorHeader) && !carries_file(reading)) {
        return Some(MailKind::AutoReply);
    }
    is_absence_note(reading, (&text, opens("auto_subjects")), told, lexicon).then_some(MailKind::AutoReply)
}

/// Whether the words below the subject want something of us. `Automatic reply: Nomination` has that word from the mail it answers.
fn claims(told: MailKind, text: &str, lexicon: &Lexicon<'_>) -> bool {
    match told {
        MailKind::Nomination => {
            ["nomination_words", "nominating_words"].iter().any(|list| lexicon.mentions(list, text).is_some())
        }
        MailKind::FoiRequest | MailKind::SubjectAccessRequest | MailKind::Complaint | MailKind::SafeguardingAlert => true,
        MailKind::Update | MailKind::AdviceRequest | MailKind::Other | MailKind::AutoReply | MailKind::Bounce => false,
    }
}

/// Some machines answer without the header that says so: their subject and their words, or a header, say it together.
fn is_absence_note(reading: &Reading, (text, opens): (&str, bool), told: MailKind, lexicon: &Lexicon<'_>) -> bool {
    /// An answering machine is short.
    const WORDS_MAX: usize = 90;
    /// Shorter still where nothing but its words say so.
    const BARE_WORDS_MAX: usize = 40;
    let has = |sign: AutomaticSign| reading.message.automatic.contains(&sign);
    let words = text.split_whitespace().count();
    let away = words < WORDS_MAX && !carries_file(reading) && lexicon.mentions("auto_bodies", text).is_some();
    let subject = opens || has(AutomaticSign::Subject);
    let header =
        [AutomaticSign::AutoSubmitted, AutomaticSign::NullReturnPath, AutomaticSign::Precedence, AutomaticSign::NoAnswer];
    let header = header.into_iter().any(has);
    let claims = words >= WORDS_MAX || claims(told, text, lexicon);
    let sealed = lexicon.mentions("secure_words", text).is_some();
    let placed = matches!(told, MailKind::Update | MailKind::AdviceRequest) || claims || sealed;
    let bare = words < BARE_WORDS_MAX && reading.message.references.is_empty() && !placed;
    let empty = text.trim().is_empty() && !carries_file(reading);
    (subject && (away || empty)) || (!claims && ((subject && header) || (away && header && !sealed))) || (away && bare)
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
    ["own_home", "own_children", "own_wish"].iter().all(|list| told.first(lexicon.patterns(list)).is_some())
}

/// Whether one text of the mail brings what a nomination brings: two people with their days, and two more of a word for it, a
/// home, an agreement, several criteria gone through. Whoever asks for advice tells none of these, however many questions stand
/// beside them.
fn tells_of_household(subject: &str, papers: &[Paper<'_>], lexicon: &Lexicon<'_>, received_on: Date) -> bool {
    /// So many people with their birthdays are a family.
    const WHOLE_HOUSEHOLD: usize = 4;
    /// `on the 12th of January 2013`.
    const DAY_WORDS_MAX: usize = 6;
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
        // `My wife, born 3 Feb 1986, and our lad, born on 1st April 2018`: a day behind each word for it.
        let behind = |part: &str| {
            let days = part.split("born ").skip(1).map(|rest| rest.split(' ').take(DAY_WORDS_MAX).collect::<Vec<_>>().join(" "));
            days.filter(|day| born(day)).count().max(usize::from(born(part)))
        };
        let days = paper.words.lines().map(|line| {
            let apart = line.split([';', '(', ')']).map(behind).sum::<usize>();
            apart.max(usize::from(born(line)))
        });
        let people = days.sum::<usize>().max(paper.form.entries).max(paper.form.named(lexicon));
        let says = |list: &str| lexicon.mentions(list, &paper.words).is_some();
        let announced =
            ["nomination_words", "nominating_words"].iter().any(|list| says(list) || lexicon.mentions(list, subject).is_some());
        let home = postcode(&paper.words).is_some();
        let agreed = says("consent_sentences") || says("own_consent") || paper.form.answers_to("consent").next().is_some();
        let mut themes: Vec<&str> = paper.words.lines().filter_map(|line| asked_theme(line, lexicon)).collect();
        themes.sort_unstable();
        themes.dedup();
        // Whoever asks for advice tells nobody's birthday, let alone everybody's.
        let shown = [announced, home, agreed, themes.len() >= 3, people >= WHOLE_HOUSEHOLD];
        people >= 2 && shown.into_iter().filter(|shown| *shown).count() >= 2
    })
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
