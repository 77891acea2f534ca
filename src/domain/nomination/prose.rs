//! Themes in free text: a sentence that says something of somebody, and does not deny, suppose or remember it.

use std::sync::LazyLock;

use regex::Regex;

use super::others::Others;
use super::pattern::Told;
use super::slot::Slot;
use super::text::{bare, find_phrase, sentences};
use super::who::{Mention, mentions};
use super::words::Lexicon;
use crate::domain::nomination::{Member, Source};
use crate::domain::time::Date;

static PERCENT: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"(\d{1,3})(?:\.\d+)?\s?(?:%|per ?cent)").expect("valid"));
/// The month, which supposes nothing: `since May`, `14 May`, `May 2026`.
static MONTH_OF_MAY: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\b(in|since|from|until|till|by|during|last|this|early|late|mid|of|end of|and|\d{1,2}(?:st|nd|rd|th)?) may\b(\s*$|[,.;:)]|\s+(?:and|when|after|for|this|last|20\d\d|to|he|she|they|but)\b|[^a-z]|$)").expect("valid")
});
static YEAR: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\b(?:in|until|since|from|of)\s+(?:[a-z]+\s+)?((?:19|20)\d{2})\b").expect("valid"));

/// The county's own page: attendance below 90 in the hundred.
const ATTENDANCE_MIN: f64 = 0.9;
const COUNTED: [&str; 12] = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"];
static DAYS_OF: LazyLock<Regex> = LazyLock::new(|| {
    let number = format!(r"\d{{1,3}}|{}", COUNTED.join("|"));
    let days = "(?:full |whole |school )?";
    Regex::new(&format!(
        r"\b(?<days>{number}) {days}(?<unit>days?|weeks?|sessions?)? ?(?:out )?of (?:the |her |his )?(?:last |past )?(?<of>{number}) {days}(?<units>days|weeks|sessions)\b"
    ))
    .expect("valid")
});

/// So few words are no sentence of their own.
const FRAGMENT_WORDS_MAX: usize = 3;

/// A theme a sentence shows.
pub(super) struct Finding {
    /// Theme key.
    pub theme: String,
    /// Of whom; nobody when the sentence does not tell.
    pub members: Vec<usize>,
    /// The person is clear.
    pub clear: bool,
    /// The sentence.
    pub source: Source,
    /// It says that somebody is on a current child protection plan.
    pub protection_plan: bool,
}

/// Reads the free text of one document, knowing the family.
pub(super) struct Prose<'p, 'a> {
    /// Attachment name or `body`.
    pub document: &'p str,
    /// The family.
    pub members: &'p [Member],
    /// The member on whose own line the words stand: they are of that member, unless they name another.
    pub of: Option<usize>,
    /// The member who writes: `I` and `my` are theirs.
    pub writer: Option<usize>,
    /// The programme's words.
    pub lexicon: &'p Lexicon<'a>,
    /// The day of receipt.
    pub received_on: Date,
}

impl Prose<'_, '_> {
    /// What the free text in `slot` shows.
    pub(super) fn findings(&self, slot: &Slot) -> Vec<Finding> {
        let mut found = Vec::new();
        let mut spoken_of: Vec<usize> = Vec::new();
        let mut abuse_before = false;
        let mut topic = slot.under.clone();
        for sentence in sentences(&slot.lines_text()) {
            let folded = bare(&sentence);
            // `Health. Ada has fits.`: a heading on the line of what it heads.
            if let Some(theme) = headed(&sentence, self.lexicon) {
                topic = Some(theme.to_owned());
                continue;
            }
            // `Crime - three youth restorative outcomes this year`: what stands behind the theme is said of it.
            if let Some((theme, _)) = led_by_theme(&sentence, self.lexicon) {
                topic = Some(theme.to_owned());
            }
            let mut named = mentions(&sentence, self.members, self.lexicon);
            let first_person = folded.split(|c: char| !c.is_alphabetic()).any(|word| matches!(word, "i" | "im" | "my" | "ive"));
            if let Some(writer) = self.writer.filter(|_| first_person && named.is_empty()) {
                named.push(Mention { start: 0, end: 0, members: vec![writer] });
                spoken_of = vec![writer];
            }
            let instructs = self.lexicon.list("instructions").iter().any(|phrase| folded.contains(phrase.as_str()));
            let retracted = self.lexicon.mentions("retractions", &folded).is_some();
            let before = found.len();
            if !instructs && !retracted && !defines(&folded, self.lexicon) && !sentence.ends_with('?') {
                for clause in clauses(&sentence, self.lexicon) {
                    self.clause(&clause, &sentence, slot, &spoken_of, &mut found);
                }
                if let Some(theme) = topic.as_ref().filter(|theme| found[before..].iter().all(|finding| finding.theme != **theme))
                {
                    found.extend(self.under(theme, &folded, &sentence, slot, &named));
                }
                let abuse =
                    abuse_before || found[before..].iter().any(|finding| finding.theme == "domestic_abuse" && finding.clear);
                found.extend(self.witness(&folded, &sentence, slot, &named).filter(|_| abuse));
            }
            // What comes next may tell of something else, or of somebody who is well.
            topic = None;
            abuse_before = found[before..].iter().any(|finding| finding.theme == "domestic_abuse" && finding.clear);
            let people = distinct(&named);
            if !people.is_empty() {
                spoken_of = people;
            }
        }
        found
    }

