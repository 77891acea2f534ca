//! Mails for measuring: as many nominations as wanted, each of another made-up family, with a form of a wanted size.

use lopdf::{Dictionary, Document, Object, Stream, dictionary};

use super::county::{Nomination, drawn};
use super::forms;
use super::mails::{PDF, Post, raw};
use crate::ambient::{Ambient, Script};
use crate::domain::time::Instant;

/// The nomination mail number `index`, with the form as a PDF with fields that carries a picture of `picture_bytes` bytes that no
/// compression makes smaller: a scanned letterhead or a phone's photo brings real forms to such sizes. The same index gives the
/// same bytes, another index another family, mail and `Message-ID`.
///
/// # Panics
/// Never: what it writes fits a mail.
#[must_use]
pub fn bench_mail(index: usize, picture_bytes: usize) -> Vec<u8> {
    // 1 January 2026, a minute a mail.
    let sent = Instant::from_second(1_767_225_600 + 60 * i64::try_from(index).expect("a number of mails")).expect("this century");
    let ambient = Ambient::Scripted(Script::new(sent, index as u64));
    let nomination = family(index, &ambient);
    let mut form = forms::nomination_pdf(&nomination);
    if picture_bytes > 0 {
        add_picture(&mut form, picture_bytes, &ambient);
    }
    let from = (nomination.referrer.name.as_str(), nomination.referrer.email.as_str());
    let text = "Dear team,\n\nplease find a nomination attached. The family knows about it.\n\nKind regards\n";
    let mut post = Post::new("bench", "a nomination for measuring", from, "Nomination", text);
    post.attachments.push(("nomination.pdf".to_owned(), PDF, crate::forms::bytes(form)));
    let id = format!("<{index:032x}@lakefoot-families.example.org>");
    raw(&post, sent, &id, None)
}

/// Of these the made-up names are put together: 8,000 surnames and 324 first names, about as many as a county has.
const SURNAME_PARTS: [&str; 20] = [
    "bar", "bel", "brig", "cal", "dal", "fen", "gar", "hol", "ken", "lin", "mel", "nor", "pel", "ros", "sed", "tam", "thor",
    "wal", "wick", "yar",
];
const GIVEN_PARTS: [&str; 18] =
    ["al", "be", "co", "da", "el", "fi", "ga", "ho", "ja", "ka", "li", "mo", "na", "ro", "sa", "ti", "vi", "we"];
/// Letters in which a postcode ends.
const POSTCODE_LETTERS: &[u8] = b"ABDEFGHJLNPQRSTUWXYZ";

/// A family that shares a name or a postcode with about as many others as in a real county, and hardly ever both: with the few names
/// and places of the sample county every postcode would hold hundreds of families, and most would be asked about as known ones.
fn family(index: usize, ambient: &Ambient) -> Nomination {
    let mut nomination = drawn(crate::domain::time::london_date(ambient.now()), ambient);
    let pick = |limit: usize| usize::try_from(ambient.below(limit as u64)).expect("below a length");
    let surname = written([0; 3].map(|_| SURNAME_PARTS[pick(SURNAME_PARTS.len())]).concat());
    let first = pick(GIVEN_PARTS.len().pow(2));
    for (at, member) in nomination.members.iter_mut().enumerate() {
        member.family.clone_from(&surname);
        // Two of one family never share a name: 324 and 7 have no divisor in common.
        let given = (first + 7 * at) % GIVEN_PARTS.len().pow(2);
        let parts = [given / GIVEN_PARTS.len(), given % GIVEN_PARTS.len()];
        member.given = written(parts.map(|part| GIVEN_PARTS[part]).concat());
    }
    let letters = [(); 2].map(|()| char::from(POSTCODE_LETTERS[pick(POSTCODE_LETTERS.len())]));
    nomination.postcode.truncate(nomination.postcode.len() - letters.len());
    nomination.postcode.extend(letters);
    // Another sender each as well: one address is answered by the program a few times a day only.
    nomination.referrer.email = format!("worker{index}@lakefoot-families.example.org");
    if let Some((signed_by, _)) = &mut nomination.consent {
        *signed_by = nomination.members[0].name();
    }
    nomination
}

/// With a capital.
fn written(name: String) -> String {
    let (first, rest) = name.split_at(1);
    format!("{}{rest}", first.to_uppercase())
}

/// Noise as a picture in the corner of the first page, drawn as a letterhead is.
fn add_picture(form: &mut Document, bytes: usize, ambient: &Ambient) {
    const WIDTH: usize = 160;
    let height = bytes.div_ceil(3 * WIDTH);
    let mut noise = Vec::with_capacity(height * WIDTH * 3 + 16);
    while noise.len() < height * WIDTH * 3 {
        noise.extend_from_slice(&ambient.bits().to_le_bytes());
    }
    noise.truncate(height * WIDTH * 3);
    let size = |length: usize| i64::try_from(length).expect("a picture's side");
    let header = dictionary! {
        "Type" => "XObject", "Subtype" => "Image", "Width" => size(WIDTH), "Height" => size(height),
        "ColorSpace" => "DeviceRGB", "BitsPerComponent" => 8,
    };
    let picture = form.add_object(Stream::new(header, noise));
    let drawing = form.add_object(Stream::new(Dictionary::new(), b"q 60 0 0 60 500 775 cm /Im0 Do Q".to_vec()));
    let first = *form.get_pages().get(&1).expect("the form has a first page");
    let page = form.get_object_mut(first).and_then(Object::as_dict_mut).expect("a page is a dictionary");
    let contents = page.get(b"Contents").expect("the page is drawn").clone();
    page.set("Contents", vec![contents, drawing.into()]);
    let resources = page.get_mut(b"Resources").and_then(Object::as_dict_mut).expect("the page has fonts");
    resources.set("XObject", dictionary! { "Im0" => picture });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::document::Limits;
    use crate::domain::nomination::reading::read_mail;

    #[test]
    fn a_mail_for_measuring_is_of_the_wanted_size_and_of_another_family_each() {
        let (one, other) = (bench_mail(1, 0), bench_mail(2, 0));
        assert_eq!(one, bench_mail(1, 0));
        assert!((135 << 10..165 << 10).contains(&one.len()), "{}", one.len());
        assert!(bench_mail(1, 46 << 10).len() - one.len() > 62 << 10, "a picture of 46 KB is 63 KB of a mail");
        let read = |raw: &[u8]| read_mail(raw, &Limits::default()).unwrap();
        let (one, other) = (read(&one), read(&other));
        assert_ne!(one.message.message_id, other.message.message_id);
        assert!(one.documents[0].problem.is_none() && one.documents[0].name == "nomination.pdf");
        assert_ne!(one.documents[0].blocks, other.documents[0].blocks);
    }
}
