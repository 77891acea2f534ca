//! A family written down as a form nobody has seen: layout, wording, ticks and dates all drawn.

use super::dice::Dice;
use super::family::{Family, Person, THEMES};
use super::lines;
use super::wording::*;
use focus_family::domain::time::Date;

/// A part of a form, whatever carries it.
#[derive(Debug, Clone)]
pub enum Piece {
    Title(String),
    Heading(String),
    /// Label and value.
    Pair(String, String),
    Text(String),
    /// Rows; whether the first is a head.
    Grid(Vec<Vec<String>>, bool),
}

/// How pairs stand on the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PairStyle {
    Colon,
    Dash,
    Above,
    Table2,
    Table4,
}

/// What is drawn once for a whole form.
pub struct Style {
    pub pairs: PairStyle,
    /// Grids can be carried.
    pub grids: bool,
    /// Bold and struck words can be carried.
    pub styled: bool,
    names: usize,
    dates: usize,
    pub household: &'static str,
    pub criteria: &'static str,
    marks: usize,
}

impl Style {
    pub fn drawn(dice: &mut Dice, grids: bool, styled: bool) -> Self {
        let pairs = if grids {
            *dice.pick(&[PairStyle::Colon, PairStyle::Above, PairStyle::Table2, PairStyle::Table4])
        } else {
            *dice.pick(&[PairStyle::Colon, PairStyle::Colon, PairStyle::Dash, PairStyle::Above])
        };
        let household = if grids {
            *dice.pick(&[
                "rows",
                "rows",
                "columns",
                "ages",
                "blocks",
                "short blocks",
                "labelled",
                "numbered",
                "plural",
                "paragraphs",
            ])
        } else {
            *dice.pick(&[
                "blocks",
                "short blocks",
                "one line",
                "run",
                "listing",
                "labelled",
                "numbered",
                "plural",
                "household",
                "paragraphs",
            ])
        };
        let criteria = if matches!(household, "labelled" | "numbered" | "plural" | "household" | "paragraphs") {
            *dice.pick(&["lines", "boxes", "own words", "own words"])
        } else if household == "listing" || household == "run" {
            *dice.pick(&["lines", "boxes"])
        } else if grids {
            *dice.pick(&["who", "who yes/no", "each person", "themes across", "of the person", "boxes", "numbered", "evidence"])
        } else {
            *dice.pick(&["lines", "boxes", "of the person", "numbered lines"])
        };
        Self { pairs, grids, styled, names: dice.below(5), dates: dice.below(7), household, criteria, marks: dice.below(9) }
    }

    /// A date as this writer writes it; a birthday never in a way that leaves the century open.
    pub fn date(&self, date: Date, birth: bool) -> String {
        let year = date.year();
        match self.dates {
            0 => date.strftime("%d/%m/%Y").to_string(),
            1 => format!("{}.{}.{}", date.day(), date.month(), year),
            2 if !birth || year > 2026 - 18 => format!("{}/{}/{:02}", date.day(), date.month(), year % 100),
            2 | 3 => date.strftime("%d %B %Y").to_string(),
            4 => format!("{}{} {}", date.day(), ordinal(date.day()), date.strftime("%b %Y")),
            5 => date.strftime("%d-%m-%Y").to_string(),
            _ => format!("{}{} {}", date.day(), ordinal(date.day()), date.strftime("%B %Y")),
        }
    }

    fn name(&self, person: &Person) -> String {
        let title = if person.child {
            if person.male { "Master" } else { "Miss" }
        } else if person.male {
            "Mr"
        } else {
            "Mrs"
        };
        if person.full().is_empty() {
            return String::new();
        }
        match self.names {
            1 if person.due.is_none() => format!("{}, {}", person.family.to_uppercase(), person.given),
            2 if person.due.is_none() => format!("{title} {}", person.full()),
            3 if person.due.is_none() => format!("{} {}", person.given, person.family.to_uppercase()),
            _ => person.full(),
        }
    }

    pub fn born(&self, person: &Person) -> String {
        match (person.born, person.age, person.due) {
            (_, _, Some(due)) => format!("EDD {}", self.date(due, false)),
            (Some(born), _, _) => self.date(born, true),
            (None, Some(age), _) => format!("aged {age}"),
            _ => String::new(),
        }
    }

