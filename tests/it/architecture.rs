//! The module map, as a test. Change the map here first, in a commit of its own.

use std::fs;
use std::path::{Path, PathBuf};

/// Pure modules, in the order data flows. Each may import only modules named before it.
const DOMAIN: &[&str] = &[
    "ids",
    "personal",
    "time",
    "rules",
    "workflow",
    "document",
    "mail",
    "nomination",
    "eligibility",
    "people",
    "case",
    "letter",
];

/// Words that would let the world into a decision.
const EFFECTS: &[&str] = &[
    "tokio",
    "sqlx",
    "axum",
    "lettre",
    "std::fs",
    "std::net",
    "std::env",
    "std::process",
    "SystemTime",
    "::now(",
    "getrandom",
    "async fn",
];

/// Rooms outside the domain, in the order of `src/lib.rs`, and the earlier rooms each may import besides `domain`, `ambient` and
/// itself. A permission nobody uses is taken back.
const ROOMS: &[(&str, &[&str])] = &[
    ("explain", &[]),
    ("forms", &["explain"]),
    ("vault", &[]),
    ("store", &["vault"]),
    ("reader", &[]),
    ("config", &[]),
    ("scan", &["config"]),
    ("mailbox", &["config"]),
    ("delivery", &["config", "mailbox"]),
    ("cli", &["config"]),
    ("demo", &["forms", "config"]),
    ("web", &[]),
    ("engine", &["store", "reader", "config", "scan", "delivery"]),
    ("simulate", &["store", "config", "delivery", "demo", "engine"]),
    (
        "daemon",
        &[
            "explain", "forms", "vault", "store", "reader", "config", "scan", "mailbox", "delivery", "cli", "demo", "web",
            "engine", "simulate",
        ],
    ),
];

/// Spellings this test cannot follow.
const UNREADABLE: &[&str] = &["use crate::{", "super::super"];

/// Only these rooms may name these crates.
const KEPT_TO: &[(&str, &[&str])] = &[
    ("sqlx::", &["store"]),
    ("axum::", &["web", "daemon"]),
    ("lettre::", &["delivery", "demo"]),
    ("chacha20poly1305", &["vault"]),
];

const LINES_MAX: usize = 500;

#[test]
fn imports_follow_the_map() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let complaints: Vec<String> = sources(&root).iter().flat_map(|path| complaints(&root, path)).collect();
    assert!(complaints.is_empty(), "\n{}\n", complaints.join("\n"));
}

#[test]
fn the_map_names_every_room_in_the_order_of_the_library_and_no_more() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let listed = modules(&root.join("lib.rs"));
    let rooms: Vec<&str> = listed.iter().map(String::as_str).filter(|name| !["domain", "ambient"].contains(name)).collect();
    assert_eq!(rooms, ROOMS.iter().map(|(room, _)| *room).collect::<Vec<_>>(), "src/lib.rs and the map differ");
    assert_eq!(modules(&root.join("domain/mod.rs")), DOMAIN, "src/domain/mod.rs and the map differ");
    for (rank, (room, allowed)) in ROOMS.iter().enumerate() {
        let text: String = sources(&root.join(room)).iter().map(|path| fs::read_to_string(path).unwrap()).collect();
        for other in *allowed {
            assert!(ROOMS[..rank].iter().any(|(name, _)| name == other), "`{room}` imports `{other}`, which stands after it");
            assert!(text.contains(&format!("crate::{other}")), "`{room}` may import `{other}` and does not: take it off the map");
        }
    }
}

/// The public modules a file declares, in its order.
fn modules(path: &Path) -> Vec<String> {
    let text = fs::read_to_string(path).unwrap();
    text.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';')).map(str::to_owned).collect()
}

fn complaints(root: &Path, path: &Path) -> Vec<String> {
    let text = fs::read_to_string(path).unwrap();
    let shown = path.strip_prefix(root).unwrap().display().to_string();
    let mut found = Vec::new();
    if text.lines().count() > LINES_MAX {
        found.push(format!("{shown}: longer than {LINES_MAX} lines; split it by meaning"));
    }
    let parts: Vec<&str> = path.strip_prefix(root).unwrap().iter().map(|part| part.to_str().unwrap()).collect();
    for (index, line) in text.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with("//")) {
        let at = format!("{shown}:{}", index + 1);
        for word in UNREADABLE.iter().filter(|word| line.contains(**word)) {
            found.push(format!("{at}: spell the path out instead of `{word}`"));
        }
        match parts[0] {
            "domain" => found.extend(domain_line(&at, &parts, line)),
            "main.rs" | "lib.rs" | "ambient.rs" => {}
            room => found.extend(room_line(&at, room, line)),
        }
    }
    found
}

fn domain_line(at: &str, parts: &[&str], line: &str) -> Vec<String> {
    let module = parts.get(1).map_or("mod", |part| part.trim_end_matches(".rs"));
    if module == "mod" {
        return Vec::new();
    }
    let Some(rank) = DOMAIN.iter().position(|name| *name == module) else {
        return vec![format!("{at}: `{module}` is not on the map")];
    };
    let mut found = Vec::new();
    for word in EFFECTS.iter().filter(|word| line.contains(**word)) {
        found.push(format!("{at}: `{word}` inside a pure module; take the value as an argument"));
    }
    for path in paths(line) {
        let allowed = match path.as_slice() {
            [first, other, ..] if first == "domain" => {
                DOMAIN.iter().position(|name| name == other).is_some_and(|other| other <= rank)
            }
            [first, ..] => first == "redacted_debug",
            [] => true,
        };
        if !allowed {
            found.push(format!("{at}: `{module}` may not import `crate::{}`", path.join("::")));
        }
    }
    found
}

fn room_line(at: &str, room: &str, line: &str) -> Vec<String> {
    let room = room.trim_end_matches(".rs");
    let allowed: &[&str] = ROOMS.iter().find(|(name, _)| *name == room).map_or(&[], |(_, allowed)| allowed);
    let mut found = Vec::new();
    for path in paths(line) {
        let Some(first) = path.first() else { continue };
        let fine = ["domain", "ambient", "redacted_debug", room].contains(&first.as_str()) || allowed.contains(&first.as_str());
        if !fine {
            found.push(format!("{at}: `{room}` may not import `crate::{first}`"));
        }
    }
    for (word, rooms) in KEPT_TO {
        if line.contains(word) && !rooms.contains(&room) {
            found.push(format!("{at}: `{word}` belongs to {rooms:?}"));
        }
    }
    found
}

/// Every `crate::a::b` of a line as its segments.
fn paths(line: &str) -> Vec<Vec<String>> {
    line.split("crate::")
        .skip(1)
        .map(|rest| {
            let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':')).unwrap_or(rest.len());
            rest[..end].split("::").filter(|part| !part.is_empty()).map(str::to_owned).collect()
        })
        .collect()
}

fn sources(dir: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
        .into_iter()
        .flat_map(|path| if path.is_dir() { sources(&path) } else { vec![path] })
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .collect()
}
