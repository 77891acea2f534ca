//! No deadline is so far away that nobody living by the file would ever see it: a slip of the pen, `2400` for `24`, is a silence of years.

use super::{Finding, finding};
use crate::domain::workflow::desk::{Desk, Due};
use crate::domain::workflow::lifecycle::{AskKind, Lifecycle, Rung, SetTo, TimerFrom};

/// A span of time in the three units a file may count by.
struct Span {
    months: i32,
    days: i32,
    working_days: i32,
    in_words: &'static str,
}

/// From the day a timer counts from to a rung: the longest the programme promises is the watch of 12 months after exit and the look a
/// month later (`watch_over`), so twice the watch is further than anything a family waits for.
const RUNG_MAX: Span = Span { months: 24, days: 731, working_days: 522, in_words: "two years" };
/// From one repeat to the next, before an anchor, and for what is asked of people: reviews are at most 12 weeks apart, a question of law
/// is answered in a month; nobody remembers what was asked more than half a year ago.
const WAIT_MAX: Span = Span { months: 6, days: 184, working_days: 131, in_words: "half a year" };
/// Hours after which somebody is told again of a danger: two weeks.
const HOURS_MAX: u16 = 14 * 24;
/// Days for which a mail server may be tried: RFC 5321 asks for 4 to 5, and after a month the letter says what is long past.
const TRIED_DAYS_MAX: u16 = 31;

/// The longest that records of children are kept anywhere in England: 75 years from birth for adoption records is less.
const RETENTION_YEARS_MAX: u16 = 100;

impl Span {
    /// Whether this is longer in one of the units.
    fn is_passed_by(&self, months: Option<i32>, days: Option<i32>, working_days: Option<i32>) -> bool {
        let passes = |value: Option<i32>, most: i32| value.is_some_and(|value| value > most);
        passes(months, self.months) || passes(days, self.days) || passes(working_days, self.working_days)
    }
}

pub(super) fn findings(lifecycle: &Lifecycle) -> Vec<Finding> {
    let mut found = rung_findings(lifecycle);
    found.extend(ask_findings(lifecycle));
    if let Some(rule) = &lifecycle.retention {
        let age = rule.until_child_is.unwrap_or(0);
        if rule.years == 0 || rule.years.max(age) > RETENTION_YEARS_MAX || rule.source.trim().is_empty() {
            let says = format!("a rule of retention names its `source` and 1 to {RETENTION_YEARS_MAX} years");
            found.push(finding("retention", says));
        }
    }
    for (at, agency) in lifecycle.agencies.iter().enumerate() {
        let days = agency.answers_within_working_days;
        if days == 0 || is_too_many(days, WAIT_MAX.working_days) {
            let says =
                format!("`{}` has {days} working days to answer; write between 1 and {}", agency.name, WAIT_MAX.working_days);
            found.push(finding(format!("agencies[{at}].answers_within_working_days"), says));
        }
    }
    for (at, meeting) in lifecycle.meetings.iter().enumerate() {
        let place = format!("meetings[{at}]");
        if meeting.minutes == 0 || meeting.minutes > 1_440 {
            found.push(finding(format!("{place}.minutes"), "a meeting lasts between one minute and a day"));
        }
        if is_too_many(meeting.sent_working_days_before, WAIT_MAX.working_days) {
            let says = format!("its paper would go more than {} before the meeting", WAIT_MAX.in_words);
            found.push(finding(format!("{place}.sent_working_days_before"), says));
        }
        for (which, day) in meeting.days.iter().enumerate().filter(|(_, day)| day.every_weeks > 26) {
            let says = format!("an area that meets every {} weeks lets families wait; meet at least every 26", day.every_weeks);
            found.push(finding(format!("{place}.days[{which}].every_weeks"), says));
        }
    }
    found
}

fn rung_findings(lifecycle: &Lifecycle) -> Vec<Finding> {
    let mut found = Vec::new();
    for (at, timer) in lifecycle.timers.iter().enumerate() {
        for (ladder, what) in timer.ladders() {
            let place = format!("timers[{at}].{ladder}");
            for (which, rung) in what.rungs.iter().enumerate() {
                let before = |value: Option<i32>| value.map(i32::saturating_neg);
                let says = if RUNG_MAX.is_passed_by(rung.months, rung.days, rung.working_days) {
                    format!(
                        "`{}` of `{}` comes more than {} later; nobody would be reminded in time",
                        rung.name, timer.name, RUNG_MAX.in_words
                    )
                } else if WAIT_MAX.is_passed_by(before(rung.months), before(rung.days), before(rung.working_days)) {
                    format!("`{}` of `{}` comes more than {} before its day", rung.name, timer.name, WAIT_MAX.in_words)
                } else {
                    continue;
                };
                found.push(finding(format!("{place}.rungs[{which}]"), says));
            }
            if let Some(again) = &what.again
                && WAIT_MAX.is_passed_by(again.months, again.days, again.working_days)
            {
                let says = format!(
                    "`{}` would repeat only after more than {}; repeats are closer together",
                    timer.name, WAIT_MAX.in_words
                );
                found.push(finding(format!("{place}.again"), says));
            }
            let unheard =
                what.placed(&place).filter_map(|(place, rung)| Some(finding(format!("{place}.acknowledge"), unheard(rung)?)));
            found.extend(unheard);
        }
    }
    found
}

