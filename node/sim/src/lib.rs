//! A network in memory for toxdrop's DHT engine: for simulations, tests and examples alike.
//!
//! A [`Network`] holds nodes, each an engine with a store and an address, and what is between them: latency
//! ([`Latency`]), loss ([`Loss`]), translators ([`NatKind`]). Time is virtual and moves from one event to the next, so
//! an hour takes as long as its events need. Everything random comes from one seed: the same seed gives the same run,
//! datagram by datagram.
//!
//! A [`Scenario`] is a network's ordinary life: nodes join, come and go ([`Churn`]), letters are sent and looked for.
//! `cargo xtask sim` runs one and prints what it did and what it cost.
//!
//! It has no hostile nodes of its own: a test that wants one listens at an address ([`Network::listen`]) and speaks the
//! wire format by hand ([`Network::inject`]). Its [`MemoryStore`] keeps the rules that the engine relies on and none
//! of a real store's limits; any other store can take its place ([`Storage`]).
//!
//! ```
//! use std::time::Duration;
//! use toxdrop_sim::letters::easy;
//! use toxdrop_sim::{Loss, NatKind, Network};
//!
//! let mut net = Network::new(7);
//! net.set_loss(Loss::Independent(0.05));
//! for _ in 0..19 {
//!     net.add(easy());
//! }
//! net.add_behind(easy(), NatKind::AddressAndPortFiltering);
//! net.run(Duration::from_secs(120));
//! let (tox, capable) = net.nodes()[19].engine.counts();
//! assert!(tox > 10 && capable > 10);
//! assert!(net.traffic().lost > 0);
//! ```
#![forbid(unsafe_code)]

mod addresses;
mod churn;
mod latency;
pub mod letters;
mod loss;
mod model;
mod nat;
mod network;
mod node;
mod outcome;
mod population;
mod queue;
mod random;
mod scenario;
mod store;
mod traffic;

pub use churn::Churn;
pub use latency::Latency;
pub use loss::Loss;
pub use model::ModelError;
pub use nat::NatKind;
pub use network::{EPOCH, Network, Stray};
pub use node::Node;
pub use outcome::{Messages, Outcome, Quantiles};
pub use scenario::Scenario;
pub use store::{MemoryStore, Storage};
pub use traffic::Traffic;