    /// `Education: Tom comes in for an hour at most`: the first thing said of somebody under the heading of a theme is a finding of it in
    /// whatever words, unless they deny it or say that all is well.
    fn under(&self, theme: &str, folded: &str, sentence: &str, slot: &Slot, named: &[Mention]) -> Option<Finding> {
        /// So near the beginning stands who the sentence is about.
        const SUBJECT_MAX: usize = 12;
        /// Fewer words tell nothing.
        const WORDS_MIN: usize = 4;
        let led = led_by_theme(sentence, self.lexicon);
        let subject = named.first().filter(|mention| mention.start <= SUBJECT_MAX && mention.members.len() == 1);
        let members = match (subject, self.of) {
            (Some(mention), _) => mention.members.clone(),
            (None, Some(one)) if named.is_empty() && led.is_some() => vec![one],
            _ => return None,
        };
        let folded = &led.map_or_else(|| folded.to_owned(), |(_, rest)| bare(rest));
        let well = self.lexicon.mentions("well_words", folded).is_some()
            || PERCENT.captures(folded).is_some_and(|found| found[1].parse::<u32>().is_ok_and(|percent| percent >= 90));
        let none = says_none(folded, &["negations", "hypotheticals", "history", "suspicions"], self.lexicon, self.received_on);
        let told = super::text::word_count(folded) >= WORDS_MIN && !well && !none;
        told.then(|| Finding {
            theme: theme.to_owned(),
            members,
            clear: true,
            source: slot.source_quoting(self.document, sentence.to_owned(), 0.7),
            protection_plan: false,
        })
    }

    fn clause(&self, clause: &str, sentence: &str, slot: &Slot, spoken_of: &[usize], found: &mut Vec<Finding>) {
        // `There may be some domestic abuse`: who writes so asks somebody to look, and says nothing of anybody for sure.
        let suspected = self.lexicon.mentions("suspicions", clause).is_some();
        let told = Told::new(clause);
        // `Has not set foot in school` is a finding that says no.
        let lacks = is_low_attendance(clause, self.lexicon)
            || self.lexicon.themes().any(|theme| told.first(self.lexicon.patterns(&format!("lacks_{theme}"))).is_some());
        let none = [("negations", !lacks), ("hypotheticals", !suspected), ("history", true)];
        let none: Vec<&str> = none.into_iter().filter(|(_, counts)| *counts).map(|(list, _)| list).collect();
        if says_none(clause, &none, self.lexicon, self.received_on) {
            return;
        }
        let named = mentions(clause, self.members, self.lexicon);
        for theme in self.lexicon.themes() {
            let Some(at) = shows(clause, &told, theme, self.lexicon) else { continue };
            if is_a_trade(clause, at, self.lexicon) {
                continue;
            }
            let others = match self.of_others(clause, at, &named, sentence) {
                Others::Unclear | Others::No if theme != "domestic_abuse" && self.is_of_far_kin(clause, at, &named) => {
                    Others::Surely
                }
                others => others,
            };
            if others == Others::Surely {
                continue;
            }
            let (members, clear) = self.about(clause, at, &named, sentence, spoken_of);
            let clear = clear && others == Others::No && !suspected;
            found.push(Finding {
                theme: theme.to_owned(),
                members,
                clear,
                source: slot.source_quoting(self.document, sentence.to_owned(), 0.85),
                protection_plan: theme == "child_help" && self.lexicon.mentions("protection_plan", clause).is_some(),
            });
        }
        self.harm(clause, sentence, slot, &named, found);
    }

    pub(super) fn is_adult(&self, member: usize) -> bool {
        self.members[member].is_child == Some(false)
    }

