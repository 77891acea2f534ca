//! One page, drawn for its letters and lines instead of its pixels. Coordinates: points, y downwards from the top.

use hayro_interpret::font::{Glyph, GlyphRun};
use hayro_interpret::hayro_cmap::BfString;
use hayro_interpret::{
    BlendMode, ClipPath, Context, Device, DrawMode, DrawProps, Image, ImageDrawProps, InterpreterCache, InterpreterSettings,
    Paint, RenderContent, SoftMask,
};
use hayro_syntax::page::Page;
use kurbo::{Affine, BezPath, PathEl, Point, Rect, Shape};

use crate::domain::document::Tick;

/// Letters and strokes kept of one page; real pages have a few thousand.
const GLYPHS_MAX: usize = 60_000;
const STROKES_MAX: usize = 30_000;
/// Boxes smaller than this both ways are no cells.
const SQUARE_MAX: f64 = 15.0;

/// A letter where it stands.
#[derive(Debug, Clone)]
pub struct Letter {
    /// Left edge.
    pub x: f64,
    /// Right edge, by the advance.
    pub end: f64,
    /// Baseline.
    pub y: f64,
    /// Font size.
    pub size: f64,
    /// What it says.
    pub text: Said,
    /// From a bold font.
    pub bold: bool,
    /// Of a letter turned on its side: how far it reaches up (negative) or down the page.
    pub upward: Option<f64>,
    /// How sure it is read right: 1 but for words read off a picture.
    pub sure: f32,
    /// Not painted: the words that a scanner puts under its picture.
    pub hidden: bool,
}

/// What a letter says: nearly always one character, for which no memory of its own is taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// One character; `U+FFFD` when the font does not tell.
    One(char),
    /// Several: a ligature, a word read off a picture.
    Words(String),
}

impl Said {
    /// Nothing but white space.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        match self {
            Self::One(one) => one.is_whitespace(),
            Self::Words(words) => words.trim().is_empty(),
        }
    }
    /// The font does not tell what it is.
    #[must_use]
    pub fn is_unknown(&self) -> bool {
        match self {
            Self::One(one) => *one == '\u{fffd}',
            Self::Words(words) => words.contains('\u{fffd}'),
        }
    }
    /// Adds it to `text`.
    pub fn append_to(&self, text: &mut String) {
        match self {
            Self::One(one) => text.push(*one),
            Self::Words(words) => text.push_str(words),
        }
    }
    /// Adds `more` to it.
    pub fn push(&mut self, more: &Self) {
        let mut text = String::new();
        self.append_to(&mut text);
        more.append_to(&mut text);
        *self = Self::Words(text);
    }
    fn bytes(&self) -> usize {
        match self {
            Self::One(one) => one.len_utf8(),
            Self::Words(words) => words.len(),
        }
    }
}

impl Letter {
    /// A word read off a picture, from and to across the page.
    #[must_use]
    pub fn seen(text: String, (x, end): (f64, f64), y: f64, size: f64, sure: f32) -> Self {
        Self { x, end, y, size, text: Said::Words(text), bold: false, upward: None, sure, hidden: false }
    }
}

/// A thin straight line, or the edge of a filled box.
#[derive(Debug, Clone, Copy)]
pub struct Stroke {
    /// Where it runs; one of width and height is (nearly) nothing.
    pub rect: Rect,
}

/// What was drawn.
pub struct Drawn {
    /// Letters in drawing order.
    pub letters: Vec<Letter>,
    /// Straight lines.
    pub strokes: Vec<Stroke>,
    /// From the page's own coordinates to ours.
    pub transform: Affine,
    /// Width and height in points.
    pub size: (f64, f64),
    picture_area: f64,
    /// Small squares, as people draw tick boxes.
    squares: Vec<Rect>,
    /// Small shapes that are no boxes: hand-drawn ticks and crosses.
    marks: Vec<Rect>,
    /// Tick boxes seen in a picture, with how sure they are.
    seen_ticks: Vec<(Rect, Tick, f32)>,
    /// Dots an inch of the finest picture on the page.
    dots_per_inch: f64,
}

