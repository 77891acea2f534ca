//! Criteria in lines and rows: boxes, answers with names beside them, lists of themes of one person.

use std::collections::BTreeSet;
use std::ops::Range;

use super::form::{FormReader, Subject, ThemeMark};
use super::lines::split_pairs;
use super::marks::{Mark, mark};
use super::sheet::{Grid, Node};
use super::slot::{Slot, Token};
use super::text::fold;
use super::words::Lexicon;
use crate::domain::document::words::GAP;

/// So many themes one below the other are a list of criteria, whatever stands over them.
const THEMES_MIN: usize = 4;

/// How sure each of two answers is that contradict one another.
const OF_TWO_ANSWERS: f32 = 0.4;

/// Where lines one below the other begin with a criterion each: `School – Owen`, `DV – none`.
pub(super) fn runs(nodes: &[Node], lexicon: &Lexicon<'_>) -> Vec<Range<usize>> {
    let theme = |node: &Node| {
        let Node::Line(slot) = node else { return None };
        if slot.has_box() || slot.typed {
            return None;
        }
        let text = slot.lines_text();
        let cut = [": ", " - ", " – ", "\t"].iter().filter_map(|sign| text.find(sign)).chain(text.find(GAP)).min()?;
        let head = text[..cut].trim_start_matches(|c: char| !c.is_alphabetic());
        let said = text[cut..].trim_start_matches(|c: char| !c.is_alphanumeric());
        let short = !said.is_empty() && (1..=8).contains(&head.split_whitespace().count());
        if !short {
            return None;
        }
        let theme = lexicon.titled(head)?;
        Some((theme, says_who(said, lexicon)))
    };
    let lines: Vec<Option<(&str, bool)>> = nodes.iter().map(theme).collect();
    let mut found = Vec::new();
    let mut from = 0;
    while from < lines.len() {
        let end = from + lines[from..].iter().take_while(|line| line.is_some()).count();
        let mut run: Vec<(&str, bool)> = lines[from..end].iter().flatten().copied().collect();
        let mut start = from;
        // `School: Hill Academy` of the child before is no part of the list that asks for `School` again.
        while run.split_first().is_some_and(|((first, _), others)| others.iter().any(|(theme, _)| theme == first)) {
            run.remove(0);
            start += 1;
        }
        let distinct: BTreeSet<&str> = run.iter().map(|(theme, _)| *theme).collect();
        // What is said of one person below their name stays with that person.
        if distinct.len() >= THEMES_MIN && run.iter().filter(|(_, who)| *who).count() >= NAMED_MIN {
            found.push(start..end);
        }
        from = end + 1;
    }
    found
}

/// So many answers that name somebody tell a list for the family from what is said of one person.
const NAMED_MIN: usize = 2;

fn says_who(said: &str, lexicon: &Lexicon<'_>) -> bool {
    super::people::names_somebody(said, lexicon) || super::people::begins_with_somebody(said, lexicon)
}

/// A longer line that ends with a full stop is a sentence.
const TITLE_WORDS_MAX: usize = 4;
/// A line of more words heads nothing.
const TOPIC_WORDS_MAX: usize = 6;

impl FormReader<'_, '_> {
    /// Whether a table is one of criteria: most of its rows begin with one, and none asks for a person's name.
    pub(super) fn lists_themes(&self, grid: &Grid) -> bool {
        let heads: Vec<String> =
            grid.rows.iter().filter_map(|row| row.first()).filter(|cell| !cell.slot.typed).map(|cell| cell.slot.text()).collect();
        let themes: Vec<&str> = heads.iter().filter_map(|head| self.lexicon.criterion(head)).collect();
        let distinct: BTreeSet<&&str> = themes.iter().collect();
        let names = |head: &String| self.lexicon.label(head).is_some_and(|label| super::people::is_name_field(&label.field));
        let said = grid.rows.iter().flat_map(|row| row.iter().skip(1)).filter(|cell| !cell.repeated).map(|cell| cell.slot.text());
        let who = |said: &String| !said.is_empty() && says_who(said, self.lexicon);
        distinct.len() >= THEMES_MIN
            && themes.len() * 2 > heads.len()
            && !heads.iter().any(names)
            && (self.current.is_none() || said.filter(who).count() >= NAMED_MIN)
    }

