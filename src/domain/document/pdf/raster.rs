//! The pictures on a page, put together to one grey picture of the page as it would be seen.

use hayro_interpret::font::GlyphRun;
use hayro_interpret::{
    BlendMode, ClipPath, Context, Device, DrawMode, DrawProps, Image, ImageData, ImageDrawProps, InterpreterCache,
    InterpreterSettings, LumaData, Paint, SoftMask,
};
use hayro_syntax::page::Page;
use kurbo::{Affine, BezPath, Point, Rect};

use crate::domain::document::scan::Picture;

/// Pictures put together on one page; scanners cut a page into some dozens of strips at most.
const IMAGES_MAX: usize = 400;
/// Pixels written on one page, all its pictures together.
const WORK_MAX: f64 = 60_000_000.0;
/// Finer than this tells nothing more about a form.
const DOTS_PER_INCH_MAX: f64 = 220.0;

/// The pictures on `page` as one, `dots_per_inch` fine; `None` for a page of no or absurd size.
pub fn picture<'a>(page: &Page<'a>, cache: &InterpreterCache<'a>, dots_per_inch: f64) -> Option<Picture> {
    let (width, height) = page.render_dimensions();
    let (width, height) = (f64::from(width), f64::from(height));
    let wanted = dots_per_inch.clamp(72.0, DOTS_PER_INCH_MAX) / 72.0;
    let scale = wanted.min(4_000.0 / width.max(height).max(1.0));
    let pixels = |points: f64| {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped")]
        let count = (points * scale).round().clamp(0.0, 4_000.0) as u32;
        count
    };
    let canvas = Picture::white(pixels(width), pixels(height))?;
    let transform = Affine::scale(scale) * Affine::new(page.initial_transform(true).as_coeffs().map(f64::from));
    let whole = Rect::new(0.0, 0.0, f64::from(canvas.width), f64::from(canvas.height));
    let mut context = Context::new(transform, whole, cache, page.xref(), InterpreterSettings::default());
    let mut device = Raster { canvas, images: 0, work_left: WORK_MAX };
    hayro_interpret::interpret_page(page, &mut context, &mut device);
    Some(device.canvas)
}

struct Raster {
    canvas: Picture,
    images: usize,
    work_left: f64,
}

/// Pixels of a picture: how many values make one, and what covers what is below.
struct Source<'s> {
    data: &'s [u8],
    channels: usize,
    width: usize,
    height: usize,
    cover: Option<&'s LumaData>,
}

impl Source<'_> {
    /// Grey and cover at a place given from 0 to 1 across and down, the mean of a few pixels where it is shrunk.
    fn at(&self, x: f64, y: f64, reach: (f64, f64)) -> (u8, u8) {
        let (mut grey, mut count) = (0_u32, 0_u32);
        for (dx, dy) in [(-0.25, -0.25), (0.25, -0.25), (-0.25, 0.25), (0.25, 0.25)] {
            let column = index(x + dx * reach.0, self.width);
            let row = index(y + dy * reach.1, self.height);
            let start = (row * self.width + column) * self.channels;
            if let Some(pixel) = self.data.get(start..start + self.channels) {
                grey += pixel.iter().map(|value| u32::from(*value)).sum::<u32>() / u32::try_from(self.channels).unwrap_or(1);
                count += 1;
            }
        }
        let cover = self.cover.map_or(255, |cover| {
            let (column, row) = (index(x, cover.width as usize), index(y, cover.height as usize));
            cover.data.get(row * cover.width as usize + column).copied().unwrap_or(255)
        });
        (u8::try_from(grey / count.max(1)).unwrap_or(255), if count == 0 { 0 } else { cover })
    }
}

fn index(share: f64, length: usize) -> usize {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "clamped")]
    let at = (share * length as f64).clamp(0.0, length.saturating_sub(1) as f64) as usize;
    at
}

