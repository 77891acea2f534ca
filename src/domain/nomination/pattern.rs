//! Ways of telling something, in which a few words count and others may stand between: `throw*/threw .. stones/eggs/bricks`.
//!
//! A blank parts the words of a pattern, `/` parts words of which any will do, `*` stands for any ending, and `..` for up to five words.

/// Words that `..` stands for at most.
const BETWEEN_MAX: usize = 5;

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
    pub(super) fn first<'p>(&self, patterns: impl IntoIterator<Item = &'p String>) -> Option<usize> {
        patterns.into_iter().filter_map(|pattern| self.find(pattern)).min()
    }

    fn find(&self, pattern: &str) -> Option<usize> {
        (0..self.words.len()).find(|start| self.fits(*start, pattern)).map(|start| self.words[start].0)
    }

    /// Whether `pattern` stands in the words from `start` on.
    fn fits(&self, start: usize, pattern: &str) -> bool {
        let (part, rest) = pattern.split_once(' ').unwrap_or((pattern, ""));
        let Some((_, word)) = self.words.get(start) else { return false };
        if !is_one_of(word, part) {
            return false;
        }
        match rest.strip_prefix(".. ") {
            _ if rest.is_empty() => true,
            Some(rest) => (start + 1..=start + 1 + BETWEEN_MAX).any(|next| self.fits(next, rest)),
            None => self.fits(start + 1, rest),
        }
    }
}

fn is_one_of(word: &str, part: &str) -> bool {
    part.split('/').any(|one| match one.strip_suffix('*') {
        Some(beginning) => word.starts_with(beginning),
        None => word == one,
    })
}
