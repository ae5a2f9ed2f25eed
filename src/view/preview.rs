//! The preview: a modal dialog with one document, and the way to the next.

use super::dom::{El, el, icon};
use super::icon;
use super::row::download;
use super::state::{button, trouble};
use crate::controller::{Content, Controller, Stage};
use crate::later;
use crate::model::{Document, Preview, Problem, Table, preview_of};
use crate::reactive::{Signal, effect, memo};
use crate::text::Key;
use leptos::leptos_dom::helpers::request_animation_frame;
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::rc::Rc;
use wasm_bindgen::JsCast;
use web_sys::{Element, Event, HtmlDialogElement, KeyboardEvent};

/// The dialog, closed until a document is opened.
pub fn preview(controller: Controller) -> El {
    let opened = controller.opened;
    let document = memo(move || opened.get().and_then(|id| controller.document(id.as_str())));
    let is_open = memo(move || document.with(Option::is_some));
    let dialog = el("dialog", "preview")
        .attr("tabindex", "-1")
        .bind("aria-label", move || document.get().map(|document| controller.name_of(&document)))
        .on("close", move |event| {
            // It is heard late: another document may have been opened since.
            if !event_target::<HtmlDialogElement>(&event).open() {
                controller.close();
            }
        })
        .on("click", move |event| {
            // A click that hits the dialog itself, and nothing in it, is one on the backdrop.
            if event.target() == event.current_target() {
                controller.close();
            }
        })
        .on("keydown", move |event| turn(controller, &event))
        .when(move || is_open.get().then(|| sheet(controller, document)));
    let node: HtmlDialogElement = dialog.node().clone().unchecked_into();
    effect(move || match (is_open.get(), node.open()) {
        (true, false) => {
            let _ = later::adopt_styles(&node);
            let _ = node.show_modal();
        }
        // The browser gives the focus back to where it was.
        (false, true) => node.close(),
        _ => {}
    });
    let node: HtmlDialogElement = dialog.node().clone().unchecked_into();
    effect(move || {
        document.track();
        let node = node.clone();
        // What had the focus may have gone with the document before; without any, the keys would reach nobody.
        request_animation_frame(move || {
            if node.open() && !node.matches(":focus-within").unwrap_or(true) {
                let _ = node.focus();
            }
        });
    });
    dialog
}

/// The arrow keys turn to the next and the previous, except where they have work to do of their own.
fn turn(controller: Controller, event: &Event) {
    let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    let matches = |selector: &str| target.as_ref().is_some_and(|target| target.matches(selector).unwrap_or(false));
    let Some(key) = event.dyn_ref::<KeyboardEvent>() else { return };
    if matches("audio, video, .scroll") || key.ctrl_key() || key.alt_key() || key.meta_key() || key.shift_key() {
        return;
    }
    let by = match key.key().as_str() {
        "ArrowLeft" => -1,
        "ArrowRight" => 1,
        _ => return,
    };
    event.prevent_default();
    controller.step(if matches(":dir(rtl)") { -by } else { by });
}

