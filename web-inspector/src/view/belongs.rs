//! Comparing what is open with an address, which is the only way to tell whose it is; and a record opened so.
//!
//! The address stays in the browser, and from one packet to the next.

use leptos::prelude::*;

use super::check::CheckLine;
use super::fields::FieldTable;
use crate::model::question::Answer;
use crate::model::record::Door;
use crate::state::State;

type Asked = Memo<Option<Result<Answer, String>>>;

/// The question and its answer.
#[component]
pub(crate) fn Belongs(answer: Asked) -> impl IntoView {
    let state = State::get();
    let said = move || {
        let (class, text) = match answer.get()? {
            Ok(answer) if answer.found => ("good", answer.sentence),
            Ok(answer) => ("open", answer.sentence),
            Err(wrong) => ("bad", wrong),
        };
        Some(view! { <p class=format!("answer {class}")>{text}</p> })
    };
    view! {
        <details class="belongs" open=state.address.with_untracked(|a| !a.is_empty())>
            <summary>"Does it belong to an address?"</summary>
            <label>"Address, Tox ID or Tox public key"
                <input type="text" class="mono" placeholder="toxdrop1…" spellcheck="false" autocomplete="off"
                    prop:value=move || state.address.get()
                    on:input=move |event| state.address.set(event_target_value(&event))/>
            </label>
            <label>"Secret of a front door that moved, or of the contacts' place, if you know it"
                <input type="text" class="mono" placeholder="32 hexadecimal digits" spellcheck="false" autocomplete="off"
                    prop:value=move || state.secret.get()
                    on:input=move |event| state.secret.set(event_target_value(&event))/>
            </label>
            <div role="status">{said}</div>
        </details>
    }
}

/// What the record holds, once an address has opened it.
#[component]
pub(crate) fn RecordPanel(answer: Asked) -> impl IntoView {
    let opened = Memo::new(move |_| answer.get()?.ok()?.record);
    move || {
        opened.get().map(|record| {
            let believed = !record.fields.is_empty();
            view! {
                <section class="card record" aria-label="The record, opened">
                    <h3>"The record, opened with the inbox's key"</h3>
                    <ul class="checks">
                        {record.checks.into_iter().map(|check| view! { <CheckLine check/> }).collect_view()}
                    </ul>
                    {record.door.map(|door| view! { <DoorNote door/> })}
                    {believed.then(|| view! { <FieldTable fields=record.fields hovered=None/> })}
                </section>
            }
        })
    }
}

/// Where strangers write to, as the record says.
#[component]
fn DoorNote(door: Door) -> impl IntoView {
    let state = State::get();
    let moved = door.secret.map(|secret| {
        let take = secret.clone();
        view! {
            <p class="note">
                "The front door moved: its secret is "<span class="mono break">{secret}</span>". "
                <button class="quiet" on:click=move |_| state.secret.set(take.clone())>"Compare packets with it"</button>
            </p>
        }
    });
    let locations = door.locations.into_iter().map(|(period, location)| {
        view! { <div><dt>{format!("Front door, {period}")}</dt><dd class="mono break">{location}</dd></div> }
    });
    view! {
        {moved}
        <dl class="names">{locations.collect_view()}</dl>
    }
}
