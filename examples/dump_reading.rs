//! For developers: prints what the readers take from mails, as indented text. Its output is personal data.
//!
//!     cargo run --example dump_reading -- [--words | --values] FILE.eml [MORE.eml …]
//!
//! For comparison with other programs: with `--words` only the words of the attached files and what their fields hold, a line each; with
//! `--values` a JSON value a mail: its subject, its senders, and every field of the attached files with what it holds.

use std::process::ExitCode;

use focus_family::domain::document::{Block, Control, ControlValue, Document, Inline, Limits, Line, Table, Tick};
use focus_family::domain::nomination::reading::read_mail;

fn main() -> ExitCode {
    let mut worst = ExitCode::SUCCESS;
    let mut paths: Vec<String> = std::env::args().skip(1).collect();
    if paths.first().is_some_and(|first| first == "--words") {
        paths.remove(0);
        return words_alone(&paths);
    }
    if paths.first().is_some_and(|first| first == "--values") {
        paths.remove(0);
        return values_alone(&paths);
    }
    for path in paths {
        println!("==== {path}");
        let Ok(raw) = std::fs::read(&path) else {
            eprintln!("cannot read file `{path}`");
            worst = ExitCode::FAILURE;
            continue;
        };
        match read_mail(&raw, &Limits::default()) {
            Ok(reading) => {
                let message = &reading.message;
                for sender in &message.from {
                    println!("from: {} <{}>", sender.name.as_deref().unwrap_or_default(), sender.address);
                }
                println!(
                    "subject: {}\ndate: {:?} automatic: {:?} notes: {:?}",
                    message.subject, message.date, message.automatic, message.notes
                );
                document(&reading.body, "body");
                reading.quoted.iter().for_each(|quoted| document(quoted, "quoted"));
                reading.documents.iter().for_each(|attached| document(attached, "attached"));
            }
            Err(problem) => println!("refused: {problem}"),
        }
    }
    worst
}

fn words_alone(paths: &[String]) -> ExitCode {
    for path in paths {
        let raw = std::fs::read(path).unwrap_or_default();
        let Ok(reading) = read_mail(&raw, &Limits::default()) else { return ExitCode::FAILURE };
        for attached in &reading.documents {
            attached.blocks.iter().for_each(words_of_block);
            attached.unplaced.iter().for_each(|control| println!("{}", held(&control.value)));
        }
    }
    ExitCode::SUCCESS
}

fn values_alone(paths: &[String]) -> ExitCode {
    for path in paths {
        let raw = std::fs::read(path).unwrap_or_default();
        let Ok(reading) = read_mail(&raw, &Limits::default()) else { return ExitCode::FAILURE };
        let mut controls = Vec::new();
        for attached in &reading.documents {
            attached.blocks.iter().for_each(|block| controls_of_block(block, &mut controls));
            controls.extend(attached.unplaced.iter());
        }
        let fields: Vec<serde_json::Value> = controls
            .into_iter()
            .map(|control| {
                let value = match &control.value {
                    ControlValue::Tick(tick) => serde_json::json!(*tick == Tick::Marked),
                    ControlValue::Signed => serde_json::json!("signed"),
                    other => serde_json::json!(held(other)),
                };
                serde_json::json!({"name": control.name, "title": control.title, "value": value})
            })
            .collect();
        let from: Vec<&str> = reading.message.from.iter().map(|sender| sender.address.as_str()).collect();
        println!("{}", serde_json::json!({"subject": reading.message.subject, "from": from, "fields": fields}));
    }
    ExitCode::SUCCESS
}

fn controls_of_block<'d>(block: &'d Block, found: &mut Vec<&'d Control>) {
    match block {
        Block::Line(line) => controls_of_line(line, found),
        Block::Table(table) => controls_of_table(table, found),
    }
}

fn controls_of_table<'d>(table: &'d Table, found: &mut Vec<&'d Control>) {
    for cell in table.rows.iter().flatten() {
        cell.lines.iter().for_each(|line| controls_of_line(line, found));
        cell.tables.iter().for_each(|inner| controls_of_table(inner, found));
    }
}

