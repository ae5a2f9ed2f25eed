//! The preview: a modal dialog with one document, and the way to the next.

use super::icon::{self, icon};
use super::row::download_control;
use crate::controller::{Content, Controller, Stage};
use crate::model::{Document, Problem, Table};
use crate::text::Key;
use leptos::either::{Either, EitherOf3, EitherOf6};
use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::JsCast;

/// The dialog, closed until a document is opened.
pub fn preview(controller: Controller) -> impl IntoView {
    let dialog = NodeRef::<html::Dialog>::new();
    let opened = controller.opened;
    let is_open = Memo::new(move |_| opened.with(Option::is_some));
    Effect::new(move || {
        let Some(dialog) = dialog.get() else { return };
        match (is_open.get(), dialog.open()) {
            (true, false) => drop(dialog.show_modal()),
            // The browser gives the focus back to where it was.
            (false, true) => dialog.close(),
            _ => {}
        }
    });
    let document = Memo::new(move |_| opened.get().and_then(|id| controller.document(id.as_str())));
    view! {
        <dialog
            class="preview"
            part="preview"
            node_ref=dialog
            aria-label=move || document.get().map(|document| controller.name_of(&document))
            on:close=move |_| controller.close()
            on:click=move |event| {
                // A click that hits the dialog itself, and nothing in it, is one on the backdrop.
                if event.target() == event.current_target() {
                    controller.close();
                }
            }
            on:keydown=move |event| turn(controller, &event)
        >
            {move || document.get().map(|document| sheet(controller, document))}
        </dialog>
    }
}

/// The arrow keys turn to the next and the previous, except where they have work to do of their own.
fn turn(controller: Controller, event: &web_sys::KeyboardEvent) {
    let target = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
    let is_busy = target.as_ref().is_some_and(|target| target.matches("audio, video, .scroll").unwrap_or(false));
    if is_busy || event.ctrl_key() || event.alt_key() || event.meta_key() || event.shift_key() {
        return;
    }
    let is_rtl = target.is_some_and(|target| target.matches(":dir(rtl)").unwrap_or(false));
    let by = match event.key().as_str() {
        "ArrowLeft" => -1,
        "ArrowRight" => 1,
        _ => return,
    };
    event.prevent_default();
    controller.step(if is_rtl { -by } else { by });
}

fn sheet(controller: Controller, document: Document) -> impl IntoView {
    let text = controller.text;
    let title = controller.name_of(&document);
    let facts = {
        let record = document.record.clone();
        move || {
            let size = record.size.map(|size| text.size(size));
            let date = record.created_at.map(|created| text.date(created.millis()));
            [Some(text.document_type(&record.document_type)), size, date].into_iter().flatten().collect::<Vec<_>>().join(" · ")
        }
    };
    let document = StoredValue::new(document);
    let position = Memo::new(move |_| controller.position());
    let at_first = move || position.get().is_none_or(|(at, _)| at == 0);
    let at_last = move || position.get().is_none_or(|(at, count)| at + 1 == count);
    let place = move || position.get().map(|(at, count)| text.part(Key::Position, at as u64 + 1, count as u64));
    let download_label = move || {
        let name = document.with_value(|document| controller.name_of(document));
        text.filled(Key::DownloadOf, &[("name", &name)])
    };
    let turn_button = move |key: Key, part: &'static str, path: &'static str, by: isize, disabled: Signal<bool>| {
        view! {
            <button
                class="action turn"
                part=part
                type="button"
                aria-label=move || text.get(key)
                title=move || text.get(key)
                // Not `disabled`, which would throw the focus out of the dialog at the last document.
                aria-disabled=move || disabled.get().then_some("true")
                on:click=move |_| controller.step(by)
            >
                {icon(path)}
            </button>
        }
    };
    view! {
        <div class="sheet" part="preview-sheet">
            <header class="preview-header" part="preview-header">
                <div class="preview-title">
                    <p class="preview-name" part="preview-name" dir="auto" aria-live="polite">{title}</p>
                    <p class="preview-facts" part="preview-facts">{facts}</p>
                </div>
                <div class="preview-actions">
                    <span class="turning">
                        {turn_button(Key::Previous, "previous-button", icon::BACK, -1, Signal::derive(at_first))}
                        <span class="position" part="position">{place}</span>
                        {turn_button(Key::Next, "next-button", icon::FORWARD, 1, Signal::derive(at_last))}
                    </span>
                    {download_control(controller, document, "action", download_label, || icon(icon::DOWNLOAD))}
                    <button
                        class="action"
                        part="close-button"
                        type="button"
                        autofocus=true
                        aria-label=move || text.get(Key::Close)
                        title=move || text.get(Key::Close)
                        on:click=move |_| controller.close()
                    >
                        {icon(icon::CLOSE)}
                    </button>
                </div>
            </header>
            <div class="stage" part="preview-stage">{move || stage(controller, document)}</div>
        </div>
    }
}

