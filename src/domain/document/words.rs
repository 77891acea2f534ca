//! Text as it is kept: blanks folded, invisible and dangerous characters out, tick glyphs told from words.
//!
//! Every carrier passes its text through here, so that later rooms meet one spelling of a blank and one of a box.

use super::{Inline, Style, Tick};

/// Combining marks kept on one letter; more are a prank or an attack on whoever draws them.
const COMBINING_RUN_MAX: usize = 8;

/// Characters that draw nothing, or only steer how others are drawn.
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}'..='\u{2064}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

fn is_direction_override(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn is_combining(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}' | '\u{20d0}'..='\u{20ff}' | '\u{fe20}'..='\u{fe2f}')
}

/// A wide gap inside a line: on printed and typed forms it stands between a value and the next label.
pub const GAP: char = '\u{2003}';

/// `text` with every run of white space as one blank, or one [`GAP`] where one stood in it, without controls and invisible characters.
/// A blank at either end is kept as one blank: it separates pieces of a line.
#[must_use]
pub fn folded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut blank = None;
    let mut combining = 0;
    for c in text.chars() {
        if c.is_whitespace() || c == '\u{1f}' {
            blank = if c == GAP { Some(GAP) } else { blank.or(Some(' ')) };
            continue;
        }
        if c.is_control() || is_invisible(c) || is_direction_override(c) {
            continue;
        }
        combining = if is_combining(c) { combining + 1 } else { 0 };
        if combining > COMBINING_RUN_MAX {
            continue;
        }
        out.extend(blank.take());
        out.push(c);
    }
    out.extend(blank);
    out
}

/// A name of a file, a person or a subject for showing: one line, no controls, direction overrides written out
/// (`⟦U+202E⟧`) so that `exe.fdp` cannot pose as `pdf.exe`, at most `chars_max` characters.
#[must_use]
pub fn shown_name(text: &str, chars_max: usize) -> String {
    let mut visible = String::with_capacity(text.len().min(4 * chars_max));
    for c in text.chars().take(chars_max) {
        if is_direction_override(c) {
            visible.push_str(&format!("⟦U+{:04X}⟧", c as u32));
        } else {
            visible.push(c);
        }
    }
    folded(&visible).trim().to_owned()
}

/// What a glyph says if it is a tick box. Bare crosses (✗) stay words: beside ✓ they mean *no*.
#[must_use]
pub fn tick_of_glyph(c: char) -> Option<Tick> {
    match c {
        '☑' | '☒' | '✓' | '✔' | '✅' | '⊠' | '🗹' | '🗸' | '🗷' | '🗵' | '🗶' | '⮽' | '⮾' | '⌧' => {
            Some(Tick::Marked)
        }
        '☐' | '□' | '▢' | '❏' | '❐' | '❑' | '❒' | '⬜' | '◻' | '◽' | '⎕' | '🞎' | '🞏' => {
            Some(Tick::Empty)
        }
        // Wingdings through the private use area, as Word and its PDFs write them.
        '\u{f0fe}' | '\u{f0fd}' | '\u{f0fc}' | '\u{f078}' => Some(Tick::Marked),
        '\u{f0a8}' | '\u{f06f}' | '\u{f071}' | '\u{f072}' | '\u{f0a3}' => Some(Tick::Empty),
        _ => None,
    }
}

/// What a character of a symbol font draws: a tick, or the nearest ordinary character.
#[must_use]
pub fn symbol(font: &str, code: u32) -> Inline {
    let low = code & 0xff;
    let font = font.to_ascii_lowercase();
    let tick = match (font.as_str(), low) {
        ("wingdings 2", 0x52 | 0x53 | 0x54 | 0x50 | 0x56 | 0x57) => Some(Tick::Marked),
        ("wingdings 2", 0xa3 | 0x2a | 0x30 | 0x35) => Some(Tick::Empty),
        ("webdings", 0x61) => Some(Tick::Marked),
        ("webdings", 0x63) => Some(Tick::Empty),
        (name, 0xfe | 0xfd | 0xfc | 0x78) if name.starts_with("wingdings") => Some(Tick::Marked),
        (name, 0xa8 | 0x6f | 0x71 | 0x72) if name.starts_with("wingdings") => Some(Tick::Empty),
        _ => None,
    };
    match tick {
        Some(tick) => Inline::Tick(tick),
        None => {
            let text = match (font.starts_with("wingdings"), low) {
                (true, 0xfb) => "✗".to_owned(),
                (true, 0x6c | 0x6e | 0xa7 | 0x9f) => "•".to_owned(),
                (true, 0xe0) => "→".to_owned(),
                (true, _) => String::new(),
                (false, _) => char::from_u32(low).map(String::from).unwrap_or_default(),
            };
            Inline::Text { text, style: Style::default() }
        }
    }
}

/// Appends `text` to `pieces`, glyph ticks told apart; `written` also takes `[x]`, `[ ]`, `(x)`, `( )` as boxes.
pub fn append(pieces: &mut Vec<Inline>, text: &str, style: Style, written: bool) {
    let mut rest = String::with_capacity(text.len());
    let mut chars = text.char_indices();
    let mut before = ' ';
    while let Some((at, c)) = chars.next() {
        let written_here = written && !before.is_alphanumeric();
        before = c;
        let found =
            tick_of_glyph(c).map(|tick| (tick, 0)).or_else(|| if written_here { written_tick(&text[at..]) } else { None });
        match found {
            Some((tick, more)) => {
                append_words(pieces, &std::mem::take(&mut rest), style);
                pieces.push(Inline::Tick(tick));
                for _ in 0..more {
                    chars.next();
                }
                // A variation selector belongs to the glyph before it.
                if text[at + c.len_utf8()..].starts_with(['\u{fe0e}', '\u{fe0f}']) {
                    chars.next();
                }
            }
            // Bullets of Symbol and Wingdings.
            None if matches!(c, '\u{f0b7}' | '\u{f0a7}' | '\u{f076}' | '\u{f0d8}') => rest.push('•'),
            None => rest.push(c),
        }
    }
    append_words(pieces, &rest, style);
}

