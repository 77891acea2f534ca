//! Template and data brought together, as the form itself would when it is opened: each subform and field takes the next data of its name.

use std::collections::HashMap;

use super::Xfa;
use super::template::{self, Kind};
use crate::domain::document::grid::Grid;
use crate::domain::document::xml::Element;
use crate::domain::document::{Block, Control, ControlValue, Inline, Limits, Line, Place, Style, html, words};

/// Subforms in subforms.
const DEPTH_MAX: usize = 60;
/// Fields and fixed texts made of one form, repeated ones counted each time.
const THINGS_MAX: usize = 20_000;
/// Things this close in height stand on one line, in points.
const ONE_LINE_POINTS: f64 = 7.0;

/// The form in words: every shown caption and field, with what the data holds.
pub fn merged(template: &Element, datasets: Option<&Element>, limits: &Limits) -> Xfa {
    let record = datasets.and_then(|datasets| datasets.child("data")).and_then(|data| data.elements().next());
    let mut merge = Merge { things_left: THINGS_MAX, chars_left: limits.text_chars_max, ..Merge::default() };
    for root in template.elements().filter(|element| &*element.name == "subform") {
        let name = root.attribute("name").unwrap_or_default();
        merge.container(root, Scope { data: record, record }, &format!("{name}[0]"), 0);
    }
    merge.end_line();
    html::number(&mut merge.blocks);
    Xfa { blocks: merge.blocks, controls: merge.controls }
}

/// The data of the subform we are in (of the one around it where it has none of its own), and of the whole form.
#[derive(Clone, Copy)]
struct Scope<'x> {
    data: Option<&'x Element>,
    record: Option<&'x Element>,
}

#[derive(Default)]
struct Merge {
    blocks: Vec<Block>,
    pieces: Vec<Inline>,
    controls: Vec<Control>,
    /// How many data of one name under one parent have been taken; parents told by where they lie.
    taken: HashMap<(usize, String), usize>,
    things_left: usize,
    chars_left: usize,
}

impl Merge {
    /// Everything in a subform, in the order in which a reader meets it.
    fn container(&mut self, container: &Element, scope: Scope<'_>, path: &str, depth: usize) {
        if depth > DEPTH_MAX {
            return;
        }
        if container.attribute("layout") == Some("table") {
            return self.table(container, scope, path, depth);
        }
        let mut children: Vec<&Element> = container.elements().collect();
        let placed = matches!(container.attribute("layout"), None | Some("position"));
        if placed {
            // Stable: what has no position of its own stays where it is written.
            let band = |element: &&Element| {
                let (y, x) = template::position(element).unwrap_or((0.0, 0.0));
                ((y / ONE_LINE_POINTS).round() as i64, x as i64)
            };
            children.sort_by_key(band);
        }
        let mut height = None;
        for child in children {
            let here = template::position(child).map(|(y, _)| y).filter(|_| placed);
            let goes_on = here.zip(height).is_some_and(|(here, above): (f64, f64)| (here - above).abs() < ONE_LINE_POINTS);
            if !goes_on {
                self.end_line();
            }
            height = here;
            self.thing(child, scope, path, depth);
        }
        self.end_line();
    }

    fn thing(&mut self, element: &Element, scope: Scope<'_>, path: &str, depth: usize) {
        if !template::is_shown(element) || self.things_left == 0 || self.chars_left == 0 {
            return;
        }
        match &*element.name {
            "subform" => self.subform(element, scope, path, depth),
            "subformSet" | "area" | "pageSet" | "pageArea" => self.container(element, scope, path, depth + 1),
            "field" => self.field(element, scope, path),
            "exclGroup" => self.group(element, scope, path),
            "draw" => {
                self.things_left -= 1;
                self.set_apart();
                let text = template::words_of(element);
                self.say(&text);
            }
            _ => {}
        }
    }

    fn subform(&mut self, subform: &Element, scope: Scope<'_>, path: &str, depth: usize) {
        self.end_line();
        for (scope, path) in self.instances(subform, scope, path) {
            self.container(subform, scope, &path, depth + 1);
        }
    }

