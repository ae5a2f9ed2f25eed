//! What can go wrong with a request, as far as the customer can do something about it.

/// Why a request did not give what it was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    /// 401: there is no session, or it has expired.
    SignedOut,
    /// 403.
    Forbidden,
    /// 404: it does not exist, or it is another's; nobody can tell which.
    NotFound,
    /// 429: the seconds after which to ask again, at least 1.
    RateLimited(u32),
    /// The browser says that it has no network.
    Offline,
    /// The server answered with an error, or not in time, or not at all. The status where there is one.
    Unavailable(Option<u16>),
    /// The answer cannot be read.
    Unreadable,
    /// The signed URL points to where no file may come from.
    UnsafeUrl,
    /// The file is larger than what is previewed.
    TooLarge,
    /// The file's bytes are not what its type says.
    Damaged,
}

impl Problem {
    /// The problem that an HTTP status other than success stands for, with the seconds of its `Retry-After`.
    pub fn from_status(status: u16, retry_after: Option<u32>) -> Self {
        match (status, retry_after) {
            (401, _) => Self::SignedOut,
            (403, _) => Self::Forbidden,
            (404 | 410, _) => Self::NotFound,
            (429, seconds) => Self::RateLimited(seconds.unwrap_or(10).clamp(1, 3600)),
            (503, Some(seconds @ 1..=3600)) => Self::RateLimited(seconds),
            _ => Self::Unavailable(Some(status)),
        }
    }

    /// The word in an `order-documents-error` event.
    pub fn code(&self) -> &'static str {
        match self {
            Self::SignedOut => "signed-out",
            Self::Forbidden => "forbidden",
            Self::NotFound => "not-found",
            Self::RateLimited(_) => "rate-limited",
            Self::Offline => "offline",
            Self::Unavailable(_) => "unavailable",
            Self::Unreadable => "unreadable",
            Self::UnsafeUrl => "unsafe-url",
            Self::TooLarge => "too-large",
            Self::Damaged => "damaged",
        }
    }

    /// The HTTP status behind it, or 0.
    pub fn status(&self) -> u16 {
        match self {
            Self::SignedOut => 401,
            Self::Forbidden => 403,
            Self::NotFound => 404,
            Self::RateLimited(_) => 429,
            Self::Unavailable(status) => status.unwrap_or(0),
            Self::Offline | Self::Unreadable | Self::UnsafeUrl | Self::TooLarge | Self::Damaged => 0,
        }
    }

    /// Whether the same request may succeed later.
    pub fn is_retryable(&self) -> bool {
        matches!(self, Self::RateLimited(_) | Self::Offline | Self::Unavailable(_) | Self::Unreadable)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn should_always_have_a_countdown_to_show_when_rate_limited() {
        assert_eq!(Problem::from_status(429, None), Problem::RateLimited(10));
        assert_eq!(Problem::from_status(429, Some(0)), Problem::RateLimited(1));
        assert_eq!(Problem::from_status(429, Some(u32::MAX)), Problem::RateLimited(3600));
    }

    #[test]
    fn should_keep_its_status() {
        for status in [401, 403, 404, 429, 500, 502, 503, 504] {
            assert_eq!(Problem::from_status(status, None).status(), status);
        }
    }
}
