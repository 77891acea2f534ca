//! What was shared of a case with whom, when, and on what basis: letters that left, papers handed out, looks at personal data.

use crate::domain::case::Case;
use crate::domain::case::family::agencies_with;
use crate::domain::personal::Personal;
use crate::domain::time::Instant;
use crate::domain::workflow::FactValue;
use crate::engine::roster::Recipient;
use crate::engine::sharing::KeptOut;
use crate::engine::{Engine, EngineError};
use crate::store::{LetterFilter, LetterState, StoredCase};

/// The audit entry of something handed out; its detail says to whom, what and on what basis.
pub const SHARED: &str = "shared what is of the case";
/// Letters of one case that are looked through.
const LETTERS_MAX: u32 = 10_000;

/// One line of the ledger.
#[derive(Debug, Clone)]
pub struct Shared {
    /// When it left; when it was queued, while it has not.
    pub at: Instant,
    /// To whom, by address or name.
    pub to: Personal<String>,
    /// In which role, for people.
    pub role: String,
    /// What.
    pub what: String,
    /// What it holds of the family: `reference, dates and counts`.
    pub holds: String,
    /// On what basis.
    pub basis: String,
    /// It has left; otherwise it waits, or was stopped.
    pub state: &'static str,
}

impl Engine {
    /// The basis on which something of `case` may be shared now, in words.
    #[must_use]
    pub fn basis(&self, case: &Case) -> String {
        let on = match case.facts.get("consent_on") {
            Some(FactValue::Date(on)) => format!(" on {on}"),
            _ => String::new(),
        };
        match case.facts.get("consent") {
            Some(FactValue::Word(word)) => match word.as_str() {
                "given" => format!("agreed by the family{on}"),
                "partial" => format!("agreed in part by the family{on}"),
                "asserted" => "the referrer says that the family agrees".to_owned(),
                "refused" => format!("refused by the family{on}; only safeguarding allows it"),
                "withdrawn" => format!("withdrawn by the family{on}; only safeguarding allows it"),
                _ => "no agreement is shown; the council's public task".to_owned(),
            },
            _ => "no agreement is shown; the council's public task".to_owned(),
        }
    }

    /// Whether the paper and the agenda of a meeting are silent about `case` towards `member`: the family does not want their agency
    /// told, or somebody of it has their name. That anything was left out is not theirs to know.
    #[must_use]
    pub fn is_excluded_from(&self, case: &Case, member: &Recipient) -> bool {
        let engine = self.seen_by(case);
        let lifecycle = &engine.programme.lifecycle;
        let kept_from = crate::domain::case::family::Excluded::of(case);
        let excluded = |agency: &crate::domain::workflow::AgencyDef| kept_from.holds(agency);
        let relation = crate::engine::roster::Relation { area: case.area.as_ref(), holders: None };
        // Whoever answers for an agency comes to a meeting in another role.
        let roles = self.roster.roles_of(lifecycle, member.address.as_text(), relation);
        let as_contact = lifecycle.agencies.iter().any(|agency| roles.contains(&agency.contact) && excluded(agency));
        let name = self.roster.person(member.address.as_text()).map_or("", |person| person.name.as_text());
        let is_them = case.family.members.iter().any(|known| {
            let part =
                |text: &Option<Personal<String>>| text.as_ref().map(|text| text.as_text().trim()).unwrap_or_default().to_owned();
            let full = format!("{} {}", part(&known.person.given_name), part(&known.person.family_name));
            !full.trim().is_empty() && full.to_lowercase() == name.trim().to_lowercase()
        });
        is_them || as_contact || KeptOut::of(case, lifecycle).holds(name, None, member.address.as_text())
    }

    /// What each agency has said, one line each, without its words.
    #[must_use]
    pub fn checks_said(&self, case: &Case) -> Vec<String> {
        let engine = self.seen_by(case);
        let all = agencies_with(case, &engine.programme.lifecycle, |_| true);
        all.map(|(agency, check)| match check.answer {
            Some(answer) => format!("{} {}", agency.title, answer.in_words()),
            None => format!("{} is asked, answer due on {}", agency.title, check.due_on),
        })
        .collect()
    }

    /// Everything that was shared of the case, or waits to be, oldest first.
    ///
    /// # Errors
    /// The store's.
    pub async fn shared(&self, stored: &StoredCase) -> Result<Vec<Shared>, EngineError> {
        let engine = self.seen_by(&stored.case);
        let lifecycle = &engine.programme.lifecycle;
        let history = self.store.history(stored.id).await?;
        // What the family had agreed to at that moment: the case as it stood then.
        let basis_at = |at: Instant| {
            let before: Vec<_> = history.iter().take_while(|stored| stored.at <= at).map(|stored| stored.event.clone()).collect();
            crate::domain::case::replay(None, &before).map_or_else(|_| "not known".to_owned(), |case| self.basis(&case))
        };
        let mut all = Vec::new();
        let filter = LetterFilter { case: Some(stored.id), limit: LETTERS_MAX, ..LetterFilter::default() };
        for row in self.store.letters(&filter).await? {
            let carried = match row.gathered_into {
                Some(digest) => self.store.letter(digest).await?.map(|digest| digest.row),
                None => None,
            };
            let state = carried.as_ref().map_or(row.state, |digest| digest.state);
            let at = carried.as_ref().and_then(|digest| digest.settled_at).or(row.settled_at).unwrap_or(row.queued_at);
            let Some(letter) = self.store.letter(row.id).await? else { continue };
            let definition = lifecycle.letter(&row.letter);
            let detailed =
                definition.is_some_and(|definition| definition.details) && self.is_trusted_with_details(&letter.recipient);
            all.push(Shared {
                at,
                to: letter.recipient,
                role: row.role.as_ref().map_or_else(String::new, |role| {
                    lifecycle.role(role).map_or_else(|| role.to_string(), |known| known.title.clone())
                }),
                what: definition.map_or_else(|| row.letter.as_str().replace('_', " "), |definition| definition.title.clone()),
                holds: if detailed { "reference, initials and themes" } else { "reference, dates and counts" }.to_owned(),
                basis: basis_at(row.queued_at),
                state: in_words(state),
            });
        }
        for (at, entry) in self.store.audit(stored.opened_at).await? {
            if entry.case != Some(stored.id) {
                continue;
            }
            let text = |name: &str| entry.detail.get(name).and_then(|value| value.as_str()).map(str::to_owned);
            let handed = entry.action == SHARED;
            all.push(Shared {
                at,
                to: text("to").filter(|_| handed).map_or(entry.by, Personal::new),
                role: text("role").unwrap_or_default().replace('_', " "),
                what: text("what").unwrap_or(entry.action),
                holds: text("sees").unwrap_or_else(|| "personal data".to_owned()),
                basis: text("basis").unwrap_or_else(|| basis_at(at)),
                state: "shared",
            });
        }
        all.sort_by_key(|line| line.at);
        Ok(all)
    }
}

fn in_words(state: LetterState) -> &'static str {
    match state {
        LetterState::Sent => "shared",
        LetterState::Unsure => "perhaps shared",
        LetterState::Queued | LetterState::Gathering | LetterState::Sending | LetterState::Gathered => "waits",
        LetterState::Held => "held back",
        LetterState::Dropped => "stopped",
        LetterState::Failed => "did not arrive",
    }
}
