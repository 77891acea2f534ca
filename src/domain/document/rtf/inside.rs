//! HTML that Outlook wrapped in RTF ([MS-OXRTFEX]): its tags stand in groups of their own, its words as words.

use super::tokens::{Token, tokens};
use crate::domain::document::text::code_page;

/// Groups in groups.
const DEPTH_MAX: usize = 400;

/// The HTML wrapped in `rtf`; `None` when none is.
#[must_use]
pub fn html_inside(rtf: &[u8], chars_max: usize) -> Option<String> {
    if !rtf[..rtf.len().min(2_000)].windows(9).any(|window| window == b"\\fromhtml") {
        return None;
    }
    let mut unwrapping = Unwrapping::new();
    for token in tokens(rtf) {
        unwrapping.token(token)?;
        if unwrapping.out.len() > chars_max {
            break;
        }
    }
    unwrapping.end_bytes();
    Some(unwrapping.out)
}

#[derive(Clone, Copy, Default)]
struct Group {
    /// Words here are of no concern: fonts, colours, what is only for RTF.
    silent: bool,
    /// `\*` was the last word.
    ignorable: bool,
    /// Inside `\htmlrtf`: the same once more, for readers of RTF.
    twice: bool,
    /// Inside a group of a tag: what is written is HTML.
    tag: bool,
    fallback_letters: usize,
}

struct Unwrapping {
    groups: Vec<Group>,
    encoding: &'static encoding_rs::Encoding,
    bytes: Vec<u8>,
    skip_letters: usize,
    high_half: Option<u16>,
    out: String,
}

impl Unwrapping {
    fn new() -> Self {
        Self {
            groups: vec![Group { fallback_letters: 1, ..Group::default() }],
            encoding: encoding_rs::WINDOWS_1252,
            bytes: Vec::new(),
            skip_letters: 0,
            high_half: None,
            out: String::new(),
        }
    }

    fn group(&mut self) -> &mut Group {
        self.groups.last_mut().expect("the outermost group stays")
    }

    /// `None` when groups nest too deeply to be honest.
    fn token(&mut self, token: Token<'_>) -> Option<()> {
        if let Token::Byte(byte) = token {
            if self.skip_letters > 0 {
                self.skip_letters -= 1;
            } else if self.is_heard() {
                self.bytes.push(byte);
            }
            return Some(());
        }
        self.end_bytes();
        match token {
            Token::Open => {
                if self.groups.len() >= DEPTH_MAX {
                    return None;
                }
                let inner = *self.group();
                self.groups.push(Group { ignorable: false, ..inner });
            }
            Token::Close => {
                if self.groups.len() > 1 {
                    self.groups.pop();
                }
            }
            Token::Symbol(b'*') => self.group().ignorable = true,
            Token::Symbol(b'~') => self.say("&nbsp;"),
            Token::Symbol(b'_') => self.say("\u{2011}"),
            Token::Symbol(symbol @ (b'\\' | b'{' | b'}')) => self.say(char::from(symbol).encode_utf8(&mut [0; 4])),
            Token::Word(word, number) => self.word(word, number),
            Token::Symbol(_) | Token::Byte(_) => {}
        }
        Some(())
    }

    fn word(&mut self, word: &str, number: Option<i32>) {
        let ignorable = std::mem::take(&mut self.group().ignorable);
        match word {
            "htmltag" if ignorable => {
                let group = self.group();
                (group.tag, group.silent) = (true, false);
            }
            "htmlrtf" => self.group().twice = number != Some(0),
            "fonttbl" | "colortbl" | "stylesheet" | "info" | "pict" | "pntext" => self.group().silent = true,
            _ if ignorable => self.group().silent = true,
            "ansicpg" => self.encoding = code_page(number.and_then(|number| u32::try_from(number).ok()).unwrap_or(1252)),
            "uc" => self.group().fallback_letters = number.and_then(|number| usize::try_from(number).ok()).unwrap_or(1).min(8),
            "u" => self.unit(number.unwrap_or(0)),
            "par" | "line" => self.say("\r\n"),
            "tab" => self.say("\t"),
            "lquote" => self.say("&lsquo;"),
            "rquote" => self.say("&rsquo;"),
            "ldblquote" => self.say("&ldquo;"),
            "rdblquote" => self.say("&rdquo;"),
            "bullet" => self.say("&bull;"),
            "endash" => self.say("&ndash;"),
            "emdash" => self.say("&mdash;"),
            _ => {}
        }
    }

    fn unit(&mut self, number: i32) {
        self.skip_letters = self.group().fallback_letters;
        let [low, high, ..] = number.to_le_bytes();
        let unit = u16::from_le_bytes([low, high]);
        let text = match (self.high_half.take(), unit) {
            (_, 0xd800..=0xdbff) => {
                self.high_half = Some(unit);
                return;
            }
            (Some(high), 0xdc00..=0xdfff) => String::from_utf16_lossy(&[high, unit]),
            _ => String::from_utf16_lossy(&[unit]),
        };
        self.say(&text);
    }

    fn is_heard(&mut self) -> bool {
        let group = self.group();
        !group.silent && (group.tag || !group.twice)
    }

    fn say(&mut self, text: &str) {
        if self.is_heard() {
            self.out.push_str(text);
        }
    }

    fn end_bytes(&mut self) {
        let bytes = std::mem::take(&mut self.bytes);
        self.out.push_str(&self.encoding.decode_without_bom_handling(&bytes).0);
    }
}

#[cfg(test)]
mod tests {
    use super::html_inside;

    #[test]
    fn tags_and_words_come_out_once_and_what_is_for_rtf_alone_does_not() {
        let rtf = br"{\rtf1\ansi\ansicpg1252\fromhtml1 \deff0{\fonttbl{\f0 Arial;}}\uc1\pard {\*\htmltag64 <p>}\htmlrtf {\b \htmlrtf0 caf\'e9 \u8211? \{x\}{\*\htmltag84 &nbsp;}\htmlrtf \'a0}\htmlrtf0 {\*\htmltag72 </p>}{\*\mhtmltag72 no}\par}";
        assert_eq!(html_inside(rtf, 1_000).as_deref(), Some("<p>caf\u{e9} \u{2013} {x}&nbsp;</p>\r\n"));
        assert_eq!(html_inside(br"{\rtf1\ansi plain}", 1_000), None);
        assert_eq!(html_inside(&[br"{\rtf1\fromhtml1 ".to_vec(), b"{".repeat(100_000)].concat(), 1_000), None);
    }
}
