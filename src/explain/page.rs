//! The same for people: every answer with its number and where it stands, what is missing or doubtful, and what would happen.

use super::answers::{Told, answers, word};
use crate::domain::document::Method;
use crate::domain::eligibility::Assessment;
use crate::domain::nomination::{Answer, Intake, MailKind, Reading, Source};
use crate::domain::workflow::programme::Routing;

/// Widths of the columns of an answer: question, answer, number, place, method, how sure. With a blank between each and two before the
/// first they make 108 letters at most.
const COLUMNS: [usize; 6] = [15, 34, 3, 37, 8, 4];
/// Width of the first column of everything else.
const HEAD: usize = 10;
/// Width of a line.
const LINE: usize = 108;

/// How much of what is about persons is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    /// Everything: whoever asks has the mail in hand.
    Whole,
    /// That there is an answer, not which: for mails of the store, where a look at the original is recorded.
    WithoutPersons,
}

/// What was understood of the mail, as a page of text for a terminal; ends with what would happen, and that nothing did.
#[must_use]
pub fn report(
    reading: &Reading,
    intake: &Intake,
    assessment: Option<&Assessment>,
    routing: Option<&Routing>,
    would: &[String],
    unproven: Option<&str>,
    detail: Detail,
) -> String {
    let names = intake.documents.iter().map(|head| head.name.as_text()).collect();
    let mut page = Page { text: String::new(), detail, names };
    page.line(
        "from",
        match (reading.message.from.first(), detail) {
            (None, _) => "nobody: a file without a mail",
            (Some(sender), Detail::Whole) => &sender.address,
            (Some(_), Detail::WithoutPersons) => "given",
        },
    );
    page.line("kind", &word(&intake.kind));
    for danger in &intake.danger {
        let place = page.place(danger);
        page.line("DANGER", &format!("a person must look now: {place}"));
    }
    for (number, head) in (1..).zip(&intake.documents) {
        let state = match (&head.problem, &head.read_by) {
            (Some(problem), _) => format!("could not be used: {}", word(problem)),
            (None, Some(method)) => format!("read by its {}", word(method)),
            (None, None) => "nothing in it was read".to_owned(),
        };
        // The name of a file is often that of a child, with the day of birth.
        let name = match detail {
            Detail::Whole => head.name.as_text().to_owned(),
            Detail::WithoutPersons => head.format.word().map_or("a file".to_owned(), |kind| format!("a file ({kind})")),
        };
        page.line("document", &format!("{number}: {name}, {}, {state}", word(&head.kind)));
    }
    if let Some(nomination) = &intake.nomination {
        page.line("people", &nomination.members.len().to_string());
        page.answers(&answers(nomination));
        if nomination.consent.is_contradicted() {
            page.line("consent", "not shown: it is answered both Yes and No, and a person asks the family");
        } else if nomination.consent.given.is_some() {
            page.line("consent", "a person must confirm it");
        }
    }
    if let Some(nomination) = &intake.nomination {
        page.kept_out("keep out", "must not know", &nomination.consent.hidden_from);
        page.kept_out("", "must not be told", &nomination.consent.excluded_agencies);
    }
    if let Some(routing) = routing {
        page.line("area", &area(routing));
    }
    if let Some(assessment) = assessment {
        page.assessment(assessment);
    }
    if intake.nomination.is_some() || intake.kind == MailKind::Nomination {
        page.list("missing", &intake.missing.iter().map(|name| missing(name)).collect::<Vec<_>>(), "nothing");
    }
    page.list("doubtful", &intake.doubts, "nothing");
    page.list("would", would, "do nothing");
    if let Some(unproven) = unproven {
        page.line("", unproven);
    }
    page.text.push_str("nothing was stored or sent\n");
    page.text
}

struct Page<'a> {
    text: String,
    detail: Detail,
    /// The documents, in the order of their numbers.
    names: Vec<&'a str>,
}

