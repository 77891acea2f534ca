//! One document read as a form: who is on it, what was answered, which criteria were marked for whom.
//!
//! Nothing is decided here about a family. Labels, headings and criteria are told by the programme's words; a table is
//! read by what its header asks for, whichever way round it stands. What the blank form says is no answer.

use std::collections::{BTreeMap, BTreeSet};

use super::lines::split_pairs;
use super::marks::{Mark, mark};
use super::sheet::Node;
use super::slot::Slot;
use super::text::{fold, word_count};
use super::words::{Label, Lexicon};

/// One person as written: fields in the order they stand.
#[derive(Clone, Default)]
pub(super) struct Draft {
    /// Canonical field and what stands there.
    pub fields: Vec<(String, Slot)>,
    /// Told by section or label: a child (`true`) or an adult.
    pub child: Option<bool>,
    /// The owner a label named: `mother`, `child`.
    pub owner: Option<String>,
    /// `Child 2` → 2.
    pub number: Option<u8>,
    /// Told on one line, as letters do.
    pub of_line: bool,
    /// What is said of this person, and of nobody else unless it names them.
    pub said: Vec<Slot>,
}

impl Draft {
    /// Whether a name was asked for.
    pub(super) fn is_named(&self) -> bool {
        self.fields.iter().any(|(field, _)| super::people::is_name_field(field))
    }

    /// The first slot of `field`.
    pub(super) fn slot(&self, field: &str) -> Option<&Slot> {
        self.fields.iter().find(|(name, _)| name == field).map(|(_, slot)| slot)
    }
}

/// An answer about something else than a person.
#[derive(Clone)]
pub(super) struct Answered {
    /// Canonical field.
    pub field: String,
    /// The label as written.
    pub label: String,
    /// The section it stands in.
    pub section: String,
    /// What stands there; may be blank.
    pub slot: Slot,
}

/// Of whom a mark speaks.
#[derive(Clone)]
pub(super) enum Subject {
    /// Of a person of this form.
    Draft(usize),
    /// Of those these words name.
    Named(Slot),
    /// Of nobody in particular.
    Nobody,
}

/// A criterion answered.
#[derive(Clone)]
pub(super) struct ThemeMark {
    /// Theme key.
    pub theme: String,
    /// The criterion as written.
    pub criterion: String,
    /// Of whom.
    pub subject: Subject,
    /// Yes or No; never blank.
    pub yes: bool,
    /// Where the mark stands.
    pub slot: Slot,
    /// Evidence beside it.
    pub comment: Option<Slot>,
}

/// What one document holds.
#[derive(Default)]
pub(super) struct Form {
    /// People, also empty rows.
    pub people: Vec<Draft>,
    /// Other answers.
    pub answers: Vec<Answered>,
    /// Criteria marked or denied.
    pub marks: Vec<ThemeMark>,
    /// Agency and contact.
    pub agencies: Vec<(Slot, Option<Slot>)>,
    /// Lines under a heading of people that are neither label nor value, with what the heading says of their age.
    pub listing: Vec<(Option<bool>, Slot)>,
    /// Free text somebody wrote.
    pub narrative: Vec<Slot>,
    /// Sentences under the heading of consent: the form's own, and what somebody wrote there.
    pub agreement: Vec<Slot>,
    /// Sections met.
    pub sections: BTreeSet<String>,
    /// Headings and first lines, folded.
    pub headings: Vec<String>,
    /// Labels recognised.
    pub labels: usize,
    /// Criteria rows, columns or boxes met, marked or not.
    pub criteria: usize,
    /// Persons told on one line.
    pub entries: usize,
    /// A table of one family a row goes on with another family, which was not read.
    pub more_families: bool,
    /// Lines under the referrer's heading that bear no label: name, job, agency, telephone.
    pub referrer_lines: Vec<Slot>,
}

