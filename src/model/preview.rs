//! How a document can be shown.

use super::Document;

/// How a document is shown in the page, with the media type that its bytes are given where the browser shows them.
///
/// The type is always one of these constants and never the upstream's word: bytes that call themselves HTML cannot become a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Preview {
    /// The browser's own PDF viewer.
    Pdf,
    /// A picture; SVG among them, which runs no script as a picture.
    Image(&'static str),
    /// Plain text.
    Text,
    /// A table.
    Csv,
    /// JSON, indented.
    Json,
    /// Sound.
    Audio(&'static str),
    /// Film.
    Video(&'static str),
    /// It cannot be shown here.
    None,
}

/// What a document can be shown as: by its media type where that says something, else by its name's ending.
///
/// A type that is only a container's word (`application/octet-stream`, a bare `text/plain` for a `.csv`) gives way to the ending.
pub fn preview_of(document: &Document) -> Preview {
    let extension = document.extension();
    let by_type = document.record.content_type.as_deref().map(by_media_type);
    match by_type {
        None => by_extension(&extension),
        Some(Known::Nothing) => by_extension(&extension),
        // What servers call plain text is often only what they do not know.
        Some(Known::Shown(Preview::Text)) => match by_extension(&extension) {
            Preview::None => Preview::Text,
            better => better,
        },
        Some(Known::Shown(preview)) => preview,
    }
}

enum Known {
    Shown(Preview),
    Nothing,
}

fn by_media_type(media_type: &str) -> Known {
    Known::Shown(match media_type {
        "application/octet-stream" | "binary/octet-stream" | "application/binary" => return Known::Nothing,
        "application/pdf" | "application/x-pdf" => Preview::Pdf,
        "image/png" => Preview::Image("image/png"),
        "image/jpeg" | "image/jpg" | "image/pjpeg" => Preview::Image("image/jpeg"),
        "image/webp" => Preview::Image("image/webp"),
        "image/gif" => Preview::Image("image/gif"),
        "image/avif" => Preview::Image("image/avif"),
        "image/bmp" | "image/x-ms-bmp" => Preview::Image("image/bmp"),
        "image/svg+xml" => Preview::Image("image/svg+xml"),
        "text/csv" | "application/csv" | "text/tab-separated-values" => Preview::Csv,
        "application/json" | "text/json" => Preview::Json,
        "text/plain" | "text/markdown" | "text/x-markdown" | "text/x-log" => Preview::Text,
        "audio/mpeg" | "audio/mp3" => Preview::Audio("audio/mpeg"),
        "audio/mp4" | "audio/x-m4a" | "audio/aac" => Preview::Audio("audio/mp4"),
        "audio/wav" | "audio/x-wav" | "audio/wave" => Preview::Audio("audio/wav"),
        "audio/ogg" => Preview::Audio("audio/ogg"),
        "video/mp4" => Preview::Video("video/mp4"),
        "video/webm" => Preview::Video("video/webm"),
        "video/quicktime" => Preview::Video("video/mp4"),
        _ => Preview::None,
    })
}

fn by_extension(extension: &str) -> Preview {
    match extension {
        "pdf" => Preview::Pdf,
        "png" => Preview::Image("image/png"),
        "jpg" | "jpeg" => Preview::Image("image/jpeg"),
        "webp" => Preview::Image("image/webp"),
        "gif" => Preview::Image("image/gif"),
        "avif" => Preview::Image("image/avif"),
        "bmp" => Preview::Image("image/bmp"),
        "svg" => Preview::Image("image/svg+xml"),
        "csv" | "tsv" => Preview::Csv,
        "json" => Preview::Json,
        "txt" | "md" | "log" => Preview::Text,
        "mp3" => Preview::Audio("audio/mpeg"),
        "m4a" | "aac" => Preview::Audio("audio/mp4"),
        "wav" => Preview::Audio("audio/wav"),
        "ogg" | "oga" => Preview::Audio("audio/ogg"),
        "mp4" | "m4v" | "mov" => Preview::Video("video/mp4"),
        "webm" => Preview::Video("video/webm"),
        _ => Preview::None,
    }
}

impl Preview {
    /// The most bytes that are held in memory to be shown.
    pub fn max_bytes(self) -> u64 {
        match self {
            Self::Text | Self::Csv | Self::Json => 2 << 20,
            _ => 64 << 20,
        }
    }

    /// The most of a file that [`Self::admits`] looks at, in bytes.
    pub const LOOKED_AT: u32 = 4096;

    /// Whether bytes can be what they are taken for, by how such a file begins. Text has no such beginning.
    pub fn admits(self, bytes: &[u8]) -> bool {
        match self {
            // The PDF header may stand anywhere in the first 1024 bytes (ISO 32000-1, annex H.3.4.1).
            Self::Pdf => bytes[..bytes.len().min(1024)].windows(5).any(|five| five == b"%PDF-"),
            Self::Image("image/png") => bytes.starts_with(b"\x89PNG"),
            Self::Image("image/jpeg") => bytes.starts_with(b"\xFF\xD8\xFF"),
            Self::Image("image/webp") => bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP"),
            Self::Image("image/gif") => bytes.starts_with(b"GIF8"),
            Self::Text | Self::Csv | Self::Json => is_text(bytes),
            _ => !bytes.is_empty(),
        }
    }
}

/// Text has no NUL, but for UTF-16, which begins with its mark.
fn is_text(bytes: &[u8]) -> bool {
    let is_utf_16 = bytes.starts_with(b"\xFF\xFE") || bytes.starts_with(b"\xFE\xFF");
    is_utf_16 || !bytes[..bytes.len().min(Preview::LOOKED_AT as usize)].contains(&0)
}

#[cfg(test)]
mod tests {
    use super::super::document::tests::document;
    use super::*;
    use serde_json::json;

    fn shown(content_type: Option<&str>, name: &str) -> Preview {
        preview_of(&document(json!({ "fileId": "f", "filename": name, "contentType": content_type })))
    }

    #[test]
    fn should_trust_a_type_that_says_something_and_else_the_ending() {
        assert_eq!(shown(Some("application/pdf"), "scan"), Preview::Pdf);
        assert_eq!(shown(Some("application/pdf; charset=binary"), "x.txt"), Preview::Pdf);
        assert_eq!(shown(None, "x.PDF"), Preview::Pdf);
        assert_eq!(shown(Some("application/octet-stream"), "x.webp"), Preview::Image("image/webp"));
        assert_eq!(shown(Some("text/plain"), "x.csv"), Preview::Csv);
        assert_eq!(shown(Some("text/plain"), "x.pdf"), Preview::Pdf);
        assert_eq!(shown(Some("text/plain"), "x.exe"), Preview::Text);
    }

    #[test]
    fn should_never_show_what_could_run() {
        for (content_type, name) in
            [("text/html", "x.pdf"), ("text/html", "x.txt"), ("application/xhtml+xml", "x"), ("text/xml", "x.json")]
        {
            assert_eq!(shown(Some(content_type), name), Preview::None, "{content_type} {name}");
        }
        assert_eq!(shown(None, "x.html"), Preview::None);
    }

    #[test]
    fn should_see_that_bytes_are_not_what_they_are_called() {
        assert!(Preview::Pdf.admits(b"\n%PDF-1.7 ..."));
        assert!(!Preview::Pdf.admits(b"<?xml version='1.0'?><Error/>"));
        assert!(!Preview::Image("image/webp").admits(b"RIFF"));
        assert!(!Preview::Video("video/mp4").admits(b""));
        assert!(!Preview::Text.admits(b"MZ\x90\0\x03") && Preview::Text.admits(b"") && Preview::Text.admits(b"\xFF\xFEa\0"));
    }
}
