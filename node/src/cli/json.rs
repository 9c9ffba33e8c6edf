//! The service's answers as JSON: names and units as in the gRPC schema, enumerations in lower case.
//!
//! Prints nothing.

use serde_json::{Value, json};
use toxdrop_proto::grpc::v1;

/// A word for each state of a sent message.
pub(super) fn delivery(delivery: v1::Delivery) -> &'static str {
    match delivery {
        v1::Delivery::Unspecified => "unknown",
        v1::Delivery::Queued => "queued",
        v1::Delivery::Weak => "weak",
        v1::Delivery::Stored => "stored",
        v1::Delivery::Received => "received",
        v1::Delivery::Recalled => "recalled",
        v1::Delivery::Expired => "expired",
    }
}

pub(super) fn sent(message: &v1::SentMessage) -> Value {
    json!({
        "message_id": message.message_id,
        "to_address": message.to_address,
        "from_inbox": message.from_inbox,
        "sent_unix_ms": message.sent_unix_ms,
        "expires_unix": message.expires_unix,
        "parts": message.parts,
        "replicas": message.replicas,
        "quorum": message.quorum,
        "delivery": delivery(message.delivery()),
        "packet_ids": message.packet_ids,
        "pow_trials": message.pow_trials,
        "detail": message.detail,
    })
}

/// A received message; a file's bytes in hexadecimal unless they were saved.
pub(super) fn received(message: &v1::ReceivedMessage, saved: Option<&std::path::Path>) -> Value {
    let mut object = json!({
        "message_id": message.message_id,
        "inbox": message.inbox,
        "from_address": message.from_address,
        "from_name": message.from_name,
        "knows_nospam": message.knows_nospam,
        "sent_unix_ms": message.sent_unix_ms,
        "received_unix_ms": message.received_unix_ms,
    });
    let Some(fields) = object.as_object_mut() else {
        return object;
    };
    let mut put = |name: &str, value: Value| fields.insert(name.to_owned(), value);
    if message.content_type() == v1::ContentType::File {
        put("content_type", "file".into());
        put("file_name", message.file_name.clone().into());
        put("bytes", message.content.len().into());
        match saved {
            Some(path) => put("saved_to", path.display().to_string().into()),
            None => put("content_hex", hex::encode(&message.content).into()),
        };
    } else {
        put("content_type", "text".into());
        put(
            "text",
            String::from_utf8_lossy(&message.content)
                .into_owned()
                .into(),
        );
    }
    object
}

/// Null for a text that is not there.
fn some(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}

/// A word for what an inbox's secret was made by.
fn origin(origin: v1::InboxOrigin) -> &'static str {
    match origin {
        v1::InboxOrigin::Unspecified => "unknown",
        v1::InboxOrigin::Toxdrop => "toxdrop",
        v1::InboxOrigin::ToxProfile => "tox_profile",
    }
}

pub(super) fn inbox(inbox: &v1::Inbox) -> Value {
    let record = inbox.record.as_ref().map(|record| {
        json!({
            "revision": record.revision,
            "made_unix": record.made_unix,
            "nonce_trials_per_byte": record.nonce_trials_per_byte,
            "extra_bytes": record.extra_bytes,
            "max_ttl_seconds": record.max_ttl_seconds,
            "terms_held_weeks": record.terms_held_weeks,
            "first_week": record.first_week,
            "last_week": record.last_week,
            "expires_unix": record.expires_unix,
            "in_force": record.in_force,
            "at_first_door": record.at_first_door,
        })
    });
    json!({
        "name": inbox.name,
        "address": inbox.address,
        "tox_id": some(&inbox.tox_id),
        "public_key": inbox.public_key,
        "origin": origin(inbox.origin()),
        "display_name": some(&inbox.display_name),
        "is_default": inbox.is_default,
        "record": record,
        "has_published_keys": inbox.has_published_keys,
        "front_door": inbox.front_door,
        "contacts": inbox.contacts,
        "also_read": inbox.also_read,
        "created_unix": inbox.created_unix,
        "waiting_messages": inbox.waiting_messages,
    })
}

/// A word for each kind of packet.
pub(super) fn packet_kind(kind: u32) -> &'static str {
    match kind {
        1 => "message",
        2 => "record",
        3 => "prepaid",
        4 => "deposit",
        _ => "unknown",
    }
}

pub(super) fn packet(packet: &v1::StoredPacket) -> Value {
    json!({
        "packet_id": hex::encode(&packet.packet_id),
        "location": hex::encode(&packet.location),
        "kind": packet_kind(packet.kind),
        "expires_unix": packet.expires_unix,
        "size": packet.size,
        "standing": packet.standing,
        "trials_per_byte": packet.trials_per_byte,
        "stored_unix": packet.stored_unix,
    })
}

pub(super) fn status(status: &v1::StatusResponse) -> Value {
    json!({
        "version": status.version,
        "dht_public_key": status.dht_public_key,
        "udp_port": status.udp_port,
        "rpc_port": status.rpc_port,
        "udp_address": status.udp_address,
        "rpc_address": status.rpc_address,
        "network_id": status.network_id,
        "uptime_seconds": status.uptime_seconds,
        "tox_nodes": status.tox_nodes,
        "capable_nodes": status.capable_nodes,
        "packets": status.packets,
        "store_bytes": status.store_bytes,
        "store_limit_bytes": status.store_limit_bytes,
        "tombstones": status.tombstones,
        "outbox_pending": status.outbox_pending,
        "inboxes": status.inboxes,
        "data_dir": status.data_dir,
        "nonce_trials_per_byte": status.nonce_trials_per_byte,
        "extra_bytes": status.extra_bytes,
        "unix_time": status.unix_time,
        "store_for_others": status.store_for_others,
        "tcp_relay_ports": status.tcp_relay_ports,
        "tcp_relay_clients": status.tcp_relay_clients,
        "reachable": status.reachable,
        "reachability": status.reachability,
        "alone": (!status.alone.is_empty()).then_some(&status.alone),
    })
}
