//! Can nodes reach us that we did not write to? Found out by having them dial; and done for others who want to know.
//!
//! Stores nothing and greets nobody: what follows is the engine's to do, in `reaching`.

mod asking_around;
mod budget;
mod dialling;
mod presumption;
mod round;
mod telling;
mod verdict;

use asking_around::AskingAround;
use dialling::Dialling;
use telling::Telling;
pub use verdict::Reachability;

use crate::config::Reachable;

/// The three parts.
pub(crate) struct Reach {
    /// For ourselves.
    pub(crate) around: AskingAround,
    /// For others.
    pub(crate) dialling: Dialling,
    /// What of it was told.
    pub(crate) telling: Telling,
}

impl Reach {
    pub(crate) fn new(setting: Reachable) -> Self {
        Self {
            around: AskingAround::new(setting),
            dialling: Dialling::new(),
            telling: Telling::new(),
        }
    }
}
