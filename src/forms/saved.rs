//! A sheet as a PDF: pages, fields with their appearances, and the tree that tells a screen reader what is what.

use std::collections::BTreeMap;
use std::fmt::Write;

use lopdf::{Dictionary, Document, Object, ObjectId, Stream, dictionary, text_string};

use super::letters::{self, lines, win_ansi};
use super::sheet::{Field, HEIGHT, Kid, Kind, Sheet, WIDTH, literal};

/// Sizes of what is typed: the first in which it fits.
const SIZES: [f32; 6] = [9.0, 8.0, 7.0, 6.0, 5.0, 4.0];
const FIELD_PARAGRAPH: i64 = 1 << 12;
const FIELD_LIST: i64 = 1 << 17;
const FIELD_OPEN_LIST: i64 = 1 << 18;

pub(super) fn document(sheet: &Sheet, title: &str) -> Document {
    let mut document = Document::with_version("1.7");
    let font = |base: &str| {
        dictionary! { "Type" => "Font", "Subtype" => "Type1", "BaseFont" => base, "Encoding" => "WinAnsiEncoding" }
    };
    let regular = document.add_object(font("Helvetica"));
    let bold = document.add_object(font("Helvetica-Bold"));
    let dingbats = document.add_object(dictionary! { "Type" => "Font", "Subtype" => "Type1", "BaseFont" => "ZapfDingbats" });
    let resources = dictionary! { "Font" => dictionary! { "Helv" => regular, "HeBo" => bold, "ZaDb" => dingbats } };
    let tree = document.new_object_id();
    let pages: Vec<ObjectId> = sheet.pages.iter().map(|_| document.new_object_id()).collect();
    let (fields, widgets) = add_fields(&mut document, sheet, &pages, &resources);
    for (index, content) in sheet.pages.iter().enumerate() {
        let content = document.add_object(Stream::new(Dictionary::new(), win_ansi(content)));
        let on_page = |(field, id): (&Field, &ObjectId)| (field.page == index).then_some(Object::from(*id));
        let annotations: Vec<Object> = sheet.fields.iter().zip(&widgets).filter_map(on_page).collect();
        let page = dictionary! {
            "Type" => "Page", "Parent" => tree, "MediaBox" => vec![0.into(), 0.into(), WIDTH.into(), HEIGHT.into()],
            "Resources" => resources.clone(), "Contents" => content, "Annots" => annotations, "Tabs" => "S",
            "StructParents" => number(index),
        };
        document.objects.insert(pages[index], page.into());
    }
    let kids: Vec<Object> = pages.iter().map(|id| (*id).into()).collect();
    let count = number(kids.len());
    document.objects.insert(tree, dictionary! { "Type" => "Pages", "Kids" => kids, "Count" => count }.into());
    let structure = add_structure(&mut document, sheet, &pages, &widgets);
    let form = document.add_object(dictionary! {
        "Fields" => fields, "NeedAppearances" => false, "DR" => resources, "DA" => Object::string_literal("/Helv 9 Tf 0 g"),
    });
    let root = document.add_object(dictionary! {
        "Type" => "Catalog", "Pages" => tree, "AcroForm" => form, "Lang" => text_string("en-GB"), "StructTreeRoot" => structure,
        "MarkInfo" => dictionary! { "Marked" => true }, "ViewerPreferences" => dictionary! { "DisplayDocTitle" => true },
    });
    let info = document.add_object(dictionary! { "Title" => text_string(title), "Creator" => text_string("Focus Family") });
    document.trailer.set("Root", root);
    document.trailer.set("Info", info);
    document
}

/// The bytes of `document`.
///
/// # Panics
/// Never: a list of bytes takes everything.
#[must_use]
pub fn bytes(mut document: Document) -> Vec<u8> {
    document.compress();
    let mut bytes = Vec::new();
    document.save_to(&mut bytes).expect("a list of bytes takes everything");
    bytes
}

fn number(value: usize) -> i64 {
    i64::try_from(value).expect("a form has few parts")
}

