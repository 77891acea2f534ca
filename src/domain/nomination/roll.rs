//! Lines that tell of persons, as part of a form: whose they are, and what is said of each.

use super::entry::{Entry, Lead, entries, separated, unlisted};
use super::form::{Draft, FormReader, Subject};
use super::people::{is_member_owner, is_name_field};
use super::sheet::GridCell;
use super::slot::Slot;
use super::text::{bare, fold, word_count};
use super::words::Label;

/// A longer line is prose.
const LINE_WORDS_MAX: usize = 120;

/// `Does not agree`: so few words before the first stop say whether somebody agrees.
const AGREES_WORDS_MAX: usize = 4;

/// Pronouns at the beginning of a line that goes on about the person of the line before.
const PRONOUNS: [&str; 6] = ["he", "she", "his", "her", "he's", "she's"];

impl FormReader<'_, '_> {
    /// `1. Robin Airey (12/05/2011) – Hill Academy – attendance 71%`: a line without a label that begins with a person.
    pub(super) fn bare_entry(&mut self, slot: &Slot, text: &str) -> bool {
        let open = self.is_people_section()
            || self.is_narrative_section()
            || matches!(self.section.as_str(), "" | "family" | "referrer");
        if !open || slot.typed || slot.has_box() || slot.is_signed() || word_count(text) > LINE_WORDS_MAX {
            return false;
        }
        let line = unlisted(text);
        let found = entries(line, Lead::Bare, self.lexicon);
        let listed = line.len() < text.len() || self.is_people_section();
        // A letter ends with a name and a day, and begins with one: only kinship, `born` or an age makes a member of it.
        if found.is_empty() || !listed && !found.iter().all(|entry| entry.tells_by_itself(line)) {
            return false;
        }
        // Below the lines of who writes only kinship, a day and a whole name together make a member.
        let whole = |entry: &Entry| entry.has("relationship") && entry.is_dated() && entry.names_two(line);
        if self.section == "referrer" {
            if !found.iter().all(whole) {
                return false;
            }
            self.enter("family");
        }
        // `Dad (Marcus Finch) lives with his parents and is not part of the household.`
        if self.lexicon.mentions("not_of_household", line).is_some() {
            self.narrative(slot);
            return true;
        }
        // `Idris Penny, her ex-husband, must not know.`: an order about somebody, who need not be of the family.
        if self.is_order(line) && !found.iter().all(Entry::is_dated) {
            self.narrative(slot);
            return true;
        }
        for entry in &found {
            self.open_person(None, None);
            self.take_entry(entry, line, slot);
        }
        self.current = None;
        true
    }

    /// `Child B | Leila Bell / DOB 2/3/2017 / Hill Infants | Crime: Yes No …`: one person a row, each cell with lines of its own.
    pub(super) fn owner_row(&mut self, row: &[GridCell]) -> bool {
        let cells: Vec<&GridCell> = row.iter().filter(|cell| !cell.repeated && !cell.slot.text().is_empty()).collect();
        let Some((first, others)) = cells.split_first() else { return false };
        let owner = self.lexicon.owner(&first.slot.text());
        let Some((owner, Some(number))) = owner.filter(|(owner, _)| is_member_owner(owner)) else { return false };
        let told = others.iter().find_map(|cell| {
            let text = cell.slot.lines_text();
            let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
            let line = lines.join(", ");
            let found = if lines.len() >= 2 { entries(&line, Lead::One, self.lexicon) } else { Vec::new() };
            let [entry] = found.as_slice() else { return None };
            (entry.has("full_name") && entry.is_dated()).then(|| (cell.column, line.clone(), entry.clone()))
        });
        let Some((column, line, entry)) = told else { return false };
        if !self.is_people_section() {
            self.enter("members");
        }
        self.open_person(Some(owner), Some(number));
        for cell in others {
            if cell.column == column {
                self.take_entry(&entry, &line, &cell.slot);
            } else {
                self.cell_lines(cell);
            }
        }
        self.form.labels += 1;
        self.current = None;
        true
    }

    /// Whether the line below a label for names tells of persons itself: then the label was a heading.
    pub(super) fn tells_of_person(&self, field: &str, text: &str) -> bool {
        let label = text.split(':').next().filter(|label| label.len() < text.len()).unwrap_or_default();
        let label = label.split('(').next().unwrap_or_default();
        is_name_field(field)
            && (self.people_section(label).is_some()
                || self.lexicon.owner(label).is_some_and(|(owner, _)| is_member_owner(&owner))
                || !entries(unlisted(text), Lead::Bare, self.lexicon).is_empty())
    }

