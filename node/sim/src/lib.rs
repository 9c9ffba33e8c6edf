//! A network in memory for toxdrop's DHT engine.
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

pub use addresses::address;
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