    /// `Jane Smith - domestic abuse, health` under a criteria heading.
    pub(super) fn criteria_sentence(&mut self, slot: &Slot, text: &str) -> bool {
        let Some((who, what)) = text.split_once([':', '–']).or_else(|| text.split_once(" - ")) else { return false };
        if self.lexicon.criterion(what).is_none() || self.lexicon.criterion(who).is_some() {
            return false;
        }
        let subject = Subject::Named(Slot::of_text(who, slot));
        self.criteria_list(&subject, &Slot::of_text(what, slot));
        true
    }

    /// Of whom `text` asks for the issues: `Which issues affect Adult 1? (tick all that apply)`, `Concerns about Tom Bell`.
    fn whose_issues(&self, text: &str) -> Option<String> {
        let head = super::lines::outside_brackets(text);
        let folded = fold(head.trim_end_matches(['?', ':', ' ']));
        let asks = super::text::word_count(&folded) <= 12 && self.lexicon.mentions("issue_words", &folded).is_some();
        if !asks || self.lexicon.criterion(&folded).is_some() {
            return None;
        }
        let last = |count: usize| {
            let words: Vec<&str> = head.trim_end_matches(['?', ':', ' ']).split_whitespace().collect();
            words.get(words.len().checked_sub(count)?..).map(|words| words.join(" "))
        };
        let numbered = last(2).filter(|words| matches!(self.lexicon.owner(words), Some((_, Some(_)))));
        let called = || {
            (1..=3).rev().filter_map(last).find(|words| {
                let wanted = super::text::bare(words);
                self.form.people.iter().any(|draft| {
                    let name =
                        draft.slot("full_name").or_else(|| draft.slot("first_name")).map(|slot| super::text::bare(&slot.text()));
                    name.is_some_and(|name| name == wanted || name.split(' ').next() == Some(wanted.as_str()))
                })
            })
        };
        numbered.or_else(called)
    }

    /// Nothing but criteria behind the question for somebody's issues.
    pub(super) fn issues_of_somebody(&mut self, text: &str, value: &Slot) -> bool {
        let Some(whose) = self.whose_issues(text) else { return false };
        let none = mark(value, self.lexicon) == Mark::No || self.lexicon.is_blank(&value.text());
        if value.has_box() || !(none || self.lists_criteria_alone(value)) {
            return false;
        }
        let subject = Subject::Named(Slot::of_text(&whose, value));
        self.criteria_list(&subject, value);
        true
    }

    /// The same, with the answer on the line below.
    pub(super) fn issues_below(&mut self, slot: &Slot, text: &str) -> bool {
        if let Some(asked) = self.asked_of.take()
            && self.issues_of_somebody(&asked, slot)
        {
            return true;
        }
        let asks = !slot.has_box() && !slot.typed && text.ends_with(['?', ')', ':']) && self.whose_issues(text).is_some();
        self.asked_of = asks.then(|| text.to_owned());
        asks
    }

    /// `Is any child missing school?`, and on the next line `Yes – Tom`.
    pub(super) fn question(&mut self, slot: &Slot, text: &str) -> bool {
        if let Some(question) = self.asked.take()
            && !slot.has_box()
            && matches!(mark(slot, self.lexicon), Mark::Yes | Mark::No)
        {
            self.answer_question(&question, slot);
            return true;
        }
        let closed = matches!(self.section.as_str(), "consent" | "assessment" | "instructions" | "official" | "referrer");
        let other = self.lexicon.label(text).is_some_and(|label| {
            !matches!(label.field.as_str(), "school" | "ignored" | "narrative")
                && label.field != "criteria"
                && label.field != "comments"
        });
        let asks = text.ends_with('?') && !slot.has_box() && !slot.typed && !slot.control && !closed && !other;
        if asks && self.lexicon.criterion(text).is_some() && self.lexicon.asks_criterion(text) {
            self.asked = Some(text.to_owned());
        }
        false
    }

