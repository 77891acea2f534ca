//! Ruling lines → the grids they draw. A missing inner line makes one cell of two.

use kurbo::{Point, Rect};

use super::page::Stroke;

/// Lines nearer than this are one line drawn twice.
const NEAR: f64 = 4.5;
/// Lines that come this close touch.
const TOUCH: f64 = 3.5;
const LENGTH_MIN: f64 = 6.0;
/// Comparisons spent on one page; drawings with more lines are maps, not forms.
const WORK_MAX: usize = 6_000_000;
const UNITS_MAX: usize = 20_000;

/// A table seen by its lines.
#[derive(Debug)]
pub struct Ruled {
    /// All of it.
    pub bounds: Rect,
    /// Its cells, row by row.
    pub cells: Vec<RuledCell>,
}

/// One cell, possibly over several rows and columns.
#[derive(Debug, Clone)]
pub struct RuledCell {
    /// First row, from 0.
    pub row: usize,
    /// First column, from 0.
    pub column: usize,
    /// Rows covered.
    pub rows: usize,
    /// Columns covered.
    pub columns: usize,
    /// Where it is.
    pub rect: Rect,
}

impl Ruled {
    /// The cell at `point`.
    pub fn cell_at(&self, point: Point) -> Option<usize> {
        self.cells.iter().position(|cell| cell.rect.contains(point))
    }
}

/// A level or upright line: `at` across, from `from` to `to` along.
#[derive(Debug, Clone, Copy)]
struct Rule {
    at: f64,
    from: f64,
    to: f64,
}

/// The tables drawn by `strokes`, largest first: at least two columns, at least one row.
pub fn tables(strokes: &[Stroke]) -> Vec<Ruled> {
    let level = merged(strokes.iter().filter(|stroke| stroke.rect.width() >= stroke.rect.height()).map(|stroke| Rule {
        at: stroke.rect.center().y,
        from: stroke.rect.x0,
        to: stroke.rect.x1,
    }));
    let upright = merged(strokes.iter().filter(|stroke| stroke.rect.width() < stroke.rect.height()).map(|stroke| Rule {
        at: stroke.rect.center().x,
        from: stroke.rect.y0,
        to: stroke.rect.y1,
    }));
    if level.len() * upright.len() > WORK_MAX {
        return Vec::new();
    }
    let mut found: Vec<Ruled> =
        connected(&level, &upright).into_iter().filter_map(|(level, upright)| grid(&level, &upright)).collect();
    found.sort_by(|a, b| b.bounds.area().total_cmp(&a.bounds.area()));
    found
}

/// Pieces of one line joined, double lines made one.
fn merged(rules: impl Iterator<Item = Rule>) -> Vec<Rule> {
    let mut rules: Vec<Rule> = rules.collect();
    rules.sort_by(|a, b| (a.at, a.from).partial_cmp(&(b.at, b.from)).unwrap_or(std::cmp::Ordering::Equal));
    let mut out: Vec<Rule> = Vec::new();
    for rule in rules {
        let joined = out
            .iter_mut()
            .rev()
            .take_while(|earlier| rule.at - earlier.at <= 1.5)
            .find(|earlier| rule.from <= earlier.to + TOUCH && rule.to >= earlier.from - TOUCH);
        match joined {
            Some(earlier) => {
                earlier.from = earlier.from.min(rule.from);
                earlier.to = earlier.to.max(rule.to);
            }
            None => out.push(rule),
        }
    }
    out.retain(|rule| rule.to - rule.from >= LENGTH_MIN);
    out
}

/// Groups of lines that touch each other.
fn connected(level: &[Rule], upright: &[Rule]) -> Vec<(Vec<Rule>, Vec<Rule>)> {
    let mut groups = Groups::new(level.len() + upright.len());
    for (i, line) in level.iter().enumerate() {
        for (j, post) in upright.iter().enumerate() {
            let crosses = post.at >= line.from - TOUCH
                && post.at <= line.to + TOUCH
                && line.at >= post.from - TOUCH
                && line.at <= post.to + TOUCH;
            if crosses {
                groups.join(i, level.len() + j);
            }
        }
    }
    let mut out: std::collections::BTreeMap<usize, (Vec<Rule>, Vec<Rule>)> = std::collections::BTreeMap::new();
    for (i, line) in level.iter().enumerate() {
        out.entry(groups.of(i)).or_default().0.push(*line);
    }
    for (j, post) in upright.iter().enumerate() {
        out.entry(groups.of(level.len() + j)).or_default().1.push(*post);
    }
    out.into_values().collect()
}

