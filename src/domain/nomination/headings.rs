//! Headings: which line opens a section, which one person, and which only looks like it.

use super::form::FormReader;
use super::slot::Slot;
use super::text::{fold, word_count};
use super::words::Label;

impl FormReader<'_, '_> {
    /// A heading changes the section; the heading of one person opens that person.
    pub(super) fn heading(&mut self, slot: &Slot, text: &str) -> bool {
        let shouted = !text.chars().any(char::is_lowercase);
        let asks = text.ends_with(':') || (text.ends_with('?') && !slot.heading);
        let names_criteria = || self.lexicon.label(text).is_some_and(|label| label.field == "criteria");
        // `Needs` below each person's name.
        let asks_needs =
            || self.lexicon.label(text).is_some_and(|label| matches!(label.field.as_str(), "narrative" | "comments"));
        let of_present_person = self.current.is_some_and(|index| self.form.people[index].is_named())
            && !shouted
            && match self.repeated.contains(&fold(text)) {
                true => asks || names_criteria() || self.label_above && asks_needs(),
                false => asks && names_criteria(),
            };
        // `Relationship to the children` among the questions about somebody heads no children.
        let asks_of_person = self.current.is_some()
            && self.label_above
            && self
                .lexicon
                .label(text)
                .is_some_and(|label| super::people::is_person_field(&label.field) && !super::people::is_name_field(&label.field));
        if slot.typed || slot.has_box() || of_present_person || asks_of_person {
            return false;
        }
        if let Some((head, rest)) = text.split_once(" - ").or_else(|| text.split_once(" – "))
            && word_count(head) <= 4
            && !head.chars().any(char::is_lowercase)
            && super::postcode::postcode(rest).is_some()
            && let Some(section) = self.section_of(slot, head).filter(|section| matches!(section.as_str(), "family" | "members"))
        {
            // `FAMILY - all at 5 Criffel View, CA7 4ZZ`.
            self.enter(&section);
            let home =
                ["all at ", "all live at ", "living at ", "at "].iter().find_map(|lead| rest.strip_prefix(lead)).unwrap_or(rest);
            self.answer("address", "address", &Slot::of_text(home, slot));
            return true;
        }
        if !asks && (shouted || slot.heading) && self.is_title(text) {
            self.enter("");
            return true;
        }
        if let Some(section) = self.section_of(slot, text) {
            self.enter(&section);
            // `Home address` in bold may be a heading or the label of the line below: it is taken for both.
            if self.label_above {
                self.pending = self.lexicon.label(text).map(|label| (text.to_owned(), label));
            }
            return true;
        }
        if self.is_unknown_heading(slot, text) {
            self.enter("");
            return true;
        }
        let open_to_people =
            !matches!(self.section.as_str(), "consent" | "criteria" | "agencies" | "assessment" | "instructions");
        if open_to_people
            && word_count(text) <= 4
            && self.lexicon.label(text).is_none()
            && let Some((owner, number)) = self.lexicon.owner(text).filter(|(owner, _)| super::people::is_member_owner(owner))
        {
            if !self.is_people_section() {
                self.enter("members");
            }
            self.open_person(Some(owner), number);
            return true;
        }
        false
    }

    /// The title of the whole paper before anything else: it may name the consent too, and opens no section of it.
    fn is_title(&self, text: &str) -> bool {
        self.form.sections.is_empty()
            && word_count(text) <= 10
            && !text.contains(':')
            && self.lexicon.mapped("document_titles", text) == Some("nomination")
    }

    /// A heading of no known wording: what follows is judged by its labels alone.
    fn is_unknown_heading(&self, slot: &Slot, text: &str) -> bool {
        let capitals = text.chars().filter(|c| c.is_alphabetic()).count() > 3 && !text.chars().any(char::is_lowercase);
        let words = word_count(text);
        (slot.heading || capitals)
            && (2..=10).contains(&words)
            && !self.label_above
            && !text.contains(':')
            && !text.contains(|c: char| c.is_ascii_digit())
            && self.lexicon.loose_label(text).is_none()
            && self.lexicon.criterion(text).is_none()
            && self.lexicon.owner(text).is_none()
            && !(words <= 3 && super::names::looks_like_name(text, self.lexicon))
    }

