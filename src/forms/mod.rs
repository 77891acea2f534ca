//! The forms a programme hands out, made of their one definition: a PDF with fields, a Word document with content controls, a JSON Schema.
//!
//! Made empty for people, filled in for the sample county and for the proof that what is typed is what is read. Start at [`pdf()`],
//! [`docx()`] and [`schema()`]; [`proof`] reads back.

mod letters;
mod pdf;
pub mod proof;
mod saved;
mod schema;
pub mod sheet;
pub mod word;
mod worded;

use std::collections::BTreeMap;

pub use pdf::pdf;
pub use saved::bytes;
pub use schema::schema;
pub use worded::docx;

/// What stands in a form's fields, by the fields' names; a tick is `x`. What is not there is empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answers(BTreeMap<String, String>);

impl Answers {
    /// Writes into a field.
    pub fn set(&mut self, field: impl Into<String>, value: impl Into<String>) {
        let (field, value) = (field.into(), value.into());
        if !value.is_empty() {
            self.0.insert(field, value);
        }
    }
    /// What stands in a field; empty when nothing does.
    #[must_use]
    pub fn get(&self, field: &str) -> &str {
        self.0.get(field).map_or("", String::as_str)
    }
    /// Every field that holds something.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(field, value)| (field.as_str(), value.as_str()))
    }
}
