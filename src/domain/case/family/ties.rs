//! Other cases that may be of the same family: proposed by the program, linked or parted by a person. Nothing is ever merged.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::domain::case::family::change::FamilyChange;
use crate::domain::case::family::judge::About;
use crate::domain::ids::CaseReference;
use crate::domain::people::Band;
use crate::domain::time::Date;

/// What is known of two cases.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// The program asks; nobody has answered.
    Proposed,
    /// A person said that they are different families.
    NotKnown,
    /// Another family, which shares somebody with this one.
    Related,
    /// The same family, in an earlier case.
    KnownBefore,
    /// The same family, in a case that is open.
    OpenElsewhere,
}

impl Standing {
    /// The word of the workflow file.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Proposed => "proposed",
            Self::NotKnown => "not_known",
            Self::Related => "related",
            Self::KnownBefore => "known_before",
            Self::OpenElsewhere => "open_elsewhere",
        }
    }
    /// What a person may answer.
    #[must_use]
    pub fn answered(word: &str) -> Option<Self> {
        [Self::NotKnown, Self::Related, Self::KnownBefore, Self::OpenElsewhere]
            .into_iter()
            .find(|standing| standing.as_str() == word)
    }
    /// For people.
    #[must_use]
    pub fn in_words(self) -> &'static str {
        match self {
            Self::Proposed => "may be the same family; nobody has said yet",
            Self::NotKnown => "another family, a person said",
            Self::Related => "another family that shares somebody with this one",
            Self::KnownBefore => "the same family, in an earlier case",
            Self::OpenElsewhere => "the same family, in a case that is open",
        }
    }
}

/// A likeness of this case's family to another's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alike {
    /// The other case.
    pub other: CaseReference,
    /// How sure.
    pub band: Band,
    /// What it weighs, in whole bits.
    pub bits: i32,
    /// The reasons, for people and without personal data.
    pub says: Vec<String>,
    /// Keyed digest of what was found alike, in hexadecimal digits: who has answered it is not asked again.
    pub facts: String,
}

/// Another case, as this one knows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tie {
    /// Where it stands.
    pub standing: Standing,
    /// Since when.
    pub on: Date,
    /// What the program found; `None` where a person named the other case.
    pub found: Option<Alike>,
}

/// Ties that `found` adds to those known: what is linked, asked or answered for the same facts is not asked again.
pub(crate) fn proposed(known: &BTreeMap<CaseReference, Tie>, found: &[Alike]) -> Vec<FamilyChange> {
    let new = found.iter().filter(|alike| match known.get(&alike.other) {
        None => true,
        Some(tie) => {
            tie.standing == Standing::NotKnown
                && tie.found.as_ref().is_some_and(|before| before.facts != alike.facts && before.bits < alike.bits)
        }
    });
    new.map(|alike| FamilyChange::TieProposed { alike: alike.clone() }).collect()
}

pub(super) fn judged(about: &About<'_>) -> Result<Vec<FamilyChange>, Vec<String>> {
    let refuse = |defect: String| Err(vec![defect]);
    let Some(standing) = about.word("outcome").and_then(Standing::answered) else {
        return refuse("say with `outcome` what the look showed".to_owned());
    };
    let ties = &about.case.family.ties;
    let open: Vec<&CaseReference> =
        ties.iter().filter(|(_, tie)| tie.standing == Standing::Proposed).map(|(other, _)| other).collect();
    let others: Vec<CaseReference> = match (about.word("case").and_then(|word| word.parse().ok()), &open[..]) {
        (Some(named), _) => vec![named],
        (None, [one]) => vec![(*one).clone()],
        // Somebody looked and found nobody: that holds for everything proposed, also for nothing.
        (None, all) if standing == Standing::NotKnown => all.iter().map(|other| (*other).clone()).collect(),
        (None, []) => return refuse("say with `case` which case is meant; the program proposes none".to_owned()),
        (None, all) => {
            let all: Vec<&str> = all.iter().map(|other| other.as_str()).collect();
            return refuse(format!("say with `case` which one is meant: {}", all.join(", ")));
        }
    };
    if others.contains(&about.case.reference) {
        return refuse("`case` is this case; name the other one".to_owned());
    }
    Ok(others.into_iter().map(|other| FamilyChange::TieJudged { other, standing }).collect())
}
