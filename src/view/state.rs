//! Every state that is not simply a list: loading, empty, and what has gone wrong.

use super::icon::{self, icon};
use crate::controller::Controller;
use crate::model::{Phase, Problem};
use crate::text::Key;
use leptos::either::{Either, EitherOf4};
use leptos::prelude::*;

/// What is said above a list that is there: offline, partly loaded, entries that could not be read.
pub fn notices(controller: Controller) -> impl IntoView {
    let Controller { text, listing, offline, .. } = controller;
    let stopped = move || {
        listing.with(|listing| match listing.phase() {
            Phase::Stopped(problem) if !listing.documents().is_empty() => {
                Some((problem.clone(), listing.documents().len() as u64, listing.total()))
            }
            _ => None,
        })
    };
    let partly = move || {
        let (problem, count, total) = stopped()?;
        let sentence = match total {
            Some(total) if total > count => text.part(Key::PartlyOf, count, total),
            _ => text.plural(Key::Partly, count),
        };
        Some(view! {
            <div class="notice" part="notice" role="alert">
                {icon(icon::WARNING)}
                <p class="notice-text">{sentence} " " {reason(controller, problem.clone())}</p>
                {retry(controller, &problem)}
            </div>
        })
    };
    let without_network = move || {
        (offline.get() && stopped().is_none() && listing.with(|listing| !listing.documents().is_empty())).then(|| {
            view! {
                <div class="notice" part="notice" role="status">
                    {icon(icon::CLOUD_OFF)}
                    <p class="notice-text">{text.get(Key::OfflineTitle)}</p>
                </div>
            }
        })
    };
    let dropped = move || {
        let dropped = listing.with(|listing| listing.dropped());
        (dropped > 0).then(|| {
            view! {
                <div class="notice quiet" part="notice">
                    {icon(icon::WARNING)}
                    <p class="notice-text">{text.plural(Key::Dropped, dropped)}</p>
                </div>
            }
        })
    };
    view! {
        {without_network}
        {partly}
        {dropped}
    }
}

/// What stands in the place of a list that is not there.
pub fn instead(controller: Controller) -> impl IntoView {
    let Controller { listing, arrangement, .. } = controller;
    move || {
        let (phase, is_empty) = listing.with(|listing| (listing.phase().clone(), listing.documents().is_empty()));
        match phase {
            Phase::Stopped(problem) if is_empty => EitherOf4::A(failure(controller, problem)),
            Phase::Loading if is_empty => EitherOf4::B(skeleton(controller)),
            Phase::Idle | Phase::Complete if is_empty => EitherOf4::C(empty(controller, phase == Phase::Idle)),
            _ => EitherOf4::D(arrangement.with(|arrangement| arrangement.groups.is_empty()).then(|| nothing_found(controller))),
        }
    }
}

fn failure(controller: Controller, problem: Problem) -> impl IntoView {
    let path = match problem {
        Problem::SignedOut | Problem::Forbidden => icon::LOCK,
        Problem::RateLimited(_) => icon::CLOCK,
        Problem::Offline => icon::CLOUD_OFF,
        Problem::NotFound => icon::FOLDER,
        _ => icon::WARNING,
    };
    let again = retry(controller, &problem);
    let (title, _) = controller.explain(&problem);
    view! {
        <slot name={"error"}>
            <div class="state" part="state error" role="alert">
                {icon(path)}
                <p class="state-title" part="state-title">{title}</p>
                <p class="state-text" part="state-text">{reason(controller, problem)}</p>
                {again}
            </div>
        </slot>
    }
}

/// The sentence that explains a problem. A countdown is seen but not read out each second.
fn reason(controller: Controller, problem: Problem) -> impl IntoView {
    let counting = matches!(problem, Problem::RateLimited(_)).then_some("off");
    view! { <span aria-live=counting>{move || controller.explain(&problem).1}</span> }
}

/// The button for what trying again may mend.
fn retry(controller: Controller, problem: &Problem) -> Option<impl IntoView + use<>> {
    let text = controller.text;
    problem.is_retryable().then(|| {
        view! {
            <button class="button" part="retry-button" type="button" on:click=move |_| controller.resume()>
                {move || text.get(Key::Retry)}
            </button>
        }
    })
}

fn skeleton(controller: Controller) -> impl IntoView {
    let row = |row: u8| view! { <span class="skeleton" part="skeleton" data-row=row></span> };
    view! {
        <div class="shell" part="loading" role="status">
            <p class="visually-hidden">{controller.text.get(Key::Loading)}</p>
            {(0..5).map(row).collect_view()}
        </div>
    }
}

fn empty(controller: Controller, is_idle: bool) -> impl IntoView {
    let text = controller.text;
    let (title, sentence) = if is_idle { (Key::IdleTitle, Key::IdleText) } else { (Key::EmptyTitle, Key::EmptyText) };
    let state = view! {
        <div class="state" part="state empty">
            {icon(icon::FOLDER)}
            <p class="state-title" part="state-title">{text.get(title)}</p>
            <p class="state-text" part="state-text">{text.get(sentence)}</p>
        </div>
    };
    if is_idle { Either::Left(state) } else { Either::Right(view! { <slot name={"empty"}>{state}</slot> }) }
}

fn nothing_found(controller: Controller) -> impl IntoView {
    let text = controller.text;
    view! {
        <div class="state" part="state nothing-found">
            {icon(icon::SEARCH)}
            <p class="state-title" part="state-title">{text.get(Key::NothingTitle)}</p>
            <p class="state-text" part="state-text">{text.get(Key::NothingText)}</p>
            <button class="button" part="show-all-button" type="button" on:click=move |_| controller.show_all()>
                {text.get(Key::ShowAll)}
            </button>
        </div>
    }
}
