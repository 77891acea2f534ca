//! People as they come in pairs of label and value: `First name:` opens one, the labels behind it fill it.

use super::form::{Draft, FormReader};
use super::slot::Slot;
use super::text::{bare, fold, has_phrase};
use super::words::{Label, Lexicon};

/// People of one form; no household has as many. Every line may speak of each of them.
pub(super) const PEOPLE_MAX: usize = 100;

/// Whether the field is about one person.
pub(super) fn is_person_field(field: &str) -> bool {
    is_name_field(field)
        || matches!(
            field,
            "date_of_birth" | "expected_on" | "age" | "gender" | "relationship" | "school" | "nhs_number" | "ni_number" | "upn"
        )
}

/// Whether the field holds a name.
pub(super) fn is_name_field(field: &str) -> bool {
    matches!(field, "first_name" | "family_name" | "full_name" | "member" | "name_and_dob")
}

/// Whether an owner word stands for somebody of the family.
pub(super) fn is_member_owner(owner: &str) -> bool {
    !matches!(owner, "referrer" | "other" | "family")
}

/// Whether `text` names people: by a name, by a word of kinship, by `all`.
pub(super) fn names_somebody(text: &str, lexicon: &Lexicon<'_>) -> bool {
    if lexicon.is_blank(text) {
        return false;
    }
    let text = behind_answer(text, lexicon);
    // What stands in brackets remarks on them: `Lucy (victim, MARAC in May)`.
    let outside = super::lines::outside_brackets(text);
    let text = if outside.is_empty() { text } else { outside.as_str() };
    let folded = fold(text);
    let kin = lexicon.list("people_words").iter().any(|word| has_phrase(&folded, word));
    let parts: Vec<&str> = text.split([',', ';', '&', '/', '\n']).flat_map(|part| part.split(" and ")).collect();
    let named = parts.iter().all(|part| {
        let part = super::lines::outside_brackets(part);
        let part = super::who::without_figure(part.trim());
        let capital = part.trim().chars().next().is_some_and(char::is_uppercase);
        part.trim().is_empty()
            || (capital && part.split_whitespace().count() <= 4 && super::names::looks_like_name(part.trim(), lexicon))
    });
    (kin && folded.split(' ').count() <= 8) || named
}

/// `/ Some concern: Tom and Ann`, of which the other answer is struck out → the names.
pub(super) fn behind_answer<'t>(text: &'t str, lexicon: &Lexicon<'_>) -> &'t str {
    let Some((head, rest)) = text.split_once([':', '–']) else { return text };
    let answer = head.trim_matches(|c: char| !c.is_alphanumeric());
    if lexicon.is("concern_answers", answer) && !rest.trim().is_empty() { rest.trim() } else { text }
}

/// `Wayne: ASBO granted in January`, `Tom – reprimand for graffiti`: a name, and what is said of it.
pub(super) fn begins_with_somebody(text: &str, lexicon: &Lexicon<'_>) -> bool {
    let head = text.split([':', '–', ';']).next().unwrap_or_default();
    let head = head.split(" - ").next().unwrap_or_default();
    head.len() < text.len() && names_somebody(head, lexicon)
}

/// Whether a line under a heading of people begins with somebody's name and says more of them: `Jo Bell, mum, 3/4/1980`.
pub(super) fn lists_somebody(text: &str, lexicon: &Lexicon<'_>) -> bool {
    let text = text.trim_start_matches(|c: char| !c.is_alphabetic());
    let name = text.split([',', '(', ':', ';', '–']).next().unwrap_or_default();
    let name = name.split(" - ").next().unwrap_or_default().split(|c: char| c.is_ascii_digit()).next().unwrap_or_default().trim();
    let capital = |word: &str| word.starts_with(char::is_uppercase);
    name.len() < text.trim().len()
        && name.split_whitespace().next().is_some_and(capital)
        && name.split_whitespace().next_back().is_some_and(capital)
        && super::names::looks_like_name(name, lexicon)
}

impl FormReader<'_, '_> {
    /// A label about a person with its value: goes to the person it belongs to, or, under another heading, elsewhere.
    pub(super) fn person_pair(&mut self, text: &str, label: &Label, value: &Slot) {
        let owner = label.owner.as_deref();
        if owner == Some("other") {
            return;
        }
        // Who nominates has been named whole: a first name below is the first of the family, also without a heading.
        let begins_family = label.field == "first_name" && owner.is_none() && self.section == "referrer";
        if begins_family && self.form.answers_to("referrer_name").next().is_some() {
            self.enter("members");
        }
        let elsewhere = match (owner, self.section.clone().as_str()) {
            (Some("referrer"), _) => Some("referrer".to_owned()),
            (Some("family"), _) => Some("family".to_owned()),
            // Below the family's agreement the name of one who is listed already is the name of who signs.
            (Some(_), "consent") if label.field == "full_name" && self.is_listed(value) => Some("consent".to_owned()),
            (Some(_), _) => None,
            (
                None,
                section @ ("referrer" | "consent" | "agencies" | "assessment" | "official" | "instructions" | "plan"
                | "elsewhere"),
            ) => Some(section.to_owned()),
            (None, _) => None,
        };
        match elsewhere {
            Some(section) => self.name_elsewhere(&section, text, label, value),
            None if label.field == "family_name" && self.is_family_name_alone(owner) => {
                self.answer("family_surname", text, value)
            }
            None => {
                self.choose_person(label, value);
                if !self.name_entry(label, value) {
                    self.push_field(&label.field, value);
                }
            }
        }
    }