    /// Each time `subform` stands in the form, with its data and its path.
    fn instances<'x>(&mut self, subform: &Element, scope: Scope<'x>, path: &str) -> Vec<(Scope<'x>, String)> {
        let Some(name) = subform.attribute("name").filter(|name| !name.is_empty()) else {
            return vec![(scope, path.to_owned())];
        };
        let bind = subform.child("bind");
        if bind.and_then(|bind| bind.attribute("match")) == Some("none") {
            return vec![(scope, format!("{path}.{name}[0]"))];
        }
        let occurs = subform.child("occur");
        let number =
            |name: &str| occurs.and_then(|occurs| occurs.attribute(name)).and_then(|text| text.trim().parse::<i64>().ok());
        let least = number("min").unwrap_or(1).clamp(0, 100);
        let most = match number("max").unwrap_or(1) {
            ..0 => usize::MAX,
            most => usize::try_from(most.max(least)).unwrap_or(1).max(1),
        };
        let found: Vec<&'x Element> = match bind.and_then(|bind| bind.attribute("ref")) {
            Some(reference) => referred(reference, scope).into_iter().take(most).collect(),
            None => self.next(scope.data, name, most),
        };
        if found.is_empty() {
            // Nobody filled it in; it stands there empty when it always does. Its data may also lie flat in the data around it.
            return if least > 0 { vec![(scope, format!("{path}.{name}[0]"))] } else { Vec::new() };
        }
        let scoped = found.into_iter().enumerate();
        scoped.map(|(index, data)| (Scope { data: Some(data), ..scope }, format!("{path}.{name}[{index}]"))).collect()
    }

    /// The next data of this name that nothing has taken yet.
    fn next<'x>(&mut self, parent: Option<&'x Element>, name: &str, most: usize) -> Vec<&'x Element> {
        let Some(parent) = parent else { return Vec::new() };
        let taken = self.taken.entry((std::ptr::from_ref(parent) as usize, name.to_owned())).or_insert(0);
        let found: Vec<&Element> = parent.elements().filter(|element| &*element.name == name).skip(*taken).take(most).collect();
        *taken += found.len();
        found
    }

    /// What the data holds for a field or a group, else what the template says it holds at first.
    fn raw(&mut self, field: &Element, name: &str, scope: Scope<'_>) -> Vec<String> {
        let bind = field.child("bind");
        let found = match bind.map(|bind| (bind.attribute("match"), bind.attribute("ref"))) {
            Some((Some("none"), _)) => None,
            Some((_, Some(reference))) => referred(reference, scope).into_iter().next(),
            _ if name.is_empty() => None,
            _ => self.next(scope.data, name, 1).into_iter().next(),
        };
        match found {
            Some(data) => {
                let several: Vec<String> =
                    data.elements().filter(|element| &*element.name == "value").map(template::plain_text).collect();
                if several.is_empty() { vec![template::plain_text(data)] } else { several }
            }
            None => field.child("value").map(template::plain_text).into_iter().collect(),
        }
    }

    fn field(&mut self, field: &Element, scope: Scope<'_>, path: &str) {
        let kind = template::kind(field);
        if kind == Kind::None {
            return;
        }
        self.things_left -= 1;
        let name = field.attribute("name").unwrap_or_default();
        let raw = self.raw(field, name, scope);
        let value = template::value(field, kind, &raw);
        let caption = template::caption(field);
        let title = template::title(field).or_else(|| Some(caption.clone()).filter(|caption| !caption.is_empty()));
        let control = self.control(path, name, title, value);
        self.set_apart();
        let behind = field.child("caption").and_then(|caption| caption.attribute("placement")) == Some("right");
        if behind {
            self.pieces.push(Inline::Control(control));
            self.say(&caption);
        } else {
            self.say(&caption);
            self.pieces.push(Inline::Control(control));
        }
    }

    /// Buttons of which one is chosen: the chosen one holds the choice, the others an empty tick.
    fn group(&mut self, group: &Element, scope: Scope<'_>, path: &str) {
        let name = group.attribute("name").unwrap_or_default();
        let raw = self.raw(group, name, scope);
        let chosen = raw.first().map(|text| text.trim().to_owned()).unwrap_or_default();
        self.set_apart();
        self.say(&template::caption(group));
        for button in group.elements().filter(|element| &*element.name == "field" && template::is_shown(element)) {
            self.things_left = self.things_left.saturating_sub(1);
            let caption = template::caption(button);
            let own = button.attribute("name").unwrap_or_default();
            let on = if chosen.is_empty() { Vec::new() } else { vec![chosen.clone()] };
            let value = match template::value(button, Kind::Check, &on) {
                ControlValue::Tick(crate::domain::document::Tick::Marked) => {
                    let label = [caption.as_str(), own, &chosen].into_iter().find(|text| !text.is_empty()).map(str::to_owned);
                    ControlValue::Choice(label.into_iter().collect())
                }
                other => other,
            };
            let title = template::title(group);
            self.set_apart();
            let control = self.control(path, name, title, value);
            self.pieces.push(Inline::Control(control));
            self.say(&caption);
        }
    }

    fn control(&mut self, path: &str, name: &str, title: Option<String>, value: ControlValue) -> Control {
        let full = format!("{path}.{name}");
        let before = self
            .controls
            .iter()
            .rev()
            .take(200)
            .filter(|control| control.name.strip_prefix(&full).is_some_and(|rest| rest.starts_with('[')));
        let name = format!("{full}[{}]", before.count());
        let place = Place { page: 1, path: format!("field {name}"), bounds: None };
        let control = Control { name, title, value, place };
        self.controls.push(control.clone());
        control
    }

    fn say(&mut self, text: &str) {
        self.chars_left = self.chars_left.saturating_sub(text.len());
        if !text.is_empty() && self.chars_left > 0 {
            words::append(&mut self.pieces, &format!("{text} "), Style::default(), false);
        }
    }

    /// What comes next on this line is a thing of its own.
    fn set_apart(&mut self) {
        match self.pieces.last_mut() {
            Some(Inline::Text { text, .. }) => {
                text.truncate(text.trim_end().len());
                text.push(words::GAP);
            }
            Some(Inline::Tick(_) | Inline::Control(_)) => {
                self.pieces.push(Inline::Text { text: words::GAP.to_string(), style: Style::default() });
            }
            None => {}
        }
    }

    fn end_line(&mut self) {
        let mut pieces = std::mem::take(&mut self.pieces);
        words::trim(&mut pieces);
        if !pieces.is_empty() {
            let place = Place { page: 1, ..Place::default() };
            self.blocks.push(Block::Line(Line { pieces, place, heading: false, confidence: 1.0 }));
        }
    }

    /// Rows are subforms with the layout of a row; each thing in them is a cell.
    fn table(&mut self, table: &Element, scope: Scope<'_>, path: &str, depth: usize) {
        self.end_line();
        let mut grid = Grid::default();
        let before = std::mem::take(&mut self.blocks);
        for row in table.elements().filter(|element| &*element.name == "subform" && template::is_shown(element)) {
            for (scope, path) in self.instances(row, scope, path) {
                grid.row();
                for cell in row.elements().filter(|element| is_cell(element)) {
                    self.thing(cell, scope, &path, depth + 1);
                    self.end_line();
                    let (lines, tables) = html::apart(std::mem::take(&mut self.blocks));
                    let columns = cell.attribute("colSpan").and_then(|text| text.parse().ok()).unwrap_or(1);
                    grid.cell(columns, 1, false, lines, tables);
                }
            }
        }
        self.blocks = before;
        let table = grid.finish("", 1);
        if !table.rows.is_empty() {
            self.blocks.push(Block::Table(table));
        }
    }
}

