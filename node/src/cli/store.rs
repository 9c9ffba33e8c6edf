//! `toxdrop store` and `status`: what the node holds and where it stands.
//!
//! Decodes packets itself, with the protocol crate; a node is needed to get them.

use std::path::PathBuf;

use serde_json::json;
use toxdrop_proto::anatomy;
use toxdrop_proto::grpc::v1;
use toxdrop_proto::ids::UnixSeconds;
use toxdrop_proto::pow::Difficulty;

use super::args::{Global, StoreCommand};
use super::client::Node;
use super::failure::{Exit, Failure};
use super::json;
use super::output::{Output, count, duration, moment};
use super::values::HexBytes;
use crate::stamp;

/// Packets asked for at once.
const PAGE: u32 = 500;
/// The fewest digits of an id that name a packet.
const MIN_DIGITS: usize = 8;

/// Runs one of the commands.
pub(super) async fn run(
    command: StoreCommand,
    global: &Global,
    output: Output,
) -> Result<(), Failure> {
    match command {
        StoreCommand::Ls { location, limit } => list(location, limit, global, output).await,
        StoreCommand::Show { id } => show(&id, global, output).await,
        StoreCommand::Export { id, out } => export(&id, out, global, output).await,
    }
}

/// Prints where the node stands.
pub(super) async fn status(global: &Global, output: Output) -> Result<(), Failure> {
    let node = Node::connect(global).await?;
    let request = v1::StatusRequest {};
    let status = node.inspector().status(request).await?.into_inner();
    output.print(&json::status(&status), || {
        let inboxes = if status.inboxes.is_empty() {
            "none".to_owned()
        } else {
            status.inboxes.join(", ")
        };
        let network = match (status.alone.as_str(), status.tox_nodes) {
            ("", 0) => "looking for other nodes",
            ("", _) => "joined",
            (alone, _) => alone,
        };
        format!(
            "toxdrop {} up for {}\n\
             DHT key       {}\n\
             UDP           {}\n\
             TCP relay     {}\n\
             gRPC          {}\n\
             data          {}\n\
             network       {network}\n\
             reachable     {}\n\
             known nodes   {} Tox, {} of them with offline messages\n\
             store         {} packets, {} of {}; {} tombstones\n\
             outbox        {} on their way\n\
             inboxes       {inboxes}",
            status.version,
            duration(status.uptime_seconds as f64),
            status.dht_public_key,
            status.udp_address,
            relay(&status),
            status.rpc_address,
            status.data_dir,
            status.reachability,
            status.tox_nodes,
            status.capable_nodes,
            status.packets,
            bytesize::ByteSize::b(status.store_bytes),
            bytesize::ByteSize::b(status.store_limit_bytes),
            status.tombstones,
            status.outbox_pending,
        )
    })
}

fn relay(status: &v1::StatusResponse) -> String {
    let ports: Vec<String> = status.tcp_relay_ports.iter().map(u32::to_string).collect();
    match ports[..] {
        [] => "off".to_owned(),
        _ => format!(
            "port {}; {} clients",
            ports.join(", "),
            status.tcp_relay_clients
        ),
    }
}

/// Walks through the store page by page until `each` says stop.
async fn walk(
    node: &Node,
    location: Vec<u8>,
    mut each: impl FnMut(v1::StoredPacket) -> Result<bool, Failure>,
) -> Result<(), Failure> {
    let mut request = v1::ListPacketsRequest {
        page_size: PAGE,
        location,
        ..Default::default()
    };
    loop {
        let page = node
            .inspector()
            .list_packets(request.clone())
            .await?
            .into_inner();
        let Some(last) = page.packets.last() else {
            return Ok(());
        };
        request.after_location = last.location.clone();
        request.after_packet_id = last.packet_id.clone();
        for packet in page.packets {
            if !each(packet)? {
                return Ok(());
            }
        }
        if !page.more {
            return Ok(());
        }
    }
}

async fn list(
    location: Option<HexBytes>,
    limit: Option<usize>,
    global: &Global,
    output: Output,
) -> Result<(), Failure> {
    let location = location.map(|hex| hex.0).unwrap_or_default();
    let node = Node::connect(global).await?;
    let limit = limit.unwrap_or(usize::MAX);
    let mut printed = 0;
    walk(&node, location, |packet| {
        if printed == limit {
            return Ok(false);
        }
        printed += 1;
        output.print(&json::packet(&packet), || {
            format!(
                "{}  {:<7}  {:>4} B  standing {:>8}  until {}  at {}",
                hex::encode(&packet.packet_id),
                json::packet_kind(packet.kind),
                packet.size,
                count(packet.trials_per_byte),
                moment(packet.expires_unix),
                hex::encode(packet.location.get(..8).unwrap_or_default()),
            )
        })?;
        Ok(true)
    })
    .await?;
    if printed == 0 && !output.is_json() {
        output.line("no packets are held")?;
    }
    Ok(())
}

