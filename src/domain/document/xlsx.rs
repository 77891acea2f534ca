//! Lists in Excel 2007 and later (`.xlsx`): each sheet a table of what its cells show. Formulas are not worked out: the value that was
//! saved with them is taken.

use super::xml::{self, Element};
use super::zipped::Archive;
use super::{Block, Cell, Document, Inline, Limits, Line, Place, Problem, Style, Table, grid, words};

/// Sheets, rows of a sheet and columns read; a list of families has far fewer.
const SHEETS_MAX: usize = 20;
const ROWS_MAX: usize = 5_000;
const COLUMNS_MAX: u16 = 256;

/// Reads the workbook in `bytes` into `document`.
///
/// # Errors
/// Why it could not be read.
pub fn read(bytes: &[u8], limits: &Limits, document: &mut Document) -> Result<(), Problem> {
    let mut archive = Archive::open(bytes, limits)?;
    let mut tree = |name: &str| archive.read(name).map(|found| found.and_then(|bytes| xml::parse(&bytes).ok()));
    let workbook = tree("xl/workbook.xml")?.ok_or(Problem::Damaged)?;
    let relations = tree("xl/_rels/workbook.xml.rels")?;
    let shared = tree("xl/sharedStrings.xml")?.map(|list| texts(&list)).unwrap_or_default();
    let dates = tree("xl/styles.xml")?.map(|styles| date_styles(&styles)).unwrap_or_default();
    let from_1904 = workbook.child("workbookPr").is_some_and(|settings| settings.attribute("date1904") == Some("1"));
    let book = Book { shared, dates, from_1904 };
    let sheets: Vec<&Element> = workbook.child("sheets").map(|sheets| sheets.elements().collect()).unwrap_or_default();
    let mut chars_left = limits.text_chars_max;
    for sheet in
        sheets.into_iter().filter(|sheet| sheet.attribute("state").is_none_or(|state| state == "visible")).take(SHEETS_MAX)
    {
        // The attribute is `r:id`; the sheet's own number is `sheetId`.
        let target = sheet.attribute("id").and_then(|id| {
            let all = relations.as_ref()?.elements();
            all.into_iter().find(|relation| relation.attribute("Id") == Some(id))?.attribute("Target")
        });
        let Some(target) = target else { continue };
        let path = target.strip_prefix('/').map_or_else(|| format!("xl/{target}"), str::to_owned);
        let Some(content) = archive.read(&path)?.and_then(|bytes| xml::parse(&bytes).ok()) else { continue };
        let name = sheet.attribute("name").unwrap_or("sheet");
        let mut table = book.table(&content, &mut chars_left);
        if !table.rows.is_empty() {
            table.place = Place { page: 1, path: format!("sheet {name}"), bounds: None };
            grid::place_cells(&mut table);
            document.blocks.push(Block::Table(table));
        }
    }
    if archive.names().iter().any(|name| name.ends_with("vbaProject.bin")) {
        document.notes.push("has macros, not run".to_owned());
    }
    Ok(())
}

/// Every text under `element`, runs joined, those for how to read it aloud left out.
fn text(element: &Element) -> String {
    let mut runs = Vec::new();
    element.outermost("t", &mut runs);
    let mut phonetic = Vec::new();
    element.outermost("rPh", &mut phonetic);
    let aloud: Vec<&Element> = phonetic.into_iter().flat_map(Element::elements).collect();
    runs.into_iter().filter(|run| !aloud.iter().any(|other| std::ptr::eq(*other, *run))).map(Element::text).collect()
}

fn texts(list: &Element) -> Vec<String> {
    list.elements().filter(|element| &*element.name == "si").map(text).collect()
}

/// For each cell style whether it shows numbers as dates.
fn date_styles(styles: &Element) -> Vec<bool> {
    let own: Vec<(&str, bool)> = styles.child("numFmts").map_or_else(Vec::new, |formats| {
        let shows_date = |code: &str| {
            let bare: String = code.split('"').step_by(2).collect::<String>().to_ascii_lowercase();
            bare.contains('y') || (bare.contains('d') && bare.contains('m'))
        };
        let entry = |format: &'_ Element| -> Option<(String, bool)> {
            Some((format.attribute("numFmtId")?.to_owned(), shows_date(format.attribute("formatCode")?)))
        };
        let found: Vec<(String, bool)> = formats.elements().filter_map(entry).collect();
        formats
            .elements()
            .filter_map(|format| format.attribute("numFmtId"))
            .zip(found.into_iter().map(|(_, date)| date))
            .collect()
    });
    let is_date = |id: &str| match own.iter().find(|(known, _)| *known == id) {
        Some((_, date)) => *date,
        // The numbers every workbook knows: 14 to 17 are dates, 22 is one with a time.
        None => matches!(id, "14" | "15" | "16" | "17" | "22"),
    };
    let formats = styles.child("cellXfs").map(|formats| formats.elements().collect::<Vec<_>>()).unwrap_or_default();
    formats.into_iter().map(|format| format.attribute("numFmtId").is_some_and(is_date)).collect()
}

