//! A form laid out on pages of A4.

use lopdf::Document;

use super::Answers;
use super::letters::lines;
use super::sheet::{DARK, HEIGHT, Ink, Kind, SOFT, Sheet, WHITE, WIDTH};
use crate::domain::workflow::blank::{AgencyRows, AnswerKind, BlankForm, People, Question, Section, ThemeBoxes};

const LEFT: f32 = 40.0;
const RIGHT: f32 = WIDTH - 40.0;
const MIDDLE: f32 = WIDTH / 2.0;
/// What stands below this belongs to the next page.
const BOTTOM: f32 = 50.0;
const TOP: f32 = HEIGHT - 44.0;
/// Height of a row of a table.
const ROW: f32 = 21.0;
/// Height of the head of a table.
const HEAD: f32 = 31.0;
/// Height of a box for several lines.
const BOX: f32 = 168.0;
/// Width of a cell that holds a label.
const LABEL: f32 = 96.0;
/// Side of a box to tick.
const TICK: f32 = 12.0;
/// Between one section and the next.
const GAP: f32 = 26.0;

/// `blank`, with `answers` in its fields, as a PDF. The same form and answers give the same bytes.
#[must_use]
pub fn pdf(blank: &BlankForm, programme: &str, answers: &Answers) -> Document {
    let mut page = Layout { sheet: Sheet::default(), y: 0.0, accent: ink(&blank.colour), answers };
    page.first(blank, programme);
    for (index, section) in blank.sections.iter().enumerate() {
        page.section(index + 1, section);
    }
    if let Some(ending) = &blank.ending {
        page.room(2.0 * ROW);
        page.y -= GAP;
        page.y = page.sheet.paragraph(LEFT, page.y, 9.5, RIGHT - LEFT, DARK, ending);
    }
    let pages = page.sheet.pages.len();
    for index in 0..pages {
        let text = format!("{programme}: {}, page {} of {pages}", blank.title.to_lowercase(), index + 1);
        page.sheet.remark(index, LEFT, 26.0, &text);
    }
    page.sheet.document(&format!("{programme} {}", blank.title.to_lowercase()))
}

/// Six hexadecimal digits as an ink; the check of the programme's folder holds them to that.
fn ink(colour: &str) -> Ink {
    let part = |at: usize| colour.get(at..at + 2).and_then(|digits| u8::from_str_radix(digits, 16).ok());
    [0, 2, 4].map(|at| f32::from(part(at).unwrap_or(0)) / 255.0)
}

struct Layout<'a> {
    sheet: Sheet,
    /// The lower edge of what is drawn so far.
    y: f32,
    accent: Ink,
    answers: &'a Answers,
}

