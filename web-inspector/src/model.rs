//! What the page shows, worked out without a browser: bytes into fields, checks and verdicts.
//!
//! Touches no DOM, network or clock; all of it is tested on the host.

pub mod analysis;
pub mod checks;
pub mod examples;
pub mod flaw;
pub mod hexdump;
pub mod holdings;
pub mod input;
pub mod ring;
pub mod units;
pub mod work;