    /// Of whom the words at `at` are said, and whether that is clear.
    fn about(&self, clause: &str, at: usize, named: &[Mention], sentence: &str, spoken_of: &[usize]) -> (Vec<usize>, bool) {
        // `Ruby and Max are both children in need`: who is named before need not be named again.
        let before = |one: &usize| named.iter().any(|mention| mention.end <= at && mention.members.contains(one));
        let named: Vec<Mention> =
            named.iter().filter(|mention| mention.end <= at || !mention.members.iter().all(before)).cloned().collect();
        let named = named.as_slice();
        // `I take tablets, have done since Rory was born`: who begins so speaks of themselves.
        if let Some(writer) = self.writer
            && clause.split(|c: char| !c.is_alphabetic()).take(3).any(|word| matches!(word, "i" | "im" | "ive"))
            && named.iter().all(|mention| mention.start >= at)
        {
            return (vec![writer], true);
        }
        // `Charged with assault on Denise` on the line of somebody, `she looks after the children` behind a sentence about her: who is
        // only the object is not who it is said of.
        let objects = named.iter().all(|mention| is_object(clause, mention));
        let subject = clause.split(' ').next().filter(|word| matches!(*word, "he" | "she"));
        if let ([one], Some(_)) = (spoken_of, subject)
            && !named.is_empty()
            && objects
            && self.pronoun_fits(clause, *one)
        {
            return (vec![*one], true);
        }
        if let Some(of) = self.of
            && subject.is_none()
            && !named.is_empty()
            && objects
            && named.iter().all(|mention| mention.start > at)
        {
            return (vec![of], true);
        }
        let one_each = named.iter().all(|mention| mention.members.len() == 1);
        let people = distinct(named);
        match people.as_slice() {
            [one] => return (vec![*one], one_each),
            [] => {}
            many if joined(clause, named, at) => return (many.to_vec(), one_each),
            _ => {
                let before = named.iter().rev().find(|mention| mention.end <= at).or_else(|| named.first());
                return before.map_or((Vec::new(), false), |mention| {
                    (mention.members.clone(), mention.members.len() == 1 && at.saturating_sub(mention.end) < 45)
                });
            }
        }
        // `Harris stays at home, and I have been out of work`: what a writer says of themselves is nobody else's.
        let first_person = |word: &str| matches!(word, "i" | "im" | "ive" | "my" | "we" | "our" | "weve");
        if let Some(writer) = self.writer
            && clause.get(..at).unwrap_or(clause).split(|c: char| !c.is_alphabetic()).any(first_person)
        {
            return (vec![writer], true);
        }
        // `She is a young carer and sees to her mother`: she is the one spoken of before, and not the mother.
        let subject = clause.split(' ').next().filter(|word| matches!(*word, "he" | "she"));
        if let ([one], Some(subject)) = (spoken_of, subject)
            && bare(sentence).split(' ').next() == Some(subject)
            && self.pronoun_fits(clause, *one)
        {
            return (vec![*one], true);
        }
        let whole = distinct(&mentions(sentence, self.members, self.lexicon));
        if let [one] = whole.as_slice() {
            return (vec![*one], true);
        }
        if let Some(one) = self.of {
            return (vec![one], whole.is_empty());
        }
        // `… is rarely there before eleven; attendance 66%`: a few words go on about the one spoken of.
        let fragment = super::text::word_count(sentence) <= FRAGMENT_WORDS_MAX;
        match spoken_of {
            [one] if whole.is_empty() && fragment => (vec![*one], true),
            [one] if whole.is_empty() && self.pronoun_fits(clause, *one) => (vec![*one], true),
            _ => (Vec::new(), false),
        }
    }

    /// `He`, `her`, `I` in the clause may stand for the one person spoken of before.
    fn pronoun_fits(&self, clause: &str, one: usize) -> bool {
        let words = ["he", "she", "his", "her", "him", "i", "im", "ive"];
        let Some(pronoun) = clause.split(|c: char| !c.is_alphabetic()).find(|word| words.contains(word)) else { return false };
        if pronoun.starts_with('i') {
            return self.writer == Some(one);
        }
        let male = matches!(pronoun, "he" | "his" | "him");
        self.members[one].gender.as_ref().is_none_or(|gender| gender.value.reveal().starts_with('m') == male)
    }
}

/// The theme of a sentence that is nothing but its title.
fn headed<'a>(sentence: &str, lexicon: &Lexicon<'a>) -> Option<&'a str> {
    const WORDS_MAX: usize = 6;
    let title = sentence.trim().strip_suffix(['.', ':'])?;
    // `Attendance 66%.` tells something.
    let figure = title.contains(|c: char| c.is_ascii_digit());
    if figure || super::text::word_count(title) > WORDS_MAX { None } else { lexicon.titled(title) }
}

