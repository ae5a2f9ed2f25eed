//! Previewing and downloading.

use super::Controller;
use crate::browser;
use crate::client::{Bytes, Cancel, Download, unreachable};
use crate::host::Event;
use crate::later::{self, Here, doors};
use crate::model::{Arrangement, Document, Listing, Preview, Problem, Table, indent_json, parse_csv, preview_of};
use crate::text::Key;
use flexportal::{Action, FileId};
use leptos::leptos_dom::helpers::set_timeout;
use leptos::prelude::untrack;
use leptos::task::spawn_local;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use web_sys::{AbortSignal, Blob, BlobPropertyBag, Url};

/// The most of a text that is shown, in bytes; a longer one makes a page slow and nobody reads it there.
const MAX_TEXT: usize = 512 << 10;

/// The most of a table that is shown.
const MAX_ROWS: usize = 1000;
const MAX_COLUMNS: usize = 50;

/// What a preview shows.
#[derive(Debug, Clone, PartialEq)]
pub enum Stage {
    /// The file is on its way.
    Loading,
    /// The file.
    Shown(Content),
    /// A kind of file that is not shown here.
    CannotShow,
    /// A PDF, in a browser that shows none inside a page.
    NoPdfViewer,
    /// It could not be had.
    Failed(Problem),
}

impl Stage {
    /// Whether an element may hold the file, or wait for it.
    pub fn is_held(&self) -> bool {
        matches!(self, Self::Loading | Self::Shown(Content::Held(_)))
    }
}

/// A file that is shown.
#[derive(Debug, Clone, PartialEq)]
pub enum Content {
    /// A PDF or a picture, in the element that was made for it while it was on its way.
    Held(Arc<ObjectUrl>),
    /// A text, and whether it was cut.
    Text(String, bool),
    /// A table.
    Table(Arc<Table>),
    /// Sound.
    Audio(Arc<ObjectUrl>),
    /// Film.
    Video(Arc<ObjectUrl>),
}

/// Where the browser finds a file's bytes: an object URL, which ends when this is dropped, or a same-origin link.
#[derive(Debug, PartialEq)]
pub struct ObjectUrl {
    url: String,
    revoke: bool,
}

impl ObjectUrl {
    fn new(bytes: &Bytes, media_type: &str) -> Option<Self> {
        let options = BlobPropertyBag::new();
        options.set_type(media_type);
        let parts = js_sys::Array::of1(bytes);
        let blob = Blob::new_with_u8_array_sequence_and_options(&parts, &options).ok()?;
        Some(Self { url: Url::create_object_url_with_blob(&blob).ok()?, revoke: true })
    }

    /// The address.
    pub fn as_str(&self) -> &str {
        &self.url
    }
}

impl Drop for ObjectUrl {
    fn drop(&mut self) {
        if self.revoke {
            let _ = Url::revoke_object_url(&self.url);
        }
    }
}

impl Controller {
    /// Opens a document's preview, unless the host prevents it.
    pub fn open(self, document: &Document) {
        if !self.emit(&Event::Preview(document)) || !self.trouble.try_set(None) {
            return;
        }
        let (opened, document) = (Some(document.record.file_id.clone()), document.clone());
        // The file is asked for before anything is shown: the dialog is built while the answer is on its way.
        let now = later::now();
        if let Some(here) = now {
            self.enter(here, document.clone());
        }
        self.opened.set(opened.clone());
        if now.is_none() {
            spawn_local(async move {
                let here = later::here().await;
                // Another document may have been opened meanwhile, or none.
                if self.opened.try_get_untracked().flatten() != opened {
                    return;
                }
                match here {
                    Some(here) => self.enter(here, document),
                    None => {
                        self.opened.set(None);
                        self.cannot_enter();
                    }
                }
            });
        }
    }

    fn enter(self, here: Here, document: Document) {
        doors::show(here, self, document);
        // Only once: the dialog is made anew whenever it is told.
        if self.here.get_untracked().is_none() {
            self.here.set(Some(here));
        }
    }

    /// Says that the second module cannot be had. Whoever tries again asks for it again.
    fn cannot_enter(self) {
        let problem = unreachable();
        self.trouble.set(Some(untrack(|| {
            let (title, sentence) = self.explain(&problem);
            [title, sentence].join(" ")
        })));
        self.report(&problem);
    }

    /// Goes on with what failed for want of a network.
    pub fn back_online(self) {
        if self.stage.with_untracked(|stage| *stage == Stage::Failed(Problem::Offline)) {
            self.reopen();
        }
    }

    /// Tries the opened document again.
    pub fn reopen(self) {
        if let Some(document) = self.opened.get_untracked().and_then(|id| self.document(id.as_str())) {
            self.show(document);
        }
    }

