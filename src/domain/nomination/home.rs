//! Where the family of a letter lives: `a family in Workington CA14 2AB`, `they live at 4 Lowther Mews`, `Postcode: CA14 2AB`.
//!
//! A letter names many places: the sender's, the school's, a grandmother's, the one the family left. A place is the family's when the
//! sentence says so. One of which nothing is said, and that nothing else competes with, is a doubt for a person and no answer,
//! unless it stands on a line of its own below the salutation.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::members::{full_name, single, take};
use super::papers::{Origin, Paper};
use super::pattern::Told;
use super::postcode::{phone, postcode, postcodes};
use super::sheet::Node;
use super::slot::Slot;
use super::text::{bare, find_phrase, fold, sentences, tidy, word_count};
use super::words::Lexicon;
use crate::domain::nomination::{HomeAddress, Member};

/// House number, street and what follows it: `Flat 2, 18 Senhouse Street, Maryport`.
static STREET: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?x)\b(?:(?:Flat|Apartment|Apt|Unit|Room|Caravan|Plot)\s+\w{1,4},?\s+)?\d{1,4}[A-Za-z]?(?:\s?[-–/]\s?\d{1,4}[A-Za-z]?)?,?\s+
        \p{Lu}[\p{L}'’.-]*\b(?:[\s-]+(?:of|the|on|in|under|upon|le|la|by)\b|,?[\s-]+\p{Lu}[\p{L}'’-]*\b)*",
    )
    .expect("valid")
});
/// A house with a name: two parts or more, at the end of the text.
static NAMED_HOUSE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?:\p{Lu}[\p{L}'’-]*(?:\s+(?:of|the|on|in|under|upon)\b)?\s*)+(?:,\s*(?:\p{Lu}[\p{L}'’-]*(?:[\s-]+(?:of|the|on|in|under|upon)\b)?[\s-]*)+)+[,.\s]*$")
        .expect("valid")
});
static MONTH: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)^\d{1,2}(?:st|nd|rd|th)?,?\s+(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\b").expect("valid")
});