    /// Boxes with words beside them: criteria for the present person, or for those named; or an answer to the label above.
    pub(super) fn boxes(&mut self, slot: &Slot) -> bool {
        if !slot.has_box() {
            return false;
        }
        let pairs = split_pairs(slot, self.lexicon);
        if let [pair] = pairs.as_slice()
            && let Some(theme) = self.lexicon.criterion(&pair.text)
            && self.people_boxed(theme, &pair.text, &pair.value)
        {
            self.form.criteria += 1;
            return true;
        }
        if pairs.iter().any(|pair| pair.label.as_ref().is_some_and(|label| !super::form::is_weak_among_criteria(&label.field))) {
            return false;
        }
        if self.boxes_of_sharing(slot) {
            return false;
        }
        let mut any = false;
        let both = mark(slot, self.lexicon) == Mark::Both;
        for (marked, words) in super::lines::boxed_words(slot, self.lexicon) {
            let Some(theme) = self.lexicon.criterion(&words) else { continue };
            any = true;
            self.form.criteria += 1;
            if !marked {
                continue;
            }
            let words = super::each::without_asking_whom(&words);
            let bracketed = words.split_once('(').map(|(_, who)| who.trim_end_matches([')', ' ']));
            let named =
                words.rsplit_once([':', '–']).or_else(|| words.rsplit_once(" - ")).map(|(_, who)| who.trim()).or(bracketed);
            let somebody = |who: &&str| super::people::names_somebody(who, self.lexicon) || bracketed != Some(*who);
            let named = named.filter(|who| self.lexicon.criterion(who).is_none() && !who.is_empty()).filter(somebody);
            let behind = self.named_behind(theme, &words);
            let named = behind.as_deref().or(named);
            // Names beside a box are believed before the person whose lines went before.
            let people = named.filter(|who| behind.is_some() || super::people::names_somebody(who, self.lexicon));
            let begun = |index: &usize| !self.form.people[*index].fields.is_empty();
            let subject = match (self.current.filter(begun).filter(|_| people.is_none()), named) {
                (Some(current), _) => Subject::Draft(current),
                (None, Some(who)) => Subject::Named(Slot::of_text(who, slot)),
                (None, None) => Subject::Nobody,
            };
            let theme = theme.to_owned();
            let mark = ThemeMark { theme, criterion: words, subject, yes: true, slot: slot.clone(), comment: None };
            self.push_mark(mark, both);
        }
        any
    }

    /// `I agree to you sharing with: ☒ School ☐ Police`: agencies, which are never criteria. What stands behind the last box may limit it.
    fn boxes_of_sharing(&mut self, slot: &Slot) -> bool {
        let is_box = |token: &Token| matches!(token, Token::Box(_));
        let Some(first) = slot.tokens.iter().position(is_box) else { return false };
        let words = |tokens: &[Token]| Slot { tokens: tokens.to_vec(), ..slot.clone() };
        let intro = words(&slot.tokens[..first]).text();
        let agencies = super::lines::boxed_words(slot, self.lexicon);
        let is_agency = |words: &str| self.lexicon.is("agency_words", words.split('.').next().unwrap_or_default());
        let of_consent = self.section == "consent" && agencies.iter().filter(|(_, words)| is_agency(words)).count() >= 2;
        if !of_consent && self.lexicon.mentions("sharing_words", &intro).is_none() {
            return false;
        }
        let named = |words: &str| {
            let list = ["agency_words", "organisation_words"];
            list.iter().any(|list| self.lexicon.mentions(list, words).is_some()) || self.lexicon.criterion(words).is_some()
        };
        if !agencies.iter().any(|(_, words)| named(words)) {
            return false;
        }
        for (_, name) in agencies.iter().filter(|(marked, _)| *marked) {
            let name = name.split('.').next().unwrap_or_default();
            self.answer("sharing_agreed", &intro, &Slot::of_text(name, &words(&[])));
        }
        let last = slot.tokens.iter().rposition(is_box).unwrap_or(first);
        let behind = words(&slot.tokens[last + 1..]).text();
        if let Some((_, limits)) = behind.split_once(". ") {
            self.form.agreement.push(Slot::of_text(limits, &words(&[])));
        }
        true
    }

