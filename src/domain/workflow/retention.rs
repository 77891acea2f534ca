//! How long the record of a closed case is kept.

use serde::{Deserialize, Serialize};

/// The council's rule. It only tells people until when: nothing is deleted by it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Retention {
    /// Which rule it is, as people can find it: `Retention schedule 2026, row 12`.
    pub source: String,
    /// Years after the closing.
    pub years: u16,
    /// And at least until the youngest child has this age, in years. Where a birthday of a child is not known a person decides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until_child_is: Option<u16>,
}
