//! HTML without the tags beyond a depth that no page needs: a parser's work grows with the square of it. One pass, nothing built.
//!
//! Words stay; only tags opened too deep are left out, with their ends.

use std::borrow::Cow;

/// Elements open at once. Browsers stop at 512.
const OPEN_MAX: usize = 300;
/// Elements that hold nothing, so that nobody closes them.
const EMPTY: [&str; 14] =
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr"];
/// Elements whose ends are often left out, because the next one ends them.
const ENDED_BY_THE_NEXT: [&str; 13] =
    ["p", "li", "dt", "dd", "option", "tr", "td", "th", "thead", "tbody", "tfoot", "colgroup", "optgroup"];
/// Elements whose text is no markup.
const RAW: [&str; 6] = ["script", "style", "textarea", "title", "xmp", "noembed"];

/// `html`, no more than [`OPEN_MAX`] elements deep.
#[must_use]
pub fn shallow(html: &str) -> Cow<'_, str> {
    if html.bytes().filter(|byte| *byte == b'<').count() <= OPEN_MAX {
        return Cow::Borrowed(html);
    }
    let mut cut = Cut { html, at: 0, kept_from: 0, open: 0, dropped: 0, out: None };
    while let Some(offset) = html[cut.at..].find('<') {
        cut.at += offset;
        cut.tag();
    }
    match cut.out {
        Some(mut out) => {
            out.push_str(&html[cut.kept_from..]);
            Cow::Owned(out)
        }
        None => Cow::Borrowed(html),
    }
}

struct Cut<'h> {
    html: &'h str,
    at: usize,
    /// What stands before it is in `out` already, or left out.
    kept_from: usize,
    open: usize,
    /// Tags left out that are still to be ended.
    dropped: usize,
    out: Option<String>,
}

impl Cut<'_> {
    /// Passes the tag at `at`.
    fn tag(&mut self) {
        let rest = &self.html[self.at..];
        let bytes = rest.as_bytes();
        if rest.starts_with("<!--") {
            self.at += rest.find("-->").map_or(rest.len(), |end| end + 3);
            return;
        }
        let closing = bytes.get(1) == Some(&b'/');
        let name_from = 1 + usize::from(closing);
        if !bytes.get(name_from).is_some_and(u8::is_ascii_alphabetic) {
            self.at += 1;
            return;
        }
        let length = bytes[name_from..].iter().take_while(|byte| byte.is_ascii_alphanumeric()).count();
        let name = rest[name_from..name_from + length].to_ascii_lowercase();
        let end = end_of_tag(bytes);
        let name = name.as_str();
        if EMPTY.contains(&name) {
            self.at += end;
        } else if closing {
            self.close(name, end);
        } else {
            self.open(name, end);
        }
    }

    fn open(&mut self, name: &str, end: usize) {
        if self.open >= OPEN_MAX {
            if !ENDED_BY_THE_NEXT.contains(&name) {
                self.dropped += 1;
            }
            return self.leave_out(end);
        }
        self.at += end;
        if RAW.contains(&name) {
            let rest = &self.html.as_bytes()[self.at..];
            let closes = |at: &usize| {
                rest[*at..].starts_with(b"</")
                    && rest.get(at + 2..at + 2 + name.len()).is_some_and(|found| found.eq_ignore_ascii_case(name.as_bytes()))
            };
            let at = (0..rest.len()).filter(|at| rest[*at] == b'<').find(closes);
            self.at += at.map_or(rest.len(), |at| at + end_of_tag(&rest[at..]));
        } else if !ENDED_BY_THE_NEXT.contains(&name) {
            self.open += 1;
        }
    }

    fn close(&mut self, name: &str, end: usize) {
        let counts = !ENDED_BY_THE_NEXT.contains(&name);
        if self.dropped > 0 && counts {
            self.dropped -= 1;
            return self.leave_out(end);
        }
        self.at += end;
        if counts {
            self.open = self.open.saturating_sub(1);
        }
    }

    fn leave_out(&mut self, end: usize) {
        let out = self.out.get_or_insert_with(String::new);
        out.push_str(&self.html[self.kept_from..self.at]);
        // A tag sets words apart.
        out.push(' ');
        self.at += end;
        self.kept_from = self.at;
    }
}

/// How long the tag at the beginning of `bytes` is; a `>` in quotes does not end it.
fn end_of_tag(bytes: &[u8]) -> usize {
    let mut quote = None;
    for (index, byte) in bytes.iter().enumerate() {
        match (quote, byte) {
            (None, b'>') => return index + 1,
            (None, b'"' | b'\'') if bytes[..index].last() == Some(&b'=') => quote = Some(*byte),
            (Some(open), byte) if open == *byte => quote = None,
            _ => {}
        }
    }
    // Nothing ends it: everything behind is no words.
    bytes.len()
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::{OPEN_MAX, shallow};

    #[test]
    fn ordinary_pages_stay_as_they_are() {
        let page = "<html><body><p>a<p>b<br><table><tr><td>x<td>y</table><!-- <b> --><script>if (a<b) {}</script>".repeat(10);
        let long = format!("<div>{}</div>", "<p>word <b>bold</b><li>item<img src='a>b'>".repeat(2_000));
        for html in [page.as_str(), &long] {
            assert!(matches!(shallow(html), Cow::Borrowed(_)));
        }
    }

    #[test]
    fn tags_too_deep_are_left_out_and_words_stay() {
        let deep = format!("{}word{}after", "<div>".repeat(1_000), "</div>".repeat(1_000));
        let cut = shallow(&deep);
        assert_eq!((cut.matches("<div>").count(), cut.matches("</div>").count()), (OPEN_MAX, OPEN_MAX));
        assert!(cut.contains("word") && cut.ends_with("after"));
    }
}
