//! Names as they can be compared: without accents, capitals and marks; how they sound; how far two are apart.

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

/// Lower case, accents and marks levelled: `Siân O'Neill-Łuczak` is `sian oneill luczak`.
pub(super) fn levelled(text: &str) -> Vec<String> {
    let mut plain = String::with_capacity(text.len());
    for c in text.nfkd().filter(|c| !is_combining_mark(*c)) {
        match c {
            'ł' | 'Ł' => plain.push('l'),
            'ø' | 'Ø' => plain.push('o'),
            'đ' | 'Đ' | 'ð' | 'Ð' => plain.push('d'),
            'ß' => plain.push_str("ss"),
            'æ' | 'Æ' => plain.push_str("ae"),
            'œ' | 'Œ' => plain.push_str("oe"),
            'þ' | 'Þ' => plain.push_str("th"),
            'ı' => plain.push('i'),
            // These stand inside a name and part nothing.
            '\'' | '’' | '‘' | '`' | '.' => {}
            c if c.is_alphanumeric() => plain.extend(c.to_lowercase()),
            _ => plain.push(' '),
        }
    }
    plain.split_whitespace().map(str::to_owned).collect()
}

/// How a name sounds, roughly: its first letter and three figures for what follows (the Soundex of the American census, 1918).
/// `Mac` and `Mc` are one.
pub(super) fn sound(name: &str) -> String {
    let name = name.strip_prefix("mac").filter(|rest| rest.len() > 2).map_or_else(|| name.to_owned(), |rest| format!("mc{rest}"));
    let figure = |c: char| match c {
        'b' | 'f' | 'p' | 'v' => '1',
        'c' | 'g' | 'j' | 'k' | 'q' | 's' | 'x' | 'z' => '2',
        'd' | 't' => '3',
        'l' => '4',
        'm' | 'n' => '5',
        'r' => '6',
        // `h` and `w` part nothing, a vowel does.
        'h' | 'w' => 'h',
        _ => '0',
    };
    let mut sounds = String::new();
    let mut last = ' ';
    for (at, c) in name.chars().enumerate() {
        let now = figure(c);
        if at == 0 {
            // Letters that begin the same sound.
            sounds.push(match c {
                'k' | 'q' => 'c',
                'z' => 's',
                'v' => 'f',
                'y' => 'j',
                other => other,
            });
        } else if now.is_ascii_digit() && now != '0' && now != last && sounds.len() < 4 {
            sounds.push(now);
        }
        if now != 'h' {
            last = now;
        }
    }
    sounds
}

/// Two spellings a slip of the pen apart: one letter wrong, missing, too many or two exchanged; two in long names; or the same sound
/// and nearly the same letters.
pub(super) fn a_slip_apart(a: &str, b: &str) -> bool {
    let (shorter, distance) = (a.chars().count().min(b.chars().count()), strsim::osa_distance(a, b));
    match shorter {
        0..=2 => false,
        // In short names another letter is mostly another name (Ada, Ava); one that sounds the same is not (Ami, Amy).
        3 => distance <= 1 && sound(a) == sound(b),
        4..=7 => distance <= 1 || (distance == 2 && sound(a) == sound(b) && a.chars().next() == b.chars().next()),
        _ => distance <= 2,
    }
}
