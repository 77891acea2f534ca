//! Letters that nobody has written: a name in the file that stands for no text.

use std::collections::BTreeSet;

use super::{Finding, finding, nearest};
use crate::domain::ids::LetterName;
use crate::domain::workflow::desk::Desk;
use crate::domain::workflow::lifecycle::Lifecycle;

/// One finding for each place of a life-cycle that names a letter which is not `written`.
pub(in crate::domain::workflow) fn unwritten(lifecycle: &Lifecycle, written: &BTreeSet<LetterName>) -> Vec<Finding> {
    let mut named: Vec<(String, &LetterName)> = Vec::new();
    for (at, mv) in lifecycle.moves.iter().enumerate() {
        named.extend(listed(&format!("moves[{at}]"), &mv.letters));
    }
    for (list, steps) in [("begins", &lifecycle.begins), ("automatic", &lifecycle.automatic)] {
        for (at, step) in steps.iter().enumerate() {
            named.extend(listed(&format!("{list}[{at}]"), &step.letters));
        }
    }
    for (at, timer) in lifecycle.timers.iter().enumerate() {
        for (ladder, what) in timer.ladders() {
            for (place, rung) in what.placed(&format!("timers[{at}].{ladder}")) {
                named.extend(listed(&place, &rung.letters));
            }
        }
    }
    for (at, meeting) in lifecycle.meetings.iter().enumerate() {
        named.push((format!("meetings[{at}].letter"), &meeting.letter));
        named.extend(meeting.changed_letter.iter().map(|letter| (format!("meetings[{at}].changed_letter"), letter)));
        named.extend(meeting.called_off_letter.iter().map(|letter| (format!("meetings[{at}].called_off_letter"), letter)));
    }
    for (at, letter) in lifecycle.letters.iter().enumerate() {
        named.push((format!("letters[{at}].name"), &letter.name));
    }
    named.extend(lifecycle.mail_letters.iter().enumerate().map(|(at, letter)| (format!("mail_letters[{at}]"), letter)));
    told(named, written)
}

/// Each of `letters` with its place in the list below `place`.
fn listed<'l>(place: &str, letters: &'l [LetterName]) -> impl Iterator<Item = (String, &'l LetterName)> {
    letters.iter().enumerate().map(move |(which, letter)| (format!("{place}.letters[{which}]"), letter))
}

/// And for each place of a desk.
pub(in crate::domain::workflow) fn unwritten_of_desk(desk: &Desk, written: &BTreeSet<LetterName>) -> Vec<Finding> {
    let requests = desk.requests.iter().enumerate().map(|(at, request)| (format!("requests[{at}].letter"), &request.letter));
    told(requests.chain([("waiting.letter".to_owned(), &desk.waiting.letter)]).collect(), written)
}

fn told(named: Vec<(String, &LetterName)>, written: &BTreeSet<LetterName>) -> Vec<Finding> {
    let unwritten = named.into_iter().filter(|(_, letter)| !written.contains(*letter));
    unwritten
        .map(|(place, letter)| {
            let near = nearest(letter.as_str(), written.iter().map(LetterName::as_str));
            let near = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
            let says = format!(
                "the letter `{letter}` has no template: among the templates there is no folder `{letter}` with subject.txt, body.txt and \
                 body.html{near}"
            );
            finding(place, says)
        })
        .collect()
}
