//! How far a drawing inflates, known before anything interprets it.

use std::collections::HashSet;
use std::io::Read;

use flate2::read::ZlibDecoder;
use hayro_syntax::object::{Array, Dict, Name, Object, ObjectIdentifier, Stream};
use hayro_syntax::page::Page;

use super::objects::values;
use crate::domain::document::Problem;

/// Bytes all drawings of a file may inflate to.
const DRAWN_BYTES_MAX: usize = 64 << 20;
/// Deflate's best: 258 bytes out of two bits.
const DEFLATE_GROWTH_MAX: usize = 1032;
/// Drawings inside drawings.
const DEPTH_MAX: usize = 32;

/// Refuses a file whose pages, and forms drawn on them, inflate too far; with `appearances` those of fields and remarks too.
///
/// # Errors
/// [`Problem::TooLarge`].
pub fn refuse_bombs(pages: &[Page<'_>], appearances: bool) -> Result<(), Problem> {
    let mut check = Check { left: DRAWN_BYTES_MAX, harmless: DRAWN_BYTES_MAX, seen: HashSet::new() };
    for page in pages {
        let dictionary = page.raw();
        match dictionary.get::<Object<'_>>(b"Contents") {
            Some(Object::Stream(stream)) => check.count(&stream)?,
            Some(Object::Array(streams)) => {
                for stream in values(page.xref(), &streams).filter_map(Object::into_stream) {
                    check.count(&stream)?;
                }
            }
            _ => {}
        }
        // Resources may stand with a parent of the page; the page knows them all.
        check.forms(&page.resources().x_objects, 0)?;
        if appearances && let Some(annotations) = dictionary.get::<Array<'_>>(b"Annots") {
            for annotation in values(page.xref(), &annotations).filter_map(Object::into_dict) {
                check.appearance(&annotation)?;
            }
        }
    }
    Ok(())
}

struct Check {
    left: usize,
    harmless: usize,
    seen: HashSet<ObjectIdentifier>,
}

impl Check {
    fn count(&mut self, stream: &Stream<'_>) -> Result<(), Problem> {
        if !self.seen.insert(stream.obj_id()) {
            return Ok(());
        }
        // A form draws each of its fields in a small stream of its own: what cannot grow far need not be inflated to know.
        let raw = stream.raw_data();
        let at_most = match filters(stream).as_slice() {
            [] => Some(raw.len()),
            [only] if is_flate(only) => raw.len().checked_mul(DEFLATE_GROWTH_MAX),
            _ => None,
        };
        if let Some(grown) = at_most.filter(|grown| *grown <= self.harmless) {
            self.harmless -= grown;
            return Ok(());
        }
        self.left = self.left.saturating_sub(size(stream, self.left));
        if self.left == 0 { Err(Problem::TooLarge) } else { Ok(()) }
    }

    /// Forms among the objects that a drawing may use, and those that they use.
    fn forms(&mut self, objects: &Dict<'_>, depth: usize) -> Result<(), Problem> {
        let names: Vec<Name<'_>> = if depth > DEPTH_MAX { Vec::new() } else { objects.keys().collect() };
        for name in names {
            if let Some(stream) = objects.get::<Stream<'_>>(&*name) {
                self.form(&stream, depth)?;
            }
        }
        Ok(())
    }

    fn form(&mut self, stream: &Stream<'_>, depth: usize) -> Result<(), Problem> {
        let dictionary = stream.dict();
        let is_form = dictionary.get::<Name<'_>>(b"Subtype").is_some_and(|kind| *kind == *b"Form");
        if !is_form || self.seen.contains(&stream.obj_id()) {
            return Ok(());
        }
        self.count(stream)?;
        let objects = dictionary.get::<Dict<'_>>(b"Resources").and_then(|resources| resources.get::<Dict<'_>>(b"XObject"));
        objects.map_or(Ok(()), |objects| self.forms(&objects, depth + 1))
    }

    /// How a field or remark is drawn: one form, or one for each of its states.
    fn appearance(&mut self, annotation: &Dict<'_>) -> Result<(), Problem> {
        let drawn = annotation.get::<Dict<'_>>(b"AP").and_then(|all| all.get::<Object<'_>>(b"N"));
        match drawn {
            Some(Object::Stream(stream)) => self.form(&stream, 0),
            Some(Object::Dict(states)) => self.forms(&states, 0),
            _ => Ok(()),
        }
    }
}

/// The names of the filters of `stream`, first to last.
fn filters<'d>(stream: &Stream<'d>) -> Vec<Name<'d>> {
    let dictionary = stream.dict();
    match dictionary.get::<Object<'_>>(b"Filter").or_else(|| dictionary.get(b"F")) {
        Some(Object::Name(name)) => vec![name],
        Some(Object::Array(names)) => names.iter().collect(),
        _ => Vec::new(),
    }
}

fn is_flate(filter: &Name<'_>) -> bool {
    matches!(&**filter, b"FlateDecode" | b"Fl")
}

/// What `stream` inflates to, counted up to `most`. What is packed otherwise than by Deflate alone is unpacked as the drawing will be:
/// the limit of memory stands behind it.
fn size(stream: &Stream<'_>, most: usize) -> usize {
    let raw = stream.raw_data();
    let filters = filters(stream);
    if filters.iter().all(is_flate) {
        let mut reader: Box<dyn Read + '_> = Box::new(&*raw);
        for _ in filters {
            reader = Box::new(ZlibDecoder::new(reader));
        }
        let (mut counted, mut buffer) = (0, [0; 16 << 10]);
        while let Ok(read @ 1..) = reader.read(&mut buffer) {
            counted += read;
            if counted >= most {
                break;
            }
        }
        return counted;
    }
    stream.decoded_data().map_or(0, |bytes| bytes.len())
}

/// The unpacked bytes of `stream`, unless they are more than `most`.
#[must_use]
pub fn decoded(stream: &Stream<'_>, most: usize) -> Option<Vec<u8>> {
    if size(stream, most) >= most {
        return None;
    }
    stream.decoded_data().ok().map(std::borrow::Cow::into_owned)
}
