//! What was found out about one solver.
//!
//! Neither measures nor draws.

use serde::Serialize;

/// One solver's result.
#[derive(Serialize)]
pub(super) struct Measured {
    pub(super) name: String,
    pub(super) trials_per_s: f64,
    /// Trials in the time of one trial of OpenSSL's loop; absent where that cannot be built.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) vs_openssl_loop: Option<f64>,
}
