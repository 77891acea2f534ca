mod config;
mod letters;
