//! The programme as a picture: how far cases came, how many were open, how long they stayed. One page without scripts or anything
//! from outside; every chart has its numbers in words and in a table beside it.

use std::fmt::Write as _;

use crate::domain::time::Date;
use crate::simulate::Outcome;
use crate::simulate::tally::{Month, Stay};

/// Width of every chart, in units of its drawing.
const WIDTH: f64 = 960.0;
/// Where bars begin: what stands left of it is the stage's title.
const LEFT: f64 = 230.0;
/// Height of a line of a chart of bars.
const LINE: f64 = 30.0;
/// Height of the chart of the caseload.
const AREA: f64 = 300.0;

const STYLE: &str = "text{font:14px system-ui,-apple-system,'Segoe UI',sans-serif;fill:var(--ink,#24323d)}\
.title{font-size:19px;font-weight:600}.faint{fill:var(--faint,#5b6b77);font-size:13px}.line{stroke:var(--line,#d5dde2);stroke-width:1}\
.bar{fill:var(--bar,#4c8a9b)}.rest{fill:var(--rest,#c9dde2)}.mark{fill:var(--mark,#1f5a6b)}.long{stroke:var(--bar,#4c8a9b);stroke-width:2}";

/// A whole page.
#[must_use]
pub fn page(outcome: &Outcome) -> String {
    let mut page = format!(
        "<!DOCTYPE html>\n<html lang=\"en-GB\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <title>{title}</title><style>:root{{color-scheme:light dark}}\
         body{{font:16px/1.5 system-ui,-apple-system,'Segoe UI',sans-serif;color:#24323d;background:#fbfcfc;margin:2rem auto;max-width:62rem;padding:0 1rem}}\
         h1{{font-size:1.6rem;line-height:1.2;margin-bottom:.3rem}}p{{margin:.3rem 0 1.5rem;max-width:44rem}}svg{{width:100%;height:auto;display:block}}\
         figure{{margin:0 0 2rem}}details{{margin:.4rem 0 0}}summary{{cursor:pointer;color:#1f5a6b}}\
         table{{border-collapse:collapse;font-size:.9rem;margin:.5rem 0}}th,td{{padding:.2rem .8rem .2rem 0;text-align:right;border-bottom:1px solid #d5dde2}}\
         th:first-child,td:first-child{{text-align:left}}{STYLE}\
         @media(prefers-color-scheme:dark){{body{{color:#e3eaee;background:#151c21}}summary{{color:#8fc4d3}}th,td{{border-color:#35434c}}\
         :root{{--ink:#e3eaee;--faint:#a3b2bb;--line:#35434c;--bar:#5fa3b5;--rest:#2c4650;--mark:#b4dce7}}}}</style></head><body>\n",
        title = escaped(&title(outcome)),
    );
    let add = |page: &mut String, text: &str| page.push_str(text);
    let means = if outcome.violations.is_empty() { MEANS } else { "" };
    add(&mut page, &format!("<h1>{}</h1>\n<p>{} {means}</p>\n", escaped(&title(outcome)), escaped(&summary(outcome))));
    let (height, funnel) = funnel(outcome);
    figure(&mut page, height, "How far cases came", &funnel_words(outcome), &funnel, &funnel_table(outcome));
    figure(
        &mut page,
        AREA + 90.0,
        "Open cases at the end of each month",
        &load_words(outcome),
        &load(outcome),
        &load_table(outcome),
    );
    let (height, stays) = stays(outcome);
    figure(&mut page, height, "How long cases stay", &stay_words(outcome), &stays, &stay_table(outcome));
    add(&mut page, "</body></html>\n");
    page
}

