//! Labels that run over two lines beside one field are one label.

use super::layout::{Placed, Token};

/// A label of two lines with its field standing between them, to the right: one line, label first.
pub fn join_between(rows: &mut Vec<Vec<Placed>>) {
    let left = |row: &[Placed]| row.iter().map(|placed| placed.x).fold(f64::INFINITY, f64::min);
    let right = |row: &[Placed]| row.iter().map(|placed| placed.end).fold(f64::NEG_INFINITY, f64::max);
    let mut index = 1;
    while index + 1 < rows.len() {
        let (above, middle, below) = (&rows[index - 1], &rows[index], &rows[index + 1]);
        let size = above[0].size.max(below[0].size);
        let holds_field = middle.iter().any(|placed| matches!(placed.token, Token::Inline(_)));
        let stacked = below[0].y - above[0].y <= 1.6 * size && (left(above) - left(below)).abs() < 4.0;
        let beside = left(middle) > right(above).max(right(below)) - 1.0;
        if !(holds_field && stacked && beside) {
            index += 1;
            continue;
        }
        let y = middle[0].y;
        let below = rows.remove(index + 1);
        let mut above = rows.remove(index - 1);
        // The second line goes on where the first ends, one blank later.
        let shift = right(&above) - left(&below) + 0.3 * size;
        above.extend(below.into_iter().map(|placed| placed.moved(shift)));
        let room = right(&above) - left(&rows[index - 1]) + 2.0 * size;
        let back = if room > 0.0 { -room } else { 0.0 };
        let label = above.into_iter().map(|placed| Placed { y, ..placed.moved(back) });
        let middle = std::mem::take(&mut rows[index - 1]);
        rows[index - 1] = middle.into_iter().chain(label).collect();
    }
}

/// A label of two lines whose field, standing between them, fell to one of the two: one line, label first.
pub fn join_uneven(rows: &mut Vec<Vec<Placed>>) {
    let left = |row: &[Placed]| row.iter().map(|placed| placed.x).fold(f64::INFINITY, f64::min);
    let is_field = |placed: &&Placed| matches!(placed.token, Token::Inline(_));
    let mut index = 1;
    while index < rows.len() {
        let (above, below) = (&rows[index - 1], &rows[index]);
        let size = above[0].size.max(below[0].size);
        let stacked = below[0].y - above[0].y <= 1.35 * size && (left(above) - left(below)).abs() < 4.0;
        let first_field =
            |row: &[Placed]| row.iter().filter(is_field).map(|field| (field.x, field.y)).min_by(|a, b| a.0.total_cmp(&b.0));
        // The field's own line lies clearly off the words it fell to, towards the others.
        let field = match (first_field(above), first_field(below)) {
            (Some((x, y)), None) if y > above[0].y + 0.1 * size && y <= below[0].y => Some(x),
            (None, Some((x, y))) if y < below[0].y - 0.1 * size && y >= above[0].y => Some(x),
            _ => None,
        };
        let label_end = |row: &[Placed], field: f64| {
            row.iter().filter(|placed| placed.x < field).map(|placed| placed.end).fold(0.0, f64::max)
        };
        let joins = stacked
            && field
                .is_some_and(|x| label_end(above, x).max(label_end(below, x)) <= x + 1.0 && x > left(above) && x > left(below));
        let Some(x) = field.filter(|_| joins) else {
            index += 1;
            continue;
        };
        let y = above[0].y;
        let below = rows.remove(index);
        let above = std::mem::take(&mut rows[index - 1]);
        // The first line moves left by the length of the second, which then goes on where the first ends.
        let back = left(&below) - label_end(&below, x) - 0.3 * size;
        let close = label_end(&above, x) + back + 0.3 * size - left(&below);
        let moved =
            |row: Vec<Placed>, by: f64| row.into_iter().map(move |placed| if placed.x < x { placed.moved(by) } else { placed });
        rows[index - 1] = moved(above, back).chain(moved(below, close)).map(|placed| Placed { y, ..placed }).collect();
    }
}
