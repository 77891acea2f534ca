//! Is this a family we know? Persons and households compared, and every likeness explained.
//!
//! Two households are scored by how much likelier what is seen would be of one family than of two (Fellegi and Sunter, 1969); what
//! each likeness weighs is data (`people.yaml`). The result is a proposal to a person and never more. Start at [`Matcher::compare`];
//! [`Matcher::keys`] and [`Matcher::asked`] are what a store may look for without being able to read names.

mod compare;
mod household;
mod kept_out;
mod keys;
mod names;

pub use compare::{Band, Likeness, PersonPair, Seen};
pub use household::{Household, Person};
pub use kept_out::{KeptOutName, Meant};

use std::collections::HashMap;

use sha2::{Digest, Sha256};

use crate::domain::workflow::people::PeopleRules;

/// Grows when keys are made in another way.
const KEYS_VERSION: u32 = 3;
const STAMP_BYTES: usize = 6;

/// The rules, ready for comparing.
#[derive(Debug, Clone)]
pub struct Matcher {
    rules: PeopleRules,
    /// First name → the lines it stands in, each by its first name.
    lines: HashMap<String, Vec<String>>,
    stamp: String,
}

impl Matcher {
    /// Of the programme's rules.
    #[must_use]
    pub fn new(rules: &PeopleRules) -> Self {
        let mut lines: HashMap<String, Vec<String>> = HashMap::new();
        for line in &rules.first_names {
            for form in line {
                lines.entry(form.clone()).or_default().extend(line.first().cloned());
            }
        }
        let kept = serde_json::json!([KEYS_VERSION, rules.first_names, rules.school_words, rules.street_words]);
        let digest: [u8; 32] = Sha256::digest(kept.to_string()).into();
        let stamp = digest.iter().take(STAMP_BYTES).map(|byte| format!("{byte:02x}")).collect();
        Self { rules: rules.clone(), lines, stamp }
    }
    /// Of what shapes a household and its keys: under another stamp they are made anew. Weights are not in it.
    #[must_use]
    pub fn stamp(&self) -> &str {
        &self.stamp
    }
    fn lines_of(&self, name: &str) -> &[String] {
        self.lines.get(name).map_or(&[], Vec::as_slice)
    }
}
