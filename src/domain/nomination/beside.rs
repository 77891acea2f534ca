//! What stands beside the name of who nominates: `Sent in by | Tegwen Marr, Support Adviser, Hill Academy`, the job in the next cell,
//! the telephone two lines below, the agency in the letterhead.
//!
//! Forms ask for these in a hundred wordings. The name is known, from a label, a signature or the mail's sender; what belongs to
//! it stands near it, and a job, an agency and a telephone show by their shape which is which.

use super::lines::divided_pairs;
use super::members::single;
use super::names;
use super::papers::{Origin, Paper};
use super::people::is_person_field;
use super::postcode::{email, phone};
use super::referrer::{from_run, is_trade};
use super::sheet::{Grid, Node, at};
use super::slot::Slot;
use super::text::{bare, fold, word_count};
use super::words::Lexicon;
use crate::domain::document::words::GAP;
use crate::domain::nomination::Referrer;

/// Rows or lines behind a name that may still be about its bearer.
const NEAR: usize = 6;

/// Longer lines are sentences about somebody.
const RUN_WORDS_MAX: usize = 28;

/// Lines at the head of a letter or form in which its writer's agency stands.
const LETTERHEAD_LINES: usize = 6;

/// A place where something is written, and what asks for it there.
struct Spot {
    /// Rows and lines, counted through the paper.
    row: usize,
    label: Option<String>,
    slot: Slot,
    /// The whole line, its labels with it.
    line: String,
    /// A heading: what follows is about something else.
    heads: bool,
    /// A line of its own, which may go on in the next one; cells do not.
    wraps: bool,
}

/// Fills what is open of `referrer` from what stands beside `name` on `paper`; takes the name as written there when it is open.
pub(super) fn beside(paper: &Paper<'_>, name: &str, lexicon: &Lexicon<'_>, referrer: &mut Referrer) {
    let full = referrer.name.is_some() && referrer.role.is_some() && referrer.organisation.is_some();
    if full && referrer.phone.is_some() && referrer.email.is_some() {
        return;
    }
    let spots = spots(paper, lexicon);
    let places: Vec<(usize, usize)> =
        spots.iter().enumerate().filter_map(|(index, spot)| Some((index, behind(&spot.slot.text(), name)?))).collect();
    for (index, at) in places {
        let spot = &spots[index];
        let text = spot.slot.text();
        let asked = spot.label.as_deref().is_some_and(|label| is_of_others(label, lexicon));
        if asked || word_count(&text) > RUN_WORDS_MAX {
            continue;
        }
        if referrer.name.is_none() {
            let start = text[..at].to_lowercase().rfind(&name.to_lowercase());
            let written = start.map(|start| ranked_name(&text, start, at, lexicon));
            referrer.name = written.map(|written| single(written, spot.slot.source(paper.name, "", 0.9)));
        }
        let tail = text[at..].trim_start_matches([' ', ',', '-', '–', '|', ':', '/', ';', '.']);
        if tail.chars().any(char::is_alphanumeric) {
            let joined =
                run_on(tail, spots.get(index + 1).filter(|next| spot.wraps && next.wraps).map(|next| next.line.as_str()));
            from_run(&Slot::of_text(&format!("{name}, {joined}"), &spot.slot), paper.name, lexicon, referrer);
        }
        near(&spots[index + 1..], spot.row, paper.name, lexicon, referrer);
    }
}

/// Whose name a label asks for, when it is surely not the one of who nominates.
fn is_of_others(label: &str, lexicon: &Lexicon<'_>) -> bool {
    let label = fold(label);
    ["manager", "witness", "gp", "printed by"].iter().any(|word| super::text::has_phrase(&label, word))
        || lexicon
            .label(&label)
            .is_some_and(|label| matches!(label.field.as_str(), "signature" | "print_name" | "agencies" | "contact"))
}

/// Where `name` ends in `text`, when it stands there as whole words.
fn behind(text: &str, name: &str) -> Option<usize> {
    let (folded, wanted) = (text.to_lowercase(), name.to_lowercase());
    // Letters that change their length with their case are no part of the search.
    if folded.len() != text.len() || wanted.is_empty() {
        return None;
    }
    let end = folded.find(&wanted)? + wanted.len();
    let whole = !folded[end..].starts_with(char::is_alphanumeric)
        && !folded[..end - wanted.len()].ends_with(|c: char| c.is_alphanumeric() || c == '-');
    whole.then_some(end)
}

