//! One packet: the verdict, the checks, its work, its fields and its bytes.
//!
//! Everything is worked out here from the bytes; the node's summary is not used.

use leptos::prelude::*;
use toxdrop_proto::ids::NetworkId;

use super::hex::{HexView, TINTS};
use super::work::WorkPanel;
use crate::model::analysis::{self, Analysis, Field};
use crate::model::checks::{self, Check, Claim, Verdict};
use crate::model::units;
use crate::model::work;
use crate::state::{Opened, Source, State};

/// The opened packet.
#[component]
pub(crate) fn Detail(
    /// The bytes, and where they came from.
    opened: Opened,
    /// What a record's signature must be for.
    network: NetworkId,
) -> impl IntoView {
    let state = State::get();
    let bytes = opened.bytes.clone();
    let claim = match &opened.source {
        Source::Node((location, packet_id)) => Some(Claim {
            location,
            packet_id,
        }),
        _ => None,
    };
    let found = analysis::analyse(&bytes, network, claim.as_ref());
    let hovered = RwSignal::new(None::<usize>);
    let len = bytes.len();
    let (value, expires) = (found.pow_value, found.expires);
    let judged = Memo::new(move |_| {
        value.zip(expires).map(|(value, expires)| {
            work::judge_value(
                value,
                len,
                expires,
                state.now.get(),
                state.asked.get(),
                state.network_difficulty(),
            )
        })
    });
    let flaw = found.flaw.clone();
    let ranges = found
        .fields
        .iter()
        .map(|f| f.range.clone())
        .collect::<Vec<_>>();
    let title = found.title;
    view! {
        <article class="detail" data-hover=move || hovered.get().map(|f| (f % TINTS).to_string())>
            <div class="title">
                <h2>{title}</h2>
                <span class="size">{format!("{} bytes", units::grouped(u64::try_from(len).unwrap_or(0)))}</span>
                <span class="source">{describe(&opened.source)}</span>
            </div>
            <Gone source=opened.source.clone()/>
            <FlawNote found=found.clone()/>
            <div class="cards">
                <section class="card claims" aria-label="Checks">
                    <h3>"Checks"</h3>
                    <TimeLeft expires/>
                    <ul class="checks">
                        {move || expires.map(|e| view! { <CheckLine check=checks::life(e, state.now.get())/> })}
                        {found.checks.iter().map(|check| view! { <CheckLine check=check.clone()/> }).collect_view()}
                    </ul>
                    <Belongs location=found.location/>
                </section>
                <WorkPanel work=judged/>
            </div>
            <Names found=found.clone()/>
            <div class="anatomy">
                <FieldTable fields=found.fields.clone() hovered/>
                <HexView bytes missing=flaw.as_ref().map_or(0, |f| f.missing) fields=ranges
                    flaw=flaw.map(|f| f.range) hovered/>
            </div>
        </article>
    }
}

fn describe(source: &Source) -> String {
    match source {
        Source::Node(_) => "from this node's store".to_owned(),
        Source::File(name) => format!("from the file {name}"),
        Source::Pasted => "pasted".to_owned(),
        Source::Example(name) => format!("example: {name}"),
    }
}

/// Says when the node has let go of what is shown.
#[component]
fn Gone(source: Source) -> impl IntoView {
    let state = State::get();
    let gone = Memo::new(move |_| match &source {
        Source::Node(key) => state.held.with(|held| {
            // A list that is cut or not yet complete proves nothing.
            (held.get(key).is_none() && !held.truncated)
                .then(|| {
                    held.log()
                        .iter()
                        .find(|line| line.key == *key)
                        .map(|line| line.verb)
                })
                .flatten()
        }),
        _ => None,
    });
    view! {
        {move || gone.get().map(|verb| view! {
            <p class="note" role="status">{format!("The node no longer holds this packet: it was {verb}.")}</p>
        })}
    }
}

/// Where decoding stopped.
#[component]
fn FlawNote(found: Analysis) -> impl IntoView {
    found.flaw.map(|flaw| {
        let place = format!("At byte {} ({:#06x}): ", flaw.range.start, flaw.range.start);
        view! { <p class="problem flaw" role="alert"><b>{place}</b>{flaw.message}</p> }
    })
}

