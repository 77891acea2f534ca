//! A reply that answers numbered lines of a letter of ours: above the quoted letter, below it, or in it behind each line.
//!
//! What is quoted of the letter itself is no answer, nor is a greeting, a signature or the head of a quoted mail. What is said twice and
//! differs is said not at all: a person asks.

/// What stands behind one line.
#[derive(Clone, PartialEq, Eq)]
pub enum Heard {
    /// Nothing.
    Nothing,
    /// These words, line by line.
    Said(Vec<String>),
    /// Two different things.
    Twice,
}

crate::redacted_debug!(Heard);

/// What of a letter wrapped by a mail program is still told from an answer: shorter pieces of it may be an answer's own words.
const OWN_CHARACTERS_MIN: usize = 24;
/// The same where the mail marks the line as quoted.
const OWN_QUOTED_CHARACTERS_MIN: usize = 6;

/// How people and their programs end a mail.
const CLOSINGS: &[&str] = &[
    "regards",
    "kind regards",
    "best regards",
    "warm regards",
    "many thanks",
    "thanks",
    "thank you",
    "best wishes",
    "yours",
    "cheers",
    "best,",
    "sent from",
    "get outlook",
    "--",
    "__",
    "this email",
    "this e-mail",
    "this message",
    "confidential",
];
/// How the head of a quoted mail begins.
const HEADS: &[&str] = &["from:", "sent:", "to:", "cc:", "subject:", "date:", "-----original", "begin forwarded"];

/// What `mail` answers to each of `titles`, the first of which is number 1. `mail` is the whole text in its order, quoted lines with
/// their marks; `letter` is the letter it answers.
#[must_use]
pub fn heard(mail: &[String], letter: &str, titles: &[&str]) -> Vec<Heard> {
    let own = squeezed(letter);
    let mut found: Vec<Option<(usize, Heard)>> = vec![None; titles.len()];
    let mut open: Option<(usize, usize, Vec<String>)> = None;
    // Words of a title that a mail program has put on a line of their own.
    let mut rest_of_title: Vec<String> = Vec::new();
    for line in mail {
        let (depth, bare) = without_marks(line);
        if bare.is_empty() {
            continue;
        }
        if let Some((number, after, left)) = numbered(bare, titles, depth > 0) {
            close(open.take(), &mut found);
            rest_of_title = left;
            let mut begun = (number, depth, Vec::new());
            for (number, text) in run_together(number, &after, titles.len()) {
                if number != begun.0 {
                    close(Some(std::mem::replace(&mut begun, (number, depth, Vec::new()))), &mut found);
                }
                if !text.is_empty() {
                    begun.2.push(text);
                }
            }
            open = Some(begun);
            continue;
        }
        if ends(bare) {
            close(open.take(), &mut found);
            continue;
        }
        let Some((_, _, words)) = &mut open else { continue };
        let text = without_title(bare, &mut rest_of_title);
        let least = if depth > 0 { OWN_QUOTED_CHARACTERS_MIN } else { OWN_CHARACTERS_MIN };
        let squeezed = squeezed(&text);
        let of_the_letter = squeezed.chars().count() >= least && own.contains(&squeezed);
        if !(text.is_empty() || of_the_letter) {
            words.push(text);
        }
    }
    close(open, &mut found);
    found.into_iter().map(|heard| heard.map_or(Heard::Nothing, |(_, heard)| heard)).collect()
}

/// Keeps what was said: what is quoted less deep counts before what is quoted deeper, for it was written later.
fn close(open: Option<(usize, usize, Vec<String>)>, found: &mut [Option<(usize, Heard)>]) {
    let Some((number, depth, words)) = open.filter(|(_, _, words)| !words.is_empty()) else { return };
    let Some(slot) = found.get_mut(number - 1) else { return };
    let said = Heard::Said(words);
    *slot = match slot.take() {
        Some((before, heard)) if before < depth => Some((before, heard)),
        Some((before, heard)) if before == depth && heard != said => Some((before, Heard::Twice)),
        Some(_) | None => Some((depth, said)),
    };
}

/// How deep the line is quoted, and the line without the marks of that and of a list.
fn without_marks(line: &str) -> (usize, &str) {
    let mut depth = 0;
    let mut rest = line.trim();
    while let Some(after) = rest.strip_prefix(['>', '|']) {
        depth += 1;
        rest = after.trim_start();
    }
    (depth, rest.trim_start_matches(['*', '•', '·']).trim())
}