/// `[x]` and kin at the very start of `text`: the tick, and how many characters follow the first.
fn written_tick(text: &str) -> Option<(Tick, usize)> {
    let mut chars = text.chars();
    let close = match chars.next()? {
        '[' => ']',
        '(' => ')',
        _ => return None,
    };
    let inner: Vec<char> = chars.by_ref().take(4).take_while(|c| *c != close).collect();
    if !text.chars().skip(1 + inner.len()).take(1).eq([close]) {
        return None;
    }
    let marks: String = inner.iter().filter(|c| !c.is_whitespace() && **c != '_').collect();
    let tick = match marks.as_str() {
        "x" | "X" | "✗" | "✘" | "✓" | "✔" | "*" => Tick::Marked,
        "" if inner.len() <= 3 && (close == ']' || !inner.is_empty()) => Tick::Empty,
        _ => return None,
    };
    Some((tick, inner.len() + 1))
}

fn append_words(pieces: &mut Vec<Inline>, text: &str, style: Style) {
    let folded = folded(text);
    if folded.is_empty() {
        return;
    }
    if let Some(Inline::Text { text: last, style: last_style }) = pieces.last_mut() {
        // A blank more or less is nobody's style.
        if *last_style == style || folded.trim().is_empty() {
            let joined = if last.ends_with([' ', GAP]) { folded.trim_start() } else { &folded };
            last.push_str(joined);
            return;
        }
    }
    pieces.push(Inline::Text { text: folded, style });
}

/// Takes the blanks off both ends of a line and drops pieces that hold nothing.
pub fn trim(pieces: &mut Vec<Inline>) {
    if let Some(Inline::Text { text, .. }) = pieces.first_mut() {
        *text = text.trim_start().to_owned();
    }
    if let Some(Inline::Text { text, .. }) = pieces.last_mut() {
        *text = text.trim_end().to_owned();
    }
    pieces.retain(|piece| !matches!(piece, Inline::Text { text, .. } if text.is_empty()));
}

/// The form's own words in an empty field, as Word and its kin write them.
#[must_use]
pub fn is_placeholder(text: &str) -> bool {
    let lower = text.trim().trim_end_matches('.').to_lowercase();
    [
        "click or tap",
        "click here to",
        "click to enter",
        "tap here to",
        "tap to enter",
        "choose an item",
        "choose a ",
        "select an item",
        "please choose",
        "please select",
    ]
    .iter()
    .any(|start| lower.starts_with(start))
        || matches!(
            lower.as_str(),
            "enter text"
                | "enter a date"
                | "enter date"
                | "select"
                | "select one"
                | "choose"
                | "--select--"
                | "- select -"
                | "--"
                | "select..."
        )
}

/// The words of `pieces`, ticks left out; values of controls are not words of the form.
#[must_use]
pub fn words(pieces: &[Inline]) -> String {
    let mut out = String::new();
    for piece in pieces {
        if let Inline::Text { text, .. } = piece {
            out.push_str(text);
        } else if !out.ends_with(' ') {
            out.push(' ');
        }
    }
    out.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(text: &str) -> String {
        let mut pieces = Vec::new();
        append(&mut pieces, text, Style::default(), true);
        pieces
            .iter()
            .map(|piece| match piece {
                Inline::Text { text, .. } => text.clone(),
                Inline::Tick(Tick::Marked) => "<+>".to_owned(),
                Inline::Tick(Tick::Empty) => "<->".to_owned(),
                Inline::Control(_) => "<control>".to_owned(),
            })
            .collect()
    }

    #[test]
    fn boxes_of_every_spelling_become_ticks_and_words_stay_words() {
        for (written, expected) in [
            ("[x] Yes [ ] No", "<+> Yes <-> No"),
            ("(X) Yes ( ) No (x)", "<+> Yes <-> No <+>"),
            ("☒ Crime ☐ Health ✓", "<+> Crime <-> Health <+>"),
            ("☑️ done", "<+> done"),
            ("[___] empty", "<-> empty"),
            ("f(x) is [see note] () ", "f(x) is [see note] () "),
            ("Age (9) [xx] [", "Age (9) [xx] ["),
            ("\u{f0fe} yes \u{f0a8} no", "<+> yes <-> no"),
            ("✓ ✗", "<+> ✗"),
        ] {
            assert_eq!(shape(written), expected, "{written}");
        }
    }

    #[test]
    fn names_show_what_would_turn_them_round() {
        assert_eq!(shown_name("a\r\nb\u{202e}fdp.exe\0", 99), "a b⟦U+202E⟧fdp.exe");
        assert_eq!(shown_name(&"e\u{301}".repeat(3), 99), "e\u{301}e\u{301}e\u{301}");
        assert!(folded(&format!("e{}", "\u{301}".repeat(100_000))).len() < 40);
    }
}
