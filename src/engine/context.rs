//! What a letter may say of a case: references, dates, counts, titles of the programme's folder. Nothing else can be put in.

use crate::config::{Detail, SignIn};
use crate::domain::case::Case;
use crate::domain::ids::{LetterName, RoleName};
use crate::domain::letter::Context;
use crate::domain::nomination::{Answer, Member, Nomination, Standing};
use crate::domain::personal::Personal;
use crate::domain::rules::Truth;
use crate::domain::time::long_date;
use crate::domain::workflow::{FactValue, RoleScope};
use crate::engine::Engine;

impl Engine {
    pub(crate) fn base_context(&self) -> Context {
        Context {
            programme: self.programme.title.clone(),
            team_phone: self.settings.contact.team_phone.clone(),
            hub_phone: self.settings.contact.hub_phone.clone(),
            out_of_hours_phone: self.settings.contact.out_of_hours_phone.clone(),
            link: self.settings.web.page(""),
            sign_in: self.settings.web.sign_in == SignIn::InFront,
            ..Context::default()
        }
    }

    /// The command that shows on the server what a letter is about, for a role that works there: of the whole programme, or answering for
    /// a stage in an area. Everybody else asks the team.
    pub(crate) fn look(&self, role: &RoleName, command: impl FnOnce() -> String) -> String {
        let lifecycle = &self.programme.lifecycle;
        let works_there = lifecycle.role(role).is_some_and(|known| match known.scope {
            RoleScope::Programme => true,
            RoleScope::Area => lifecycle.stages.iter().any(|stage| stage.owner.as_ref() == Some(role)),
            RoleScope::Case => false,
        });
        if works_there { format!("focus-family {}", command()) } else { String::new() }
    }

    /// Everything `letter` may say of `case` to somebody in `role`.
    #[must_use]
    pub fn case_context(&self, case: &Case, letter: &LetterName, role: &RoleName) -> Context {
        let engine = self.seen_by(case);
        let programme = &engine.programme;
        let lifecycle = &programme.lifecycle;
        let pack = programme.packs.iter().find(|pack| pack.name == case.verdict.rule_pack);
        let grade = pack.and_then(|pack| pack.grades.iter().find(|grade| grade.name == case.verdict.grade));
        let today = self.ambient.today();
        let definition = lifecycle.letter(letter);
        let due_on = definition
            .and_then(|definition| definition.date_from.as_ref())
            .and_then(|fact| match case.facts.get(fact) {
                Some(FactValue::Date(date)) => Some(*date),
                _ => None,
            })
            .or_else(|| crate::domain::case::deadline_of_letter(case, lifecycle, &programme.calendar, letter))
            .or_else(|| crate::domain::case::next_due(case).map(|(on, _)| on));
        let late = due_on.filter(|due| *due < today).map(|due| programme.calendar.working_days_between(due, today));
        let (missing, to_chase) = self.missing_words(case);
        Context {
            reference: case.reference.to_string(),
            area: case.area.as_ref().map(|area| programme.area_title(area).to_owned()),
            stage: lifecycle.stage(&case.stage).map(|stage| stage.title.clone()),
            role: lifecycle.role(role).map(|role| role.title.clone()),
            due_on,
            asked_by: due_on
                .filter(|due| *due > today)
                .or_else(|| crate::domain::case::next_rung_of_letter(case, lifecycle, letter).filter(|next| *next > today)),
            at: definition.and_then(|definition| definition.calendar.as_ref()).and_then(|meeting| meeting.at.as_ref()).and_then(
                |fact| match case.facts.get(fact) {
                    Some(FactValue::Word(at)) => Some(at.clone()),
                    _ => None,
                },
            ),
            late_by: late.and_then(|days| u32::try_from(days).ok()),
            received_on: Some(case.opened_on),
            missing,
            to_chase,
            grade: grade.map(|grade| grade.title.clone()),
            readings: self.readings(case),
            counts: case.counts.clone(),
            match_possible: case.facts.get("match_possible") == Some(&FactValue::YesNo(true)),
            consent: self.word_of(case, "consent", &programme.words.consent),
            sender_proven: case.sender_proven,
            suggestion: self.suggestion(case).or_else(|| grade.map(|grade| grade.suggestion.clone())),
            rule_pack: Some(format!("{}, version {}", case.verdict.rule_pack, case.verdict.rule_pack_version)),
            link: self.settings.web.page(&format!("/cases/{}", case.reference)),
            look: self.look(role, || format!("case show {}", case.reference)),
            kept_until: crate::domain::case::kept_until(case, lifecycle),
            kept_by: lifecycle.retention.as_ref().map(|rule| rule.source.clone()),
            outcome: definition
                .and_then(|definition| definition.outcome_from.as_ref())
                .and_then(|fact| self.word_of(case, fact.as_str(), &programme.words.outcomes)),
            ..self.base_context()
        }
    }

