//! Pictures sent as files: JPEG, PNG, TIFF (also of several pages) and BMP → grey pictures.

use std::io::Cursor;

use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader};

use super::Picture;
use super::picture::PIXELS_MAX;
use crate::domain::document::{Document, Problem};

/// Pixels a side at most; a page of A3 at 600 dots an inch has 9,921.
const SIDE_MAX: u32 = 16_384;
/// Bytes a picture may take while it is read.
const BYTES_MAX: u64 = 128 << 20;

/// The pictures in `bytes`, at most `pages_max`.
///
/// # Errors
/// `Unsupported` for kinds we do not read, `TooLarge`, `Damaged`.
pub fn pictures(bytes: &[u8], pages_max: u32, document: &mut Document) -> Result<Vec<Picture>, Problem> {
    let format = image::guess_format(bytes).map_err(|_| Problem::Unsupported)?;
    match format {
        ImageFormat::Tiff => tiff_pages(bytes, pages_max, document),
        ImageFormat::Png | ImageFormat::Jpeg | ImageFormat::Bmp => Ok(vec![one(bytes, format)?]),
        _ => Err(Problem::Unsupported),
    }
}

fn one(bytes: &[u8], format: ImageFormat) -> Result<Picture, Problem> {
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    let mut limits = image::Limits::default();
    limits.max_image_width = Some(SIDE_MAX);
    limits.max_image_height = Some(SIDE_MAX);
    limits.max_alloc = Some(BYTES_MAX);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(problem)?;
    if decoder.total_bytes() > BYTES_MAX {
        return Err(Problem::TooLarge);
    }
    let turn = decoder.orientation().unwrap_or(image::metadata::Orientation::NoTransforms);
    let mut image = DynamicImage::from_decoder(decoder).map_err(problem)?;
    image.apply_orientation(turn);
    Ok(grey(image))
}

/// Grey on white: what is transparent is paper.
fn grey(image: DynamicImage) -> Picture {
    let (width, height) = (image.width(), image.height());
    let pixels = if image.color().has_alpha() {
        let seen = |pixel: &image::LumaA<u8>| {
            let [grey, alpha] = pixel.0.map(u32::from);
            u8::try_from(255 - alpha * (255 - grey) / 255).unwrap_or(255)
        };
        image.to_luma_alpha8().pixels().map(seen).collect()
    } else {
        image.into_luma8().into_raw()
    };
    Picture { width, height, pixels }.shrunk()
}

fn problem(error: image::ImageError) -> Problem {
    match error {
        image::ImageError::Limits(_) => Problem::TooLarge,
        image::ImageError::Unsupported(_) => Problem::Unsupported,
        _ => Problem::Damaged,
    }
}

fn tiff_pages(bytes: &[u8], pages_max: u32, document: &mut Document) -> Result<Vec<Picture>, Problem> {
    let failed = |error: tiff::TiffError| match error {
        tiff::TiffError::LimitsExceeded => Problem::TooLarge,
        tiff::TiffError::UnsupportedError(_) => Problem::Unsupported,
        _ => Problem::Damaged,
    };
    let mut limits = tiff::decoder::Limits::default();
    let bytes_max = usize::try_from(BYTES_MAX).unwrap_or(usize::MAX);
    limits.decoding_buffer_size = bytes_max;
    limits.intermediate_buffer_size = bytes_max;
    let mut decoder = tiff::decoder::Decoder::new(Cursor::new(bytes)).map_err(failed)?.with_limits(limits);
    let mut out = Vec::new();
    loop {
        match tiff_page(&mut decoder) {
            Ok(page) => out.push(page),
            Err(error) if out.is_empty() => return Err(failed(error)),
            Err(_) => {
                document.notes.push(format!("page {} could not be read", out.len() + 1));
                return Ok(out);
            }
        }
        if !decoder.more_images() {
            return Ok(out);
        }
        if out.len() >= pages_max as usize {
            document.notes.push(format!("only the first {pages_max} pages were read"));
            return Ok(out);
        }
        if decoder.next_image().is_err() {
            return Ok(out);
        }
    }
}

fn tiff_page(decoder: &mut tiff::decoder::Decoder<Cursor<&[u8]>>) -> Result<Picture, tiff::TiffError> {
    use tiff::decoder::DecodingResult;
    let (width, height) = decoder.dimensions()?;
    if width == 0 || height == 0 || u64::from(width) * u64::from(height) > 40 * PIXELS_MAX {
        return Err(tiff::TiffError::LimitsExceeded);
    }
    let colour = decoder.colortype()?;
    let channels = usize::from(colour.num_samples()).max(1);
    let bits = colour.bit_depth();
    let count = width as usize * height as usize;
    let samples: Vec<u8> = match decoder.read_image()? {
        DecodingResult::U8(bytes) if bits < 8 => unpacked(&bytes, width as usize * channels, height as usize, bits),
        DecodingResult::U8(bytes) => bytes,
        DecodingResult::U16(wide) => wide.into_iter().map(|sample| sample.to_be_bytes()[0]).collect(),
        _ => return Err(tiff::TiffError::UnsupportedError(tiff::TiffUnsupportedError::UnknownInterpretation)),
    };
    let inks = matches!(colour, tiff::ColorType::CMYK(_));
    let mean = |pixel: &[u8]| {
        let used = &pixel[..pixel.len().min(if inks { 4 } else { 3 })];
        let sum: usize = used.iter().map(|sample| usize::from(*sample)).sum();
        let grey = u8::try_from(if inks { sum.min(255) } else { sum / used.len().max(1) }).unwrap_or(255);
        if inks { 255 - grey } else { grey }
    };
    let grey_alpha = matches!(colour, tiff::ColorType::GrayA(_));
    let mut pixels: Vec<u8> =
        samples.chunks_exact(channels).take(count).map(|pixel| if grey_alpha { pixel[0] } else { mean(pixel) }).collect();
    pixels.resize(count, 255);
    Ok(Picture { width, height, pixels }.shrunk())
}

/// Samples of less than a byte, each to a byte of its own; rows begin at whole bytes.
fn unpacked(packed: &[u8], in_row: usize, rows: usize, bits: u8) -> Vec<u8> {
    let bits = usize::from(bits.clamp(1, 8));
    let row_bytes = (in_row * bits).div_ceil(8);
    let most = (1_usize << bits) - 1;
    let mut out = Vec::with_capacity(in_row * rows);
    for row in packed.chunks(row_bytes.max(1)).take(rows) {
        for index in 0..in_row {
            let at = index * bits;
            let byte = usize::from(row.get(at / 8).copied().unwrap_or(0xff));
            let sample = (byte >> (8 - bits - at % 8)) & most;
            out.push(u8::try_from(sample * 255 / most).unwrap_or(255));
        }
    }
    out
}
