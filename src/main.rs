//! Command line → settings → one command. The reading child is told apart before anything else is started.

use std::process::ExitCode;

fn main() -> ExitCode {
    if std::env::args_os().nth(1).is_some_and(|word| word == "read-worker") {
        return focus_family::reader::worker_main();
    }
    if std::env::args_os().nth(1).is_some_and(|word| word == "ocr-worker") {
        return focus_family::reader::jail_main();
    }
    focus_family::daemon::run::run(&focus_family::cli::Args::parse_from_env())
}