impl Raster {
    /// Paints `source`, which fills the unit square, where `place` puts it.
    fn paint(&mut self, source: &Source<'_>, place: Affine) {
        let bounds = place.transform_rect_bbox(Rect::new(0.0, 0.0, 1.0, 1.0));
        let canvas = Rect::new(0.0, 0.0, f64::from(self.canvas.width), f64::from(self.canvas.height));
        let bounds = bounds.intersect(canvas);
        if bounds.width() <= 0.0 || bounds.height() <= 0.0 || place.determinant().abs() < 1e-9 {
            return;
        }
        self.work_left -= bounds.area();
        if !bounds.area().is_finite() || self.work_left < 0.0 {
            return;
        }
        let back = place.inverse();
        let [a, b, c, d, _, _] = back.as_coeffs();
        let reach = (a.abs() + c.abs(), b.abs() + d.abs());
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "inside the canvas")]
        let edge = |number: f64| number.max(0.0) as usize;
        let width = self.canvas.width as usize;
        let (left, right) = (edge(bounds.x0.floor()), edge(bounds.x1.ceil()).min(width));
        for y in edge(bounds.y0.floor())..edge(bounds.y1.ceil()).min(self.canvas.height as usize) {
            #[expect(clippy::cast_precision_loss, reason = "places on a page")]
            let mut from = back * Point::new(left as f64 + 0.5, y as f64 + 0.5);
            for target in &mut self.canvas.pixels[y * width + left..y * width + right] {
                if (0.0..1.0).contains(&from.x) && (0.0..1.0).contains(&from.y) {
                    let (grey, cover) = source.at(from.x, from.y, reach);
                    let (grey, cover, below) = (u32::from(grey), u32::from(cover), u32::from(*target));
                    *target = u8::try_from((grey * cover + below * (255 - cover)) / 255).unwrap_or(255);
                }
                from.x += a;
                from.y += b;
            }
        }
    }
}

impl<'a> Device<'a> for Raster {
    fn draw_image(&mut self, image: Image<'a, '_>, props: ImageDrawProps<'a>) {
        self.images += 1;
        if self.images > IMAGES_MAX {
            return;
        }
        let (width, height) = (f64::from(image.width()), f64::from(image.height()));
        let place = props.transform * Affine::scale_non_uniform(width, height);
        match image {
            Image::Raster(raster) => raster.with_rgba(
                |image, cover| {
                    let (data, channels) = match &image {
                        ImageData::Rgb(rgb) => (&rgb.data, 3),
                        ImageData::Luma(luma) => (&luma.data, 1),
                    };
                    let (width, height) = (image.width() as usize, image.height() as usize);
                    self.paint(&Source { data, channels, width, height, cover: cover.as_ref() }, place);
                },
                None,
            ),
            Image::Stencil(stencil) => stencil.with_stencil(
                |mask, paint| {
                    let grey = match paint {
                        Paint::Color(color) => {
                            let [red, green, blue, _] = color.to_rgba().components();
                            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to 255")]
                            let grey = ((red + green + blue) / 3.0 * 255.0).clamp(0.0, 255.0) as u8;
                            grey
                        }
                        Paint::Pattern(_) => 0,
                    };
                    let (width, height) = (mask.width as usize, mask.height as usize);
                    let data = vec![grey; width * height];
                    self.paint(&Source { data: &data, channels: 1, width, height, cover: Some(&mask) }, place);
                },
                None,
            ),
        }
    }

    fn draw_path(&mut self, _: &BezPath, _: DrawProps<'a>, _: &DrawMode) {}
    fn draw_glyph_run(&mut self, _: &GlyphRun<'_, 'a>, _: DrawProps<'a>, _: &DrawMode) {}
    fn push_clip_path(&mut self, _: &ClipPath) {}
    fn push_transparency_group(&mut self, _: f32, _: Option<SoftMask<'a>>, _: BlendMode) {}
    fn pop_clip(&mut self) {}
    fn pop_transparency_group(&mut self) {}
}
