//! The interface's texts: one key each, with its name in the catalogues and its English, which is always there.
//!
//! `{n}` and the like are filled in; `|` parts a language's plural forms, in CLDR's order (zero, one, two, few, many, other).

macro_rules! keys {
    ($($key:ident: $english:literal,)*) => {
        /// One text of the interface.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[allow(missing_docs, reason = "the English text says it")]
        pub enum Key {
            $($key,)*
        }

        impl Key {
            /// Every key, with its name in the catalogues and its English.
            pub const ALL: &[(&str, &str)] = &[$((stringify!($key), $english),)*];
        }
    };
}

keys! {
    Heading: "Documents",
    Contract: "Contracts",
    Invoice: "Invoices",
    Document: "Documents",
    Attachment: "Attachments",
    OtherType: "Other documents",
    OrderGroup: "Order {order}",
    NoOrderGroup: "Without an order",
    Documents: "{n} document|{n} documents",
    Search: "Search documents",
    SearchHint: "Search by name",
    Sort: "Sort by",
    SortNewest: "Newest first",
    SortOldest: "Oldest first",
    SortName: "Name, A to Z",
    SortNameBack: "Name, Z to A",
    SortLargest: "Largest first",
    SortSmallest: "Smallest first",
    Types: "Show",
    Generated: "Generated",
    Uploaded: "Uploaded",
    Preview: "Preview",
    Download: "Download",
    PreviewOf: "{name}: preview",
    DownloadOf: "{name}: download",
    Unnamed: "Unnamed document",
    SizeUnknown: "Size unknown",
    DateUnknown: "Date unknown",
    Loading: "Loading documents…",
    LoadedOf: "{n} of {total} loaded",
    LoadedSoFar: "{n} loaded so far",
    EmptyTitle: "No documents yet",
    EmptyText: "As soon as there are documents, you will find them here.",
    IdleTitle: "No order chosen",
    IdleText: "Choose an order to see its documents.",
    NothingTitle: "Nothing found",
    NothingText: "No document matches your search and the types shown.",
    ShowAll: "Show all documents",
    NotFoundTitle: "Order not found",
    NotFoundText: "Please check the link, or choose the order from your list of orders.",
    SignedOutTitle: "Please sign in again",
    SignedOutText: "Your session has ended. Sign in again to see your documents.",
    ForbiddenTitle: "No access",
    ForbiddenText: "You are not allowed to see these documents. If you think you should be, please contact us.",
    LimitedTitle: "A short pause",
    LimitedText: "Many people are asking at the moment. We go on in {n} second.|Many people are asking at the moment. We go on in {n} seconds.",
    OfflineTitle: "You are offline",
    OfflineText: "We go on as soon as you are connected again.",
    FailedTitle: "The documents cannot be loaded right now",
    FailedText: "This is not your fault. Please try again in a moment.",
    Retry: "Try again",
    PartlyOf: "{n} of {total} documents are here; the others could not be loaded.",
    Partly: "{n} document is here; others could not be loaded.|{n} documents are here; others could not be loaded.",
    Dropped: "{n} entry could not be read and is not shown.|{n} entries could not be read and are not shown.",
    Close: "Close",
    Previous: "Previous document",
    Next: "Next document",
    Position: "{n} of {total}",
    FileLoading: "Loading {name}…",
    CannotShowTitle: "This file cannot be shown here",
    CannotShowText: "Download it to open it on your device.",
    TooLargeText: "It is too large to be shown. Download it to open it on your device.",
    DamagedText: "It is not what its type says; it may be damaged. You can still download it.",
    NoPdfText: "This browser shows no PDF inside a page.",
    OpenInTab: "Open in a new tab",
    FileGoneText: "It is no longer there.",
    UnsafeText: "For your safety it was not opened: its link leads to a place that is not allowed.",
    FileFailedTitle: "This file cannot be loaded right now",
    Cut: "Only the beginning is shown. Download the file to see all of it.",
    DownloadStarted: "{name}: download started",
    DownloadFailed: "{name}: the download did not start. Please try again.",
}
