//! The line at the top: which node this is, whether it answers, and how full its store is.
//!
//! Also where a token can be given by hand.

use leptos::prelude::*;

use crate::model::units;
use crate::net;
use crate::state::{Link, State};

/// The header.
#[component]
pub(crate) fn Header() -> impl IntoView {
    let state = State::get();
    view! {
        <header>
            <div class="brand">
                <h1>"toxdrop "<span>"inspector"</span></h1>
                <LinkState/>
                <Show when=move || state.opened.with(Option::is_some)>
                    <button class="inspect" on:click=move |_| state.opened.set(None)>"Inspect another"</button>
                </Show>
            </div>
            {move || state.status.get().map(|status| {
                let key = status.dht_public_key.clone();
                view! {
                    <dl class="facts">
                        <div class="wide"><dt>"Node key"</dt><dd class="mono" title=key.clone()>{units::short(&key)}</dd></div>
                        <div><dt>"Packets"</dt><dd>{move || units::grouped(shown_count(state, status.packets))}</dd></div>
                        <div><dt>"Tombstones"</dt><dd>{units::grouped(status.tombstones)}</dd></div>
                        <div><dt>"Tox nodes"</dt><dd>{status.tox_nodes}</dd></div>
                        <div><dt>"Capable"</dt><dd>{status.capable_nodes}</dd></div>
                        <div><dt>"Up"</dt><dd>{units::duration(status.uptime_seconds)}</dd></div>
                        <Gauge used=status.store_bytes limit=status.store_limit_bytes/>
                    </dl>
                }
            })}
            <TokenForm/>
        </header>
    }
}

/// The list follows events; the node's own count is some seconds old but complete.
fn shown_count(state: State, counted: u64) -> u64 {
    let live = state.link.with(|l| *l == Link::Live);
    state.held.with(|held| {
        if live && !held.truncated {
            u64::try_from(held.len()).unwrap_or(counted)
        } else {
            counted
        }
    })
}

/// How full the store is.
#[component]
fn Gauge(used: u64, limit: u64) -> impl IntoView {
    let share = if limit == 0 {
        0.0
    } else {
        (units::to_f64(used) / units::to_f64(limit)).min(1.0)
    };
    // Something is not nothing: a single packet shows as a sliver.
    let width = if used == 0 {
        0.0
    } else {
        (share * 120.0).max(2.0)
    };
    let label = format!("{} of {}", units::bytes(used), units::bytes(limit));
    view! {
        <div class="gauge">
            <dt>"Store"</dt>
            <dd>
                <svg viewBox="0 0 120 8" role="img" aria-label=format!("Store: {label}") class:full={share > 0.9}>
                    <rect class="back" x="0" y="0" width="120" height="8" rx="4"/>
                    <rect class="fill" x="0" y="0" width=format!("{width:.1}") height="8" rx="4"/>
                </svg>
                <span>{label}</span>
            </dd>
        </div>
    }
}

/// Whether the node answers.
#[component]
fn LinkState() -> impl IntoView {
    let state = State::get();
    let class = move || match state.link.get() {
        Link::Offline => "link off",
        Link::Connecting => "link wait",
        Link::Live => "link live",
        Link::Lost { .. } | Link::Denied => "link lost",
    };
    let text = move || match state.link.get() {
        Link::Offline => "no node".to_owned(),
        Link::Connecting => "connecting…".to_owned(),
        Link::Live => "live".to_owned(),
        Link::Lost { retry_in, .. } => format!("connection lost, again in {retry_in} s"),
        Link::Denied => "token refused".to_owned(),
    };
    let why = move || match state.link.get() {
        Link::Lost { why, .. } => why,
        _ => String::new(),
    };
    view! { <span class=class role="status" title=why>{text}</span> }
}

/// A token by hand, where the address had none or a wrong one.
#[component]
fn TokenForm() -> impl IntoView {
    let state = State::get();
    let typed = RwSignal::new(String::new());
    let wanted = Memo::new(move |_| matches!(state.link.get(), Link::Offline | Link::Denied));
    view! {
        <Show when=move || wanted.get()>
            <form class="token" on:submit=move |event| {
                event.prevent_default();
                let token = typed.get().trim().to_owned();
                if !token.is_empty() {
                    net::remember(&token);
                    state.token.set(Some(token));
                }
            }>
                <label>
                    {move || if state.link.get() == Link::Denied {
                        "The node refused this token. Its start message and the file `token` in its data directory have the right one:"
                    } else {
                        "To see a node's packets, open the address that it prints when it starts, or give its token:"
                    }}
                    <input type="password" autocomplete="off" spellcheck="false" prop:value=typed
                        on:input=move |event| typed.set(event_target_value(&event))/>
                </label>
                <button type="submit">"Connect"</button>
            </form>
        </Show>
    }
}
