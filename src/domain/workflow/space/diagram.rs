//! Sets of combinations of values, each kept as a decision diagram: a set of billions is a few hundred nodes.
//!
//! Reduced and ordered (R. E. Bryant, 1986), with as many branches at a node as its variable has values, so that every combination
//! is one that can be. Two sets are equal exactly when they are the same node.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// A set of combinations: the number of its topmost node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Set(u32);

/// No combination.
pub(super) const NONE: Set = Set(0);
/// Every combination.
pub(super) const ALL: Set = Set(1);

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Node {
    variable: usize,
    branches: Box<[Set]>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Joined {
    And,
    Or,
    Without,
}

/// A hash of small numbers of our own making: nobody chooses them to collide, and they are looked up all the time.
#[derive(Default)]
struct Mixed(u64);

impl Hasher for Mixed {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.write_u64(u64::from(*byte)));
    }
    fn write_u32(&mut self, number: u32) {
        self.write_u64(u64::from(number));
    }
    fn write_usize(&mut self, number: usize) {
        self.write_u64(number as u64);
    }
    fn write_u64(&mut self, number: u64) {
        // The golden ratio's fraction of 2^64 spreads neighbours far apart.
        self.0 = (self.0.rotate_left(23) ^ number).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
}

type Map<K, V> = HashMap<K, V, BuildHasherDefault<Mixed>>;

/// All nodes there are, each once.
#[derive(Debug)]
pub(super) struct Diagrams {
    /// How many values each variable has.
    sizes: Vec<usize>,
    nodes: Vec<Node>,
    numbers: Map<Node, Set>,
    joined: Map<(Joined, Set, Set), Set>,
}

impl Diagrams {
    /// Diagrams over variables with so many values each.
    pub fn new(sizes: Vec<usize>) -> Self {
        // The two ends stand below every variable.
        let end = |variable| Node { variable, branches: Box::default() };
        let nodes = vec![end(sizes.len()), end(sizes.len())];
        Self { sizes, nodes, numbers: Map::default(), joined: Map::default() }
    }

    fn node(&mut self, variable: usize, branches: Box<[Set]>) -> Set {
        if branches.iter().all(|branch| *branch == branches[0]) {
            return branches[0];
        }
        let node = Node { variable, branches };
        if let Some(known) = self.numbers.get(&node) {
            return *known;
        }
        let number = Set(u32::try_from(self.nodes.len()).expect("a life-cycle is far below four billion nodes"));
        self.nodes.push(node.clone());
        self.numbers.insert(node, number);
        number
    }

    /// The combinations in which `variable` has one of these values.
    pub fn where_is(&mut self, variable: usize, holds: impl Fn(usize) -> bool) -> Set {
        let branches = (0..self.sizes[variable]).map(|value| if holds(value) { ALL } else { NONE }).collect();
        self.node(variable, branches)
    }

    pub fn and(&mut self, a: Set, b: Set) -> Set {
        self.join(Joined::And, a, b)
    }
    pub fn or(&mut self, a: Set, b: Set) -> Set {
        self.join(Joined::Or, a, b)
    }
    /// What is in `a` and not in `b`.
    pub fn without(&mut self, a: Set, b: Set) -> Set {
        self.join(Joined::Without, a, b)
    }
    pub fn not(&mut self, a: Set) -> Set {
        self.without(ALL, a)
    }
    /// What is in at least one of them.
    pub fn any(&mut self, sets: impl IntoIterator<Item = Set>) -> Set {
        sets.into_iter().fold(NONE, |all, set| self.or(all, set))
    }

    fn join(&mut self, how: Joined, a: Set, b: Set) -> Set {
        match (how, a, b) {
            (Joined::And, NONE, _) | (Joined::And, _, NONE) | (Joined::Without, NONE, _) | (Joined::Without, _, ALL) => {
                return NONE;
            }
            (Joined::Or, ALL, _) | (Joined::Or, _, ALL) => return ALL,
            (Joined::And, ALL, other) | (Joined::And, other, ALL) => return other,
            (Joined::Or, NONE, other) | (Joined::Or, other, NONE) | (Joined::Without, other, NONE) => return other,
            (Joined::Without, _, _) if a == b => return NONE,
            (Joined::And | Joined::Or, _, _) if a == b => return a,
            (Joined::And | Joined::Or | Joined::Without, _, _) => {}
        }
        let key = (how, a, b);
        if let Some(known) = self.joined.get(&key) {
            return *known;
        }
        let variable = self.variable(a).min(self.variable(b));
        let branches = (0..self.sizes[variable])
            .map(|value| {
                let (a, b) = (self.branch(a, variable, value), self.branch(b, variable, value));
                self.join(how, a, b)
            })
            .collect();
        let joined = self.node(variable, branches);
        self.joined.insert(key, joined);
        joined
    }

    fn variable(&self, set: Set) -> usize {
        self.nodes[set.0 as usize].variable
    }

