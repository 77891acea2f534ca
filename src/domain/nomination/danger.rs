//! Words of immediate danger, wherever in a mail somebody wrote them.
//!
//! An alarm too many costs a person a minute; one too few can cost a life. So only what surely is none is left out: a denial or a
//! memory in the very clause, a rule for everybody (`if a child is in danger …`), the name of a subject (`suicide awareness`), and what a
//! form prints.

use std::collections::BTreeSet;

use super::mail_kind::forwards;
use super::papers::{Origin, Paper};
use super::text::{bare, find_phrase, fold, sentences};
use super::words::Lexicon;
use crate::domain::document::{Block, Line, Method, words as written};
use crate::domain::mail::Message;
use crate::domain::nomination::{DocumentKind, Reading, Source};
use crate::domain::personal::Personal;
use crate::domain::time::Date;

/// One is enough for an alarm; whoever looks sees the mail. A mail of thousands of such lines must not hold the program up.
const FOUND_MAX: usize = 20;
/// Words of a file that is no form and short enough to be a note: every line of it counts. A longer one may be guidance.
const NOTE_WORDS_MAX: usize = 300;
/// Words of one's own above quoted text that make the quoted text news of somebody else's, not an old letter below an answer.
const OWN_WORDS_MIN: usize = 5;

/// Where somebody wrote of danger now.
pub(super) fn danger(reading: &Reading, papers: &[Paper<'_>], lexicon: &Lexicon<'_>, received_on: Date) -> Vec<Source> {
    said(reading, papers, lexicon, &DANGER, received_on)
}

/// Where somebody wrote that the family does not agree any more. A person decides what follows of it.
pub(super) fn withdrawal(reading: &Reading, papers: &[Paper<'_>], lexicon: &Lexicon<'_>, received_on: Date) -> Vec<Source> {
    said(reading, papers, lexicon, &WITHDRAWAL, received_on)
}

/// Lists of what is looked for.
struct Wanted {
    /// The words.
    words: &'static str,
    /// A sentence with these is a rule for everybody.
    rules: &'static str,
}

const DANGER: Wanted = Wanted { words: "danger_words", rules: "danger_rules" };
const WITHDRAWAL: Wanted = Wanted { words: "withdrawal_words", rules: "withdrawal_rules" };

fn said(
    reading: &Reading,
    papers: &[Paper<'_>],
    lexicon: &Lexicon<'_>,
    wanted: &'static Wanted,
    received_on: Date,
) -> Vec<Source> {
    let mut look = Look { lexicon, wanted, received_on, found: Vec::new() };
    look.subject(&reading.message);
    let passes_on = passes_on(reading, papers);
    for paper in papers.iter().filter(|paper| paper.origin != Origin::Quoted || passes_on) {
        look.paper(paper);
    }
    if let Some(shape) = &reading.other_shape {
        shape.blocks.iter().flat_map(lines).for_each(|line| look.line(line, "body", &BTreeSet::new()));
    }
    look.found
}

/// Whether the subject of a mail of which nothing else could be read tells of danger now.
pub(super) fn in_subject(message: &Message, lexicon: &Lexicon<'_>, received_on: Date) -> bool {
    let mut look = Look { lexicon, wanted: &DANGER, received_on, found: Vec::new() };
    look.subject(message);
    !look.found.is_empty()
}

/// Whether what is quoted is news: a mail passed on, or one that answers nothing. Below an answer stand letters that were read before.
fn passes_on(reading: &Reading, papers: &[Paper<'_>]) -> bool {
    let own = papers.iter().filter(|paper| paper.origin == Origin::Body);
    let text: String = own.map(|paper| paper.words.as_str()).collect();
    reading.message.references.is_empty()
        || forwards(&reading.message.subject, &text)
        || text.split_whitespace().count() < OWN_WORDS_MIN
}

struct Look<'l, 'a> {
    lexicon: &'l Lexicon<'a>,
    wanted: &'static Wanted,
    received_on: Date,
    found: Vec<Source>,
}

impl Look<'_, '_> {
    /// A subject is read first, and may be all there is. Below an answer it is that of the mail answered.
    fn subject(&mut self, message: &Message) {
        let subject = message.subject.as_str();
        let answers = fold(subject).starts_with("re:") && !message.references.is_empty();
        if !answers && self.speaks(&bare(subject), true) {
            self.note("body", 1, "subject", subject);
        }
    }

    fn paper(&mut self, paper: &Paper<'_>) {
        let by_hand = paper.origin != Origin::File;
        let comments = paper.form.marks.iter().filter_map(|mark| mark.comment.as_ref());
        let mut weighed = BTreeSet::new();
        for slot in paper.form.narrative.iter().chain(comments) {
            for sentence in sentences(&slot.lines_text()) {
                let folded = bare(&sentence);
                if self.speaks(&folded, by_hand) && self.found.len() < FOUND_MAX {
                    self.found.push(slot.source_quoting(paper.name, sentence, 0.8));
                }
                weighed.insert(folded);
            }
        }
        let note = || {
            let lines = paper.document.blocks.iter().flat_map(lines);
            paper.kind == DocumentKind::Other
                && lines.map(|line| written::words(&line.pieces).split_whitespace().count()).sum::<usize>() <= NOTE_WORDS_MAX
        };
        if by_hand || note() {
            // What is noted of an attached mail is who wrote it, and about what.
            for subject in paper.document.notes.iter().filter_map(|note| note.strip_prefix("subject: ")) {
                if paper.origin == Origin::Inner && self.speaks(&bare(subject), true) {
                    self.note(paper.name, 1, "subject", subject);
                }
            }
            for line in paper.document.blocks.iter().flat_map(lines) {
                self.line(line, paper.name, &weighed);
            }
        }
    }

    /// In a letter people write wherever there is room, behind a label too (`Child: Ty, born 2014, wants to die`): every part of
    /// every line. What was read as a sentence was `weighed` as one.
    fn line(&mut self, line: &Line, document: &str, weighed: &BTreeSet<String>) {
        let words = written::words(&line.pieces);
        if self.found.len() >= FOUND_MAX || self.lexicon.is_printed(&words) {
            return;
        }
        for sentence in sentences(&words) {
            let whole = bare(&sentence);
            if self.lexicon.mentions(self.wanted.words, &whole).is_none() || weighed.contains(&whole) {
                continue;
            }
            // Of a list of answers (`Ty, born 2014, wants to die`) each part speaks for itself: a day of birth makes no history of what
            // stands behind the comma.
            let answers = sentence
                .split_once(':')
                .filter(|(label, _)| self.lexicon.label(label).is_some() || self.lexicon.owner(label).is_some());
            let said = match answers {
                Some((_, answers)) => answers.split(',').any(|part| self.speaks(&bare(part), true)),
                None => self.speaks(&whole, true),
            };
            if said {
                self.note(document, line.place.page.max(1), &line.place.path, &sentence);
            }
        }
    }

    fn note(&mut self, document: &str, page: u32, place: &str, quote: &str) {
        let told = |known: &Source| known.document.reveal() == document && known.quote.reveal().contains(quote.trim());
        if self.found.len() < FOUND_MAX && !self.found.iter().any(told) {
            self.found.push(Source {
                document: Personal::from(document),
                page,
                place: place.to_owned(),
                quote: Personal::from(quote),
                method: Method::Text,
                confidence: 0.7,
            });
        }
    }

    /// Whether the sentence speaks of danger now; `by_hand` when no form can have printed it.
    fn speaks(&self, folded: &str, by_hand: bool) -> bool {
        let lexicon = self.lexicon;
        if lexicon.mentions(self.wanted.words, folded).is_none() {
            return false;
        }
        let says = |list: &str| lexicon.mentions(list, folded).is_some();
        if says(self.wanted.rules) || (!by_hand && says("instructions") && !says("danger_now")) {
            return false;
        }
        clauses(folded, lexicon).into_iter().any(|clause| self.clause_speaks(clause))
    }

    fn clause_speaks(&self, clause: &str) -> bool {
        let lexicon = self.lexicon;
        if lexicon.mentions("disclaimers", clause).is_some() {
            return false;
        }
        let of_a_subject = lexicon.mentions("danger_subjects", clause).is_some();
        lexicon.list(self.wanted.words).iter().any(|phrase| {
            let Some(at) = find_phrase(clause, phrase) else { return false };
            let names_a_subject = of_a_subject && lexicon.is("danger_nouns", phrase);
            // What follows the words denies nothing: `has bruises and is not yet crawling`. Nor do they themselves: `nobody has seen`.
            !names_a_subject && !super::denials::is_denied_or_past(&clause[..at], lexicon, self.received_on)
        })
    }
}

/// Parts of a sentence that speak for themselves: a denial in one says nothing of the next. `He has no knife, gun or weapon` stays one.
fn clauses<'t>(folded: &'t str, lexicon: &Lexicon<'_>) -> Vec<&'t str> {
    const BREAKS: [&str; 8] = [";", " but ", " however ", " yet ", " although ", " though ", " while ", " - "];
    const JOINTS: [&str; 4] = [", and ", ", ", " and ", " so "];
    // `In 2009, when they lived there, he …` tells when for all that follows.
    let tells_when = lexicon.is("danger_times", folded.split(' ').next().unwrap_or_default());
    let mut cuts: Vec<usize> = Vec::new();
    for mark in BREAKS {
        cuts.extend(folded.match_indices(mark).map(|(at, _)| at));
    }
    for joint in JOINTS {
        // Whoever comes next does something of their own.
        let opens = |at: &usize| {
            let next = folded[at + joint.len()..].split(|c: char| !c.is_alphanumeric() && c != '\'').next().unwrap_or_default();
            lexicon.is("danger_openers", next)
        };
        if !(tells_when && joint == ", ") {
            cuts.extend(folded.match_indices(joint).map(|(at, _)| at).filter(opens));
        }
    }
    cuts.extend([0, folded.len()]);
    cuts.sort_unstable();
    cuts.dedup();
    cuts.windows(2).map(|pair| &folded[pair[0]..pair[1]]).collect()
}

fn lines(block: &Block) -> Vec<&Line> {
    match block {
        Block::Line(line) => vec![line],
        Block::Table(table) => table.rows.iter().flatten().flat_map(|cell| &cell.lines).collect(),
    }
}