fn sheet(controller: Controller, document: Signal<Option<Document>>) -> El {
    let text = controller.text;
    let name = move || document.with(|document| document.as_ref().map(|it| controller.name_of(it)).unwrap_or_default());
    let facts = move || document.with(|document| document.as_ref().map(|it| facts(controller, it)).unwrap_or_default());
    let position = memo(move || controller.position());
    let place = move || {
        let part = |(at, count): (usize, usize)| text.part(Key::Position, at as u64 + 1, count as u64);
        position.get().map(part).unwrap_or_default()
    };
    let at_first = move || position.get().is_none_or(|(at, _)| at == 0);
    let at_last = move || position.get().is_none_or(|(at, count)| at + 1 == count);

    let title = el("div", "preview-title")
        .child(el("p", "preview-name").attr("dir", "auto").attr("aria-live", "polite").says(name))
        .child(el("p", "preview-facts").says(facts));
    let turn = |part, key, path, by, is_at_end: Box<dyn Fn() -> bool>| {
        // Not `disabled`, which would throw the focus out of the dialog at the last document.
        tool(controller, part, key, path, move || controller.step(by))
            .bind("aria-disabled", move || is_at_end().then(|| "true".to_owned()))
    };
    let turning = el("span", "turning")
        .child(turn("previous-button", Key::Previous, icon::BACK, -1, Box::new(at_first)))
        .child(el("span", "position").says(place))
        .child(turn("next-button", Key::Next, icon::FORWARD, 1, Box::new(at_last)));
    let save = move || document.get().map(|it| download(controller, &Rc::new(it), "action").child(icon(icon::DOWNLOAD)));
    let actions = el("div", "preview-actions")
        .child(turning)
        .child(el("span", "").when(save))
        .child(tool(controller, "close-button", Key::Close, icon::CLOSE, move || controller.close()).attr("autofocus", ""));
    let is_held = memo(move || controller.stage.with(Stage::is_held));
    let holder = move || {
        // Anew for each opening, even of the same document: a frame that has shown something before keeps that in the history.
        controller.opened.track();
        document.get().filter(|_| is_held.get()).and_then(|it| holder(controller, &it))
    };
    let shown = move || document.get().and_then(|it| stage(controller, &Rc::new(it)));
    el("div", "sheet")
        .part("preview-sheet")
        .child(el("header", "preview-header").child(title).child(actions).when(move || trouble(controller)))
        .child(el("div", "stage").part("preview-stage").when(holder).when(shown))
}

