//! People as written on forms → [`Member`]s: names split, dates understood, the same person met twice taken once.

use std::collections::HashMap;

use super::dates::{self, Era};
use super::disagree;
use super::form::{Draft, Form};
use super::names::{self, Split};
use super::slot::Slot;
use super::text::{bare, fold};
use super::who::Who;
use super::words::Lexicon;
use crate::domain::nomination::{Answer, Member, Source};
use crate::domain::personal::Personal;
use crate::domain::time::Date;

/// A form with the name of its document.
pub(super) struct Named<'f> {
    /// Attachment name or `body`.
    pub document: &'f str,
    /// What was read.
    pub form: &'f Form,
}

/// The people of the forms, and which member each draft became: `(form, draft)` → member.
#[derive(Default)]
pub(super) struct Household {
    /// In the order they are first met.
    pub members: Vec<Member>,
    /// Where each draft went.
    pub of_draft: HashMap<(usize, usize), usize>,
    /// What some are called besides, bare: `Margaret Irving (known as Peggy)`.
    pub called: Vec<(String, usize)>,
    /// Whose birthday, as written, is still to come, and who are not expected either.
    pub born_to_come: Vec<usize>,
}

impl Household {
    /// Takes in the people of one form; who was met on another form before is one person with them, slips of the pen and all.
    fn add(&mut self, form_index: usize, drafts: &[Draft], built: Vec<(usize, Member)>, builder: &Builder<'_, '_>) {
        let elsewhere = self.members.len();
        let mut claimed = disagree::claimed(&self.members, built.iter().map(|(_, member)| member));
        for (draft_index, mut member) in built {
            let draft = &drafts[draft_index];
            let mut known = self.members.iter().position(|known| same_person(known, &member));
            if known.is_none() && member.expected_on.is_none() && builder.is_only_unborn(&member) {
                known = only_unborn(&self.members, &member);
                if known.is_some() {
                    member.given_name = None;
                }
            }
            if known.is_none() {
                known = disagree::slip_of(&self.members[..elsewhere], &claimed, &member);
                claimed.extend(known);
                // Other parts of the same form call them as it does.
                let given = member.given_name.as_ref().map(|name| bare(name.value.reveal()));
                self.called.extend(known.into_iter().flat_map(|at| {
                    [given.clone(), Some(bare(&full_name(&member)))].into_iter().flatten().map(move |name| (name, at))
                }));
            }
            let to_come = builder.is_born_to_come(draft, &member);
            let index = known.unwrap_or(self.members.len());
            match self.members.get_mut(index) {
                Some(known) => merge(known, member),
                None => self.members.push(member),
            }
            if to_come && !self.born_to_come.contains(&index) {
                self.born_to_come.push(index);
            }
            self.of_draft.insert((form_index, draft_index), index);
            self.called.extend(other_name(draft).map(|name| (name, index)));
        }
    }
    /// The one who is called `text` besides, when only one is.
    pub(super) fn known_as(&self, text: &str) -> Who {
        let name = bare(text);
        let found: Vec<usize> = self.called.iter().filter(|(known, _)| *known == name).map(|(_, index)| *index).collect();
        Who { sure: if let [one] = found.as_slice() { vec![*one] } else { Vec::new() }, unclear: Vec::new() }
    }
}

/// `(known as Peggy)`, `aka Peggy`, `"Peggy"` behind a name.
fn other_name(draft: &Draft) -> Option<String> {
    const MARKERS: [&str; 5] = ["also known as", "known as", "prefers", "aka", "likes to be called"];
    let text = ["full_name", "first_name", "member"].iter().find_map(|field| draft.slot(field))?.text();
    let folded = fold(&text);
    let behind = MARKERS.iter().find_map(|marker| {
        let at = super::text::find_phrase(&folded, marker)?;
        Some(folded[at + marker.len()..].to_owned())
    });
    let name = behind.or_else(|| Some(folded.split('"').nth(1)?.to_owned()))?;
    let name = bare(name.split([')', ',', ';', '(']).next()?);
    (!name.is_empty() && name.split(' ').count() <= 2).then_some(name)
}