/// The one packet whose id starts with these digits. The same packet may lie at one location only.
async fn find(node: &Node, digits: &str) -> Result<(v1::StoredPacket, Vec<u8>), Failure> {
    let digits = digits.trim().to_lowercase();
    if digits.len() < MIN_DIGITS || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Err(Failure::new(
            Exit::Invalid,
            format!(
                "a packet is named by its id in hexadecimal, or {MIN_DIGITS} or more digits of it"
            ),
        ));
    }
    let mut found: Option<v1::StoredPacket> = None;
    walk(node, Vec::new(), |packet| {
        if !hex::encode(&packet.packet_id).starts_with(&digits) {
            return Ok(true);
        }
        match found.replace(packet) {
            None => Ok(true),
            Some(_) => Err(Failure::new(
                Exit::Invalid,
                format!("more than one packet's id starts with {digits}; give more digits"),
            )),
        }
    })
    .await?;
    let gone = || {
        Failure::new(
            Exit::NotFound,
            format!(
                "this node holds no packet whose id starts with {digits}; `toxdrop store ls` lists what it holds"
            ),
        )
    };
    let packet = found.ok_or_else(gone)?;
    let request = v1::GetPacketRequest {
        location: packet.location.clone(),
        packet_id: packet.packet_id.clone(),
    };
    let answer = node.inspector().get_packet(request).await?.into_inner();
    Ok((answer.summary.unwrap_or(packet), answer.packet))
}

async fn show(id: &str, global: &Global, output: Output) -> Result<(), Failure> {
    let node = Node::connect(global).await?;
    let (summary, bytes) = find(&node, id).await?;
    let request = v1::StatusRequest {};
    let status = node.inspector().status(request).await?.into_inner();
    let floor = Difficulty {
        nonce_trials_per_byte: status.nonce_trials_per_byte,
        extra_bytes: status.extra_bytes,
    };
    let verdict = stamp::judge_packet(&bytes, UnixSeconds(status.unix_time), floor)
        .map_err(|error| Failure::new(Exit::Internal, error))?;
    let (fields, problem) = anatomy::fields(&bytes);
    let mut object = json::packet(&summary);
    if let Some(map) = object.as_object_mut() {
        map.insert("value".to_owned(), verdict.map(|v| v.value).into());
        map.insert("target".to_owned(), verdict.map(|v| v.target).into());
        map.insert("valid".to_owned(), verdict.map(|v| v.holds()).into());
        map.insert("packet".to_owned(), hex::encode(&bytes).into());
        let fields: Vec<_> = fields
            .iter()
            .map(|field| {
                json!({
                    "name": field.name,
                    "offset": field.range.start,
                    "size": field.range.len(),
                    "value": field.value,
                    "meaning": field.meaning,
                    "seen_by": field.sees.to_string(),
                })
            })
            .collect();
        map.insert("fields".to_owned(), fields.into());
    }
    output.print(&object, || {
        let mut text = format!(
            "packet   {}\nlocation {}\nuntil    {}\nstanding {} trials per byte\nwork     {}\n",
            hex::encode(&summary.packet_id),
            hex::encode(&summary.location),
            moment(summary.expires_unix),
            count(summary.trials_per_byte),
            verdict.map_or_else(|| "done by its deposit".to_owned(), work),
        );
        for field in &fields {
            text += &format!(
                "\n{:>5} {:>5}  {:<22} {}",
                field.range.start,
                field.range.len(),
                field.name,
                field.value
            );
        }
        if let Some(problem) = problem {
            text += &format!("\n\nmalformed: {problem}");
        }
        text
    })
}

fn work(verdict: stamp::Verdict) -> String {
    format!(
        "{}: value {}, target {} (network's least)",
        if verdict.holds() {
            "holds"
        } else {
            "does not hold"
        },
        verdict.value,
        verdict.target,
    )
}

async fn export(
    id: &str,
    out: Option<PathBuf>,
    global: &Global,
    output: Output,
) -> Result<(), Failure> {
    let node = Node::connect(global).await?;
    let (_, bytes) = find(&node, id).await?;
    match out {
        None => output.bytes(&bytes),
        Some(path) => std::fs::write(&path, &bytes).map_err(|error| {
            Failure::new(
                Exit::Invalid,
                format!(
                    "cannot write {}: {error}; choose another file",
                    path.display()
                ),
            )
        }),
    }
}
