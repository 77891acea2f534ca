//! Rows about themes: one person with a column a theme, one criterion with Yes and No, who and evidence, or a column a person.

use super::form::{FormReader, Subject, ThemeMark};
use super::header::{Column, Header};
use super::marks::{Mark, mark};
use super::people::{is_name_field, names_somebody};
use super::sheet::{GridCell, at};
use super::slot::Slot;
use super::text::word_count;
use super::words::Label;

/// Fewer words beside a criterion are no sentence.
const SENTENCE_WORDS_MIN: usize = 4;

impl FormReader<'_, '_> {
    /// `Crime: Tom. Education: Tom and Ann. Domestic abuse: none`: each for itself.
    pub(super) fn themes_in_one_line(&mut self, slot: &Slot, text: &str) -> bool {
        const HEAD_WORDS_MAX: usize = 6;
        let parts: Vec<&str> = text.split(['.', ';']).map(str::trim).filter(|part| !part.is_empty()).collect();
        let heads =
            || parts.iter().map(|part| part.split_once(':').filter(|(_, said)| !said.trim().is_empty()).map(|(head, _)| head));
        let labelled = heads().all(|head| head.is_some_and(|head| super::text::word_count(head) <= HEAD_WORDS_MAX));
        let themes = heads().flatten().filter(|head| self.lexicon.titled(head).is_some()).count();
        if !labelled || themes < 2 || slot.has_box() {
            return false;
        }
        let before = (self.section.clone(), self.current);
        self.enter("criteria");
        for part in parts {
            self.line(&Slot::of_text(part, slot));
        }
        (self.section, self.current) = before;
        true
    }

    /// One person's row, one column a theme.
    pub(super) fn themes_row(&mut self, header: &Header, row: &[GridCell]) {
        let name = header.columns.iter().find(|(_, _, kind)| matches!(kind, Column::Field(label) if is_name_field(&label.field)));
        let name = name.map_or(0, |(column, _, _)| *column);
        let Some(who) = at(row, name).map(|cell| cell.slot.clone()) else { return };
        let family =
            header.columns.iter().find(|(_, _, kind)| matches!(kind, Column::Field(label) if label.field == "family_name"));
        let who = match family.and_then(|(column, _, _)| at(row, *column)) {
            Some(family) if family.column != name => Slot::of_text(&format!("{} {}", who.text(), family.slot.text()), &who),
            _ => who,
        };
        if who.is_blank(self.lexicon) {
            return;
        }
        for (column, _, kind) in header.columns.clone() {
            if let (Column::Theme(theme, _), Some(cell)) = (kind, at(row, column)) {
                self.theme_cell(&theme, Subject::Named(who.clone()), &cell.slot);
            }
        }
    }

    /// The cell where a person meets a theme.
    pub(super) fn theme_cell(&mut self, theme: &str, subject: Subject, slot: &Slot) {
        self.form.criteria += 1;
        let text = slot.text();
        let said = mark(slot, self.lexicon);
        let yes = match said {
            Mark::Yes | Mark::Both => true,
            Mark::No => false,
            Mark::Blank => return,
            // `1` and `0` of a workbook.
            Mark::Words if text == "0" => false,
            Mark::Words => self.lexicon.mentions("negations", &slot.text()).is_none(),
        };
        let comment = (said == Mark::Words).then(|| slot.clone());
        let criterion = self.themes_title(theme);
        let mark = ThemeMark { theme: theme.to_owned(), criterion, subject, yes, slot: slot.clone(), comment };
        self.push_mark(mark, said == Mark::Both);
    }

    fn themes_title(&self, theme: &str) -> String {
        theme.replace('_', " ")
    }

    /// One criterion's row: Yes and No, who, evidence, or one column a person.
    pub(super) fn criteria_row(&mut self, header: &Header, row: &[GridCell]) {
        let Some(criterion) = row.first().map(|cell| cell.slot.text()) else { return };
        let Some(theme) = self.lexicon.criterion(&criterion).map(str::to_owned) else { return };
        self.form.criteria += 1;
        let first = row.first().map_or(0, |cell| cell.column);
        if row.iter().filter(|cell| cell.column != first).any(|cell| self.people_boxed(&theme, &criterion, &cell.slot)) {
            return;
        }
        let (mut answer, mut marked, mut who, mut comment) = (Mark::Blank, None, None, None);
        let (mut yes_ticked, mut no_ticked, mut by_person) = (false, false, false);
        for cell in row.iter().filter(|cell| cell.column != first && !cell.slot.is_blank(self.lexicon)) {
            let column = header.columns.iter().find(|(from, width, _)| (*from..*from + *width).contains(&cell.column));
            let field =
                column.and_then(|(_, _, kind)| if let Column::Field(label) = kind { Some(label.field.as_str()) } else { None });
            let said = mark(&cell.slot, self.lexicon);
            match (field, column) {
                (Some("no"), _) if said == Mark::Yes => {
                    answer = if yes_ticked { Mark::Both } else { Mark::No };
                    marked = Some(cell.slot.clone());
                    no_ticked = true;
                }
                (Some("yes"), _) if said == Mark::Yes && no_ticked => answer = Mark::Both,
                (Some("no" | "ignored"), _) => {}
                (Some("who" | "member" | "full_name" | "first_name"), _) => {
                    who = Some(self.by_number(&cell.slot).unwrap_or_else(|| cell.slot.clone()));
                }
                (Some("comments" | "narrative"), _) => comment = Some(cell.slot.clone()),
                (None, Some((_, _, Column::Words(person))))
                    if said != Mark::Words
                        && !person.text().is_empty()
                        && (said != Mark::Blank || !cell.slot.text().contains('/')) =>
                {
                    let subject = Subject::Named(person.clone());
                    self.theme_cell(&theme, subject, &cell.slot);
                    by_person = true;
                }
                _ => match said {
                    Mark::Yes | Mark::No | Mark::Both if answer == Mark::Blank || said == Mark::Yes => {
                        yes_ticked |= field == Some("yes") && said == Mark::Yes;
                        (answer, marked) = (said, Some(cell.slot.clone()));
                    }
                    Mark::Words if who.is_none() && names_somebody(&cell.slot.text(), self.lexicon) => {
                        who = Some(cell.slot.clone())
                    }
                    Mark::Words => comment = Some(cell.slot.clone()),
                    Mark::Yes | Mark::No | Mark::Both | Mark::Blank => {}
                },
            }
        }
        let mut who = who.filter(|slot| mark(slot, self.lexicon) != Mark::No);
        // `Wayne: ASBO in May. Jade: contract in March.`: evidence that says whose it is.
        let tells = |slot: &Slot| answer == Mark::Blank && super::people::begins_with_somebody(&slot.text(), self.lexicon);
        if who.is_none() && comment.as_ref().is_some_and(tells) {
            who = comment.take();
        }
        if who.is_none() && answer == Mark::Blank {
            // What stands behind an answer for each person may be about those who answered No.
            self.evidence(Some(theme.as_str()).filter(|_| !by_person), &criterion, comment.as_ref());
        }
        // The same table again for each person is about the one whose page it is.
        if !self.of_each {
            self.current = None;
        }
        self.push_row_mark(&theme, &criterion, answer, marked, who, comment);
    }

