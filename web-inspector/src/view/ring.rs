//! The keyspace as a ring: packets as bars outside, known nodes as dots, this node marked.
//!
//! A picture for orientation; the list has the numbers.

use leptos::prelude::*;

use crate::model::{ring, units};
use crate::state::{Source, State};

const RADIUS: f64 = 78.0;
const TALLEST: f64 = 20.0;

/// The ring.
#[component]
pub(crate) fn Ring() -> impl IntoView {
    let state = State::get();
    let bars = Memo::new(move |_| {
        let counts = state.held.with(|held| ring::histogram(held.locations()));
        let most = counts.iter().copied().max().unwrap_or(0).max(1);
        counts
            .into_iter()
            .enumerate()
            .filter(|(_, count)| *count > 0)
            .map(|(sector, count)| {
                // Square root, so that a few packets are seen beside many.
                let height = TALLEST * (0.25 + 0.75 * (f64::from(count) / f64::from(most)).sqrt());
                ring::bar(sector, RADIUS + 3.0, RADIUS + 3.0 + height)
            })
            .collect::<String>()
    });
    let dots = move || {
        state.nodes.with(|nodes| {
            nodes
                .iter()
                .filter_map(|node| {
                    let key = hex::decode(&node.public_key).ok()?;
                    let radius = if node.capable { RADIUS } else { RADIUS - 9.0 };
                    let (x, y) = ring::point(ring::turn(&key), radius);
                    let class = if node.capable { "capable" } else { "tox" };
                    Some(view! { <circle class=class cx=fixed(x) cy=fixed(y) r="2.4"/> })
                })
                .collect_view()
        })
    };
    let own = move || {
        let key = state
            .status
            .with(|s| s.as_ref().and_then(|s| hex::decode(&s.dht_public_key).ok()))?;
        let (x, y) = ring::point(ring::turn(&key), RADIUS);
        Some(view! { <circle class="own" cx=fixed(x) cy=fixed(y) r="5"/> })
    };
    let opened = move || {
        let location = state
            .opened
            .with(|opened| match opened.as_ref().map(|o| &o.source) {
                Some(Source::Node((location, _))) => Some(location.clone()),
                _ => None,
            })?;
        let turn = ring::turn(&location);
        let (a, b) = (
            ring::point(turn, 20.0),
            ring::point(turn, RADIUS + TALLEST + 4.0),
        );
        Some(
            view! { <line class="opened" x1=fixed(a.0) y1=fixed(a.1) x2=fixed(b.0) y2=fixed(b.1)/> },
        )
    };
    let summary = move || {
        let capable = state.nodes.with(|n| n.iter().filter(|n| n.capable).count());
        let all = state.nodes.with(Vec::len);
        format!(
            "Keyspace with {} packets, {capable} nodes that store messages and {} other Tox nodes",
            state.held.with(crate::model::holdings::Holdings::len),
            all.saturating_sub(capable)
        )
    };
    view! {
        <figure class="ring">
            <svg viewBox="-106 -106 212 212" role="img" aria-label=summary>
                <circle class="orbit" cx="0" cy="0" r=fixed(RADIUS)/>
                <path class="bars" d=bars/>
                {opened}
                {dots}
                {own}
                <text class="count" x="0" y="-2">{move || {
                    units::grouped(u64::try_from(state.held.with(crate::model::holdings::Holdings::len)).unwrap_or(0))
                }}</text>
                <text class="unit" x="0" y="14">"packets"</text>
            </svg>
            <figcaption>
                <span class="key own">"this node"</span>
                <span class="key capable">"stores messages"</span>
                <span class="key tox">"Tox only"</span>
                <span class="key bars">"packets"</span>
            </figcaption>
        </figure>
    }
}

fn fixed(number: f64) -> String {
    format!("{number:.2}")
}
