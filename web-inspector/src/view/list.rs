//! The list of packets that the node holds: filter, order, and one row a packet.
//!
//! Shows a part of what is held at a time; a page of ten thousand rows helps nobody.

use leptos::prelude::*;
use toxdrop_proto::grpc::v1::StoredPacket;

use crate::model::holdings::{Order, key};
use crate::model::units;
use crate::net;
use crate::state::{Source, State};

/// Rows at first, and as many more at each press.
const ROWS: usize = 100;

/// The list.
#[component]
pub(crate) fn PacketList() -> impl IntoView {
    let state = State::get();
    let filter = RwSignal::new(String::new());
    let order = RwSignal::new(Order::default());
    let limit = RwSignal::new(ROWS);
    let visible = Memo::new(move |_| {
        state
            .held
            .with(|held| held.view(&filter.read(), order.get(), limit.get()))
    });
    view! {
        <section class="list" aria-label="Packets of this node">
            <div class="tools">
                <input type="search" placeholder="filter: id or location…" aria-label="Filter by the beginning of an id or location"
                    spellcheck="false" autocomplete="off" prop:value=filter
                    on:input=move |event| { limit.set(ROWS); filter.set(event_target_value(&event)); }/>
                <select aria-label="Order" on:change=move |event| order.set(Order::from_value(&event_target_value(&event)))>
                    {Order::ALL.map(|(_, value, label)| view! { <option value=value>{label}</option> })}
                </select>
            </div>
            <ul>
                <For each=move || visible.get().0 key=|p| (key(p), p.expires_unix) let:packet>
                    <Row packet/>
                </For>
            </ul>
            {move || {
                let (rows, all) = visible.get();
                let hidden = all.saturating_sub(rows.len());
                if all == 0 {
                    let text = if filter.read().is_empty() {
                        "This node holds no packets yet. What others store here appears at once."
                    } else {
                        "No packet's id or location begins so."
                    };
                    view! { <p class="empty">{text}</p> }.into_any()
                } else if hidden > 0 {
                    view! {
                        <button class="more" on:click=move |_| limit.update(|l| *l += ROWS * 5)>
                            {format!("Show more ({} hidden)", units::grouped(u64::try_from(hidden).unwrap_or(0)))}
                        </button>
                    }.into_any()
                } else {
                    ().into_any()
                }
            }}
            <Show when=move || state.held.with(|h| h.truncated)>
                <p class="empty">"The node holds more than this page keeps; filtering covers what is listed."</p>
            </Show>
        </section>
    }
}

/// One packet.
#[component]
fn Row(packet: StoredPacket) -> impl IntoView {
    let state = State::get();
    let own = key(&packet);
    let open = own.clone();
    let is_open = Memo::new(move |_| {
        state.opened.with(|opened| {
            matches!(opened.as_ref().map(|o| &o.source), Some(Source::Node(k)) if *k == own)
        })
    });
    let expires = packet.expires_unix;
    let left = move || match expires.saturating_sub(state.now.get()) {
        0 => "expired".to_owned(),
        left => units::duration(left),
    };
    let kind = match packet.kind {
        1 => ("message", "kind message"),
        2 => ("record", "kind record"),
        3 => ("prepaid", "kind message"),
        4 => ("deposit", "kind deposit"),
        _ => ("unknown", "kind"),
    };
    view! {
        <li>
            <button class="row" class:open=is_open aria-pressed=move || is_open.get().to_string()
                on:click=move |_| net::open(state, open.clone())>
                <span class=kind.1>{kind.0}</span>
                <span class="mono id">{units::short(&hex::encode(&packet.packet_id))}</span>
                <span class="standing" title="standing: trials shown for each byte">{format!("{}/B", units::per_byte(packet.trials_per_byte))}</span>
                <span class="mono place">{format!("at {}", units::short(&hex::encode(&packet.location)))}</span>
                <span class="size">{units::bytes(packet.size.into())}</span>
                <span class="left">{left}</span>
            </button>
        </li>
    }
}
