//! Labels in small print over their values, several side by side on one line: each line of labels with the line of values below it is
//! a table of two rows. Fields of a form under a line of labels, and boxes under a line of numbered people, are tables without rules.
//! And lines on which labels and values alternate over wide gaps.

use super::lines::Pair;
use super::sheet::{Grid, GridCell, Node};
use super::slot::{Slot, Token};
use super::text::{fold, word_count};
use super::words::Lexicon;
use crate::domain::document::words::GAP;

/// Parts of a line that stand apart; nothing when there is more on it than words.
pub(super) fn parts(slot: &Slot) -> Vec<String> {
    let words_only = slot.tokens.iter().all(|token| matches!(token, Token::Words(..)));
    if !words_only || slot.typed {
        return Vec::new();
    }
    let mut parts: Vec<String> = Vec::new();
    let mut bold: Option<bool> = None;
    let mut gap = false;
    // On a page that is drawn, words far apart are pieces of their own.
    let drawn = slot.drawn;
    for token in &slot.tokens {
        let Token::Words(text, style) = token else { continue };
        gap |= drawn && bold == Some(style.bold);
        for (index, part) in text.split(GAP).map(str::trim).enumerate() {
            gap |= index > 0;
            if part.is_empty() {
                continue;
            }
            // A label in bold and its value behind it need no gap.
            let apart = gap || bold.is_none() || bold == Some(true) && !style.bold;
            match parts.last_mut() {
                Some(last) if !apart => *last = format!("{last} {part}"),
                _ => parts.push(part.to_owned()),
            }
            bold = Some(style.bold);
            gap = false;
        }
    }
    parts
}

/// `nodes` with each line of labels over a line of as many values as a table; `None` when there is no such pair of lines.
pub(super) fn labels_over_values(nodes: &[Node], lexicon: &Lexicon<'_>) -> Option<Vec<Node>> {
    let line = |index: usize| match nodes.get(index) {
        Some(Node::Line(slot)) => Some((slot, parts(slot))),
        Some(Node::Grid(_)) | None => None,
    };
    let over = |index: usize| {
        let (head, labels) = line(index)?;
        let (body, values) = line(index + 1)?;
        let known = labels.iter().filter(|label| lexicon.loose_label(label).is_some()).count();
        let asks = |label: &String| word_count(label) <= 5 && !label.contains(|c: char| c.is_ascii_digit() || c == ':');
        let fits = labels.len() >= 2
            && labels.len() == values.len()
            && labels.iter().all(asks)
            && known >= 2
            && known * 3 >= labels.len() * 2
            && values.iter().filter(|value| lexicon.plain_label(value).is_some()).count() * 2 < values.len();
        fits.then(|| Node::Grid(grid(head, &labels, body, &values)))
    };
    let mut laid = Vec::new();
    let mut index = 0;
    let mut any = false;
    while index < nodes.len() {
        if let Some(grid) = over(index) {
            laid.push(grid);
            any = true;
            index += 2;
        } else {
            laid.push(nodes[index].clone());
            index += 1;
        }
    }
    any.then_some(laid)
}

/// `nodes` with each line of labels over lines of fields, and each line of numbered people over lines of boxes, as a table.
pub(super) fn fields_under_labels(nodes: &[Node], lexicon: &Lexicon<'_>) -> Option<Vec<Node>> {
    let mut laid: Vec<Node> = Vec::new();
    let mut any = false;
    let mut index = 0;
    while index < nodes.len() {
        if let Some((grid, rows)) = under_labels(&nodes[index..], lexicon)
            .or_else(|| under_people(&nodes[index..], lexicon))
            .or_else(|| under_criteria(&nodes[index..], lexicon))
        {
            laid.push(Node::Grid(grid));
            any = true;
            index += rows + 1;
        } else {
            laid.push(nodes[index].clone());
            index += 1;
        }
    }
    any.then_some(laid)
}

