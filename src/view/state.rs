//! Every state that is not simply a list: loading, empty, and what has gone wrong.

use super::dom::{El, el, icon};
use super::{icon, slot};
use crate::controller::Controller;
use crate::model::{Phase, Problem};
use crate::reactive::memo;
use crate::text::Key;
use leptos::leptos_dom::helpers::request_animation_frame;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

/// What is said above a list that is there: offline, partly loaded, entries that could not be read.
pub fn notices(controller: Controller, notices: El) -> El {
    notices.when(without_network(controller)).when(partly(controller)).when(dropped(controller)).when(move || trouble(controller))
}

fn notice(path: &str, role: &str, text: impl Fn() -> String + 'static) -> El {
    el("div", "notice").attr("role", role).child(icon(path)).child(el("p", "notice-text").says(text))
}

fn without_network(controller: Controller) -> impl Fn() -> Option<El> {
    let Controller { text, listing, offline, .. } = controller;
    let is_said = memo(move || {
        let stopped = |phase: &Phase| matches!(phase, Phase::Stopped(_));
        offline.get() && listing.with(|listing| !stopped(listing.phase()) && !listing.documents().is_empty())
    });
    move || is_said.get().then(|| notice(icon::CLOUD_OFF, "status", move || text.get(Key::OfflineTitle)))
}

fn partly(controller: Controller) -> impl Fn() -> Option<El> {
    let Controller { text, listing, .. } = controller;
    let stopped = memo(move || {
        listing.with(|listing| match listing.phase() {
            Phase::Stopped(problem) if !listing.documents().is_empty() => {
                Some((problem.clone(), listing.documents().len() as u64, listing.total()))
            }
            _ => None,
        })
    });
    move || {
        let (problem, count, total) = stopped.get()?;
        let sentence = match total {
            // What is shown is the list of before: nothing of it is missing.
            _ if listing.with_untracked(|listing| listing.is_stale()) => controller.explain(&problem).0,
            Some(total) if total > count => text.part(Key::PartlyOf, count, total),
            _ => text.plural(Key::Partly, count),
        };
        let again = retry(controller, &problem);
        let reason = reason(controller, problem);
        Some(notice(icon::WARNING, "alert", move || sentence.clone()).child(reason).children(again))
    }
}

/// Why a download did not start; also in the preview, which covers the list.
pub fn trouble(controller: Controller) -> Option<El> {
    let sentence = controller.trouble.get()?;
    Some(notice(icon::WARNING, "alert", move || sentence.clone()))
}

fn dropped(controller: Controller) -> impl Fn() -> Option<El> {
    let Controller { text, listing, .. } = controller;
    let dropped = memo(move || listing.with(|listing| listing.dropped()));
    move || {
        let count = dropped.get();
        (count > 0).then(|| notice(icon::WARNING, "note", move || text.plural(Key::Dropped, count)).attr("class", "notice quiet"))
    }
}

/// What stands in the place of a list that is not there.
#[derive(Clone, PartialEq)]
enum Instead {
    Failure(Problem),
    Skeleton,
    Empty,
    Idle,
    NothingFound,
    List,
}

/// What stands in the place of a list that is not there.
pub fn instead(controller: Controller) -> impl Fn() -> Option<El> {
    let Controller { listing, arrangement, .. } = controller;
    let instead = memo(move || {
        listing.with(|listing| match listing.phase() {
            _ if !listing.documents().is_empty() => match arrangement.with(|arrangement| arrangement.groups.is_empty()) {
                true => Instead::NothingFound,
                false => Instead::List,
            },
            Phase::Stopped(problem) => Instead::Failure(problem.clone()),
            Phase::Loading => Instead::Skeleton,
            Phase::Complete => Instead::Empty,
            Phase::Idle => Instead::Idle,
        })
    });
    move || {
        Some(match instead.get() {
            Instead::Failure(problem) => failure(controller, problem),
            Instead::Skeleton => skeleton(controller),
            Instead::Empty => slot("empty").child(said(controller, "empty", icon::FOLDER, Key::EmptyTitle, Key::EmptyText)),
            Instead::Idle => said(controller, "idle", icon::FOLDER, Key::IdleTitle, Key::IdleText),
            Instead::NothingFound => {
                let text = controller.text;
                said(controller, "nothing-found", icon::SEARCH, Key::NothingTitle, Key::NothingText).child(button(
                    "show-all-button",
                    move || text.get(Key::ShowAll),
                    move || controller.show_all(),
                ))
            }
            Instead::List => return None,
        })
    }
}

/// An icon, a title and a sentence.
fn said(controller: Controller, part: &str, path: &str, title: Key, sentence: Key) -> El {
    let text = controller.text;
    el("div", "state")
        .part(&["state ", part].concat())
        .child(icon(path))
        .child(el("p", "state-title").says(move || text.get(title)))
        .child(el("p", "state-text").says(move || text.get(sentence)))
}

/// A button with words on it.
pub fn button(part: &str, label: impl Fn() -> String + 'static, act: impl Fn() + 'static) -> El {
    el("button", "button").part(part).attr("type", "button").says(label).on("click", move |event| {
        let home = event_target::<Element>(&event).closest("dialog, .order-documents").ok().flatten();
        act();
        // What the button did may have taken it away, and the focus with it.
        request_animation_frame(move || {
            let home = home.and_then(|home| home.dyn_into::<HtmlElement>().ok());
            if let Some(home) = home.filter(|home| !home.matches(":focus-within").unwrap_or(true)) {
                let _ = home.focus();
            }
        });
    })
}

fn failure(controller: Controller, problem: Problem) -> El {
    let path = match problem {
        Problem::SignedOut | Problem::Forbidden => icon::LOCK,
        Problem::RateLimited(_) => icon::CLOCK,
        Problem::Offline => icon::CLOUD_OFF,
        Problem::NotFound => icon::FOLDER,
        _ => icon::WARNING,
    };
    let again = retry(controller, &problem);
    let named = problem.clone();
    let state = el("div", "state")
        .part(&["state error ", problem.code()].concat())
        .attr("role", "alert")
        .child(icon(path))
        .child(el("p", "state-title").says(move || controller.explain(&named).0))
        .child(reason(controller, problem))
        .children(again);
    slot("error").child(state)
}

/// The sentence that explains a problem. A countdown is seen but not read out each second.
fn reason(controller: Controller, problem: Problem) -> El {
    let counts = matches!(problem, Problem::RateLimited(_));
    let sentence = el("p", "state-text").says(move || controller.explain(&problem).1);
    if counts { sentence.attr("aria-live", "off") } else { sentence }
}

/// The button for what trying again may mend.
fn retry(controller: Controller, problem: &Problem) -> Option<El> {
    let text = controller.text;
    // Who has signed in again, in another tab say, comes back with it too.
    (problem.is_retryable() || *problem == Problem::SignedOut)
        .then(|| button("retry-button", move || text.get(Key::Retry), move || controller.resume()))
}

fn skeleton(controller: Controller) -> El {
    let text = controller.text;
    el("div", "shell")
        .part("loading")
        .attr("role", "status")
        .child(el("p", "visually-hidden").says(move || text.get(Key::Loading)))
        .children((0..5).map(|_| el("span", "skeleton")))
}
