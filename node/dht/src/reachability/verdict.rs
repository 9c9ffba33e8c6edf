//! Whether others can reach us, and why we think so.
//!
//! Judges nothing.

use std::net::IpAddr;

/// Whether nodes that we did not write to can reach us, and how we know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reachability {
    /// The settings say so.
    Set {
        /// What they say.
        reachable: bool,
    },
    /// Nobody has told us how it sees us.
    Unknown {
        /// What our own addresses let us presume.
        reachable: bool,
    },
    /// Nobody has shown us either.
    Presumed {
        /// Whether that is an address of our own.
        reachable: bool,
        /// Where most others see us.
        seen: IpAddr,
    },
    /// Nodes with which we had had no dealings have dialled back.
    Proved {
        /// How many did.
        dialled: usize,
        /// How many nodes were asked to have us dialled.
        asked: usize,
    },
    /// Nobody has dialled back.
    Refuted {
        /// How many nodes had somebody dial us.
        accepted: usize,
    },
}

impl Reachability {
    /// Whether we act as one that can be reached.
    #[must_use]
    pub fn is_reachable(&self) -> bool {
        match self {
            Self::Set { reachable }
            | Self::Unknown { reachable }
            | Self::Presumed { reachable, .. } => *reachable,
            Self::Proved { .. } => true,
            Self::Refuted { .. } => false,
        }
    }
}

impl std::fmt::Display for Reachability {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Set { reachable: true } => f.write_str("yes: the settings say so"),
            Self::Set { reachable: false } => f.write_str("no: the settings say so"),
            Self::Unknown { reachable: true } => {
                f.write_str("presumed yes: no other node has said how it sees this one yet")
            }
            Self::Unknown { reachable: false } => {
                f.write_str("not known yet: no other node has said how it sees this one")
            }
            Self::Presumed {
                reachable: true,
                seen,
            } => write!(
                f,
                "presumed yes: others see this node at {seen}, an address of its own, and nobody could test it yet"
            ),
            Self::Presumed {
                reachable: false,
                seen,
            } => write!(
                f,
                "presumed no: others see this node at {seen}, which is no address of its own, and nobody could test it yet"
            ),
            Self::Proved { dialled, asked } => write!(f, "yes ({dialled} of {asked} dialled back)"),
            Self::Refuted { .. } => f.write_str("no: behind a NAT or firewall"),
        }
    }
}
