//! Ways of telling something, in which a few words count and others may stand between: `throw*/threw .. stones/eggs/bricks`.
//!
//! Made ready once ([`Patterns`]), a list of them is looked for in one walk over a clause's words, however long the list is.
//!
//! A blank parts the words of a pattern, `/` parts words of which any will do, `*` stands for any ending, and `..` for up to five words.

use super::phrases::{GROUPS, group_of};

/// Words that `..` stands for at most.
const BETWEEN_MAX: usize = 5;

/// Patterns made ready for looking for all of them at once.
#[derive(Debug)]
pub(super) struct Patterns {
    all: Vec<Vec<Step>>,
    /// What may stand first, grouped by how it begins, with the places in `all` of the patterns it opens.
    openers: Vec<Vec<(Opener, u32)>>,
}

/// A word of a pattern: any of these will do.
#[derive(Debug)]
struct Step {
    words: Vec<Opener>,
    /// Up to [`BETWEEN_MAX`] other words may stand before it.
    far: bool,
}

/// A word, or how one begins.
#[derive(Debug, Clone)]
struct Opener {
    text: Box<str>,
    open: bool,
}

impl Opener {
    fn of(written: &str) -> Self {
        let open = written.strip_suffix('*');
        Self { text: open.unwrap_or(written).into(), open: open.is_some() }
    }

    fn is(&self, word: &str) -> bool {
        if self.open { word.starts_with(&*self.text) } else { word == &*self.text }
    }
}

/// The group of words that begin with the bytes of `text`; a lone byte has one too.
fn group(text: &str) -> usize {
    let bytes = text.as_bytes();
    group_of(bytes.first().copied().unwrap_or(0), bytes.get(1).copied().unwrap_or(0))
}

impl Patterns {
    pub(super) fn new<'p>(patterns: impl IntoIterator<Item = &'p String>) -> Self {
        let mut ready = Self { all: Vec::new(), openers: vec![Vec::new(); GROUPS] };
        for (place, pattern) in (0_u32..).zip(patterns) {
            let steps = steps(pattern);
            for opener in steps.first().iter().flat_map(|step| &step.words) {
                // The beginning of a word that is one letter long may be followed by any other.
                let wide = opener.open && opener.text.len() < 2;
                let groups = if wide { 0..GROUPS } else { group(&opener.text)..group(&opener.text) + 1 };
                ready.openers[groups].iter_mut().for_each(|group| group.push((opener.clone(), place)));
            }
            ready.all.push(steps);
        }
        ready
    }
}

fn steps(pattern: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut far = false;
    for part in pattern.split(' ') {
        if part == ".." && !steps.is_empty() {
            far = true;
        } else {
            steps.push(Step { words: part.split('/').map(Opener::of).collect(), far });
            far = false;
        }
    }
    steps
}

/// A clause, taken apart once for many patterns: each word, in small letters, with its place.
pub(super) struct Told<'c> {
    words: Vec<(usize, &'c str)>,
}

impl<'c> Told<'c> {
    /// The words of a folded clause.
    pub(super) fn new(clause: &'c str) -> Self {
        let mut words = Vec::new();
        let mut from = 0;
        for word in clause.split([' ', '-', '/', '\n']) {
            let bare = word.trim_start_matches(|c: char| !c.is_alphanumeric());
            let at = from + word.len() - bare.len();
            from += word.len() + 1;
            let bare = bare.trim_end_matches(|c: char| !c.is_alphanumeric());
            if !bare.is_empty() {
                words.push((at, bare));
            }
        }
        Self { words }
    }

    /// Where the first of `patterns` to stand in the clause begins, in bytes.
    pub(super) fn first(&self, patterns: &Patterns) -> Option<usize> {
        let stands = |start: &usize| {
            let word = self.words[*start].1;
            let openers = patterns.openers[group(word)].iter();
            openers
                .filter(|(opener, _)| opener.is(word))
                .any(|(_, place)| self.follow(start + 1, &patterns.all[*place as usize][1..]))
        };
        (0..self.words.len()).find(stands).map(|start| self.words[start].0)
    }

    /// Whether the rest of a pattern stands in the words from `start` on.
    fn follow(&self, start: usize, steps: &[Step]) -> bool {
        let Some((step, rest)) = steps.split_first() else { return true };
        let last = if step.far { start + BETWEEN_MAX } else { start };
        (start..=last).any(|at| {
            self.words.get(at).is_some_and(|(_, word)| step.words.iter().any(|one| one.is(word))) && self.follow(at + 1, rest)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_found_by_their_words_with_others_between() {
        let table = [
            ("she threw three stones at cars", "throw*/threw .. stones/eggs/bricks", Some(4)),
            ("throwing eggs", "throw*/threw .. stones/eggs/bricks", Some(0)),
            ("threw a b c d e stones", "throw*/threw .. stones", Some(0)),
            ("threw a b c d e f stones", "throw*/threw .. stones", None),
            ("he will not go", "not go", Some(8)),
            ("he will not often go", "not go", None),
            ("a lot of it", "a*", Some(0)),
            ("an uncle", "a*", Some(0)),
            ("(self-harm)", "self harm*", Some(1)),
            ("i am", "i am/was", Some(0)),
            ("i", "i am", None),
            ("", "i", None),
            ("x i am not here but i am there", "i am .. there", Some(2)),
        ];
        for (clause, pattern, found) in table {
            let ready = Patterns::new(&[pattern.to_owned()]);
            assert_eq!(Told::new(clause).first(&ready), found, "{pattern} in {clause}");
        }
        let both = Patterns::new(&["go* .. school".to_owned(), "late/missing".to_owned()]);
        assert_eq!(Told::new("late, and goes not to school").first(&both), Some(0), "the earliest, whichever it is of");
    }
}