fn stage(controller: Controller, document: StoredValue<Document>) -> impl IntoView {
    let text = controller.text;
    let name = document.with_value(|document| controller.name_of(document));
    match controller.stage.get() {
        Stage::Loading => EitherOf3::A(view! {
            <div class="file-loading" role="status">
                <span class="spinner" aria-hidden={"true"}></span>
                <p>{text.filled(Key::FileLoading, &[("name", &name)])}</p>
            </div>
        }),
        Stage::Shown(content) => EitherOf3::B(shown(controller, content, name)),
        other => EitherOf3::C(not_shown(controller, document, &other)),
    }
}

fn shown(controller: Controller, content: Content, name: String) -> impl IntoView {
    let failed = move |_| controller.media_failed();
    match content {
        Content::Pdf(url) => {
            EitherOf6::A(view! { <iframe class="pdf" part="preview-frame" src=url.as_str().to_owned() title=name></iframe> })
        }
        Content::Image(url) => EitherOf6::B(
            view! { <img class="image" part="preview-image" src=url.as_str().to_owned() alt=name on:error=failed /> },
        ),
        Content::Text(lines, is_cut) => EitherOf6::C(view! {
            {cut_notice(controller, is_cut)}
            <pre class="text scroll" part="preview-text" tabindex="0" role="region" aria-label=name dir="auto">{lines}</pre>
        }),
        Content::Table(table) => EitherOf6::D(view! {
            {cut_notice(controller, table.truncated)}
            <div class="table scroll" part="preview-table" tabindex="0" role="region" aria-label=name>{table_of(&table)}</div>
        }),
        Content::Audio(url) => EitherOf6::E(
            view! { <audio class="audio" part="preview-audio" controls=true src=url.as_str().to_owned() aria-label=name on:error=failed></audio> },
        ),
        Content::Video(url) => EitherOf6::F(view! {
            <video class="video" part="preview-video" controls=true playsinline=true src=url.as_str().to_owned() aria-label=name on:error=failed></video>
        }),
    }
}

fn cut_notice(controller: Controller, is_cut: bool) -> Option<impl IntoView> {
    is_cut.then(|| view! { <p class="cut" part="notice">{controller.text.get(Key::Cut)}</p> })
}

fn table_of(table: &Table) -> impl IntoView + use<> {
    let head = table.rows.first().map(|row| {
        let cells = row.iter().map(|cell| view! { <th scope="col" dir="auto">{cell.clone()}</th> }).collect_view();
        view! { <thead><tr>{cells}</tr></thead> }
    });
    let body = table.rows.iter().skip(1).map(|row| {
        let cells = row.iter().map(|cell| view! { <td dir="auto">{cell.clone()}</td> }).collect_view();
        view! { <tr>{cells}</tr> }
    });
    view! {
        <table>
            {head}
            <tbody>{body.collect_view()}</tbody>
        </table>
    }
}

/// Why a file is not shown, and what to do instead.
fn not_shown(controller: Controller, document: StoredValue<Document>, stage: &Stage) -> impl IntoView + use<> {
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
    let (can_download, can_retry) = match stage {
        Stage::Failed(Problem::UnsafeUrl | Problem::NotFound | Problem::SignedOut | Problem::Forbidden) => (false, false),
        Stage::Failed(problem) => (true, problem.is_retryable()),
        _ => (true, false),
    };
    let view_link = document.with_value(|document| document.record.links.as_ref().map(|links| links.view.clone()));
    let in_tab = view_link.filter(|_| *stage == Stage::NoPdfViewer);
    let download_label = move || {
        let name = document.with_value(|document| controller.name_of(document));
        text.filled(Key::DownloadOf, &[("name", &name)])
    };
    let download = move || download_control(controller, document, "button", download_label, move || text.get(Key::Download));
    let actions = move || {
        if can_retry {
            Either::Left(view! {
                <button class="button" part="retry-button" type="button" on:click=move |_| controller.reopen()>
                    {move || text.get(Key::Retry)}
                </button>
            })
        } else {
            Either::Right(can_download.then(download))
        }
    };
    view! {
        <div class="state" part="state not-shown" role="alert">
            {icon(icon::FILE)}
            <p class="state-title" part="state-title">{move || text.get(title)}</p>
            <p class="state-text" part="state-text">{move || text.get(sentence)}</p>
            <div class="state-actions">
                {in_tab.map(|link| view! {
                    <a class="button" part="open-in-tab" href=link target="_blank" rel="noopener noreferrer">
                        {move || text.get(Key::OpenInTab)}
                    </a>
                })}
                {actions}
            </div>
        </div>
    }
}
