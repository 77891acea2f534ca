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
    alone.map(|area| judged(bitmap, *area)).collect()
}

/// The box whose upper edge is `top`: the lowest run below that makes a square with upright edges.
fn below(bitmap: &Bitmap, top: Run, wide: f64, beginning: &HashMap<usize, Vec<Run>>) -> Option<Area> {
    let near = |a: usize, b: usize| a.abs_diff(b) <= 3;
    let bucket = top.from / 4;
    let candidates = (bucket.saturating_sub(1)..=bucket + 1).filter_map(|bucket| beginning.get(&bucket)).flatten();
    let bottoms = candidates.filter(|run| {
        #[expect(clippy::cast_precision_loss, reason = "a short distance")]
        let high = run.row.saturating_sub(top.row) as f64;
        high >= 0.75 * wide && high <= 1.3 * wide && near(run.from, top.from) && near(run.to, top.to)
    });
    let bottom = bottoms.max_by_key(|run| run.row)?;
    let upright = |x: usize| {
        let rows = top.row..bottom.row;
        let count = rows.len();
        rows.filter(|row| (x.saturating_sub(2)..=x + 2).any(|x| bitmap.at(x, *row))).count() * 100 >= count * 88
    };
    let right = top.to.max(bottom.to) - 1;
    let left = top.from.min(bottom.from);
    let narrow = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    (upright(left) && upright(right))
        .then(|| Area { left: narrow(left), top: narrow(top.row), right: narrow(right + 1), bottom: narrow(bottom.row + 1) })
}

fn judged(bitmap: &Bitmap, area: Area) -> Box {
    // The edges may be a few pixels thick.
    let inset = ((area.right - area.left) / 5).max(3);
    let (mut all, mut ink) = (0_u32, 0_u32);
    for y in area.top + inset..area.bottom.saturating_sub(inset) {
        for x in area.left + inset..area.right.saturating_sub(inset) {
            all += 1;
            ink += u32::from(bitmap.at(x as usize, y as usize));
        }
    }
    let share = f64::from(ink) / f64::from(all.max(1));
    Box { area, marked: share > EMPTY_SHARE, sure: !(EMPTY_SHARE..MARKED_SHARE).contains(&share) }
}
