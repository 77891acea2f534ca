//! Ink or paper: each pixel against the mean of its surroundings, so that shadows and grey cells are paper.

use super::picture::Picture;

/// Ink is darker than this share of its surroundings.
const INK_SHARE: u64 = 80;
/// Degrees a page may lie askew and still be levelled.
const ASKEW_DEGREES: i32 = 6;
/// Dark pixels looked at to find how a page lies.
const SAMPLE_MAX: usize = 60_000;

/// Ink or paper.
pub struct Bitmap {
    /// Pixels in a row.
    pub width: usize,
    /// Rows.
    pub height: usize,
    ink: Vec<bool>,
}

impl Bitmap {
    /// What is ink on `picture`.
    pub fn of(picture: &Picture) -> Self {
        let (width, height) = (picture.width as usize, picture.height as usize);
        let reach = (width / 40).max(8);
        let sums = sums(picture, width, height);
        let stride = width + 1;
        let mut ink = Vec::with_capacity(width * height);
        for (y, row) in picture.pixels.chunks_exact(width.max(1)).enumerate() {
            let (top, bottom) = (y.saturating_sub(reach), (y + reach).min(height));
            let (above, below) = (&sums[top * stride..(top + 1) * stride], &sums[bottom * stride..(bottom + 1) * stride]);
            for (x, grey) in row.iter().enumerate() {
                let (left, right) = (x.saturating_sub(reach), (x + reach).min(width));
                let sum = u64::from(below[right].wrapping_sub(below[left]).wrapping_sub(above[right]).wrapping_add(above[left]));
                let count = ((right - left) * (bottom - top)) as u64;
                ink.push(*grey < 215 && u64::from(*grey) * count * 100 < sum * INK_SHARE);
            }
        }
        Self { width, height, ink }
    }

    /// The same with rows for columns.
    pub fn transposed(&self) -> Self {
        let mut ink = Vec::with_capacity(self.ink.len());
        for x in 0..self.width {
            ink.extend(self.ink[x..].iter().step_by(self.width.max(1)));
        }
        Self { width: self.height, height: self.width, ink }
    }

    /// Row `y`.
    pub fn row(&self, y: usize) -> &[bool] {
        &self.ink[y * self.width..(y + 1) * self.width]
    }

    /// Whether there is ink at a place; outside there is none.
    pub fn at(&self, x: usize, y: usize) -> bool {
        x < self.width && y < self.height && self.ink[y * self.width + x]
    }

    /// How much of the page is ink.
    pub fn ink_share(&self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "pixels of a page")]
        let share = self.ink.iter().filter(|ink| **ink).count() as f64 / self.ink.len().max(1) as f64;
        share
    }

    /// How many rows what should be level falls with each column: the tilt under which the ink gathers in fewest rows.
    pub fn slope(&self) -> f64 {
        let count = self.ink.iter().filter(|ink| **ink).count();
        let every = (count / SAMPLE_MAX).max(1);
        let mut points: Vec<(f64, f64)> = Vec::with_capacity(SAMPLE_MAX + 1);
        let mut seen = 0;
        for (y, row) in self.ink.chunks_exact(self.width.max(1)).enumerate() {
            for (x, _) in row.iter().enumerate().filter(|(_, ink)| **ink) {
                seen += 1;
                // A step that shares nothing with a grid's distances would be better; the sample is large enough.
                if seen % every == 0 {
                    #[expect(clippy::cast_precision_loss, reason = "places on a page")]
                    points.push((x as f64, y as f64));
                }
            }
        }
        if points.len() < 500 {
            return 0.0;
        }
        let mut heights = vec![0_u32; self.height + self.width + 2];
        let mut gathered = |degrees: f64| -> f64 {
            let slope = degrees.to_radians().tan();
            heights.fill(0);
            let shift = if slope > 0.0 { f64::from(u32::try_from(self.width).unwrap_or(0)) * slope } else { 0.0 };
            for (x, y) in &points {
                let row = y - x * slope + shift;
                #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a row of the page, never negative")]
                let index = row.max(0.0) as usize;
                if let Some(count) = heights.get_mut(index) {
                    *count += 1;
                }
            }
            heights.windows(2).map(|pair| (f64::from(pair[0]) - f64::from(pair[1])).powi(2)).sum()
        };
        let best = |candidates: &mut dyn Iterator<Item = f64>, gathered: &mut dyn FnMut(f64) -> f64| {
            let scored = candidates.map(|degrees| (gathered(degrees), degrees));
            scored.max_by(|a, b| a.0.total_cmp(&b.0)).map_or(0.0, |(_, degrees)| degrees)
        };
        let coarse = best(&mut (-4 * ASKEW_DEGREES..=4 * ASKEW_DEGREES).map(|step| f64::from(step) / 4.0), &mut gathered);
        let fine = best(&mut (-5..=5).map(|step| coarse + f64::from(step) / 20.0), &mut gathered);
        fine.to_radians().tan()
    }
}

/// Sums of all pixels above and left, a row and a column of noughts first. They wrap; differences are right all the same.
fn sums(picture: &Picture, width: usize, height: usize) -> Vec<u32> {
    let stride = width + 1;
    let mut sums = vec![0_u32; stride * (height + 1)];
    for (y, row) in picture.pixels.chunks_exact(width.max(1)).enumerate() {
        let (above, here) = sums.split_at_mut((y + 1) * stride);
        let above = &above[y * stride..];
        let mut sum = 0_u32;
        for (x, grey) in row.iter().enumerate() {
            sum = sum.wrapping_add(u32::from(*grey));
            here[x + 1] = above[x + 1].wrapping_add(sum);
        }
    }
    sums
}
