#![doc = "Focus Family: from an emailed nomination to the watch after exit."]

pub mod domain;

pub mod ambient;

pub mod config;

pub mod cli;