/// The charts below each other, as one drawing.
#[must_use]
pub fn svg(outcome: &Outcome) -> String {
    let (first, funnel) = funnel(outcome);
    let (last, stays) = stays(outcome);
    let (second, third) = (80.0 + first + 30.0, 80.0 + first + AREA + 150.0);
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"-20 -20 {width} {height}\" role=\"img\" aria-labelledby=\"t d\"><title id=\"t\">{title}</title>\
         <desc id=\"d\">{words}</desc><style>{STYLE}</style><rect x=\"-20\" y=\"-20\" width=\"100%\" height=\"100%\" fill=\"#fbfcfc\"/>\
         <text class=\"title\" y=\"10\" style=\"font-size:23px\">{title}</text><text class=\"faint\" y=\"38\">{summary}</text>\
         <g transform=\"translate(0 80)\">{funnel}</g><g transform=\"translate(0 {second})\">{load}</g><g transform=\"translate(0 {third})\">{stays}</g></svg>\n",
        width = WIDTH + 40.0,
        height = third + last + 40.0,
        title = escaped(&title(outcome)),
        words = escaped(&[summary(outcome), funnel_words(outcome), load_words(outcome), stay_words(outcome)].join(" ")),
        summary = escaped(&summary(outcome)),
        load = load(outcome),
    )
}

fn title(outcome: &Outcome) -> String {
    let day = |on: Date| on.strftime("%-d %B %Y").to_string();
    format!("A simulated programme: {} families, {} to {}", grouped(outcome.families), day(outcome.from), day(outcome.until))
}

fn summary(outcome: &Outcome) -> String {
    let held = match outcome.violations.len() {
        0 => format!("{} rules were checked after every step, and none was ever broken.", outcome.rules.len()),
        broken => format!("{broken} times a rule was broken."),
    };
    format!(
        "{} cases were opened. {} deadlines and reminders fell due, {} letters went out. {held} Nobody in it is real.",
        grouped(outcome.cases),
        grouped(outcome.timers_fired),
        grouped(outcome.letters)
    )
}

/// The rules a manager asks for first.
const MEANS: &str = "Among them: every open case has somebody who answers for it and a next date; nothing falls due early, late or twice; no \
                     letter goes to somebody who should not have it.";

/// `12,345`.
fn grouped(number: impl ToString) -> String {
    let digits = number.to_string();
    let first = digits.len() % 3;
    let mut parts: Vec<&str> = if first > 0 { vec![&digits[..first]] } else { Vec::new() };
    parts.extend((first..digits.len()).step_by(3).map(|at| &digits[at..at + 3]));
    parts.join(",")
}

fn figure(page: &mut String, height: f64, title: &str, words: &str, drawing: &str, table: &str) {
    let id = title.to_lowercase().replace(' ', "-");
    writeln!(
        page,
        "<figure><svg viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" aria-labelledby=\"{id}-t {id}-d\"><title id=\"{id}-t\">{title}</title>\
         <desc id=\"{id}-d\">{words}</desc>{drawing}</svg><details><summary>The same in numbers</summary>{table}</details></figure>",
        title = escaped(title),
        words = escaped(words),
    )
    .expect("a string takes every write");
}

fn heading(title: &str, says: &str) -> String {
    format!("<text class=\"title\" y=\"18\">{}</text><text class=\"faint\" y=\"40\">{}</text>", escaped(title), escaped(says))
}

fn funnel(outcome: &Outcome) -> (f64, String) {
    let most = outcome.funnel.iter().map(|line| line.cases).max().unwrap_or(1).max(1) as f64;
    let mut drawing = heading(
        "How far cases came",
        "Whole bar: cases that were in the stage at some time. Dark part: those that are in it on the last day.",
    );
    for (index, line) in outcome.funnel.iter().enumerate() {
        let y = 58.0 + LINE * index as f64;
        let scale = |cases: usize| (WIDTH - LEFT - 130.0) * cases as f64 / most;
        bar_title(&mut drawing, y, &line.title);
        let label = if line.now > 0 && line.now != line.cases {
            format!("{}, {} on the last day", line.cases, line.now)
        } else {
            line.cases.to_string()
        };
        write!(
            drawing,
            "<rect class=\"rest\" x=\"{LEFT}\" y=\"{y}\" width=\"{:.1}\" height=\"20\" rx=\"3\"/>\
             <rect class=\"bar\" x=\"{LEFT}\" y=\"{y}\" width=\"{:.1}\" height=\"20\" rx=\"3\"/><text x=\"{:.1}\" y=\"{}\">{label}</text>",
            scale(line.cases),
            scale(line.now),
            LEFT + scale(line.cases) + 8.0,
            y + 15.0,
        )
        .expect("a string takes every write");
    }
    (70.0 + LINE * outcome.funnel.len() as f64, drawing)
}