/// The name with the rank or title before it: `PC 2214 Hannah Nixon`, `Fr Aidan Bell`.
fn ranked_name(text: &str, start: usize, end: usize, lexicon: &Lexicon<'_>) -> String {
    let words: Vec<&str> = text[..start].split_whitespace().rev().take(2).collect();
    let number = |word: &str| word.len() <= 6 && word.bytes().all(|byte| byte.is_ascii_digit());
    match words.as_slice() {
        [collar, rank] if number(collar) && lexicon.is("titles", rank) => format!("{rank} {collar} {}", &text[start..end]),
        [title, ..] if lexicon.is("titles", title) => format!("{title} {}", &text[start..end]),
        _ => text[start..end].to_owned(),
    }
}

/// A line that goes on in the next one up to its telephone: `…, Furness Kinship` / `Project. Phone: 01632 960702`.
fn run_on(tail: &str, next: Option<&str>) -> String {
    let open = phone(tail).is_none() && !tail.ends_with(['.', ')', ':']) && tail.contains(',');
    let next = next.filter(|next| open && (phone(next).is_some() || email(next).is_some()));
    match next {
        Some(next) if word_count(next) <= 10 && next.starts_with(char::is_alphabetic) && !starts_with_way(next) => {
            format!("{tail} {next}")
        }
        _ => tail.to_owned(),
    }
}

/// `Phone: …`, `Direct line …`: how to reach somebody, and no end of an agency's name.
fn starts_with_way(text: &str) -> bool {
    let first = fold(text.split([' ', ':', '.']).next().unwrap_or_default());
    ["tel", "telephone", "phone", "direct", "mobile", "email", "e-mail", "contact", "mob", "t", "m", "ring", "call"]
        .contains(&first.as_str())
}

/// The rows and lines behind a name, as far as they are about its bearer.
fn near(spots: &[Spot], row: usize, document: &str, lexicon: &Lexicon<'_>, referrer: &mut Referrer) {
    let mut plain = 0;
    for spot in spots.iter().take_while(|spot| spot.row <= row + NEAR) {
        let text = spot.slot.text();
        let label = spot.label.clone().unwrap_or_default();
        let asks = if label.is_empty() { None } else { lexicon.loose_label(&label).map(|label| label.field) };
        let of_family = ["family", "parent", "home", "child", "mother", "tenant", "emergency"];
        let other = asks.as_deref().is_some_and(|field| {
            is_person_field(field)
                || matches!(
                    field,
                    "address" | "address_part" | "postcode" | "consent" | "signature" | "criteria" | "agencies" | "referrer_name"
                )
        });
        let foreign = of_family.iter().any(|word| super::text::has_phrase(&fold(&label), word))
            || lexicon.owner(&label).is_some_and(|(owner, _)| owner != "referrer") && asks.is_none();
        let somebody = asks.as_deref() == Some("contact") && word_count(&text) > 1 && text.starts_with(char::is_alphabetic);
        let unanswered = label.is_empty() && lexicon.label(&text).is_some();
        if other || foreign || somebody || unanswered || spot.slot.has_box() || spot.heads || word_count(&text) > 14 {
            return;
        }
        // A label that stands where an answer would: nobody answered.
        if text.is_empty() || lexicon.is_blank(&text) || lexicon.label(&text).is_some() {
            continue;
        }
        if label.is_empty() {
            plain += 1;
            if plain > 4 || lexicon.mentions("disclaimers", &text).is_some() {
                return;
            }
        }
        let put = |place: &mut Option<crate::domain::nomination::Answer<String>>, value: Option<String>| {
            if place.is_none() {
                *place = value.map(|value| single(value, spot.slot.source(document, "", 0.85)));
            }
        };
        put(&mut referrer.phone, phone(&text));
        put(&mut referrer.email, email(&text));
        if phone(&text).is_some() || email(&text).is_some() {
            continue;
        }
        let agency = lexicon.mentions("organisation_words", &text).is_some() && !is_trade(&text, lexicon);
        match asks.as_deref() {
            Some("role") => put(&mut referrer.role, Some(text)),
            Some("organisation") => put(&mut referrer.organisation, Some(text)),
            _ if is_trade(&text, lexicon) && !text.ends_with('.') => put(&mut referrer.role, Some(text)),
            _ if agency && label.is_empty() && !text.ends_with('.') => put(&mut referrer.organisation, Some(text)),
            _ => {}
        }
    }
}