    /// Who holds something of the family already: whoever holds a role of the case or held it, and how many agencies were asked. No names.
    pub(crate) fn holders(&self, case: &Case) -> Vec<String> {
        let lifecycle = &self.programme.lifecycle;
        let mut all = Vec::new();
        for role in &lifecycle.roles {
            if let Some(holder) = case.holders.get(&role.name).filter(|_| !role.of_family) {
                all.push(format!("{}, since {}", role.title, long_date(holder.since)));
            }
            let before = case.former.get(&role.name).filter(|_| !role.of_family).map_or(0, std::collections::BTreeSet::len);
            if before > 0 {
                all.push(format!("{} before, {before} in all", role.title));
            }
        }
        // Which agencies would tell the kind of trouble.
        let (asked, answered) =
            (case.family.checks.len(), case.family.checks.values().filter(|check| check.answer.is_some()).count());
        if asked > 0 {
            all.push(format!("Agencies that were asked: {asked}, and {answered} have answered"));
        }
        all
    }

    /// What the programme's words suggest for what is known of consent.
    fn suggestion(&self, case: &Case) -> Option<String> {
        let Some(FactValue::Word(word)) = case.facts.get("consent") else { return None };
        self.programme.words.suggestions.get(word).cloned()
    }

    fn word_of(&self, case: &Case, fact: &str, words: &std::collections::BTreeMap<String, String>) -> Option<String> {
        match case.facts.get(fact) {
            Some(FactValue::Word(word)) => Some(words.get(word).cloned().unwrap_or_else(|| word.replace('_', " "))),
            _ => None,
        }
    }

    fn readings(&self, case: &Case) -> Vec<(String, String)> {
        let pack = self.programme.packs.iter().find(|pack| pack.name == case.verdict.rule_pack);
        let truth = |truth: Truth| match truth {
            Truth::Met => "met",
            Truth::NotMet => "not met",
            Truth::NotShown => "not shown",
        };
        pack.map_or_else(Vec::new, |pack| {
            pack.interpretations
                .iter()
                .filter_map(|reading| {
                    let found = case.verdict.interpretations.get(&reading.name)?;
                    Some((reading.title.clone(), truth(*found).to_owned()))
                })
                .collect()
        })
    }

    /// Whether letters to this address may say initials and themes: only the domains the settings name.
    pub(crate) fn is_trusted_with_details(&self, address: &Personal<String>) -> bool {
        match &self.settings.mail.detail {
            Detail::Minimal => false,
            Detail::Trusted { domains } => domains.iter().any(|domain| domain.holds(address.as_text())),
        }
    }

    /// Each member by initials, with the titles of its themes: `A. D., child: Health needs (ticked)`.
    pub(crate) fn details(&self, case: &Case) -> Vec<String> {
        let kept = case.nomination.reveal().get("nomination").cloned();
        let nomination = kept.and_then(|kept| serde_json::from_value::<Nomination>(kept).ok()).unwrap_or_default();
        nomination.members.iter().map(|member| self.detail(member)).collect()
    }

    fn detail(&self, member: &Member) -> String {
        let initial = |answer: &Option<Answer<String>>| {
            let first = answer.as_ref().and_then(|answer| answer.value.as_text().chars().find(|c| c.is_alphabetic()));
            first.map(|letter| format!("{}.", letter.to_uppercase()))
        };
        let initials: Vec<String> = [initial(&member.given_name), initial(&member.family_name)].into_iter().flatten().collect();
        let initials = if initials.is_empty() { "somebody without a name".to_owned() } else { initials.join(" ") };
        let age = match member.is_child {
            Some(true) => ", child",
            Some(false) => ", adult",
            None => "",
        };
        let themes: Vec<String> = member
            .themes
            .iter()
            .map(|shown| {
                let title = self.programme.theme(&shown.theme).map_or(shown.theme.as_str(), |theme| theme.title.as_str());
                let standing = match shown.standing {
                    Standing::Ticked => "ticked",
                    Standing::Stated => "stated",
                    Standing::Documented => "documented",
                    Standing::Possible => "possible",
                };
                format!("{title} ({standing})")
            })
            .collect();
        let themes = if themes.is_empty() { "no theme is shown".to_owned() } else { themes.join("; ") };
        format!("{initials}{age}: {themes}")
    }

    /// Kinds of things missing, each once, in plain words; a started assessment is chased, not missing.
    fn missing_words(&self, case: &Case) -> (Vec<String>, Vec<String>) {
        let mut missing: Vec<String> = Vec::new();
        // Who said No is not asked for a signature.
        let refused = matches!(case.facts.get("consent"), Some(FactValue::Word(word)) if word == "refused");
        for name in &case.missing {
            let name = if refused && name == "consent" { "consent.refused" } else { name };
            let words = self.programme.missing_words(name).to_owned();
            if !missing.contains(&words) {
                missing.push(words);
            }
        }
        let started = matches!(case.facts.get("assessment"), Some(FactValue::Word(word)) if word == "started");
        let to_chase = if started { vec![self.programme.missing_words("assessment.started").to_owned()] } else { Vec::new() };
        (missing, to_chase)
    }
}