/// Number, what stands behind it (and behind the title), and words of the title that are still to come.
fn numbered(bare: &str, titles: &[&str], quoted: bool) -> Option<(usize, String, Vec<String>)> {
    let open = bare.trim_start_matches('(');
    let digits = open.bytes().take_while(u8::is_ascii_digit).count();
    if (1..=2).contains(&digits) {
        let number: usize = open[..digits].parse().ok()?;
        let after = &open[digits..];
        let mark = after.trim_start().chars().next();
        let behind = mark.map(|mark| after.trim_start()[mark.len_utf8()..].to_owned()).unwrap_or_default();
        let set_off = behind.is_empty() || behind.starts_with(char::is_whitespace);
        let is_mark = matches!(mark, Some('.' | ')' | ':' | '-' | '–')) && (set_off || mark == Some(')'));
        if !is_mark || number == 0 || number > titles.len() {
            return None;
        }
        let (text, left) = behind_title(behind.trim(), titles[number - 1]);
        // A number in a quoted text that is no line of the letter is somebody's own list.
        return (!quoted || !left.is_empty() || text.len() < behind.trim().len()).then_some((number, text, left));
    }
    // Programs that make a list of it lose the numbers, and the titles stay.
    titles.iter().enumerate().find_map(|(index, title)| {
        let wanted = words_of(title);
        let have = words_of(bare);
        let same = have.iter().zip(&wanted).take_while(|(have, wanted)| have == wanted).count();
        (wanted.len() >= 3 && same == wanted.len()).then(|| (index + 1, behind_title(bare, title).0, Vec::new()))
    })
}

fn words_of(text: &str) -> Vec<String> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_lowercase).collect()
}

/// `text` without as much of `title` as it begins with; the words of the title that are missing when `text` is only its beginning.
fn behind_title(text: &str, title: &str) -> (String, Vec<String>) {
    let wanted = words_of(title);
    let mut rest = text;
    let mut met = 0;
    while met < wanted.len() {
        let start = rest.trim_start_matches(|c: char| !c.is_alphanumeric());
        let length = start.find(|c: char| !c.is_alphanumeric()).unwrap_or(start.len());
        if length == 0 || start[..length].to_lowercase() != wanted[met] {
            break;
        }
        rest = &start[length..];
        met += 1;
    }
    // One or two words alike are an answer that begins as the question does.
    let whole = met == wanted.len();
    let begun = met >= 3 && rest.trim_matches(|c: char| !c.is_alphanumeric()).is_empty();
    if !whole && !begun {
        return (text.to_owned(), Vec::new());
    }
    (stripped(rest), wanted[met..].to_vec())
}

fn stripped(rest: &str) -> String {
    rest.trim_start_matches([')', '(', ':', '?', '.', '-', '–', '/', ' ', '\u{a0}', '_'])
        .trim_end_matches(['_', ' '])
        .trim()
        .to_owned()
}

/// `text` without the words of a title that were put on this line.
fn without_title(text: &str, left: &mut Vec<String>) -> String {
    let wanted = std::mem::take(left);
    if wanted.is_empty() {
        return text.to_owned();
    }
    let (behind, _) = behind_title(text, &wanted.join(" "));
    behind
}

/// `1. 3 December 2. better`: several answers on one line, as telephones send them.
fn run_together(number: usize, text: &str, last: usize) -> Vec<(usize, String)> {
    let next = number + 1;
    let marks = [format!(" {next}. "), format!(" {next}) ")];
    let at = marks.iter().filter_map(|mark| text.find(mark.as_str()).map(|at| (at, mark.len()))).min();
    match at.filter(|_| next <= last) {
        Some((at, length)) => {
            let mut all = vec![(number, text[..at].trim().to_owned())];
            all.extend(run_together(next, text[at + length..].trim(), last));
            all
        }
        None => vec![(number, text.trim().to_owned())],
    }
}

fn ends(bare: &str) -> bool {
    let lower = bare.to_lowercase();
    let wrote = lower.starts_with("on ") && lower.ends_with("wrote:") || lower.ends_with("> wrote:");
    lower.contains("please write above this line")
        || wrote
        || HEADS.iter().any(|head| lower.starts_with(head))
        || CLOSINGS.iter().any(|closing| {
            lower
                .strip_prefix(closing)
                .is_some_and(|rest| !rest.starts_with(char::is_alphanumeric) && (rest.len() < 40 || closing.len() > 9))
        })
}