/// The words a line begins with, and the fields and boxes behind them, each with what was put in.
fn led_fields(node: &Node) -> Option<(Slot, Vec<Slot>)> {
    let Node::Line(slot) = node else { return None };
    let of = |tokens: Vec<Token>| {
        let typed = tokens.iter().any(|token| matches!(token, Token::Typed(_)));
        Slot { tokens, typed, heading: false, ..slot.clone() }
    };
    let lead = slot.tokens.iter().take_while(|token| matches!(token, Token::Words(..))).count();
    let mut fields: Vec<Vec<Token>> = Vec::new();
    let mut goes_on = false;
    for (at, token) in slot.tokens.iter().enumerate().skip(lead) {
        match token {
            Token::Break => goes_on = !fields.is_empty(),
            // `C ☒ E ☐ W ☐` behind the fields: boxes that say in small print what each is for, under one head.
            Token::Words(..) => {
                let rest = &slot.tokens[at..];
                let boxes = rest.iter().filter(|token| matches!(token, Token::Box(_))).count();
                if boxes < 2 || !rest.iter().all(|token| matches!(token, Token::Words(..) | Token::Box(_))) {
                    return None;
                }
                fields.push(rest.to_vec());
                break;
            }
            // A field of several lines is one.
            Token::Typed(_) if goes_on => fields.last_mut()?.extend([Token::Break, token.clone()]),
            Token::Typed(_) | Token::Hole | Token::Box(_) | Token::Signed => fields.push(vec![token.clone()]),
        }
        goes_on &= matches!(token, Token::Break);
    }
    let lead = Slot { control: false, ..of(slot.tokens[..lead].to_vec()) };
    (fields.len() >= 2).then(|| (lead, fields.into_iter().map(of).collect()))
}

/// A line of labels about people over lines of as many fields; a number may count the lines.
fn under_labels(nodes: &[Node], lexicon: &Lexicon<'_>) -> Option<(Grid, usize)> {
    const KNOWN_MIN: usize = 3;
    let Some(Node::Line(head)) = nodes.first() else { return None };
    let mut labels = parts(head);
    if let Some((_, fields)) = nodes.get(1).and_then(led_fields) {
        apart(&mut labels, fields.len(), lexicon);
    }
    let known = labels.iter().filter(|label| lexicon.loose_label(label).is_some()).count();
    if known < KNOWN_MIN || known * 2 < labels.len() || labels.iter().any(|label| word_count(label) > 8) {
        return None;
    }
    let counts = matches!(fold(&labels[0]).trim_end_matches(['.', ':']), "no" | "nr" | "number" | "#" | "person" | "ref");
    let counted = |lead: &Slot| lead.text().trim_matches(|c: char| !c.is_alphanumeric()).parse::<u8>().is_ok();
    let width = labels.len() - usize::from(counts);
    let fits = |(lead, fields): &(Slot, Vec<Slot>)| {
        fields.len() == width && if counts { counted(lead) } else { lead.tokens.is_empty() || counted(lead) }
    };
    let rows: Vec<Vec<Slot>> = nodes[1..].iter().map_while(led_fields).take_while(fits).map(|(_, fields)| fields).collect();
    if rows.is_empty() {
        return None;
    }
    if counts {
        labels.remove(0);
    }
    let heads = labels.iter().map(|label| Slot { heading: true, ..Slot::of_text(label, head) }).collect();
    let count = rows.len();
    Some((laid_out(std::iter::once(heads).chain(rows)), count))
}

/// Cuts `Relation to patient School or college`, two labels that stand close, until there are as many as fields below.
fn apart(labels: &mut Vec<String>, wanted: usize, lexicon: &Lexicon<'_>) {
    let cut = |label: &String| {
        let spaces = label.match_indices(' ').map(|(at, _)| at);
        let both = |at: &usize| lexicon.loose_label(&label[..*at]).is_some() && lexicon.loose_label(&label[*at + 1..]).is_some();
        let capital = |at: &usize| label[*at + 1..].starts_with(char::is_uppercase);
        let found = spaces.filter(capital).find(both)?;
        Some((label[..found].to_owned(), label[found + 1..].to_owned()))
    };
    while labels.len() < wanted {
        let found = labels.iter().enumerate().find_map(|(at, label)| Some((at, cut(label)?)));
        let Some((at, (first, second))) = found else { return };
        labels[at] = first;
        labels.insert(at + 1, second);
    }
}

/// `Person 1  Person 2` over lines of a criterion and a box for each of them.
fn under_people(nodes: &[Node], lexicon: &Lexicon<'_>) -> Option<(Grid, usize)> {
    const CRITERIA_MIN: usize = 2;
    let Some(Node::Line(head)) = nodes.first() else { return None };
    let people = parts(head);
    if people.len() < 2 || !people.iter().all(|one| matches!(lexicon.owner(one), Some((_, Some(_))))) {
        return None;
    }
    let fits = |(lead, boxes): &(Slot, Vec<Slot>)| {
        boxes.len() == people.len() && boxes.iter().all(Slot::has_box) && lexicon.criterion(&lead.text()).is_some()
    };
    let rows: Vec<(Slot, Vec<Slot>)> = nodes[1..].iter().map_while(led_fields).take_while(fits).collect();
    if rows.len() < CRITERIA_MIN {
        return None;
    }
    Some(crossed(head, &people, rows))
}

