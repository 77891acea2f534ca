//! XML → a small tree, under limits: no document type definitions, bounded depth, attributes and nodes.
//!
//! Names are local names (`w:p` is `p`); office formats never use one local name for two things in one place.

use std::borrow::Cow;
use std::ops::Deref;
use std::rc::Rc;

use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

use super::Problem;

const DEPTH_MAX: usize = 200;
const ATTRIBUTES_MAX: usize = 256;
const NODES_MAX: usize = 600_000;

/// A piece of a text that is kept once: a tree has a hundred thousand names and values, and no memory of its own for each.
#[derive(Clone, Default)]
pub struct Piece {
    source: Rc<str>,
    at: usize,
    length: usize,
}

impl Piece {
    /// `part` where it lies in `source`; a text of its own when it lies elsewhere.
    fn of(source: &Rc<str>, part: &str) -> Self {
        let at = (part.as_ptr() as usize).wrapping_sub(source.as_ptr() as usize);
        if source.get(at..at.wrapping_add(part.len())) == Some(part) {
            Self { source: Rc::clone(source), at, length: part.len() }
        } else {
            Self::alone(part)
        }
    }

    fn alone(text: &str) -> Self {
        Self { source: Rc::from(text), at: 0, length: text.len() }
    }
}

impl Deref for Piece {
    type Target = str;
    fn deref(&self) -> &str {
        self.source.get(self.at..self.at + self.length).unwrap_or_default()
    }
}

impl std::fmt::Debug for Piece {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        (**self).fmt(formatter)
    }
}

/// An element with its local name.
#[derive(Debug, Default)]
pub struct Element {
    /// Local name.
    pub name: Piece,
    attributes: Vec<(Piece, Piece)>,
    /// Elements and texts, in order.
    pub children: Vec<Node>,
}

/// Something in an element.
#[derive(Debug)]
pub enum Node {
    /// An element.
    Element(Element),
    /// Text, entities resolved.
    Text(Piece),
}

impl Element {
    /// The attribute of this local name.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(found, _)| &**found == name).map(|(_, value)| &**value)
    }
    /// Child elements, in order.
    pub fn elements(&self) -> impl Iterator<Item = &Element> {
        self.children.iter().filter_map(|node| match node {
            Node::Element(element) => Some(element),
            Node::Text(_) => None,
        })
    }
    /// The first child of this local name.
    #[must_use]
    pub fn child(&self, name: &str) -> Option<&Element> {
        self.elements().find(|element| &*element.name == name)
    }
    /// The `val` attribute of the first child of this name.
    #[must_use]
    pub fn child_value(&self, name: &str) -> Option<&str> {
        self.child(name)?.attribute("val")
    }
    /// Whether a child of this name is there and not switched off by its `val`.
    #[must_use]
    pub fn switched_on(&self, name: &str) -> bool {
        self.child(name).is_some_and(|element| !matches!(element.attribute("val"), Some("0" | "false" | "off" | "none")))
    }
    /// Whether an element of this name stands anywhere inside.
    #[must_use]
    pub fn contains(&self, name: &str) -> bool {
        self.elements().any(|element| &*element.name == name || element.contains(name))
    }
    /// All elements of this name inside, outermost only, in order.
    pub fn outermost<'e>(&'e self, name: &str, found: &mut Vec<&'e Element>) {
        for element in self.elements() {
            if &*element.name == name {
                found.push(element);
            } else {
                element.outermost(name, found);
            }
        }
    }
    /// A copy with everything inside.
    #[must_use]
    pub fn copied(&self) -> Self {
        let copy = |node: &Node| match node {
            Node::Element(element) => Node::Element(element.copied()),
            Node::Text(text) => Node::Text(text.clone()),
        };
        Self { name: self.name.clone(), attributes: self.attributes.clone(), children: self.children.iter().map(copy).collect() }
    }
    /// Direct text of this element.
    #[must_use]
    pub fn text(&self) -> String {
        self.children.iter().filter_map(|node| if let Node::Text(text) = node { Some(&**text) } else { None }).collect()
    }
}

/// The tree of `bytes`.
///
/// # Errors
/// `Damaged` when it is no XML, `TooDeep` and `TooLarge` over the limits, `Unsupported` with a document type definition.
pub fn parse(bytes: &[u8]) -> Result<Element, Problem> {
    let text: Rc<str> = super::text::decoded(bytes).into();
    let of_text = |found: Cow<'_, str>| Node::Text(Piece::of(&text, &found));
    let mut reader = Reader::from_str(&text);
    let config = reader.config_mut();
    config.allow_dangling_amp = true;
    let mut stack = vec![Element::default()];
    let mut nodes = 0_usize;
    loop {
        nodes += 1;
        if nodes > NODES_MAX {
            return Err(Problem::TooLarge);
        }
        match reader.read_event().map_err(|_| Problem::Damaged)? {
            Event::Start(start) => {
                if stack.len() > DEPTH_MAX {
                    return Err(Problem::TooDeep);
                }
                stack.push(element(&start, &text)?);
            }
            Event::Empty(start) => push(&mut stack, Node::Element(element(&start, &text)?)),
            Event::End(_) => {
                let done = stack.pop().ok_or(Problem::Damaged)?;
                if stack.is_empty() {
                    return Err(Problem::Damaged);
                }
                push(&mut stack, Node::Element(done));
            }
            Event::Text(words) => push(&mut stack, of_text(words.xml10_content())),
            Event::CData(words) => push(&mut stack, of_text(words.xml10_content())),
            Event::GeneralRef(reference) => {
                let resolved = match reference.resolve_char_ref() {
                    Ok(Some(c)) => String::from(c),
                    _ => predefined(&reference.xml10_content()).to_owned(),
                };
                push(&mut stack, Node::Text(Piece::alone(&resolved)));
            }
            Event::DocType(_) => return Err(Problem::Unsupported),
            Event::Eof => break,
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
        }
    }
    let mut root = stack.swap_remove(0);
    let first = root.children.iter().position(|node| matches!(node, Node::Element(_))).ok_or(Problem::Damaged)?;
    match root.children.swap_remove(first) {
        Node::Element(element) => Ok(element),
        Node::Text(_) => Err(Problem::Damaged),
    }
}

fn push(stack: &mut [Element], node: Node) {
    if let Some(parent) = stack.last_mut() {
        parent.children.push(node);
    }
}

fn predefined(name: &str) -> &'static str {
    match name {
        "lt" => "<",
        "gt" => ">",
        "amp" => "&",
        "apos" => "'",
        "quot" => "\"",
        "nbsp" => "\u{a0}",
        _ => "",
    }
}

fn element(start: &BytesStart<'_>, source: &Rc<str>) -> Result<Element, Problem> {
    let local = |name: &str| Piece::of(source, name.rsplit(':').next().unwrap_or(name));
    let mut attributes = Vec::new();
    for attribute in start.attributes().with_checks(false) {
        let Ok(attribute) = attribute else { continue };
        if attributes.len() == ATTRIBUTES_MAX {
            return Err(Problem::TooLarge);
        }
        let value =
            attribute.normalized_value(XmlVersion::Implicit1_0).map(|value| Piece::of(source, &value)).unwrap_or_default();
        attributes.push((local(attribute.key.as_ref()), value));
    }
    Ok(Element { name: local(start.name().as_ref()), attributes, children: Vec::new() })
}