impl Drawn {
    /// What was found on a picture of a page of `size` points.
    pub fn of_scan(letters: Vec<Letter>, strokes: Vec<Stroke>, seen_ticks: Vec<(Rect, Tick, f32)>, size: (f64, f64)) -> Self {
        let transform = Affine::IDENTITY;
        let (squares, marks) = (Vec::new(), Vec::new());
        Self { letters, strokes, transform, size, picture_area: 0.0, squares, marks, seen_ticks, dots_per_inch: 0.0 }
    }

    /// The words a scanner put under its picture, when the page is one with hardly anything else on it.
    pub fn hidden_words(&self) -> Option<Vec<Letter>> {
        let visible = self.letters.iter().filter(|letter| !letter.hidden && !letter.text.is_blank()).count();
        let hidden: Vec<Letter> = self.letters.iter().filter(|letter| letter.hidden).cloned().collect();
        (visible < 30 && hidden.len() >= 30 && self.picture_area > 0.5 * self.size.0 * self.size.1).then_some(hidden)
    }

    /// How fine the picture of the page is.
    pub fn dots_per_inch(&self) -> f64 {
        self.dots_per_inch
    }

    /// Tick boxes drawn as squares: marked when a shape or a cross stands inside. Squares in a row that touch are
    /// boxes for single letters, not ticks.
    pub fn drawn_ticks(&self) -> Vec<(Rect, Tick, f32)> {
        let touches =
            |one: &Rect, other: &Rect| one != other && one.inflate(0.6, 0.6).overlaps(*other) && !one.contains(other.center());
        let mut out: Vec<(Rect, Tick, f32)> = self.seen_ticks.clone();
        let middle = |letter: &Letter| Point::new((letter.x + letter.end) / 2.0, letter.y - 0.3 * letter.size);
        let mut by_height: Vec<(f64, usize)> =
            self.letters.iter().enumerate().map(|(index, letter)| (middle(letter).y, index)).collect();
        by_height.sort_by(|one, other| one.0.total_cmp(&other.0));
        for square in self.squares.iter().take(2_000) {
            if self.squares.iter().any(|other| touches(square, other))
                || out.iter().any(|(seen, ..)| seen.contains(square.center()))
            {
                continue;
            }
            let first = by_height.partition_point(|(y, _)| *y < square.y0);
            let level = by_height[first..].iter().take_while(|(y, _)| *y <= square.y1);
            let mut within: Vec<usize> =
                level.map(|(_, index)| *index).filter(|index| square.contains(middle(&self.letters[*index]))).collect();
            within.sort_unstable();
            let mut inside = String::new();
            within.iter().for_each(|index| self.letters[*index].text.append_to(&mut inside));
            let marked = self.marks.iter().any(|mark| square.inflate(2.0, 2.0).contains(mark.center()));
            match inside.trim() {
                "" => out.push((*square, if marked { Tick::Marked } else { Tick::Empty }, 1.0)),
                "x" | "X" | "\u{2717}" | "\u{2718}" | "\u{d7}" => out.push((*square, Tick::Marked, 1.0)),
                // A glyph that is a tick speaks for itself, other letters make it no tick box.
                _ => {}
            }
        }
        out
    }

    /// A page that is a picture: images cover much of it and hardly a letter stands on it.
    pub fn is_picture(&self) -> bool {
        let letters = self.letters.iter().filter(|letter| !letter.text.is_blank()).count();
        letters < 30 && self.picture_area > 0.3 * self.size.0 * self.size.1
    }
}