    /// `Health: Ada (*)  Tom ( )`, `☐ Ada ☒ Tom`: each name with a box of its own. Whether the words are such.
    pub(super) fn people_boxed(&mut self, theme: &str, criterion: &str, slot: &Slot) -> bool {
        let told: Vec<&Token> = slot.tokens.iter().filter(|token| !matches!(token, Token::Break | Token::Hole)).collect();
        let leads = matches!(told.first(), Some(Token::Box(_)));
        let pairs: Vec<(bool, &str)> = told
            .chunks(2)
            .filter_map(|pair| match (leads, pair) {
                (false, [Token::Words(name, _), Token::Box(marked)]) | (true, [Token::Box(marked), Token::Words(name, _)]) => {
                    Some((*marked, name.trim_matches(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | ':' | '/'))))
                }
                _ => None,
            })
            .collect();
        let is_name = |name: &str| {
            super::people::names_somebody(name, self.lexicon)
                && !self.lexicon.is("yes_words", name)
                && !self.lexicon.is("no_words", name)
                && self.lexicon.criterion(name).is_none()
        };
        if pairs.is_empty() || pairs.len() * 2 != told.len() || !pairs.iter().all(|(_, name)| is_name(name)) {
            return false;
        }
        for (_, name) in pairs.iter().filter(|(marked, _)| *marked) {
            let subject = Subject::Named(Slot::of_text(name, slot));
            let (theme, criterion, slot) = (theme.to_owned(), criterion.to_owned(), slot.clone());
            self.form.marks.push(ThemeMark { theme, criterion, subject, yes: true, slot, comment: None });
        }
        true
    }

    /// A criterion with what stands beside it: an answer, names, evidence.
    pub(super) fn criterion_row(&mut self, criterion: &str, beside: &[Slot]) {
        let Some(theme) = self.lexicon.criterion(criterion) else { return };
        // `Adult Mental Health: Focus Family nomination`: who sends the form, and what it is.
        let titles = |slot: &Slot| self.lexicon.mentions("programme_names", &slot.text()).is_some() && !slot.has_box();
        if beside.iter().any(titles) {
            return;
        }
        self.form.criteria += 1;
        if beside.iter().any(|slot| self.people_boxed(theme, criterion, slot)) {
            return;
        }
        let together = answers_side_by_side(beside, self.lexicon);
        let beside = together.as_deref().unwrap_or(beside);
        let mut answer = Mark::Blank;
        let mut who = None;
        let mut where_marked = None;
        let mut comment = None;
        for slot in beside {
            match mark(slot, self.lexicon) {
                Mark::Yes | Mark::No | Mark::Both if answer == Mark::Blank => {
                    answer = mark(slot, self.lexicon);
                    where_marked = Some(slot.clone());
                    let rest = without_answer(&slot.text());
                    if super::people::names_somebody(&rest, self.lexicon) {
                        who = Some(Slot::of_text(&rest, slot));
                    }
                }
                Mark::Words if who.is_none() && super::people::names_somebody(&slot.text(), self.lexicon) => {
                    who = Some(slot.clone())
                }
                Mark::Words => comment = Some(slot.clone()),
                Mark::Yes | Mark::No | Mark::Both | Mark::Blank => {}
            }
        }
        // `Tom – reprimand for graffiti`: evidence that says whose it is.
        let tells = |slot: &Slot| super::people::begins_with_somebody(&slot.text(), self.lexicon);
        if who.is_none() && answer == Mark::Blank && comment.as_ref().is_some_and(tells) {
            who = comment.take();
        }
        let theme = theme.to_owned();
        if who.is_none() && answer == Mark::Blank {
            self.evidence(Some(&theme), criterion, comment.as_ref());
        }
        let (before, answered) = (self.form.marks.len(), matches!(answer, Mark::Yes | Mark::No));
        self.push_row_mark(&theme, criterion, answer, where_marked, who, comment);
        // `Is anyone out of work? Yes`: whom it is about may be asked on the next line.
        self.answered = (answered && self.form.marks.len() > before).then_some(before);
    }

    /// The theme that a heading or an inline one names, where nothing else stands on the line.
    pub(super) fn topic_of(&self, slot: &Slot, text: &str) -> Option<String> {
        let text = self.lexicon.behind_lead(text);
        let open = !slot.has_box() && !slot.typed && (slot.heading || super::text::word_count(text) <= TOPIC_WORDS_MAX);
        let title = text.trim_end_matches([':', '.', ' ']);
        // `Tom attends a pupil referral unit.` is a sentence.
        let sentence = !slot.heading && text.ends_with('.') && super::text::word_count(text) > TITLE_WORDS_MAX;
        if !open || sentence || title.contains([':', '.']) {
            return None;
        }
        // `School` asks where somebody learns.
        let asks = self.lexicon.label(title).is_some_and(|label| super::people::is_person_field(&label.field));
        self.lexicon.titled(title).filter(|_| !asks).map(str::to_owned)
    }

    /// One criterion row summed up. Named people without any answer count as Yes: that is what the column asks.
    pub(super) fn push_row_mark(
        &mut self,
        theme: &str,
        criterion: &str,
        answer: Mark,
        marked: Option<Slot>,
        who: Option<Slot>,
        comment: Option<Slot>,
    ) {
        let yes = match answer {
            Mark::Yes | Mark::Both => true,
            Mark::No => false,
            Mark::Blank | Mark::Words => match &who {
                Some(_) => true,
                None => return,
            },
        };
        let Some(slot) = who.clone().or(marked) else { return };
        // Names beside an answer are believed before the person whose lines went before.
        let named = who.as_ref().is_some_and(|who| super::people::names_somebody(&who.text(), self.lexicon));
        let subject = match (self.current.filter(|_| self.section != "criteria" && !named), who) {
            (Some(current), _) => Subject::Draft(current),
            (None, Some(who)) => Subject::Named(who),
            (None, None) => Subject::Nobody,
        };
        let mark = ThemeMark { theme: theme.to_owned(), criterion: criterion.to_owned(), subject, yes, slot, comment };
        self.push_mark(mark, answer == Mark::Both);
    }

    /// Both Yes and No of one box are kept, as what nobody can be sure of: a person chooses.
    pub(super) fn push_mark(&mut self, mark: ThemeMark, both: bool) {
        if both {
            let unsure = Slot { confidence: mark.slot.confidence * OF_TWO_ANSWERS, ..mark.slot.clone() };
            self.form.marks.push(ThemeMark { slot: unsure, ..mark.clone() });
            self.form.marks.push(ThemeMark { yes: false, ..mark });
        } else {
            self.form.marks.push(mark);
        }
    }

    /// The value of a criteria label: for the present person, a list of criteria.
    pub(super) fn criteria_answer(&mut self, value: &Slot) {
        // Of a list of boxes only the marked ones answer.
        // A criterion with a colon and nothing behind it is a question left open.
        if self.boxes(value) || value.has_box() && !value.has_mark() || value.text().ends_with(':') {
            return;
        }
        let subject = self.current.map_or(Subject::Nobody, Subject::Draft);
        self.criteria_list(&subject, value);
    }

    /// Codes of the form's own key one after another: `3, 4`, `WRK, HLT`. Whether they were.
    pub(super) fn keyed(&mut self, subject: &Subject, value: &Slot) -> bool {
        // Of boxes with a code each only the marked ones count.
        let text = if value.has_box() {
            let boxes = super::lines::boxed_words(value, self.lexicon);
            if !boxes.iter().all(|(_, words)| self.key.contains_key(words.trim())) {
                return false;
            }
            let marked: Vec<String> = boxes.into_iter().filter(|(marked, _)| *marked).map(|(_, words)| words).collect();
            if marked.is_empty() {
                return true;
            }
            marked.join(" ")
        } else {
            value.text()
        };
        let codes: Vec<&str> = text.split([',', ';', '/', '&', '+', ' ']).filter(|code| !code.is_empty()).collect();
        let themes: Vec<String> = codes.iter().filter_map(|code| self.key.get(*code).cloned()).collect();
        if codes.is_empty() || themes.len() < codes.len() {
            return false;
        }
        for theme in themes {
            self.form.criteria += 1;
            let criterion = theme.replace('_', " ");
            let subject = subject.clone();
            self.form.marks.push(ThemeMark { theme, criterion, subject, yes: true, slot: value.clone(), comment: None });
        }
        true
    }

    /// Criteria written one after another.
    pub(super) fn criteria_list(&mut self, subject: &Subject, value: &Slot) {
        let text = value.lines_text();
        if value.printed || mark(value, self.lexicon) == Mark::No || self.lexicon.is_blank(&text) {
            return;
        }
        // Of boxes only the marked ones count; a box at the end of a line is that of the words on the next.
        let parts: Vec<String> = if value.has_box() {
            let tokens = value.tokens.iter().filter(|token| !matches!(token, Token::Break)).cloned().collect();
            let joined = Slot { tokens, ..value.clone() };
            let boxed = super::lines::boxed_words(&joined, self.lexicon);
            boxed.into_iter().filter(|(marked, _)| *marked).map(|(_, words)| words).collect()
        } else {
            super::lines::list_parts(&text, self.lexicon)
        };
        for part in parts {
            let head = super::lines::outside_brackets(&part);
            if self.lexicon.denies(&head) {
                continue;
            }
            let Some(theme) = self.lexicon.criterion(&head).or_else(|| self.lexicon.criterion(&part)) else { continue };
            self.form.criteria += 1;
            let already = self.form.marks.iter().any(|mark| same_subject(&mark.subject, subject) && mark.theme == theme);
            if already {
                continue;
            }
            let slot = Slot::of_text(&part, value);
            let mark =
                ThemeMark { theme: theme.to_owned(), criterion: head, subject: subject.clone(), yes: true, slot, comment: None };
            self.form.marks.push(mark);
        }
    }
}

