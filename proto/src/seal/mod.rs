//! Seal keys: what messages are sealed for, a new one every week, so that old mail stays secret when keys are lost.
//!
//! No key here is derived from an inbox's identity. Erasing is a change of state: whoever keeps the state on a disk
//! overwrites the former one.

mod chain;
mod keyring;
mod keys;

pub use chain::{MAX_WEEKS_AHEAD, SealChain, SealChainError};
pub use keyring::{Erased, MAX_FORMER, ResealError, SealKeyring};
pub use keys::{SEAL_KEYS_LEN, SEAL_WEEKS, SealKeys, record_end};
