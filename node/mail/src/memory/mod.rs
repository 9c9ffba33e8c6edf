//! A network in memory and a clock that is set by hand: for tests, for examples, and for programs that test their own use of
//! mail.
//!
//! No network is this simple: all nodes are in charge of everything, and all of them are independent. The rules of the store that
//! mail relies on are kept: stamps, expiries, tombstones, the newest record of a place and no older one, and what its terms
//! ask of senders.

pub(crate) mod clock;
pub(crate) mod network;
pub(crate) mod node;

pub use clock::ManualClock;
pub use network::{Heard, MemoryNetwork, Nodes};
pub use node::MemoryNode;
