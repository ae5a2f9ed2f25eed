//! Moments, as ISO 8601, epoch seconds or epoch milliseconds.

use crate::loose::Loose;
use std::fmt;

/// A moment in milliseconds since 1970-01-01T00:00:00Z, from 1 ms up to the end of the year 9999.
///
/// Zero and below are refused: they stand for "none" wherever they were seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Timestamp(i64);

/// 9999-12-31T23:59:59.999Z.
const MAX_MILLIS: i64 = 253_402_300_799_999;

/// From here on a bare number is milliseconds. In seconds it would be the year 5138; in milliseconds it is March 1973.
const FIRST_MILLIS: f64 = 1e11;

impl Timestamp {
    /// The moment, where it is within bounds.
    pub fn from_millis(millis: i64) -> Option<Self> {
        (1..=MAX_MILLIS).contains(&millis).then_some(Self(millis))
    }

    /// Milliseconds since the epoch.
    pub fn millis(self) -> i64 {
        self.0
    }

    /// Reads a number of epoch seconds or milliseconds, told apart by size.
    pub fn from_number(number: f64) -> Option<Self> {
        let millis = if number.abs() < FIRST_MILLIS { number * 1000.0 } else { number };
        Self::from_millis(millis as i64)
    }

    /// Reads ISO 8601 (a date alone is its midnight; without an offset it is UTC) or digits.
    pub fn from_text(text: &str) -> Option<Self> {
        let text = text.trim();
        Self::from_millis(iso_8601(text.as_bytes()).or_else(|| epoch(text.as_bytes()))?)
    }

    /// ISO 8601, digit by digit: by the formatting machinery, two moments of each record were half the time of writing a list.
    pub(crate) fn iso_8601(self, text: &mut [u8; 24]) -> &str {
        *text = *b"0000-00-00T00:00:00.000Z";
        let (year, month, day) = civil_from_days(self.0.div_euclid(86_400_000));
        let millis = self.0.rem_euclid(86_400_000);
        let (hour, minute, second) = (millis / 3_600_000, millis / 60_000 % 60, millis / 1000 % 60);
        for (digits, mut number) in [
            (0..4, year),
            (5..7, month),
            (8..10, day),
            (11..13, hour),
            (14..16, minute),
            (17..19, second),
            (20..23, millis % 1000),
        ] {
            for digit in text[digits].iter_mut().rev() {
                *digit += (number % 10) as u8;
                number /= 10;
            }
        }
        str::from_utf8(text).unwrap_or_default()
    }

    pub(crate) fn from_loose(value: &Loose) -> Option<Self> {
        match value {
            Loose::Number(number) => Self::from_number(*number),
            Loose::Text(text) => Self::from_text(text),
            Loose::Null | Loose::Bool(_) | Loose::Nested => None,
        }
    }
}

/// Digits, and a fraction, of epoch seconds or milliseconds. Milliseconds since the epoch.
///
/// Without the standard library's reader of floating-point numbers, which would weigh more than all else here.
fn epoch(text: &[u8]) -> Option<i64> {
    let whole = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let mut rest = Digits(text);
    let number = (1..=16).contains(&whole).then(|| rest.take(whole))??;
    let fraction = if rest.after(b".").is_some() { rest.millis()? } else { 0 };
    let is_seconds = (number as f64) < FIRST_MILLIS;
    rest.0.is_empty().then_some(if is_seconds { number * 1000 + fraction } else { number })
}

/// `YYYY-MM-DD`, then optionally `T` or a space, `HH:MM`, `:SS`, a fraction, and `Z` or an offset. Milliseconds since the epoch.
fn iso_8601(text: &[u8]) -> Option<i64> {
    let mut rest = Digits(text);
    let (year, month, day) = (rest.take(4)?, rest.after(b"-")?.take(2)?, rest.after(b"-")?.take(2)?);
    let valid = (1..=12).contains(&month) && (1..=days_in_month(year, month)).contains(&day);
    let days = valid.then(|| days_from_civil(year, month, day))?;
    if rest.0.is_empty() {
        return Some(days * 86_400_000);
    }
    let (hour, minute) = (rest.after(b"Tt ")?.take(2)?, rest.after(b":")?.take(2)?);
    let second = if rest.after(b":").is_some() { rest.take(2)? } else { 0 };
    let fraction = if rest.after(b".,").is_some() { rest.millis()? } else { 0 };
    // A leap second (60) is the next minute's first, as everywhere that counts POSIX time.
    let in_range = hour < 24 && minute < 60 && second <= 60;
    let offset = in_range.then(|| rest.offset_minutes())??;
    Some(((days * 24 + hour) * 60 + minute - offset) * 60_000 + second * 1000 + fraction)
}

