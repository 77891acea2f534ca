//! What a template and a finished letter must keep to. Run when templates are loaded, with samples, so that nothing is found out
//! while a family waits.

use scraper::{Html, Node};

use super::compose::{SUBJECT_CHARACTERS_MAX, TemplateDefect, TemplateFile};
use super::{Letter, data, places, words};
use crate::domain::ids::LetterName;

/// Bytes of the HTML; webmail cuts a mail at about 100 KB.
const HTML_BYTES_MAX: usize = 100_000;

/// Words a subject never has: they would tell the kind of trouble to whoever sees the telephone.
const FORBIDDEN_IN_SUBJECTS: [&str; 32] = [
    "abuse",
    "abused",
    "violence",
    "violent",
    "domestic",
    "police",
    "crime",
    "offence",
    "offender",
    "asb",
    "antisocial",
    "anti-social",
    "truancy",
    "exclusion",
    "excluded",
    "attendance",
    "debt",
    "benefits",
    "unemployed",
    "worklessness",
    "health",
    "mental",
    "drug",
    "drugs",
    "alcohol",
    "substance",
    "protection",
    "neglect",
    "harm",
    "exploitation",
    "safeguarding",
    "danger",
];

/// Tags that every mail program shows, Outlook with Word's engine too. No images: none to block, none to track.
const TAGS: [&str; 22] = [
    "html", "head", "meta", "title", "body", "table", "tbody", "thead", "tr", "td", "th", "p", "h1", "h2", "ul", "ol", "li", "a",
    "br", "strong", "span", "hr",
];
const ATTRIBUTES: [&str; 17] = [
    "style",
    "href",
    "role",
    "lang",
    "dir",
    "charset",
    "name",
    "content",
    "http-equiv",
    "width",
    "align",
    "valign",
    "border",
    "cellpadding",
    "cellspacing",
    "scope",
    "colspan",
];
/// No colours, so that a dark mail program chooses its own; no positions, no backgrounds, nothing Word's engine leaves out.
const STYLES: [&str; 20] = [
    "margin",
    "padding",
    "padding-top",
    "padding-right",
    "padding-bottom",
    "padding-left",
    "margin-top",
    "margin-bottom",
    "width",
    "max-width",
    "font-family",
    "font-size",
    "font-weight",
    "line-height",
    "text-align",
    "vertical-align",
    "border",
    "border-top",
    "border-bottom",
    "border-collapse",
];

/// Looks at a template as written: unknown names, unescaped values.
pub fn source(file: &TemplateFile, defects: &mut Vec<TemplateDefect>) {
    for (index, line) in file.text.lines().enumerate() {
        let mut says = |what: String| defects.push(TemplateDefect { path: file.path.clone(), line: Some(index + 1), says: what });
        if line.contains("{{{") || line.contains("{{&") {
            says("shows a value unescaped; use two braces".to_owned());
        }
    }
    // What braces left open swallow is no name; that they are open is told by who reads the template.
    for (line, expression) in places::expressions(&file.text).filter(|(_, expression)| !expression.contains("{{")) {
        for name in names_in(expression).filter(|name| !is_known(name)) {
            let before = name.as_ptr().addr() - expression.as_ptr().addr();
            defects.push(TemplateDefect {
                path: file.path.clone(),
                line: Some(line + expression[..before].matches('\n').count()),
                says: format!(
                    "`{name}` is no name a letter can use; the names are those of the letter's context and the helpers"
                ),
            });
        }
    }
}

/// Every bare name in a line of a template.
pub(super) fn names_of_line(line: &str) -> impl Iterator<Item = &str> {
    line.split("{{").skip(1).filter_map(|rest| rest.split("}}").next()).flat_map(names_in)
}

/// The bare names in `#if due_on`, `plural late_by "day" "days"`, `> footer`.
pub(super) fn names_in(expression: &str) -> impl Iterator<Item = &str> {
    let expression = expression.trim_start_matches(['#', '/', '~', '^']).trim_end_matches('~').trim_start();
    let is_part_or_comment = expression.starts_with(['>', '!']);
    let outside_quotes = expression.split('"').step_by(2);
    outside_quotes
        .filter(move |_| !is_part_or_comment)
        .flat_map(|piece| piece.split(|c: char| c.is_whitespace() || "()|".contains(c)))
        .filter(|word| !word.is_empty() && !word.starts_with(['@', '.']) && word.parse::<i64>().is_err())
}

fn is_known(name: &str) -> bool {
    const BUILT_IN: [&str; 12] = ["if", "unless", "each", "else", "and", "or", "not", "eq", "ne", "gt", "lt", "len"];
    let name = name.trim_start_matches("../").trim_start_matches("this.");
    // A count that nobody made is falsy in `if`, and held back as a gap when shown.
    let name = name.strip_prefix("counts.").map_or(name, |_| "counts");
    BUILT_IN.contains(&name) || words::HELPERS.contains(&name) || data::NAMES.contains(&name)
}