    fn gender(&self, person: &Person) -> String {
        let word = match (person.due.is_some(), person.male, self.marks % 2) {
            (true, ..) => "",
            (_, true, 0) => "M",
            (_, false, 0) => "F",
            (_, true, _) => "Male",
            (_, false, _) => "Female",
        };
        word.to_owned()
    }

    /// A mark where something applies.
    fn mark(&self, on: bool) -> String {
        let (yes, no) =
            [("x", ""), ("X", ""), ("✓", ""), ("☒", "☐"), ("Yes", "No"), ("Y", "N"), ("1", ""), ("☑", "☐"), ("yes", "")]
                [self.marks];
        if on { yes } else { no }.to_owned()
    }

    /// An answer to a question of yes or no.
    pub fn yes_no(&self, answer: Option<bool>) -> String {
        let (yes, no, none) = match self.marks % if self.styled { 6 } else { 4 } {
            0 => ("Yes", "No", ""),
            1 => ("Yes ☒ No ☐", "Yes ☐ No ☒", "Yes ☐ No ☐"),
            2 => ("☒ Yes ☐ No", "☐ Yes ☒ No", "☐ Yes ☐ No"),
            3 => ("Y", "N", ""),
            4 => ("**Yes** / No", "Yes / **No**", "Yes / No"),
            _ => ("Yes ~~No~~", "~~Yes~~ No", "Yes / No"),
        };
        match answer {
            Some(true) => yes,
            Some(false) => no,
            None => none,
        }
        .to_owned()
    }
}

fn ordinal(day: i8) -> &'static str {
    match day {
        1 | 21 | 31 => "st",
        2 | 22 => "nd",
        3 | 23 => "rd",
        _ => "th",
    }
}

fn owned(text: &str) -> String {
    text.to_owned()
}

/// The whole form about `family`.
pub fn form(dice: &mut Dice, style: &Style, family: &Family) -> Vec<Piece> {
    let mut form = vec![Piece::Title(dice.say(TITLES))];
    if dice.chance(40) {
        form.push(Piece::Text(dice.say(ANNEX)));
    }
    referrer(dice, family, &mut form);
    address(dice, family, &mut form);
    household(dice, style, family, &mut form);
    criteria(dice, style, family, &mut form);
    agencies(dice, style, family, &mut form);
    if let Some(state) = family.assessment {
        form.push(Piece::Heading(dice.say(&["Assessment", "Assessments and plans", "Early Help Assessment"])));
        let said = match state {
            "none" => dice.say(&["None", "No", "Not yet started", "No EHA in place"]),
            "started" => dice.say(&["Started", "In progress", "Started 3 October", "Begun, not finished"]),
            _ => dice.say(&["Completed", "Complete - attached", "Completed 12/10/2026", "Yes, completed"]),
        };
        form.push(Piece::Pair(dice.say(ASSESSMENT), said));
    }
    form.push(Piece::Heading(dice.say(&["Reason for nomination", "Summary of concerns", "Background", "Any other information"])));
    let hollow = dice.below(HOLLOW.len());
    form.push(Piece::Text(format!("{} {}", HOLLOW[hollow], HOLLOW[(hollow + 3) % HOLLOW.len()])));
    consent(dice, style, family, &mut form);
    if dice.chance(30) {
        form.push(Piece::Heading("Guidance notes".to_owned()));
        form.extend(ANNEX.iter().map(|line| Piece::Text(owned(line))));
    }
    form
}

fn referrer(dice: &mut Dice, family: &Family, form: &mut Vec<Piece>) {
    form.push(Piece::Heading(dice.say(REFERRER_HEADINGS)));
    for (labels, value) in REFERRER.iter().zip(&family.referrer) {
        form.push(Piece::Pair(dice.say(labels), value.clone()));
    }
    if dice.chance(50) {
        let (label, value) = dice.pick(OTHERS);
        form.push(Piece::Pair(owned(label), owned(value)));
    }
}

fn address(dice: &mut Dice, family: &Family, form: &mut Vec<Piece>) {
    form.push(Piece::Heading(dice.say(FAMILY_HEADINGS)));
    let code = match dice.below(4) {
        0 => family.postcode.replace(' ', ""),
        1 => family.postcode.to_lowercase(),
        _ => family.postcode.clone(),
    };
    let label = dice.say(ADDRESS);
    if dice.chance(50) {
        form.push(Piece::Pair(label, format!("{}, {code}", family.street)));
    } else {
        form.push(Piece::Pair(label, family.street.clone()));
        form.push(Piece::Pair(dice.say(POSTCODE), code));
    }
    if dice.chance(40) {
        form.push(Piece::Pair("Family contact number".to_owned(), "07700 900123".to_owned()));
    }
    if dice.chance(50) {
        let (label, value) = dice.pick(OTHERS);
        form.push(Piece::Pair(owned(label), owned(value)));
    }
}