impl Layout<'_> {
    /// The accent, much lighter: behind labels.
    fn tint(&self) -> Ink {
        self.accent.map(|part| 0.90 + part * 0.10)
    }

    fn first(&mut self, blank: &BlankForm, programme: &str) {
        self.sheet.page();
        self.sheet.fill([0.0, HEIGHT - 72.0, WIDTH, HEIGHT], self.accent);
        self.sheet.part("H1", |sheet| {
            sheet.text(LEFT, HEIGHT - 38.0, 20.0, true, WHITE, programme);
            sheet.text(LEFT, HEIGHT - 58.0, 12.5, false, WHITE, &blank.title);
        });
        self.y = HEIGHT - 92.0;
        for text in &blank.introduction {
            self.y = self.sheet.paragraph(LEFT, self.y, 9.5, RIGHT - LEFT, DARK, text) - 3.0;
        }
        self.y += 12.0;
    }

    /// Begins a page when less than `height` is left.
    fn room(&mut self, height: f32) {
        if self.y - height < BOTTOM {
            self.sheet.page();
            self.y = TOP;
        }
    }

    fn section(&mut self, number: usize, section: &Section) {
        self.heading(&format!("{number}  {}", section.title), section.help.as_deref(), height_of(section));
        for text in &section.agreement {
            self.y -= 10.0;
            self.y = self.sheet.paragraph(LEFT, self.y, 9.5, RIGHT - LEFT, DARK, text) + 6.0;
        }
        if !section.agreement.is_empty() {
            self.y -= 8.0;
        }
        let mut questions = section.questions.iter().peekable();
        while let Some(question) = questions.next() {
            let beside = if question.half { questions.next_if(|next| next.half) } else { None };
            self.questions(section, question, beside);
        }
        if let Some(people) = &section.people {
            self.people(people);
            self.themes(people);
        }
        if let Some(agencies) = &section.agencies {
            self.agencies(agencies);
        }
    }

    /// A heading on one page with the first `height` points of what follows.
    fn heading(&mut self, title: &str, help: Option<&str>, height: f32) {
        let help_lines = help.map(|help| lines(help, 8.5, false, RIGHT - LEFT).len()).unwrap_or_default();
        self.room(GAP + 11.5 * f32::from(u16::try_from(help_lines).unwrap_or(u16::MAX)) + height);
        self.y -= if self.y < TOP { GAP } else { 10.0 };
        let (y, accent) = (self.y, self.accent);
        self.sheet.part("H2", |sheet| sheet.text(LEFT, y, 12.5, true, accent, title));
        self.y -= 7.0;
        if let Some(help) = help {
            self.y = self.sheet.paragraph(LEFT, self.y - 6.0, 8.5, RIGHT - LEFT, SOFT, help) + 4.0;
        }
    }

    /// One question over the whole width, or two side by side.
    fn questions(&mut self, section: &Section, question: &Question, beside: Option<&Question>) {
        match question.kind {
            AnswerKind::Lines => self.lines(section, question),
            AnswerKind::YesNo => self.yes_no(question),
            AnswerKind::Line | AnswerKind::Date | AnswerKind::Choice => {
                self.room(ROW);
                let right = if question.half { MIDDLE } else { RIGHT };
                self.labelled(LEFT, right, question);
                if let Some(beside) = beside {
                    self.labelled(MIDDLE, RIGHT, beside);
                }
                self.y -= ROW;
            }
        }
    }

    fn labelled(&mut self, left: f32, right: f32, question: &Question) {
        let (top, bottom, tint) = (self.y, self.y - ROW, self.tint());
        let value = self.answers.get(&question.name);
        self.sheet.part("P", |sheet| {
            let label = [left, bottom, left + LABEL, top];
            sheet.cell(label, Some(tint));
            sheet.label(label, &question.label);
            sheet.cell([left + LABEL, bottom, right, top], None);
            let place = [left + LABEL + 1.0, bottom + 1.5, right - 1.0, top - 1.5];
            sheet.field(&question.name, &spoken(question, None), place, kind(question), value);
        });
    }

    /// A large box; its label stands above it, unless the heading says the same.
    fn lines(&mut self, section: &Section, question: &Question) {
        self.room(BOX + 12.0);
        if question.label != section.title {
            self.y -= 9.0;
            let y = self.y;
            self.sheet.part("P", |sheet| sheet.text(LEFT, y, 8.5, true, DARK, &question.label));
            self.y -= 4.0;
        }
        let place = [LEFT, self.y - BOX, RIGHT, self.y];
        let value = self.answers.get(&question.name);
        self.sheet.part("P", |sheet| {
            sheet.cell(place, None);
            let inside = [place[0] + 1.0, place[1] + 1.5, place[2] - 1.0, place[3] - 1.5];
            sheet.field(&question.name, &spoken(question, None), inside, Kind::Paragraph, value);
        });
        self.y -= BOX;
    }

    fn yes_no(&mut self, question: &Question) {
        self.room(2.0 * ROW);
        self.y -= 14.0;
        let (y, answers) = (self.y, self.answers);
        self.sheet.part("P", |sheet| {
            sheet.text(LEFT, y, 9.5, true, DARK, &question.label);
            let mut x = LEFT + super::letters::width(&question.label, 9.5, true) + 22.0;
            for (yes, word) in [(true, "Yes"), (false, "No")] {
                let name = question.tick(yes);
                let place = [x, y - 2.5, x + TICK, y + TICK - 2.5];
                sheet.field(&name, &format!("{} {word}", question.label), place, Kind::Tick, answers.get(&name));
                sheet.text(x + TICK + 5.0, y, 9.5, false, DARK, word);
                x += 60.0;
            }
        });
        self.y -= 10.0;
    }

    fn people(&mut self, people: &People) {
        let shares: f32 = people.columns.iter().map(|column| f32::from(column.share)).sum();
        let widths: Vec<f32> = people.columns.iter().map(|column| f32::from(column.share) / shares * (RIGHT - LEFT)).collect();
        let heads: Vec<&str> = people.columns.iter().map(|column| column.label.as_str()).collect();
        self.table(&widths, &heads, people.rows, |row, column| {
            let question = &people.columns[column];
            let name = people.field(row, question);
            (name, spoken(question, Some(&format!("Person {row}: "))), kind(question))
        });
    }

    fn themes(&mut self, people: &People) {
        let ThemeBoxes { title, help, boxes, .. } = &people.themes;
        self.heading(title, help.as_deref(), HEAD + f32::from(people.rows) * ROW);
        let naming: Vec<&Question> = people.naming().collect();
        #[expect(clippy::cast_precision_loss, reason = "a table has a few columns")]
        let (named, ticked) = (naming.len() as f32, boxes.len() as f32);
        let name_width = (150.0 / named).max(60.0);
        let box_width = (RIGHT - LEFT - name_width * named) / ticked;
        let mut widths = vec![name_width; naming.len()];
        widths.extend(boxes.iter().map(|_| box_width));
        let heads: Vec<&str> =
            naming.iter().map(|column| column.label.as_str()).chain(boxes.iter().map(|one| one.label.as_str())).collect();
        self.table(&widths, &heads, people.rows, |row, column| match naming.get(column) {
            // The same field as in the table above: a name typed there stands here.
            Some(question) => (people.field(row, question), spoken(question, Some(&format!("Person {row}: "))), Kind::Line),
            None => {
                let one = &boxes[column - naming.len()];
                (people.tick(row, &one.theme), format!("Person {row}: {}", one.label), Kind::Tick)
            }
        });
    }

    fn agencies(&mut self, agencies: &AgencyRows) {
        let heads = [agencies.label.as_str(), agencies.contact_label.as_str()];
        let half = (RIGHT - LEFT) / 2.0;
        self.table(&[half, half], &heads, agencies.rows, |row, column| {
            let name = if column == 0 { agencies.field(row) } else { agencies.contact_field(row) };
            (name, format!("{} {row}", heads[column]), Kind::Line)
        });
    }

    /// A table with a head, `rows` rows of fields, and a frame around each cell.
    fn table(&mut self, widths: &[f32], heads: &[&str], rows: u16, field: impl Fn(usize, usize) -> (String, String, Kind)) {
        let small = heads.len() < 3;
        let head = if small { ROW } else { HEAD };
        let (mut top, tint, answers) = (self.y, self.tint(), self.answers);
        self.sheet.part("Table", |sheet| {
            let mut x = LEFT;
            sheet.part("TR", |sheet| {
                for (width, title) in widths.iter().zip(heads) {
                    let place = [x, top - head, x + width, top];
                    sheet.cell(place, Some(tint));
                    sheet.part("TH", |sheet| sheet.label(place, title));
                    x += width;
                }
            });
            top -= head;
            for row in 1..=usize::from(rows) {
                let mut x = LEFT;
                sheet.part("TR", |sheet| {
                    for (column, width) in widths.iter().enumerate() {
                        let cell = [x, top - ROW, x + width, top];
                        sheet.cell(cell, None);
                        x += width;
                        let (name, label, kind) = field(row, column);
                        sheet.part("TD", |sheet| sheet.field(&name, &label, inside(cell, &kind), kind, answers.get(&name)));
                    }
                });
                top -= ROW;
            }
        });
        self.y = top;
    }
}

