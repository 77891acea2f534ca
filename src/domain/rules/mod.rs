//! Three-valued conditions (Kleene's strong logic): evaluate, and keep the whole trace as the explanation.
//!
//! Knows no form and no family: what a term means is the caller's. Start at [`evaluate`].

use serde::{Deserialize, Serialize};

mod parse;

/// What a condition came to. What is unknown never counts as *not met*.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Truth {
    /// Shown to be false.
    NotMet,
    /// Neither shown to be true nor to be false.
    NotShown,
    /// Shown to be true.
    Met,
}

/// A condition over terms `T`. In a file: `{all: […]}`, `{any: […]}`, `{not: …}`, `{at_least: {count: n, of: […]}}`, or a term.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Condition<T> {
    /// Every one is met.
    All(Vec<Condition<T>>),
    /// At least one is met.
    Any(Vec<Condition<T>>),
    /// The inner one is not met.
    Not(Box<Condition<T>>),
    /// At least `count` of `of` are met.
    AtLeast {
        /// How many are needed.
        count: usize,
        /// The candidates.
        of: Vec<Condition<T>>,
    },
    /// A leaf, whose meaning is the caller's.
    #[serde(untagged)]
    Term(T),
}

/// The evaluation tree: the explanation *is* the evaluation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Trace<E> {
    /// What this node came to.
    pub truth: Truth,
    /// The node in plain words.
    pub says: String,
    /// What the leaf rests on; empty above leaves.
    pub evidence: Vec<E>,
    /// The parts, in file order.
    pub parts: Vec<Trace<E>>,
}

impl Truth {
    /// The opposite; what is not shown stays so.
    #[must_use]
    pub fn negated(self) -> Self {
        match self {
            Truth::Met => Truth::NotMet,
            Truth::NotShown => Truth::NotShown,
            Truth::NotMet => Truth::Met,
        }
    }
    /// For people: `met`, `not shown`, `not met`.
    #[must_use]
    pub fn in_words(self) -> &'static str {
        match self {
            Truth::Met => "met",
            Truth::NotShown => "not shown",
            Truth::NotMet => "not met",
        }
    }
}

impl<T> Condition<T> {
    /// Every leaf, in file order.
    pub fn terms(&self) -> Vec<&T> {
        match self {
            Condition::All(parts) | Condition::Any(parts) | Condition::AtLeast { of: parts, .. } => {
                parts.iter().flat_map(Condition::terms).collect()
            }
            Condition::Not(inner) => inner.terms(),
            Condition::Term(term) => vec![term],
        }
    }

    /// What the condition comes to, without an explanation: for callers that try many values.
    pub fn truth(&self, leaf: &impl Fn(&T) -> Truth) -> Truth {
        match self {
            Condition::All(parts) => all(parts.iter().map(|part| part.truth(leaf))),
            Condition::Any(parts) => any(parts.iter().map(|part| part.truth(leaf))),
            Condition::Not(inner) => inner.truth(leaf).negated(),
            Condition::AtLeast { count, of } => at_least(*count, of.iter().map(|part| part.truth(leaf))),
            Condition::Term(term) => leaf(term),
        }
    }
}

/// The truth of `condition` with everything it rests on. Every part is evaluated, also where an earlier one decides,
/// because the explanation has to show them all.
pub fn evaluate<T, E>(condition: &Condition<T>, leaf: &impl Fn(&T) -> Trace<E>) -> Trace<E> {
    let traces = |parts: &[Condition<T>]| parts.iter().map(|part| evaluate(part, leaf)).collect::<Vec<_>>();
    match condition {
        Condition::Term(term) => leaf(term),
        Condition::All(parts) => composite(traces(parts), "all of these", all),
        Condition::Any(parts) => composite(traces(parts), "at least one of these", any),
        Condition::AtLeast { count, of } => {
            composite(traces(of), &format!("at least {count} of these"), |truths| at_least(*count, truths))
        }
        Condition::Not(inner) => composite(vec![evaluate(inner, leaf)], "the opposite of this", |truths| all(truths).negated()),
    }
}

fn composite<E>(parts: Vec<Trace<E>>, says: &str, combine: impl FnOnce(std::vec::IntoIter<Truth>) -> Truth) -> Trace<E> {
    let truths: Vec<Truth> = parts.iter().map(|part| part.truth).collect();
    Trace { truth: combine(truths.into_iter()), says: says.to_owned(), evidence: Vec::new(), parts }
}

/// Met when there is nothing to meet.
fn all(truths: impl Iterator<Item = Truth>) -> Truth {
    truths.min().unwrap_or(Truth::Met)
}

/// Not met when there is nothing that could be.
fn any(truths: impl Iterator<Item = Truth>) -> Truth {
    truths.max().unwrap_or(Truth::NotMet)
}

fn at_least(count: usize, truths: impl Iterator<Item = Truth>) -> Truth {
    let (mut met, mut open) = (0, 0);
    for truth in truths {
        match truth {
            Truth::Met => met += 1,
            Truth::NotShown => open += 1,
            Truth::NotMet => {}
        }
    }
    if met >= count {
        Truth::Met
    } else if met + open >= count {
        Truth::NotShown
    } else {
        Truth::NotMet
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRUTHS: [Truth; 3] = [Truth::NotMet, Truth::NotShown, Truth::Met];

    fn term(truth: Truth) -> Condition<Truth> {
        Condition::Term(truth)
    }

    fn check(condition: &Condition<Truth>, expected: Truth) {
        let leaf = |truth: &Truth| Trace::<()> { truth: *truth, says: String::new(), evidence: Vec::new(), parts: Vec::new() };
        assert_eq!(evaluate(condition, &leaf).truth, expected, "{condition:?}");
        assert_eq!(condition.truth(&|truth| *truth), expected, "{condition:?}");
    }

    #[test]
    fn what_is_unknown_stays_unknown_unless_something_known_decides() {
        for a in TRUTHS {
            check(&Condition::Not(Box::new(Condition::Not(Box::new(term(a))))), a);
            for b in TRUTHS {
                check(&Condition::All(vec![term(a), term(b)]), a.min(b));
                check(&Condition::Any(vec![term(a), term(b)]), a.max(b));
                check(&Condition::AtLeast { count: 1, of: vec![term(a), term(b)] }, a.max(b));
                check(&Condition::AtLeast { count: 2, of: vec![term(a), term(b)] }, a.min(b));
                check(&Condition::AtLeast { count: 3, of: vec![term(a), term(b)] }, Truth::NotMet);
                check(&Condition::AtLeast { count: 0, of: vec![term(a), term(b)] }, Truth::Met);
            }
        }
        check(&Condition::All(Vec::new()), Truth::Met);
        check(&Condition::Any(Vec::new()), Truth::NotMet);
    }

    #[test]
    fn a_condition_comes_back_from_text_as_it_was_written() {
        let written = r#"{"all":[{"not":"met"},{"any":["not_shown"]},{"at_least":{"count":1,"of":["met"]}}]}"#;
        let condition: Condition<Truth> = serde_json::from_str(written).expect("reads");
        assert_eq!(serde_json::to_string(&condition).expect("writes"), written);
    }
}
