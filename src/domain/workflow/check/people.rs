//! The weights of `people.yaml`: each level there, each a share of a hundred, and each likeness worth more than a difference.

use super::{Finding, finding};
use crate::domain::workflow::people::{Level, PeopleRules};

pub(in crate::domain::workflow) fn findings(rules: &PeopleRules) -> Vec<Finding> {
    let mut found = Vec::new();
    if !(rules.possible_from > 0.0 && rules.likely_from >= rules.possible_from) {
        found.push(finding(
            "likely_from",
            "a likely match needs at least as many bits as a possible one, and both more than none",
        ));
    }
    for (place, levels, wanted) in rules.compared() {
        for level in wanted.iter().filter(|level| !levels.contains_key(level)) {
            found.push(finding(place, format!("`{}` is missing here: the comparison can come to it", name(*level))));
        }
        for (level, weight) in levels {
            let at = format!("{place}.{}", name(*level));
            let share = |number: f64| number > 0.0 && number <= 100.0;
            if !wanted.contains(level) {
                found.push(finding(at, format!("nothing compared here can come to `{}`; leave it out", name(*level))));
            } else if !share(weight.matching) || !share(weight.chance) {
                found.push(finding(at, "`matching` and `chance` are so many of a hundred pairs, more than none"));
            } else if *level == Level::Different && weight.bits() >= 0.0 {
                found.push(finding(
                    at,
                    "a difference that is commoner among the same than among others speaks for them; turn the two",
                ));
            }
        }
    }
    for (at, line) in rules.first_names.iter().enumerate() {
        let plain = |form: &String| !form.is_empty() && form.chars().all(|c| c.is_ascii_lowercase() || c == ' ');
        if line.len() < 2 || !line.iter().all(plain) {
            found.push(finding(
                format!("first_names[{at}]"),
                "a line has two or more forms of one name, in small letters without accents",
            ));
        }
    }
    found
}

fn name(level: Level) -> &'static str {
    match level {
        Level::Same => "same",
        Level::OtherForm => "other_form",
        Level::Swapped => "swapped",
        Level::Alike => "alike",
        Level::Initial => "initial",
        Level::Near => "near",
        Level::Different => "different",
    }
}
