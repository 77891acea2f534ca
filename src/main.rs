//! Command line.

use std::process::ExitCode;

fn main() -> ExitCode {
    // The child that reads one mail starts here, before anything else costs time.
    if std::env::args_os().nth(1).is_some_and(|word| word == "read-worker") {
        return focus_family::reader::worker_main();
    }
    ExitCode::SUCCESS
}
