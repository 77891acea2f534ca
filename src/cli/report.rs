//! What `check`, `config check` and `config show` print: numbered findings, each problem with its cause and its fix.

use serde::Serialize;

use super::print::{Paint, Table, Tone, count, harmless};
use crate::config::{ConfigDefect, Shown};

/// How a check came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// As it should be.
    Ok,
    /// It works, and somebody should look.
    Warning,
    /// It is wrong.
    Failed,
}

/// One check. Texts never hold anything about a family.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What was checked: `mailbox nominations`, `no drift`.
    pub name: String,
    /// How it came out.
    pub outcome: Outcome,
    /// What was seen, one line.
    pub seen: String,
    /// Why that is a problem; only with one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// What to do; always with a problem.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fix: Option<String>,
}

impl Finding {
    /// As it should be.
    #[must_use]
    pub fn ok(name: impl Into<String>, seen: impl Into<String>) -> Self {
        Self { name: name.into(), outcome: Outcome::Ok, seen: seen.into(), why: None, fix: None }
    }
    /// Somebody should look.
    #[must_use]
    pub fn warning(name: impl Into<String>, seen: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { outcome: Outcome::Warning, fix: Some(fix.into()), ..Self::ok(name, seen) }
    }
    /// Wrong.
    #[must_use]
    pub fn failed(name: impl Into<String>, seen: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { outcome: Outcome::Failed, fix: Some(fix.into()), ..Self::ok(name, seen) }
    }
    /// Somebody has to do something about it.
    #[must_use]
    pub fn is_problem(&self) -> bool {
        self.outcome != Outcome::Ok
    }
    /// Adds the cause.
    #[must_use]
    pub fn because(mut self, why: impl Into<String>) -> Self {
        self.why = Some(why.into());
        self
    }
}

/// All checks of one run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Findings {
    /// In the order made.
    pub checks: Vec<Finding>,
}

impl Findings {
    /// The worst outcome decides: 0 without a failure, else 1. Warnings do not fail.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        u8::from(self.checks.iter().any(|check| check.outcome == Outcome::Failed))
    }
    /// For people.
    #[must_use]
    pub fn text(&self, paint: Paint) -> String {
        let mut table = Table::new(&[]);
        for (index, check) in self.checks.iter().enumerate() {
            let (word, tone) = match check.outcome {
                Outcome::Ok => ("OK", Tone::Good),
                Outcome::Warning => ("WARN", Tone::Warning),
                Outcome::Failed => ("FAIL", Tone::Bad),
            };
            let number = format!("{:>2}", index + 1);
            table.toned([(number.as_str(), Tone::Faint), (&check.name, Tone::Plain), (word, tone), (&check.seen, Tone::Plain)]);
            for (label, line) in [("Why", &check.why), ("Fix", &check.fix)] {
                if let Some(line) = line {
                    table.row(["", "", "", &format!("{label}: {line}")]);
                }
            }
        }
        let counted = |outcome| self.checks.iter().filter(|check| check.outcome == outcome).count();
        let (failed, warned) = (counted(Outcome::Failed), counted(Outcome::Warning));
        format!("{}{failed} failed, {}, {} ok\n", table.text(paint), count(warned, "warning"), counted(Outcome::Ok))
    }
}

/// The defects of the settings, one a paragraph: where and what, then the fix.
#[must_use]
pub fn defects_text(defects: &[ConfigDefect], paint: Paint) -> String {
    let mut text = String::new();
    for defect in defects {
        let place = paint.tint(Tone::Strong, &defect.place.to_string());
        text.push_str(&format!("{place}: {}\n    fix: {}\n", harmless(&defect.problem), harmless(&defect.fix)));
    }
    text + &format!("{} in the settings\n", count(defects.len(), "mistake"))
}

/// The defects of the settings for `--json`.
#[must_use]
pub fn defects_json(defects: &[ConfigDefect]) -> serde_json::Value {
    let one = |defect: &ConfigDefect| {
        serde_json::json!({
            "place": defect.place.to_string(), "key": defect.key, "problem": defect.problem, "fix": defect.fix,
        })
    };
    serde_json::json!({ "defects": defects.iter().map(one).collect::<Vec<_>>() })
}

/// What holds, where it comes from.
#[must_use]
pub fn settings_text(shown: &[Shown], paint: Paint) -> String {
    let mut table = Table::new(&[]);
    for one in shown {
        let origin = format!("({})", one.origin);
        table.toned([(one.key.as_str(), Tone::Plain), (&format!("= {}", one.value), Tone::Strong), (&origin, Tone::Faint)]);
    }
    table.text(paint)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_problem_is_numbered_and_comes_with_its_fix() {
        let findings = Findings {
            checks: vec![
                Finding::ok("settings", "focus-family.toml, 41 settings"),
                Finding::failed("backup", "last good one 53 hours ago", "systemctl start backup").because("none since Friday"),
            ],
        };
        assert_eq!(
            findings.text(Paint::NONE),
            " 1  settings  OK    focus-family.toml, 41 settings\n 2  backup    FAIL  last good one 53 hours ago\n                    \
             Why: none since Friday\n                    Fix: systemctl start backup\n1 failed, 0 warnings, 1 ok\n"
        );
        assert_eq!(findings.exit_code(), 1);
    }
}
