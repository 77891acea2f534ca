//! A page drawn as a person sees it, with places on it marked. Nothing in the file is run, followed or fetched: it is only drawn.

use hayro::vello_cpu::color::palette::css::WHITE;
use hayro::{PixmapSettings, RenderCache, RenderSettings};
use hayro_interpret::InterpreterSettings;
use hayro_syntax::page::Page;

use super::{bounded, opened};
use crate::domain::document::shown::{Canvas, Shown};
use crate::domain::document::{Document, Limits, Problem};

/// Draws the pages of the PDF in `bytes`, which was read as `document`, and gives each to `each`, from the first.
///
/// # Errors
/// As reading it.
pub fn pages(
    bytes: &[u8],
    limits: &Limits,
    document: &Document,
    shown: &Shown<'_>,
    each: &mut dyn FnMut(u32, Canvas),
) -> Result<(), Problem> {
    let pdf = opened(bytes)?;
    let pages = pdf.pages();
    let count = pages.len().min(usize::try_from(shown.pages_max.min(limits.pages_max)).unwrap_or(usize::MAX));
    bounded::refuse_bombs(&pages[..count], true)?;
    let cache = RenderCache::new();
    for (number, page) in (1..).zip(&pages[..count]) {
        if let Some(mut canvas) = drawn(page, &cache, shown.long_side_max) {
            let (_, height) = page.render_dimensions();
            shown.mark(document, number, f64::from(height), &mut canvas);
            each(number, canvas);
        }
    }
    Ok(())
}

fn drawn<'a>(page: &'a Page<'a>, cache: &RenderCache<'a>, long_side_max: u16) -> Option<Canvas> {
    let (width, height) = page.render_dimensions();
    // A page may claim any size; the picture has one that a picture can have.
    let long = width.max(height);
    if !(long.is_finite() && width >= 1.0 && height >= 1.0) {
        return None;
    }
    let scale = f32::from(long_side_max) / long;
    if width * scale < 1.0 || height * scale < 1.0 {
        return None;
    }
    let settings = PixmapSettings { x_scale: scale, y_scale: scale, bg_color: WHITE };
    let pixmap = hayro::render(page, cache, &InterpreterSettings::default(), &RenderSettings::default(), &settings);
    let (width, height) = (u32::from(pixmap.width()), u32::from(pixmap.height()));
    // On white everything is opaque.
    let pixels = pixmap.data_as_u8_slice().chunks_exact(4).flat_map(|pixel| [pixel[0], pixel[1], pixel[2]]).collect();
    Some(Canvas { width, height, scale: f64::from(scale), pixels })
}