/// Letters and digits alone, small.
fn squeezed(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TITLES: &[&str] = &[
        "Date you last saw or spoke with the family",
        "What has changed (better / same / worse)",
        "What each child said or showed",
        "Date of the next meeting",
        "Do you need help from the team (yes / no)",
    ];
    const LETTER: &str = "Please record a review of case FF-2026-7142 by Friday 11 December 2026. You can do it by replying to this email.\n\n\
        Write behind each line. Write no names: the reference says which family is meant.\n\n\
        1. Date you last saw or spoke with the family:\n\n2. What has changed (better / same / worse):\n\n\
        3. What each child said or showed:\n\n4. Date of the next meeting:\n\n5. Do you need help from the team (yes / no):\n\n\
        ----- please write above this line -----\n\nCase: FF-2026-7142\nOpen the case (you need to sign in):\nhttps://ff.example/cases/FF-2026-7142\n";

    fn check(mail: &str, expected: [&str; 5]) {
        let lines: Vec<String> = mail.lines().map(str::to_owned).collect();
        let told: Vec<String> = heard(&lines, LETTER, TITLES)
            .into_iter()
            .map(|heard| match heard {
                Heard::Nothing => String::new(),
                Heard::Said(words) => words.join("|"),
                Heard::Twice => "TWICE".to_owned(),
            })
            .collect();
        assert_eq!(told, expected, "{mail}");
    }

    fn quoted(mark: &str) -> String {
        LETTER.lines().map(|line| format!("{mark}{line}\n")).collect()
    }

    #[test]
    fn answers_stand_above_below_or_in_the_quoted_letter() {
        let all = ["3 December", "better", "She likes the walk", "14/1/2027", "no"];
        let above = "Hello,\n\n1. 3 December\n2. better\n3. She likes the walk\n4. 14/1/2027\n5. no\n\nKind regards\nNell Byrne\nKeyworker, 01632 960123\n\n";
        check(&format!("{above}From: Focus Family\nSent: Monday\nTo: Nell\nSubject: x\n\n{}", quoted("")), all);
        check(&format!("{above}On Mon, 7 Dec 2026 at 10:00, Focus Family wrote:\n{}", quoted("> ")), all);
        check(&format!("On Mon, Focus Family wrote:\n{}\n{above}", quoted("> ")), all);
        let inline = LETTER
            .replace("with the family:", "with the family: 3 December")
            .replace("/ worse):", "/ worse): better")
            .replace("or showed:\n", "or showed:\nShe likes the walk\n")
            .replace("next meeting:", "next meeting: 14/1/2027")
            .replace("(yes / no):", "(yes / no): no");
        check(&format!("Done below.\n\nFrom: Focus Family\nSent: Monday\nTo: Nell\nSubject: x\n\n{inline}"), all);
        let arrows: String = inline
            .lines()
            .map(|line| if line == "She likes the walk" { format!("{line}\n") } else { format!("> {line}\n") })
            .collect();
        check(&arrows, all);
    }

    #[test]
    fn answers_come_out_of_order_are_missing_wrapped_or_run_together() {
        check("5) yes please\n1) 3/12\n", ["3/12", "", "", "", "yes please"]);
        check(
            "1. 3 December 2. better 3. happy at school 4. 14 January 5. no",
            ["3 December", "better", "happy at school", "14 January", "no"],
        );
        check(
            "3. He said: \"I like it\"\nand drew a house\n\nThanks,\nNell",
            ["", "", "He said: \"I like it\"|and drew a house", "", ""],
        );
        check(
            "> 1. Date you last saw or spoke with\n> the family: 3 December\n> 2. What has changed (better / same /\n> worse): same",
            ["3 December", "same", "", "", ""],
        );
        check(
            "Date you last saw or spoke with the family: 3 December\nDate of the next meeting: 14 January",
            ["3 December", "", "", "14 January", ""],
        );
        check("2. better\n\n2. worse", ["", "TWICE", "", "", ""]);
    }

    #[test]
    fn a_mail_without_answers_has_none() {
        check(&format!("Thank you, I will do it tomorrow.\n\n{}", quoted("> ")), ["", "", "", "", ""]);
        check(&quoted(""), ["", "", "", "", ""]);
        check("2026 was a long year.\n12. nothing of this list\n> 1. somebody's own list", ["", "", "", "", ""]);
        check("I saw them on 1.12.2026 at 2.30pm", ["", "", "", "", ""]);
    }
}
