//! Tick boxes: four short lines that meet. What is inside tells whether somebody ticked.

use std::collections::HashMap;

use super::bitmap::Bitmap;
use super::lines::{Lines, Run};
use super::picture::Area;

/// Inside an empty box there is less ink than this, whatever the scanner added.
const EMPTY_SHARE: f64 = 0.055;
/// Inside a ticked box there is more.
const MARKED_SHARE: f64 = 0.11;
const BOXES_MAX: usize = 600;

/// A tick box.
#[derive(Debug, Clone, Copy)]
pub struct Box {
    /// Where it stands.
    pub area: Area,
    /// Something is drawn inside.
    pub marked: bool,
    /// Whether that is beyond doubt.
    pub sure: bool,
}

/// The tick boxes of a page. Boxes in a row that share their edges are for single letters, or cells of a table.
pub fn find(bitmap: &Bitmap, lines: &Lines, dots_per_inch: f64) -> Vec<Box> {
    let side_max = dots_per_inch * 0.3;
    // Where level runs begin, in steps of four pixels.
    let mut beginning: HashMap<usize, Vec<Run>> = HashMap::new();
    for run in &lines.short {
        beginning.entry(run.from / 4).or_default().push(*run);
    }
    let mut areas: Vec<Area> = Vec::new();
    for top in &lines.short {
        let known = |area: &Area| {
            let middle = (top.from + top.to) / 2;
            (area.left as usize..area.right as usize).contains(&middle)
                && (area.top as usize..area.bottom as usize).contains(&(top.row + 2))
        };
        #[expect(clippy::cast_precision_loss, reason = "a short run")]
        let wide = (top.to - top.from) as f64;
        if wide > side_max || areas.len() >= BOXES_MAX || areas.iter().any(known) {
            continue;
        }
        areas.extend(below(bitmap, *top, wide, &beginning));
    }
    let touches = |one: &Area, other: &Area| {
        one != other
            && one.left <= other.right + 3
            && other.left <= one.right + 3
            && one.top <= other.bottom + 3
            && other.top <= one.bottom + 3
    };
    let alone = areas.iter().filter(|area| !areas.iter().any(|other| touches(area, other)));
    alone.filter(|area| has_room(bitmap, area)).filter_map(|area| judged(bitmap, *area)).collect()
}

/// The box whose upper edge is `top`: the lowest run below that makes a square with upright edges.
fn below(bitmap: &Bitmap, top: Run, wide: f64, beginning: &HashMap<usize, Vec<Run>>) -> Option<Area> {
    let near = |a: usize, b: usize| a.abs_diff(b) <= 3;
    let bucket = top.from / 4;
    let candidates = (bucket.saturating_sub(1)..=bucket + 1).filter_map(|bucket| beginning.get(&bucket)).flatten();
    let bottoms = candidates.filter(|run| {
        #[expect(clippy::cast_precision_loss, reason = "a short distance")]
        let high = run.row.saturating_sub(top.row) as f64;
        high >= 0.83 * wide && high <= 1.2 * wide && near(run.from, top.from) && near(run.to, top.to)
    });
    let bottom = bottoms.max_by_key(|run| run.row)?;
    let upright = |x: usize| {
        let rows = top.row..bottom.row;
        let count = rows.len();
        rows.filter(|row| (x.saturating_sub(1)..=x + 1).any(|x| bitmap.at(x, *row))).count() * 100 >= count * 93
    };
    let right = top.to.max(bottom.to) - 1;
    let left = top.from.min(bottom.from);
    let narrow = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    // Round letters reach further out than their straightest rows and columns do.
    let middle = top.row + (bottom.row - top.row) / 4..bottom.row - (bottom.row - top.row) / 4;
    let columns = left + (right - left) / 4..right - (right - left) / 4;
    let (row_count, column_count) = (middle.len(), columns.len());
    let bulges = |x: usize| middle.clone().filter(|row| bitmap.at(x, *row)).count() * 100 > row_count * 45;
    let vaults = |y: usize| columns.clone().filter(|x| bitmap.at(*x, y)).count() * 100 > column_count * 45;
    let straight =
        !bulges(left.saturating_sub(2)) && !bulges(right + 2) && !vaults(top.row.saturating_sub(2)) && !vaults(bottom.row + 2);
    (upright(left) && upright(right) && straight).then(|| Area {
        left: narrow(left),
        top: narrow(top.row),
        right: narrow(right + 1),
        bottom: narrow(bottom.row + 1),
    })
}

/// Around a box is paper, but for where a tick reaches out of it; what looks like a box inside a letter has the letter around it.
fn has_room(bitmap: &Bitmap, area: &Area) -> bool {
    const AWAY: u32 = 3;
    let ring = area.grown(AWAY);
    let (mut all, mut ink) = (0_u32, 0_u32);
    let mut look = |x: u32, y: u32| {
        all += 1;
        ink += u32::from(bitmap.at(x as usize, y as usize));
    };
    for x in ring.left..ring.right {
        look(x, ring.top);
        look(x, ring.bottom - 1);
    }
    for y in ring.top..ring.bottom {
        look(ring.left, y);
        look(ring.right - 1, y);
    }
    ink * 100 <= all * 18
}

/// Whether the box is ticked; nothing when it is a letter B, whose two halves are divided by a level stroke.
fn judged(bitmap: &Bitmap, area: Area) -> Option<Box> {
    // The edges may be a few pixels thick.
    let inset = ((area.right - area.left) / 5).max(3);
    let (mut all, mut ink, mut full_rows, mut rows) = (0_u32, 0_u32, 0_u32, 0_u32);
    for y in area.top + inset..area.bottom.saturating_sub(inset) {
        let columns = area.left + inset..area.right.saturating_sub(inset);
        let wide = u32::try_from(columns.len()).unwrap_or(0);
        let here = u32::try_from(columns.filter(|x| bitmap.at(*x as usize, y as usize)).count()).unwrap_or(0);
        all += wide;
        ink += here;
        rows += 1;
        full_rows += u32::from(here * 100 >= wide * 85);
    }
    if full_rows > 0 && full_rows * 2 < rows {
        return None;
    }
    let share = f64::from(ink) / f64::from(all.max(1));
    Some(Box { area, marked: share > EMPTY_SHARE, sure: !(EMPTY_SHARE..MARKED_SHARE).contains(&share) })
}