/// What the letters tell of the family's home.
#[derive(Default)]
pub(super) struct Home {
    /// The family's address.
    pub address: HomeAddress,
    /// Where a place stands of which nobody can tell whose it is.
    pub doubts: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Whose {
    Family,
    /// Nothing is said; alone on its line, below the salutation.
    OnItsOwn,
    /// Nothing is said.
    Unsaid,
    /// Somebody else's, or one the family left.
    Other,
}

struct Found {
    code: Option<String>,
    street: Option<String>,
    whose: Whose,
    document: String,
    sentence: String,
    slot: Slot,
}

/// A place with a postcode, and where it stands.
pub(super) struct Place {
    pub code: String,
    pub street: Option<String>,
    pub document: String,
    pub slot: Slot,
}

/// House and street with which `text` ends.
pub(super) fn street_before<'t>(text: &'t str, lexicon: &Lexicon<'_>) -> Option<&'t str> {
    street_at_end(text, lexicon).map(|street| &text[street])
}

/// The home that `papers` tell of; `members` are the people known, `referrer` the name of who writes.
pub(super) fn home(papers: &[&Paper<'_>], members: &[Member], referrer: Option<&str>, lexicon: &Lexicon<'_>) -> Home {
    let people = members.iter().map(|member| bare(&full_name(member))).filter(|name| name.contains(' ')).collect();
    let reader = Reader { lexicon, people, referrer: referrer.map(bare) };
    let mut found = Vec::new();
    let mut labelled = HomeAddress::default();
    for paper in papers.iter().filter(|paper| !paper.is_assessment()) {
        reader.paper(paper, &mut found);
        // A label or two make no form of a letter: `Family address: 22 Loop Road, CA25 5ZZ`.
        let elsewhere = ["referrer", "agencies", "official", "instructions"];
        for answer in paper.form.answers_to("address").filter(|answer| !elsewhere.contains(&answer.section.as_str())) {
            if let Some((code, street)) = postcode(&answer.slot.text()).filter(|_| labelled.text.is_none()) {
                let source = || answer.slot.source_quoting(paper.name, answer.slot.text(), 0.9);
                labelled.postcode = Some(single(code, source()));
                labelled.text = Some(street).filter(|street| !street.is_empty()).map(|street| single(street, source()));
            }
        }
    }
    let mut home = settled(&found);
    super::letter::fill(&mut labelled, home.address);
    home.address = labelled;
    if home.address.postcode.is_none()
        && let Some(place) = super::only_place::only_place(papers, lexicon)
    {
        let source = || place.slot.source_quoting(&place.document, place.slot.text(), 0.7);
        home.address.postcode = Some(single(place.code.clone(), source()));
        home.address.text = home.address.text.or_else(|| place.street.clone().map(|street| single(street, source())));
    }
    if home.address.postcode.is_some() {
        home.doubts.clear();
    }
    home
}

/// What the mail's own sentences say is the family's home, where a form tells of it as well.
pub(super) fn said(papers: &[&Paper<'_>], members: &[Member], referrer: Option<&str>, lexicon: &Lexicon<'_>) -> HomeAddress {
    let people = members.iter().map(|member| bare(&full_name(member))).filter(|name| name.contains(' ')).collect();
    let reader = Reader { lexicon, people, referrer: referrer.map(bare) };
    let mut found = Vec::new();
    for paper in papers.iter().filter(|paper| paper.origin == Origin::Body && !paper.is_nomination()) {
        reader.paper(paper, &mut found);
    }
    found.retain(|one| one.whose == Whose::Family);
    settled(&found).address
}

/// What counts of all that was found.
fn settled(found: &[Found]) -> Home {
    let mut home = Home::default();
    let of = |whose: Whose| found.iter().filter(move |one| one.whose == whose);
    for one in of(Whose::Family) {
        let source = |sure: f32| one.slot.source_quoting(&one.document, one.sentence.clone(), sure);
        take(&mut home.address.postcode, one.code.clone().map(|code| single(code, source(0.85))));
        // The street of the first sentence that has one; a second is another home only with another postcode.
        if home.address.text.is_none() {
            home.address.text = one.street.clone().map(|street| single(street, source(0.85)));
        }
    }
    if home.address.postcode.is_some() {
        return home;
    }
    let mut unsaid: Vec<&Found> = found.iter().filter(|one| one.whose != Whose::Family && one.code.is_some()).collect();
    let alone: Vec<&Found> = of(Whose::OnItsOwn).filter(|one| one.code.is_some()).collect();
    if let [only] = alone.as_slice()
        && unsaid.iter().all(|one| one.code == only.code)
    {
        let source = || only.slot.source_quoting(&only.document, only.sentence.clone(), 0.65);
        home.address.postcode = only.code.clone().map(|code| single(code, source()));
        home.address.text = home.address.text.or_else(|| only.street.clone().map(|street| single(street, source())));
        return home;
    }
    unsaid.truncate(3);
    home.doubts.extend(unsaid.iter().map(|one| {
        format!("a postcode stands in the letter ({}) and the sentence does not say that it is the family's", one.slot.place.path)
    }));
    home
}

struct Reader<'l, 'a> {
    lexicon: &'l Lexicon<'a>,
    people: Vec<String>,
    referrer: Option<String>,
}

impl Reader<'_, '_> {
    fn paper(&self, paper: &Paper<'_>, found: &mut Vec<Found>) {
        let told = paper.form.narrative.iter().chain(paper.form.people.iter().flat_map(|draft| &draft.said));
        // A list of people makes no form of a letter; labels do.
        if paper.origin == Origin::File && !super::referrer::is_letter(paper)
            || paper.is_nomination() && paper.form.labels >= LABELS_OF_A_FORM
        {
            for slot in told {
                self.line(slot, paper, false, found);
            }
            return;
        }
        let lines: Vec<&Slot> =
            paper.nodes.iter().filter_map(|node| if let Node::Line(slot) = node { Some(slot) } else { None }).collect();
        let texts: Vec<String> = lines.iter().map(|slot| slot.text()).collect();
        let signature = self.signature(&texts);
        let salutation = texts.iter().position(|text| self.is_salutation(text)).unwrap_or(0);
        for (index, slot) in lines.iter().enumerate() {
            // Above the salutation stands who writes, and in the signature again; below it may stand what was forgotten.
            let afterthought =
                index > signature && ["ps", "p.s."].contains(&fold(&texts[index]).split([' ', ':']).next().unwrap_or_default());
            if (salutation..signature).contains(&index) || afterthought {
                self.line(slot, paper, paper.origin != Origin::Quoted, found);
            }
        }
    }

    /// The line on which the signature begins; the number of lines when there is none.
    fn signature(&self, texts: &[String]) -> usize {
        let closing = texts.iter().rposition(|text| self.lexicon.is("closings", text)).filter(|at| *at > 0);
        let named = self.referrer.as_ref().and_then(|name| {
            texts.iter().rposition(|text| {
                let line = bare(text);
                line == *name
                    || line.strip_prefix(name.as_str()).is_some_and(|rest| rest.starts_with([',', ' ', '|']) && self.signs(text))
            })
        });
        // A letterhead names who writes, too.
        closing.or(named.filter(|at| *at * 2 >= texts.len())).unwrap_or(texts.len())
    }

    /// `Neil Sharrock, Probation Officer, 01632 960150`: a line that says who writes, and how to reach them.
    fn signs(&self, line: &str) -> bool {
        !line.ends_with('.') && (phone(line).is_some() || self.lexicon.mentions("role_words", line).is_some())
    }

    fn is_salutation(&self, text: &str) -> bool {
        let first = fold(text.split([' ', ',']).next().unwrap_or_default());
        word_count(text) <= 6 && self.lexicon.is("salutations", &first)
    }

    fn line(&self, slot: &Slot, paper: &Paper<'_>, of_letter: bool, found: &mut Vec<Found>) {
        for sentence in sentences(&slot.lines_text()) {
            self.sentence(&sentence, slot, paper, of_letter, found);
        }
    }

    fn sentence(&self, sentence: &str, slot: &Slot, paper: &Paper<'_>, of_letter: bool, found: &mut Vec<Found>) {
        let codes = postcodes(sentence);
        let mut push = |code: Option<String>, street: Option<String>, whose: Whose| {
            if whose == Whose::Family || of_letter {
                let (document, sentence) = (paper.name.to_owned(), tidy(sentence));
                found.push(Found { code, street, whose, document, sentence, slot: slot.clone() });
            }
        };
        let mut from = 0;
        for (index, (at, code)) in codes.iter().enumerate() {
            let before = &sentence[from..at.start];
            let until = codes.get(index + 1).map_or(sentence.len(), |(next, _)| next.start);
            let street = street_at_end(before, self.lexicon);
            let head = &before[..street.as_ref().map_or(before.len(), |street| street.start)];
            let whose = self.whose(head, &before[head.len()..], &sentence[at.end..until]);
            let street =
                street.map(|street| tidy(before[street].trim_matches(|c: char| c.is_whitespace() || matches!(c, ',' | '.'))));
            push(Some(code.clone()), street, whose);
            from = at.end;
        }
        for street in STREET.find_iter(&sentence[from..]) {
            let rest = &sentence[from..];
            let head = &rest[..street.start()];
            let says = self.whose(head, street.as_str(), &rest[street.end()..]) == Whose::Family
                && self.ends_at_home(head)
                && !MONTH.is_match(street.as_str());
            if says {
                push(None, Some(tidy(street.as_str().trim_end_matches(['.', ',', ' ']))), Whose::Family);
                break;
            }
        }
    }

    /// Whose the place is that stands between `head` and `behind`.
    fn whose(&self, head: &str, place: &str, behind: &str) -> Whose {
        let head = fold(head);
        let clause = clause(&head);
        let behind = fold(behind.split(['.', ';']).next().unwrap_or_default());
        let near_behind: String = behind.chars().take(BEHIND_CHARACTERS).collect();
        let says = |list: &str, text: &str| Told::new(text).first(self.lexicon.patterns(list)).is_some();
        if says("homes_left", clause) || says("homes_left_behind", &near_behind) {
            return Whose::Other;
        }
        // `the Sandwith Centre, Whitehaven`: a house number is a street's, whatever the street is called after.
        let unnumbered =
            if place.contains(|c: char| c.is_ascii_digit()) { String::new() } else { last_words(&fold(place), WORDS_OF_NAME) };
        let named = if place.is_empty() { last_words(clause, WORDS_OF_NAME) } else { unnumbered };
        let of_work = self.lexicon.mentions("places_of_work", &last_words(clause, WORDS_NEAR)).is_some();
        if of_work || self.lexicon.mentions("organisation_words", &named).is_some() || self.is_of_others(clause) {
            return Whose::Other;
        }
        if says("homes", clause) || clause.trim_end().ends_with("address:") || clause.trim_end().ends_with("postcode:") {
            return Whose::Family;
        }
        // `the Bell family, 3 Mill Brow`: the place stands beside those who live there.
        let beside = clause.trim_end_matches([',', ' ', '(', '-', '\u{2013}']);
        if beside.len() < clause.trim_end_matches(' ').len() && beside.ends_with(" family") {
            return Whose::Family;
        }
        let bare_head = bare(&head);
        if self.people.iter().any(|name| find_phrase(&bare_head, name).is_some()) {
            return Whose::Family;
        }
        let alone = !head.chars().any(char::is_alphanumeric) && !behind.chars().any(char::is_alphanumeric);
        if alone { Whose::OnItsOwn } else { Whose::Unsaid }
    }

    /// `Her nan lives at`, `the father, who lives in`: the home of kin who are not of the household.
    fn is_of_others(&self, clause: &str) -> bool {
        let subject = subject(clause);
        let told = Told::new(subject);
        told.first(self.lexicon.patterns("homes_of_kin")).is_some()
            && told.first(self.lexicon.patterns("homes_together")).is_none()
    }

    /// Whether the words straight before a house number say that the family lives there.
    fn ends_at_home(&self, head: &str) -> bool {
        let head = fold(head);
        let last = last_words(clause(&head), 4);
        Told::new(&last).first(self.lexicon.patterns("homes")).is_some()
    }
}

/// With so many labels a text is filled in, not written.
const LABELS_OF_A_FORM: usize = 3;
/// Characters behind an address that may say it is no longer the family's.
const BEHIND_CHARACTERS: usize = 28;
/// Words before an address that may say it is a place of work.
const WORDS_NEAR: usize = 6;
/// Words before a postcode that may be the name of an organisation.
const WORDS_OF_NAME: usize = 5;

/// The part of a sentence's beginning that speaks of the place at its end: behind the last `but`, and behind `now`.
fn clause(head: &str) -> &str {
    let cuts = [" but ", "; ", " and now ", " now "];
    let at = cuts.iter().filter_map(|cut| head.rfind(cut).map(|at| at + cut.len() - 1)).max().unwrap_or(0);
    &head[at..]
}

/// Who the clause speaks of: its last part, and the one before it where the last begins with `who`.
fn subject(clause: &str) -> &str {
    let clause = clause.trim_end_matches([',', ' ']);
    let mut cuts: Vec<usize> = clause.match_indices([',', '(', ':', '–']).map(|(at, mark)| at + mark.len()).collect();
    cuts.extend(clause.match_indices(" and ").map(|(at, _)| at + 1));
    cuts.sort_unstable();
    let mut from = cuts.pop().unwrap_or(0);
    while ["who", "which", "whose", "where", "has", "have", "is"]
        .contains(&clause[from..].split_whitespace().next().unwrap_or_default())
    {
        if from == 0 {
            break;
        }
        from = cuts.pop().unwrap_or(0);
    }
    &clause[from..]
}

fn last_words(text: &str, count: usize) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    words[words.len().saturating_sub(count)..].join(" ")
}

/// Where the street stands with which `text` ends.
fn street_at_end(text: &str, lexicon: &Lexicon<'_>) -> Option<Range<usize>> {
    let end = text.trim_end_matches(|c: char| c.is_whitespace() || matches!(c, ',' | '.')).len();
    let numbered = STREET.find_iter(text).filter(|found| found.end() >= end && !MONTH.is_match(found.as_str())).last();
    if let Some(found) = numbered {
        return Some(found.range());
    }
    let named = NAMED_HOUSE.find(text)?;
    let opens = text[..named.start()].trim_end();
    let led = opens.is_empty()
        || opens.ends_with([':', ',', '-'])
        || ["at", "of", "is", "from"].iter().any(|word| opens.ends_with(word));
    let of_street = named
        .as_str()
        .split(',')
        .any(|part| part.split_whitespace().next_back().is_some_and(|last| lexicon.is("street_words", last)));
    (led && of_street).then(|| named.range())
}
