//! How runs and paragraphs are set: what the property pages of the file say at a place ([MS-DOC] 2.9, 2.6).

use super::Word;
use super::bytes::Bytes;
use crate::domain::document::Style;
use crate::domain::document::edges::CellShape;

const PAGE_BYTES: usize = 512;
/// Property pages looked at.
const PAGES_MAX: usize = 20_000;

/// A property: its code and its operand.
pub type Property<'a> = (u16, &'a [u8]);

/// Stretches of the file, each with its list of properties.
#[derive(Default)]
pub struct Stretches<'a> {
    /// From, to (not included), and the list; sorted by place.
    list: Vec<(u32, u32, &'a [u8])>,
}

impl<'a> Stretches<'a> {
    /// The properties of runs of letters.
    pub fn of_runs(word: &Word<'a>) -> Self {
        Self::read(word, 12, |page, count, index| {
            let offset = usize::from(page.u8(4 * (count + 1) + index)?) * 2;
            if offset == 0 {
                return Some(&[]);
            }
            page.slice(offset + 1, usize::from(page.u8(offset)?))
        })
    }

    /// The properties of paragraphs, without their style.
    pub fn of_paragraphs(word: &Word<'a>) -> Self {
        Self::read(word, 13, |page, count, index| {
            let offset = usize::from(page.u8(4 * (count + 1) + 13 * index)?) * 2;
            if offset == 0 {
                return Some(&[]);
            }
            let (start, length) = match usize::from(page.u8(offset)?) {
                0 => (offset + 2, 2 * usize::from(page.u8(offset + 1)?)),
                halves => (offset + 1, 2 * halves - 1),
            };
            page.slice(start + 2, length.saturating_sub(2))
        })
    }

    fn read(word: &Word<'a>, part: usize, list_of: impl Fn(Bytes<'a>, usize, usize) -> Option<&'a [u8]>) -> Self {
        let index = word.part(part);
        let pages = index.0.len().saturating_sub(4) / 8;
        let mut list = Vec::new();
        for number in (0..pages.min(PAGES_MAX)).filter_map(|page| index.u32(4 * (pages + 1) + 4 * page)) {
            let Some(page) = word.main.slice((number & 0x3f_ffff) as usize * PAGE_BYTES, PAGE_BYTES).map(Bytes) else { continue };
            let count = usize::from(page.0[PAGE_BYTES - 1]);
            for index in 0..count {
                if let (Some(from), Some(to)) = (page.u32(4 * index), page.u32(4 * index + 4)) {
                    list.push((from, to, list_of(page, count, index).unwrap_or_default()));
                }
            }
        }
        list.sort_by_key(|(from, ..)| *from);
        Self { list }
    }

    /// The list at a place of the file, and where the stretch ends.
    pub fn at(&self, place: u32) -> Option<(&'a [u8], u32)> {
        let index = self.list.partition_point(|(from, ..)| *from <= place).checked_sub(1)?;
        let (_, to, list) = self.list[index];
        (place < to).then_some((list, to))
    }
}

/// The properties of a list.
pub fn properties(list: &[u8]) -> impl Iterator<Item = Property<'_>> {
    let mut rest = Bytes(list);
    std::iter::from_fn(move || {
        let code = rest.u16(0)?;
        let (skip, length) = match (code, code >> 13) {
            (0xd608, _) => (2, usize::from(rest.u16(2)?).saturating_sub(1)),
            (0xc615, _) => (1, changed_tabs(rest)?),
            (_, 0 | 1) => (0, 1),
            (_, 2 | 4 | 5) => (0, 2),
            (_, 3) => (0, 4),
            (_, 7) => (0, 3),
            _ => (1, usize::from(rest.u8(2)?)),
        };
        let operand = rest.slice(2 + skip, length)?;
        rest = Bytes(&rest.0[2 + skip + length..]);
        Some((code, operand))
    })
}

