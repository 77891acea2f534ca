//! A picture of a page → lines and tables, with the help of whoever reads words off pictures.
//!
//! Words alone are not a form: the ruling lines and the tick boxes are found in the pixels, taken out of the picture
//! before its words are read (a box would be read as an O), and the rest is laid out like any other page.

mod bitmap;
mod boxes;
pub mod file;
mod lines;
mod picture;
mod seen;

pub use picture::Picture;
pub use seen::{Seen, SeenWord, parsed as words_of};

use kurbo::Rect;

use super::pdf::layout;
use super::pdf::page::{Drawn, Letter, Stroke};
use super::{Block, Tick};
use bitmap::Bitmap;

/// Reads the words off a picture. Asked at most a few times for one page.
pub type Eyes<'e> = &'e mut dyn FnMut(&Picture) -> Seen;

/// A page whose words come this unsure on the whole may lie on its side or its head.
const SURE_ENOUGH: f32 = 0.7;
/// Words below this are no words: handwriting, stains, stamps.
const SURE_MIN: f32 = 0.3;

/// What came of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Its words, lines and boxes were read; some marks may not have been.
    Read {
        /// Something that looked like writing could not be read.
        with_gaps: bool,
    },
    /// Nobody is there to read words.
    NoEyes,
    /// Reading its words took too long, or failed.
    Failed,
}

/// Appends what stands on `picture`, a page of `size` points; `words` when they are known already.
pub fn read(
    picture: Picture,
    size: (f64, f64),
    words: Option<Vec<Letter>>,
    page: u32,
    eyes: Eyes<'_>,
    out: &mut Vec<Block>,
) -> Outcome {
    let known = words.is_some();
    let level = if known { picture } else { picture.levelled() };
    let found = Found::on(&level);
    let (letters, with_gaps) = match words {
        Some(letters) => (letters, false),
        None => match best_words(level, found, eyes) {
            Ok(best) => {
                let scale = scale(&best.picture, size);
                let with_gaps = best.words.iter().any(is_unread);
                let letters = seen::letters(&best.words, scale.0, SURE_MIN);
                layout::blocks(best.found.drawn(letters, scale), Vec::new(), page, out);
                return Outcome::Read { with_gaps };
            }
            Err(outcome) => return outcome,
        },
    };
    let scale = scale(&level, size);
    layout::blocks(found.drawn(letters, scale), Vec::new(), page, out);
    Outcome::Read { with_gaps }
}

/// A page lying on its side is as wide as it was high.
fn scale(picture: &Picture, size: (f64, f64)) -> (f64, (f64, f64)) {
    let (width, height) = (f64::from(picture.width), f64::from(picture.height));
    let lies = (width > height) != (size.0 > size.1);
    let page_width = if lies { size.1 } else { size.0 };
    let scale = page_width / width.max(1.0);
    (scale, (page_width, height * scale))
}

fn is_unread(word: &SeenWord) -> bool {
    word.confidence < SURE_MIN && word.text.chars().filter(|c| c.is_alphanumeric()).count() >= 2
}

struct Best {
    picture: Picture,
    found: Found,
    words: Vec<SeenWord>,
}

/// The words of the picture as it lies; when they make little sense, of the turn that makes most.
fn best_words(level: Picture, found: Found, eyes: Eyes<'_>) -> Result<Best, Outcome> {
    let seen = |seen| match seen {
        Seen::Words(words) => Ok(words),
        Seen::Nobody => Err(Outcome::NoEyes),
        Seen::Failed => Err(Outcome::Failed),
    };
    let words = seen(eyes(&found.without_lines(&level)))?;
    let mut best = Best { picture: level, found, words };
    if sense(&best.words) >= SURE_ENOUGH || best.found.is_blank() {
        return Ok(best);
    }
    for quarters in [2, 1, 3] {
        let picture = best.picture.turned(quarters).levelled();
        let found = Found::on(&picture);
        let words = seen(eyes(&found.without_lines(&picture)))?;
        // Clearly more sense, for a photo of a cat makes none in any turn.
        if sense(&words) > sense(&best.words) + 0.15 {
            let done = sense(&words) >= SURE_ENOUGH;
            best = Best { picture, found, words };
            if done {
                break;
            }
        }
    }
    Ok(best)
}

/// How sure the words are on the whole, weighed by their length; nothing for hardly a word.
fn sense(words: &[SeenWord]) -> f32 {
    let (mut letters, mut sure) = (0.0_f32, 0.0_f32);
    for word in words {
        let long = word.text.chars().filter(|c| c.is_alphanumeric()).count();
        if long >= 2 {
            #[expect(clippy::cast_precision_loss, reason = "words are short")]
            let weight = long as f32;
            letters += weight;
            sure += weight * word.confidence;
        }
    }
    if letters < 12.0 { 0.0 } else { sure / letters }
}

/// What the pixels tell without reading.
struct Found {
    lines: lines::Lines,
    ticks: Vec<boxes::Box>,
    ink_share: f64,
}

impl Found {
    fn on(picture: &Picture) -> Self {
        let bitmap = Bitmap::of(picture);
        let lines = lines::find(&bitmap, picture.dots_per_inch());
        let ticks = boxes::find(&bitmap, &lines, picture.dots_per_inch());
        Self { lines, ticks, ink_share: bitmap.ink_share() }
    }

    fn is_blank(&self) -> bool {
        self.ink_share < 0.002
    }

    /// The picture with its lines and tick boxes painted over.
    fn without_lines(&self, picture: &Picture) -> Picture {
        let mut clean = picture.clone();
        for area in self.lines.areas.iter().copied().chain(self.ticks.iter().map(|found| found.area.grown(2))) {
            clean.whiten(area);
        }
        clean
    }

    fn drawn(&self, letters: Vec<Letter>, (scale, size): (f64, (f64, f64))) -> Drawn {
        let points = |area: &picture::Area| {
            let [x0, y0, x1, y1] = [area.left, area.top, area.right, area.bottom].map(|edge| f64::from(edge) * scale);
            Rect::new(x0, y0, x1, y1)
        };
        let rules = self.lines.level.iter().chain(&self.lines.upright);
        let ticks = self.ticks.iter().map(|found| {
            let tick = if found.marked { Tick::Marked } else { Tick::Empty };
            (points(&found.area), tick, if found.sure { 1.0 } else { SURE_MIN })
        });
        Drawn::of_scan(letters, rules.map(|area| Stroke { rect: points(area) }).collect(), ticks.collect(), size)
    }
}
