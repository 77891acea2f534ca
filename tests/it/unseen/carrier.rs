//! The pieces of a form as a mail: typed into it, as an HTML mail, or as a Word file.

use super::layout::{PairStyle, Piece, Style};
use focus_family::forms::word::Word;

/// Lines of plain text.
pub fn plain(pieces: &[Piece], style: &Style) -> String {
    let mut text = String::new();
    for piece in pieces {
        match piece {
            Piece::Title(line) => text.push_str(&format!("{line}\n")),
            Piece::Heading(line) => text.push_str(&format!("\n{line}\n")),
            Piece::Text(line) => text.push_str(&format!("{line}\n")),
            Piece::Pair(label, value) => match style.pairs {
                PairStyle::Dash => text.push_str(&format!("{label} - {value}\n")),
                PairStyle::Above => text.push_str(&format!("{label}\n{value}\n")),
                PairStyle::Colon | PairStyle::Table2 | PairStyle::Table4 => text.push_str(&format!("{label}: {value}\n")),
            },
            Piece::Grid(rows, _) => {
                for row in rows {
                    text.push_str(&format!("{}\n", row.join("\t")));
                }
            }
        }
    }
    text
}

/// A page of HTML.
pub fn html(pieces: &[Piece], style: &Style) -> String {
    let mut page = String::from("<html><body>");
    for run in runs(pieces, style.pairs) {
        match run {
            Run::One(Piece::Title(line)) => page.push_str(&format!("<h1>{}</h1>\n", words(line))),
            Run::One(Piece::Heading(line)) => page.push_str(&format!("<p><b>{}</b></p>\n", words(line))),
            Run::One(Piece::Text(line)) => page.push_str(&format!("<p>{}</p>\n", words(line))),
            Run::One(Piece::Pair(label, value)) if style.pairs == PairStyle::Above => {
                page.push_str(&format!("<p>{}</p><p>{}</p>\n", words(label), words(value)));
            }
            Run::One(Piece::Pair(label, value)) => page.push_str(&format!("<p>{}: {}</p>\n", words(label), words(value))),
            Run::One(Piece::Grid(rows, headed)) => page.push_str(&table(rows, *headed)),
            Run::Pairs(rows) => page.push_str(&table(&rows, false)),
        }
    }
    page + "</body></html>"
}

fn table(rows: &[Vec<String>], headed: bool) -> String {
    let mut text = String::from("<table border=1>\n");
    for (index, row) in rows.iter().enumerate() {
        let kind = if headed && index == 0 { "th" } else { "td" };
        let cells: String = row.iter().map(|cell| format!("<{kind}>{}</{kind}>", words(cell))).collect();
        text.push_str(&format!("<tr>{cells}</tr>\n"));
    }
    text + "</table>\n"
}

fn words(text: &str) -> String {
    let mut escaped = text.replace('&', "&amp;").replace('<', "&lt;");
    for (mark, tag) in [("**", "b"), ("~~", "s")] {
        while escaped.contains(mark) {
            escaped = escaped.replacen(mark, &format!("<{tag}>"), 1).replacen(mark, &format!("</{tag}>"), 1);
        }
    }
    escaped
}

/// A Word file.
pub fn word(pieces: &[Piece], style: &Style) -> Vec<u8> {
    let mut file = Word::default();
    for run in runs(pieces, style.pairs) {
        match run {
            Run::One(Piece::Title(line)) => file.heading(1, line),
            Run::One(Piece::Heading(line)) => file.heading(2, line),
            Run::One(Piece::Text(line)) => file.paragraph(line),
            Run::One(Piece::Pair(label, value)) if style.pairs == PairStyle::Above => {
                file.paragraph(label);
                file.paragraph(value);
            }
            Run::One(Piece::Pair(label, value)) => file.paragraph(&format!("{label}: {value}")),
            Run::One(Piece::Grid(rows, headed)) => file.table(&vec![1400; rows[0].len()], *headed, rows),
            Run::Pairs(rows) => file.table(&vec![2400; rows[0].len()], false, &rows),
        }
    }
    file.bytes()
}

enum Run<'p> {
    One(&'p Piece),
    Pairs(Vec<Vec<String>>),
}

/// Pairs that stand together, as rows of a table where the style says so.
fn runs(pieces: &[Piece], style: PairStyle) -> Vec<Run<'_>> {
    let width = match style {
        PairStyle::Table2 => 2,
        PairStyle::Table4 => 4,
        PairStyle::Colon | PairStyle::Dash | PairStyle::Above => return pieces.iter().map(Run::One).collect(),
    };
    let mut runs: Vec<Run<'_>> = Vec::new();
    for piece in pieces {
        let Piece::Pair(label, value) = piece else {
            runs.push(Run::One(piece));
            continue;
        };
        match runs.last_mut() {
            Some(Run::Pairs(rows)) => match rows.last_mut() {
                Some(row) if row.len() < width => row.extend([label.clone(), value.clone()]),
                _ => rows.push(vec![label.clone(), value.clone()]),
            },
            _ => runs.push(Run::Pairs(vec![vec![label.clone(), value.clone()]])),
        }
    }
    for run in &mut runs {
        if let Run::Pairs(rows) = run {
            rows.iter_mut().for_each(|row| row.resize(width, String::new()));
        }
    }
    runs
}
