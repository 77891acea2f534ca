//! Printing for people: aligned tables without borders, colour only on a terminal, and never a control character of a mail.

use std::io::{IsTerminal, Write};

use crate::domain::time::Date;

/// A meaning that may have a colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// As it is.
    Plain,
    /// A heading, a reference.
    Strong,
    /// Beside the point.
    Faint,
    /// As it should be.
    Good,
    /// Look at this.
    Warning,
    /// Wrong.
    Bad,
}

/// Whether to colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Paint(bool);

impl Paint {
    /// Never colours.
    pub const NONE: Self = Self(false);

    /// Colours when standard output is a terminal and `NO_COLOR` is not set.
    #[must_use]
    pub fn for_stdout() -> Self {
        Self::choose(std::io::stdout().is_terminal(), std::env::var_os("NO_COLOR").as_deref())
    }
    /// The rule itself: `NO_COLOR` counts when it holds anything.
    #[must_use]
    pub fn choose(terminal: bool, no_color: Option<&std::ffi::OsStr>) -> Self {
        Self(terminal && no_color.is_none_or(|text| text.is_empty()))
    }
    /// `text` in the colour of `tone`.
    #[must_use]
    pub fn tint(self, tone: Tone, text: &str) -> String {
        let code = match tone {
            Tone::Plain => return text.to_owned(),
            Tone::Strong => "1",
            Tone::Faint => "2",
            Tone::Good => "32",
            Tone::Warning => "33",
            Tone::Bad => "31",
        };
        if self.0 { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }
}

/// `text` on one line and harmless to a terminal: what controls it, or turns its direction, becomes `�`.
#[must_use]
pub fn harmless(text: &str) -> String {
    let mut harmless = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' | '\r' | '\t' => harmless.push(' '),
            c if c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}') => {
                harmless.push('�');
            }
            c => harmless.push(c),
        }
    }
    harmless
}

/// A table: the first row is the heading. Cells are made [`harmless`].
#[derive(Debug, Clone, Default)]
pub struct Table {
    heading: Vec<String>,
    rows: Vec<Vec<(String, Tone)>>,
}

impl Table {
    /// A table with these columns. Empty headings give a table without a heading row.
    #[must_use]
    pub fn new(heading: &[&str]) -> Self {
        Self { heading: heading.iter().map(|text| (*text).to_owned()).collect(), rows: Vec::new() }
    }
    /// Adds a row of plain cells.
    pub fn row<T: AsRef<str>>(&mut self, cells: impl IntoIterator<Item = T>) {
        self.toned(cells.into_iter().map(|cell| (cell, Tone::Plain)));
    }
    /// Adds a row whose cells have tones.
    pub fn toned<T: AsRef<str>>(&mut self, cells: impl IntoIterator<Item = (T, Tone)>) {
        self.rows.push(cells.into_iter().map(|(cell, tone)| (harmless(cell.as_ref()), tone)).collect());
    }
    /// Has it no rows?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }
    /// As text, two spaces between columns, nothing behind the last, one line a row.
    #[must_use]
    pub fn text(&self, paint: Paint) -> String {
        let heading: Vec<(String, Tone)> = self.heading.iter().map(|text| (text.clone(), Tone::Faint)).collect();
        let named = self.heading.iter().any(|text| !text.is_empty());
        let rows: Vec<&Vec<(String, Tone)>> = named.then_some(&heading).into_iter().chain(&self.rows).collect();
        let columns = rows.iter().map(|row| row.len()).max().unwrap_or_default();
        let width = |column: usize| {
            rows.iter().filter_map(|row| row.get(column)).map(|(cell, _)| cell.chars().count()).max().unwrap_or_default()
        };
        let widths: Vec<usize> = (0..columns).map(width).collect();
        let mut text = String::new();
        for row in rows {
            let last = row.iter().rposition(|(cell, _)| !cell.is_empty()).map_or(0, |index| index + 1);
            for (index, (cell, tone)) in row[..last].iter().enumerate() {
                text.push_str(&paint.tint(*tone, cell));
                if index + 1 < last {
                    text.extend(std::iter::repeat_n(' ', widths[index] - cell.chars().count() + 2));
                }
            }
            text.push('\n');
        }
        text
    }
}