impl Form {
    /// Reads `nodes` as a form.
    pub(super) fn read(nodes: &[Node], lexicon: &Lexicon<'_>) -> Self {
        let mut reader = FormReader::new(lexicon);
        reader.label_above = label_above(nodes, lexicon);
        reader.repeated = super::each::repeated(nodes);
        let whole = super::paragraphs::joined(nodes, lexicon);
        let nodes = whole.as_deref().unwrap_or(nodes);
        let laid = super::over::labels_over_values(nodes, lexicon);
        let nodes = laid.as_deref().unwrap_or(nodes);
        let apart = super::cells::cards_apart(nodes, lexicon);
        let nodes = apart.as_deref().unwrap_or(nodes);
        let fields = super::over::fields_under_labels(nodes, lexicon);
        let nodes = fields.as_deref().unwrap_or(nodes);
        let key = super::key::column_key(nodes, lexicon);
        reader.key = key.themes;
        let runs = super::criteria::runs(nodes, lexicon);
        for (index, node) in nodes.iter().enumerate() {
            if reader.ended {
                break;
            }
            if key.lines.contains(&index) {
                continue;
            }
            if runs.iter().any(|run| run.start == index) {
                reader.enter("criteria");
            } else if reader.section == "criteria" && runs.iter().any(|run| run.end == index) {
                reader.enter("");
            }
            reader.above_criteria = nodes.get(index + 1).is_some_and(|next| super::unlabelled::opens_criteria(next, lexicon));
            match node {
                Node::Line(slot) => reader.line(slot),
                Node::Grid(grid) => reader.grid(grid),
            }
        }
        reader.form
    }

    /// The answers to `field`, filled or not.
    pub(super) fn answers_to<'f>(&'f self, field: &'f str) -> impl Iterator<Item = &'f Answered> {
        self.answers.iter().filter(move |answer| answer.field == field)
    }
}

/// Whether values stand on the line below their label, rather than behind it.
fn label_above(nodes: &[Node], lexicon: &Lexicon<'_>) -> bool {
    let lines: Vec<&Slot> = nodes.iter().filter_map(|node| if let Node::Line(slot) = node { Some(slot) } else { None }).collect();
    let lonely = |slot: &Slot| !slot.typed && !slot.has_box() && lexicon.label(&slot.text()).is_some();
    let above = lines.windows(2).filter(|pair| lonely(pair[0]) && !lonely(pair[1])).count();
    let is_beside =
        |slot: &&&Slot| split_pairs(slot, lexicon).iter().any(|pair| pair.label.is_some() && !pair.value.is_blank(lexicon));
    // As many as stand above are enough to tell.
    above > lines.iter().filter(is_beside).take(above).count()
}

/// Fewer words before a label are no sentence.
const SENTENCE_WORDS_MIN: usize = 4;

pub(super) struct FormReader<'l, 'a> {
    pub(super) lexicon: &'l Lexicon<'a>,
    pub(super) form: Form,
    pub(super) section: String,
    /// The person the pairs speak of just now.
    pub(super) current: Option<usize>,
    /// A label still without its value.
    pub(super) pending: Option<(String, Label)>,
    pub(super) label_above: bool,
    /// Lines and heads of tables that stand more than once, folded: labels of each person, not headings.
    pub(super) repeated: BTreeSet<String>,
    pub(super) ended: bool,
    /// The next line is a criterion.
    pub(super) above_criteria: bool,
    pub(super) last_header: Option<super::header::Header>,
    /// The person the line before told of.
    pub(super) told_of: Option<usize>,
    /// A criterion asked as a question on the line before.
    pub(super) asked: Option<String>,
    /// The mark that answered the question before with Yes, and names nobody yet.
    pub(super) answered: Option<usize>,
    /// Whose issues the line before asked for: `Which issues affect Adult 1? (tick all that apply)`.
    pub(super) asked_of: Option<String>,
    /// What the numbers or letters over columns stand for.
    pub(super) key: BTreeMap<String, String>,
    /// The line before was the beginning of the home's address, below its label.
    pub(super) address_goes_on: bool,
    /// The people stand in a table that numbers them.
    pub(super) numbered: bool,
    /// The table at hand stands more than once: for each person.
    pub(super) of_each: bool,
    /// The line before was criteria of the present person, below the question for them.
    pub(super) criteria_go_on: bool,
    /// The theme whose heading was the last one.
    pub(super) topic: Option<String>,
}

