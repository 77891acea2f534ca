//! The outcome plan, and the moves that write into a family's record.

use super::{Finding, duplicates, finding, list, unknown};
use crate::domain::workflow::lifecycle::{AskKind, Move};
use crate::domain::workflow::outcomes::{CellConfidence, Indicator, OutcomePlan, Records};
use crate::domain::workflow::programme::Theme;

pub(in crate::domain::workflow) fn findings(plan: &OutcomePlan, themes: &[Theme]) -> Vec<Finding> {
    let mut found = duplicates("indicators", "name", "indicator", plan.indicators.iter().map(|one| one.name.as_str()));
    for (at, indicator) in plan.indicators.iter().enumerate() {
        let place = format!("indicators[{at}]");
        if themes.iter().all(|theme| theme.key != indicator.theme) {
            let says = unknown("theme", indicator.theme.as_str(), themes.iter().map(|theme| theme.key.as_str()));
            found.push(finding(format!("{place}.theme"), says));
        }
        if indicator.applies_to.is_empty() {
            found.push(finding(&place, format!("`{}` can be nobody's need; say whose under `applies_to`", indicator.name)));
        }
        found.extend(criterion_findings(&place, indicator));
    }
    for theme in themes.iter().filter(|theme| plan.indicators.iter().all(|one| one.theme != theme.key)) {
        found.push(finding(
            "indicators",
            format!("no indicator belongs to the theme `{}`: a need of it could never be recorded", theme.key),
        ));
    }
    found
}

fn criterion_findings(place: &str, indicator: &Indicator) -> Vec<Finding> {
    let names = || indicator.criteria.iter().map(|criterion| criterion.name.as_str());
    let mut found = duplicates(&format!("{place}.criteria"), "name", "criterion", names());
    let asked = indicator.significant.as_ref().map(|condition| condition.terms()).unwrap_or_default();
    for name in asked.iter().filter(|name| names().all(|known| known != name.as_str())) {
        found.push(finding(format!("{place}.significant"), unknown("criterion", name.as_str(), names())));
    }
    for (which, criterion) in indicator.criteria.iter().enumerate().filter(|(_, one)| !asked.contains(&&one.name)) {
        let says = format!("`{}` is never asked for; name it under `significant`, or leave it out", criterion.name);
        found.push(finding(format!("{place}.criteria[{which}]"), says));
    }
    let open = indicator.significant.is_none() || indicator.sustained.is_none();
    if (open || indicator.confidence == CellConfidence::Low) && indicator.needs_decision.is_none() {
        let says = format!(
            "`{}` leaves open when progress is significant or sustained, or is not sure of it; say under `needs_decision` what a person decides",
            indicator.name
        );
        found.push(finding(place, says));
    }
    found
}

/// What a move that writes into a family's record must ask, and what its gates may name.
pub(super) fn move_findings(place: &str, mv: &Move) -> Vec<Finding> {
    let mut found = Vec::new();
    for (name, kind) in mv.records.map(needed).unwrap_or_default() {
        match mv.asks.iter().position(|ask| ask.name.as_str() == *name) {
            Some(at) if kind.fits(&mv.asks[at].kind) => {}
            Some(at) => {
                let says = format!("`{}` records by the answer to `{name}`, which must be of kind {}", mv.name, kind.in_words());
                found.push(finding(format!("{place}.asks[{at}].kind"), says));
            }
            None => {
                let says = format!("`{}` needs a question `{name}` of kind {}", mv.name, kind.in_words());
                found.push(finding(format!("{place}.records"), says));
            }
        }
    }
    for (at, ask) in mv.asks.iter().enumerate() {
        let words: Vec<&str> = match &ask.kind {
            AskKind::Choice(words) => words.iter().map(String::as_str).collect(),
            AskKind::YesNo => vec!["yes", "no"],
            _ => Vec::new(),
        };
        for name in ask.gates.keys().filter(|name| !words.contains(&name.as_str())) {
            let says = format!("`{}` is never answered with `{name}`; its answers are {}", ask.name, list(&words));
            found.push(finding(format!("{place}.asks[{at}].gates"), says));
        }
    }
    found
}

