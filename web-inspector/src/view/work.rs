//! The proof of work: value, target and margin as figures and as a picture, and the difficulty to judge by.
//!
//! The clock moves the target; the value stays.

use leptos::prelude::*;
use toxdrop_proto::pow::Difficulty;

use crate::model::units;
use crate::model::work::{Work, scale};
use crate::state::State;

/// The panel.
#[component]
pub(crate) fn WorkPanel(
    work: Memo<Option<Work>>,
    /// Whether a deposit shows the work.
    prepaid: bool,
) -> impl IntoView {
    view! {
        <section class="card work" aria-label="Proof of work">
            <h3>"Proof of work"</h3>
            {move || match work.get() {
                Some(work) => view! { <Figures work/> }.into_any(),
                None => view! {
                    <p class="empty">"None is needed: the deposit at the same place shows it, and gives this its standing."</p>
                }.into_any(),
            }}
            {(!prepaid).then(|| view! { <DifficultyForm/> })}
        </section>
    }
}

#[component]
fn Figures(work: Work) -> impl IntoView {
    let verdict = if work.holds { "good" } else { "bad" };
    let sentence = if work.holds {
        format!(
            "Holds: {} times the work asked for.",
            units::factor(work.margin).trim_start_matches('×')
        )
    } else {
        format!(
            "Does not hold: {} of the work asked for.",
            percent(work.margin)
        )
    };
    view! {
        <p class=format!("verdict {verdict}")>{sentence}</p>
        <Scale work/>
        <dl class="figures">
            <div><dt>"Value"</dt><dd class="mono">{units::grouped(work.value)}</dd></div>
            <div><dt>"Target now, as judged"</dt><dd class="mono">{units::grouped(work.target)}</dd></div>
            <div><dt>"Target of the network"</dt><dd class="mono">{units::grouped(work.network_target)}</dd></div>
            <div><dt>"Margin"</dt><dd class="mono">{units::factor(work.margin)}</dd></div>
            <div><dt>"Standing"</dt><dd title="Work shown for each byte that it is charged for: what competes for room, whatever the clock says">
                <span class="mono">{units::per_byte(work.standing.trials_per_byte())}</span>" trials per byte"</dd></div>
            <div><dt>"Hashes asked for"</dt><dd class="mono">{units::grouped(work.expected_trials)}</dd></div>
            <div><dt>"Life charged"</dt><dd class="mono">{units::duration(work.charged)}</dd></div>
        </dl>
    }
}

fn percent(share: f64) -> String {
    if share >= 0.001 {
        format!("{:.1} %", share * 100.0)
    } else {
        "less than 0.1 %".to_owned()
    }
}

/// Target and value on one logarithmic line: the further right, the more work.
#[component]
fn Scale(work: Work) -> impl IntoView {
    // From 2^16 to 2^48 trials: everything that happens in practice.
    let place = |value| ((scale(value) * 64.0 - 10.0) / 34.0).clamp(0.0, 1.0) * 320.0 + 10.0;
    let (target, value) = (place(work.target), place(work.value));
    let class = if work.holds {
        "scale good"
    } else {
        "scale bad"
    };
    let label = format!(
        "The value is {} the target; further right is more work.",
        if work.holds { "beyond" } else { "short of" }
    );
    view! {
        <svg class=class viewBox="0 0 340 34" role="img" aria-label=label>
            <line class="axis" x1="10" y1="17" x2="330" y2="17"/>
            <rect class="pass" x=format!("{target:.1}") y="13" width=format!("{:.1}", 330.0 - target) height="8" rx="4"/>
            <line class="target" x1=format!("{target:.1}") y1="6" x2=format!("{target:.1}") y2="28"/>
            <circle class="value" cx=format!("{value:.1}") cy="17" r="6"/>
        </svg>
    }
}

/// Both figures of the difficulty, checked as they are typed.
#[component]
fn DifficultyForm() -> impl IntoView {
    let state = State::get();
    let start = state.asked.get_untracked();
    let trials = RwSignal::new(start.nonce_trials_per_byte.to_string());
    let extra = RwSignal::new(start.extra_bytes.to_string());
    let problem = RwSignal::new(None::<String>);
    let change = move || {
        let parsed = trials
            .read()
            .trim()
            .parse()
            .ok()
            .zip(extra.read().trim().parse().ok());
        let Some((nonce_trials_per_byte, extra_bytes)) = parsed else {
            problem.set(Some("Both are whole numbers.".to_owned()));
            return;
        };
        match (Difficulty {
            nonce_trials_per_byte,
            extra_bytes,
        })
        .check()
        {
            Ok(difficulty) => {
                problem.set(None);
                state.asked.set(difficulty);
            }
            Err(error) => problem.set(Some(error.to_string())),
        }
    };
    view! {
        <fieldset class="difficulty">
            <legend>"Judged by"</legend>
            <label>"trials per byte"
                <input type="text" inputmode="numeric" size="7" prop:value=trials
                    on:input=move |event| { trials.set(event_target_value(&event)); change(); }/>
            </label>
            <label>"extra bytes"
                <input type="text" inputmode="numeric" size="7" prop:value=extra
                    on:input=move |event| { extra.set(event_target_value(&event)); change(); }/>
            </label>
            <button class="quiet" on:click=move |_| {
                let network = state.network_difficulty();
                trials.set(network.nonce_trials_per_byte.to_string());
                extra.set(network.extra_bytes.to_string());
                change();
            }>"network's own"</button>
            <span role="alert">{move || problem.get().map(|p| view! { <span class="problem">{p}</span> })}</span>
        </fieldset>
    }
}
