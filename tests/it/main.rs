mod case;
mod config;
mod letters;