impl<'l, 'a> FormReader<'l, 'a> {
    fn new(lexicon: &'l Lexicon<'a>) -> Self {
        Self {
            lexicon,
            form: Form::default(),
            section: String::new(),
            current: None,
            pending: None,
            label_above: false,
            repeated: BTreeSet::new(),
            ended: false,
            above_criteria: false,
            last_header: None,
            told_of: None,
            asked: None,
            answered: None,
            asked_of: None,
            key: BTreeMap::new(),
            address_goes_on: false,
            numbered: false,
            of_each: false,
            criteria_go_on: false,
            topic: None,
        }
    }

    /// One line: pairs, boxes, a heading, the value of a label above, or free text.
    pub(super) fn line(&mut self, slot: &Slot) {
        let bare = slot.without_question_number();
        let slot = bare.as_ref().unwrap_or(slot);
        let asked = self.asked_of_numbered(slot);
        let slot = asked.as_ref().unwrap_or(slot);
        let text = slot.text();
        if fold(&text) == "--" || self.lexicon.mentions("form_ends", &text).is_some() {
            self.ended = true;
            return;
        }
        if text.is_empty() && !slot.has_box() && !slot.is_signed() {
            return;
        }
        if self.form.headings.len() < 400 {
            self.form.headings.push(fold(&text));
        }
        if slot.printed && !slot.has_box() {
            return self.printed_line(slot, &text);
        }
        if self.is_example(&text)
            || self.themes_in_one_line(slot, &text)
            || self.issues_below(slot, &text)
            || self.question(slot, &text)
            || self.address_line(slot, &text)
            || self.criteria_line(slot, &text)
            || self.pending_value(slot, &text)
            || self.boxes(slot)
        {
            return;
        }
        let topic = self.topic_of(slot, &text);
        if self.heading(slot, &text) {
            self.topic = topic;
            return;
        }
        self.topic = topic.or(self.topic.take().filter(|_| !slot.heading));
        if self.bare_entry(slot, &text) || self.goes_on_about(slot, &text) {
            return;
        }
        let pairs = split_pairs(slot, self.lexicon);
        if pairs.is_empty() {
            return self.free_line(slot, &text);
        }
        // `Heather has agreed to this. Signed: Heather Tyson`: the sentence before the label says something of its own.
        let before = text.find(&pairs[0].text).map_or("", |at| text[..at].trim_end());
        if before.ends_with('.') && word_count(before) >= SENTENCE_WORDS_MIN {
            self.narrative(&Slot::of_text(before, slot));
        }
        for pair in pairs {
            self.pair(&pair.text, pair.label, &pair.value);
        }
    }

    pub(super) fn enter(&mut self, section: &str) {
        section.clone_into(&mut self.section);
        self.form.sections.insert(section.to_owned());
        self.current = None;
        self.pending = None;
        self.topic = None;
    }

    pub(super) fn is_people_section(&self) -> bool {
        matches!(self.section.as_str(), "members" | "adults" | "children")
    }

    pub(super) fn is_narrative_section(&self) -> bool {
        matches!(self.section.as_str(), "reason" | "worries")
    }

    /// Keeps free text, unless it is the form speaking.
    pub(super) fn narrative(&mut self, slot: &Slot) {
        let text = slot.text();
        if word_count(&text) >= 3
            && !slot.printed
            && !super::unlabelled::is_open_criterion(&text, self.lexicon)
            && !matches!(self.section.as_str(), "instructions" | "official" | "strengths" | "plan" | "voice")
        {
            self.form.narrative.push(Slot { under: self.topic.clone(), ..slot.clone() });
        }
    }