/// `Y | N` in cells of their own, one of them set off: one answer; all left as they were printed, none.
fn answers_side_by_side(beside: &[Slot], lexicon: &Lexicon<'_>) -> Option<Vec<Slot>> {
    let is = |slot: &Slot, list: &str| !slot.has_box() && lexicon.is(list, &slot.text());
    let (answers, others): (Vec<&Slot>, Vec<&Slot>) =
        beside.iter().partition(|slot| is(slot, "yes_words") || is(slot, "no_words"));
    let both = answers.iter().any(|slot| is(slot, "yes_words")) && answers.iter().any(|slot| is(slot, "no_words"));
    if !both {
        return None;
    }
    let mut joined = answers[0].clone();
    for slot in &answers[1..] {
        joined.tokens.push(Token::Break);
        joined.tokens.extend(slot.tokens.iter().cloned());
    }
    Some(std::iter::once(joined).chain(others.into_iter().cloned()).collect())
}

fn same_subject(one: &Subject, other: &Subject) -> bool {
    match (one, other) {
        (Subject::Draft(one), Subject::Draft(other)) => one == other,
        (Subject::Nobody, Subject::Nobody) => true,
        (Subject::Named(one), Subject::Named(other)) => one.text() == other.text(),
        _ => false,
    }
}

/// `Yes - mum and Tom` → `mum and Tom`.
fn without_answer(text: &str) -> String {
    let rest = text.trim_start_matches(|c: char| c.is_alphabetic()).trim_start_matches([' ', '-', ':', ',', '–', '(', '.']);
    // What the answer itself was put in.
    let open = rest.matches('(').count() < rest.matches(')').count();
    rest.strip_suffix(')').filter(|_| open).unwrap_or(rest).to_owned()
}