    /// `Child: Robin Airey, 12/05/2011, attendance 71%`, `Daughter (15): …`, `Children: Robin (14), Ash (9)`.
    ///
    /// `false` when the label names nobody of the family, or nobody stands behind it.
    pub(super) fn labelled_entry(&mut self, label: &str, value: &Slot) -> bool {
        let closed = ["criteria", "consent", "agencies", "official", "instructions", "assessment", "plan"];
        if closed.contains(&self.section.as_str()) || value.typed || value.has_box() || value.is_blank(self.lexicon) {
            return false;
        }
        // `Child(ren) live at` asks for their home.
        let other = ["signature", "signed_on", "address", "postcode"];
        let signs = self.lexicon.label(label).is_some_and(|label| other.contains(&label.field.as_str()));
        if signs {
            return false;
        }
        let label = unlisted(label);
        let (head, bracket) = label.split_once('(').map_or((label, ""), |(head, rest)| (head, rest.trim_end_matches([')', ' '])));
        if let Some(section) = self.people_section(label).or_else(|| self.people_section(head)) {
            let line = self.one_a_line(value);
            let found = entries(&line, Lead::Several, self.lexicon);
            // `Family: Okafor` names a family, not a person.
            let is_family = self.lexicon.is("family_headings", head);
            let tells = |entry: &Entry| entry.has("full_name") && (!is_family || entry.is_dated() || entry.has("relationship"));
            if found.is_empty() || !found.iter().all(tells) {
                return false;
            }
            if self.section != section {
                self.enter(&section);
            }
            for entry in &found {
                self.open_person(None, None);
                self.take_entry(entry, &line, value);
            }
            self.form.labels += 1;
            self.current = None;
            return true;
        }
        // `Subject:` opens a mail's head as well: only words that tell mother from father are labels of their own.
        let gendered = self.lexicon.mapped("relationship_genders", head).is_some_and(|gender| gender != "unknown");
        let kin = self.lexicon.mapped_whole("relationship_ages", head).filter(|_| gendered || self.lexicon.owner(head).is_some());
        let owner = self.lexicon.owner(head).or_else(|| kin.map(|age| (age.to_owned(), None)));
        let Some((owner, number)) = owner.filter(|(owner, _)| is_member_owner(owner)) else { return false };
        let told = kin
            .filter(|_| !matches!(owner.as_str(), "adult" | "child" | "parent" | "person") || self.lexicon.owner(head).is_none());
        let line = value.text();
        let found = entries(&line, Lead::One, self.lexicon);
        // `Mother: Agrees. Signed 13/11/2026`: an answer about the agreement.
        let opening = line.split(['.', ',', ';']).next().unwrap_or_default();
        let agrees = ["consent_given", "consent_refused"].iter().any(|list| self.lexicon.mentions(list, opening).is_some());
        if agrees && !self.lexicon.is("yes", opening) && word_count(opening) <= AGREES_WORDS_MAX {
            self.form.agreement.push(Slot::of_text(&format!("{head}: {line}"), value));
            return true;
        }
        if found.is_empty() {
            return false;
        }
        if !self.is_people_section() {
            self.enter("members");
        }
        for entry in &found {
            self.open_person(Some(owner.clone()), number);
            if !bracket.is_empty() && !entry.is_dated() {
                self.push_field("age", &Slot::of_text(bracket, value));
            }
            if told.is_some() && !entry.has("relationship") {
                self.push_field("relationship", &Slot::of_text(&super::names::proper(head.trim()), value));
            }
            self.take_entry(entry, &line, value);
        }
        self.form.labels += 1;
        true
    }

    /// `Name of child: Robin Airey, Hill Academy, attendance 71%`: more behind the name than a name.
    pub(super) fn name_entry(&mut self, label: &Label, value: &Slot) -> bool {
        let line = value.text();
        if !is_name_field(&label.field) || label.field == "family_name" || value.typed || !line.contains(',') {
            return false;
        }
        let found = entries(&line, Lead::One, self.lexicon);
        let [entry] = found.as_slice() else { return false };
        if !entry.has("full_name") || !entry.is_dated() || entry.fields.len() + entry.said.len() < 3 {
            return false;
        }
        self.take_entry(entry, &line, value);
        true
    }

    /// The words of a cell; where each of its lines tells of somebody, the lines are kept apart.
    fn one_a_line(&self, value: &Slot) -> String {
        let text = value.lines_text();
        let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        let tells = |line: &&str| {
            let found = entries(line, Lead::One, self.lexicon);
            !found.is_empty()
                && found.iter().all(|entry| entry.has("full_name") && (entry.is_dated() || entry.has("relationship")))
        };
        if lines.len() > 1 && lines.iter().all(tells) { lines.join("; ") } else { value.text() }
    }

    /// The people's section a label for several opens: `Children`, `Household`, `Adults in the home`.
    pub(super) fn people_section(&self, label: &str) -> Option<String> {
        let folded = fold(label);
        let folded = super::headings::stripped(&folded).to_owned();
        if self.lexicon.is("family_headings", &folded) {
            return Some("members".to_owned());
        }
        let section = self.lexicon.mapped_whole("sections", folded.trim_end_matches([':', ' ']))?;
        matches!(section, "members" | "adults" | "children").then(|| section.to_owned())
    }

    /// Whether a line says of somebody that they are not to know.
    /// `Example: Jo Bloggs, mother, depression`: nobody of any family.
    pub(super) fn is_example(&self, text: &str) -> bool {
        text.split_once(':').is_some_and(|(head, _)| self.lexicon.is("examples", head))
    }