    /// One label with its value.
    pub(super) fn pair(&mut self, text: &str, label: Option<Label>, value: &Slot) {
        let chosen = value.chosen_of_menu();
        let value = chosen.as_ref().unwrap_or(value);
        if self.is_elsewhere(text)
            || self.themes_in_one_line(value, &value.text())
            || self.issues_of_somebody(text, value)
            || self.asked_the_other_way(text, value)
            || self.who_is_meant(label.as_ref(), value)
            || self.is_who_nominates(label.as_ref(), text, value)
            || self.school_of_named(text, value)
            || self.labelled_entry(text, value)
            || self.criterion_of_members(text, value)
        {
            return;
        }
        // `School attendance: Yes No` asks for no school, nor does `Education. Tom has missed a third of the year.`
        let answered = || value.tokens.len() > 1 && matches!(mark(value, self.lexicon), Mark::Yes | Mark::No);
        let told = || word_count(&value.text()) >= SENTENCE_WORDS_MIN && self.names_one_of_form(&value.text());
        let themed = self.lexicon.criterion(text).is_some()
            && (self.section == "criteria"
                || label.as_ref().is_some_and(|label| label.field == "school") && (answered() || told()))
            && !label.as_ref().is_some_and(|label| self.asks_how_far(label, value));
        let Some(label) =
            label.map(|label| self.of_several(label, text)).filter(|label| !(themed && is_weak_among_criteria(&label.field)))
        else {
            self.unlabelled_pair(text, value);
            return;
        };
        self.form.labels += 1;
        let of_each = matches!(label.field.as_str(), "criteria" | "narrative" | "comments")
            && self.current.is_some()
            && self.repeated.contains(&fold(text));
        match label.owner.as_deref() {
            Some("other") => return,
            Some("referrer") if self.section != "referrer" => self.enter("referrer"),
            Some("family") if self.section == "referrer" => self.enter("family"),
            // `Family address` among the referrer's lines turns to the family, whoever owns the label.
            None if self.section == "referrer"
                && label.field == "address"
                && self.lexicon.mentions("home_words", text).is_some() =>
            {
                self.enter("family");
            }
            Some(_) => {}
            // `Indicators`, asked again of each person, is about the person it follows.
            None if of_each => {}
            None => self.enter_section_of(&label),
        }
        // Among what is said of the referrer, `Title` asks for the job.
        let title = label.written == "title" && self.lexicon.mentions("role_words", &value.text()).is_some();
        let label = if title && !self.is_people_section() { Label { field: "role".to_owned(), ..label } } else { label };
        // `Role: Parent` of somebody of the family says how they are related.
        let kin = label.field == "role"
            && (self.current.is_some() || self.is_people_section())
            && self.lexicon.mapped_whole("relationship_ages", &value.text()).is_some();
        let label = if kin { Label { field: "relationship".to_owned(), ..label } } else { label };
        if matches!(label.field.as_str(), "role" | "organisation") && !value.is_blank(self.lexicon) {
            self.claim_name_for_referrer();
        }
        if value.is_blank(self.lexicon) && !value.has_box() && !value.control {
            self.pending = Some((text.to_owned(), label.clone()));
        }
        let label = self.in_context(label, value);
        // `Reason for nomination (tick all that apply)`: the boxes answer, not their printed words.
        if matches!(label.field.as_str(), "narrative" | "comments") && self.boxes(value) {
            return;
        }
        match label.field.as_str() {
            "narrative" | "comments" if self.lists_criteria(value) => self.criteria_answer(value),
            "criteria" | "narrative" | "comments" if of_each && self.said_of_current(value) => {}
            "ignored" => {}
            "what" if self.section == "consent" && label.written == "when" => self.answer("date", text, value),
            "what" => {}
            "criteria" => self.criteria_answer(value),
            "agencies" => self.agencies_answer(value),
            "narrative" => self.narrative(value),
            field if super::people::is_person_field(field) => self.person_pair(text, &label, value),
            field => self.answer(field, text, value),
        }
    }

    /// `Who:` among people asks for a name; so does `Name of professional:` of the referrer.
    fn in_context(&self, label: Label, value: &Slot) -> Label {
        if label.field == "who" && self.is_people_section() {
            Label { field: "member".to_owned(), ..label }
        } else if label.field == "contact"
            && self.section == "referrer"
            && !value.text().contains(|c: char| c.is_ascii_digit() || c == '@')
            && self.lexicon.is("person_labels", &label.written)
        {
            Label { field: "referrer_name".to_owned(), ..label }
        } else {
            label
        }
    }

