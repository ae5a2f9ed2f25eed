//! `Retry-After`, in all its forms.

use hyper::HeaderMap;
use hyper::header::{DATE, HeaderValue, RETRY_AFTER};
use std::time::{Duration, SystemTime};

/// What a 429 without a usable `Retry-After` means: the allowance is by the minute.
const UNKNOWN: Duration = Duration::from_secs(60);

/// Nobody is told to wait longer, whatever the upstream says.
const MAX: Duration = Duration::from_secs(3600);

/// What an answer's head says. A date is measured by the answer's own `Date`, where it has one: whose clock is wrong makes no difference then.
pub fn of(head: &HeaderMap) -> Duration {
    let date = head.get(DATE).and_then(|value| httpdate::parse_http_date(value.to_str().ok()?).ok());
    read(head.get(RETRY_AFTER), date.unwrap_or_else(SystemTime::now))
}

/// Seconds or an HTTP date; one second at least and an hour at most.
pub fn read(value: Option<&HeaderValue>, now: SystemTime) -> Duration {
    let text = value.and_then(|value| value.to_str().ok()).map(str::trim).unwrap_or_default();
    let wait = match text.parse::<f64>() {
        Ok(seconds) if seconds.is_finite() && seconds >= 0.0 => Duration::from_secs_f64(seconds.min(MAX.as_secs_f64())),
        Ok(_) => UNKNOWN,
        Err(_) => match httpdate::parse_http_date(text) {
            Ok(then) => then.duration_since(now).unwrap_or_default(),
            Err(_) => UNKNOWN,
        },
    };
    wait.clamp(Duration::from_secs(1), MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn should_read_every_form() {
        let now = httpdate::parse_http_date("Sat, 21 Nov 2026 20:00:00 GMT").unwrap();
        for (text, seconds) in [
            ("7", 7),
            (" 7 ", 7),
            ("0", 1),
            ("Sat, 21 Nov 2026 20:00:30 GMT", 30),
            ("Saturday, 21-Nov-26 20:00:30 GMT", 30),
            ("Sat Nov 21 20:00:30 2026", 30),
            ("Sat, 21 Nov 2026 19:00:00 GMT", 1),
            ("99999999999999999999", 3600),
            ("-5", 60),
            ("NaN", 60),
            ("inf", 60),
            ("soon", 60),
            ("", 60),
        ] {
            let value = HeaderValue::from_str(text).unwrap();
            assert_eq!(read(Some(&value), now).as_secs(), seconds, "{text}");
        }
        assert_eq!(read(None, now), UNKNOWN);
    }

    #[test]
    fn should_measure_a_date_by_the_answers_own() {
        let in_answer = |date: Option<&str>, until: &str| {
            let fields = date.map(|date| (DATE, date.parse().unwrap())).into_iter();
            of(&fields.chain([(RETRY_AFTER, until.parse().unwrap())]).collect()).as_secs()
        };
        let at = |since_now: i64| {
            let (now, by) = (SystemTime::now(), Duration::from_secs(since_now.unsigned_abs()));
            httpdate::fmt_http_date(if since_now < 0 { now - by } else { now + by })
        };
        // A clock that is a day behind, and one that is as much ahead.
        for (now, then) in [(at(-86_400), at(30 - 86_400)), (at(86_400), at(86_430))] {
            assert!((29..=31).contains(&in_answer(Some(&now), &then)), "{now}");
            assert_eq!(in_answer(Some(&now), "7"), 7);
        }
        let soon = at(100);
        assert!((90..=100).contains(&in_answer(None, &soon)) && (90..=100).contains(&in_answer(Some("today"), &soon)));
    }
}