/// Where a field stands in its cell: a tick in the middle, everything else filling it.
fn inside([left, bottom, right, top]: [f32; 4], kind: &Kind) -> [f32; 4] {
    if *kind == Kind::Tick {
        let (x, y) = ((left + right - TICK) / 2.0, (bottom + top - TICK) / 2.0);
        [x, y, x + TICK, y + TICK]
    } else {
        [left + 1.0, bottom + 1.5, right - 1.0, top - 1.5]
    }
}

/// The least of a section that stands under its heading on one page.
fn height_of(section: &Section) -> f32 {
    match (&section.people, &section.agencies) {
        (Some(people), _) => HEAD + f32::from(people.rows) * ROW,
        (None, Some(agencies)) => ROW + f32::from(agencies.rows) * ROW,
        (None, None) if !section.agreement.is_empty() => 150.0,
        (None, None) if section.questions.iter().any(|question| question.kind == AnswerKind::Lines) => BOX + 14.0,
        (None, None) => ROW * 2.0,
    }
}

fn kind(question: &Question) -> Kind {
    match question.kind {
        AnswerKind::Lines => Kind::Paragraph,
        AnswerKind::Choice => Kind::Choice { options: question.options.clone(), open: question.open },
        AnswerKind::Line | AnswerKind::Date | AnswerKind::YesNo => Kind::Line,
    }
}

/// What a screen reader says of a question, and what shows when it is pointed at.
fn spoken(question: &Question, before: Option<&str>) -> String {
    let day = if question.kind == AnswerKind::Date { " (day/month/year)" } else { "" };
    let help = question.help.as_ref().map(|help| format!(". {help}")).unwrap_or_default();
    format!("{}{}{day}{help}", before.unwrap_or_default(), question.label)
}