/// Everybody the forms name, but not who writes (`writer`, bare), of whom nothing but the name stands there.
pub(super) fn household(forms: &[Named<'_>], writer: Option<&str>, lexicon: &Lexicon<'_>, received_on: Date) -> Household {
    let mut household = Household::default();
    let surname = family_surname(forms, lexicon);
    let mut surnames: Vec<String> = surname.iter().map(|answer| answer.value.reveal().clone()).collect();
    for form in forms {
        for draft in &form.form.people {
            surnames.extend(draft.slot("family_name").and_then(|slot| slot.answer(lexicon)));
        }
    }
    let schools: Vec<String> = forms
        .iter()
        .flat_map(|form| &form.form.people)
        .filter_map(|draft| draft.slot("school").and_then(|slot| slot.answer(lexicon)))
        .map(|school| bare(&school))
        .collect();
    for (form_index, form) in forms.iter().enumerate() {
        let builder = Builder { lexicon, document: form.document, received_on, surnames: &surnames, schools: &schools };
        let mut built: Vec<(usize, Member)> = Vec::new();
        for (draft_index, draft) in form.form.people.iter().enumerate() {
            let Some(mut member) = builder.member(draft, built.last().map(|(_, before)| before)) else { continue };
            let nothing_more =
                draft.fields.iter().all(|(field, slot)| super::people::is_name_field(field) || slot.is_blank(lexicon));
            let marked =
                |mark: &super::form::ThemeMark| matches!(mark.subject, super::form::Subject::Draft(at) if at == draft_index);
            let listed = draft.owner.is_some() || draft.number.is_some() || form.form.marks.iter().any(marked);
            if nothing_more && !listed && writer == Some(bare(&full_name(&member)).as_str()) {
                continue;
            }
            let named = member.given_name.is_some() || member.expected_on.is_some();
            if member.family_name.is_none() && draft.slot("family_name").is_none() && named {
                member.family_name.clone_from(&surname);
            }
            built.push((draft_index, member));
        }
        household.add(form_index, &form.form.people, built, &builder);
    }
    household
}

fn family_surname(forms: &[Named<'_>], lexicon: &Lexicon<'_>) -> Option<Answer<String>> {
    forms.iter().find_map(|named| {
        named.form.answers_to("family_surname").find_map(|answer| {
            let text = answer.slot.answer(lexicon)?;
            let name = names::clean(&text, lexicon);
            let one = name.split([' ', '/', ',']).count() == 1
                || lexicon.is("name_particles", name.split(' ').next().unwrap_or_default());
            (one && names::looks_like_name(&name, lexicon))
                .then(|| single(names::proper(&name), answer.slot.source(named.document, "", 0.85)))
        })
    })
}

struct Builder<'b, 'a> {
    lexicon: &'b Lexicon<'a>,
    document: &'b str,
    received_on: Date,
    surnames: &'b [String],
    /// The schools of all the people, bare: no names of theirs.
    schools: &'b [String],
}

impl Builder<'_, '_> {
    fn member(&self, draft: &Draft, before: Option<&Member>) -> Option<Member> {
        let mut member = Member::default();
        let unborn = self.is_unborn(draft);
        self.name(draft, unborn, before, &mut member);
        self.relationship(draft, &mut member);
        self.gender(draft, &mut member);
        let child = self.child_hint(draft, &member);
        self.dates(draft, unborn, child, &mut member);
        self.school(draft, before, &mut member);
        super::numbers::of_draft(draft, self.document, self.lexicon, &mut member);
        if unborn && member.expected_on.is_some() && self.is_only_unborn(&member) {
            member.given_name = None;
        }
        let named = member.given_name.is_some() || member.family_name.is_some();
        let dated = member.date_of_birth.is_some() || member.expected_on.is_some() || member.age_years.is_some();
        let told = member.relationship.is_some() || member.gender.is_some() || member.school.is_some();
        if !(named || unborn && (dated || told) || dated && told) || (unborn && !dated && !told && !named) {
            return None;
        }
        member.is_child = self.is_child(draft, unborn, child, &member);
        Some(member)
    }

    fn is_only_unborn(&self, member: &Member) -> bool {
        member.given_name.as_ref().is_some_and(|name| self.lexicon.is("unborn_names", name.value.reveal()))
    }

    fn is_unborn(&self, draft: &Draft) -> bool {
        // `Father of the unborn baby`, born in 1990.
        let born = draft.slot("date_of_birth").map(|slot| dates::first_date(&slot.text(), Era::Birth(None), self.received_on));
        if born.and_then(|readings| readings.first().copied()).is_some_and(|day| day < self.received_on)
            && draft.slot("date_of_birth").is_some_and(|slot| self.lexicon.mentions("unborn_words", &slot.text()).is_none())
        {
            return false;
        }
        draft.fields.iter().any(|(field, slot)| {
            let text = slot.text();
            match field.as_str() {
                "expected_on" => {
                    !slot.is_blank(self.lexicon) && !dates::first_date(&text, Era::Near, self.received_on).is_empty()
                }
                "date_of_birth" | "age" | "name_and_dob" => self.lexicon.mentions("unborn_words", &text).is_some(),
                "full_name" | "first_name" | "member" | "relationship" | "gender" => {
                    self.lexicon.mentions("unborn_names", &text).is_some()
                        && (self.lexicon.is("unborn_names", &text) || fold(&text).contains("unborn"))
                }
                _ => false,
            }
        }) || draft.owner.as_deref() == Some("unborn")
    }

    fn name(&self, draft: &Draft, unborn: bool, before: Option<&Member>, member: &mut Member) {
        let answered = |field: &str| draft.slot(field).filter(|slot| self.valid_name(&slot.text()));
        let whole = ["full_name", "name_and_dob", "member"].iter().find_map(|field| answered(field));
        let (first, family) = (answered("first_name"), draft.slot("family_name"));
        if let Some(slot) = first {
            let given = names::clean(&slot.text(), self.lexicon);
            let split = if family.is_none() && whole.is_none() {
                names::split(&given, self.lexicon, self.surnames)
            } else {
                Split::default()
            };
            let (given, own_family) = match split.family {
                Some(own) => (split.given.unwrap_or_default(), Some(own)),
                None => (names::proper(&given), None),
            };
            member.given_name = Some(self.answer(given, slot, 1.0));
            member.family_name = own_family.map(|own| self.answer(own, slot, 0.9));
        } else if let Some(slot) = whole.filter(|slot| !unborn || !self.lexicon.is("unborn_names", &slot.text())) {
            let text = without_date(&slot.text());
            let split = names::split(&text, self.lexicon, self.surnames);
            let sure = if split.full().split(' ').count() > 2 { 0.93 } else { 1.0 };
            member.given_name = split.given.map(|given| self.answer(given, slot, sure));
            member.family_name = split.family.map(|name| self.answer(name, slot, sure));
        }
        if let Some(slot) = family {
            if self.lexicon.is("ditto", &slot.text()) {
                member.family_name = before.and_then(|before| before.family_name.clone());
            } else if self.valid_name(&slot.text()) {
                member.family_name = Some(self.answer(names::proper(&names::clean(&slot.text(), self.lexicon)), slot, 1.0));
            }
        }
        if unborn && member.given_name.is_none() && draft.slot("expected_on").is_none() && member.expected_on.is_none() {
            member.given_name = draft.slot("full_name").or(first).map(|slot| self.answer("Unborn".to_owned(), slot, 0.9));
        }
    }

    fn valid_name(&self, text: &str) -> bool {
        let name = names::clean(&without_date(text), self.lexicon);
        !name.is_empty()
            && names::looks_like_name(&name, self.lexicon)
            && !names::speaks_as_form(&name, self.lexicon)
            && (!name.contains(' ') || !self.schools.contains(&bare(&name)))
    }

    fn relationship(&self, draft: &Draft, member: &mut Member) {
        if let Some(slot) = draft.slot("relationship") {
            let text = slot.text();
            if let Some(text) = slot.answer(self.lexicon).filter(|text| text.chars().count() <= 60) {
                // `Self (mum)` beside the first person.
                let own = text.strip_suffix(')').and_then(|text| text.split_once(" (")).filter(|(head, _)| fold(head) == "self");
                let own = own.map(|(_, kin)| super::names::proper(&kin.to_lowercase()));
                let text = own.unwrap_or(text);
                let text = school_behind(&text, self.lexicon).map_or(text, |(relationship, _)| relationship);
                member.relationship = Some(self.answer(text, slot, 1.0));
            } else if slot.has_mark() {
                let marked = super::lines::boxed_words(slot, self.lexicon)
                    .into_iter()
                    .find(|(marked, words)| *marked && !words.is_empty());
                member.relationship = marked.map(|(_, words)| self.answer(words, slot, 0.95));
            }
            let _ = text;
        }
        if member.relationship.is_none()
            && let (Some(owner), Some((_, slot))) = (draft.owner.as_deref(), draft.fields.first())
            && let Some(word) = self.lexicon.mapped_whole("owner_relationships", owner)
        {
            member.relationship = Some(self.answer(word.to_owned(), slot, 0.9));
        }
    }

    fn gender(&self, draft: &Draft, member: &mut Member) {
        if let Some(slot) = draft.slot("gender") {
            let text = if slot.has_box() {
                let boxes = super::lines::boxed_words(slot, self.lexicon);
                boxes.into_iter().find(|(marked, _)| *marked).map(|(_, words)| words).unwrap_or_default()
            } else {
                slot.text()
            };
            let word = self.lexicon.mapped_whole("genders", &text).map(str::to_owned);
            let written =
                Some(fold(&text)).filter(|text| !self.lexicon.is_blank(text) && text.len() <= 30 && !text.contains('/'));
            member.gender = word.or(written).map(|word| self.answer(word, slot, 1.0));
        }
        if member.gender.is_none()
            && let Some(relationship) = &member.relationship
            && let Some(word) =
                self.lexicon.mapped("relationship_genders", relationship.value.reveal()).filter(|word| *word != "unknown")
        {
            member.gender =
                Some(Answer { value: Personal::from(word), sources: lowered(&relationship.sources, 0.85), others: Vec::new() });
        }
    }

    fn child_hint(&self, draft: &Draft, member: &Member) -> Option<bool> {
        let relationship = member.relationship.as_ref().map(|answer| answer.value.reveal().as_str());
        let told = relationship.and_then(|text| self.lexicon.mapped("relationship_ages", text)).map(|age| age == "child");
        told.or(draft.child)
    }

    fn dates(&self, draft: &Draft, unborn: bool, child: Option<bool>, member: &mut Member) {
        for field in ["date_of_birth", "expected_on", "age", "name_and_dob", "full_name", "member"] {
            // `Mother: Agrees. Signed on device, 13/11/2026` is no birthday of hers.
            let fits = |text: &str| unborn || !matches!(field, "full_name" | "member") || self.valid_name(text);
            let Some(slot) = draft.slot(field).filter(|slot| fits(&slot.text())) else { continue };
            let text = slot.text();
            let due = unborn && (field != "full_name");
            let era = if due { Era::Near } else { Era::Birth(child) };
            let readings = dates::first_date(&text, era, self.received_on);
            if let Some((first, others)) = readings.split_first() {
                let to_come = *first > self.received_on;
                if to_come && !unborn && !disagree::may_be_expected(*first, child, self.received_on) {
                    continue;
                }
                let place = if due || to_come { &mut member.expected_on } else { &mut member.date_of_birth };
                if place.is_none() {
                    let mut answer = Answer {
                        value: Personal::new(*first),
                        sources: vec![slot.source(self.document, "", 1.0)],
                        others: Vec::new(),
                    };
                    answer.others =
                        others.iter().map(|date| (Personal::new(*date), vec![slot.source(self.document, "", 0.3)])).collect();
                    *place = Some(answer);
                }
            } else if member.age_years.is_none() && matches!(field, "date_of_birth" | "age" | "name_and_dob") {
                let years = dates::age(&text).or_else(|| dates::age_within(&text));
                member.age_years = years.map(|years| single(years, slot.source(self.document, "", 0.97)));
            } else if member.age_years.is_none() {
                member.age_years = dates::age_within(&text).map(|years| single(years, slot.source(self.document, "", 0.9)));
            }
        }
        if member.date_of_birth.is_some() && !unborn {
            member.expected_on = None;
        }
    }

    /// Whether a birthday stands there that is still to come, of somebody who is not waited for.
    fn is_born_to_come(&self, draft: &Draft, member: &Member) -> bool {
        let born = draft.slot("date_of_birth").map(|slot| dates::first_date(&slot.text(), Era::Birth(None), self.received_on));
        let day = born.as_ref().and_then(|readings| readings.first());
        day.is_some_and(|day| *day > self.received_on) && member.expected_on.is_none()
    }

    fn school(&self, draft: &Draft, before: Option<&Member>, member: &mut Member) {
        let bracketed = draft.slot("relationship").and_then(|slot| Some((school_behind(&slot.text(), self.lexicon)?.1, slot)));
        let Some(slot) = draft.slot("school") else {
            member.school = bracketed.map(|(school, slot)| self.answer(school, slot, 0.95));
            return;
        };
        if self.lexicon.is("ditto", &slot.text()) {
            member.school = before.and_then(|before| before.school.clone());
            return;
        }
        // `Pupil, Inglewood Academy` under `Occupation / school`.
        let answer = slot.answer(self.lexicon).map(|text| match text.split_once(", ") {
            Some((what, school)) if matches!(fold(what).as_str(), "pupil" | "student" | "at school") => school.to_owned(),
            _ => text,
        });
        // `None – at home with mum`, `Left college in summer`: what stands first says that there is none.
        let begins =
            |text: &str| text.split([' ', ',', '(']).next().is_some_and(|word| matches!(fold(word).as_str(), "none" | "left"));
        let none = |text: &String| self.lexicon.is("no_school", text) || self.lexicon.is("no", text) || begins(text);
        let answer = answer.filter(|text| !none(text));
        // `NEET`, `Warehouse nights` under `School / work`: what somebody does, and no school.
        let is_school = |text: &String| self.lexicon.mentions("school_words", text).is_some();
        let works = |text: &String| self.lexicon.criterion(text) == Some("work_finance") || member.is_child == Some(false);
        let grown =
            member.date_of_birth.as_ref().is_some_and(|born| dates::years_between(*born.value.reveal(), self.received_on) >= 20);
        let answer = answer.map(|text| super::schooling::without_year(&text).to_owned());
        let letters = |text: &String| text.chars().filter(|c| c.is_alphabetic()).count();
        let answer = answer.filter(|text| letters(text) >= 2 && (is_school(text) || !(works(text) || grown)));
        member.school = answer.map(|text| self.answer(text, slot, 1.0));
    }

    fn is_child(&self, draft: &Draft, unborn: bool, hint: Option<bool>, member: &Member) -> Option<bool> {
        if unborn || member.expected_on.is_some() {
            return Some(true);
        }
        if let Some(born) = &member.date_of_birth {
            return Some(dates::years_between(*born.value.reveal(), self.received_on) < 18);
        }
        if let Some(age) = &member.age_years {
            return Some(*age.value.reveal() < 18);
        }
        let school =
            member.school.as_ref().is_some_and(|school| self.lexicon.mentions("school_words", school.value.reveal()).is_some());
        draft.child.or(hint).or(school.then_some(true))
    }

    fn answer(&self, value: String, slot: &Slot, sure: f32) -> Answer<String> {
        single(value, slot.source(self.document, "", sure))
    }
}

/// `Brother (Fell School)`: how they are related, and where they learn.
fn school_behind(text: &str, lexicon: &Lexicon<'_>) -> Option<(String, String)> {
    let (relationship, school) = text.split_once('(')?;
    let (relationship, school) = (relationship.trim(), school.trim_end_matches([')', ' ']).trim());
    let titled = school.contains(' ') && school.split_whitespace().all(|word| word.starts_with(char::is_uppercase));
    let is_school = titled && lexicon.mentions("school_words", school).is_some();
    (is_school && lexicon.mapped_whole("relationship_ages", relationship).is_some())
        .then(|| (relationship.to_owned(), school.to_owned()))
}

/// One value with one source.
pub(super) fn single<T>(value: T, source: Source) -> Answer<T> {
    Answer { value: Personal::new(value), sources: vec![source], others: Vec::new() }
}

fn lowered(sources: &[Source], by: f32) -> Vec<Source> {
    sources.iter().map(|source| Source { confidence: source.confidence * by, ..source.clone() }).collect()
}

/// The words before a date or an age: `Tom Smith 12/3/2012` → `Tom Smith`.
fn without_date(text: &str) -> String {
    let cut = text.find(|c: char| c.is_ascii_digit()).unwrap_or(text.len());
    let name = text[..cut].trim_end_matches(|c: char| !c.is_alphabetic() && c != '.' && c != '\'');
    let mut words: Vec<&str> = name.split_whitespace().collect();
    while words.last().is_some_and(|word| {
        matches!(fold(word).trim_end_matches([':', '.']), "dob" | "d.o.b" | "born" | "age" | "aged" | "edd" | "due" | "on")
    }) {
        words.pop();
    }
    words.join(" ")
}

/// Both names of a member as one.
pub(super) fn full_name(member: &Member) -> String {
    let part = |answer: &Option<Answer<String>>| answer.as_ref().map(|answer| answer.value.reveal().clone());
    [part(&member.given_name), part(&member.family_name)].into_iter().flatten().collect::<Vec<_>>().join(" ")
}

/// Whether two entries are one person: names alike, and nothing that tells them apart.
pub(super) fn same_person(one: &Member, other: &Member) -> bool {
    let date = |member: &Member| member.date_of_birth.as_ref().map(|answer| *answer.value.reveal());
    let due = |member: &Member| member.expected_on.as_ref().map(|answer| *answer.value.reveal());
    if due(one).is_some() && due(one) == due(other) {
        return true;
    }
    if due(one).is_some() != due(other).is_some() && (date(one).is_some() || date(other).is_some()) {
        return false;
    }
    let (left, right) = (full_name(one), full_name(other));
    if left.is_empty() || right.is_empty() {
        return false;
    }
    let given = |member: &Member| member.given_name.as_ref().map(|answer| bare(answer.value.reveal())).unwrap_or_default();
    let short = one.family_name.is_none() || other.family_name.is_none();
    let named = bare(&left) == bare(&right) || (short && !given(one).is_empty() && given(one) == given(other));
    let apart = matches!((date(one), date(other)), (Some(one), Some(other)) if one != other)
        || matches!((one.is_child, other.is_child), (Some(one), Some(other)) if one != other);
    named && !apart
}

/// The one baby not born yet that `mention`, which has no date of its own, can be about.
fn only_unborn(members: &[Member], mention: &Member) -> Option<usize> {
    let fits = |member: &Member| match (&member.family_name, &mention.family_name) {
        (Some(one), Some(other)) => bare(one.value.reveal()) == bare(other.value.reveal()),
        _ => true,
    };
    let mut due = (0..members.len()).filter(|index| members[*index].expected_on.is_some() && fits(&members[*index]));
    due.next().filter(|_| due.next().is_none())
}

/// Takes from `other` what `known` lacks; differing answers stay beside each other.
pub(super) fn merge(known: &mut Member, other: Member) {
    take(&mut known.given_name, other.given_name);
    take(&mut known.family_name, other.family_name);
    take(&mut known.date_of_birth, other.date_of_birth);
    take(&mut known.age_years, other.age_years);
    take(&mut known.expected_on, other.expected_on);
    take(&mut known.gender, other.gender);
    take(&mut known.relationship, other.relationship);
    take(&mut known.school, other.school);
    take(&mut known.nhs_number, other.nhs_number);
    take(&mut known.ni_number, other.ni_number);
    take(&mut known.upn, other.upn);
    // Of two birthdays that tell of a child and of a grown person nothing rests on the first.
    let disputed = known.date_of_birth.as_ref().is_some_and(|born| !born.others.is_empty()) && known.is_child != other.is_child;
    known.is_child = if disputed { None } else { known.is_child.or(other.is_child) };
}

/// Adds an answer found elsewhere.
pub(super) fn take<T: PartialEq + Clone>(known: &mut Option<Answer<T>>, other: Option<Answer<T>>) {
    match (known.as_mut(), other) {
        (None, other) => *known = other,
        (Some(known), Some(other)) if known.value == other.value => known.sources.extend(other.sources),
        (Some(known), Some(other)) => known.others.push((other.value, other.sources)),
        (Some(_), None) => {}
    }
}