/// The theme that stands before a dash or colon at the beginning of `sentence`, and what stands behind it.
fn led_by_theme<'a, 's>(sentence: &'s str, lexicon: &Lexicon<'a>) -> Option<(&'a str, &'s str)> {
    let (head, rest) =
        [" - ", " – ", ": "].iter().filter_map(|mark| sentence.split_once(mark)).min_by_key(|(head, _)| head.len())?;
    // `No domestic abuse - arrested in May`: what is denied heads nothing.
    lexicon.titled(head).filter(|_| !lexicon.denies(head)).map(|theme| (theme, rest))
}

/// `Children who need help includes a child on a plan`: a form explains its criterion, and says it of nobody.
fn defines(sentence: &str, lexicon: &Lexicon<'_>) -> bool {
    ["includes", "include", "means", "covers", "may be", "can be"].iter().any(|verb| {
        let head = find_phrase(sentence, verb).map_or("", |at| &sentence[..at]);
        let head = head.rsplit(':').next().unwrap_or_default().trim();
        let words = head.trim_start_matches("please note that ");
        lexicon.titled(words).is_some()
    })
}

/// The parts of a sentence that are said, or denied, each for itself.
fn clauses(sentence: &str, lexicon: &Lexicon<'_>) -> Vec<String> {
    let text = bare(sentence);
    let mut cuts: Vec<usize> = vec![0];
    for divider in lexicon.list("clause_dividers") {
        // Words and dashes divide where they stand alone: `self-harm` and `butter` are whole.
        let alone = divider.starts_with(|c: char| c.is_alphanumeric() || c == '-');
        let divider = if alone { format!(" {divider} ") } else { format!("{divider} ") };
        let mut from = 0;
        while let Some(at) = text.get(from..).and_then(|rest| rest.find(divider.as_str())).map(|at| at + from) {
            cuts.push(at);
            from = at + divider.len();
        }
    }
    cuts.push(text.len());
    cuts.sort_unstable();
    cuts.dedup();
    cuts.windows(2).map(|pair| text[pair[0]..pair[1]].to_owned()).collect()
}

/// Whether the clause denies, supposes, remembers, or speaks to the reader.
pub(super) fn is_no_finding(clause: &str, lexicon: &Lexicon<'_>, received_on: Date) -> bool {
    says_none(clause, &["negations", "hypotheticals", "history"], lexicon, received_on)
}

/// Whether the clause denies or remembers. A fear or a guess (`I am worried that he …`) is neither.
pub(super) fn is_denied_or_past(clause: &str, lexicon: &Lexicon<'_>, received_on: Date) -> bool {
    says_none(clause, &["negations", "history"], lexicon, received_on)
}

pub(super) fn says_none(clause: &str, lists: &[&str], lexicon: &Lexicon<'_>, received_on: Date) -> bool {
    let clause = MONTH_OF_MAY.replace_all(clause, "$1 month$2");
    let clause = clause.as_ref();
    if denies_a_trouble(clause, lexicon) {
        return true;
    }
    if lists.iter().any(|list| lexicon.mentions(list, clause).is_some()) && lexicon.mentions("not_negations", clause).is_none() {
        return true;
    }
    YEAR.captures_iter(clause)
        .filter_map(|found| found[1].parse::<i16>().ok())
        .any(|year| year < received_on.year() - 3 && !clause.contains("since"))
}

/// `No money` is a lack; in `no money worries` and `no money or housing problems` the denial is of all that follows.
fn denies_a_trouble(clause: &str, lexicon: &Lexicon<'_>) -> bool {
    let lacks = lexicon.list("not_negations").iter().filter(|phrase| phrase.starts_with("no "));
    lacks.into_iter().any(|phrase| {
        let Some(at) = find_phrase(clause, phrase) else { return false };
        let mut words = clause[at + phrase.len()..].split_whitespace();
        let mut next = words.next();
        while matches!(next, Some("or" | "nor" | "and" | "&" | ",")) {
            (_, next) = (words.next(), words.next());
        }
        next.is_some_and(|word| lexicon.is("troubles", word))
    })
}

/// `Volunteers for a domestic abuse charity`: the words at `at` tell where somebody works.
fn is_a_trade(clause: &str, at: usize, lexicon: &Lexicon<'_>) -> bool {
    const WORDS_BETWEEN_MAX: usize = 4;
    let before = clause.get(..at).unwrap_or(clause);
    let words: Vec<(usize, &str)> = before
        .split(' ')
        .scan(0, |from, word| {
            let at = *from;
            *from += word.len() + 1;
            Some((at, word))
        })
        .filter(|(_, word)| !word.is_empty())
        .collect();
    let near = words
        .iter()
        .rev()
        .take(WORDS_BETWEEN_MAX + 2)
        .take_while(|(_, word)| !matches!(*word, "and" | "but" | "because" | "with"));
    let Some((from, _)) = near.last() else { return false };
    Told::new(&before[*from..]).first(lexicon.patterns("trades")).is_some()
}

