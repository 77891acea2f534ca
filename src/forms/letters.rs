//! How wide letters are in Helvetica, and lines that fit a width.

/// Widths of the letters from the blank to `~`, in thousandths of the size: the published metrics of Helvetica.
const REGULAR: [u16; 95] = [
    278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556, 556, 556, 556, 556, 556,
    556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833, 722, 778, 667, 778,
    722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556, 333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222,
    500, 222, 833, 556, 556, 556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584,
];
/// The same of Helvetica Bold.
const BOLD: [u16; 95] = [
    278, 333, 474, 556, 556, 889, 722, 238, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556, 556, 556, 556, 556, 556,
    556, 333, 333, 584, 584, 584, 611, 975, 722, 722, 722, 722, 667, 611, 778, 722, 278, 556, 722, 611, 833, 722, 778, 667, 778,
    722, 667, 611, 722, 667, 944, 667, 667, 611, 333, 278, 333, 584, 556, 333, 556, 611, 556, 611, 556, 333, 611, 611, 278, 278,
    556, 278, 889, 611, 611, 611, 611, 389, 556, 333, 611, 556, 778, 556, 556, 500, 389, 280, 389, 584,
];

/// Width of `text` in points at `size`. Letters beyond ASCII count as an `n`.
pub fn width(text: &str, size: f32, bold: bool) -> f32 {
    let table = if bold { &BOLD } else { &REGULAR };
    let one = |letter: char| {
        let index = u32::from(letter).checked_sub(32).and_then(|index| usize::try_from(index).ok());
        f32::from(index.and_then(|index| table.get(index)).copied().unwrap_or(556))
    };
    text.chars().map(one).sum::<f32>() * size / 1000.0
}

/// `text` in lines that fit `width`; a word longer than a line gets one of its own.
pub fn lines(text: &str, size: f32, bold: bool, room: f32) -> Vec<String> {
    let mut lines = Vec::new();
    for paragraph in text.lines() {
        let mut line = String::new();
        for word in paragraph.split_whitespace() {
            if !line.is_empty() && width(&format!("{line} {word}"), size, bold) > room {
                lines.push(std::mem::take(&mut line));
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
        lines.push(line);
    }
    lines
}

/// The bytes of the fonts' encoding (WinAnsi). A letter it does not have is drawn as a question mark; the value beside keeps it.
pub fn win_ansi(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut letter = [0; 4];
    for one in text.chars() {
        if one.is_ascii() {
            bytes.push(one as u8);
            continue;
        }
        let (encoded, _, unknown) = encoding_rs::WINDOWS_1252.encode(one.encode_utf8(&mut letter));
        if unknown { bytes.push(b'?') } else { bytes.extend_from_slice(&encoded) }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_fit_and_no_word_is_lost() {
        let text = "Please talk with the family first, and fill this form in together if you can.";
        let lines = lines(text, 9.0, false, 120.0);
        assert!(lines.len() > 2 && lines.iter().all(|line| width(line, 9.0, false) <= 120.0), "{lines:?}");
        assert_eq!(lines.join(" "), text);
    }

    #[test]
    fn a_letter_the_font_does_not_have_is_a_question_mark() {
        assert_eq!(win_ansi("é ř"), b"\xe9 ?");
    }
}