#[derive(Clone, Copy)]
enum Kind {
    Member,
    Theme,
    Indicator,
    Criteria,
    Action,
    Text,
    YesNo,
    Date,
    Progress,
    Case,
    Tie,
    Agency,
    CheckAnswer,
}

impl Kind {
    fn fits(self, kind: &AskKind) -> bool {
        match self {
            Kind::Member => *kind == AskKind::Member,
            Kind::Theme => *kind == AskKind::Theme,
            Kind::Indicator => *kind == AskKind::Indicator,
            Kind::Criteria => *kind == AskKind::Criteria,
            Kind::Action => *kind == AskKind::Action,
            Kind::Text => *kind == AskKind::Text,
            Kind::YesNo => *kind == AskKind::YesNo,
            Kind::Date => *kind == AskKind::Date,
            Kind::Case => *kind == AskKind::Case,
            Kind::Agency => *kind == AskKind::Agency,
            Kind::CheckAnswer => {
                let known = |word: &String| ["known", "not_known", "no_answer"].contains(&word.as_str());
                matches!(kind, AskKind::Choice(words) if words.iter().all(known))
            }
            Kind::Tie => {
                let known = |word: &String| ["not_known", "related", "known_before", "open_elsewhere"].contains(&word.as_str());
                matches!(kind, AskKind::Choice(words) if words.iter().all(known))
            }
            Kind::Progress => {
                let known = |word: &String| ["some", "significant", "sustained", "worse"].contains(&word.as_str());
                matches!(kind, AskKind::Choice(words) if words.iter().all(known))
            }
        }
    }
    fn in_words(self) -> &'static str {
        match self {
            Kind::Member => "`member`",
            Kind::Theme => "`theme`",
            Kind::Indicator => "`indicator`",
            Kind::Criteria => "`criteria`",
            Kind::Action => "`action`",
            Kind::Text => "`text`",
            Kind::YesNo => "`yes_no`",
            Kind::Date => "`date`",
            Kind::Case => "`case`",
            Kind::Agency => "`agency`",
            Kind::CheckAnswer => "`choice` of known, not_known and no_answer",
            Kind::Tie => "`choice` of not_known, related, known_before and open_elsewhere",
            Kind::Progress => "`choice` of some, significant, sustained and worse",
        }
    }
}

fn needed(records: Records) -> &'static [(&'static str, Kind)] {
    const OF_NEED: &[(&str, Kind)] = &[("member", Kind::Member), ("indicator", Kind::Indicator)];
    match records {
        Records::MemberJoins => &[("given_name", Kind::Text), ("born_on", Kind::Date), ("household", Kind::YesNo)],
        Records::MemberChanges => &[("member", Kind::Member), ("counted", Kind::YesNo)],
        Records::MemberLeaves => &[("member", Kind::Member), ("left_on", Kind::Date), ("counted", Kind::YesNo)],
        Records::Need => {
            &[("member", Kind::Member), ("indicator", Kind::Indicator), ("said_by", Kind::Text), ("said_on", Kind::Date)]
        }
        Records::NoNeed => &[("member", Kind::Member), ("theme", Kind::Theme)],
        Records::Progress => &[
            ("member", Kind::Member),
            ("indicator", Kind::Indicator),
            ("progress", Kind::Progress),
            ("criteria", Kind::Criteria),
            ("said_by", Kind::Text),
            ("said_on", Kind::Date),
        ],
        Records::ProgressAccepted | Records::NeedWaived => OF_NEED,
        Records::Action => &[("what", Kind::Text), ("who", Kind::Text), ("due_on", Kind::Date)],
        Records::ActionChanges => &[("action", Kind::Action), ("who", Kind::Text), ("due_on", Kind::Date)],
        Records::ActionEnds => &[("action", Kind::Action), ("outcome", Kind::Text)],
        Records::PlanAgreed | Records::Checks | Records::ChecksStop => &[],
        Records::CheckAnswer => &[("agency", Kind::Agency), ("answer", Kind::CheckAnswer)],
        Records::AgencyExcluded => &[("agency", Kind::Agency)],
        Records::PersonKeptOut => &[("person", Kind::Text), ("kept_out", Kind::YesNo)],
        Records::Tie => &[("case", Kind::Case), ("outcome", Kind::Tie)],
    }
}