    pub(super) fn is_order(&self, line: &str) -> bool {
        ["hiding_orders", "hiding_phrases", "excluding_phrases"]
            .into_iter()
            .any(|list| self.lexicon.mentions(list, line).is_some())
    }

    fn take_entry(&mut self, entry: &Entry, line: &str, slot: &Slot) {
        // The order is about the name, which stands in another part of the line.
        if self.is_order(line) {
            self.form.agreement.push(Slot::of_text(line, slot));
        }
        let Some(index) = self.current else { return };
        for (field, range) in &entry.fields {
            let value = line[range.clone()].trim();
            let value = if *field == "relationship" { super::names::proper(value) } else { value.to_owned() };
            self.push_field(field, &Slot::of_text(&value, slot));
        }
        let draft = &mut self.form.people[index];
        draft.of_line = true;
        for range in &entry.said {
            draft.said.push(Slot::of_text(&separated(line[range.clone()].trim(), self.lexicon), slot));
        }
        self.form.entries += 1;
        self.told_of = Some(index);
    }

    /// `Education: Jack, Alfie` where the form asks why: a criterion, and members it has named before and nothing else.
    pub(super) fn criterion_of_members(&mut self, label: &str, value: &Slot) -> bool {
        if !self.is_narrative_section() || !self.lexicon.is_criterion_alone(label) || value.has_box() {
            return false;
        }
        let known = |part: &str| {
            let part = bare(part);
            let mut names =
                self.form.people.iter().filter_map(|draft| draft.slot("full_name").or_else(|| draft.slot("first_name")));
            names.any(|slot| {
                let whole = bare(&slot.text());
                !part.is_empty() && (whole == part || whole.split(' ').next() == Some(part.as_str()))
            })
        };
        let text = value.text();
        let only_members = text.split([',', '&', ';']).flat_map(|part| part.split(" and ")).all(known);
        if only_members {
            self.criterion_row(label, std::slice::from_ref(value));
        }
        only_members
    }

    /// `Robin: attendance 71%`, below the line that named Robin: what is said of somebody the form has named already.
    pub(super) fn goes_back_to(&mut self, label: &str, value: &Slot) -> bool {
        let closed = ["criteria", "consent", "agencies", "official", "instructions", "referrer"];
        let name = bare(unlisted(label));
        if closed.contains(&self.section.as_str()) || name.is_empty() || value.is_blank(self.lexicon) || value.has_box() {
            return false;
        }
        let named = |draft: &Draft| {
            let Some(slot) = draft.slot("full_name").or_else(|| draft.slot("first_name")) else { return false };
            let whole = bare(&slot.text());
            // `MCGLASSON, Rhona (Miss)`, `Master Leo McGlasson`: called `Rhona` and `Leo` below.
            let given = || super::names::split(&slot.text(), self.lexicon, &[]).given.map(|given| bare(&given));
            whole == name || whole.split(' ').next() == Some(name.as_str()) || given().is_some_and(|given| given == name)
        };
        let found: Vec<usize> = (0..self.form.people.len()).filter(|index| named(&self.form.people[*index])).collect();
        let [only] = found.as_slice() else { return false };
        // `Mererid: work and money, health`: criteria and nothing else.
        let parts = super::lines::list_parts(&value.text(), self.lexicon);
        let is_criterion =
            |part: &String| word_count(part) <= 4 && self.lexicon.criterion(part).is_some() && !self.lexicon.denies(part);
        if !parts.is_empty() && parts.iter().all(is_criterion) {
            self.criteria_list(&Subject::Draft(*only), value);
            return true;
        }
        self.form.people[*only].said.push(Slot::of_text(&separated(&value.text(), self.lexicon), value));
        true
    }

    /// `Efe goes to | Hill Grammar`, `Efe's school | …`: the school of somebody the form has named already.
    pub(super) fn school_of_named(&mut self, label: &str, value: &Slot) -> bool {
        let folded = bare(label);
        let Some((first, rest)) = folded.split_once(' ') else { return false };
        let first = first.trim_end_matches("'s");
        let asks = matches!(
            rest.trim_end_matches([':', ' ']),
            "goes to" | "attends" | "is at" | "school" | "nursery" | "college" | "at"
        );
        let given = |draft: &Draft| draft.slot("full_name").or_else(|| draft.slot("first_name")).map(|slot| bare(&slot.text()));
        let named = |index: &usize| given(&self.form.people[*index]).is_some_and(|name| name.split(' ').next() == Some(first));
        let found: Vec<usize> = (0..self.form.people.len()).filter(named).collect();
        match found.as_slice() {
            [only] if asks && self.form.people[*only].slot("school").is_none() => {
                self.form.people[*only].fields.push(("school".to_owned(), value.clone()));
                true
            }
            _ => false,
        }
    }

    /// `She is out of work.` on the line below the person's own: the rest of what is told of that person.
    pub(super) fn goes_on_about(&mut self, slot: &Slot, text: &str) -> bool {
        let first = fold(text.split_whitespace().next().unwrap_or_default());
        let Some(index) = self.told_of.filter(|_| PRONOUNS.contains(&first.as_str())) else {
            self.told_of = None;
            return false;
        };
        self.form.people[index].said.push(slot.clone());
        true
    }
}