/// Where a clause counts the days somebody was in school, and the share of days that is: `2 days out of the last three weeks`.
fn attended(clause: &str) -> Option<(usize, f64)> {
    const SCHOOL_DAYS_IN_A_WEEK: f64 = 5.0;
    let found = DAYS_OF.captures(clause)?;
    let number = |name: &str| {
        let word = found.name(name)?.as_str();
        let counted = COUNTED.iter().position(|one| *one == word).and_then(|index| u32::try_from(index + 1).ok());
        counted.or_else(|| word.parse().ok()).map(f64::from)
    };
    let days = |unit: Option<&str>| if unit.is_some_and(|unit| unit.starts_with("week")) { SCHOOL_DAYS_IN_A_WEEK } else { 1.0 };
    let unit = |name: &str| found.name(name).map(|unit| unit.as_str());
    let of = number("of")? * days(unit("units"));
    let share = number("days")? * days(unit("unit").or(unit("units"))) / of;
    let away = ["missed", "absent", "off", "away", "out of school"].iter().any(|word| find_phrase(clause, word).is_some());
    (of > 0.0).then(|| (found.get(0).map_or(0, |whole| whole.start()), if away { 1.0 - share } else { share }))
}

/// Where the clause shows `theme`, if it does.
/// `He hasn't been in properly, his attendance is 41%`: a figure that no denial in the clause takes back.
fn is_low_attendance(clause: &str, lexicon: &Lexicon<'_>) -> bool {
    PERCENT.is_match(clause)
        && lexicon.mentions("attendance_words", clause).is_some()
        && shows(clause, &Told::new(""), "education", lexicon).is_some()
}

fn shows(clause: &str, told: &Told<'_>, theme: &str, lexicon: &Lexicon<'_>) -> Option<usize> {
    if theme == "education"
        && lexicon.mentions("attendance_words", clause).is_some()
        && let Some(percent) = PERCENT.captures(clause)
    {
        let low = percent[1].parse::<u32>().is_ok_and(|percent| percent < 90);
        return low.then(|| percent.get(0).map_or(0, |found| found.start()));
    }
    if theme == "education"
        && lexicon.mentions("attendance_words", clause).is_some()
        && let Some((at, share)) = attended(clause)
    {
        return (share < ATTENDANCE_MIN).then_some(at);
    }
    // Whoever saw a crime, or suffered one, did none.
    if theme == "crime_asb" && lexicon.mentions("crime_of_others", clause).is_some() {
        return None;
    }
    let phrase = lexicon.earliest(&format!("prose_{theme}"), clause);
    let patterns = ["told", "lacks"].into_iter().filter_map(|kind| told.first(lexicon.patterns(&format!("{kind}_{theme}"))));
    phrase.map(|(at, _)| at).into_iter().chain(patterns).min()
}

/// Whether all names stand together before what is said: `Tom, Ann and Joe have …`, `both Tom and Ann`.
fn joined(clause: &str, named: &[Mention], at: usize) -> bool {
    named.iter().all(|mention| mention.end <= at || named.iter().all(|mention| mention.start >= at))
        && named.windows(2).all(|pair| {
            let between = clause.get(pair[0].end..pair[1].start).unwrap_or_default();
            pair[0].start == pair[1].start
                || matches!(
                    between.trim(),
                    "," | "and" | "&" | "nor" | "or" | ", and" | "'s and" | "and also" | "as well as" | ""
                )
        })
}

/// Whether a word stands before the name that makes an object of it.
fn is_object(clause: &str, mention: &Mention) -> bool {
    let before = clause.get(..mention.start).unwrap_or_default().trim_end();
    let last = before.rsplit(' ').find(|word| !matches!(*word, "her" | "his" | "the" | "their")).unwrap_or_default();
    matches!(last, "on" | "of" | "against" | "with" | "to" | "towards" | "for" | "after" | "about" | "at" | "from")
}

pub(super) fn distinct(named: &[Mention]) -> Vec<usize> {
    let mut people: Vec<usize> = Vec::new();
    for one in named.iter().flat_map(|mention| &mention.members) {
        if !people.contains(one) {
            people.push(*one);
        }
    }
    people
}
