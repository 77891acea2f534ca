mod config;
mod delivery;
mod letters;
mod mailbox;
