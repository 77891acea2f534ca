//! Text of `workflows/<name>/` → one checked [`Programme`]. Every defect at once, with file and line.
//!
//! Everything a council may change without a compiler is in here: themes, rule packs, forms, stages, moves, timers,
//! letters, roles, areas, calendar. Terms are those of statecharts (SCXML): stage, transition (here: move), guard, timer.

mod acknowledge;
mod agencies;
pub mod blank;
pub mod check;
pub mod desk;
mod diff;
pub mod drift;
mod geography;
mod items;
mod letters;
pub mod lifecycle;
pub mod load;
mod meetings;
pub mod outcomes;
pub mod people;
pub mod picture;
pub mod pinned;
mod places;
pub mod programme;
pub mod retention;
mod sets;
pub mod space;
mod words;

pub use acknowledge::Acknowledge;
pub use agencies::{AgencyDef, ToAgencies, WhenAsked};
pub use desk::{Desk, Due, RequestDef, RequestKind, UnansweredDef};
pub use diff::diff;
pub use drift::DriftSign;
pub use letters::{AlsoTo, AnswerDef, AnswerLine, Instead, LetterDef, MeetingOfCase};
pub use lifecycle::{
    Ask, AskKind, Automatic, FactDef, FactKind, FactTest, FactValue, Ladder, Lifecycle, Move, RoleDef, RoleScope, Rung, Set,
    SetTo, Stage, StageKind, Supplies, TimerDef, TimerFrom,
};
pub use load::{Defect, SourceFile, explored, load, unwritten};
pub use meetings::{AgendaRule, DayOfWeek, MeetingDay, MeetingDef, MeetingOutcome, MemberOf, OnDayOff, Sees};
pub use outcomes::{AppliesTo, CellConfidence, Criterion, Gate, Indicator, OutcomePlan, Records, Sustained, Window};
pub use people::PeopleRules;
pub use programme::{
    Area, CriterionTest, District, FormWords, Geography, Grade, Interpretation, Outcode, Programme, Routing, RulePack, Theme,
    Words,
};
