//! Plain text → lines. Every line of the file is a line of the document; empty ones are dropped.

use super::{Block, Inline, Limits, Line, Place, Style, words};

/// The lines of `text`, `[x]` and kin told as ticks.
#[must_use]
pub fn blocks(text: &str, limits: &Limits) -> Vec<Block> {
    let mut kept = 0;
    let mut out = Vec::new();
    let lines: Vec<&str> = text.lines().collect();
    let (mut told, mut tried) = (0, 0);
    for (index, raw) in lines.iter().enumerate() {
        kept += raw.len();
        if kept > limits.text_chars_max {
            break;
        }
        if index < told {
            continue;
        }
        if index >= tried {
            let (rows, table) = super::aligned::table(&lines[index..], index + 1);
            tried = index + rows;
            if let Some(table) = table {
                told = tried;
                out.push(Block::Table(table));
                continue;
            }
        }
        let mut pieces: Vec<Inline> = Vec::new();
        words::append(&mut pieces, &gaps_told(raw), Style::default(), true);
        words::trim(&mut pieces);
        if !pieces.is_empty() {
            out.push(Block::Line(line(pieces, index + 1)));
        }
    }
    out
}

/// `line` with each run of blanks or tabs inside it as a wide gap: it sets values and labels apart.
fn gaps_told(line: &str) -> String {
    let mut told = String::with_capacity(line.len());
    let mut run = 0;
    for character in line.trim().chars() {
        match character {
            '\t' => run += 2,
            ' ' | '\u{a0}' => run += 1,
            other => {
                match run {
                    0 => {}
                    1 => told.push(' '),
                    _ => told.push(words::GAP),
                }
                run = 0;
                told.push(other);
            }
        }
    }
    told
}

fn line(pieces: Vec<Inline>, number: usize) -> Line {
    let place = Place { page: 1, path: format!("line {number}"), bounds: None };
    Line { pieces, place, heading: false, confidence: 1.0 }
}

/// Bytes of an attached text file as text: byte-order marks first, then UTF-8, then Windows-1252.
#[must_use]
pub fn decoded(bytes: &[u8]) -> String {
    if let Some((encoding, mark)) = encoding_rs::Encoding::for_bom(bytes) {
        return encoding.decode_without_bom_handling(&bytes[mark..]).0.into_owned();
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => encoding_rs::WINDOWS_1252.decode_without_bom_handling(bytes).0.into_owned(),
    }
}

/// The encoding of a Windows code page; Windows-1252 for one that is not known.
#[must_use]
pub fn code_page(number: u32) -> &'static encoding_rs::Encoding {
    let label = match number {
        65001 => "utf-8".to_owned(),
        10000 => "macintosh".to_owned(),
        932 => "shift_jis".to_owned(),
        936 => "gbk".to_owned(),
        949 => "euc-kr".to_owned(),
        950 => "big5".to_owned(),
        20866 => "koi8-r".to_owned(),
        28591..=28606 => format!("iso-8859-{}", number - 28590),
        _ => format!("windows-{number}"),
    };
    encoding_rs::Encoding::for_label(label.as_bytes()).unwrap_or(encoding_rs::WINDOWS_1252)
}
