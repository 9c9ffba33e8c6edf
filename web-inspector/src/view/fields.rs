//! Fields as a table: where each lies, what it says, who can read it; and a legend of the last.
//!
//! A row lights up its bytes in the hex view, where there is one.

use leptos::prelude::*;

use super::hex::TINTS;
use crate::model::finding::{Analysis, Field};

/// The table.
#[component]
pub(crate) fn FieldTable(
    fields: Vec<Field>,
    /// The field that is pointed at, of a table whose bytes are shown beside it.
    hovered: Option<RwSignal<Option<usize>>>,
) -> impl IntoView {
    let audiences = Analysis::audiences(&fields);
    let rows = fields
        .into_iter()
        .enumerate()
        .map(|(index, field)| {
            let point = move |at: Option<usize>| {
                if let Some(hovered) = hovered {
                    hovered.set(at);
                }
            };
            let class = hovered.map_or_else(
                || "plain".to_owned(),
                |_| format!("run f{}", index % TINTS),
            );
            view! {
                <tr class=class tabindex=hovered.map(|_| "0")
                    on:mouseenter=move |_| point(Some(index)) on:mouseleave=move |_| point(None)
                    on:focus=move |_| point(Some(index)) on:blur=move |_| point(None)>
                    <td class="where mono">{format!("{}", field.range.start)}<small>{format!("+{}", field.range.len())}</small></td>
                    <th scope="row">{field.name}<small>{field.meaning}</small></th>
                    <td class="mono break">{field.gloss.map(|gloss| view! { <b>{gloss}</b><br/> })}{field.value}</td>
                    <td class="sees"><span aria-hidden="true">{field.sees.mark()}</span>" "{field.sees.words()}</td>
                </tr>
            }
        })
        .collect_view();
    let legend = audiences
        .into_iter()
        .map(|audience| {
            view! {
                <div>
                    <dt><span aria-hidden="true">{audience.mark()}</span>" "{audience.words()}</dt>
                    <dd>{audience.explanation()}</dd>
                </div>
            }
        })
        .collect_view();
    view! {
        <div class="fields-with-legend">
            <table class="fields">
                <thead><tr>
                    <th scope="col">"Byte"</th><th scope="col">"Field"</th><th scope="col">"Value"</th><th scope="col">"Who sees it"</th>
                </tr></thead>
                <tbody>{rows}</tbody>
            </table>
            <dl class="legend" aria-label="Who sees what">{legend}</dl>
        </div>
    }
}
