//! The life of a case, through the doors `decide`, `evolve` and `effects`.

use focus_family::domain::workflow::load;
use std::path::Path;

#[test]
fn smoke() {
    let mut files = Vec::new();
    collect(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/workflows/focus-family")), "", &mut files);
    match load::load(&files) {
        Ok(p) => println!("{}", p.digest),
        Err(defects) => {
            for d in defects {
                assert!(d.path != "lifecycle.yaml", "{d}")
            }
        }
    }
}
fn collect(dir: &Path, prefix: &str, files: &mut Vec<load::SourceFile>) {
    for entry in std::fs::read_dir(dir).unwrap() {
        let entry = entry.unwrap();
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() {
            collect(&entry.path(), &format!("{name}/"), files)
        } else {
            files.push(load::SourceFile { path: name, text: std::fs::read_to_string(entry.path()).unwrap() })
        }
    }
}
