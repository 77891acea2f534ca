//! `[canary]`: a test mail to ourselves, so that a way that has broken without an error is noticed.

use super::reader::Reader;
use super::sections::Tree;

/// How often a test mail goes out, and when it counts as missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CanarySettings {
    /// Minutes between two.
    pub every_minutes: u64,
    /// Minutes after which one that is not back is told.
    pub late_minutes: u64,
}

pub(super) fn canary(reader: &mut Reader, tree: &mut Tree) -> Option<CanarySettings> {
    let mut open = reader.section(tree, "canary");
    if !open.has("every_minutes") {
        if open.has("late_minutes") {
            let place = open.place_of("late_minutes");
            let fix = "write every_minutes = 60 beside it, or take it out";
            open.wrong(&place, "late_minutes", "`late_minutes` has no meaning without `every_minutes` in [canary]", fix);
        }
        let _shown = open.number("late_minutes", (1, 1_440), 15);
        open.close();
        return None;
    }
    let every_minutes = open.number("every_minutes", (5, 10_080), 60);
    let late_minutes = open.number("late_minutes", (1, 1_440), 15);
    open.close();
    Some(CanarySettings { every_minutes: every_minutes?, late_minutes: late_minutes? })
}