fn bar_title(drawing: &mut String, y: f64, title: &str) {
    write!(drawing, "<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{}</text>", LEFT - 12.0, y + 15.0, escaped(title))
        .expect("a string takes every write");
}

/// Stages that ever had an open case at the end of a month, in the order of the workflow file, with their titles.
fn stages(outcome: &Outcome) -> Vec<(&str, &str)> {
    let had = |stage: &str| outcome.caseload.iter().any(|month| month.by_stage.contains_key(stage));
    let lines = outcome.funnel.iter().map(|line| (line.stage.as_str(), line.title.as_str()));
    lines.filter(|(stage, _)| had(stage)).collect()
}

/// From blue over green to amber along the way of a case; neighbours differ in lightness.
fn colour(index: usize, count: usize) -> String {
    let hue = 215.0 - 175.0 * index as f64 / (count.max(2) - 1) as f64;
    format!("hsl({hue:.0} 38% {}%)", if index.is_multiple_of(2) { 58 } else { 70 })
}

/// A round number at or above `most` that its quarters divide well.
fn ceiling(most: usize) -> usize {
    let mut step = 4;
    loop {
        if let Some(found) = [step, step * 2, step * 3, step * 5].into_iter().find(|top| *top >= most) {
            return found;
        }
        step *= 10;
    }
}

fn load(outcome: &Outcome) -> String {
    let months = &outcome.caseload;
    let stages = stages(outcome);
    let top = ceiling(months.iter().map(|month| month.open).max().unwrap_or(0));
    let right = WIDTH - 250.0;
    let x = |index: usize| 50.0 + (right - 50.0) * index as f64 / (months.len().max(2) - 1) as f64;
    let y = |cases: usize| 58.0 + AREA * (1.0 - cases as f64 / top as f64);
    let mut drawing = heading(
        "Open cases at the end of each month",
        "The height is the number of open cases; each colour is the stage they are in.",
    );
    for quarter in 0..=4 {
        let cases = top * quarter / 4;
        write!(
            drawing,
            "<line class=\"line\" x1=\"50\" x2=\"{right}\" y1=\"{y:.1}\" y2=\"{y:.1}\"/><text class=\"faint\" x=\"42\" y=\"{:.1}\" text-anchor=\"end\">{cases}</text>",
            y(cases) + 5.0,
            y = y(cases),
        )
        .expect("a string takes every write");
    }
    let below = |month: &Month, upto: usize| {
        stages[..upto].iter().map(|(stage, _)| month.by_stage.get(*stage).copied().unwrap_or(0)).sum::<usize>()
    };
    for index in 0..stages.len() {
        let up = months.iter().enumerate().map(|(at, month)| format!("{:.1},{:.1}", x(at), y(below(month, index + 1))));
        let down = months.iter().enumerate().rev().map(|(at, month)| format!("{:.1},{:.1}", x(at), y(below(month, index))));
        let points: Vec<String> = up.chain(down).collect();
        write!(drawing, "<polygon points=\"{}\" fill=\"{}\"/>", points.join(" "), colour(index, stages.len()))
            .expect("a string takes every write");
    }
    // A year begins where its first month stands.
    for (at, month) in months.iter().enumerate().filter(|(_, month)| month.on.month() == 1 || months.len() < 18) {
        let label = month.on.strftime(if months.len() < 18 { "%b" } else { "Jan %Y" }).to_string();
        write!(
            drawing,
            "<text class=\"faint\" x=\"{:.1}\" y=\"{}\" text-anchor=\"middle\">{label}</text>",
            x(at),
            58.0 + AREA + 20.0
        )
        .expect("a string takes every write");
    }
    for (index, (_, title)) in stages.iter().enumerate() {
        // The key stands in the order of the layers, the lowest at the bottom.
        let y = 58.0 + AREA - 22.0 * index as f64 - 14.0;
        write!(
            drawing,
            "<rect x=\"{}\" y=\"{y}\" width=\"14\" height=\"14\" rx=\"3\" fill=\"{}\"/><text x=\"{}\" y=\"{}\">{}</text>",
            right + 20.0,
            colour(index, stages.len()),
            right + 42.0,
            y + 12.0,
            escaped(title)
        )
        .expect("a string takes every write");
    }
    drawing
}