fn is_cell(element: &Element) -> bool {
    matches!(&*element.name, "field" | "draw" | "exclGroup" | "subform")
}

/// The data a reference leads to: `$.family.name`, `$record.name`, `$data.form1.name`, `name[*]`.
fn referred<'x>(reference: &str, scope: Scope<'x>) -> Vec<&'x Element> {
    let mut steps = reference.split('.');
    let first = steps.next().unwrap_or_default();
    let mut found: Vec<&Element> = match first {
        "$" => scope.data.into_iter().collect(),
        "$record" | "!data" => scope.record.into_iter().collect(),
        "$data" => {
            steps.next();
            scope.record.into_iter().collect()
        }
        name => scope.data.into_iter().flat_map(|data| named(data, name)).collect(),
    };
    for step in steps.take(20) {
        found = found.into_iter().flat_map(|data| named(data, step)).collect();
    }
    found
}

/// Children by one step of a reference: `name` is the first, `name[2]` the third, `name[*]` all.
fn named<'x>(data: &'x Element, step: &str) -> Vec<&'x Element> {
    let (name, index) = step.split_once('[').map_or((step, "0"), |(name, index)| (name, index.trim_end_matches(']')));
    let children = data.elements().filter(|element| &*element.name == name);
    match index.trim().parse::<usize>() {
        Ok(index) => children.skip(index).take(1).collect(),
        Err(_) => children.collect(),
    }
}