/// What a person's cell holds.
type Cell = Box<dyn Fn(&Person, &Style) -> String>;

/// What a person's cell holds under each label.
fn fields(dice: &mut Dice, style: &Style, short: bool, adults: Option<bool>) -> Vec<(String, Cell)> {
    let mut columns: Vec<(String, Cell)> = Vec::new();
    if style.names == 4 {
        columns.push((dice.say(FIRST_NAME), Box::new(|person, _| person.given.clone())));
        columns.push((dice.say(SURNAME), Box::new(|person, _| person.family.clone())));
        if dice.chance(40) {
            columns.swap(0, 1);
        }
    } else {
        columns.push((dice.say(FULL_NAME), Box::new(|person, style| style.name(person))));
    }
    columns.push((dice.say(BORN), Box::new(|person, style| style.born(person))));
    if !short && dice.chance(60) {
        columns.push((dice.say(GENDER), Box::new(|person, style| style.gender(person))));
    }
    if !short && dice.chance(30) {
        let label = dice.say(NOISE);
        columns.push((label, Box::new(|_, _| String::new())));
    }
    columns.push((dice.say(RELATIONSHIP), Box::new(|person, _| owned(person.relationship))));
    if adults != Some(true) {
        columns.push((dice.say(SCHOOL), Box::new(|person, _| owned(person.school.unwrap_or_default()))));
    }
    columns
}

fn themes_of(dice: &mut Dice, person: &Person) -> String {
    let titles: Vec<String> = person.themes.iter().map(|theme| title(dice, theme)).collect();
    titles.join("; ")
}

fn title(dice: &mut Dice, theme: &str) -> String {
    let (_, titles) = THEMES.iter().find(|(key, _)| *key == theme).unwrap();
    dice.say(titles)
}

fn household(dice: &mut Dice, style: &Style, family: &Family, form: &mut Vec<Piece>) {
    let heading = Piece::Heading(dice.say(HOUSEHOLD_HEADINGS));
    let people = &family.people;
    match style.household {
        "rows" | "columns" => {
            form.push(heading);
            let columns = fields(dice, style, false, None);
            let mut rows = vec![columns.iter().map(|(label, _)| label.clone()).collect::<Vec<_>>()];
            rows.extend(people.iter().map(|person| columns.iter().map(|(_, cell)| cell(person, style)).collect()));
            if dice.chance(40) {
                rows.push(vec![String::new(); columns.len()]);
            }
            if style.household == "columns" {
                let turned = (0..columns.len()).map(|at| rows.iter().map(|row| row[at].clone()).collect()).collect();
                form.push(Piece::Grid(turned, false));
            } else {
                form.push(Piece::Grid(rows, true));
            }
        }
        "ages" => {
            for (heading, child) in [(dice.say(ADULTS_HEADINGS), false), (dice.say(CHILDREN_HEADINGS), true)] {
                form.push(Piece::Heading(heading));
                let columns = fields(dice, style, false, Some(!child));
                let mut rows = vec![columns.iter().map(|(label, _)| label.clone()).collect::<Vec<_>>()];
                for person in people.iter().filter(|person| person.child == child) {
                    rows.push(columns.iter().map(|(_, cell)| cell(person, style)).collect());
                }
                form.push(Piece::Grid(rows, true));
            }
        }
        "listing" => {
            form.push(heading);
            for person in people {
                let parts = [
                    person.full(),
                    person.relationship.to_lowercase(),
                    style.born(person),
                    owned(person.school.unwrap_or_default()),
                ];
                let said: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
                form.push(Piece::Text(said.join(", ")));
            }
        }
        "labelled" | "numbered" | "plural" | "household" | "paragraphs" => {
            if style.household != "household" && (style.household != "labelled" || dice.chance(50)) {
                form.push(heading);
            }
            lines::household(dice, style, family, form);
        }
        kind => {
            form.push(heading);
            let columns = fields(dice, style, kind != "blocks", None);
            let numbered = dice.say(&["Family member", "Person", "Member", "Household member"]);
            let themes = dice.say(PERSON_THEMES);
            for (index, person) in people.iter().enumerate() {
                let mut pairs: Vec<(String, String)> =
                    columns.iter().map(|(label, cell)| (label.clone(), cell(person, style))).collect();
                if style.criteria == "of the person" {
                    let list = themes_of(dice, person);
                    pairs.push((themes.clone(), if list.is_empty() { "none".to_owned() } else { list }));
                }
                match kind {
                    "one line" => {
                        let said: Vec<String> = pairs.iter().map(|(label, value)| format!("{label}: {value}")).collect();
                        form.push(Piece::Text(said.join("  ")));
                    }
                    "run" => {
                        pairs[0] = (format!("{numbered} {}", index + 1), style.name(person));
                        pairs.truncate(if style.names == 4 { 1 } else { pairs.len() });
                        if style.names == 4 {
                            pairs.push((owned("DOB"), style.born(person)));
                        }
                        form.extend(pairs.into_iter().map(|(label, value)| Piece::Pair(label, value)));
                    }
                    _ => {
                        form.push(Piece::Heading(format!("{numbered} {}", index + 1)));
                        form.extend(pairs.into_iter().map(|(label, value)| Piece::Pair(label, value)));
                    }
                }
            }
        }
    }
}

