//! What happened in the store lately, last first.
//!
//! Only since the page was opened: the node keeps no history for it.

use leptos::prelude::*;

use crate::model::units;
use crate::state::State;

/// The log, folded until asked for.
#[component]
pub(crate) fn Log() -> impl IntoView {
    let state = State::get();
    view! {
        <details class="log">
            <summary>{move || match state.held.with(|h| h.log().len()) {
                0 => "No events yet".to_owned(),
                count => format!("Events ({count})"),
            }}</summary>
            <ol>
                {move || state.held.with(|held| held.log().iter().map(|line| {
                    let time = units::date(line.unix);
                    let clock = time.get(11..19).unwrap_or_default().to_owned();
                    view! {
                        <li>
                            <time title=time.clone()>{clock}</time>
                            <span class=format!("verb {}", line.verb)>{line.verb}</span>
                            <span class="mono">{units::short(&hex::encode(&line.key.1))}</span>
                        </li>
                    }
                }).collect_view())}
            </ol>
        </details>
    }
}