/// `Crime  Education  Health` over lines of a person and a box for each of them.
fn under_criteria(nodes: &[Node], lexicon: &Lexicon<'_>) -> Option<(Grid, usize)> {
    const THEMES_MIN: usize = 3;
    let Some(Node::Line(head)) = nodes.first() else { return None };
    let themes = parts(head);
    let named = themes.iter().filter(|theme| lexicon.titled(theme).is_some()).count();
    if named < THEMES_MIN || named + 1 < themes.len() {
        return None;
    }
    // The first head may be that of the people: `Name  Crime  Education`.
    let over_people = usize::from(lexicon.criterion(&themes[0]).is_none());
    let width = themes.len() - over_people;
    let fits =
        |(lead, boxes): &(Slot, Vec<Slot>)| boxes.len() == width && boxes.iter().all(Slot::has_box) && !lead.tokens.is_empty();
    let rows: Vec<(Slot, Vec<Slot>)> = nodes[1..].iter().map_while(led_fields).take_while(fits).collect();
    if rows.is_empty() {
        return None;
    }
    Some(crossed(head, &themes[over_people..], rows))
}

/// `heads` over rows of a lead and its boxes, with nothing in the corner; and how many rows those are.
fn crossed(head: &Slot, heads: &[String], rows: Vec<(Slot, Vec<Slot>)>) -> (Grid, usize) {
    let corner = Slot { tokens: Vec::new(), heading: true, ..head.clone() };
    let heads = heads.iter().map(|one| Slot { heading: true, ..Slot::of_text(one, head) });
    let first = std::iter::once(corner).chain(heads).collect();
    let count = rows.len();
    let body = rows.into_iter().map(|(lead, boxes)| std::iter::once(lead).chain(boxes).collect());
    (laid_out(std::iter::once(first).chain(body)), count)
}

fn laid_out(rows: impl Iterator<Item = Vec<Slot>>) -> Grid {
    let cell = |(column, slot)| GridCell { column, columns: 1, slot, repeated: false, inner: Vec::new() };
    Grid { rows: rows.map(|row| row.into_iter().enumerate().map(cell).collect()).collect() }
}

fn grid(head: &Slot, labels: &[String], body: &Slot, values: &[String]) -> Grid {
    let row = |like: &Slot, texts: &[String], heading: bool| -> Vec<GridCell> {
        let cell = |(column, text): (usize, &String)| {
            let slot = Slot { heading, ..Slot::of_text(text, like) };
            GridCell { column, columns: 1, slot, repeated: false, inner: Vec::new() }
        };
        texts.iter().enumerate().map(cell).collect()
    };
    Grid { rows: vec![row(head, labels, true), row(body, values, false)] }
}

/// `Surname  BELL  Postcode  LA10 5ZY`, `Person referred  Ada Bell`: every other part asks, and what stands behind it answers.
pub(super) fn alternating(slot: &Slot, lexicon: &Lexicon<'_>) -> Vec<Pair> {
    let parts = parts(slot);
    if parts.len() < 2 || !parts.len().is_multiple_of(2) {
        return Vec::new();
    }
    let asks = |label: &str| {
        lexicon.loose_label(label).is_some()
            || lexicon.owner(label).is_some()
            || lexicon.mapped_whole("sections", super::headings::stripped(&fold(label))).is_some()
    };
    let labels = || parts.iter().step_by(2);
    let short = labels().all(|label| word_count(label) <= 7 && !label.ends_with('.'));
    let known = labels().filter(|label| asks(label)).count();
    let themed = parts.len() == 2 && lexicon.criterion(&parts[0]).is_some();
    // Alone on its line, an unknown label still shows by the house and postcode behind it.
    let place = parts.len() == 2 && super::postcode::postcode(&parts[1]).is_some_and(|(_, street)| !street.is_empty());
    let answered = !parts.iter().skip(1).step_by(2).any(|value| {
        lexicon
            .plain_label(value)
            .is_some_and(|label| !matches!(label.field.as_str(), "yes" | "no" | "yes_no") && !lexicon.is("names_too", value))
    });
    let asked = known * 2 == parts.len() || parts.len() > 4 && known * 4 >= parts.len();
    if !short || themed || !answered || !(asked || place) {
        return Vec::new();
    }
    let pair = |pair: &[String]| Pair {
        text: pair[0].clone(),
        label: lexicon.loose_label(&pair[0]),
        value: Slot { heading: false, ..Slot::of_text(&pair[1], slot) },
    };
    parts.chunks(2).map(pair).collect()
}