/// What is left to read.
struct Digits<'a>(&'a [u8]);

impl Digits<'_> {
    fn take(&mut self, count: usize) -> Option<i64> {
        let (digits, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        digits.iter().try_fold(0, |sum, byte| byte.is_ascii_digit().then(|| sum * 10 + i64::from(byte - b'0')))
    }

    fn after(&mut self, one_of: &[u8]) -> Option<&mut Self> {
        let (first, rest) = self.0.split_first()?;
        one_of.contains(first).then(|| {
            self.0 = rest;
            self
        })
    }

    /// One to nine digits of a second's fraction.
    fn millis(&mut self) -> Option<i64> {
        let count = self.0.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let digits = (1..=9).contains(&count).then(|| self.take(count))??;
        Some(if count <= 3 { digits * 10_i64.pow(3 - count as u32) } else { digits / 10_i64.pow(count as u32 - 3) })
    }

    /// `Z`, `+HH:MM`, `+HHMM`, `+HH` or nothing, to the end of the text.
    fn offset_minutes(&mut self) -> Option<i64> {
        let offset = match self.0.split_first() {
            None => 0,
            Some((b'Z' | b'z', rest)) => {
                self.0 = rest;
                0
            }
            Some((sign @ (b'+' | b'-'), rest)) => {
                self.0 = rest;
                let hours = self.take(2)?;
                let _ = self.after(b":");
                let minutes = if self.0.is_empty() { 0 } else { self.take(2)? };
                let offset = (hours < 24 && minutes < 60).then_some(hours * 60 + minutes)?;
                if *sign == b'-' { -offset } else { offset }
            }
            Some(_) => return None,
        };
        self.0.is_empty().then_some(offset)
    }
}

fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days since 1970-01-01 in the proleptic Gregorian calendar, and back below: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms".
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = (month_from_march + 2) % 12 + 1;
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

/// ISO 8601 in UTC with milliseconds, as JavaScript's `toISOString`.
impl fmt::Display for Timestamp {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.iso_8601(&mut [0; 24]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(text: &str) -> Option<i64> {
        Timestamp::from_text(text).map(Timestamp::millis)
    }

    #[test]
    fn should_tell_seconds_from_milliseconds() {
        assert_eq!(read("1736936400"), Some(1_736_936_400_000));
        assert_eq!(read("1736936400000"), Some(1_736_936_400_000));
        assert_eq!(Timestamp::from_number(1_736_936_400.25).map(Timestamp::millis), Some(1_736_936_400_250));
    }

    #[test]
    fn should_read_every_form_of_iso_8601_in_use() {
        for text in [
            "2025-01-15T11:30:00Z",
            "2025-01-15 11:30:00.000Z",
            "2025-01-15T11:30",
            "2025-01-15T12:30:00+01:00",
            "2025-01-15T06:00:00-0530",
            "2025-01-15T13:30:00,000000000+02",
        ] {
            assert_eq!(read(text), Some(1_736_940_600_000), "{text}");
        }
        assert_eq!(read("2025-01-15"), Some(1_736_899_200_000));
    }

    #[test]
    fn should_refuse_what_is_no_moment() {
        for text in [
            "",
            "yesterday",
            "2025-02-29",
            "2025-13-01",
            "2025-01-15T25:00",
            "0",
            "-5",
            "2025-01-15T11:30:00Zulu",
            "1e400",
            "2025-01-15T",
            "99999999999999999999",
            "0000-00-00T00:00:00Z",
            "1.2.3",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
        for number in [f64::NAN, f64::INFINITY, -1.0, 0.0, 1e300] {
            assert_eq!(Timestamp::from_number(number), None, "{number}");
        }
    }

    proptest! {
        #[test]
        fn should_agree_with_an_independent_calendar(millis in 1..=MAX_MILLIS) {
            let text = Timestamp(millis).to_string();
            let oracle = jiff::Timestamp::from_millisecond(millis).unwrap();
            prop_assert_eq!(&text, &oracle.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string());
            prop_assert_eq!(read(&text), Some(millis));
        }

        #[test]
        fn should_never_panic(text in "[0-9TZ:+. -]{0,40}|\\PC{0,40}") {
            let _ = read(&text);
        }
    }
}
