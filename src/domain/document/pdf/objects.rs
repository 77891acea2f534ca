//! Entries of arrays. One that leads nowhere is passed over: the parser's own walk would end there.

use hayro_syntax::object::{Array, MaybeRef, Object, ObjectIdentifier};
use hayro_syntax::xref::XRef;

/// The entries of `array` that exist, each with its number when it is an object of its own.
pub fn entries<'d>(xref: &'d XRef, array: &Array<'d>) -> impl Iterator<Item = (Option<ObjectIdentifier>, Object<'d>)> {
    array.raw_iter().filter_map(|entry| match entry {
        MaybeRef::Ref(reference) => Some((Some(reference.into()), xref.get::<Object<'d>>(reference.into())?)),
        MaybeRef::NotRef(object) => Some((None, object)),
    })
}

/// The same without the numbers.
pub fn values<'d>(xref: &'d XRef, array: &Array<'d>) -> impl Iterator<Item = Object<'d>> {
    entries(xref, array).map(|(_, object)| object)
}
