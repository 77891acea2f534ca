//! Which programme, which rules, which reading of them.

use crate::domain::ids::{InterpretationName, PackName};

use super::defect::Place;
use super::reader::Reader;
use super::sections::Tree;
use super::settings::ProgrammeSettings;

pub(super) fn programme(reader: &mut Reader, tree: &mut Tree) -> (ProgrammeSettings, Place) {
    let mut open = reader.section(tree, "programme");
    let mut settings = ProgrammeSettings { folder: open.path("folder"), templates: open.path("templates"), ..Default::default() };
    let mut pack_place = open.place.clone();
    match open.text("rule_pack") {
        None => open.default_shown("rule_pack", &format!("{:?}", super::DEFAULT_PACK)),
        Some((text, place)) => {
            match PackName::new(&text) {
                Ok(pack) => settings.rule_pack = pack,
                Err(_) => {
                    open.wrong(&place, "rule_pack", "`rule_pack` is no name of a pack", "name a pack of the programme's folder")
                }
            }
            pack_place = place;
        }
    }
    open.close();
    (settings, pack_place)
}

pub(super) fn criteria(reader: &mut Reader, tree: &mut Tree) -> (Option<InterpretationName>, Place) {
    let mut open = reader.section(tree, "criteria");
    let (mut reading, mut place) = (None, open.place.clone());
    if let Some((text, at)) = open.text("reading") {
        match InterpretationName::new(&text) {
            Ok(name) => reading = Some(name),
            Err(_) => open.wrong(
                &at,
                "reading",
                "`reading` is no name of a reading",
                "name a reading of the rule pack: `case why` shows them",
            ),
        }
        place = at;
    }
    open.close();
    (reading, place)
}