    /// What is left of `set` when `variable`, which is not below its topmost, has this value.
    fn branch(&self, set: Set, variable: usize, value: usize) -> Set {
        let node = &self.nodes[set.0 as usize];
        if node.variable == variable { node.branches[value] } else { set }
    }

    /// `set` with any value in place of those of these variables.
    pub fn forget(&mut self, set: Set, variables: &[usize]) -> Set {
        let Some(last) = variables.iter().max() else { return set };
        self.forget_below(set, variables, *last, &mut Map::default())
    }

    fn forget_below(&mut self, set: Set, variables: &[usize], last: usize, done: &mut Map<Set, Set>) -> Set {
        let variable = self.variable(set);
        // Also the two ends stand below every variable.
        if variable > last {
            return set;
        }
        if let Some(known) = done.get(&set) {
            return *known;
        }
        let branch = |diagrams: &Self, value| diagrams.branch(set, variable, value);
        let left = if variables.contains(&variable) {
            let mut any = NONE;
            for value in 0..self.sizes[variable] {
                let below = branch(self, value);
                let below = self.forget_below(below, variables, last, done);
                any = self.or(any, below);
            }
            any
        } else {
            let mut branches = Vec::with_capacity(self.sizes[variable]);
            for value in 0..self.sizes[variable] {
                let below = branch(self, value);
                branches.push(self.forget_below(below, variables, last, done));
            }
            self.node(variable, branches.into())
        };
        done.insert(set, left);
        left
    }

    /// How many combinations are in `set`.
    pub fn count(&self, set: Set) -> u128 {
        let mut counts = Map::default();
        self.count_below(set, &mut counts) * self.between(0, self.variable(set))
    }

    /// Combinations of the variables from `from` up to, not including, `to`.
    fn between(&self, from: usize, to: usize) -> u128 {
        self.sizes[from..to].iter().fold(1, |product, size| product * *size as u128)
    }

    fn count_below(&self, set: Set, counts: &mut Map<Set, u128>) -> u128 {
        match set {
            NONE => return 0,
            ALL => return 1,
            _ => {}
        }
        if let Some(count) = counts.get(&set) {
            return *count;
        }
        let node = &self.nodes[set.0 as usize];
        let below = |branch: &Set| (*branch, self.between(node.variable + 1, self.variable(*branch)));
        let count = node.branches.iter().map(below).map(|(branch, free)| self.count_below(branch, counts) * free).sum();
        counts.insert(set, count);
        count
    }

    /// One combination of `set`: for each variable the lowest value there is, `None` where every value would do. `None` when the set is
    /// empty.
    pub fn pick(&self, set: Set) -> Option<Vec<Option<usize>>> {
        let mut picked = vec![None; self.sizes.len()];
        let mut at = set;
        while at != ALL {
            let node = self.nodes.get(at.0 as usize).filter(|_| at != NONE)?;
            let value = node.branches.iter().position(|branch| *branch != NONE)?;
            picked[node.variable] = Some(value);
            at = node.branches[value];
        }
        Some(picked)
    }

    /// The combinations that have these values.
    pub fn of(&mut self, picked: &[Option<usize>]) -> Set {
        let mut all = ALL;
        for (variable, value) in picked.iter().enumerate().rev() {
            if let Some(wanted) = value {
                let one = self.where_is(variable, |value| value == *wanted);
                all = self.and(one, all);
            }
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every combination of three variables with 2, 3 and 4 values.
    fn everything() -> Vec<[usize; 3]> {
        (0..24).map(|number| [number % 2, number / 2 % 3, number / 6]).collect()
    }

    fn holds(diagrams: &mut Diagrams, set: Set, combination: [usize; 3]) -> bool {
        let one = diagrams.of(&combination.map(Some));
        diagrams.and(set, one) == one
    }

    #[test]
    fn diagrams_say_what_lists_of_all_combinations_say() {
        let mut diagrams = Diagrams::new(vec![2, 3, 4]);
        let a = diagrams.where_is(0, |value| value == 1);
        let b = diagrams.where_is(1, |value| value != 2);
        let c = diagrams.where_is(2, |value| value > 0);
        let (a_or_c, ab) = (diagrams.or(a, c), diagrams.and(a, b));
        let set = diagrams.without(a_or_c, ab);
        let says = |[a, b, c]: [usize; 3]| (a == 1 || c > 0) && !(a == 1 && b != 2);
        for one in everything() {
            assert_eq!(holds(&mut diagrams, set, one), says(one), "{one:?}");
        }
        assert_eq!(diagrams.count(set), everything().into_iter().filter(|one| says(*one)).count() as u128);
        let forgotten = diagrams.forget(set, &[1]);
        for [a, b, c] in everything() {
            assert_eq!(holds(&mut diagrams, forgotten, [a, b, c]), (0..3).any(|b| says([a, b, c])));
        }
        let picked = diagrams.pick(set).unwrap();
        let picked = diagrams.of(&picked);
        assert!(picked != NONE && diagrams.and(picked, set) == picked);
        assert_eq!((diagrams.pick(NONE), diagrams.count(ALL), diagrams.not(ALL)), (None, 24, NONE));
    }
}
