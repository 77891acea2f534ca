//! Where a family belongs, told by postcode and post town; and small questions to a programme.

use super::programme::{Area, District, Geography, Outcode, Programme, Routing, RulePack, Theme};
use crate::domain::ids::{AreaName, LetterName, PackName, ThemeKey};
use crate::domain::time::Date;

impl Geography {
    /// The district of an address and the step that decided: the outward code first, then the post town.
    ///
    /// An outward code of several districts is decided by the town when the address names one of theirs, and by a person otherwise.
    #[must_use]
    pub fn route(&self, postcode: Option<&str>, address: Option<&str>) -> Routing {
        let town = address.and_then(|address| self.district_of_town(address));
        let Some(outward) = postcode.and_then(outward_code) else {
            return match town {
                Some(district) => decided(Some(district), "post_town"),
                None => decided(None, "unknown"),
            };
        };
        match self.outcodes.iter().find(|known| known.outcode == outward) {
            Some(code) => self.route_by(code, town),
            None if self.has_postcode_area(&outward) => decided(None, "unknown"),
            None => decided(None, "outside"),
        }
    }

    fn route_by(&self, code: &Outcode, town: Option<&District>) -> Routing {
        if code.split {
            return match town.filter(|district| code.districts.contains(&district.title)) {
                Some(district) => decided(Some(district), "post_town"),
                None => decided(None, "split"),
            };
        }
        match code.districts.first().and_then(|title| self.district(title)) {
            Some(district) => decided(Some(district), "outcode"),
            None => decided(None, "outside"),
        }
    }

    fn district(&self, title: &str) -> Option<&District> {
        self.districts.iter().find(|district| district.title == title)
    }

    /// Whether any outward code of ours begins with the same letters.
    fn has_postcode_area(&self, outward: &str) -> bool {
        let letters = |code: &str| code.chars().take_while(char::is_ascii_alphabetic).collect::<String>();
        self.outcodes.iter().any(|known| letters(&known.outcode) == letters(outward))
    }

    /// The district whose town stands last in a line or between commas: towns are also the names of streets.
    fn district_of_town(&self, address: &str) -> Option<&District> {
        address.split(['\n', ',', ';']).rev().find_map(|part| {
            let words = words_of(part);
            let towns =
                self.districts.iter().flat_map(|district| district.towns.iter().map(move |town| (district, words_of(town))));
            towns
                .filter(|(_, town)| !town.is_empty() && words.ends_with(town))
                .max_by_key(|(_, town)| town.len())
                .map(|found| found.0)
        })
    }
}

fn decided(district: Option<&District>, by: &str) -> Routing {
    Routing {
        district: district.map(|district| district.title.clone()),
        area: district.map(|district| district.area.clone()),
        decided_by: by.to_owned(),
    }
}

/// Lower-case words without what may follow a post town: county, country, postcode.
fn words_of(part: &str) -> Vec<String> {
    let mut words: Vec<String> =
        part.split(|c: char| !c.is_alphanumeric() && c != '\'').filter(|word| !word.is_empty()).map(str::to_lowercase).collect();
    while words
        .last()
        .is_some_and(|word| ["cumbria", "england", "uk"].contains(&word.as_str()) || word.contains(|c: char| c.is_ascii_digit()))
    {
        words.pop();
    }
    words
}

/// `CA28` of `ca28 7xx` or of `CA28` alone; `None` when it has not the form of a postcode.
fn outward_code(postcode: &str) -> Option<String> {
    let mut parts = postcode.split_whitespace();
    let joined: String = postcode.chars().filter(|c| !c.is_whitespace()).collect::<String>().to_ascii_uppercase();
    let first = parts.next()?.to_ascii_uppercase();
    let full = joined.is_ascii()
        && joined.len() >= 5
        && joined[joined.len() - 3..]
            .chars()
            .enumerate()
            .all(|(at, c)| if at == 0 { c.is_ascii_digit() } else { c.is_ascii_alphabetic() });
    let outward = if full { joined[..joined.len() - 3].to_owned() } else { first };
    is_outward_code(&outward).then_some(outward)
}

/// One or two letters, a digit, and perhaps one more digit or letter.
fn is_outward_code(text: &str) -> bool {
    let letters = text.chars().take_while(char::is_ascii_uppercase).count();
    let rest = &text.as_bytes()[letters..];
    (1..=2).contains(&letters)
        && (1..=2).contains(&rest.len())
        && rest[0].is_ascii_digit()
        && rest[rest.len() - 1].is_ascii_alphanumeric()
}

/// Letters the program sends by itself: to who wrote a mail, and in place of many reminders.
const OWN_LETTERS: [&str; 2] = ["receipt", "digest"];

impl Programme {
    /// Every letter that may be sent: of the life of a case, of the desk, and of the program itself. Each needs a template.
    #[must_use]
    pub fn letters_sent(&self) -> Vec<LetterName> {
        let own = OWN_LETTERS.map(|name| LetterName::new(name).expect("a fixed name is a name"));
        let of_cases = self.lifecycle.letters.iter().map(|letter| &letter.name);
        of_cases.chain(self.desk.letters()).cloned().chain(own).collect()
    }

    /// The pack called `name` that is in force on `day`.
    #[must_use]
    pub fn pack_for(&self, name: &PackName, day: Date) -> Option<&RulePack> {
        let mut name = name;
        // A chain longer than all packs is a circle.
        for _ in 0..=self.packs.len() {
            let mut called = self.packs.iter().filter(|pack| pack.name == *name);
            let in_force = |pack: &&RulePack| pack.from <= day && pack.until.is_none_or(|until| day <= until);
            if let Some(pack) = called.clone().find(in_force) {
                return Some(pack);
            }
            let ended = |pack: &RulePack| pack.until.is_some_and(|until| until < day);
            name = called.find(|pack| ended(pack))?.superseded_by.as_ref()?;
        }
        None
    }

    /// The theme with this key.
    #[must_use]
    pub fn theme(&self, key: &ThemeKey) -> Option<&Theme> {
        self.themes.iter().find(|theme| theme.key == *key)
    }

    /// The area's title, or its bare name when the programme does not know it any more.
    #[must_use]
    pub fn area_title<'a>(&'a self, name: &'a AreaName) -> &'a str {
        let area: Option<&Area> = self.geography.areas.iter().find(|area| area.name == *name);
        area.map_or(name.as_str(), |area| area.title.as_str())
    }

    /// Plain words for something missing: `members[2].date_of_birth` → `a date of birth`. Never whose. Where the folder has none for
    /// `documents.damaged`, those for `documents`.
    #[must_use]
    pub fn missing_words(&self, missing: &str) -> &str {
        let mut kind = String::with_capacity(missing.len());
        let mut depth = 0;
        for c in missing.chars() {
            match c {
                '[' => depth += 1,
                ']' => depth -= 1,
                _ if depth == 0 => kind.push(c),
                _ => {}
            }
        }
        let whole = self.words.missing.get(&kind);
        let found = whole.or_else(|| self.words.missing.get(kind.split_once('.')?.0));
        found.map_or("something else", String::as_str)
    }
}
