//! The preview: a modal dialog with one document, and the way to the next.

use super::dom::{El, el, icon};
use super::icon;
use super::row::download;
use super::state::button;
use crate::controller::{Content, Controller, Stage};
use crate::model::{Document, Problem, Table};
use crate::reactive::{effect, memo};
use crate::text::Key;
use leptos::prelude::*;
use std::rc::Rc;
use wasm_bindgen::JsCast;
use web_sys::{Element, Event, HtmlDialogElement, KeyboardEvent};

/// The dialog, closed until a document is opened.
pub fn preview(controller: Controller) -> El {
    let opened = controller.opened;
    let document = memo(move || opened.get().and_then(|id| controller.document(id.as_str())));
    let is_open = memo(move || document.with(Option::is_some));
    let dialog = el("dialog", "preview")
        .bind("aria-label", move || document.get().map(|document| controller.name_of(&document)))
        .on("close", move |_| controller.close())
        .on("click", move |event| {
            // A click that hits the dialog itself, and nothing in it, is one on the backdrop.
            if event.target() == event.current_target() {
                controller.close();
            }
        })
        .on("keydown", move |event| turn(controller, &event))
        .when(move || document.get().map(|document| sheet(controller, document)));
    let node: HtmlDialogElement = dialog.node().clone().unchecked_into();
    effect(move || match (is_open.get(), node.open()) {
        (true, false) => drop(node.show_modal()),
        // The browser gives the focus back to where it was.
        (false, true) => node.close(),
        _ => {}
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

fn sheet(controller: Controller, document: Document) -> El {
    let text = controller.text;
    let record = document.record.clone();
    let facts = move || {
        let size = record.size.map(|size| text.size(size));
        let date = record.created_at.map(|created| text.date(created.millis()));
        let facts = [Some(text.document_type(&record.document_type)), size, date];
        facts.into_iter().flatten().collect::<Vec<_>>().join(" · ")
    };
    let position = memo(move || controller.position());
    let place =
        move || position.get().map_or_else(String::new, |(at, count)| text.part(Key::Position, at as u64 + 1, count as u64));
    let at_first = move || position.get().is_none_or(|(at, _)| at == 0);
    let at_last = move || position.get().is_none_or(|(at, count)| at + 1 == count);

    let title = el("div", "preview-title")
        .child(el("p", "preview-name").attr("dir", "auto").attr("aria-live", "polite").text(&controller.name_of(&document)))
        .child(el("p", "preview-facts").says(facts));
    let turning = el("span", "turning")
        .child(
            tool(controller, "previous-button", Key::Previous, icon::BACK, move || controller.step(-1))
                .bind("aria-disabled", flag(at_first)),
        )
        .child(el("span", "position").says(place))
        .child(
            tool(controller, "next-button", Key::Next, icon::FORWARD, move || controller.step(1))
                .bind("aria-disabled", flag(at_last)),
        );
    let document = Rc::new(document);
    let actions = el("div", "preview-actions")
        .child(turning)
        .child(download(controller, &document, "action").child(icon(icon::DOWNLOAD)))
        .child(tool(controller, "close-button", Key::Close, icon::CLOSE, move || controller.close()).attr("autofocus", ""));
    el("div", "sheet")
        .part("preview-sheet")
        .child(el("header", "preview-header").child(title).child(actions))
        .child(el("div", "stage").part("preview-stage").when(move || Some(stage(controller, &document))))
}

/// `aria-disabled` and not `disabled`, which would throw the focus out of the dialog at the last document.
fn flag(is_set: impl Fn() -> bool + 'static) -> impl Fn() -> Option<String> {
    move || is_set().then(|| "true".to_owned())
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

fn stage(controller: Controller, document: &Rc<Document>) -> El {
    let name = controller.name_of(document);
    match controller.stage.get() {
        Stage::Loading => el("div", "file-loading")
            .attr("role", "status")
            .child(el("span", "spinner"))
            .child(el("p", "").text(&controller.text.filled(Key::FileLoading, &[("name", &name)]))),
        Stage::Shown(content) => shown(controller, &content, &name),
        other => not_shown(controller, document, &other),
    }
}

fn shown(controller: Controller, content: &Content, name: &str) -> El {
    let media =
        |tag: &str, class: &str, url: &str| el(tag, class).attr("src", url).on("error", move |_| controller.media_failed());
    let playing = |tag: &str, url: &str| media(tag, "media", url).part(tag).attr("controls", "").attr("playsinline", "");
    let pane = |is_cut: &bool, scrolling: El| {
        let notice = is_cut.then(|| el("p", "cut").part("notice").text(&controller.text.get(Key::Cut)));
        let scrolling = scrolling.attr("tabindex", "0").attr("role", "region").attr("aria-label", name);
        el("div", "pane").children(notice).child(scrolling)
    };
    match content {
        Content::Pdf(url) => el("iframe", "frame").part("preview-frame").attr("src", url.as_str()).attr("title", name),
        Content::Image(url) => media("img", "picture", url.as_str()).attr("alt", name),
        Content::Audio(url) => playing("audio", url.as_str()).attr("aria-label", name),
        Content::Video(url) => playing("video", url.as_str()).attr("aria-label", name),
        Content::Text(text, is_cut) => {
            pane(is_cut, el("pre", "scroll lines").part("preview-text").attr("dir", "auto").text(text))
        }
        Content::Table(table) => pane(&table.truncated, el("div", "scroll").part("preview-table").child(table_of(table))),
    }
}

fn table_of(table: &Table) -> El {
    let cells = |tag: &'static str| move |cell: &String| el(tag, "").attr("dir", "auto").text(cell);
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
        Stage::Failed(_) => (Key::FileFailedTitle, Key::FailedText),
        Stage::NoPdfViewer => (Key::CannotShowTitle, Key::NoPdfText),
        Stage::Loading | Stage::Shown(_) | Stage::CannotShow => (Key::CannotShowTitle, Key::CannotShowText),
    };
    let can_download =
        !matches!(stage, Stage::Failed(Problem::UnsafeUrl | Problem::NotFound | Problem::SignedOut | Problem::Forbidden));
    let can_retry = matches!(stage, Stage::Failed(problem) if problem.is_retryable());
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
        .attr("role", "alert")
        .child(icon(icon::FILE))
        .child(el("p", "state-title").says(move || text.get(title)))
        .child(el("p", "state-text").says(move || text.get(sentence)))
        .child(el("div", "state-actions").children(in_tab).children(act))
}
