//! Lines that carry no label of their own: the answer of the label above, an entry of a list, a heading in disguise, free text.

use super::form::FormReader;
use super::lines::{divided_pairs, split_pairs};
use super::sheet::Node;
use super::slot::Slot;
use super::text::{fold, word_count};
use super::words::Lexicon;

/// Whether criteria to be ticked or answered stand here.
pub(super) fn opens_criteria(node: &Node, lexicon: &Lexicon<'_>) -> bool {
    let Node::Line(slot) = node else { return false };
    if slot.has_box() {
        return super::lines::boxed_words(slot, lexicon).iter().any(|(_, words)| lexicon.criterion(words).is_some());
    }
    let text = slot.text();
    text.split_once(':').is_some_and(|(label, _)| lexicon.criterion(label).is_some() && lexicon.label(label).is_none())
}

/// A criterion with a colon and nothing behind it: a question left open, and no sentence about anybody.
pub(super) fn is_open_criterion(text: &str, lexicon: &Lexicon<'_>) -> bool {
    text.strip_suffix(':').is_some_and(|label| !label.contains(':') && lexicon.criterion(label).is_some())
}

/// Longer lines above a criterion tell of the family.
const HEADING_WORDS_MAX: usize = 8;

impl FormReader<'_, '_> {
    /// The line below a label still without its answer, where it is one.
    pub(super) fn pending_value(&mut self, slot: &Slot, text: &str) -> bool {
        let Some((label_text, label)) = self.pending.take() else { return false };
        // Where values stand below their labels, `School nurse` is one, not a school called Nurse.
        let pairs = if self.label_above { divided_pairs(slot, self.lexicon) } else { split_pairs(slot, self.lexicon) };
        let labelled = pairs.iter().any(|pair| pair.label.is_some());
        // `N` below `Consent` answers it; `Member 2` below `School` begins the next member.
        let asks = self.lexicon.label(text).is_some_and(|label| !matches!(label.field.as_str(), "yes" | "no" | "yes_no"));
        let opens = self.lexicon.owner(text).is_some_and(|(_, number)| number.is_some());
        let names = super::people::is_name_field(&label.field)
            && super::names::looks_like_name(text, self.lexicon)
            && self.lexicon.mapped_whole("sections", text).is_none()
            && !self.heads_criteria(slot, text);
        // `Mother` heads her part elsewhere; below the question for the relationship it answers.
        let names = names || label.field == "relationship" && self.lexicon.mapped_whole("relationship_ages", text).is_some();
        if labelled
            || self.tells_of_person(&label.field, text)
            || asks && !names
            || opens
            || self.is_label_of_others(&label.field, text)
            || self.is_empty_place_of_people(text)
            || !names && self.section_of(slot, text).is_some()
        {
            return false;
        }
        if !(self.label_above || slot.typed || (slot.has_box() && super::form::is_question(&label.field))) {
            return false;
        }
        self.address_goes_on = label.field == "address" && super::postcode::postcode(text).is_none();
        self.criteria_go_on = self.label_above && self.current.is_some() && self.lists_criteria_alone(slot);
        self.pair(&label_text, Some(label), slot);
        // `Not answered` is all there is; the line below it asks something else.
        self.pending = None;
        true
    }

    /// The second and later lines of an address that stands below its label, up to its postcode.
    pub(super) fn address_line(&mut self, slot: &Slot, text: &str) -> bool {
        let begins = text.starts_with(|c: char| c.is_uppercase() || c.is_ascii_digit());
        let asks = self.lexicon.label(text).is_some() || !divided_pairs(slot, self.lexicon).is_empty();
        if !std::mem::take(&mut self.address_goes_on)
            || !begins
            || asks
            || slot.has_box()
            || super::text::word_count(text) > 6
            || text.ends_with(['.', ':', '?'])
            || self.section_of(slot, text).is_some()
        {
            return false;
        }
        self.address_goes_on = super::postcode::postcode(text).is_none();
        self.answer("address_part", "", slot);
        true
    }

    /// A line of a learnt blank form may head a section or ask, and answers nothing; the label above it stays without its answer.
    pub(super) fn printed_line(&mut self, slot: &Slot, text: &str) {
        if self.heading(slot, text) {
            return;
        }
        let asked: Vec<_> = split_pairs(slot, self.lexicon).into_iter().filter(|pair| pair.label.is_some()).collect();
        if asked.is_empty() && self.section == "consent" {
            self.form.agreement.push(slot.clone());
        }
        for pair in asked {
            self.pair(&pair.text, pair.label, &pair.value);
        }
    }

    /// `Health visitor` below `Address`: the next label, left open. Below `Job title` it is the answer.
    fn is_label_of_others(&self, field: &str, text: &str) -> bool {
        let of_family = matches!(field, "address" | "postcode") || super::people::is_person_field(field);
        of_family && self.lexicon.owner(text).is_some_and(|(owner, _)| owner == "other")
    }

    /// `Adult: –`, `Household: ; ;`: a place for people in which nobody wrote.
    fn is_empty_place_of_people(&self, text: &str) -> bool {
        let Some((head, behind)) = text.split_once(':') else { return false };
        let of_people = self.lexicon.owner(head).is_some_and(|(owner, _)| super::people::is_member_owner(&owner))
            || self.lexicon.mapped_whole("sections", head).is_some();
        of_people && !behind.contains(char::is_alphanumeric)
    }

