//! What a move may write into a family's record: everything wrong at once, or the changes.

use std::collections::BTreeMap;

use crate::domain::case::event::{Actor, AnswerGiven};
use crate::domain::case::family::change::{Evidence, FamilyChange};
use crate::domain::case::family::{Cell, checks, members, plan, progress, ties};
use crate::domain::case::{Case, World};
use crate::domain::ids::{ActionKey, AskName, IndicatorName, MemberKey, ThemeKey};
use crate::domain::personal::Personal;
use crate::domain::time::Date;
use crate::domain::workflow::{FactValue, Indicator, Records};

/// A move as it was answered.
pub(crate) struct Given<'a> {
    pub(crate) answers: &'a BTreeMap<AskName, AnswerGiven>,
    pub(crate) reason: Option<&'a Personal<String>>,
    pub(crate) by: &'a Actor,
}

/// What the move changes.
///
/// # Errors
/// One sentence a defect, lower case, saying what to do.
pub(crate) fn judge(
    records: Records,
    given: &Given<'_>,
    case: &Case,
    world: &World<'_>,
) -> Result<Vec<FamilyChange>, Vec<String>> {
    let about = About { given, case, world };
    let one = |change: Result<FamilyChange, String>| change.map(|change| vec![change]).map_err(|defect| vec![defect]);
    match records {
        Records::MemberJoins => members::joins(&about),
        Records::MemberChanges => one(members::changes(&about)),
        Records::MemberLeaves => one(members::leaves(&about)),
        Records::Need => one(progress::need(&about)),
        Records::NoNeed => one(progress::no_need(&about)),
        Records::Progress => progress::progress(&about),
        Records::ProgressAccepted => one(progress::accepted(&about)),
        Records::NeedWaived => one(progress::waived(&about)),
        Records::Action => one(plan::agreed(&about)),
        Records::ActionChanges => one(plan::changed(&about)),
        Records::ActionEnds => one(plan::ended(&about)),
        Records::Tie => ties::judged(&about),
        Records::Checks => Ok(checks::asked(&about)),
        Records::CheckAnswer => one(checks::answered(&about)),
        Records::ChecksStop => one(Ok(FamilyChange::ChecksStopped)),
        Records::AgencyExcluded => one(checks::excluded(&about)),
        Records::PersonKeptOut => one(checks::kept_out(&about)),
        Records::PlanAgreed => one(Ok(FamilyChange::PlanAgreed { version: case.family.plan_version + 1 })),
    }
}

/// A move, the case it is about and the world it is made in.
pub(super) struct About<'a> {
    given: &'a Given<'a>,
    pub(super) case: &'a Case,
    pub(super) world: &'a World<'a>,
}

impl About<'_> {
    fn answer(&self, name: &str) -> Option<&AnswerGiven> {
        self.given.answers.iter().find(|(ask, _)| ask.as_str() == name).map(|(_, answer)| answer)
    }
    fn value(&self, name: &str) -> Option<&FactValue> {
        match self.answer(name)? {
            AnswerGiven::Value(value) => Some(value),
            AnswerGiven::Words(_) | AnswerGiven::Person(_) => None,
        }
    }
    pub(super) fn words(&self, name: &str) -> Option<Personal<String>> {
        match self.answer(name)? {
            AnswerGiven::Words(words) => Some(words.clone()),
            AnswerGiven::Person(contact) => Some(contact.name.clone()),
            AnswerGiven::Value(_) => None,
        }
    }
    pub(super) fn word(&self, name: &str) -> Option<&str> {
        match self.value(name)? {
            FactValue::Word(word) => Some(word),
            FactValue::YesNo(_) | FactValue::Count(_) | FactValue::Date(_) => None,
        }
    }
    pub(super) fn day(&self, name: &str) -> Option<Date> {
        match self.value(name)? {
            FactValue::Date(date) => Some(*date),
            FactValue::YesNo(_) | FactValue::Count(_) | FactValue::Word(_) => None,
        }
    }
    pub(super) fn yes(&self, name: &str) -> Option<bool> {
        match self.value(name)? {
            FactValue::YesNo(yes) => Some(*yes),
            FactValue::Count(_) | FactValue::Date(_) | FactValue::Word(_) => None,
        }
    }
    pub(super) fn count(&self, name: &str) -> Option<i64> {
        match self.value(name)? {
            FactValue::Count(count) => Some(*count),
            FactValue::YesNo(_) | FactValue::Date(_) | FactValue::Word(_) => None,
        }
    }
    /// Who records it.
    pub(super) fn by(&self) -> &Actor {
        self.given.by
    }
    /// The member the move is about; the answer was checked when it was read.
    pub(super) fn member(&self) -> Result<MemberKey, String> {
        self.optional_member().ok_or_else(|| "say of whom with `member`".to_owned())
    }
    pub(super) fn optional_member(&self) -> Option<MemberKey> {
        self.word("member").and_then(|word| MemberKey::new(word).ok())
    }
    pub(super) fn theme(&self) -> Result<ThemeKey, String> {
        self.word("theme").and_then(|word| ThemeKey::new(word).ok()).ok_or_else(|| "say which theme with `theme`".to_owned())
    }
    pub(super) fn action(&self) -> Result<ActionKey, String> {
        self.word("action").and_then(|word| ActionKey::new(word).ok()).ok_or_else(|| "say which action with `action`".to_owned())
    }
    pub(super) fn indicator(&self) -> Result<&Indicator, String> {
        let name = self.optional_indicator().ok_or_else(|| "say which indicator with `indicator`".to_owned())?;
        let gone =
            || format!("the outcome plan in force knows no indicator `{name}` any more; waive the need, or record another");
        self.world.outcomes.indicator(&name).ok_or_else(gone)
    }
    pub(super) fn optional_indicator(&self) -> Option<IndicatorName> {
        self.word("indicator").and_then(|word| IndicatorName::new(word).ok())
    }
    /// The need that `member` and `indicator` name together.
    pub(super) fn cell(&self) -> Result<&Cell, String> {
        let (member, name) = (self.member()?, self.optional_indicator());
        let name = name.ok_or_else(|| "say which indicator with `indicator`".to_owned())?;
        self.case.family.cell(&member, &name).ok_or_else(|| {
            let known = self.case.family.cells.iter().filter(|cell| cell.member == member);
            let known: Vec<&str> = known.map(|cell| cell.indicator.as_str()).collect();
            let known = if known.is_empty() { "none is".to_owned() } else { format!("recorded are {}", known.join(", ")) };
            format!("no need `{name}` of {member} is recorded ({known}); record it first{}", self.by_move(Records::Need))
        })
    }
    /// ` with \`record_need\``: the move of the workflow file that does this, if there is one.
    pub(super) fn by_move(&self, records: Records) -> String {
        let found = self.world.lifecycle.moves.iter().find(|known| known.records == Some(records));
        found.map_or_else(String::new, |known| format!(" with `{}`", known.name))
    }
    pub(super) fn today(&self) -> Date {
        self.world.today
    }
    /// Who said what; a reason stands in for words where the move asks only for one.
    pub(super) fn evidence(&self) -> Evidence {
        Evidence {
            said_by: self.words("said_by"),
            said_on: self.day("said_on").unwrap_or(self.world.today),
            source: self.word("source").map(str::to_owned),
            document: self.words("document"),
            measure: self.words("measure"),
            words: self.words("words").or_else(|| self.given.reason.cloned()),
            recorded_by: self.given.by.clone(),
        }
    }
    pub(super) fn plan(&self) -> String {
        self.world.outcomes.version.clone()
    }
}