/// Draws `page`. With `without_fields` the appearances of fields are left out, for their values are known.
/// `cache` keeps the fonts of earlier pages of the same file.
pub fn draw<'a>(page: &Page<'a>, without_fields: bool, cache: &InterpreterCache<'a>, chars_left: &mut usize) -> Drawn {
    let (width, height) = page.render_dimensions();
    let (width, height) = (f64::from(width), f64::from(height));
    let transform = Affine::new(page.initial_transform(true).as_coeffs().map(f64::from));
    let settings = InterpreterSettings {
        render_content: if without_fields { RenderContent::PAGE } else { RenderContent::all() },
        ..InterpreterSettings::default()
    };
    let mut context = Context::new(transform, Rect::new(0.0, 0.0, width, height), cache, page.xref(), settings);
    let mut device = Collector {
        letters: Vec::new(),
        strokes: Vec::new(),
        dark: Vec::new(),
        picture_area: 0.0,
        squares: Vec::new(),
        marks: Vec::new(),
        dots_per_inch: 0.0,
        page: Rect::new(0.0, 0.0, width, height),
        chars_left: *chars_left,
    };
    hayro_interpret::interpret_page(page, &mut context, &mut device);
    *chars_left = device.chars_left;
    Drawn {
        letters: device.letters,
        strokes: device.strokes,
        transform,
        size: (width, height),
        picture_area: device.picture_area,
        squares: device.squares,
        marks: device.marks,
        seen_ticks: Vec::new(),
        dots_per_inch: device.dots_per_inch,
    }
}

struct Collector {
    letters: Vec<Letter>,
    strokes: Vec<Stroke>,
    /// Areas filled with something other than white: white letters on them are seen.
    dark: Vec<Rect>,
    picture_area: f64,
    squares: Vec<Rect>,
    marks: Vec<Rect>,
    dots_per_inch: f64,
    page: Rect,
    chars_left: usize,
}

/// Transparent, or as good as white.
fn paints(paint: &Paint<'_>) -> (bool, bool) {
    match paint {
        Paint::Color(color) => {
            let [red, green, blue, alpha] = color.to_rgba().components();
            (alpha > 0.03, red > 0.97 && green > 0.97 && blue > 0.97)
        }
        Paint::Pattern(_) => (true, false),
    }
}

impl Collector {
    fn push_stroke(&mut self, rect: Rect) {
        if self.strokes.len() < STROKES_MAX
            && rect.x0.is_finite()
            && rect.y0.is_finite()
            && rect.x1.is_finite()
            && rect.y1.is_finite()
        {
            self.strokes.push(Stroke { rect });
        }
    }

    /// A filled box: a thin one is a line, a wide one four edges.
    fn filled(&mut self, rect: Rect, white: bool) {
        const THIN: f64 = 3.0;
        let rect = rect.abs();
        if rect.width() > 0.9 * self.page.width() && rect.height() > 0.5 * self.page.height() {
            return;
        }
        if rect.height() <= THIN || rect.width() <= THIN {
            if !white && rect.height().max(rect.width()) > THIN {
                self.push_stroke(rect);
            }
            return;
        }
        if !white && self.dark.len() < STROKES_MAX {
            self.dark.push(rect);
        }
        if rect.width().max(rect.height()) < SQUARE_MAX {
            return;
        }
        for edge in [
            Rect::new(rect.x0, rect.y0, rect.x1, rect.y0),
            Rect::new(rect.x0, rect.y1, rect.x1, rect.y1),
            Rect::new(rect.x0, rect.y0, rect.x0, rect.y1),
            Rect::new(rect.x1, rect.y0, rect.x1, rect.y1),
        ] {
            self.push_stroke(edge);
        }
    }

    /// Keeps small squares and small other shapes; true when `rect` was one and is no ruling line.
    fn small(&mut self, rect: Rect, is_box: bool) -> bool {
        let side = rect.width().max(rect.height());
        if side > 22.0 || self.squares.len() + self.marks.len() > 4_000 {
            return false;
        }
        let square = rect.width().min(rect.height()) > 0.7 * side;
        if is_box && side >= 5.5 && square {
            self.squares.push(rect);
            return true;
        }
        if !is_box && side >= 3.0 {
            self.marks.push(rect);
        }
        false
    }

