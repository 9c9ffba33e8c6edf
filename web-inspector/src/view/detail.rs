//! What was opened: the verdict, the checks, its work, its fields and its bytes.
//!
//! Everything is worked out here from the bytes; the node's summary is not used.

use leptos::prelude::*;
use toxdrop_proto::ids::NetworkId;

use super::belongs::{Belongs, RecordPanel};
use super::check::CheckLine;
use super::fields::FieldTable;
use super::hex::{HexView, TINTS};
use super::work::WorkPanel;
use crate::model::finding::Analysis;
use crate::model::packet::Claim;
use crate::model::{address, analysis, checks, question, units, work};
use crate::state::{Opened, Source, State};

/// What was opened.
#[component]
pub(crate) fn Detail(
    /// The bytes, and where they came from.
    opened: Opened,
    /// What signatures must be for.
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
    let (value, expires, charged) = (found.pow_value, found.expires, found.charged());
    let judged = Memo::new(move |_| {
        value.zip(expires).map(|(value, expires)| {
            work::judge_value(
                value,
                charged,
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
    let (location, packet) = (found.location, found.packet.clone());
    let made = packet.clone();
    let answer = Memo::new(move |_| {
        let address = state.address.read();
        let location = location.filter(|_| !address.trim().is_empty())?;
        // The clock is looked at when something is typed: a record's date does not change by the second.
        let now = state.now.get_untracked();
        Some(question::ask(
            &location,
            packet.as_ref(),
            &address,
            &state.secret.read(),
            now,
        ))
    });
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
                        {move || made.as_ref().map(|p| view! { <CheckLine check=checks::made(p, state.now.get())/> })}
                        {found.checks.iter().map(|check| view! { <CheckLine check=check.clone()/> }).collect_view()}
                    </ul>
                    {location.map(|_| view! { <Belongs answer/> })}
                </section>
                {expires.is_some().then(|| view! { <WorkPanel work=judged prepaid=value.is_none()/> })}
            </div>
            <RecordPanel answer/>
            <Names found=found.clone() now=state.now.get_untracked()/>
            <div class="anatomy">
                <FieldTable fields=found.fields.clone() hovered=Some(hovered)/>
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

/// Id and location, or the forms of an address and its places, to be read and copied.
#[component]
fn Names(found: Analysis, now: u64) -> impl IntoView {
    let mut names: Vec<(String, String)> = Vec::new();
    names.extend(found.id.map(|id| ("Id".to_owned(), id)));
    let location = found.location.map(hex::encode);
    names.extend(location.map(|location| ("Location".to_owned(), location)));
    if let Some(of) = found.address {
        let forms = address::forms(&of).into_iter();
        names.extend(forms.map(|(name, text)| (name.to_owned(), text)));
        names.extend(address::places(&of, now));
    }
    let shown = names.into_iter().map(|(name, text)| {
        view! { <div><dt>{name}</dt><dd class="mono break">{text}</dd></div> }
    });
    view! { <dl class="names">{shown.collect_view()}</dl> }
}