fn criteria(dice: &mut Dice, style: &Style, family: &Family, form: &mut Vec<Piece>) {
    if style.criteria == "own words"
        || style.criteria == "of the person" && matches!(style.household, "blocks" | "short blocks" | "one line")
    {
        return;
    }
    form.push(Piece::Heading(dice.say(CRITERIA_HEADINGS)));
    let has = |theme: &str| family.people.iter().filter(|person| person.themes.contains(&theme)).collect::<Vec<_>>();
    let given = |people: &[&Person], join: &str| people.iter().map(|person| person.given.clone()).collect::<Vec<_>>().join(join);
    let join = *dice.pick(&[", ", " and ", " & ", "; "]);
    let mut order: Vec<&str> = THEMES.iter().map(|(key, _)| *key).collect();
    order.rotate_left(dice.below(6));
    let criterion = dice.say(CRITERION);
    let mut rows: Vec<Vec<String>> = Vec::new();
    let named: Vec<&Person> = family.people.iter().filter(|person| person.due.is_none()).collect();
    match style.criteria {
        "who" | "who yes/no" | "evidence" => {
            let mut head = vec![criterion, dice.say(ANSWER), dice.say(WHO)];
            if style.criteria == "who" {
                head.remove(1);
            } else if style.criteria == "evidence" {
                head.push(dice.say(EVIDENCE));
            }
            rows.push(head);
            for theme in order {
                let who = has(theme);
                let mut row = vec![title(dice, theme), style.yes_no(Some(!who.is_empty())), given(&who, join)];
                if style.criteria == "who" {
                    row.remove(1);
                } else if style.criteria == "evidence" {
                    row.push(if who.is_empty() {
                        String::new()
                    } else {
                        dice.say(&["Known to us", "School records", "Seen by worker"])
                    });
                }
                rows.push(row);
            }
        }
        "each person" => {
            rows.push(std::iter::once(criterion).chain(named.iter().map(|person| person.given.clone())).collect());
            for theme in order {
                let marks = named.iter().map(|person| style.mark(person.themes.contains(&theme)));
                rows.push(std::iter::once(title(dice, theme)).chain(marks).collect());
            }
        }
        "themes across" | "of the person" => {
            rows.push(std::iter::once(dice.say(FULL_NAME)).chain(order.iter().map(|theme| title(dice, theme))).collect());
            for person in &named {
                let marks = order.iter().map(|theme| style.mark(person.themes.contains(theme)));
                rows.push(std::iter::once(person.full()).chain(marks).collect());
            }
        }
        "numbered" => {
            rows.push(vec!["No.".to_owned(), criterion, dice.say(ANSWER), dice.say(WHO)]);
            for (index, theme) in order.iter().enumerate() {
                let who = has(theme);
                rows.push(vec![(index + 1).to_string(), title(dice, theme), style.mark(!who.is_empty()), given(&who, join)]);
            }
        }
        "boxes" => {
            for theme in order {
                let who = has(theme);
                let behind = if who.is_empty() { String::new() } else { format!(" - {}", given(&who, join)) };
                let mark = ["☐", "☒", "[ ]", "[x]"][usize::from(!who.is_empty()) + 2 * (style.marks % 2)];
                form.push(Piece::Text(format!("{mark} {}{behind}", title(dice, theme))));
            }
            return;
        }
        kind => {
            for (index, theme) in order.iter().enumerate() {
                let who = has(theme);
                let number = if kind == "numbered lines" { format!("{}. ", index + 1) } else { String::new() };
                let answer = if who.is_empty() { "No".to_owned() } else { format!("Yes - {}", given(&who, join)) };
                form.push(Piece::Text(format!("{number}{}: {answer}", title(dice, theme))));
            }
            return;
        }
    }
    form.push(Piece::Grid(rows, true));
}

