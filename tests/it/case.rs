//! The life of a case, through the doors `decide`, `evolve` and `effects`.

mod by_hand;
mod by_itself;
mod compared;
mod drifting;
mod ends;
mod histories;
mod model;
mod moves;
mod outcomes;
pub mod story;
mod time;
mod versions;
mod walk;
mod whole;