/// What it is, how large and how old.
fn facts(controller: Controller, document: &Document) -> String {
    let (text, record) = (controller.text, &document.record);
    let size = record.size.map(|size| text.size(size));
    let date = record.created_at.map(|created| text.date(created.millis()));
    let facts = [Some(text.document_type(&record.document_type)), size, date];
    facts.into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

/// A button that is an icon.
fn tool(controller: Controller, part: &str, key: Key, path: &str, act: impl Fn() + 'static) -> El {
    let text = controller.text;
    el("button", "action")
        .part(part)
        .attr("type", "button")
        .bind("aria-label", move || Some(text.get(key)))
        .bind("title", move || Some(text.get(key)))
        .on("click", move |_| act())
        .child(icon(path))
}

/// What shows a PDF or a picture is made while its file is on its way: to make a frame takes the browser a while, in which nobody
/// should have to wait.
fn holder(controller: Controller, document: &Document) -> Option<El> {
    let name = controller.name_of(document);
    let holder = match preview_of(document) {
        Preview::Pdf => el("iframe", "frame").part("preview-frame").attr("title", &name),
        Preview::Image(_) => media(controller, "img", "picture").attr("alt", &name),
        _ => return None,
    };
    Some(holder.attr("hidden", "").with(move |holder: &Element| {
        if let Stage::Shown(Content::Held(url)) = controller.stage.get() {
            let _ = holder.set_attribute("src", url.as_str());
            let _ = holder.remove_attribute("hidden");
        }
    }))
}

fn stage(controller: Controller, document: &Rc<Document>) -> Option<El> {
    let name = controller.name_of(document);
    match controller.stage.get() {
        Stage::Loading => Some(
            el("div", "file-loading")
                .attr("role", "status")
                .child(el("span", "spinner"))
                .child(el("p", "").text(&controller.text.filled(Key::FileLoading, &name))),
        ),
        Stage::Shown(content) => shown(controller, &content, &name),
        other => Some(not_shown(controller, document, &other)),
    }
}

/// An element that plays or shows what its `src` names, and says when it cannot.
fn media(controller: Controller, tag: &str, class: &str) -> El {
    el(tag, class).on("error", move |_| spawn_local(controller.media_failed()))
}

fn shown(controller: Controller, content: &Content, name: &str) -> Option<El> {
    let playing = |tag: &str, url: &str| {
        let media = media(controller, tag, "media").part(tag).attr("src", url);
        media.attr("controls", "").attr("playsinline", "").attr("aria-label", name)
    };
    let pane = |is_cut: &bool, scrolling: El| {
        let notice = is_cut.then(|| el("p", "cut").part("notice").text(&controller.text.get(Key::Cut)));
        let scrolling = scrolling.attr("tabindex", "0").attr("role", "region").attr("aria-label", name);
        el("div", "pane").children(notice).child(scrolling)
    };
    Some(match content {
        // The holder has it.
        Content::Held(_) => return None,
        Content::Audio(url) => playing("audio", url.as_str()),
        Content::Video(url) => playing("video", url.as_str()),
        Content::Text(text, is_cut) => {
            pane(is_cut, el("pre", "scroll lines").part("preview-text").attr("dir", "auto").text(text))
        }
        Content::Table(table) => pane(&table.truncated, el("div", "scroll").part("preview-table").child(table_of(table))),
    })
}

fn table_of(table: &Table) -> El {
    // A date or a number stays on one line; a long text may use several.
    let class = |cell: &str| if cell.len() <= 24 { "cell" } else { "cell long" };
    let cells = |tag: &'static str| move |cell: &String| el(tag, "").attr("class", class(cell)).attr("dir", "auto").text(cell);
    let head = table.rows.first().map(|row| {
        el("thead", "").child(el("tr", "").children(row.iter().map(cells("th")).map(|cell| cell.attr("scope", "col"))))
    });
    let body = table.rows.iter().skip(1).map(|row| el("tr", "").children(row.iter().map(cells("td"))));
    el("table", "").children(head).child(el("tbody", "").children(body))
}

/// Why a file is not shown, and what to do instead.
fn not_shown(controller: Controller, document: &Rc<Document>, stage: &Stage) -> El {
    let text = controller.text;
    let (title, sentence) = match stage {
        Stage::Failed(Problem::TooLarge) => (Key::CannotShowTitle, Key::TooLargeText),
        Stage::Failed(Problem::Damaged) => (Key::CannotShowTitle, Key::DamagedText),
        Stage::Failed(Problem::UnsafeUrl) => (Key::CannotShowTitle, Key::UnsafeText),
        Stage::Failed(Problem::NotFound) => (Key::CannotShowTitle, Key::FileGoneText),
        Stage::Failed(Problem::SignedOut) => (Key::SignedOutTitle, Key::SignedOutText),
        Stage::Failed(Problem::Forbidden) => (Key::ForbiddenTitle, Key::ForbiddenText),
        Stage::Failed(Problem::Offline) => (Key::OfflineTitle, Key::OfflineText),
        Stage::Failed(Problem::RateLimited(_)) => (Key::LimitedTitle, Key::LimitedText),
        Stage::Failed(_) => (Key::FileFailedTitle, Key::FailedText),
        Stage::NoPdfViewer => (Key::CannotShowTitle, Key::NoPdfText),
        Stage::Loading | Stage::Shown(_) | Stage::CannotShow => (Key::CannotShowTitle, Key::CannotShowText),
    };
    let waits = match stage {
        Stage::Failed(Problem::RateLimited(seconds)) => Some(u64::from(*seconds)),
        _ => None,
    };
    let (can_download, can_retry) = match stage {
        // It goes on by itself.
        Stage::Failed(Problem::RateLimited(_)) => (false, false),
        Stage::Failed(Problem::UnsafeUrl | Problem::NotFound | Problem::Forbidden) => (false, false),
        // Who has signed in again, in another tab say, comes back with it.
        Stage::Failed(Problem::SignedOut) => (false, true),
        Stage::Failed(problem) => (true, problem.is_retryable()),
        _ => (true, false),
    };
    let link = document.record.links.as_ref().filter(|_| *stage == Stage::NoPdfViewer);
    let in_tab = link.map(|links| {
        el("a", "button")
            .part("open-in-tab")
            .attr("href", &links.view)
            .attr("target", "_blank")
            .attr("rel", "noopener noreferrer")
            .says(move || text.get(Key::OpenInTab))
    });
    let act = if can_retry {
        Some(button("retry-button", move || text.get(Key::Retry), move || controller.reopen()))
    } else {
        can_download.then(|| download(controller, document, "button").says(move || text.get(Key::Download)))
    };
    el("div", "state")
        .part("state not-shown")
        // A countdown is seen, but not read out each second.
        .attr("role", if waits.is_some() { "group" } else { "alert" })
        .child(icon(icon::FILE))
        .child(el("p", "state-title").says(move || text.get(title)))
        .child(
            el("p", "state-text")
                .says(move || waits.map_or_else(|| text.get(sentence), |seconds| text.plural(sentence, seconds))),
        )
        .child(el("div", "state-actions").children(in_tab).children(act))
}
