//! One check: how it came out, as a sign, and with which figures.
//!
//! Checks nothing.

use leptos::prelude::*;

use crate::model::checks::{Check, Verdict};

/// The line of a check.
#[component]
pub(crate) fn CheckLine(check: Check) -> impl IntoView {
    let (class, mark, said) = match check.verdict {
        Verdict::Holds => ("good", "✓", "holds"),
        Verdict::Fails => ("bad", "✗", "fails"),
        Verdict::Unknown => ("open", "·", "cannot be told"),
    };
    view! {
        <li class=class>
            <span class="mark" role="img" aria-label=said>{mark}</span>
            <span><b>{check.what}</b>" "{check.detail}</span>
        </li>
    }
}
