//! Themes in free text: a sentence that says something of somebody, and does not deny, suppose or remember it.

use super::denials::{before_since, denied_themes, denies, says_none};
use super::figures::PERCENT;
use super::others::Others;
use super::pattern::Told;
use super::slot::Slot;
use super::subject::distinct;
use super::text::{bare, find_phrase, sentences};
use super::who::{Mention, mentions};
use super::words::Lexicon;
use crate::domain::nomination::{Member, Source};
use crate::domain::time::Date;

/// So near the beginning stands who the sentence is about.
pub(super) const SUBJECT_MAX: usize = 12;

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
            let mut named = mentions(&sentence, self.members, self.lexicon);
            if let Some(theme) = headed(&sentence, self.lexicon).filter(|_| named.is_empty() && !self.is_worry(&folded)) {
                topic = Some(theme.to_owned());
                continue;
            }
            // `Crime - three youth restorative outcomes this year`: what stands behind the theme is said of it.
            if let Some((theme, _)) = led_by_theme(&sentence, self.lexicon) {
                topic = Some(theme.to_owned());
            }
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

    /// `Anxiety and depression.` among what is said of one person tells of them, and heads nothing.
    fn is_worry(&self, folded: &str) -> bool {
        let told = Told::new(folded);
        self.of.is_some() && self.lexicon.themes().any(|theme| shows(folded, &told, theme, self.lexicon).is_some())
    }

    /// `Education: Tom comes in for an hour at most`: the first thing said of somebody under the heading of a theme is a finding of it in
    /// whatever words, unless they deny it or say that all is well.
    fn under(&self, theme: &str, folded: &str, sentence: &str, slot: &Slot, named: &[Mention]) -> Option<Finding> {
        /// Fewer words tell nothing.
        const WORDS_MIN: usize = 4;
        let led = led_by_theme(sentence, self.lexicon);
        let subject = named.first().filter(|mention| mention.start <= SUBJECT_MAX && mention.members.len() == 1);
        let each = super::figures::of_each(folded, theme, named, self.lexicon);
        let members = match (subject, self.of) {
            _ if each.is_some() => each.map(|(members, _)| members).unwrap_or_default(),
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
        let lacking = |theme: &str| {
            told.first(self.lexicon.patterns(&format!("lacks_{theme}"))).is_some()
                || theme == "education" && super::figures::is_low_attendance(clause, self.lexicon)
        };
        let lacks = self.lexicon.themes().any(lacking);
        let none = [("hypotheticals", !suspected), ("history", true)];
        let none: Vec<&str> = none.into_iter().filter(|(_, counts)| *counts).map(|(list, _)| list).collect();
        if says_none(before_since(clause), &none, self.lexicon, self.received_on) {
            return;
        }
        let (rest, denied) = denied_themes(clause, self.lexicon);
        let named = mentions(clause, self.members, self.lexicon);
        for theme in self.lexicon.themes() {
            let Some(at) = shows(clause, &told, theme, self.lexicon) else { continue };
            if !lacks && denies(&rest, at, self.lexicon) || denied.contains(&theme) && !lacking(theme) {
                continue;
            }
            if is_a_trade(clause, at, self.lexicon) {
                continue;
            }
            let others = match self.of_others(clause, at, &named, sentence) {
                Others::Unclear | Others::No if theme != "domestic_abuse" && self.is_of_far_kin(clause, at, &named) => {
                    Others::Surely
                }
                others => others,
            };
            // `Kelly's ex-partner keeps threatening her` is said of her, whoever he is.
            let former = || self.lexicon.mentions("former_partners", clause).is_some();
            let others = if others == Others::Unclear && theme == "domestic_abuse" && former() { Others::No } else { others };
            if others == Others::Surely {
                continue;
            }
            let each = super::figures::of_each(clause, theme, &named, self.lexicon);
            let (members, clear) = each.unwrap_or_else(|| self.about(theme, clause, at, &named, (sentence, spoken_of)));
            let Some(members) = self.of_age(theme, members.clone()).or_else(|| self.may_be_young(theme, members)) else {
                continue;
            };
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

/// `Volunteers for a domestic abuse charity`: the words at `at` tell where somebody works.
fn is_a_trade(clause: &str, at: usize, lexicon: &Lexicon<'_>) -> bool {
    const WORDS_BETWEEN_MAX: usize = 6;
    /// `For people with …`: whom somebody works with.
    const PEOPLE: [&str; 9] = ["people", "children", "adults", "those", "men", "women", "pupils", "students", "parents"];
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
    let people =
        |place: usize| place.checked_sub(1).and_then(|before| words.get(before)).is_some_and(|(_, word)| PEOPLE.contains(word));
    let parts = |place: usize, word: &str| matches!(word, "and" | "but" | "because") || word == "with" && !people(place);
    let near = (0..words.len()).rev().take(WORDS_BETWEEN_MAX + 2).take_while(|place| !parts(*place, words[*place].1));
    let near = near.last().map(|place| words[place]);
    let Some((from, _)) = near else { return false };
    Told::new(&before[from..]).first(lexicon.patterns("trades")).is_some()
}

/// Where the clause shows `theme`, if it does.
fn shows(clause: &str, told: &Told<'_>, theme: &str, lexicon: &Lexicon<'_>) -> Option<usize> {
    if theme == "education"
        && let Some(low) = super::figures::attendance(clause, lexicon)
    {
        return low;
    }
    // Whoever saw a crime, or suffered one, did none.
    if theme == "crime_asb" && lexicon.mentions("crime_of_others", clause).is_some() {
        return None;
    }
    let phrase = lexicon.earliest(&format!("prose_{theme}"), clause);
    let patterns = ["told", "lacks"].into_iter().filter_map(|kind| told.first(lexicon.patterns(&format!("{kind}_{theme}"))));
    phrase.map(|(at, _)| at).into_iter().chain(patterns).min()
}
