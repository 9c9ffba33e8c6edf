//! The bytes, coloured by field; what is pointed at or focused here lights up in the table, and back.
//!
//! Colours are classes `f0`, `f1`, …; the style sheet has them.

use std::ops::Range;

use leptos::prelude::*;

use crate::model::hexdump::{self, Run};
use crate::state::State;

/// The classes `f0`…; more fields than this share colours.
pub(crate) const TINTS: usize = 14;

/// The hex view.
#[component]
pub(crate) fn HexView(
    /// The packet.
    bytes: std::sync::Arc<Vec<u8>>,
    /// Bytes that are missing at its end.
    missing: usize,
    /// Where the fields lie.
    fields: Vec<Range<usize>>,
    /// The bytes that are wrong.
    flaw: Option<Range<usize>>,
    /// The field that is pointed at.
    hovered: RwSignal<Option<usize>>,
) -> impl IntoView {
    let state = State::get();
    // A wrong file can be large; its beginning tells enough.
    let shown = bytes.len().min(4_096);
    let hidden = bytes.len() - shown;
    let missing = missing.min(256);
    let rows = move || {
        let head = bytes.get(..shown).unwrap_or_default();
        hexdump::rows(head, missing, &fields, flaw.as_ref(), state.columns.get())
            .into_iter()
            .map(|row| {
                let hex = row
                    .runs
                    .iter()
                    .map(|r| cell(r, r.hex.clone(), hovered))
                    .collect_view();
                let text = row
                    .runs
                    .iter()
                    .map(|r| cell(r, r.text.clone(), hovered))
                    .collect_view();
                view! {
                    <div class="hexrow">
                        <span class="offset">{format!("{:04x}", row.offset)}</span>
                        <span class="bytes">{hex}</span>
                        <span class="text" aria-hidden="true">{text}</span>
                    </div>
                }
            })
            .collect_view()
    };
    view! {
        <div class="hex mono" tabindex="0" role="group" aria-label="Bytes in hexadecimal">
            {rows}
            {(hidden > 0).then(|| view! { <p class="empty">{format!("and {hidden} more bytes")}</p> })}
        </div>
    }
}

fn cell(run: &Run, content: String, hovered: RwSignal<Option<usize>>) -> impl IntoView + use<> {
    let field = run.field;
    let mut class = field.map_or_else(|| "run none".to_owned(), |f| format!("run f{}", f % TINTS));
    if run.flawed {
        class.push_str(" flawed");
    }
    view! {
        <span class=class on:mouseenter=move |_| hovered.set(field) on:mouseleave=move |_| hovered.set(None)>
            {content}
        </span>
    }
}
