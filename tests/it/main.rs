//! Everything that needs more than one module: one test program, one module a room.

mod architecture;
mod carriers;
mod case;
mod config;
mod crash;
mod delivery;
mod forms;
mod journeys;
mod letters;
mod mailbox;
mod reading;
mod rules;
mod store;
mod support;
mod web;