fn agencies(dice: &mut Dice, style: &Style, family: &Family, form: &mut Vec<Piece>) {
    form.push(Piece::Heading(dice.say(AGENCY_HEADINGS)));
    if style.grids {
        let mut rows = vec![vec![
            dice.say(&["Agency", "Organisation", "Service"]),
            dice.say(&["Contact", "Contact details", "Worker and telephone"]),
        ]];
        rows.extend(family.agencies.iter().map(|(agency, contact)| vec![owned(agency), owned(contact)]));
        rows.push(vec![String::new(), String::new()]);
        form.push(Piece::Grid(rows, true));
    } else {
        form.extend(family.agencies.iter().map(|(agency, contact)| Piece::Text(format!("- {agency}: {contact}"))));
    }
}

fn consent(dice: &mut Dice, style: &Style, family: &Family, form: &mut Vec<Piece>) {
    form.push(Piece::Heading(dice.say(CONSENT_HEADINGS)));
    form.push(Piece::Text("I agree that information may be shared with partner agencies to support my family.".to_owned()));
    let (answer, by, on) = match &family.consent {
        Some((true, by, on)) => (Some(true), by.clone(), style.date(*on, false)),
        Some((false, ..)) => (Some(false), String::new(), String::new()),
        None => (None, String::new(), String::new()),
    };
    if answer == Some(true) && style.marks == 6 {
        form.push(Piece::Pair(dice.say(&["Consent", "Consent obtained"]), format!("yes, signed by {by} on {on}")));
        return;
    }
    let question = dice.say(CONSENT);
    form.push(Piece::Pair(question, style.yes_no(answer)));
    form.push(Piece::Pair(dice.say(SIGNED), if dice.chance(50) || by.is_empty() { by.clone() } else { format!("{by} (typed)") }));
    if dice.chance(40) {
        form.push(Piece::Pair(dice.say(PRINTED), by.to_uppercase()));
    }
    form.push(Piece::Pair(dice.say(SIGNED_ON), on));
}

/// The form as it is handed out: labels, heads, criteria, guidance and empty boxes; no word of an answer.
pub fn emptied(form: Vec<Piece>) -> Vec<Piece> {
    let printed =
        |text: &str| text.contains('☐') || text == "Yes / No" || THEMES.iter().any(|(_, titles)| titles.contains(&text));
    let kept = |text: String, stays: bool| {
        let text = text.replace('☒', "☐");
        if stays || printed(&text) { text } else { String::new() }
    };
    form.into_iter()
        .filter(|piece| !matches!(piece, Piece::Text(text) if HOLLOW.iter().any(|hollow| text.starts_with(hollow))))
        .map(|piece| match piece {
            Piece::Pair(label, value) => Piece::Pair(label, kept(value, false)),
            // Nobody writes what stands between two names on an empty form.
            Piece::Text(text) if text.starts_with("Adults: ") || text.starts_with("Children: ") => {
                Piece::Text(text.split_inclusive(':').take(1).collect())
            }
            Piece::Text(text) => Piece::Text(text.strip_suffix(": No").map_or(text.clone(), |label| format!("{label}:"))),
            Piece::Grid(rows, headed) => {
                let row = |(at, row): (usize, Vec<String>)| {
                    let cells = row.into_iter().enumerate().map(|(column, cell)| {
                        let label = if headed { at == 0 } else { column == 0 };
                        kept(cell.clone(), label || column == 0 && cell.len() == 1)
                    });
                    cells.collect()
                };
                Piece::Grid(rows.into_iter().enumerate().map(row).collect(), headed)
            }
            other => other,
        })
        .collect()
}
