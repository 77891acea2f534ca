//! Word 2007 and later → lines, tables and controls. Deleted text, hidden text and field codes are not there.

mod controls;
mod paragraph;
mod table;

use std::collections::HashMap;

use super::xml::{self, Element};
use super::zipped::Archive;
use super::{Block, Document, Format, Inline, Limits, Line, Problem, html, rtf, sniff, words};

/// Reads the Word document in `bytes` into `document`.
///
/// # Errors
/// Why it could not be read.
pub fn read(bytes: &[u8], limits: &Limits, document: &mut Document) -> Result<(), Problem> {
    let mut archive = Archive::open(bytes, limits)?;
    let main = main_part(&mut archive)?;
    let tree = xml::parse(&archive.read(&main)?.ok_or(Problem::Damaged)?)?;
    let body = tree.child("body").ok_or(Problem::Damaged)?;
    let folder = main.rsplit_once('/').map_or("", |(folder, _)| folder);
    let chunks = chunks(&mut archive, &main, folder, limits)?;
    let mut story = Story { chars_left: limits.text_chars_max, chunks, ..Story::default() };
    document.blocks = story.blocks(body);
    let margins: Vec<String> = archive
        .names()
        .iter()
        .filter(|name| name.strip_prefix(folder).is_some_and(|name| name.starts_with("/header") || name.starts_with("/footer")))
        .filter(|name| name.ends_with(".xml"))
        .cloned()
        .collect();
    html::number(&mut document.blocks);
    for name in margins {
        let part = if name.contains("/header") { "page header" } else { "page footer" };
        aside(&mut archive, &name, part, &mut story, document)?;
    }
    for (file, part) in [("footnotes", "footnote"), ("endnotes", "endnote"), ("comments", "comment")] {
        aside(&mut archive, &format!("{folder}/{file}.xml"), part, &mut story, document)?;
    }
    document.notes.append(&mut story.notes);
    if archive.names().iter().any(|name| name.ends_with("vbaProject.bin")) {
        document.notes.push("has macros, not run".to_owned());
    }
    if archive.names().iter().any(|name| name.contains("/embeddings/")) {
        document.notes.push("has embedded files, not opened".to_owned());
    }
    document.format = Format::Docx;
    Ok(())
}

/// The lines of a header, a footer, of notes or comments, after everything else.
fn aside(archive: &mut Archive<'_>, name: &str, part: &str, story: &mut Story, document: &mut Document) -> Result<(), Problem> {
    let Some(bytes) = archive.read(name)? else { return Ok(()) };
    let Ok(tree) = xml::parse(&bytes) else { return Ok(()) };
    for (index, mut block) in story.blocks(&tree).into_iter().enumerate() {
        match &mut block {
            Block::Line(line) => {
                line.place.path = format!("{part}, line {}", index + 1);
                line.place.page = 1;
            }
            Block::Table(table) => {
                table.place.path = format!("{part}, table {}", index + 1);
                table.place.page = 1;
                super::grid::place_cells(table);
            }
        }
        document.blocks.push(block);
    }
    Ok(())
}

/// The parts in other formats that the main part sets in (`w:altChunk`), by the number of their relation.
fn chunks(archive: &mut Archive<'_>, main: &str, folder: &str, limits: &Limits) -> Result<HashMap<String, Vec<Block>>, Problem> {
    const CHUNKS_MAX: usize = 20;
    let file = main.rsplit('/').next().unwrap_or(main);
    let relations = archive.read(&format!("{folder}/_rels/{file}.rels"))?.and_then(|bytes| xml::parse(&bytes).ok());
    let mut out = HashMap::new();
    for relation in relations.iter().flat_map(|tree| tree.elements()) {
        if !relation.attribute("Type").is_some_and(|kind| kind.ends_with("/aFChunk")) || out.len() >= CHUNKS_MAX {
            continue;
        }
        let (Some(id), Some(target)) = (relation.attribute("Id"), relation.attribute("Target")) else { continue };
        let path = target.strip_prefix('/').map_or_else(|| format!("{folder}/{target}"), str::to_owned);
        let Some(bytes) = archive.read(&path)? else { continue };
        let text = || super::text::decoded(&bytes);
        let blocks = match sniff(target, "", &bytes) {
            Format::Html => html::read(&text(), limits).blocks,
            Format::Rtf => rtf::read(&bytes, limits).unwrap_or_default(),
            Format::Text => super::text::blocks(&text(), limits),
            _ => continue,
        };
        out.insert(id.to_owned(), blocks);
    }
    Ok(out)
}

/// The path of the main part, from the package's relations.
fn main_part(archive: &mut Archive<'_>) -> Result<String, Problem> {
    let relations = archive.read("_rels/.rels")?.and_then(|bytes| xml::parse(&bytes).ok());
    let target = relations.as_ref().and_then(|tree| {
        let main =
            tree.elements().find(|relation| relation.attribute("Type").is_some_and(|kind| kind.ends_with("/officeDocument")))?;
        main.attribute("Target").map(|target| target.trim_start_matches('/').to_owned())
    });
    Ok(target.unwrap_or_else(|| "word/document.xml".to_owned()))
}

/// One flow of text: the body, a header, the inside of a cell or a text box.
#[derive(Default)]
struct Story {
    chars_left: usize,
    notes: Vec<String>,
    field: paragraph::FieldState,
    chunks: HashMap<String, Vec<Block>>,
    /// Row and column of the cells of the table at hand that have a ground of their own.
    shaded: Vec<(usize, u16)>,
}

impl Story {
    /// Everything in `parent`, in order.
    fn blocks(&mut self, parent: &Element) -> Vec<Block> {
        let mut out = Vec::new();
        for element in parent.elements() {
            self.block(element, &mut out);
        }
        out
    }

    fn block(&mut self, element: &Element, out: &mut Vec<Block>) {
        match &*element.name {
            "p" => self.paragraph(element, out),
            "tbl" => self.table(element, out),
            "sdt" => match controls::of(element) {
                Some(control) => out.push(Block::Line(plain_line(vec![Inline::Control(control)]))),
                None => out.extend(element.child("sdtContent").map(|content| self.blocks(content)).unwrap_or_default()),
            },
            "ins" | "moveTo" | "smartTag" | "customXml" | "footnote" | "endnote" | "comment" => out.extend(self.blocks(element)),
            "AlternateContent" => {
                let chosen = element.child("Choice").or_else(|| element.child("Fallback"));
                out.extend(chosen.map(|chosen| self.blocks(chosen)).unwrap_or_default());
            }
            "altChunk" => match element.attribute("id").and_then(|id| self.chunks.remove(id)) {
                Some(blocks) => out.extend(blocks),
                None => self.note("has a part in another format, not read"),
            },
            _ => {}
        }
    }

    fn note(&mut self, text: &str) {
        if !self.notes.iter().any(|note| note == text) {
            self.notes.push(text.to_owned());
        }
    }
}

fn plain_line(mut pieces: Vec<Inline>) -> Line {
    words::trim(&mut pieces);
    Line { pieces, place: super::Place { page: 1, ..Default::default() }, heading: false, confidence: 1.0 }
}
