//! What `check` found, for people and for programs.

use serde::Serialize;
use std::fmt;

/// How one thing is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// As it should be.
    Ok,
    /// It works; somebody should know.
    Note,
    /// It does not work, or the proxy would not start.
    Wrong,
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Item {
    /// A configuration name, or `upstream` or `session keys`.
    pub about: String,
    /// How it is.
    pub verdict: Verdict,
    /// What was found: no value that may be a secret, no text of anybody else.
    pub says: String,
    /// What to do, where something is to be done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub advice: Option<String>,
    /// How long a call took, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub millis: Option<u64>,
}

impl Item {
    fn new(verdict: Verdict, about: impl Into<String>, says: impl Into<String>) -> Self {
        Self { about: about.into(), verdict, says: says.into(), advice: None, millis: None }
    }

    /// Something is as it should be.
    pub fn ok(about: impl Into<String>, says: impl Into<String>) -> Self {
        Self::new(Verdict::Ok, about, says)
    }

    /// Something should be known.
    pub fn note(about: impl Into<String>, says: impl Into<String>) -> Self {
        Self::new(Verdict::Note, about, says)
    }

    /// Something is wrong.
    pub fn wrong(about: impl Into<String>, says: impl Into<String>) -> Self {
        Self::new(Verdict::Wrong, about, says)
    }

    /// With what to do.
    pub fn advise(self, advice: &str) -> Self {
        Self { advice: Some(advice.to_owned()).filter(|advice| !advice.is_empty()), ..self }
    }

    /// With how long it took.
    pub fn took(self, time: std::time::Duration) -> Self {
        Self { millis: Some(u64::try_from(time.as_millis()).unwrap_or(u64::MAX)), ..self }
    }
}

/// Everything that was looked at, in order.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Report {
    /// Whether nothing is wrong.
    pub ok: bool,
    /// What was looked at.
    pub items: Vec<Item>,
}

impl From<Vec<Item>> for Report {
    fn from(items: Vec<Item>) -> Self {
        Self { ok: items.iter().all(|item| item.verdict != Verdict::Wrong), items }
    }
}

/// A line for each thing, and one at the end for all of it.
impl fmt::Display for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.items.iter().map(|item| item.about.len()).max().unwrap_or_default();
        for item in &self.items {
            let verdict = match item.verdict {
                Verdict::Ok => "ok   ",
                Verdict::Note => "note ",
                Verdict::Wrong => "WRONG",
            };
            write!(formatter, "{verdict}  {:width$}  {}", item.about, item.says)?;
            match item.millis {
                Some(millis) => writeln!(formatter, " ({millis} ms)")?,
                None => writeln!(formatter)?,
            }
            if let Some(advice) = &item.advice {
                writeln!(formatter, "       {:width$}  -> {advice}", "")?;
            }
        }
        let count = |verdict| self.items.iter().filter(|item| item.verdict == verdict).count();
        match (count(Verdict::Wrong), count(Verdict::Note)) {
            (0, 0) => writeln!(formatter, "\nAll is well."),
            (0, notes) => writeln!(formatter, "\nAll is well; {notes} to note."),
            (wrong, _) => writeln!(formatter, "\n{wrong} to mend."),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn should_say_what_is_wrong_and_what_to_do() {
        let items = vec![
            Item::ok("A", "is there"),
            Item::note("LONG", "is odd"),
            Item::wrong("B", "is not").advise("put it there").took(Duration::from_millis(7)),
        ];
        let report = Report::from(items);
        let expected = "ok     A     is there\nnote   LONG  is odd\nWRONG  B     is not (7 ms)\n             -> put it there\n\n1 to mend.\n";
        assert_eq!((report.ok, report.to_string().as_str()), (false, expected));
        assert!(Report::from(vec![Item::note("A", "x")]).ok);
        let json = serde_json::to_value(&report).unwrap();
        assert_eq!(
            json["items"][2],
            serde_json::json!({"about": "B", "verdict": "wrong", "says": "is not", "advice": "put it there", "millis": 7})
        );
        assert_eq!(json["items"][0], serde_json::json!({"about": "A", "verdict": "ok", "says": "is there"}));
    }
}
