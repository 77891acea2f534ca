//! Where each value of a YAML text stands: `moves[3].guard` → line and column. Checks speak of places, people read lines.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::Spanned;

/// Line and column of every value in a text, both from 1.
#[derive(Debug, Default)]
pub(super) struct Places(BTreeMap<String, (u32, u32)>);

impl Places {
    /// The places of `text`; none when it is no YAML.
    pub(super) fn of(text: &str) -> Self {
        let mut places = BTreeMap::new();
        if let Ok(tree) = serde_saphyr::from_str::<Spanned<Tree>>(text) {
            note(&tree, String::new(), &mut places);
        }
        Self(places)
    }

    /// Where `place` stands, or the nearest value around it.
    pub(super) fn find(&self, place: &str) -> Option<(u32, u32)> {
        let mut place = place;
        loop {
            if let Some(found) = self.0.get(place) {
                return Some(*found);
            }
            place = &place[..place.rfind(['.', '['])?];
        }
    }
}

fn note(node: &Spanned<Tree>, place: String, places: &mut BTreeMap<String, (u32, u32)>) {
    match &node.value {
        Tree::Scalar => {}
        Tree::List(items) => {
            for (index, item) in items.iter().enumerate() {
                note(item, format!("{place}[{index}]"), places);
            }
        }
        Tree::Map(entries) => {
            for (key, value) in entries {
                let dot = if place.is_empty() { "" } else { "." };
                note(value, format!("{place}{dot}{key}"), places);
            }
        }
    }
    let (line, column) = (node.referenced.line(), node.referenced.column());
    if line > 0 {
        places.insert(place, (u32::try_from(line).unwrap_or(u32::MAX), u32::try_from(column).unwrap_or(u32::MAX)));
    }
}

enum Tree {
    Scalar,
    List(Vec<Spanned<Tree>>),
    Map(Vec<(String, Spanned<Tree>)>),
}

impl<'de> Deserialize<'de> for Tree {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TreeVisitor)
    }
}

struct TreeVisitor;

/// Every kind of scalar is the same to us.
macro_rules! scalars {
    ($($visit:ident: $type:ty),*) => {$(
        fn $visit<E>(self, _: $type) -> Result<Tree, E> { Ok(Tree::Scalar) }
    )*};
}

impl<'de> Visitor<'de> for TreeVisitor {
    type Value = Tree;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    scalars!(visit_bool: bool, visit_i64: i64, visit_i128: i128, visit_u64: u64, visit_u128: u128, visit_f64: f64, visit_str: &str);

    fn visit_unit<E>(self) -> Result<Tree, E> {
        Ok(Tree::Scalar)
    }
    fn visit_none<E>(self) -> Result<Tree, E> {
        Ok(Tree::Scalar)
    }
    fn visit_some<D: Deserializer<'de>>(self, inner: D) -> Result<Tree, D::Error> {
        inner.deserialize_any(self)
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Tree, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Tree::List(list))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Tree, A::Error> {
        let mut map = Vec::new();
        while let Some(entry) = entries.next_entry()? {
            map.push(entry);
        }
        Ok(Tree::Map(map))
    }
}