/// Sets that are joined and asked for their name.
struct Groups {
    parent: Vec<usize>,
}

impl Groups {
    fn new(count: usize) -> Self {
        Self { parent: (0..count).collect() }
    }
    fn of(&mut self, mut index: usize) -> usize {
        while self.parent[index] != index {
            self.parent[index] = self.parent[self.parent[index]];
            index = self.parent[index];
        }
        index
    }
    fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.of(a), self.of(b));
        self.parent[a.max(b)] = a.min(b);
    }
}

/// Distinct positions, near ones made one.
fn positions(values: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    let mut out: Vec<f64> = Vec::new();
    for value in values {
        match out.last() {
            Some(last) if value - last < NEAR => {}
            _ => out.push(value),
        }
    }
    out
}

fn grid(level: &[Rule], upright: &[Rule]) -> Option<Ruled> {
    if level.len() < 2 || upright.is_empty() {
        return None;
    }
    // Tables without outer lines end where their level lines end.
    let left = level.iter().map(|line| line.from).fold(f64::INFINITY, f64::min);
    let right = level.iter().map(|line| line.to).fold(f64::NEG_INFINITY, f64::max);
    let mut across: Vec<f64> = upright.iter().map(|post| post.at).collect();
    across.sort_by(f64::total_cmp);
    let (first, last) = (*across.first()?, *across.last()?);
    across.extend((left < first - 8.0).then_some(left));
    across.extend((right > last + 8.0).then_some(right));
    let xs = positions(across.into_iter());
    let ys = positions(level.iter().map(|line| line.at));
    let (columns, rows) = (xs.len().checked_sub(1)?, ys.len().checked_sub(1)?);
    if columns < 2 || rows < 1 || columns * rows > UNITS_MAX {
        return None;
    }
    let bounds = Rect::new(xs[0], ys[0], xs[columns], ys[rows]);
    if bounds.width() < 40.0 || bounds.height() < 8.0 {
        return None;
    }
    let has = |rules: &[Rule], at: f64, middle: f64| {
        rules.iter().any(|rule| (rule.at - at).abs() <= NEAR && rule.from <= middle && rule.to >= middle)
    };
    let mut groups = Groups::new(columns * rows);
    for row in 0..rows {
        for column in 0..columns {
            let unit = row * columns + column;
            let (middle_x, middle_y) = ((xs[column] + xs[column + 1]) / 2.0, (ys[row] + ys[row + 1]) / 2.0);
            if column + 1 < columns && !has(upright, xs[column + 1], middle_y) {
                groups.join(unit, unit + 1);
            }
            if row + 1 < rows && !has(level, ys[row + 1], middle_x) {
                groups.join(unit, unit + columns);
            }
        }
    }
    Some(Ruled { bounds, cells: cells(&mut groups, &xs, &ys) })
}

fn cells(groups: &mut Groups, xs: &[f64], ys: &[f64]) -> Vec<RuledCell> {
    let columns = xs.len() - 1;
    let mut extent: std::collections::BTreeMap<usize, (usize, usize, usize, usize)> = std::collections::BTreeMap::new();
    for unit in 0..columns * (ys.len() - 1) {
        let (row, column) = (unit / columns, unit % columns);
        let entry = extent.entry(groups.of(unit)).or_insert((row, column, row, column));
        *entry = (entry.0.min(row), entry.1.min(column), entry.2.max(row), entry.3.max(column));
    }
    let mut out: Vec<RuledCell> = extent
        .into_values()
        .map(|(top, left, bottom, right)| RuledCell {
            row: top,
            column: left,
            rows: bottom - top + 1,
            columns: right - left + 1,
            rect: Rect::new(xs[left], ys[top], xs[right + 1], ys[bottom + 1]),
        })
        .collect();
    out.sort_by_key(|cell| (cell.row, cell.column));
    out
}