/// Everything written on the paper with what asks for it, in reading order.
fn spots(paper: &Paper<'_>, lexicon: &Lexicon<'_>) -> Vec<Spot> {
    let mut spots = Vec::new();
    let mut row = 0;
    for node in &paper.nodes {
        match node {
            Node::Line(slot) => {
                row += 1;
                line_spots(slot, row, lexicon, &mut spots);
            }
            Node::Grid(grid) => {
                grid_spots(grid, row, lexicon, &mut spots);
                row += grid.rows.len();
            }
        }
    }
    spots
}

fn line_spots(slot: &Slot, row: usize, lexicon: &Lexicon<'_>, spots: &mut Vec<Spot>) {
    let text = slot.text();
    let heads = !slot.typed
        && phone(&text).is_none()
        && (lexicon.mapped_whole("sections", &text).is_some()
            || slot.heading && !text.contains(':') && word_count(&text) <= 12 && lexicon.mapped("sections", &text).is_some());
    let mut pairs = divided_pairs(slot, lexicon);
    if pairs.is_empty() {
        pairs = super::over::alternating(slot, lexicon);
    }
    if !pairs.is_empty() {
        spots.extend(pairs.into_iter().map(|pair| Spot {
            row,
            label: Some(pair.text),
            slot: pair.value,
            line: text.clone(),
            heads,
            wraps: true,
        }));
        return;
    }
    for line in slot.lines_text().split(['\n', GAP]).map(str::trim).filter(|line| !line.is_empty()) {
        spots.push(Spot { row, label: None, slot: Slot::of_text(line, slot), line: line.to_owned(), heads, wraps: true });
    }
}

/// Cells: what is left of each asks for it, or what stands above it where a row of labels does.
fn grid_spots(grid: &Grid, from: usize, lexicon: &Lexicon<'_>, spots: &mut Vec<Spot>) {
    let of_labels = |row: usize| {
        let cells = || grid.rows[row].iter().filter(|cell| !cell.repeated && !cell.slot.is_blank(lexicon));
        let asks = |slot: &Slot| !slot.typed && lexicon.label(&slot.text()).is_some();
        cells().count() >= 2
            && (cells().all(|cell| cell.slot.heading && !cell.slot.typed) || cells().all(|cell| asks(&cell.slot)))
    };
    let mut above = None;
    for (index, row) in grid.rows.iter().enumerate() {
        if of_labels(index) {
            above = Some(index);
            continue;
        }
        let mut label: Option<String> = None;
        let mut beside = 0;
        for cell in row.iter().filter(|cell| !cell.repeated) {
            let lines: Vec<String> =
                cell.slot.lines_text().lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect();
            let text = if lines.len() > 1 && lines.iter().all(|line| word_count(line) <= 8) {
                lines.join(", ")
            } else {
                cell.slot.text()
            };
            if let Some(above) = above {
                let head = at(&grid.rows[above], cell.column).map(|head| head.slot.text());
                spots.push(Spot {
                    row: from + index + 1,
                    label: head,
                    slot: Slot::of_text(&text, &cell.slot),
                    line: text,
                    heads: false,
                    wraps: false,
                });
                continue;
            }
            // Label, value, label, value.
            beside += 1;
            if label.is_none() && beside % 2 == 1 && row.len() > 1 {
                label = Some(cell.slot.text());
                continue;
            }
            let slot = Slot::of_text(&text, &cell.slot);
            spots.push(Spot { row: from + index + 1, label: label.take(), slot, line: text, heads: false, wraps: false });
        }
        // A lone cell answers nothing that stands beside it.
        if let Some(alone) = label {
            let slot = row.iter().find(|cell| !cell.repeated && cell.slot.text() == alone).map(|cell| cell.slot.clone());
            let heads = lexicon.mapped_whole("sections", &alone).is_some();
            spots.extend(slot.map(|slot| Spot { row: from + index + 1, label: None, slot, line: alone, heads, wraps: false }));
        }
    }
}

