//! Long thin runs of ink: the ruling lines of tables, and underlines.

use super::bitmap::Bitmap;
use super::picture::Area;

/// Runs kept of one page.
const RUNS_MAX: usize = 60_000;

/// What was found, in pixels.
pub struct Lines {
    /// Level lines.
    pub level: Vec<Area>,
    /// Upright lines.
    pub upright: Vec<Area>,
    /// Level runs too short for a ruling line, as the edges of boxes are.
    pub short: Vec<Run>,
    /// What the lines cover, to be painted over.
    pub areas: Vec<Area>,
}

/// Ink in one row, without a break.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Run {
    /// Its row.
    pub row: usize,
    /// First column.
    pub from: usize,
    /// Column after the last.
    pub to: usize,
}

/// Sizes in pixels, from dots in an inch.
struct Sizes {
    /// A level line is no shorter.
    level_min: usize,
    /// An upright line is no shorter: taller than any letter.
    upright_min: usize,
    /// An edge of a tick box is no shorter.
    short_min: usize,
    /// No line is thicker.
    thick_max: usize,
}

/// The lines of a page.
pub fn find(bitmap: &Bitmap, dots_per_inch: f64) -> Lines {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "pixels of less than an inch")]
    let pixels = |inches: f64| (inches * dots_per_inch).round().max(1.0) as usize;
    let sizes = Sizes {
        level_min: pixels(0.3),
        upright_min: pixels(0.19),
        short_min: pixels(0.07).max(12),
        thick_max: pixels(0.045).max(3),
    };
    let mut areas = Vec::new();
    let across = runs(bitmap, sizes.short_min, sizes.thick_max);
    let (long, short): (Vec<Run>, Vec<Run>) = across.into_iter().partition(|run| run.to - run.from >= sizes.level_min);
    let mut level = Vec::new();
    for run in &long {
        level.push(Area { left: narrow(run.from), top: narrow(run.row), right: narrow(run.to), bottom: narrow(run.row) });
        covered(bitmap, *run, sizes.thick_max, &mut |area| areas.push(area));
    }
    let turned = bitmap.transposed();
    let mut upright = Vec::new();
    for run in runs(&turned, sizes.upright_min, sizes.thick_max) {
        upright.push(Area { left: narrow(run.row), top: narrow(run.from), right: narrow(run.row), bottom: narrow(run.to) });
        covered(&turned, run, sizes.thick_max, &mut |area| {
            areas.push(Area { left: area.top, top: area.left, right: area.bottom, bottom: area.right });
        });
    }
    Lines { level, upright, short, areas }
}

fn narrow(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// Runs of ink no shorter than `length_min` that are thin nearly everywhere; breaks of a hair are passed over.
fn runs(bitmap: &Bitmap, length_min: usize, thick_max: usize) -> Vec<Run> {
    let mut out = Vec::new();
    for row in 0..bitmap.height {
        if out.len() >= RUNS_MAX {
            break;
        }
        let ink = bitmap.row(row);
        let mut at = 0;
        while let Some(skip) = ink[at..].iter().position(|ink| *ink) {
            let from = at + skip;
            let to = end_of_run(ink, from);
            at = to;
            let run = Run { row, from, to };
            if to - from >= length_min && is_thin(bitmap, run, thick_max) {
                out.push(run);
            }
        }
    }
    out
}

/// The column after the run that begins at `from`; breaks of up to two pixels belong to it.
fn end_of_run(ink: &[bool], from: usize) -> usize {
    let mut last = from;
    for (step, ink) in ink[from..].iter().enumerate() {
        if *ink {
            last = from + step;
        } else if from + step - last > 2 {
            break;
        }
    }
    last + 1
}

/// First and last row of the ink through a place, looked at no further than `far` each way.
fn extent(bitmap: &Bitmap, x: usize, row: usize, far: usize) -> (usize, usize) {
    let (mut top, mut bottom) = (row, row);
    while top > 0 && row - top < far && bitmap.at(x, top - 1) {
        top -= 1;
    }
    while bottom - row < far && bitmap.at(x, bottom + 1) {
        bottom += 1;
    }
    (top, bottom)
}

/// Through letters a row of ink meets tall stems; along a line hardly ever.
fn is_thin(bitmap: &Bitmap, run: Run, thick_max: usize) -> bool {
    let step = ((run.to - run.from) / 60).max(2);
    let (mut all, mut thin) = (0, 0);
    // At either end another line may meet this one.
    for x in (run.from + 4..run.to.saturating_sub(4)).step_by(step) {
        let (top, bottom) = extent(bitmap, x, run.row, thick_max);
        all += 1;
        thin += usize::from(bottom - top < thick_max);
    }
    thin * 100 >= all * 65
}

/// What a run covers, where it is thin: letters that touch a line stay.
fn covered(bitmap: &Bitmap, run: Run, thick_max: usize, cover: &mut impl FnMut(Area)) {
    const PIECE: usize = 4;
    for from in (run.from..run.to).step_by(PIECE) {
        let to = (from + PIECE).min(run.to);
        let reach = (from..to).map(|x| extent(bitmap, x, run.row, thick_max));
        let (top, bottom) = reach.fold((run.row, run.row), |(top, bottom), (up, down)| (top.min(up), bottom.max(down)));
        // Where another line crosses, or a letter touches, only the line itself.
        let (top, bottom) = if bottom - top < thick_max { (top, bottom) } else { (run.row, run.row) };
        cover(Area { left: narrow(from), top: narrow(top.saturating_sub(1)), right: narrow(to), bottom: narrow(bottom + 2) });
    }
}