/// The countdown.
#[component]
fn TimeLeft(expires: Option<u64>) -> impl IntoView {
    let state = State::get();
    expires.map(|expires| {
        let text = move || {
            let now = state.now.get();
            if expires > now {
                format!("{} left", units::countdown(expires - now))
            } else {
                format!("expired {} ago", units::duration(now - expires))
            }
        };
        let late = move || state.now.get() >= expires;
        view! {
            <p class="left" class:late=late>
                <b>{text}</b>
                <span>{units::date(expires)}</span>
            </p>
        }
    })
}

#[component]
fn CheckLine(check: Check) -> impl IntoView {
    let (class, mark, said) = match check.verdict {
        Verdict::Holds => ("good", "✓", "holds"),
        Verdict::Fails => ("bad", "✗", "fails"),
        Verdict::Unknown => ("open", "·", "cannot be told"),
    };
    view! {
        <li class=class>
            <span class="mark" aria-label=said>{mark}</span>
            <span><b>{check.what}</b>" "{check.detail}</span>
        </li>
    }
}

/// Compares the location with that of an address, which is the only way to tell whose it is.
#[component]
fn Belongs(location: Option<[u8; 32]>) -> impl IntoView {
    let address = RwSignal::new(String::new());
    let salt = RwSignal::new(String::new());
    let answer = move || {
        let location = location?;
        let typed = address.read();
        if typed.trim().is_empty() {
            return None;
        }
        let (class, text) = match checks::belongs_to(&location, &typed, &salt.read()) {
            Ok(true) => (
                "good",
                "Yes: the location follows from this address.".to_owned(),
            ),
            Ok(false) => (
                "bad",
                "No: this address, with this salt, lies elsewhere.".to_owned(),
            ),
            Err(wrong) => ("bad", wrong),
        };
        Some(view! { <p class=format!("answer {class}")>{text}</p> })
    };
    location.map(|_| view! {
        <details class="belongs">
            <summary>"Does it belong to an address?"</summary>
            <label>"Address"
                <input type="text" class="mono" placeholder="toxdrop1…" spellcheck="false" autocomplete="off" prop:value=address
                    on:input=move |event| address.set(event_target_value(&event))/>
            </label>
            <label>"Salt, if it moved"
                <input type="text" class="mono" placeholder="00000000000000000000000000000000" spellcheck="false" autocomplete="off" prop:value=salt
                    on:input=move |event| salt.set(event_target_value(&event))/>
            </label>
            <div role="status">{answer}</div>
        </details>
    })
}

/// Id and location, to be read and copied.
#[component]
fn Names(found: Analysis) -> impl IntoView {
    let id = found.id.map(|id| {
        view! {
            <div><dt>"Id"</dt><dd class="mono break">{id}</dd></div>
        }
    });
    let location = found.location.map(|location| {
        view! {
            <div><dt>"Location"</dt><dd class="mono break">{hex::encode(location)}</dd></div>
        }
    });
    view! { <dl class="names">{id}{location}</dl> }
}

/// The fields as a table whose rows light up the bytes.
#[component]
fn FieldTable(fields: Vec<Field>, hovered: RwSignal<Option<usize>>) -> impl IntoView {
    let rows = fields
        .into_iter()
        .enumerate()
        .map(|(index, field)| {
            let point = move || hovered.set(Some(index));
            let leave = move || hovered.set(None);
            view! {
                <tr class=format!("run f{}", index % TINTS) tabindex="0"
                    on:mouseenter=move |_| point() on:mouseleave=move |_| leave()
                    on:focus=move |_| point() on:blur=move |_| leave()>
                    <td class="where mono">{format!("{}", field.range.start)}<small>{format!("+{}", field.range.len())}</small></td>
                    <th scope="row">{field.name}<small>{field.meaning}</small></th>
                    <td class="mono break">{field.gloss.map(|gloss| view! { <b>{gloss}</b><br/> })}{field.value}</td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <table class="fields">
            <thead><tr><th scope="col">"Byte"</th><th scope="col">"Field"</th><th scope="col">"Value"</th></tr></thead>
            <tbody>{rows}</tbody>
        </table>
    }
}
