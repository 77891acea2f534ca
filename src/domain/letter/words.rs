//! Words for dates and numbers, as the helpers of the templates write them.

use handlebars::{Context, Handlebars, Helper, HelperResult, Output, RenderContext, RenderErrorReason};

use crate::domain::time::Date;

const WEEKDAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
const MONTHS: [&str; 12] =
    ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];
const SMALL_NUMBERS: [&str; 10] = ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];

fn weekday(date: Date) -> &'static str {
    WEEKDAYS[usize::from(date.weekday().to_monday_zero_offset().unsigned_abs())]
}
fn month(date: Date) -> &'static str {
    MONTHS[usize::from(date.month().unsigned_abs()) - 1]
}

/// `Thursday 26 November 2026`.
pub fn long_date(date: Date) -> String {
    format!("{} {} {} {}", weekday(date), date.day(), month(date), date.year())
}
/// `Thu 26 Nov`, for subjects and lists of what is near.
pub fn short_date(date: Date) -> String {
    format!("{} {} {}", &weekday(date)[..3], date.day(), &month(date)[..3])
}
/// `one` to `nine` in words, `no` for 0, digits from 10.
pub fn number_words(number: u64) -> String {
    usize::try_from(number).ok().and_then(|n| SMALL_NUMBERS.get(n)).map_or_else(|| number.to_string(), |word| (*word).to_owned())
}
/// `1 item`, `2 items`.
pub fn plural(number: u64, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

fn bad(helper: &'static str, wants: &str) -> RenderErrorReason {
    RenderErrorReason::Other(format!("`{helper}` wants {wants}"))
}

fn date_of(helper: &Helper<'_>, name: &'static str) -> Result<Date, RenderErrorReason> {
    helper
        .param(0)
        .and_then(|param| param.value().as_str())
        .and_then(|text| text.parse().ok())
        .ok_or_else(|| bad(name, "a date; put it inside `{{#if …}}` when there may be none"))
}

/// A count itself, or how many things a list holds.
fn number_of(helper: &Helper<'_>, name: &'static str) -> Result<u64, RenderErrorReason> {
    let value = helper.param(0).map(handlebars::PathAndJson::value);
    value
        .and_then(|value| value.as_u64().or_else(|| value.as_array().map(|list| list.len() as u64)))
        .ok_or_else(|| bad(name, "a number or a list"))
}

fn text_of<'a>(helper: &'a Helper<'_>, index: usize, name: &'static str) -> Result<&'a str, RenderErrorReason> {
    helper.param(index).and_then(|param| param.value().as_str()).ok_or_else(|| bad(name, "words in quotes"))
}

/// Names of the helpers a template may use, besides `if`, `unless`, `each` and comparisons.
pub const HELPERS: [&str; 7] = ["long_date", "short_date", "plural", "number_words", "count", "late_lines", "position"];

/// Teaches `registry` the words above. None of them writes a value that was not checked: dates, numbers, words of the template.
pub fn register(registry: &mut Handlebars<'_>) {
    teach(registry, "long_date", |h| Ok(long_date(date_of(h, "long_date")?)));
    teach(registry, "short_date", |h| Ok(short_date(date_of(h, "short_date")?)));
    teach(registry, "plural", |h| Ok(plural(number_of(h, "plural")?, text_of(h, 1, "plural")?, text_of(h, 2, "plural")?)));
    teach(registry, "number_words", |h| Ok(number_words(number_of(h, "number_words")?)));
    // `{{count counts "members"}}`: a count nobody made is not zero.
    teach(registry, "count", |h| {
        let key = text_of(h, 1, "count")?;
        let counts = h.param(0).and_then(|param| param.value().as_object()).ok_or_else(|| bad("count", "the counts"))?;
        let number = counts.get(key).and_then(serde_json::Value::as_u64);
        Ok(number.map_or("not counted".to_owned(), |number| number.to_string()))
    });
    teach(registry, "position", |h| Ok((number_of(h, "position")? + 1).to_string()));
    // `{{late_lines lines}}`: how many lines of a digest are late, as a number other helpers and `if` can use.
    registry.register_helper("late_lines", Box::new(LateLines));
}

/// The helper `name` writes what `says` makes of its parameters.
fn teach(registry: &mut Handlebars<'_>, name: &str, says: fn(&Helper<'_>) -> Result<String, RenderErrorReason>) {
    let helper = move |h: &Helper<'_>,
                       _: &Handlebars<'_>,
                       _: &Context,
                       _: &mut RenderContext<'_, '_>,
                       out: &mut dyn Output|
          -> HelperResult { Ok(out.write(&says(h)?)?) };
    registry.register_helper(name, Box::new(helper));
}

struct LateLines;
impl handlebars::HelperDef for LateLines {
    fn call_inner<'reg: 'rc, 'rc>(
        &self,
        h: &Helper<'rc>,
        _: &'reg Handlebars<'reg>,
        _: &'rc Context,
        _: &mut RenderContext<'reg, 'rc>,
    ) -> Result<handlebars::ScopedJson<'rc>, handlebars::RenderError> {
        let lines = h.param(0).and_then(|param| param.value().as_array()).ok_or_else(|| bad("late_lines", "the lines"))?;
        let late = lines.iter().filter(|line| line["late"] == serde_json::Value::Bool(true)).count();
        Ok(handlebars::ScopedJson::Derived(late.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_and_numbers_read_as_people_say_them() {
        let day: Date = "2026-11-26".parse().expect("a date");
        assert_eq!(long_date(day), "Thursday 26 November 2026");
        assert_eq!(short_date(day), "Thu 26 Nov");
        assert_eq!(plural(1, "thing", "things"), "1 thing");
        assert_eq!(plural(0, "thing", "things"), "0 things");
        assert_eq!((number_words(0), number_words(3), number_words(12)), ("no".into(), "three".into(), "12".into()));
    }
}