    /// The upright and level pieces of a stroked path.
    fn stroked(&mut self, path: &BezPath, transform: Affine) {
        const SLANT: f64 = 1.0;
        let mut start = Point::ZERO;
        let mut at = Point::ZERO;
        for element in path.elements() {
            let next = match *element {
                PathEl::MoveTo(point) => {
                    start = transform * point;
                    at = start;
                    continue;
                }
                PathEl::LineTo(point) => transform * point,
                PathEl::ClosePath => start,
                PathEl::QuadTo(_, point) | PathEl::CurveTo(_, _, point) => {
                    at = transform * point;
                    continue;
                }
            };
            let rect = Rect::from_points(at, next);
            if rect.width() <= SLANT || rect.height() <= SLANT {
                self.push_stroke(rect);
            }
            at = next;
        }
    }
}

/// The box a closed path of four sides is, if it is one.
fn as_box(path: &BezPath) -> Option<Rect> {
    let corners = path.elements().iter().filter(|element| !matches!(element, PathEl::ClosePath)).count();
    let straight = path.elements().iter().all(|element| !matches!(element, PathEl::QuadTo(..) | PathEl::CurveTo(..)));
    (straight && (2..=5).contains(&corners)).then(|| path.bounding_box())
}

impl<'a> Device<'a> for Collector {
    fn draw_path(&mut self, path: &BezPath, props: DrawProps<'a>, mode: &DrawMode) {
        let (seen, white) = paints(&props.paint);
        if !seen || self.strokes.len() >= STROKES_MAX || path.elements().len() > 2_000 {
            return;
        }
        let box_of = as_box(path);
        let all = props.transform.transform_rect_bbox(box_of.unwrap_or_else(|| path.bounding_box()));
        let outlined = matches!(mode, DrawMode::Stroke(_) | DrawMode::FillAndStroke(..));
        if !white && (outlined || box_of.is_none()) && self.small(all, box_of.is_some() && path.elements().len() >= 5) {
            return;
        }
        if outlined && !white {
            self.stroked(path, props.transform);
        }
        if matches!(mode, DrawMode::Fill(_)) {
            if box_of.is_some() {
                self.filled(all, white);
            } else {
                for sub in boxes_of(path) {
                    self.filled(props.transform.transform_rect_bbox(sub), white);
                }
            }
        }
    }

    fn draw_glyph_run(&mut self, run: &GlyphRun<'_, 'a>, props: DrawProps<'a>, mode: &DrawMode) {
        let (seen, white) = paints(&props.paint);
        let invisible = matches!(mode, DrawMode::Invisible);
        let bold = run.glyphs().first().is_some_and(|glyph| is_bold(glyph));
        let mut known: Vec<(u32, Said, f32)> = Vec::new();
        for glyph in run.glyphs() {
            if self.letters.len() >= GLYPHS_MAX || self.chars_left == 0 {
                return;
            }
            let transform = props.transform * glyph.transform();
            let origin = transform * Point::ZERO;
            let (text, advance) = told(glyph, &mut known);
            let end = transform * Point::new(f64::from(advance), 0.0);
            let size = (transform * Point::new(0.0, 1000.0) - origin).hypot();
            if !origin.x.is_finite() || !origin.y.is_finite() || !size.is_finite() || size < 0.5 {
                continue;
            }
            if !self.page.inflate(2.0, 2.0).contains(origin) || !seen {
                continue;
            }
            if white
                && !invisible
                && !self.dark.iter().any(|area| area.contains(Point::new(origin.x + 0.5, origin.y - 0.2 * size)))
            {
                continue;
            }
            self.chars_left = self.chars_left.saturating_sub(text.bytes());
            let reach = end.y - origin.y;
            let upward = (reach.abs() > (end.x - origin.x).abs() && reach.is_finite()).then_some(reach);
            let end = if end.x.is_finite() { end.x.max(origin.x) } else { origin.x };
            self.letters.push(Letter { x: origin.x, end, y: origin.y, size, text, bold, upward, sure: 1.0, hidden: invisible });
        }
    }

