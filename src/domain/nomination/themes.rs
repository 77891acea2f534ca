//! Marks and sentences → the themes each member shows, each with where it stands.

use super::denials::is_no_finding;
use super::form::{Subject, ThemeMark};
use super::members::{Household, Named};
use super::names::alike;
use super::papers::Paper;
use super::prose::Prose;
use super::slot::Slot;
use super::text::fold;
use super::who::{self, Who};
use super::words::Lexicon;
use crate::domain::ids::ThemeKey;
use crate::domain::nomination::{DocumentKind, Member, Nomination, Source, Standing, ThemeShown};
use crate::domain::time::Date;

/// Below this a mark is hardly made out, as a speck in a box of a scan.
const SURE_MARK: f32 = 0.5;

/// Fills the themes of the members, what was denied, and what belongs to nobody.
pub(super) struct Themes<'t, 'a> {
    pub(super) lexicon: &'t Lexicon<'a>,
    pub(super) received_on: Date,
    /// The member who wrote the letter: `I` and `my` are theirs.
    pub(super) writer: Option<usize>,
}

impl Themes<'_, '_> {
    /// The marks of the forms, in order.
    pub(super) fn marks(&self, forms: &[Named<'_>], household: &Household, nomination: &mut Nomination) {
        for (index, named) in forms.iter().enumerate() {
            for mark in &named.form.marks {
                self.mark(mark, index, named.document, household, nomination, Standing::Ticked);
            }
        }
    }

    /// The marks of an assessment: at most `documented`.
    pub(super) fn documented_marks(&self, paper: &Paper<'_>, nomination: &mut Nomination) {
        let nobody = Household::default();
        for mark in paper.form.marks.iter().filter(|mark| mark.yes) {
            self.mark(mark, usize::MAX, paper.name, &nobody, nomination, Standing::Documented);
        }
    }

    fn mark(
        &self,
        mark: &ThemeMark,
        form: usize,
        document: &str,
        household: &Household,
        nomination: &mut Nomination,
        standing: Standing,
    ) {
        let Ok(theme) = ThemeKey::new(&mark.theme) else { return };
        let who = match &mark.subject {
            Subject::Draft(draft) => {
                Who { sure: household.of_draft.get(&(form, *draft)).copied().into_iter().collect(), unclear: Vec::new() }
            }
            Subject::Named(slot) => {
                let who = who::named(&slot.text(), &nomination.members, self.lexicon);
                if who.is_nobody() { household.known_as(&slot.text()) } else { who }
            }
            Subject::Nobody => self.named_beside(mark, &nomination.members),
        };
        let mut quote = mark.criterion.clone();
        let beside = mark.slot.text();
        for more in [Some(beside), mark.comment.as_ref().map(Slot::text)].into_iter().flatten() {
            if !more.is_empty() && fold(&more) != fold(&mark.criterion) {
                quote = format!("{quote}: {more}");
            }
        }
        let source = mark.slot.source_quoting(document, quote, 1.0);
        // A mark that was hardly made out is a question for a person.
        let standing = if mark.slot.confidence < SURE_MARK { Standing::Possible } else { standing };
        if !mark.yes {
            for member in &who.sure {
                deny(&mut nomination.members[*member], &theme);
            }
            if matches!(mark.subject, Subject::Nobody) && !nomination.denied.contains(&theme) {
                nomination.denied.push(theme);
            }
            return;
        }
        if who.is_nobody() {
            show(&mut nomination.themes_of_nobody, &theme, standing, source);
            return;
        }
        for member in &who.sure {
            show(&mut nomination.members[*member].themes, &theme, standing, source.clone());
            self.plan_in_comment(mark, document, *member, who.sure.len(), nomination);
        }
        for member in &who.unclear {
            show(
                &mut nomination.members[*member].themes,
                &theme,
                Standing::Possible,
                Source { confidence: source.confidence * 0.5, ..source.clone() },
            );
        }
    }

    /// Without a column for names, the evidence beside an answer may name them: `Yes (Sara - depression)`.
    fn named_beside(&self, mark: &ThemeMark, members: &[Member]) -> Who {
        let mut who = Who::default();
        for slot in [Some(&mark.slot), mark.comment.as_ref()].into_iter().flatten() {
            for mention in who::mentions(&slot.text(), members, self.lexicon) {
                match mention.members.as_slice() {
                    [one] if !who.sure.contains(one) => who.sure.push(*one),
                    _ => {}
                }
            }
        }
        if who.is_nobody() {
            who::initials_in(&mark.slot.text(), members, &mut who);
        }
        who
    }

    /// `Ngozi: on a child protection plan since May` beside a tick tells of the plan as well.
    fn plan_in_comment(&self, mark: &ThemeMark, document: &str, member: usize, of: usize, nomination: &mut Nomination) {
        let Some(comment) = mark.comment.as_ref().or(Some(&mark.slot)) else { return };
        for part in comment.lines_text().split([';', '\n']) {
            if self.lexicon.mentions("protection_plan", part).is_none()
                || is_no_finding(&fold(part), self.lexicon, self.received_on)
            {
                continue;
            }
            let mentioned = who::mentions(part, &nomination.members, self.lexicon);
            let about = mentioned.iter().any(|mention| mention.members == [member]) || (mentioned.is_empty() && of == 1);
            let possible = nomination.members[member].is_child != Some(false);
            if about && possible {
                on_plan(&mut nomination.members[member], comment.source_quoting(document, part.trim().to_owned(), 0.95));
            }
        }
    }

    /// What is said on a person's own line: of that person, unless the words name somebody else.
    pub(super) fn said(&self, forms: &[Named<'_>], household: &Household, nomination: &mut Nomination) {
        for (index, named) in forms.iter().enumerate() {
            for (draft_index, draft) in named.form.people.iter().enumerate() {
                let Some(member) = household.of_draft.get(&(index, draft_index)).copied() else { continue };
                for slot in &draft.said {
                    self.free_text(slot, named.document, Some(member), Standing::Stated, nomination);
                }
                if let Some(slot) = draft.slot("assessment_statutory") {
                    self.plan_of(slot, named.document, &mut nomination.members[member]);
                }
            }
        }
    }

    /// What the free text of `paper` shows; `documented` in an assessment, `stated` elsewhere.
    pub(super) fn prose(&self, paper: &Paper<'_>, nomination: &mut Nomination) {
        let standing = if paper.is_assessment() { Standing::Documented } else { Standing::Stated };
        for slot in &paper.form.narrative {
            self.free_text(slot, paper.name, None, standing, nomination);
        }
    }

    fn free_text(&self, slot: &Slot, document: &str, of: Option<usize>, standing: Standing, nomination: &mut Nomination) {
        let findings = {
            let (members, writer, lexicon) = (&nomination.members, self.writer, self.lexicon);
            Prose { document, members, writer, of, lexicon, received_on: self.received_on }.findings(slot)
        };
        for finding in findings {
            let Ok(theme) = ThemeKey::new(&finding.theme) else { continue };
            let standing = if finding.clear { standing } else { Standing::Possible };
            if finding.members.is_empty() {
                show(&mut nomination.themes_of_nobody, &theme, Standing::Possible, finding.source.clone());
            }
            for member in finding.members {
                if finding.protection_plan && finding.clear && nomination.members[member].is_child != Some(false) {
                    on_plan(&mut nomination.members[member], finding.source.clone());
                }
                show(&mut nomination.members[member].themes, &theme, standing, finding.source.clone());
            }
        }
    }

    /// A form's answer to `is there a statutory plan` names the child it is for.
    pub(super) fn statutory_answers(&self, named: &Named<'_>, nomination: &mut Nomination) {
        let Ok(theme) = ThemeKey::new("child_help") else { return };
        for answer in named.form.answers_to("assessment_statutory") {
            for part in answer.slot.lines_text().split([';', '\n']) {
                let Some(kind) = self.plan_told(part) else { continue };
                let source = answer.slot.source_quoting(named.document, part.trim().to_owned(), 0.95);
                for member in self.children_named(part, &nomination.members) {
                    let member = &mut nomination.members[member];
                    if kind == "child_protection_plan" {
                        on_plan(member, source.clone());
                    }
                    show(&mut member.themes, &theme, Standing::Stated, source.clone());
                }
            }
        }
    }

    /// The kind of plan for a child that `part` says there is.
    fn plan_told(&self, part: &str) -> Option<&str> {
        let kind = self.lexicon.mapped("statutory_kinds", part)?;
        let none = is_no_finding(&fold(part), self.lexicon, self.received_on)
            || self.lexicon.mentions("assessment_none", part).is_some();
        (!none && matches!(kind, "child_protection_plan" | "child_in_need_plan")).then_some(kind)
    }

    /// `Plan: Child protection` in the row of a child.
    fn plan_of(&self, slot: &Slot, document: &str, member: &mut Member) {
        let Ok(theme) = ThemeKey::new("child_help") else { return };
        let Some(kind) = self.plan_told(&slot.lines_text()).filter(|_| member.is_child != Some(false)) else { return };
        let source = slot.source(document, "", 0.95);
        if kind == "child_protection_plan" {
            on_plan(member, source.clone());
        }
        show(&mut member.themes, &theme, Standing::Stated, source);
    }

    /// An attached plan is about the children it names at its head.
    pub(super) fn plan_paper(&self, paper: &Paper<'_>, nomination: &mut Nomination) {
        if paper.kind != DocumentKind::StatutoryAssessment {
            return;
        }
        let head: Vec<&str> = paper.words.lines().filter(|line| !line.trim().is_empty()).take(8).collect();
        let kind = head.iter().find_map(|line| self.lexicon.mapped("statutory_kinds", line));
        if !matches!(kind, Some("child_protection_plan" | "child_in_need_plan")) || self.ended(paper) {
            return;
        }
        let Ok(theme) = ThemeKey::new("child_help") else { return };
        for draft in &paper.form.people {
            for (field, slot) in &draft.fields {
                if !matches!(field.as_str(), "full_name" | "first_name" | "member") {
                    continue;
                }
                for member in self.children_named(&slot.text(), &nomination.members) {
                    let source = slot.source(paper.name, "", 0.9);
                    let member = &mut nomination.members[member];
                    if kind == Some("child_protection_plan") {
                        on_plan(member, source.clone());
                    }
                    show(&mut member.themes, &theme, Standing::Documented, source);
                }
            }
        }
    }

    /// Whether the paper says of its plan that it is over.
    fn ended(&self, paper: &Paper<'_>) -> bool {
        paper.form.narrative.iter().any(|slot| {
            super::text::sentences(&slot.lines_text()).iter().any(|sentence| {
                self.lexicon.mentions("plan_words", sentence).is_some()
                    && self.lexicon.mentions("ended_words", sentence).is_some()
            })
        })
    }

    fn children_named(&self, text: &str, members: &[Member]) -> Vec<usize> {
        let mut found: Vec<usize> = Vec::new();
        for mention in who::mentions(text, members, self.lexicon) {
            let children: Vec<usize> =
                mention.members.iter().copied().filter(|index| members[*index].is_child != Some(false)).collect();
            if let [one] = children.as_slice()
                && !found.contains(one)
            {
                found.push(*one);
            }
        }
        if found.is_empty() {
            let alone: Vec<usize> =
                (0..members.len()).filter(|index| alike(&super::members::full_name(&members[*index]), text)).collect();
            if let [one] = alone.as_slice() {
                found.push(*one);
            }
        }
        found
    }
}

fn on_plan(member: &mut Member, source: Source) {
    member.child_protection_plan.get_or_insert_with(Vec::new).push(source);
}

fn deny(member: &mut Member, theme: &ThemeKey) {
    if !member.denied.contains(theme) {
        member.denied.push(theme.clone());
    }
}

/// Adds a source; the strongest standing stays, and a stronger one drops no source.
fn show(themes: &mut Vec<ThemeShown>, theme: &ThemeKey, standing: Standing, source: Source) {
    match themes.iter_mut().find(|shown| shown.theme == *theme) {
        Some(shown) => {
            if standing > shown.standing {
                shown.standing = standing;
                shown.sources.insert(0, source);
            } else {
                shown.sources.push(source);
            }
        }
        None => themes.push(ThemeShown { theme: theme.clone(), standing, sources: vec![source] }),
    }
}
