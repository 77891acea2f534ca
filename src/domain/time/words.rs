//! Dates as people write them. The program speaks English wherever the machine stands.

use jiff::civil::Weekday;

use super::Date;

const MONTHS: [&str; 12] =
    ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];

/// `Thursday 26 November 2026`.
#[must_use]
pub fn long_date(date: Date) -> String {
    let weekday = match date.weekday() {
        Weekday::Monday => "Monday",
        Weekday::Tuesday => "Tuesday",
        Weekday::Wednesday => "Wednesday",
        Weekday::Thursday => "Thursday",
        Weekday::Friday => "Friday",
        Weekday::Saturday => "Saturday",
        Weekday::Sunday => "Sunday",
    };
    format!("{weekday} {} {}", short_date(date), date.year())
}

/// `26 November`.
#[must_use]
pub fn short_date(date: Date) -> String {
    format!("{} {}", date.day(), MONTHS[usize::from(date.month().unsigned_abs()) - 1])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_written_as_people_write_them() {
        assert_eq!(long_date(jiff::civil::date(2026, 11, 26)), "Thursday 26 November 2026");
        assert_eq!(short_date(jiff::civil::date(2024, 2, 29)), "29 February");
    }
}