    fn draw_image(&mut self, image: Image<'a, '_>, props: ImageDrawProps<'a>) {
        let pixels = Rect::new(0.0, 0.0, f64::from(image.width()), f64::from(image.height()));
        let whole = props.transform.transform_rect_bbox(pixels);
        let area = whole.intersect(self.page).area().max(0.0);
        self.picture_area += area;
        if area > 0.05 * self.page.area() && whole.area() > 0.0 {
            let fine = 72.0 * (pixels.area() / whole.area()).sqrt();
            self.dots_per_inch = self.dots_per_inch.max(fine);
        }
    }

    fn draw_rect(&mut self, rect: &Rect, props: DrawProps<'a>, mode: &DrawMode) {
        let (seen, white) = paints(&props.paint);
        if !seen {
            return;
        }
        match mode {
            DrawMode::Fill(_) => self.filled(props.transform.transform_rect_bbox(*rect), white),
            DrawMode::Stroke(_) | DrawMode::FillAndStroke(..) if !white => {
                if !self.small(props.transform.transform_rect_bbox(*rect), true) {
                    self.stroked(&rect.to_path(0.1), props.transform);
                }
            }
            DrawMode::Stroke(_) | DrawMode::FillAndStroke(..) | DrawMode::Invisible => {}
        }
    }

    fn push_clip_path(&mut self, _: &ClipPath) {}
    fn push_transparency_group(&mut self, _: f32, _: Option<SoftMask<'a>>, _: BlendMode) {}
    fn pop_clip(&mut self) {}
    fn pop_transparency_group(&mut self) {}
}

/// A path that is several boxes at once, as some programs draw all lines of a table.
fn boxes_of(path: &BezPath) -> Vec<Rect> {
    let mut out = Vec::new();
    let mut sub = BezPath::new();
    for element in path.elements() {
        if matches!(element, PathEl::MoveTo(_)) && !sub.elements().is_empty() {
            out.extend(as_box(&std::mem::take(&mut sub)));
        }
        sub.push(*element);
    }
    if !sub.elements().is_empty() && !out.is_empty() {
        out.extend(as_box(&sub));
    }
    out
}

/// What a glyph says, and how far it reaches, in thousandths of its size. `known` are the codes of this run: it has one font, and
/// asking the font takes longer than all the rest.
fn told(glyph: &Glyph<'_>, known: &mut Vec<(u32, Said, f32)>) -> (Said, f32) {
    let code = glyph.char_code();
    if let Some((_, text, advance)) = known.iter().find(|(other, ..)| *other == code) {
        return (text.clone(), *advance);
    }
    let advance = match glyph {
        Glyph::Outline(outline) => outline.advance_width(),
        Glyph::Type3(drawn) => drawn.advance_width(),
    };
    let text = match glyph.as_unicode() {
        Some(BfString::Char(c)) => Said::One(c),
        Some(BfString::String(text)) => Said::Words(text),
        None => Said::One('\u{fffd}'),
    };
    let advance = advance.unwrap_or(500.0);
    if known.len() < KNOWN_MAX {
        known.push((code, text.clone(), advance));
    }
    (text, advance)
}

/// Codes of a run that are remembered; more would take longer to look through than to ask for.
const KNOWN_MAX: usize = 64;

fn is_bold(glyph: &Glyph<'_>) -> bool {
    let Glyph::Outline(outline) = glyph else { return false };
    let Some(font) = outline.font_data() else { return false };
    font.weight.is_some_and(|weight| weight >= 600)
        || font.postscript_name.is_some_and(|name| name.to_ascii_lowercase().contains("bold"))
}
