//! The whole page: header, the node's side on the left, the opened packet on the right.
//!
//! Owns the clock and the window's events; the parts own nothing.

use gloo_timers::callback::Interval;
use leptos::ev;
use leptos::prelude::*;

use super::{detail::Detail, header::Header, list::PacketList, log::Log, open, ring::Ring};
use crate::net;
use crate::state::{Link, State};

/// Below this width in pixels the hex view has rows of eight.
const NARROW: f64 = 760.0;

/// The root.
#[component]
pub(crate) fn App() -> impl IntoView {
    let state = State::new(now(), columns(), net::take_from_address());
    provide_context(state);
    Interval::new(1_000, move || state.now.set(now())).forget();
    window_event_listener(ev::resize, move |_| {
        let fitting = columns();
        if state.columns.get_untracked() != fitting {
            state.columns.set(fitting);
        }
    });
    // The address printed by the node, pasted into a tab that is open already, changes only the fragment.
    window_event_listener(ev::hashchange, move |_| {
        if let Some(token) = net::take_from_address() {
            state.token.set(Some(token));
        }
    });
    window_event_listener(ev::dragover, |event| event.prevent_default());
    window_event_listener(ev::drop, move |event| open::dropped(state, &event));
    window_event_listener(ev::keydown, move |event| {
        if event.key() == "Escape" {
            state.opened.set(None);
        }
    });
    net::start(state);

    let with_node = Memo::new(move |_| {
        !matches!(state.link.get(), Link::Offline)
            || !state.held.with(crate::model::holdings::Holdings::is_empty)
    });
    let network = Memo::new(move |_| state.network());
    view! {
        <a class="skip" href="#packet">"Skip to the packet"</a>
        <Header/>
        <main class:has-node=with_node class:has-packet=move || state.opened.with(Option::is_some)>
            <Show when=move || with_node.get()>
                <div class="side">
                    <Ring/>
                    <PacketList/>
                    <Log/>
                </div>
            </Show>
            <section class="stage" id="packet" aria-label="Packet">
                <Problem/>
                {move || match state.opened.get() {
                    Some(opened) => view! { <Detail opened network=network.get()/> }.into_any(),
                    None => view! { <open::OpenPanel/> }.into_any(),
                }}
            </section>
        </main>
    }
}

/// What went wrong with the last thing that the person asked for.
#[component]
fn Problem() -> impl IntoView {
    let state = State::get();
    view! {
        <div role="alert">
            {move || state.problem.get().map(|problem| view! {
                <p class="problem">
                    {problem}
                    <button class="quiet" aria-label="Dismiss" on:click=move |_| state.problem.set(None)>"×"</button>
                </p>
            })}
        </div>
    }
}

/// Unix seconds by the browser's clock.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // saturates
fn now() -> u64 {
    (js_sys::Date::now() / 1_000.0) as u64
}

fn columns() -> usize {
    let width = web_sys::window()
        .and_then(|w| w.inner_width().ok())
        .and_then(|w| w.as_f64());
    if width.is_some_and(|w| w < NARROW) {
        8
    } else {
        16
    }
}