/// The form's fields, and the box of each placed field. A field placed once is its own box.
fn add_fields(
    document: &mut Document,
    sheet: &Sheet,
    pages: &[ObjectId],
    resources: &Dictionary,
) -> (Vec<Object>, Vec<ObjectId>) {
    let mut placed: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (index, field) in sheet.fields.iter().enumerate() {
        placed.entry(&field.name).or_default().push(index);
    }
    let ids: Vec<ObjectId> = sheet.fields.iter().map(|_| document.new_object_id()).collect();
    let mut roots = Vec::new();
    for (index, field) in sheet.fields.iter().enumerate() {
        let mut shown = appearance(document, field, resources);
        shown.set("P", pages[field.page]);
        shown.set("StructParent", number(sheet.pages.len() + index));
        let twins = &placed[field.name.as_str()];
        match twins.as_slice() {
            [_] => {
                shown.extend(&held(field));
                roots.push(ids[index].into());
            }
            [first, ..] => {
                if *first == index {
                    let mut whole = held(field);
                    whole.set("Kids", twins.iter().map(|twin| ids[*twin].into()).collect::<Vec<Object>>());
                    let whole = document.add_object(whole);
                    roots.push(whole.into());
                    for twin in twins {
                        document.objects.insert(ids[*twin], dictionary! { "Parent" => whole }.into());
                    }
                }
                let parent = document.get_dictionary(ids[index]).and_then(|widget| widget.get(b"Parent")).cloned();
                shown.set("Parent", parent.expect("the first of the twins has made their field"));
            }
            [] => {}
        }
        document.objects.insert(ids[index], shown.into());
    }
    (roots, ids)
}

/// What a field is and holds.
fn held(field: &Field) -> Dictionary {
    let mut held = dictionary! { "T" => text_string(&field.name), "TU" => text_string(&field.label) };
    match &field.kind {
        Kind::Tick => {
            held.set("FT", "Btn");
            held.set("V", state(field));
        }
        Kind::Choice { options, open } => {
            held.set("FT", "Ch");
            held.set("Ff", FIELD_LIST | if *open { FIELD_OPEN_LIST } else { 0 });
            held.set("Opt", options.iter().map(|word| text_string(word)).collect::<Vec<Object>>());
        }
        Kind::Line | Kind::Paragraph => {
            held.set("FT", "Tx");
            held.set("Ff", if field.kind == Kind::Paragraph { FIELD_PARAGRAPH } else { 0 });
        }
    }
    if field.kind != Kind::Tick {
        // Size 0: a reader in which somebody types fits the size to the field.
        let size = if field.kind == Kind::Paragraph { 9 } else { 0 };
        held.set("DA", Object::string_literal(format!("/Helv {size} Tf 0 g")));
        if !field.value.is_empty() {
            held.set("V", text_string(&field.value));
        }
    }
    held
}

fn state(field: &Field) -> Object {
    Object::Name(if field.value.is_empty() { b"Off".to_vec() } else { b"Yes".to_vec() })
}