impl Page<'_> {
    /// A fact, folded at the end of the line.
    fn line(&mut self, head: &str, fact: &str) {
        for (index, part) in folded(fact, LINE - HEAD).into_iter().enumerate() {
            let head = if index == 0 { head } else { "" };
            self.text.push_str(format!("{head:<HEAD$}{part}").trim_end());
            self.text.push('\n');
        }
    }

    /// Facts of one kind, one a line, or the word for none.
    fn list(&mut self, head: &str, facts: &[String], none: &str) {
        if facts.is_empty() {
            self.line(head, none);
        }
        for (index, fact) in facts.iter().enumerate() {
            self.line(if index == 0 { head } else { "" }, fact);
        }
    }

    /// Whom the family does not want to know of it, where it says so: one a line, each with where it stands.
    fn kept_out(&mut self, head: &str, says: &str, who: &[Answer<String>]) {
        for one in who {
            let who = if self.detail == Detail::WithoutPersons { "somebody" } else { one.value.as_text() };
            let places: Vec<String> = one.sources.iter().map(|source| self.place(source)).collect();
            self.line(head, &format!("{who} {says} ({})", places.join("; ")));
        }
    }

    fn answers(&mut self, told: &[Told]) {
        self.text.push('\n');
        let heads = ["", "", "no.", "where it stands", "read as", "sure"].map(str::to_owned);
        let mut about = "";
        self.row(&heads);
        for one in told {
            if one.about != about {
                about = &one.about;
                self.text.push_str(about);
                self.text.push('\n');
            }
            self.answer(one);
        }
        self.text.push('\n');
    }

    fn answer(&mut self, one: &Told) {
        let withheld = one.of_persons && self.detail == Detail::WithoutPersons;
        let mut value = if withheld { "given".to_owned() } else { one.value.as_text().replace('\n', " / ") };
        for other in &one.others {
            value.push_str(&if withheld { ", and another".to_owned() } else { format!(" or {}", other.as_text()) });
        }
        if !one.others.is_empty() {
            value.push_str(" (a person chooses)");
        }
        let number = format!("{:>3}", one.number);
        let mut cells = [one.question.clone(), value, number, String::new(), String::new(), String::new()];
        for source in &one.sources {
            cells[3] = self.place(source);
            cells[4] = method(source.method).to_owned();
            cells[5] = format!("{:>3.0}%", source.confidence * 100.0);
            self.row(&cells);
            cells = Default::default();
        }
        if one.sources.is_empty() {
            self.row(&cells);
        }
    }

    /// `1: page 1, table 2, row 3`, the document by its number; the mail's own text has none.
    fn place(&self, source: &Source) -> String {
        let name = source.document.as_text();
        match self.names.iter().position(|known| *known == name) {
            Some(index) => format!("{}: page {}, {}", index + 1, source.page, source.place),
            None if name == "body" => format!("mail, {}", source.place),
            None if self.detail == Detail::WithoutPersons => format!("a file in it, {}", source.place),
            None => format!("{name}, {}", source.place),
        }
    }

    /// One row of columns, each folded in its own width.
    fn row(&mut self, cells: &[String; 6]) {
        let widths = [COLUMNS[0] + 2, COLUMNS[1], COLUMNS[2], COLUMNS[3], COLUMNS[4], COLUMNS[5]];
        let indent = |column: usize, part: String| if column == 0 { format!("  {part}") } else { part };
        let parts: Vec<Vec<String>> = cells
            .iter()
            .zip(COLUMNS)
            .enumerate()
            .map(|(column, (cell, width))| {
                let whole = if matches!(column, 2 | 5) { vec![cell.clone()] } else { folded(cell, width) };
                whole.into_iter().map(|part| indent(column, part)).collect()
            })
            .collect();
        for line in 0..parts.iter().map(Vec::len).max().unwrap_or(0) {
            let mut text = String::new();
            for (column, parts) in parts.iter().enumerate() {
                let part = parts.get(line).map_or("", String::as_str);
                let blank = widths[column].saturating_sub(part.chars().count());
                text.push_str(part);
                text.extend(std::iter::repeat_n(' ', blank + 1));
            }
            self.text.push_str(text.trim_end());
            self.text.push('\n');
        }
    }

    fn assessment(&mut self, assessment: &Assessment) {
        self.list("criteria", &assessment.reasons, "none");
        let grade = assessment.grade.as_str().to_uppercase().replace('_', " ");
        self.line("grade", &format!("{grade} (by {} {}); a person decides", assessment.rule_pack, assessment.rule_pack_version));
        if !assessment.would_change.is_empty() {
            self.list("change", &assessment.would_change, "");
        }
    }
}

/// Where the family lives and what shows it, or why nobody can tell yet.
fn area(routing: &Routing) -> String {
    let shown_by = match routing.decided_by.as_str() {
        "outcode" => "by its postcode",
        "post_town" => "by the town of its address",
        "person" => "a person said so",
        "split" => "its postcode begins like those of several districts",
        "outside" => "its postcode lies outside the county",
        _ => "neither its postcode nor its town shows it",
    };
    match &routing.district {
        Some(district) => format!("{district} ({shown_by})"),
        None => format!("not known, a person must decide: {shown_by}"),
    }
}

/// What the answer was there, in one word.
fn method(method: Method) -> &'static str {
    match method {
        Method::FormFields | Method::ContentControls => "field",
        Method::Table => "table",
        Method::Text => "text",
        Method::Ocr => "scan",
    }
}

/// `members[2].date_of_birth` as `date of birth of person 3`.
fn missing(name: &str) -> String {
    let of_member = name.strip_prefix("members[").and_then(|rest| rest.split_once(']'));
    if let Some((index, rest)) = of_member.and_then(|(index, rest)| Some((index.parse::<usize>().ok()?, rest))) {
        return format!("{} of person {}", rest.trim_start_matches('.').replace('_', " "), index + 1);
    }
    match name.split_once('.') {
        Some(("documents", problem)) => format!("a document that can be read ({})", problem.replace('_', " ")),
        None if name == "documents" => "a document that can be read".to_owned(),
        None if name == "attachment" => "the file the mail speaks of".to_owned(),
        Some((of, what)) => format!("{} ({of})", what.replace('_', " ")),
        None => name.replace('_', " "),
    }
}

/// `text` in lines of at most `width` letters, broken between words where it can be, and harmless to a terminal.
fn folded(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let word: Vec<char> = word.chars().filter(|letter| !letter.is_control()).collect();
        for (index, piece) in word.chunks(width).enumerate() {
            let line = lines.last_mut().expect("there is a line");
            let used = line.chars().count();
            if index == 0 && used > 0 && used + 1 + piece.len() <= width {
                line.push(' ');
                line.extend(piece);
            } else if used == 0 {
                line.extend(piece);
            } else {
                lines.push(piece.iter().collect());
            }
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_line_is_wider_than_its_column_and_no_letter_is_lost() {
        let text = "Christopher-Alexander Featherstonehaugh-Cholmondeley of the Old School House";
        let lines = folded(text, 12);
        assert!(lines.iter().all(|line| line.chars().count() <= 12), "{lines:?}");
        assert_eq!(lines.concat().replace(' ', ""), text.replace(' ', ""));
    }

    #[test]
    fn what_is_missing_is_told_in_words() {
        for (name, words) in [
            ("members[2].date_of_birth", "date of birth of person 3"),
            ("address.postcode", "postcode (address)"),
            ("consent", "consent"),
        ] {
            assert_eq!(missing(name), words);
        }
    }
}
