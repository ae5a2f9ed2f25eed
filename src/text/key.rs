//! The interface's texts: one key each, by its name in the catalogues (en.json and its like).
//!
//! `{n}` and the like are filled in; `|` parts a language's plural forms, in CLDR's order (zero, one, two, few, many, other).

macro_rules! keys {
    ($($key:ident,)*) => {
        /// One text of the interface.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[allow(missing_docs, reason = "en.json says it")]
        pub enum Key {
            $($key,)*
        }

        impl Key {
            /// Every key's name in the catalogues.
            pub const ALL: &[&str] = &[$(stringify!($key),)*];

            /// Its name in the catalogues.
            pub fn name(self) -> &'static str {
                Self::ALL[self as usize]
            }
        }
    };
}

keys! {
    Heading,
    Contract,
    Invoice,
    Document,
    Attachment,
    OtherType,
    OrderGroup,
    NoOrderGroup,
    Documents,
    Search,
    SearchHint,
    Sort,
    SortNewest,
    SortOldest,
    SortName,
    SortNameBack,
    SortLargest,
    SortSmallest,
    Types,
    Generated,
    Uploaded,
    Preview,
    Download,
    PreviewOf,
    DownloadOf,
    Unnamed,
    SizeUnknown,
    DateUnknown,
    Loading,
    LoadedOf,
    LoadedSoFar,
    EmptyTitle,
    EmptyText,
    IdleTitle,
    IdleText,
    NothingTitle,
    NothingText,
    ShowAll,
    NotFoundTitle,
    NotFoundText,
    SignedOutTitle,
    SignedOutText,
    ForbiddenTitle,
    ForbiddenText,
    LimitedTitle,
    LimitedText,
    OfflineTitle,
    OfflineText,
    FailedTitle,
    FailedText,
    Retry,
    PartlyOf,
    Partly,
    Dropped,
    Close,
    Previous,
    Next,
    Position,
    FileLoading,
    CannotShowTitle,
    CannotShowText,
    TooLargeText,
    DamagedText,
    NoPdfText,
    OpenInTab,
    FileGoneText,
    UnsafeText,
    FileFailedTitle,
    Cut,
    DownloadStarted,
    DownloadFailed,
}