    pub(super) fn answer(&mut self, field: &str, label: &str, value: &Slot) {
        self.form.answers.push(Answered {
            field: field.to_owned(),
            label: label.to_owned(),
            section: self.section.clone(),
            slot: value.clone(),
        });
    }

    fn unlabelled_pair(&mut self, text: &str, value: &Slot) {
        let said = value.text();
        if self.section == "agencies" && !value.is_blank(self.lexicon) && !self.lexicon.is("no", &said) {
            let name = Slot::of_text(text.trim_start_matches(['-', '•', '*', '–', ' ']), value);
            self.form.agencies.push((name, Some(value.clone())));
            return;
        }
        if self.goes_back_to(text, value) {
            return;
        }
        if self.lists_criteria(value) {
            self.criteria_answer(value);
            return;
        }
        let of_person = self.current.is_some() && self.section != "criteria";
        if self.lexicon.criterion(text).is_some() && !(of_person && mark(value, self.lexicon) == Mark::Words) {
            self.criterion_row(text, std::slice::from_ref(value));
        } else if let Some((owner, number)) =
            self.lexicon.owner(text).filter(|_| self.section != "criteria" && self.section != "consent")
        {
            if !value.is_blank(self.lexicon) && super::people::is_member_owner(&owner) {
                if !self.is_people_section() {
                    self.enter("members");
                }
                self.open_person(Some(owner), number);
                self.push_field("full_name", value);
            }
        } else if self.section == "criteria" && self.lexicon.criterion(&value.text()).is_some() {
            let subject = Subject::Named(Slot::of_text(text, value));
            self.criteria_list(&subject, value);
        } else if self.asks_who_writes(text) {
            self.enter("referrer");
            self.answer("referrer_name", text, value);
        } else if self.is_place(text, &said) {
            self.answer("place", text, value);
            self.narrative(value);
        } else if self.section == "assessment" && self.tells_of_assessment(text, value) {
        } else if self.section == "consent" && mark(value, self.lexicon) == Mark::Words {
            // `How was it given?` and `Mother agreed on the telephone` beside it.
            self.form.agreement.push(value.clone());
        } else if !matches!(self.section.as_str(), "consent" | "referrer" | "instructions" | "official") {
            self.narrative(&self.with_name(text, value));
        }
    }

    /// `Where: Ivy Bank, Millom LA18 4ZW`: whatever the label is called, a house and its postcode.
    pub(super) fn is_place(&self, text: &str, said: &str) -> bool {
        let of_others = ["organisation_words", "school_words", "places_of_work", "far_kin", "homes_left"];
        let family = !matches!(
            self.section.as_str(),
            "referrer" | "agencies" | "official" | "instructions" | "elsewhere" | "consent" | "assessment"
        );
        family
            && word_count(text) <= 5
            && (2..=14).contains(&word_count(said))
            && !said.ends_with('.')
            && !["dob", "d.o.b", "born"].iter().any(|word| super::text::has_phrase(&fold(said), word))
            && !matches!(fold(text).as_str(), "re" | "ref" | "subject" | "regarding" | "nomination" | "from" | "to")
            && super::postcode::postcode(said).is_some_and(|(_, street)| !street.is_empty())
            && of_others
                .iter()
                .all(|list| self.lexicon.mentions(list, text).is_none() && self.lexicon.mentions(list, said).is_none())
    }
}

/// Whether the field is answered by a box as well as by words.
pub(super) fn is_question(field: &str) -> bool {
    matches!(field, "consent" | "assessment_eha" | "assessment_statutory" | "gender")
}

/// Labels that, among criteria, name a theme rather than ask for a school or a plan.
pub(super) fn is_weak_among_criteria(field: &str) -> bool {
    matches!(field, "school" | "ignored" | "narrative" | "assessment_statutory")
}
