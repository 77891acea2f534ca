//! A page as a picture: grey, small enough to look at, level.

use super::bitmap::Bitmap;

/// More pixels than this tell nothing more: a page of A4 at about 225 dots an inch.
pub const PIXELS_MAX: u64 = 5_000_000;
/// The long side of a page of A4 or Letter, in inches, about.
const PAGE_INCHES: f64 = 11.5;

/// A page as a picture.
#[derive(Clone, PartialEq, Eq)]
pub struct Picture {
    /// Pixels in a row.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// `width × height` bytes, rows from the top, 0 black, 255 white.
    pub pixels: Vec<u8>,
}

crate::redacted_debug!(Picture);

/// Some pixels: left and top inside, right and bottom outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Area {
    /// First column.
    pub left: u32,
    /// First row.
    pub top: u32,
    /// Column after the last.
    pub right: u32,
    /// Row after the last.
    pub bottom: u32,
}

impl Area {
    /// The same and `by` pixels around it.
    #[must_use]
    pub fn grown(self, by: u32) -> Self {
        let Self { left, top, right, bottom } = self;
        Self { left: left.saturating_sub(by), top: top.saturating_sub(by), right: right + by, bottom: bottom + by }
    }
}

impl Picture {
    /// `width × height` white pixels; `None` when that is nothing or too much.
    #[must_use]
    pub fn white(width: u32, height: u32) -> Option<Self> {
        let count = u64::from(width) * u64::from(height);
        if count == 0 || count > 4 * PIXELS_MAX {
            return None;
        }
        Some(Self { width, height, pixels: vec![255; usize::try_from(count).ok()?] })
    }

    /// A good guess, for pictures of a page: their own claims are often wrong, the size of paper is not.
    #[must_use]
    pub fn dots_per_inch(&self) -> f64 {
        (f64::from(self.width.max(self.height)) / PAGE_INCHES).clamp(70.0, 600.0)
    }

    /// Row `y`.
    #[must_use]
    pub fn row(&self, y: u32) -> &[u8] {
        let start = y as usize * self.width as usize;
        &self.pixels[start..start + self.width as usize]
    }

    /// Paints `area` white.
    pub fn whiten(&mut self, area: Area) {
        let (left, right) = (area.left.min(self.width) as usize, area.right.min(self.width) as usize);
        for y in area.top..area.bottom.min(self.height) {
            let start = y as usize * self.width as usize;
            if left < right {
                self.pixels[start + left..start + right].fill(255);
            }
        }
    }

    /// The picture turned clockwise by `quarters` of a turn.
    #[must_use]
    pub fn turned(&self, quarters: u8) -> Self {
        let (width, height) = (self.width as usize, self.height as usize);
        let mut pixels = Vec::with_capacity(self.pixels.len());
        match quarters % 4 {
            0 => return self.clone(),
            2 => {
                pixels.extend(self.pixels.iter().rev());
                return Self { width: self.width, height: self.height, pixels };
            }
            1 => {
                for x in 0..width {
                    pixels.extend((0..height).rev().map(|y| self.pixels[y * width + x]));
                }
            }
            _ => {
                for x in (0..width).rev() {
                    pixels.extend((0..height).map(|y| self.pixels[y * width + x]));
                }
            }
        }
        Self { width: self.height, height: self.width, pixels }
    }

    /// The picture turned by the few degrees it was laid askew.
    #[must_use]
    pub fn levelled(self) -> Self {
        let slope = Bitmap::of(&self).slope();
        if slope.abs() < 0.0006 { self } else { self.tilted(slope) }
    }

    /// Turned so that what rose or fell by `slope` runs level.
    fn tilted(&self, slope: f64) -> Self {
        const ONE: f64 = 65_536.0;
        let angle = slope.atan();
        let (sine, cosine) = angle.sin_cos();
        let (middle_x, middle_y) = (f64::from(self.width) / 2.0, f64::from(self.height) / 2.0);
        let (width, height) = (i64::from(self.width), i64::from(self.height));
        let mut pixels = vec![255; self.pixels.len()];
        let (step_x, step_y) = (fixed(cosine * ONE), fixed(sine * ONE));
        for (y, row) in pixels.chunks_exact_mut(self.width as usize).enumerate() {
            #[expect(clippy::cast_precision_loss, reason = "rows of a picture")]
            let from_middle = y as f64 - middle_y;
            let mut from_x = fixed((middle_x - middle_x * cosine - from_middle * sine) * ONE);
            let mut from_y = fixed((middle_y - middle_x * sine + from_middle * cosine) * ONE);
            for pixel in row {
                let (x, y) = (from_x >> 16, from_y >> 16);
                if x >= 0 && y >= 0 && x + 1 < width && y + 1 < height {
                    *pixel = self.between(x, y, from_x & 0xffff, from_y & 0xffff);
                }
                from_x += step_x;
                from_y += step_y;
            }
        }
        Self { width: self.width, height: self.height, pixels }
    }

    /// The grey between four pixels.
    fn between(&self, x: i64, y: i64, part_x: i64, part_y: i64) -> u8 {
        let width = self.width as usize;
        let at = usize::try_from(y).unwrap_or(0) * width + usize::try_from(x).unwrap_or(0);
        let grey = |at: usize| i64::from(self.pixels[at]);
        let above = grey(at) * (65_536 - part_x) + grey(at + 1) * part_x;
        let below = grey(at + width) * (65_536 - part_x) + grey(at + width + 1) * part_x;
        let mixed = ((above >> 16) * (65_536 - part_y) + (below >> 16) * part_y) >> 16;
        u8::try_from(mixed.clamp(0, 255)).unwrap_or(255)
    }

    /// As many pixels as are worth looking at: each the mean of those it stands for.
    #[must_use]
    pub fn shrunk(self) -> Self {
        let count = u64::from(self.width) * u64::from(self.height);
        if count <= PIXELS_MAX {
            return self;
        }
        #[expect(clippy::cast_precision_loss, reason = "a picture has far fewer pixels than a float has digits")]
        let share = (PIXELS_MAX as f64 / count as f64).sqrt();
        let to = |length: u32| fixed(f64::from(length) * share).clamp(1, 65_535);
        let (width, height) = (to(self.width), to(self.height));
        let edge = |index: i64, of: i64, length: u32| usize::try_from(index * i64::from(length) / of).unwrap_or(0);
        let mut pixels = Vec::with_capacity(usize::try_from(width * height).unwrap_or(0));
        for y in 0..height {
            let (top, bottom) = (edge(y, height, self.height), edge(y + 1, height, self.height));
            for x in 0..width {
                let (left, right) = (edge(x, width, self.width), edge(x + 1, width, self.width));
                let mut sum = 0_u32;
                for row in top..bottom.max(top + 1) {
                    let start = row * self.width as usize;
                    sum +=
                        self.pixels[start + left..start + right.max(left + 1)].iter().map(|grey| u32::from(*grey)).sum::<u32>();
                }
                let of = (bottom.max(top + 1) - top) * (right.max(left + 1) - left);
                pixels.push(u8::try_from(sum / u32::try_from(of).unwrap_or(1)).unwrap_or(255));
            }
        }
        let size = |length: i64| u32::try_from(length).unwrap_or(1);
        Self { width: size(width), height: size(height), pixels }
    }
}

/// The nearest whole number; for lengths of pictures.
#[expect(clippy::cast_possible_truncation, reason = "lengths of a picture in 65536ths of a pixel fit many times")]
fn fixed(number: f64) -> i64 {
    number.round() as i64
}
