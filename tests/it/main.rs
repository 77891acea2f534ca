mod case;
mod config;