fn controls_of_line<'d>(line: &'d Line, found: &mut Vec<&'d Control>) {
    found.extend(line.pieces.iter().filter_map(|piece| if let Inline::Control(control) = piece { Some(control) } else { None }));
}

fn words_of_block(block: &Block) {
    match block {
        Block::Line(line) => words_of_line(line),
        Block::Table(table) => words_of_table(table),
    }
}

fn words_of_table(table: &Table) {
    for cell in table.rows.iter().flatten() {
        cell.lines.iter().for_each(words_of_line);
        cell.tables.iter().for_each(words_of_table);
    }
}

fn words_of_line(line: &Line) {
    let said = line.pieces.iter().map(|piece| match piece {
        Inline::Text { text, .. } => text.clone(),
        Inline::Tick(_) => " ".to_owned(),
        Inline::Control(control) => format!(" {} ", held(&control.value)),
    });
    println!("{}", said.collect::<String>());
}

fn held(value: &ControlValue) -> String {
    match value {
        ControlValue::Text(text) => text.clone(),
        ControlValue::Choice(chosen) => chosen.join(" "),
        ControlValue::Empty | ControlValue::Tick(_) | ControlValue::Signed => String::new(),
    }
}

fn document(document: &Document, what: &str) {
    println!(
        "-- {what} `{}` {:?} by {:?}, {} pages, problem {:?}, notes {:?}",
        document.name, document.format, document.read_by, document.pages, document.problem, document.notes
    );
    blocks(&document.blocks, 1);
    for control in &document.unplaced {
        println!("  unplaced {}", shown_control(control));
    }
}

fn blocks(blocks: &[Block], indent: usize) {
    for block in blocks {
        match block {
            Block::Line(one) => println!("{}{}", "  ".repeat(indent), shown(one)),
            Block::Table(one) => table(one, indent),
        }
    }
}

fn table(table: &Table, indent: usize) {
    println!("{}[{} page {}]", "  ".repeat(indent), table.place.path, table.place.page);
    for row in &table.rows {
        let cells: Vec<String> = row
            .iter()
            .map(|cell| {
                let lines: Vec<String> = cell.lines.iter().map(shown).collect();
                let span = if cell.columns * cell.rows > 1 { format!("({}x{})", cell.columns, cell.rows) } else { String::new() };
                format!("{}{}{span} {}", cell.column, if cell.header { "!" } else { "" }, lines.join(" / "))
            })
            .collect();
        println!("{}| {}", "  ".repeat(indent), cells.join(" | "));
        row.iter().flat_map(|cell| &cell.tables).for_each(|inner| self::table(inner, indent + 2));
    }
}

fn shown(line: &Line) -> String {
    let mut out = if line.heading { "# ".to_owned() } else { String::new() };
    for piece in &line.pieces {
        match piece {
            Inline::Text { text, style } => {
                let marks = [(style.bold, '*'), (style.underlined, '_'), (style.highlighted, '='), (style.struck, '~')];
                let marks: String = marks.into_iter().filter_map(|(on, mark)| on.then_some(mark)).collect();
                out.push_str(&format!("{marks}{text}{marks}"));
            }
            Inline::Tick(Tick::Marked) => out.push_str("<X>"),
            Inline::Tick(Tick::Empty) => out.push_str("< >"),
            Inline::Control(control) => out.push_str(&shown_control(control)),
        }
    }
    out
}

fn shown_control(control: &Control) -> String {
    let value = match &control.value {
        ControlValue::Empty => "·".to_owned(),
        ControlValue::Text(text) => format!("{text:?}"),
        ControlValue::Tick(Tick::Marked) => "X".to_owned(),
        ControlValue::Tick(Tick::Empty) => "-".to_owned(),
        ControlValue::Choice(chosen) => format!("{chosen:?}"),
        ControlValue::Signed => "signed".to_owned(),
    };
    match &control.title {
        Some(title) => format!("{{{} ({title}) = {value}}}", control.name),
        None => format!("{{{} = {value}}}", control.name),
    }
}
