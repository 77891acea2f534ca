//! The one plan of a family: need → action → who → by when → outcome.

use crate::domain::case::family::Action;
use crate::domain::case::family::change::FamilyChange;
use crate::domain::case::family::judge::About;
use crate::domain::ids::ActionKey;

pub(super) fn agreed(about: &About<'_>) -> Result<FamilyChange, String> {
    let of = match (about.optional_member(), about.optional_indicator()) {
        (None, None) => None,
        _ => about.cell().map(|cell| Some((cell.member.clone(), cell.indicator.clone())))?,
    };
    let number = about.case.family.actions.len() + 1;
    Ok(FamilyChange::ActionAgreed {
        action: ActionKey::new(&format!("a{number}")).expect("a letter and digits are a name"),
        of,
        what: about.words("what").ok_or("say what is to be done with `what`")?,
        who: about.words("who"),
        due_on: about.day("due_on"),
    })
}

fn open<'a>(about: &'a About<'_>) -> Result<&'a Action, String> {
    let key = about.action()?;
    let action = about.case.family.action(&key).ok_or_else(|| format!("there is no action {key}"))?;
    if action.ended.is_some() { Err(format!("action {key} is over")) } else { Ok(action) }
}

pub(super) fn changed(about: &About<'_>) -> Result<FamilyChange, String> {
    let action = open(about)?;
    let (who, due_on) = (about.words("who"), about.day("due_on"));
    if who.is_none() && due_on.is_none() {
        return Err("say who does it now with `who`, or by when with `due-on`".to_owned());
    }
    Ok(FamilyChange::ActionAgreed {
        action: action.key.clone(),
        of: action.of.clone(),
        what: action.what.clone(),
        who: who.or_else(|| action.who.clone()),
        due_on: due_on.or(action.due_on),
    })
}

pub(super) fn ended(about: &About<'_>) -> Result<FamilyChange, String> {
    let action = open(about)?.key.clone();
    let done = about.word("how").is_none_or(|how| how == "done");
    Ok(FamilyChange::ActionEnded { action, done, outcome: about.words("outcome") })
}