struct Book {
    shared: Vec<String>,
    dates: Vec<bool>,
    from_1904: bool,
}

impl Book {
    fn table(&self, sheet: &Element, chars_left: &mut usize) -> Table {
        let data = sheet.child("sheetData").map(|data| data.elements().take(ROWS_MAX).collect::<Vec<_>>()).unwrap_or_default();
        let mut rows = Vec::new();
        for row in data {
            let mut cells = Vec::new();
            for cell in row.elements().filter(|cell| &*cell.name == "c") {
                let after = cells.last().map_or(0, |last: &Cell| last.column + 1);
                let column = cell.attribute("r").and_then(column).unwrap_or(after);
                let shown = self.shown(cell);
                *chars_left = chars_left.saturating_sub(shown.len());
                if column < COLUMNS_MAX && !shown.trim().is_empty() && *chars_left > 0 {
                    cells.push(made(column, &shown));
                }
            }
            if !cells.is_empty() {
                rows.push(cells);
            }
        }
        // An empty corner, over the first column and beside the heads of others, is a cell as it is in any other table.
        let first = rows.iter().filter_map(|row: &Vec<Cell>| row.first()).map(|cell| cell.column).min().unwrap_or(0);
        for row in rows.iter_mut().filter(|row| row.len() > 1 && row[0].column == first + 1) {
            row.insert(0, made(first, ""));
        }
        Table { rows, place: Place::default() }
    }

    /// What a cell shows.
    fn shown(&self, cell: &Element) -> String {
        let value = cell.child("v").map(Element::text).unwrap_or_default();
        match cell.attribute("t") {
            Some("s") => value.trim().parse().ok().and_then(|index: usize| self.shared.get(index).cloned()).unwrap_or_default(),
            Some("inlineStr") => cell.child("is").map(text).unwrap_or_default(),
            Some("b") => (if value.trim() == "1" { "Yes" } else { "No" }).to_owned(),
            Some("e") => String::new(),
            _ => {
                let style = cell.attribute("s").and_then(|style| style.parse::<usize>().ok()).unwrap_or(0);
                let is_date = self.dates.get(style).copied().unwrap_or(false);
                match value.trim().parse::<f64>() {
                    Ok(days) if is_date => self.date(days).unwrap_or(value),
                    _ => value,
                }
            }
        }
    }

    /// A day as people write it, from the count of days Excel keeps (which takes 1900 for a leap year).
    fn date(&self, days: f64) -> Option<String> {
        const DAYS_1900_TO_1904: i64 = 1_462;
        if !(1.0..3_000_000.0).contains(&days) {
            return None;
        }
        #[expect(clippy::cast_possible_truncation, reason = "a count of days in range")]
        let days = days.floor() as i64 + if self.from_1904 { DAYS_1900_TO_1904 } else { 0 };
        let first = jiff::civil::date(1899, 12, if days < 61 { 31 } else { 30 });
        let day = first.checked_add(jiff::Span::new().try_days(days).ok()?).ok()?;
        Some(format!("{:02}/{:02}/{:04}", day.day(), day.month(), day.year()))
    }
}

fn made(column: u16, shown: &str) -> Cell {
    let line = |text: &str| {
        let mut pieces: Vec<Inline> = Vec::new();
        words::append(&mut pieces, text, Style::default(), true);
        words::trim(&mut pieces);
        Line { pieces, place: Place::default(), heading: false, confidence: 1.0 }
    };
    let lines = shown.lines().map(line).filter(|line| !line.pieces.is_empty()).collect();
    Cell { column, columns: 1, rows: 1, header: false, lines, tables: Vec::new(), place: Place::default() }
}

/// The column of `AB12`, from 0.
fn column(reference: &str) -> Option<u16> {
    let letters = reference.bytes().take_while(u8::is_ascii_uppercase).take(3);
    letters.map(|letter| u16::from(letter - b'A') + 1).reduce(|column, next| column * 26 + next)?.checked_sub(1)
}
