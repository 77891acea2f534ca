//! Everything that needs more than one module: one test program, one module a room.

mod carriers;
mod case;
mod config;
mod forms;
mod letters;
mod rules;
