//! Who belongs to the family, and what is frozen on the day the case came to know them.

use crate::domain::case::family::change::{FamilyChange, Person};
use crate::domain::case::family::judge::About;
use crate::domain::ids::MemberKey;
use crate::domain::nomination::{Answer, Member, Nomination, Standing, ThemeShown};
use crate::domain::personal::Personal;
use crate::domain::time::Date;

/// Under this age somebody is a child, on the day of identification and from then on in this case.
const ADULT_YEARS: i16 = 18;

/// The members and themes of a stored nomination. Empty when nothing could be read.
pub(crate) fn identified(stored: &serde_json::Value) -> Vec<FamilyChange> {
    let nomination = stored.get("nomination").and_then(|value| serde_json::from_value::<Nomination>(value.clone()).ok());
    let Some(nomination) = nomination else { return Vec::new() };
    let keys: Vec<MemberKey> = (1..=nomination.members.len()).map(numbered).collect();
    let named = keys
        .iter()
        .zip(&nomination.members)
        .map(|(key, member)| FamilyChange::MemberNamed { member: key.clone(), person: person(member) });
    let shown = keys.iter().zip(&nomination.members).flat_map(|(key, member)| themes(Some(key), &member.themes));
    named.chain(shown).chain(themes(None, &nomination.themes_of_nobody)).collect()
}

fn numbered(number: usize) -> MemberKey {
    MemberKey::new(&format!("m{number}")).expect("a letter and digits are a name")
}

fn person(member: &Member) -> Person {
    fn value<T: Clone>(answer: Option<&Answer<T>>) -> Option<Personal<T>> {
        answer.map(|answer| answer.value.clone())
    }
    Person {
        given_name: value(member.given_name.as_ref()),
        family_name: value(member.family_name.as_ref()),
        relationship: value(member.relationship.as_ref()),
        born_on: value(member.date_of_birth.as_ref()),
        expected_on: value(member.expected_on.as_ref()),
        child: member.is_child,
        household: None,
        counted: true,
    }
}

/// What only might be meant is for a person's look: it stands on the form, so it has to be settled too.
fn themes<'a>(member: Option<&MemberKey>, shown: &'a [ThemeShown]) -> impl Iterator<Item = FamilyChange> + use<'a> {
    let member = member.cloned();
    let settled = shown.iter().filter(|one| one.standing >= Standing::Possible);
    settled.map(move |one| FamilyChange::ThemeShown { member: member.clone(), theme: one.theme.clone() })
}

pub(super) fn joins(about: &About<'_>) -> Result<Vec<FamilyChange>, Vec<String>> {
    let family = &about.case.family;
    let member = numbered(family.members.len() + 1);
    let born_on = about.day("born_on");
    let expected_on = about.day("expected_on").filter(|_| born_on.is_none());
    let household = about.yes("household");
    let mut defects = Vec::new();
    if household == Some(false) && about.yes("counted").is_none() {
        defects.push(
            "somebody outside the household is linked and counts only when a person says so: answer `counted` with yes or no"
                .to_owned(),
        );
    }
    let told = about.yes("child");
    let by_age = born_on.map(|born| is_child(born, about.today())).or(expected_on.map(|_| true));
    if by_age.is_some() && told.is_some() && by_age != told {
        defects.push("`child` says otherwise than the date of birth; leave one of the two out".to_owned());
    }
    if about.words("given_name").is_none() && expected_on.is_none() {
        defects.push("answer `given-name`; only a child not born yet may have none".to_owned());
    }
    if !defects.is_empty() {
        return Err(defects);
    }
    let person = Person {
        given_name: about.words("given_name"),
        family_name: about.words("family_name"),
        relationship: about.words("relationship"),
        born_on: born_on.map(Personal::new),
        expected_on: expected_on.map(Personal::new),
        child: by_age.or(told),
        household,
        counted: about.yes("counted").unwrap_or(true),
    };
    Ok(vec![FamilyChange::MemberNamed { member, person }])
}

pub(super) fn changes(about: &About<'_>) -> Result<FamilyChange, String> {
    let member = about.member()?;
    let known = about.case.family.member(&member).ok_or_else(|| format!("{member} is not known"))?;
    let mut person = known.person.clone();
    let mut changed = false;
    for (slot, name) in [
        (&mut person.given_name, "given_name"),
        (&mut person.family_name, "family_name"),
        (&mut person.relationship, "relationship"),
    ] {
        if let Some(words) = about.words(name) {
            (*slot, changed) = (Some(words), true);
        }
    }
    if let Some(born_on) = about.day("born_on") {
        // Frozen at identification: a birthday known later tells what was so on that day, a birthday that passes changes nothing.
        let unborn = person.expected_on.take().is_some();
        person.child = Some(unborn || is_child(born_on, known.identified_on));
        (person.born_on, changed) = (Some(Personal::new(born_on)), true);
    }
    if let Some(household) = about.yes("household") {
        (person.household, changed) = (Some(household), true);
        person.counted = person.counted && household;
    }
    if let Some(counted) = about.yes("counted") {
        (person.counted, changed) = (counted, true);
    }
    if person.household == Some(true) && !person.counted {
        return Err("everybody of the household counts; answer `household` with no, or `counted` with yes".to_owned());
    }
    if changed { Ok(FamilyChange::MemberNamed { member, person }) } else { Err("nothing is said that changes".to_owned()) }
}

pub(super) fn leaves(about: &About<'_>) -> Result<FamilyChange, String> {
    let member = about.member()?;
    if about.case.family.member(&member).is_some_and(|known| known.left_on.is_some()) {
        return Err(format!("{member} has left already"));
    }
    let counted = about.yes("counted").ok_or("say with `counted` whether their needs still count for the family")?;
    Ok(FamilyChange::MemberLeft { member, left_on: about.day("left_on").unwrap_or(about.today()), counted })
}

/// Under 18 on `day`.
fn is_child(born_on: Date, day: Date) -> bool {
    jiff::Span::new()
        .try_years(ADULT_YEARS)
        .ok()
        .and_then(|years| born_on.checked_add(years).ok())
        .is_none_or(|adult| adult > day)
}