/// Why a rung waits too long for somebody to say that they know.
fn unheard(rung: &Rung) -> Option<String> {
    let expected = rung.acknowledge.as_ref()?;
    let days = expected.within_working_days.saturating_add(expected.holds_working_days);
    is_too_many(days, WAIT_MAX.working_days)
        .then(|| format!("`{}` waits {days} working days for `{}`, more than {}", rung.name, expected.by, WAIT_MAX.in_words))
}

/// A day that people name and a timer counts from is bounded: a review in 240 years would be a case nobody looks at.
fn ask_findings(lifecycle: &Lifecycle) -> Vec<Finding> {
    let mut found = Vec::new();
    for (at, mv) in lifecycle.moves.iter().enumerate() {
        for (which, ask) in mv.asks.iter().enumerate().filter(|(_, ask)| ask.kind == AskKind::Date) {
            let place = format!("moves[{at}].asks[{which}]");
            let many = |value: Option<u32>, most: i32| value.is_some_and(|value| is_too_many(value, most));
            if many(ask.within_days, RUNG_MAX.days) || many(ask.within_working_days, RUNG_MAX.working_days) {
                found.push(finding(&place, format!("`{}` may be more than {} away", ask.name, RUNG_MAX.in_words)));
            }
            let bounded = ask.not_future || ask.within_days.is_some() || ask.within_working_days.is_some();
            let anchors =
                mv.sets.iter().filter(|set| matches!(&set.to, SetTo::Answer(name) | SetTo::Later(name) if *name == ask.name));
            let mut counted = anchors.filter_map(|set| {
                lifecycle.timers.iter().find(|timer| matches!(&timer.from, TimerFrom::Fact(fact) if *fact == set.fact))
            });
            if let (false, Some(timer)) = (bounded, counted.next()) {
                let says = format!(
                    "the timer `{}` counts from `{}`, which may be any day: bound it with `within_days` or `within_working_days`, or say \
                     `not_future`",
                    timer.name, ask.name
                );
                found.push(finding(place, says));
            }
        }
    }
    found
}

/// What the desk promises, and how long it waits.
pub(super) fn desk_findings(desk: &Desk) -> Vec<Finding> {
    let too_long = |due: &Due| match due {
        Due::SameDay => false,
        Due::WorkingDays(days) => i32::from(*days) > WAIT_MAX.working_days,
        Due::Months(months) => i32::from(*months) > WAIT_MAX.months,
    };
    let of_requests = desk.requests.iter().enumerate().flat_map(|(at, request)| {
        let step = request.acknowledge.iter().map(move |step| (format!("requests[{at}].acknowledge.due"), &step.due));
        std::iter::once((format!("requests[{at}].due"), &request.due)).chain(step)
    });
    let others = [
        ("waiting.due", &desk.waiting.due),
        ("undelivered.due", &desk.undelivered.due),
        ("from_family.due", &desk.from_family.due),
    ];
    let dues = of_requests.chain(others.into_iter().map(|(place, due)| (place.to_owned(), due)));
    let mut found: Vec<Finding> = dues
        .filter(|(_, due)| too_long(due))
        .map(|(place, _)| finding(place, format!("this is due only after more than {}", WAIT_MAX.in_words)))
        .collect();
    for (at, request) in desk.requests.iter().enumerate() {
        let last = request.unanswered.iter().filter_map(|ladder| ladder.after_hours.last()).next();
        if last.is_some_and(|hours| *hours > HOURS_MAX) {
            found.push(finding(
                format!("requests[{at}].unanswered"),
                format!("nobody waits more than {HOURS_MAX} hours to hear of it again"),
            ));
        }
    }
    let tried = &desk.undelivered;
    if tried.given_up_after_days == 0 || tried.given_up_after_days > TRIED_DAYS_MAX {
        let says = format!("a letter is tried for 1 to {TRIED_DAYS_MAX} days");
        found.push(finding("undelivered.given_up_after_days", says));
    } else if u32::from(tried.told_after_hours) > u32::from(tried.given_up_after_days) * 24 {
        let says = format!(
            "a person is told after {} hours, when the letter has been given up for long; tell them before",
            tried.told_after_hours
        );
        found.push(finding("undelivered.told_after_hours", says));
    }
    found
}

fn is_too_many(value: u32, most: i32) -> bool {
    i64::from(value) > i64::from(most)
}