    /// A line of no known wording straight above criteria, written as a sentence begins, is their heading: nobody is called so.
    fn heads_criteria(&self, slot: &Slot, text: &str) -> bool {
        self.above_criteria
            && self.section != "criteria"
            && !slot.typed
            && !text.contains(|c: char| c.is_ascii_digit() || matches!(c, ',' | '(' | ':' | '.'))
            && !self.is_narrative_section()
            && (2..=HEADING_WORDS_MAX).contains(&word_count(text))
            && text.starts_with(char::is_uppercase)
            && text.split(' ').skip(1).all(|word| !word.starts_with(char::is_uppercase))
    }

    /// A line that is neither label, box nor heading.
    pub(super) fn free_line(&mut self, slot: &Slot, text: &str) {
        if let Some(label) = self.lexicon.label(text).filter(|_| !slot.typed) {
            self.form.labels += 1;
            let of_each = label.field == "criteria" && self.current.is_some() && self.repeated.contains(&fold(text));
            if !of_each {
                self.enter_section_of(&label);
            }
            self.pending = Some((text.to_owned(), label));
            return;
        }
        if self.heads_criteria(slot, text) {
            return self.enter("criteria");
        }
        // `Lorraine – had a stroke two years ago`: somebody the form has named, and what is said of them.
        let dashed = [" – ", " - ", " — "].iter().find_map(|dash| text.split_once(dash));
        if let Some((head, rest)) = dashed.filter(|(head, rest)| word_count(head) <= 3 && word_count(rest) >= 2)
            && self.goes_back_to(head, &Slot::of_text(rest, slot))
        {
            return;
        }
        let bullet = text.trim_start_matches(['-', '•', '*', '–', '·', 'o']).trim_start();
        if self.section == "agencies" && bullet.len() < text.len() {
            self.agency_line(&Slot::of_text(bullet, slot));
            return;
        }
        if self.section == "referrer" && !text.ends_with(['.', '?', ':']) && word_count(text) <= 14 {
            return self.form.referrer_lines.push(Slot::of_text(bullet, slot));
        }
        // `Person 1`, and on the next line nothing but the name.
        let unnamed = self.current.filter(|index| self.form.people[*index].fields.is_empty());
        if unnamed.is_some() && super::names::looks_like_name(text, self.lexicon) {
            return self.push_field("full_name", slot);
        }
        if self.is_people_section() || matches!(self.section.as_str(), "" | "family") && self.lists_person(text) {
            if self.lexicon.is("closings", text.trim_end_matches([',', '.', '!'])) {
                return self.enter("");
            }
            // A sentence below the people is no person: `They live at 14 Example Row.`
            let first = fold(text.split_whitespace().next().unwrap_or_default());
            let speaks = text.ends_with('.') || matches!(first.as_str(), "i" | "we" | "they" | "consent" | "please");
            let sentence = speaks && word_count(text) >= 4 && !super::people::lists_somebody(text, self.lexicon);
            if sentence || self.is_order(text) {
                self.narrative(slot);
                return;
            }
            let child = match self.section.as_str() {
                "children" => Some(true),
                "adults" => Some(false),
                _ => None,
            };
            self.form.listing.push((child, slot.clone()));
            self.current = None;
            return;
        }
        if self.section == "criteria" && self.criteria_sentence(slot, text) {
            return;
        }
        if self.section == "consent" && word_count(text) >= 3 {
            self.form.agreement.push(slot.clone());
        }
        let sentence = text.ends_with('.')
            && word_count(text) >= 4
            && (matches!(self.section.as_str(), "referrer" | "family" | "assessment" | "agencies")
                || self.section == "consent" && self.names_one_of_form(text));
        if self.is_narrative_section() || self.section.is_empty() || sentence {
            self.narrative(slot);
        }
    }

    /// Whether the line begins with the first name of somebody of the form: then it tells of them, whatever stands above it.
    pub(super) fn names_one_of_form(&self, text: &str) -> bool {
        let first = super::text::bare(text.split_whitespace().next().unwrap_or_default());
        let first = first.trim_end_matches("'s");
        !first.is_empty()
            && self.form.people.iter().any(|draft| {
                let name =
                    draft.slot("full_name").or_else(|| draft.slot("first_name")).map(|slot| super::text::bare(&slot.text()));
                name.is_some_and(|name| name.split(' ').next() == Some(first))
            })
    }

    /// `Jodie: not in work since she left college`: the name before the colon says of whom.
    pub(super) fn with_name(&self, label: &str, value: &Slot) -> Slot {
        const WORDS_MAX: usize = 3;
        let named = word_count(label) <= WORDS_MAX
            && label.split_whitespace().all(|word| word.starts_with(char::is_uppercase))
            && super::names::looks_like_name(label, self.lexicon);
        if named { Slot::of_text(&format!("{label}: {}", value.lines_text()), value) } else { value.clone() }
    }

    /// `Kyle Carter, son, 3/3/2013, Maryside Academy`: a name, and behind commas kinship.
    fn lists_person(&self, text: &str) -> bool {
        let parts: Vec<&str> = text.split([',', ';', '(', ')']).map(str::trim).collect();
        let name = parts.first().copied().unwrap_or_default();
        parts.len() >= 3
            && word_count(text) <= 24
            && (2..=5).contains(&word_count(name))
            && name.split_whitespace().all(|word| word.starts_with(char::is_uppercase) || word.chars().count() <= 3)
            && super::names::looks_like_name(name, self.lexicon)
            && parts[1..].iter().any(|part| self.lexicon.mapped_whole("relationship_ages", part).is_some())
    }
}