fn stays(outcome: &Outcome) -> (f64, String) {
    let lines = &outcome.times_in_stage;
    let most = f64::from(lines.iter().map(|stay| stay.nine_in_ten_days).max().unwrap_or(1).max(1));
    let says = "Days from entering a stage to leaving it. The dot: half of the stays are shorter. The line: nine in ten are.";
    let mut drawing = heading("How long cases stay", says);
    for (index, stay) in lines.iter().enumerate() {
        let y = 58.0 + LINE * index as f64;
        let x = |days: u32| LEFT + (WIDTH - LEFT - 180.0) * f64::from(days) / most;
        bar_title(&mut drawing, y, &stay.title);
        write!(
            drawing,
            "<line class=\"long\" x1=\"{LEFT}\" x2=\"{end:.1}\" y1=\"{mid}\" y2=\"{mid}\"/><circle class=\"mark\" cx=\"{:.1}\" cy=\"{mid}\" r=\"6\"/>\
             <text x=\"{:.1}\" y=\"{}\">{} days <tspan class=\"faint\">(nine in ten: {})</tspan></text>",
            x(stay.median_days),
            x(stay.nine_in_ten_days) + 12.0,
            y + 15.0,
            stay.median_days,
            stay.nine_in_ten_days,
            end = x(stay.nine_in_ten_days),
            mid = y + 10.0,
        )
        .expect("a string takes every write");
    }
    (70.0 + LINE * lines.len() as f64, drawing)
}

fn funnel_words(outcome: &Outcome) -> String {
    let lines = outcome
        .funnel
        .iter()
        .map(|line| format!("{}: {} came there, {} are there at the end.", line.title, line.cases, line.now));
    lines.collect::<Vec<_>>().join(" ")
}

fn load_words(outcome: &Outcome) -> String {
    let most = outcome.caseload.iter().max_by_key(|month| month.open);
    let last = outcome.caseload.last();
    most.zip(last).map_or_else(String::new, |(most, last)| {
        format!("Most cases were open on {}: {}. At the end {} are open.", most.on, most.open, last.open)
    })
}

fn stay_words(outcome: &Outcome) -> String {
    let line = |stay: &Stay| {
        format!("{}: half leave within {} days, nine in ten within {}.", stay.title, stay.median_days, stay.nine_in_ten_days)
    };
    outcome.times_in_stage.iter().map(line).collect::<Vec<_>>().join(" ")
}

fn table(heading: &[&str], rows: impl Iterator<Item = Vec<String>>) -> String {
    let cells = |kind: &str, cells: &mut dyn Iterator<Item = String>| {
        let cells: String = cells.map(|cell| format!("<{kind}>{}</{kind}>", escaped(&cell))).collect();
        format!("<tr>{cells}</tr>")
    };
    let head = cells("th", &mut heading.iter().map(|cell| (*cell).to_owned()));
    let rows: String = rows.map(|row| cells("td", &mut row.into_iter())).collect();
    format!("<table><thead>{head}</thead><tbody>{rows}</tbody></table>")
}

fn funnel_table(outcome: &Outcome) -> String {
    let row = outcome.funnel.iter().map(|line| vec![line.title.clone(), line.cases.to_string(), line.now.to_string()]);
    table(&["Stage", "Came there", "There at the end"], row)
}

fn load_table(outcome: &Outcome) -> String {
    let row = |month: &Month| {
        vec![month.on.to_string(), month.open.to_string(), month.keyworkers.to_string(), month.most_for_one.to_string()]
    };
    table(&["End of month", "Open cases", "Keyworkers with a case", "Most cases of one"], outcome.caseload.iter().map(row))
}

fn stay_table(outcome: &Outcome) -> String {
    let row = |stay: &Stay| {
        let numbers = [stay.median_days, stay.nine_in_ten_days, stay.longest_days].map(|days| days.to_string());
        std::iter::once(stay.title.clone()).chain([stay.stays.to_string()]).chain(numbers).collect()
    };
    table(&["Stage", "Stays", "Half, days", "Nine in ten, days", "Longest, days"], outcome.times_in_stage.iter().map(row))
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