/// Looks at a letter made of a sample.
pub fn finished(letter: &LetterName, finished: &Letter, defects: &mut Vec<TemplateDefect>) {
    subject(&format!("{letter}/subject.txt"), &finished.subject, defects);
    let html_path = format!("{letter}/body.html");
    if finished.html.len() > HTML_BYTES_MAX {
        defects.push(TemplateDefect::new(&html_path, format!("comes to more than {HTML_BYTES_MAX} bytes; shorten it")));
    }
    let html = Html::parse_document(&finished.html);
    outlook_safe(&html_path, &html, defects);
    same_words(&html_path, &finished.text, &html, defects);
}

fn subject(path: &str, subject: &str, defects: &mut Vec<TemplateDefect>) {
    let characters = subject.chars().count();
    if characters == 0 || characters >= SUBJECT_CHARACTERS_MAX {
        defects.push(TemplateDefect::new(path, format!("a subject has 1 to {SUBJECT_CHARACTERS_MAX} characters")));
    }
    let lower = subject.to_lowercase();
    let mut words = lower.split(|c: char| !c.is_alphanumeric() && c != '-');
    if let Some(word) = words.find(|word| FORBIDDEN_IN_SUBJECTS.contains(word)) {
        defects.push(TemplateDefect::new(
            path,
            format!("`{word}` tells the kind of trouble; a subject says reference, purpose and date"),
        ));
    }
}

fn outlook_safe(path: &str, html: &Html, defects: &mut Vec<TemplateDefect>) {
    let mut says = |what: String| defects.push(TemplateDefect::new(path, what));
    for node in html.tree.nodes() {
        match node.value() {
            Node::Element(element) => {
                if !TAGS.contains(&element.name()) {
                    says(format!(
                        "the tag `{}` is not shown by every mail program; use one of: {}",
                        element.name(),
                        TAGS.join(" ")
                    ));
                }
                for (name, value) in element.attrs() {
                    attribute(name, value, &mut says);
                }
            }
            Node::Comment(_) | Node::ProcessingInstruction(_) => {
                says("comments are not kept in letters; use `{{! … }}`".to_owned())
            }
            Node::Document | Node::Fragment | Node::Doctype(_) | Node::Text(_) => {}
        }
    }
}

fn attribute(name: &str, value: &str, says: &mut impl FnMut(String)) {
    if !ATTRIBUTES.contains(&name) {
        says(format!("the attribute `{name}` is not allowed; use one of: {}", ATTRIBUTES.join(" ")));
    }
    if name == "href" && !["https://", "http://", "mailto:", "tel:"].iter().any(|scheme| value.starts_with(scheme)) {
        says("a link begins with https:, http:, mailto: or tel:".to_owned());
    }
    if name == "style" {
        let properties =
            value.split(';').filter_map(|rule| rule.split(':').next()).map(str::trim).filter(|rule| !rule.is_empty());
        for property in properties.filter(|property| !STYLES.contains(property)) {
            says(format!("the style `{property}` is not shown by every mail program; use one of: {}", STYLES.join(" ")));
        }
        if value.contains("url(") {
            says("a style must not load anything".to_owned());
        }
    }
}

/// The HTML says what the text says, word for word; only bullets, numbers of lists and rules of dashes may differ.
fn same_words(path: &str, text: &str, html: &Html, defects: &mut Vec<TemplateDefect>) {
    let in_text = words_of_text(text);
    let in_html = words_of_html(html);
    let differs = in_text.iter().zip(&in_html).position(|(left, right)| left != right).or_else(|| {
        let shorter = in_text.len().min(in_html.len());
        (in_text.len() != in_html.len()).then_some(shorter)
    });
    if let Some(at) = differs {
        let around = |words: &[String]| words.iter().skip(at.saturating_sub(3)).take(7).cloned().collect::<Vec<_>>().join(" ");
        defects.push(TemplateDefect::new(
            path,
            format!("text and HTML must say the same; the text has `{}`, the HTML `{}`", around(&in_text), around(&in_html)),
        ));
    }
}

fn words_of_text(text: &str) -> Vec<String> {
    let lines = text.lines().map(str::trim).filter(|line| !line.chars().all(|c| c == '-'));
    lines.flat_map(|line| without_bullet(line).split_whitespace()).map(str::to_owned).collect()
}

fn without_bullet(line: &str) -> &str {
    let line = line.strip_prefix("- ").unwrap_or(line);
    match line.split_once(". ") {
        Some((number, rest)) if !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()) => rest,
        Some(_) | None => line,
    }
}

fn words_of_html(html: &Html) -> Vec<String> {
    let texts = html.tree.nodes().filter_map(|node| match node.value() {
        Node::Text(text) => {
            let in_title =
                node.parent().and_then(|parent| parent.value().as_element().map(|e| e.name() == "title")).unwrap_or(false);
            (!in_title).then(|| text.to_string())
        }
        _ => None,
    });
    texts.flat_map(|text| without_bullet(text.trim()).split_whitespace().map(str::to_owned).collect::<Vec<_>>()).collect()
}
