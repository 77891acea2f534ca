//! Entries of arrays. One that leads nowhere is passed over: the parser's own walk would end there.

use std::collections::HashSet;

use hayro_syntax::object::{Array, MaybeRef, Object, ObjectIdentifier};
use hayro_syntax::xref::XRef;

/// An entry that exists, with its number when it is an object of its own.
pub type Entry<'d> = (Option<ObjectIdentifier>, Object<'d>);

/// The entries of `array` that exist.
pub fn entries<'d>(xref: &'d XRef, array: &Array<'d>) -> impl Iterator<Item = Entry<'d>> {
    array.raw_iter().filter_map(|entry| existing(xref, entry))
}

/// The same without those whose numbers are `known`, of the first `count`: they are not looked at, for each look parses the object anew.
pub fn unknown_entries<'d>(
    xref: &'d XRef,
    array: &Array<'d>,
    known: &HashSet<ObjectIdentifier>,
    count: usize,
) -> impl Iterator<Item = Entry<'d>> {
    let unknown = |entry: &MaybeRef<Object<'d>>| match entry {
        MaybeRef::Ref(reference) => !known.contains(&ObjectIdentifier::from(*reference)),
        MaybeRef::NotRef(_) => true,
    };
    array.raw_iter().take(count).filter(unknown).filter_map(|entry| existing(xref, entry))
}

fn existing<'d>(xref: &'d XRef, entry: MaybeRef<Object<'d>>) -> Option<Entry<'d>> {
    match entry {
        MaybeRef::Ref(reference) => Some((Some(reference.into()), xref.get::<Object<'d>>(reference.into())?)),
        MaybeRef::NotRef(object) => Some((None, object)),
    }
}

/// The same without the numbers.
pub fn values<'d>(xref: &'d XRef, array: &Array<'d>) -> impl Iterator<Item = Object<'d>> {
    entries(xref, array).map(|(_, object)| object)
}