/// A field's box on its page, and what is drawn in it.
fn appearance(document: &mut Document, field: &Field, resources: &Dictionary) -> Dictionary {
    let [left, bottom, right, top] = field.place;
    let (width, height) = (right - left, top - bottom);
    let mut drawn = |content: String| {
        let header = dictionary! {
            "Type" => "XObject", "Subtype" => "Form", "BBox" => vec![0.into(), 0.into(), width.into(), height.into()],
            "Resources" => resources.clone(),
        };
        document.add_object(Stream::new(header, win_ansi(&content)))
    };
    let mut widget = dictionary! {
        "Type" => "Annot", "Subtype" => "Widget", "F" => 4,
        "Rect" => vec![left.into(), bottom.into(), right.into(), top.into()],
    };
    if field.kind == Kind::Tick {
        let size = height * 0.95;
        let tick = format!("q BT 0 g /ZaDb {size} Tf {} {} Td (4) Tj ET Q", width * 0.1, height * 0.16);
        let (on, off) = (drawn(tick), drawn("q Q".to_owned()));
        widget.set("AS", state(field));
        widget.set("AP", dictionary! { "N" => dictionary! { "Yes" => on, "Off" => off } });
        widget.set("MK", dictionary! { "CA" => Object::string_literal("4") });
        widget.set("DA", Object::string_literal("/ZaDb 0 Tf 0 g"));
        return widget;
    }
    let paragraph = field.kind == Kind::Paragraph;
    let rows = |size: f32| if paragraph { lines(&field.value, size, false, width - 6.0) } else { vec![field.value.clone()] };
    #[expect(clippy::cast_precision_loss, reason = "an answer has a few lines")]
    let fits = |size: f32| {
        let rows = rows(size);
        let high = rows.len() as f32 * size * 1.25 <= height - 3.0;
        rows.iter().all(|row| letters::width(row, size, false) <= width - 6.0) && (high || !paragraph)
    };
    // What is long is written smaller, so that nothing of it is cut off.
    let size = SIZES.into_iter().find(|size| fits(*size)).unwrap_or(SIZES[SIZES.len() - 1]);
    let rows = rows(size);
    let mut content = format!("/Tx BMC q 1 1 {} {} re W n BT 0 g /Helv {size} Tf {} TL", width - 2.0, height - 2.0, size * 1.25);
    let first = if paragraph { height - size - 3.0 } else { (height - size) / 2.0 + 1.8 };
    write!(content, " 3 {first} Td").expect("a text takes everything");
    for row in rows.iter().filter(|_| !field.value.is_empty()) {
        write!(content, " {} Tj T*", literal(row)).expect("a text takes everything");
    }
    content.push_str(" ET Q EMC");
    let normal = drawn(content);
    widget.set("AP", dictionary! { "N" => normal });
    widget.set("MK", Dictionary::new());
    widget
}

/// The tree of parts (ISO 32000-1, 14.7): what a screen reader reads, in the order drawn.
fn add_structure(document: &mut Document, sheet: &Sheet, pages: &[ObjectId], widgets: &[ObjectId]) -> ObjectId {
    let root = document.new_object_id();
    let ids: Vec<ObjectId> = sheet.nodes.iter().map(|_| document.new_object_id()).collect();
    let mut parents = vec![root; sheet.nodes.len()];
    for (index, node) in sheet.nodes.iter().enumerate() {
        for kid in &node.kids {
            if let Kid::Node(kid) = kid {
                parents[*kid] = ids[index];
            }
        }
    }
    for (index, node) in sheet.nodes.iter().enumerate() {
        let kids: Vec<Object> = node
            .kids
            .iter()
            .map(|kid| match kid {
                Kid::Node(kid) => ids[*kid].into(),
                Kid::Words { page, number: words } => {
                    dictionary! { "Type" => "MCR", "Pg" => pages[*page], "MCID" => number(*words) }.into()
                }
                Kid::Field(field) => {
                    let page = pages[sheet.fields[*field].page];
                    dictionary! { "Type" => "OBJR", "Pg" => page, "Obj" => widgets[*field] }.into()
                }
            })
            .collect();
        let mut element = dictionary! { "Type" => "StructElem", "S" => node.tag, "P" => parents[index], "K" => kids };
        if node.tag == "TH" {
            element.set("A", dictionary! { "O" => "Table", "Scope" => "Column" });
        }
        document.objects.insert(ids[index], element.into());
    }
    let mut numbers: Vec<Object> = Vec::new();
    for (page, words) in sheet.words.iter().enumerate() {
        numbers.push(number(page).into());
        numbers.push(words.iter().map(|node| ids[*node].into()).collect::<Vec<Object>>().into());
    }
    for (index, field) in sheet.fields.iter().enumerate() {
        numbers.push(number(sheet.pages.len() + index).into());
        numbers.push(ids[field.node].into());
    }
    let parent_tree = document.add_object(dictionary! { "Nums" => numbers });
    let next = number(sheet.pages.len() + sheet.fields.len());
    let whole = dictionary! {
        "Type" => "StructTreeRoot", "K" => ids[0], "ParentTree" => parent_tree, "ParentTreeNextKey" => next,
    };
    document.objects.insert(root, whole.into());
    root
}
