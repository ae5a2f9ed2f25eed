//! Numbers, sizes and dates as browsers write them in the languages that we have texts in.
//!
//! The tables are CLDR's, as Chromium has them, for every region that writes otherwise than its language at large: a few lines, where ICU's own data
//! of all languages would be megabytes and still lack the units. A test of the whole portal holds them against a real browser.

mod regions;

use regions::{Region, Style};
use std::fmt::Write;

/// How a region writes.
#[derive(Debug, Clone, Copy)]
pub struct Forms {
    region: &'static Region,
    style: &'static Style,
}

impl Forms {
    /// How this region writes the language; one that is not known writes as the language at large, as does the empty one.
    pub fn of(language: &str, region: &str) -> Self {
        let (style, regions) = regions::of(language);
        let known = regions.iter().find(|known| known.codes.split(' ').any(|code| code == region));
        Self { region: known.unwrap_or(&regions[0]), style }
    }

    /// A whole number, such as `12,345`.
    pub fn number(&self, number: u64) -> String {
        self.grouped(&number.to_string(), "")
    }

    /// A size, such as `1.2 MB`: in powers of 1000, with three significant digits.
    pub fn bytes(&self, bytes: u64) -> String {
        let (mut value, mut unit) = (bytes as f64, 0);
        // 999.5 kB would be rounded to 1,000 kB.
        while value >= 999.5 && unit < 4 {
            value /= 1000.0;
            unit += 1;
        }
        let (whole, fraction) = three_digits(value);
        let number = self.grouped(&whole, &fraction);
        match unit {
            0 => number + (self.style.byte)(bytes),
            unit => format!("{number}{}{}", self.region.gap_before(self.style, unit), self.style.units[unit - 1]),
        }
    }

    /// A date, such as `3 Nov 2026`, of a day counted from 1 and a month counted from 1 to 12.
    pub fn date(&self, year: i64, month: usize, day: u32) -> String {
        let mut date = String::new();
        let mut rest = self.region.date;
        while let Some((before, after)) = rest.split_once('%') {
            date.push_str(before);
            let (token, after) = after.split_at(1);
            // Writing to a String does not fail.
            let _ = match token {
                "d" => write!(date, "{day}"),
                "D" => write!(date, "{day:02}"),
                "M" => write!(date, "{month:02}"),
                "m" => write!(date, "{}", self.region.months.split(' ').nth(month - 1).unwrap_or_default()),
                _ => write!(date, "{year}"),
            };
            rest = after;
        }
        date + rest
    }

    /// Which of the language's plural forms, counted from 0, in CLDR's order.
    pub fn plural(&self, number: u64) -> usize {
        (self.style.plural)(number)
    }

    /// Digits with what stands between them.
    fn grouped(&self, whole: &str, fraction: &str) -> String {
        let Region { group, decimal, .. } = self.region;
        let mut text = String::with_capacity(whole.len() + 8);
        let is_grouped = whole.len() >= self.region.grouped_from;
        for (index, digit) in whole.char_indices() {
            let left = whole.len() - index;
            // Of a lakh and a crore there are two digits each above the thousand.
            let ends_group =
                if self.region.is_indian { left == 3 || (left > 3 && left % 2 == 1) } else { left.is_multiple_of(3) };
            if is_grouped && index > 0 && ends_group {
                text.push(*group);
            }
            text.push(digit);
        }
        if !fraction.is_empty() {
            text.push(*decimal);
            text.push_str(fraction);
        }
        text
    }
}

/// The digits before and after the decimal point, rounded to three that count, the half up.
fn three_digits(value: f64) -> (String, String) {
    // The shortest digits that are this number: what browsers round, too.
    let text = value.to_string();
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let digits: Vec<u32> = whole.chars().chain(fraction.chars()).filter_map(|digit| digit.to_digit(10)).collect();
    let first = digits.iter().position(|digit| *digit != 0).unwrap_or(0);
    let end = (first + 3).min(digits.len());
    let rounded_up = digits.get(end).is_some_and(|digit| *digit >= 5);
    let kept = digits[..end].iter().fold(0_u64, |number, digit| number * 10 + u64::from(*digit)) + u64::from(rounded_up);
    match end.checked_sub(whole.len()) {
        Some(decimals) => {
            let scale = 10_u64.pow(decimals as u32);
            let fraction = if decimals == 0 { String::new() } else { format!("{:0decimals$}", kept % scale) };
            ((kept / scale).to_string(), fraction.trim_end_matches('0').to_owned())
        }
        // More than three digits before the point: the rest of them count no more.
        None => ((kept * 10_u64.pow((whole.len() - end) as u32)).to_string(), String::new()),
    }
}

#[cfg(test)]
mod tests;
