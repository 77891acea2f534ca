//! Whoever is told that something is late says that they know; what goes on when they do not is the ladder's.

use serde::{Deserialize, Serialize};

use crate::domain::ids::RoleName;

/// What is expected of whoever is told that something is late.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Acknowledge {
    /// Who.
    pub by: RoleName,
    /// Working days for it; then the next rung is carried out.
    pub within_working_days: u32,
    /// Working days for which nobody is reminded again once they have.
    pub holds_working_days: u32,
}
