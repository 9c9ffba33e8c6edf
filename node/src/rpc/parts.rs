//! What the services work with.
//!
//! Does nothing by itself.

use std::sync::Arc;

use toxdrop_mail::Mail;
use toxdrop_pow::Pool;
use toxdrop_proto::packet::PacketPolicy;

use crate::clock::Clock;
use crate::net::DhtHandle;

/// What the services work with.
#[derive(Clone)]
pub(crate) struct Parts {
    pub(crate) dht: DhtHandle,
    pub(crate) mail: Mail,
    pub(crate) pool: Arc<Pool>,
    pub(crate) token: String,
    pub(crate) clock: Clock,
    pub(crate) policy: PacketPolicy,
    pub(crate) allowed_hosts: Vec<String>,
    pub(crate) data_dir: String,
}