    /// The section a heading opens, when `text` is one: in plain text, what begins like a title and says little else.
    pub(super) fn section_of(&self, slot: &Slot, text: &str) -> Option<String> {
        // `Who are the children? (name, DOB, school)` says what to write, and heads children.
        let text = without_remark(text);
        let folded = fold(text);
        if word_count(&folded) > 14 || folded.ends_with(['.', ',', ';']) {
            return None;
        }
        // `Person making referral - Zoë Airey`: a label and its answer.
        if let Some((head, rest)) = text.split_once(" - ").or_else(|| text.split_once(" – "))
            && super::names::looks_like_name(rest, self.lexicon)
            && self.lexicon.label(head).is_some_and(|label| label.field == "referrer_name")
        {
            return None;
        }
        // `Does the family agree? Yes`: a question and its answer.
        if let Some((_, value)) = text.split_once([':', '?'])
            && value.contains(char::is_alphanumeric)
            && !folded.starts_with("section")
            && !folded.starts_with("part")
            && !slot.heading
            && self.lexicon.mentions("heading_remarks", value).is_none()
        {
            return None;
        }
        let capitals = text.chars().any(char::is_alphabetic) && !text.chars().any(char::is_lowercase);
        if self.lexicon.is("family_headings", stripped(&folded)) {
            return Some("family".to_owned());
        }
        let section = self.lexicon.mapped("sections", &folded)?;
        let whole = self.lexicon.mapped_whole("sections", stripped(&folded)).is_some();
        let titled = text.starts_with(char::is_uppercase) && self.lexicon.is_mostly_mapped("sections", stripped(&folded));
        let numbered = (stripped(&folded).len() < folded.len() && folded.starts_with(|c: char| c.is_ascii_digit())
            || folded.starts_with("section ")
            || folded.starts_with("part "))
            && word_count(&folded) <= 9
            && self.lexicon.criterion(text).is_none()
            && dates_free(&folded);
        (slot.heading || capitals || whole || titled || numbered).then(|| section.to_owned())
    }

    /// `1. Who are you?` heads a section elsewhere; with an answer beside it, it asks for who writes.
    pub(super) fn asks_who_writes(&self, text: &str) -> bool {
        self.lexicon.mapped_whole("sections", stripped(&fold(text))) == Some("referrer")
    }

    /// `Former household members`, `Not at the property`: people who are not of the home.
    pub(super) fn is_elsewhere(&self, text: &str) -> bool {
        let folded = fold(text);
        let label = stripped(&folded);
        self.lexicon.mapped_whole("sections", label) == Some("elsewhere")
            || word_count(label) <= 12
                && self.lexicon.mapped("sections", label) == Some("elsewhere")
                && self.lexicon.is_mostly_mapped("sections", label)
    }

    /// A label that belongs to one section opens it.
    pub(super) fn enter_section_of(&mut self, label: &Label) {
        if let Some(section) = self.lexicon.mapped_whole("label_sections", &label.field)
            && self.section != section
        {
            let keep = (section == "consent" && self.section == "referrer" && label.field == "signature")
                || (section == "consent" && self.section == "official");
            if !keep {
                self.enter(section);
            }
        }
    }
}

/// `text` without what stands in brackets at its end; the whole where it is nothing else.
fn without_remark(text: &str) -> &str {
    let text = text.trim();
    let before = text.strip_suffix(')').and_then(|rest| rest.rsplit_once('(')).map(|(before, _)| before.trim_end());
    before.filter(|before| before.ends_with(['?', ':'])).unwrap_or(text)
}

/// No number stands behind the first word: a heading counts itself and nothing else.
fn dates_free(folded: &str) -> bool {
    folded.split(' ').skip(2).all(|word| !word.contains(|c: char| c.is_ascii_digit()))
}

pub(super) fn stripped(folded: &str) -> &str {
    folded
        .trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, '.' | ')' | ' ' | '-'))
        .trim_end_matches([':', ' ', '?'])
}