    /// Whether the value behind a label of the present person is nothing but criteria.
    pub(super) fn lists_criteria(&self, value: &Slot) -> bool {
        self.current.is_some() && self.is_people_section() && self.lists_criteria_alone(value)
    }

    /// Whether `value` is nothing but criteria.
    pub(super) fn lists_criteria_alone(&self, value: &Slot) -> bool {
        let parts = super::lines::list_parts(&value.lines_text(), self.lexicon);
        let names_one = |part: &String| {
            let head = super::lines::outside_brackets(part);
            word_count(&head) <= 18
                && !head.ends_with('.')
                && self.lexicon.criterion(&head).is_some()
                && !self.lexicon.denies(&head)
        };
        !parts.is_empty() && parts.iter().all(names_one)
    }

    /// `In work? No, looking for work`: a question about the present person whose No tells of the theme.
    pub(super) fn asked_the_other_way(&mut self, text: &str, value: &Slot) -> bool {
        let Some(current) = self.current.filter(|_| self.is_people_section()) else { return false };
        let Some(theme) = self.lexicon.mapped_whole("asked_the_other_way", text.trim_end_matches(['?', ':', ' '])) else {
            return false;
        };
        let said = mark(value, self.lexicon);
        if !matches!(said, Mark::Yes | Mark::No) {
            return false;
        }
        // `No, retired`: there is a reason that is no trouble.
        let excused = said == Mark::No && self.lexicon.mentions("not_seeking_words", &value.text()).is_some();
        if !excused && self.form.people[current].child != Some(true) {
            let (theme, criterion, slot) = (theme.to_owned(), text.to_owned(), value.clone());
            let mark =
                ThemeMark { theme, criterion, subject: Subject::Draft(current), yes: said == Mark::No, slot, comment: None };
            self.push_mark(mark, false);
        }
        true
    }

    /// The second and later lines of criteria that stand below the question for them, of the same person.
    pub(super) fn criteria_line(&mut self, slot: &Slot, text: &str) -> bool {
        let Some(current) = self.current.filter(|_| std::mem::take(&mut self.criteria_go_on)) else { return false };
        if slot.heading || slot.has_box() || text.ends_with(['?', ':']) || !self.lists_criteria_alone(slot) {
            return false;
        }
        self.criteria_list(&Subject::Draft(current), slot);
        self.criteria_go_on = true;
        true
    }

    /// A criterion asked as a question, answered with Yes or No.
    pub(super) fn answer_question(&mut self, question: &str, slot: &Slot) {
        if self.asked_the_other_way(question, slot) {
            return;
        }
        // `Is anyone out of work?` is not about the person whose lines went before.
        if self.lexicon.mentions("asks_anyone", question).is_some() {
            self.enter("criteria");
        }
        self.criterion_row(question, std::slice::from_ref(slot));
    }

    /// `Is a child missing school?`, `Yes`, `Who?`, `Tom`: the name belongs to the answer.
    pub(super) fn who_is_meant(&mut self, label: Option<&Label>, value: &Slot) -> bool {
        let asks = label.is_some_and(|label| label.field == "who" || label.written.starts_with("who"));
        if !asks || value.is_blank(self.lexicon) {
            return false;
        }
        let Some(mark) = self.answered.take().and_then(|at| self.form.marks.get_mut(at)) else { return false };
        // Behind No, `Not open to social care` is about nobody.
        if !mark.yes || !matches!(mark.subject, Subject::Nobody) {
            return !mark.yes;
        }
        mark.subject = Subject::Named(value.clone());
        mark.slot = value.clone();
        true
    }

    /// `Crime | Sean was cautioned in October`: words beside a criterion without an answer say themselves of whom.
    pub(super) fn evidence(&mut self, theme: Option<&str>, criterion: &str, comment: Option<&Slot>) {
        // `Helena works and pays her way.` is no criterion, and what stands beside it no evidence of one.
        let titled = !criterion.contains(". ") && !criterion.ends_with('.');
        if let Some(said) = comment.filter(|said| super::text::word_count(&said.text()) >= SENTENCE_WORDS_MIN) {
            self.form.narrative.push(Slot { under: theme.filter(|_| titled).map(str::to_owned), ..said.clone() });
        }
    }
}
