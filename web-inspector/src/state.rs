//! What the page knows at this moment, as signals that the views follow.
//!
//! Only `net` and the clock write what comes from outside; the views write the person's choices.

use std::sync::Arc;

use leptos::prelude::*;
use toxdrop_proto::grpc::v1::{KnownNode, StatusResponse};
use toxdrop_proto::ids::NetworkId;
use toxdrop_proto::pow::Difficulty;

use crate::model::holdings::{Holdings, Key};

/// How things stand with the node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Link {
    /// No token, so nothing is asked of anybody.
    Offline,
    /// Asking for the first time, or again.
    Connecting,
    /// The list is complete and events arrive.
    Live,
    /// The connection broke.
    Lost {
        /// What was said.
        why: String,
        /// Seconds until the next attempt.
        retry_in: u32,
    },
    /// The node refuses the token.
    Denied,
}

/// Where opened bytes came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// The node's store.
    Node(Key),
    /// A file, by name.
    File(String),
    /// Pasted text.
    Pasted,
    /// The built-in example.
    Example(&'static str),
}

/// Bytes that are being looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Opened {
    pub(crate) source: Source,
    pub(crate) bytes: Arc<Vec<u8>>,
}

/// All signals of the page.
#[derive(Clone, Copy)]
pub(crate) struct State {
    /// Unix seconds by this machine's clock.
    pub(crate) now: RwSignal<u64>,
    pub(crate) link: RwSignal<Link>,
    pub(crate) token: RwSignal<Option<String>>,
    pub(crate) status: RwSignal<Option<StatusResponse>>,
    pub(crate) nodes: RwSignal<Vec<KnownNode>>,
    pub(crate) held: RwSignal<Holdings>,
    pub(crate) opened: RwSignal<Option<Opened>>,
    /// Why the last thing that was asked for could not be opened.
    pub(crate) problem: RwSignal<Option<String>>,
    /// The difficulty that packets are judged under.
    pub(crate) asked: RwSignal<Difficulty>,
    /// The address that packets are compared with, as it was typed; it stays from one packet to the next.
    pub(crate) address: RwSignal<String>,
    /// The secret of its front door or contacts' place, as it was typed.
    pub(crate) secret: RwSignal<String>,
    /// Bytes in a row of the hex view.
    pub(crate) columns: RwSignal<usize>,
}

impl State {
    pub(crate) fn new(now: u64, columns: usize, token: Option<String>) -> Self {
        Self {
            now: RwSignal::new(now),
            link: RwSignal::new(Link::Offline),
            token: RwSignal::new(token),
            status: RwSignal::new(None),
            nodes: RwSignal::new(Vec::new()),
            held: RwSignal::new(Holdings::default()),
            opened: RwSignal::new(None),
            problem: RwSignal::new(None),
            asked: RwSignal::new(Difficulty::DEFAULT),
            address: RwSignal::new(String::new()),
            secret: RwSignal::new(String::new()),
            columns: RwSignal::new(columns),
        }
    }

    /// The network's own difficulty: the node's word, or the public network's.
    pub(crate) fn network_difficulty(self) -> Difficulty {
        self.status.with(|status| {
            status.as_ref().map_or(Difficulty::DEFAULT, |s| {
                Difficulty {
                    nonce_trials_per_byte: s.nonce_trials_per_byte,
                    extra_bytes: s.extra_bytes,
                }
                .check()
                .unwrap_or(Difficulty::DEFAULT)
            })
        })
    }

    /// The network that signatures belong to.
    pub(crate) fn network(self) -> NetworkId {
        self.status.with(|status| {
            status
                .as_ref()
                .map_or(NetworkId::MAIN, |s| NetworkId(s.network_id))
        })
    }

    /// Shows bytes, whatever was shown before.
    pub(crate) fn open(self, source: Source, bytes: Vec<u8>) {
        self.problem.set(None);
        self.opened.set(Some(Opened {
            source,
            bytes: Arc::new(bytes),
        }));
    }

    /// The page's state, which `App` provides to all views.
    pub(crate) fn get() -> Self {
        expect_context()
    }
}
