//! A life-cycle that cannot be read as a whole, read item by item: so that people see every mistake in one go.

use serde::de::DeserializeOwned;

use super::letters::LetterDef;
use super::lifecycle::{Automatic, FactDef, Move, RoleDef, Stage, TimerDef};
use super::load::{Defect, SourceFile, parse};
use super::{AgencyDef, MeetingDef};

/// What is wrong with single stages, moves, timers…; empty when the mistake is elsewhere.
pub(super) fn item_defects(file: &SourceFile) -> Vec<Defect> {
    items(&file.text)
        .into_iter()
        .filter_map(|(list, text)| {
            let item = SourceFile { path: file.path.clone(), text };
            match list.as_str() {
                "roles" => defect::<RoleDef>(&item),
                "facts" => defect::<FactDef>(&item),
                "begins" | "automatic" => defect::<Automatic>(&item),
                "stages" => defect::<Stage>(&item),
                "moves" => defect::<Move>(&item),
                "timers" => defect::<TimerDef>(&item),
                "letters" => defect::<LetterDef>(&item),
                "agencies" => defect::<AgencyDef>(&item),
                "meetings" => defect::<MeetingDef>(&item),
                _ => None,
            }
        })
        .collect()
}

fn defect<T: DeserializeOwned>(item: &SourceFile) -> Option<Defect> {
    parse::<T>(item).err()
}

/// Each item of each top-level block list, as a text of its own in which lines keep their numbers.
fn items(text: &str) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = Vec::new();
    let (mut list, mut dash_at) = (String::new(), None);
    for (number, line) in text.lines().enumerate() {
        let bare = line.trim_start();
        let indent = line.len() - bare.len();
        if indent == 0 && !bare.is_empty() && !bare.starts_with(['-', '#']) {
            (list, dash_at) = (bare.split(':').next().unwrap_or_default().to_owned(), None);
        } else if bare.starts_with("- ") && dash_at.is_none_or(|at| at == indent) {
            dash_at = Some(indent);
            let item = format!("{}{}  {}\n", "\n".repeat(number), " ".repeat(indent), &bare[2..]);
            found.push((list.clone(), item));
        } else if dash_at.is_some()
            && let Some((_, item)) = found.last_mut()
        {
            item.push_str(line);
            item.push('\n');
        }
    }
    found
}