    /// Closes the preview; the file's bytes are let go.
    pub fn close(self) {
        self.file_cancel.set_value(Cancel::new());
        self.opened.set(None);
        self.stage.set(Stage::Loading);
    }

    /// The opened document's place among those shown, counted from 0, and their number.
    pub fn position(self) -> Option<(usize, usize)> {
        let id = self.opened.get()?;
        let rows: Vec<u32> = self.arrangement.with(|arrangement| Arrangement::rows(arrangement).collect());
        let is_it = |row: &u32| self.listing.with(|listing| listing.documents().id(*row as usize) == id.as_str());
        rows.iter().position(is_it).map(|at| (at, rows.len()))
    }

    /// Opens the next document of those shown, or with `-1` the previous; at an end it stays.
    pub fn step(self, by: isize) {
        let Some((at, _)) = untrack(|| self.position()) else { return };
        let row = at.checked_add_signed(by).and_then(|at| self.arrangement.with_untracked(|all| Arrangement::rows(all).nth(at)));
        let document = |row: u32| self.listing.with_untracked(|listing| Listing::documents(listing).get(row as usize));
        if let Some(document) = row.and_then(document) {
            self.open(&document);
        }
    }

    /// Shows a document in the dialog.
    pub fn show(self, document: Document) {
        let cancel = Cancel::new();
        let signal = cancel.signal();
        self.file_cancel.set_value(cancel);
        let preview = preview_of(&document);
        let media = matches!(preview, Preview::Audio(_) | Preview::Video(_));
        self.stage.set(match (&document.record.links, preview) {
            (_, Preview::None) => Stage::CannotShow,
            (_, Preview::Pdf) if !browser::pdf_viewer_enabled() => Stage::NoPdfViewer,
            // The link redirects to a fresh signed URL, so that the browser can ask for the parts that it plays.
            (Some(links), _) if media => {
                let url = Arc::new(ObjectUrl { url: links.view.clone(), revoke: false });
                Stage::Shown(if matches!(preview, Preview::Audio(_)) { Content::Audio(url) } else { Content::Video(url) })
            }
            _ => {
                spawn_local(async move {
                    let Some(client) = self.client() else { return };
                    let bytes = client.bytes(&document.record, preview.max_bytes(), &signal).await;
                    // Another document was opened, or none.
                    if !signal.aborted() {
                        let stage = bytes.and_then(|bytes| content(preview, &bytes)).map_or_else(Stage::Failed, Stage::Shown);
                        if let Stage::Failed(problem) = &stage {
                            self.report(problem);
                        }
                        if let Stage::Failed(Problem::RateLimited(seconds)) = stage {
                            self.wait(document.record.file_id.clone(), seconds);
                        }
                        self.stage.set(stage);
                    }
                });
                Stage::Loading
            }
        });
    }

    /// Counts a 429's seconds down while the document is still the one that is opened, and tries it again at zero.
    fn wait(self, id: FileId, seconds: u32) {
        let tick = move || {
            let is_waiting = self.stage.try_with_untracked(|stage| matches!(stage, Stage::Failed(Problem::RateLimited(_))));
            if is_waiting != Some(true) || self.opened.try_get_untracked().flatten().as_ref() != Some(&id) {
                return;
            }
            match seconds - 1 {
                0 => self.reopen(),
                left => {
                    self.stage.set(Stage::Failed(Problem::RateLimited(left)));
                    self.wait(id.clone(), left);
                }
            }
        };
        set_timeout(tick, Duration::from_secs(1));
    }

    /// A picture, a sound or a film could not be shown: asks why, by asking for it in the other way.
    pub async fn media_failed(self) {
        let Some(document) = self.opened.try_get_untracked().flatten().and_then(|id| self.document(id.as_str())) else { return };
        let Some(cancel) = self.file_cancel.try_with_value(Cancel::signal) else { return };
        let Some(client) = self.client() else { return };
        let problem = client.sign(&document.record, Action::View, &cancel).await.err().unwrap_or(Problem::Unavailable(None));
        // Another document was opened, or none.
        if !cancel.aborted() {
            self.report(&problem);
            self.stage.set(Stage::Failed(problem));
        }
    }

    /// Downloads, unless the host prevents it: at once where all is here and our proxy gave a link, else as the returned future
    /// goes on.
    pub fn download(self, document: Document) -> Pin<Box<dyn Future<Output = ()>>> {
        // What the host does in answer may take the component away.
        let may = self.emit(&Event::Download(&document)) && self.trouble.try_set(None);
        if !may {
            return Box::pin(async {});
        }
        if let Some(here) = later::now() {
            return doors::download(here, self, document);
        }
        Box::pin(async move {
            match later::here().await {
                Some(here) => doors::download(here, self, document).await,
                None => self.cannot_enter(),
            }
        })
    }

