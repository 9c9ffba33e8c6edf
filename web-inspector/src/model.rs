//! What the page shows, worked out without a browser: bytes into fields, checks and verdicts.
//!
//! Touches no DOM, network or clock; all of it is tested on the host.

pub mod address;
pub mod analysis;
pub mod belongs;
pub mod checks;
mod datagram;
mod datagram_rows;
pub mod examples;
pub mod finding;
pub mod flaw;
mod gloss;
pub mod hexdump;
pub mod holdings;
pub mod input;
pub mod packet;
pub mod question;
pub mod record;
pub mod ring;
mod tombstone;
pub mod units;
#[cfg(test)]
mod vectors;
pub mod work;