    /// Whether a person of the form is so called.
    fn is_listed(&self, value: &Slot) -> bool {
        let name = bare(&value.text());
        let full = |draft: &Draft| {
            let part = |field: &str| draft.slot(field).map(Slot::text).unwrap_or_default();
            let split = format!("{} {}", part("first_name"), part("family_name"));
            bare(&part("full_name")) == name || bare(&split) == name
        };
        !name.is_empty() && self.form.people.iter().any(full)
    }

    fn name_elsewhere(&mut self, section: &str, text: &str, label: &Label, value: &Slot) {
        // `Family name` below the whole name of who nominates is the family's.
        let referrer_is_named = self.form.answers_to("referrer_name").next().is_some();
        if section == "referrer" && label.owner.is_none() && label.written == "family name" && referrer_is_named {
            self.enter("family");
            return self.answer("family_surname", text, value);
        }
        // `First name | Surname` below who completed the form: the first of the family.
        let named = self.form.answers_to("referrer_name").any(|answer| !answer.slot.is_blank(self.lexicon));
        if section == "referrer" && label.owner.is_none() && matches!(label.field.as_str(), "first_name" | "family_name") && named
        {
            self.enter("members");
            self.choose_person(label, value);
            return self.push_field(&label.field, value);
        }
        let field = match (section, label.field.as_str()) {
            ("referrer", "full_name" | "member") => "referrer_name",
            ("referrer", "first_name") => "referrer_first_name",
            ("referrer", "family_name") => "referrer_family_name",
            ("family", "family_name" | "full_name") => "family_surname",
            ("consent", "full_name" | "member") => "print_name",
            ("consent", "relationship") => "consent_relationship",
            ("referrer", "school") => "organisation",
            _ => return,
        };
        if section == "referrer" && self.section != "referrer" {
            self.enter("referrer");
        }
        self.answer(field, text, value);
    }

    /// `Family name` under the family's heading, before any person is begun.
    fn is_family_name_alone(&self, owner: Option<&str>) -> bool {
        owner.is_none() && !self.is_people_section() && self.current.is_none()
    }

    /// The person a pair belongs to; a name that would stand twice begins another.
    fn choose_person(&mut self, label: &Label, value: &Slot) {
        let owner = label.owner.as_deref().filter(|owner| is_member_owner(owner));
        if let Some(owner) = owner {
            let same = self.form.people.iter().rposition(|draft| {
                draft.owner.as_deref() == Some(owner) && draft.number == label.number && draft.slot(&label.field).is_none()
            });
            match same {
                Some(index) => self.current = Some(index),
                None if self
                    .current
                    .is_some_and(|index| self.fits(index, label, value) && self.form.people[index].owner.is_none()) => {}
                None => self.open_person(Some(owner.to_owned()), label.number),
            }
            return;
        }
        let fits = self.current.is_some_and(|index| self.fits(index, label, value));
        if !fits {
            self.open_person(None, label.number);
        }
    }

    fn fits(&self, index: usize, label: &Label, _value: &Slot) -> bool {
        let draft = &self.form.people[index];
        if label.number.is_some() && draft.number.is_some() && label.number != draft.number {
            return false;
        }
        let full = ["full_name", "name_and_dob", "member"].iter().any(|field| draft.slot(field).is_some());
        match label.field.as_str() {
            "full_name" | "name_and_dob" | "member" => !full && draft.slot("first_name").is_none(),
            "first_name" => !full && draft.slot("first_name").is_none(),
            field => draft.slot(field).is_none(),
        }
    }

    /// Begins a person.
    pub(super) fn open_person(&mut self, owner: Option<String>, number: Option<u8>) {
        let child = match (self.section.as_str(), owner.as_deref()) {
            (_, Some("child")) | ("children", _) => Some(true),
            (_, Some("adult" | "parent" | "mother" | "father" | "partner")) | ("adults", _) => Some(false),
            _ => None,
        };
        // Whoever comes beyond the last one takes that place: then the mail is no family's, and a person is told.
        self.form.people.truncate(PEOPLE_MAX);
        self.form.people.push(Draft { child, owner, number, ..Draft::default() });
        self.current = Some(self.form.people.len() - 1);
    }

    /// Adds a field to the present person.
    pub(super) fn push_field(&mut self, field: &str, value: &Slot) {
        if let Some(index) = self.current {
            self.form.people[index].fields.push((field.to_owned(), value.clone()));
        }
    }

    /// A role or an organisation straight after a lone `Name:` tells that it was the referrer's.
    pub(super) fn claim_name_for_referrer(&mut self) {
        let Some(index) = self.current else {
            if matches!(self.section.as_str(), "" | "family") {
                self.enter("referrer");
            }
            return;
        };
        let draft = &self.form.people[index];
        let lone = draft.owner.is_none() && draft.fields.len() == 1 && draft.slot("full_name").is_some();
        if lone && matches!(self.section.as_str(), "" | "family") && index + 1 == self.form.people.len() {
            let name = self.form.people.remove(index).fields.remove(0).1;
            self.enter("referrer");
            self.answer("referrer_name", "name", &name);
        }
    }
}