/// The agency at the head of the writer's own letter or form, and its telephone: only where the writer's mail address is the agency's.
pub(super) fn letterhead(paper: &Paper<'_>, address: &str, lexicon: &Lexicon<'_>, referrer: &mut Referrer) {
    if paper.origin != Origin::File || referrer.organisation.is_some() && referrer.phone.is_some() {
        return;
    }
    let Some(domain) = address.split('@').nth(1) else { return };
    let mut lines: Vec<Slot> = Vec::new();
    for node in paper.nodes.iter().take(LETTERHEAD_LINES) {
        match node {
            Node::Line(slot) => lines.extend(slot.lines_text().lines().map(|line| Slot::of_text(line, slot))),
            Node::Grid(grid) => {
                lines.extend(grid.rows.iter().take(1).flatten().filter(|cell| !cell.repeated).map(|cell| cell.slot.clone()))
            }
        }
    }
    let dividers = ['|', '–', '—', '•', GAP, '\n'];
    let head = lines.iter().enumerate().find_map(|(index, slot)| {
        let text = slot.text();
        let mut parts = text.split(dividers).flat_map(|part| part.split(" - ")).map(str::trim);
        let agency = parts.find(|part| {
            (2..=9).contains(&word_count(part))
                && !part.contains(':')
                && is_domain_of(domain, part)
                && phone(part).is_none()
                && lexicon.label(part).is_none()
        })?;
        Some((index, agency.to_owned()))
    });
    let Some((index, agency)) = head else { return };
    if referrer.organisation.is_none() {
        referrer.organisation = Some(single(names::unshouted(&agency), lines[index].source(paper.name, "letterhead", 0.75)));
    }
    let near = lines[index..].iter().take(3).find_map(|slot| Some((phone(&slot.text())?, slot)));
    if let (None, Some((number, slot))) = (&referrer.phone, near) {
        referrer.phone = Some(single(number, slot.source(paper.name, "letterhead", 0.7)));
    }
}

/// Whether the words of `agency` make up `domain`: `northfells019.nhs.uk` of `North Fells 0-19 Children's Service`.
fn is_domain_of(domain: &str, agency: &str) -> bool {
    const LETTERS_MIN: usize = 5;
    let label = domain.split('.').next().unwrap_or_default().to_lowercase();
    let wanted: Vec<char> = label.chars().filter(|c| c.is_alphanumeric()).collect();
    let text = bare(agency).replace(['\'', '’'], "");
    let words: Vec<Vec<char>> = text
        .split(|c: char| c.is_whitespace() || c == '&')
        .map(|word| word.chars().filter(|c| c.is_alphanumeric()).collect::<Vec<char>>())
        .filter(|word| !word.is_empty())
        .collect();
    wanted.len() >= LETTERS_MIN && spelt(&wanted, &words, 0)
}

/// Whether `wanted` is beginnings of `words` in their order, two letters or more each unless the whole is spelt by whole words.
fn spelt(wanted: &[char], words: &[Vec<char>], used: usize) -> bool {
    if wanted.is_empty() {
        return used >= 1;
    }
    let Some((word, rest)) = words.split_first() else { return false };
    let common = word.iter().zip(wanted).take_while(|(one, other)| one == other).count();
    let longest = (2..=common).rev().any(|length| spelt(&wanted[length..], rest, used + 1));
    longest || spelt(wanted, rest, used)
}

/// Of a department and the force it belongs to, the force: the wider of two organisations that are asked for.
pub(super) fn wide_organisation(paper: &Paper<'_>, lexicon: &Lexicon<'_>) -> Option<Slot> {
    let narrow = |label: &str| {
        ["department", "dept", "base", "station", "team"].iter().any(|word| fold(label).trim_end_matches(':') == *word)
    };
    let asked =
        || paper.form.answers_to("organisation").filter(|answer| answer.section == "referrer" && !answer.slot.is_blank(lexicon));
    let wide = asked()
        .find(|answer| matches!(fold(&answer.label).trim_end_matches(':'), "force" | "employer" | "organisation" | "agency"));
    wide.filter(|_| asked().next().is_some_and(|first| narrow(&first.label))).map(|answer| answer.slot.clone())
}
