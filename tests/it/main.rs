mod config;
mod forms;