/// The length of a change of tabs, which may be longer than its one byte of length can say.
fn changed_tabs(rest: Bytes<'_>) -> Option<usize> {
    match rest.u8(2)? {
        255 => {
            let deleted = usize::from(rest.u8(3)?);
            let added = usize::from(rest.u8(4 + 4 * deleted)?);
            Some(2 + 4 * deleted + 3 * added)
        }
        length => Some(usize::from(length)),
    }
}

/// What matters of a run.
#[derive(Debug, Default, Clone, Copy, PartialEq)]
pub struct Run {
    /// How it is set off.
    pub style: Style,
    /// Hidden, or deleted with changes tracked.
    pub gone: bool,
    /// Font and code of a symbol that stands for the letter.
    pub symbol: Option<(u16, u16)>,
    /// Where in the data stream the letter's object or form field is.
    pub object: Option<u32>,
}

/// What a list of properties says of a run.
pub fn run(list: &[u8]) -> Run {
    let mut run = Run::default();
    for (code, operand) in properties(list) {
        let operand = Bytes(operand);
        // 0 off, 1 on, 128 as the style has it, 129 the contrary; styles of forms set none of these.
        let on = matches!(operand.u8(0), Some(1 | 129));
        match code {
            0x0800 | 0x083c => run.gone |= on,
            0x0835 => run.style.bold = on,
            0x0837 | 0x2a53 => run.style.struck |= on,
            0x2a3e => run.style.underlined = operand.u8(0).is_some_and(|kind| kind != 0),
            0x2a0c => run.style.highlighted = operand.u8(0).is_some_and(|colour| colour != 0),
            0x6a09 => run.symbol = operand.u16(0).zip(operand.u16(2)),
            0x6a03 => run.object = operand.u32(0),
            _ => {}
        }
    }
    run
}

/// What matters of a paragraph.
#[derive(Debug, Default, Clone, PartialEq)]
pub struct Paragraph {
    /// Tables it stands in.
    pub depth: u32,
    /// It ends a row of the outermost table.
    pub ends_row: bool,
    /// It ends a cell, or a row, of a table inside a table.
    pub ends_inner_cell: bool,
    /// It ends a row of an inner table.
    pub ends_inner_row: bool,
    /// Of the end of a row: the edges of its cells from left to right, and how each is merged.
    pub cells: Vec<CellShape>,
}

/// What the list of properties of a paragraph says; a list too long for its page is in the data stream.
pub fn paragraph(list: &[u8], data: Bytes<'_>) -> Paragraph {
    let mut found = Paragraph::default();
    gather(list, data, true, &mut found);
    found
}

fn gather(list: &[u8], data: Bytes<'_>, first: bool, found: &mut Paragraph) {
    for (code, operand) in properties(list) {
        let operand = Bytes(operand);
        let on = operand.u8(0).is_some_and(|value| value != 0);
        match code {
            0x2416 if on => found.depth = found.depth.max(1),
            0x2417 => found.ends_row = on,
            0x244b => found.ends_inner_cell = on,
            0x244c => found.ends_inner_row = on,
            0x6649 => found.depth = operand.u32(0).unwrap_or(0).min(20),
            0xd608 => found.cells = shapes(operand),
            0x6646 | 0x6645 if first => {
                let at = operand.u32(0).unwrap_or(u32::MAX) as usize;
                let longer = data.u16(at).and_then(|length| data.slice(at + 2, usize::from(length)));
                gather(longer.unwrap_or_default(), data, false, found);
            }
            _ => {}
        }
    }
}

/// The cells of a row from its definition: a count, one edge more, then twenty bytes for each cell.
fn shapes(definition: Bytes<'_>) -> Vec<CellShape> {
    let count = usize::from(definition.u8(0).unwrap_or(0)).min(64);
    let edge = |index: usize| definition.i16(1 + 2 * index);
    let flags = |index: usize| definition.u16(1 + 2 * (count + 1) + 20 * index).unwrap_or(0);
    let shape = |index: usize| {
        let merged = flags(index);
        Some(CellShape {
            left: edge(index)?,
            right: edge(index + 1)?,
            goes_on_left: merged & 0x0003 == 0x0002,
            goes_on_above: merged & 0x0060 == 0x0020,
        })
    };
    (0..count).map_while(shape).collect()
}