    /// Downloads: at once through our proxy's link where there is one, else when the returned future has signed.
    pub fn saved(self, document: Document) -> impl Future<Output = ()> {
        let cancel = self.downloads_cancel.try_with_value(Cancel::signal);
        let link = document.record.links.as_ref().map(|links| links.download.clone());
        if let (Some(cancel), Some(link)) = (&cancel, &link) {
            self.downloads(&document, Download::from_link(link, self.when_failed(&document, cancel)));
        }
        async move {
            let (Some(cancel), None, Some(client)) = (cancel, link, self.client()) else { return };
            match client.sign(&document.record, Action::Download, &cancel).await {
                _ if cancel.aborted() => {}
                Ok(url) => self.downloads(&document, Download::from_signed(url, self.when_failed(&document, &cancel))),
                Err(problem) => self.download_failed(&document, &problem, &cancel),
            }
        }
    }

    fn downloads(self, document: &Document, download: Option<Download>) {
        // The one before ends: it has long begun to be saved, or failed.
        self.downloading.set_value(download);
        self.said.set(untrack(|| self.about(Key::DownloadStarted, document)));
    }

    /// What to do when a page came instead of an attachment: the URL may have expired, so it is asked for anew, once.
    fn when_failed(self, document: &Document, cancel: &AbortSignal) -> impl FnMut() + use<> {
        let (document, cancel) = (document.clone(), cancel.clone());
        move || {
            let (document, cancel) = (document.clone(), cancel.clone());
            spawn_local(async move {
                let Some(client) = self.client() else { return };
                match client.sign(&document.record, Action::Download, &cancel).await {
                    _ if cancel.aborted() => {}
                    Ok(url) => {
                        let failed = {
                            let (document, cancel) = (document.clone(), cancel.clone());
                            move || self.download_failed(&document, &Problem::Unavailable(None), &cancel)
                        };
                        self.downloads(&document, Download::from_signed(url, failed));
                    }
                    Err(problem) => self.download_failed(&document, &problem, &cancel),
                }
            });
        }
    }

    fn download_failed(self, document: &Document, problem: &Problem, cancel: &AbortSignal) {
        // The component is gone.
        if cancel.aborted() {
            return;
        }
        let reason = match problem {
            Problem::SignedOut => Some(Key::SignedOutText),
            Problem::Forbidden => Some(Key::ForbiddenText),
            Problem::UnsafeUrl => Some(Key::UnsafeText),
            Problem::NotFound => Some(Key::FileGoneText),
            _ => None,
        };
        self.said.set(String::new());
        self.trouble.set(Some(untrack(|| {
            let failed = self.about(Key::DownloadFailed, document);
            reason.map_or_else(|| failed.clone(), |reason| format!("{failed} {}", self.text.get(reason)))
        })));
        self.report(problem);
    }

    fn about(self, key: Key, document: &Document) -> String {
        self.text.filled(key, &self.name_of(document))
    }
}

fn content(preview: Preview, bytes: &Bytes) -> Result<Content, Problem> {
    if !preview.admits(&bytes.subarray(0, Preview::LOOKED_AT).to_vec()) {
        return Err(Problem::Damaged);
    }
    let text = || decoded(&bytes.to_vec());
    let object_url = |media_type| ObjectUrl::new(bytes, media_type).map(Arc::new).ok_or(Problem::Unavailable(None));
    Ok(match preview {
        Preview::Pdf => Content::Held(object_url("application/pdf")?),
        Preview::Image(media_type) => Content::Held(object_url(media_type)?),
        Preview::Audio(media_type) => Content::Audio(object_url(media_type)?),
        Preview::Video(media_type) => Content::Video(object_url(media_type)?),
        Preview::Csv => Content::Table(Arc::new(parse_csv(&text(), MAX_ROWS, MAX_COLUMNS))),
        Preview::Json => cut(indent_json(&text())),
        Preview::Text | Preview::None => cut(text()),
    })
}

/// UTF-8, or UTF-16 where the file begins so, as the browser decodes it; what is no text becomes replacement characters.
fn decoded(bytes: &[u8]) -> String {
    let label = match bytes {
        [0xFF, 0xFE, ..] => "utf-16le",
        [0xFE, 0xFF, ..] => "utf-16be",
        // Spreadsheets of the West still write their own code page.
        _ if std::str::from_utf8(bytes).is_err() => "windows-1252",
        _ => "utf-8",
    };
    let decoder = web_sys::TextDecoder::new_with_label(label);
    decoder.and_then(|decoder| decoder.decode_with_u8_array(bytes)).unwrap_or_default()
}

fn cut(mut text: String) -> Content {
    let is_long = text.len() > MAX_TEXT;
    text.truncate(text.floor_char_boundary(MAX_TEXT));
    Content::Text(text, is_long)
}