/// `Thu 26 Nov 2026`.
#[must_use]
pub fn day(date: Date) -> String {
    date.strftime("%a %-d %b %Y").to_string()
}

/// `1 case`, `2 cases`, `2 mailboxes`, `2 people`: `noun` in the plural when there is not exactly one.
#[must_use]
pub fn count(number: usize, noun: &str) -> String {
    match noun {
        _ if number == 1 => format!("1 {noun}"),
        "person" => format!("{number} people"),
        _ if noun.ends_with('x') => format!("{number} {noun}es"),
        _ => format!("{number} {noun}s"),
    }
}

/// Who sits at the terminal, by the name of the machine's account, for the record of looks at personal data.
#[must_use]
pub fn user() -> String {
    std::env::var("SUDO_USER").or_else(|_| std::env::var("USER")).unwrap_or_else(|_| "unknown".to_owned())
}

/// Prints `text` on standard output. A reader that has gone away (`| head`) is no error.
///
/// # Errors
/// When standard output cannot be written for any other reason.
pub fn out(text: &str) -> std::io::Result<()> {
    let mut stdout = std::io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}

/// Prints `text` as a line of its own, as [`out`] does.
///
/// # Errors
/// As [`out`].
pub fn line(text: &str) -> std::io::Result<()> {
    out(&format!("{text}\n"))
}

/// Prints `value` as one JSON value, indented, on standard output.
///
/// # Errors
/// When it cannot be written, or `value` has a map whose keys are no texts.
pub fn json(value: &impl serde::Serialize) -> std::io::Result<()> {
    let mut text = serde_json::to_string_pretty(value).map_err(std::io::Error::other)?;
    text.push('\n');
    out(&text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_aligned_and_has_nothing_behind_its_lines() {
        let mut table = Table::new(&["reference", "stage", "next"]);
        table.row(["FF-2026-7142", "Triage", ""]);
        table.row(["FF-2026-11", "Waiting for information", "Thu 26 Nov 2026"]);
        assert_eq!(
            table.text(Paint::NONE),
            "reference     stage                    next\nFF-2026-7142  Triage\nFF-2026-11    Waiting for information  Thu 26 Nov 2026\n"
        );
    }

    #[test]
    fn what_a_mail_says_never_steers_the_terminal() {
        let mut table = Table::new(&[]);
        table.row(["\x1b[2Jgone\u{202e}\nnext\u{7}"]);
        assert_eq!(table.text(Paint::choose(true, None)), "�[2Jgone� next�\n");
    }

    #[test]
    fn colour_needs_a_terminal_and_no_wish_against_it() {
        let tint = |terminal, wish: Option<&str>| Paint::choose(terminal, wish.map(std::ffi::OsStr::new)).tint(Tone::Bad, "x");
        assert_eq!(tint(true, None), "\x1b[31mx\x1b[0m");
        assert_eq!(tint(true, Some("")), "\x1b[31mx\x1b[0m");
        assert_eq!(tint(true, Some("1")), "x");
        assert_eq!(tint(false, None), "x");
    }

    #[test]
    fn a_number_and_its_noun_agree() {
        for (number, noun, text) in [(1, "mail", "1 mail"), (0, "mail", "0 mails"), (2, "mailbox", "2 mailboxes")] {
            assert_eq!(count(number, noun), text);
        }
        assert_eq!((count(1, "person"), count(3, "person")), ("1 person".to_owned(), "3 people".to_owned()));
    }

    #[test]
    fn a_day_is_written_as_people_say_it() {
        assert_eq!(day(jiff::civil::date(2026, 11, 26)), "Thu 26 Nov 2026");
    }
}
