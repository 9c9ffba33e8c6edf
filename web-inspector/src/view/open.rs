//! Inspecting without a node: pasted bytes or an address, a file, or a built-in example.
//!
//! Nothing leaves the browser.

use leptos::prelude::*;
use leptos::task::spawn_local;
use toxdrop_proto::packet::MAX_PACKET;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{DragEvent, Event, File, HtmlInputElement};

use crate::model::input::{self, InputError, MAX_INPUT};
use crate::model::units;
use crate::state::{Source, State};

/// The panel that is shown while no packet is open.
#[component]
pub(crate) fn OpenPanel() -> impl IntoView {
    let state = State::get();
    let text = RwSignal::new(String::new());
    let error = RwSignal::new(None::<InputError>);
    let inspect = move || match input::from_text(&text.read_untracked()) {
        Ok(bytes) => {
            error.set(None);
            state.open(Source::Pasted, bytes);
        }
        Err(wrong) => error.set(Some(wrong)),
    };
    view! {
        <div class="open">
            <h2>"Inspect a packet, a tombstone, a datagram or an address"</h2>
            <p>"Paste it in hexadecimal, an address as it is, or drop a file anywhere on this page. "
               "It is decoded and verified here, in your browser; nothing is sent anywhere."</p>
            <textarea rows="6" spellcheck="false" autocomplete="off" aria-label="Bytes in hexadecimal, or an address"
                placeholder="a packet: nonce, expiry, version, kind, last day, location, body… or toxdrop1…, or a Tox ID"
                prop:value=text
                on:input=move |event| { error.set(None); text.set(event_target_value(&event)); }
                on:keydown=move |event| {
                    if event.key() == "Enter" && (event.ctrl_key() || event.meta_key()) {
                        inspect();
                    }
                }
            ></textarea>
            <div role="alert">{move || error.get().map(|wrong| view! { <Wrong wrong text=text.get_untracked()/> })}</div>
            <div class="actions">
                <button class="primary" on:click=move |_| inspect()>"Inspect"</button>
                <label class="button">
                    "Choose a file…"
                    <input type="file" class="visually-hidden" on:change=move |event| chosen(state, &event)/>
                </label>
                {crate::model::examples::ALL.map(|example| view! {
                    <button class="quiet" on:click=move |_| {
                        match example.bytes() {
                            Ok(bytes) => state.open(Source::Example(example.name), bytes),
                            Err(wrong) => state.problem.set(Some(wrong.to_string())),
                        }
                    }>{format!("Example: {}", example.name)}</button>
                })}
            </div>
        </div>
    }
}

/// What is wrong with pasted text, with the place marked.
#[component]
fn Wrong(wrong: InputError, text: String) -> impl IntoView {
    let marked = wrong.place().map(|at| {
        let (before, mark, after) = input::excerpt(&text, at);
        view! { <pre class="excerpt">{before}<mark>{mark}</mark>{after}</pre> }
    });
    view! {
        <div class="problem">
            <p>{wrong.to_string()}</p>
            {marked}
        </div>
    }
}

fn chosen(state: State, event: &Event) {
    let input = event
        .target()
        .and_then(|target| target.dyn_into::<HtmlInputElement>().ok());
    if let Some(file) = input.and_then(|i| i.files()).and_then(|files| files.get(0)) {
        read(state, file);
    }
}

/// A file dropped on the page.
pub(crate) fn dropped(state: State, event: &DragEvent) {
    event.prevent_default();
    let file = event
        .data_transfer()
        .and_then(|data| data.files())
        .and_then(|files| files.get(0));
    if let Some(file) = file {
        read(state, file);
    }
}

fn read(state: State, file: File) {
    let name = file.name();
    // Checked before reading: a film dropped by mistake should not be loaded.
    if file.size() > units::to_f64(u64::try_from(MAX_INPUT).unwrap_or(u64::MAX)) * 3.0 {
        state.problem.set(Some(format!(
            "{name} is far larger than a stored packet (at most {MAX_PACKET} bytes): it is some other file"
        )));
        return;
    }
    spawn_local(async move {
        match JsFuture::from(file.array_buffer()).await {
            Ok(buffer) => {
                let content = js_sys::Uint8Array::new(&buffer).to_vec();
                match input::from_file(content) {
                    Ok(bytes) => state.open(Source::File(name), bytes),
                    Err(wrong) => state.problem.set(Some(format!("{name}: {wrong}"))),
                }
            }
            Err(_) => state
                .problem
                .set(Some(format!("The browser could not read {name}."))),
        }
    });
}
