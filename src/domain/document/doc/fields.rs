//! Form fields: what the data stream says of a check box or a list ([MS-DOC] 2.9.78, FFData).

use super::bytes::Bytes;
use crate::domain::document::{Control, ControlValue, Place, Tick, words};

/// A form field's data at `at` of the data stream, with the text its result shows.
pub fn control(data: Bytes<'_>, at: u32, result: &str) -> Option<Control> {
    /// Bytes between the head of a picture, which this is disguised as, and its content.
    const UNDECIDED: u16 = 25;
    let at = at as usize;
    let length = data.u32(at)? as usize;
    let head = usize::from(data.u16(at + 4)?);
    let form = Bytes(data.slice(at.checked_add(head)?, length.checked_sub(head)?)?);
    if form.u32(0)? != u32::MAX {
        return None;
    }
    let bits = form.u16(4)?;
    let (kind, result_number) = (bits & 3, (bits >> 2) & 0x1f);
    let mut next = 10;
    let name = text(form, &mut next)?;
    let value = match kind {
        0 => typed(result),
        1 => {
            let chosen = if result_number == UNDECIDED { form.u16(next)? } else { result_number };
            ControlValue::Tick(if chosen == 0 { Tick::Empty } else { Tick::Marked })
        }
        _ => {
            let chosen = if result_number == UNDECIDED { form.u16(next)? } else { result_number };
            next += 2;
            chosen_of_list(form, next, usize::from(chosen))
        }
    };
    let path = if name.is_empty() { "field".to_owned() } else { format!("field {name}") };
    Some(Control { name, title: None, value, place: Place { page: 1, path, bounds: None } })
}

/// What a text field shows.
pub fn typed(result: &str) -> ControlValue {
    let folded = words::folded(result).trim().to_owned();
    if folded.is_empty() || words::is_placeholder(&folded) { ControlValue::Empty } else { ControlValue::Text(folded) }
}

/// A text with its length before and a nought behind.
fn text(form: Bytes<'_>, next: &mut usize) -> Option<String> {
    let count = usize::from(form.u16(*next)?);
    let text = form.wide(*next + 2, count)?;
    *next += 2 + 2 * count + 2;
    Some(words::folded(&text).trim().to_owned())
}

/// The chosen entry: after five texts (format, help, status, two macros) stands the list.
fn chosen_of_list(form: Bytes<'_>, mut next: usize, chosen: usize) -> ControlValue {
    let found = || -> Option<String> {
        for _ in 0..5 {
            text(form, &mut next)?;
        }
        // Two bytes a letter, a count, no more data: what every Word since 97 writes.
        if form.u16(next)? != 0xffff {
            return None;
        }
        let count = usize::from(form.u16(next + 2)?);
        next += 6;
        for index in 0..count.min(64) {
            let letters = usize::from(form.u16(next)?);
            let entry = form.wide(next + 2, letters)?;
            if index == chosen {
                return Some(words::folded(&entry).trim().to_owned());
            }
            next += 2 + 2 * letters;
        }
        None
    };
    let mut found = found;
    match found() {
        Some(entry) if !entry.is_empty() && !words::is_placeholder(&entry) => ControlValue::Choice(vec![entry]),
        _ => ControlValue::Empty,
    }
}
