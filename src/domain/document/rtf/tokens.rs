//! RTF bytes → groups, control words and text bytes. Nothing is decoded here.

/// One token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Token<'a> {
    /// `{`
    Open,
    /// `}`
    Close,
    /// `\word-12 `, with its number if it has one.
    Word(&'a str, Option<i32>),
    /// `\'e9`, or a byte of text.
    Byte(u8),
    /// `\~`, `\-`, `\*` and the like.
    Symbol(u8),
}

/// The tokens of `bytes`; `\bin` data is passed over.
pub fn tokens(bytes: &[u8]) -> impl Iterator<Item = Token<'_>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            let byte = *bytes.get(at)?;
            at += 1;
            return Some(match byte {
                b'{' => Token::Open,
                b'}' => Token::Close,
                b'\r' | b'\n' | 0 => continue,
                b'\\' => match control(bytes, &mut at)? {
                    Token::Word("bin", Some(length)) => {
                        at = at.saturating_add(usize::try_from(length).unwrap_or(0));
                        continue;
                    }
                    token => token,
                },
                byte => Token::Byte(byte),
            });
        }
    })
}

fn control<'a>(bytes: &'a [u8], at: &mut usize) -> Option<Token<'a>> {
    /// No control word and no number is longer.
    const WORD_MAX: usize = 32;
    let start = *at;
    let letters = bytes[start..].iter().take(WORD_MAX).take_while(|byte| byte.is_ascii_alphabetic()).count();
    if letters == 0 {
        let symbol = *bytes.get(start)?;
        *at += 1;
        if symbol == b'\'' {
            let hex = bytes.get(start + 1..start + 3).and_then(|pair| std::str::from_utf8(pair).ok());
            let byte = hex.and_then(|hex| u8::from_str_radix(hex, 16).ok());
            *at += if byte.is_some() { 2 } else { 0 };
            return Some(Token::Byte(byte.unwrap_or(b'?')));
        }
        return Some(if matches!(symbol, b'\r' | b'\n') { Token::Word("par", None) } else { Token::Symbol(symbol) });
    }
    let word = std::str::from_utf8(&bytes[start..start + letters]).ok()?;
    let mut end = start + letters;
    let digits_from = end + usize::from(bytes.get(end) == Some(&b'-'));
    let digits = bytes[digits_from.min(bytes.len())..].iter().take(10).take_while(|byte| byte.is_ascii_digit()).count();
    let mut number = None;
    if digits > 0 {
        let text = std::str::from_utf8(&bytes[end..digits_from + digits]).ok()?;
        number = Some(text.parse::<i64>().map_or(0, |number| i32::try_from(number).unwrap_or(0)));
        end = digits_from + digits;
    }
    *at = end + usize::from(bytes.get(end) == Some(&b' '));
    Some(Token::Word(word, number))
}
