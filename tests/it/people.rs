//! Is this a family we know? How well two records are told to be of one family or of two, and what a county does with the answer.

mod asked;
mod names;
mod pairs;
