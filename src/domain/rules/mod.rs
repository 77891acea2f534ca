//! Three-valued conditions (Kleene's strong logic): evaluate, and keep the whole trace as the explanation.
//!
//! Knows no form and no family: what a term means is the caller's. Start at [`evaluate`].

use serde::{Deserialize, Serialize};

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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
