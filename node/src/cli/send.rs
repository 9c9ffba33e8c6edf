//! `toxdrop send`, `sent`, `extend` and `recall`: what goes out.
//!
//! Seals and stamps nothing itself; the node does.

use std::io::{IsTerminal, Read};
use std::path::Path;

use indicatif::ProgressBar;
use serde_json::json;
use tonic::Streaming;
use toxdrop_proto::address::Address;
use toxdrop_proto::grpc::v1;
use toxdrop_proto::message::MAX_CONTENT;
use v1::send_event::Event;
use v1::{ContentType, Delivery, SendStage};

use super::args::{ExtendArgs, Global, RecallArgs, SendArgs, SentArgs};
use super::client::Node;
use super::failure::{Exit, Failure};
use super::json;
use super::output::{self, Output, count, duration, moment};
use super::table::table;

/// Steps of the progress bar.
const STEPS: u64 = 1_000;

/// Sends a message and shows how far it is.
pub(super) async fn send(args: SendArgs, global: &Global, output: Output) -> Result<(), Failure> {
    // Looked at here, before a file is read or a node asked; sent as it was given, so that a Tox ID's nospam is not lost.
    (args.address.parse::<Address>()).map_err(|error| Failure::new(Exit::Invalid, error))?;
    let (content, content_type, file_name) = match &args.file {
        Some(file) => (read_file(file)?, ContentType::File, name_of(file)?),
        None => (
            read_text(args.text.as_deref())?,
            ContentType::Text,
            String::new(),
        ),
    };
    let request = v1::SendRequest {
        address: args.address.trim().to_owned(),
        content,
        content_type: content_type.into(),
        file_name,
        from_inbox: args.from.unwrap_or_default(),
        ttl_seconds: ttl(args.ttl)?,
        max_work: args.max_work.unwrap_or(0),
    };
    let node = Node::connect(global).await?;
    let events = node.messages().send(request).await?.into_inner();
    finish(&node, follow(events).await?, output).await
}

/// Gives a message a longer life.
pub(super) async fn extend(
    args: ExtendArgs,
    global: &Global,
    output: Output,
) -> Result<(), Failure> {
    let request = v1::ExtendRequest {
        message_id: args.id,
        ttl_seconds: ttl(args.ttl)?,
    };
    let node = Node::connect(global).await?;
    let events = node.messages().extend(request).await?.into_inner();
    finish(&node, follow(events).await?, output).await
}

/// Takes a message back.
pub(super) async fn recall(
    args: RecallArgs,
    global: &Global,
    output: Output,
) -> Result<(), Failure> {
    let node = Node::connect(global).await?;
    let request = v1::RecallRequest {
        message_id: args.id,
    };
    let answer = node.messages().recall(request).await?.into_inner();
    let object = json!({
        "nodes_asked": answer.nodes_asked,
        "nodes_accepted": answer.nodes_accepted,
        "message": answer.message.as_ref().map(json::sent),
    });
    output.print(&object, || {
        format!(
            "recalled: {} of {} nodes accepted it; what the receiver has fetched already stays with them",
            answer.nodes_accepted, answer.nodes_asked
        )
    })
}

/// Lists what was sent.
pub(super) async fn sent(args: SentArgs, global: &Global, output: Output) -> Result<(), Failure> {
    let node = Node::connect(global).await?;
    let request = v1::ListSentRequest {
        message_id: args.id.unwrap_or_default(),
    };
    let messages = node
        .messages()
        .list_sent(request)
        .await?
        .into_inner()
        .messages;
    if output.is_json() {
        return messages
            .iter()
            .try_for_each(|message| output.line(&json::sent(message).to_string()));
    }
    if messages.is_empty() {
        return output.line("nothing was sent yet; `toxdrop send ADDRESS TEXT` sends a message");
    }
    let mut table = table(["message", "sent", "to", "state", "nodes", "until", "remark"]);
    for message in &messages {
        table.add_row([
            message.message_id.clone(),
            moment(message.sent_unix_ms / 1000),
            shortened(&message.to_address),
            json::delivery(message.delivery()).to_owned(),
            format!("{}/{}", message.replicas, message.quorum),
            moment(message.expires_unix),
            message.detail.clone(),
        ]);
    }
    output.line(&table.to_string())
}

/// Reads the events of a send to the end.
async fn follow(mut events: Streaming<v1::SendEvent>) -> Result<v1::SentMessage, Failure> {
    let bar = output::bar(STEPS);
    let mut sealed = None;
    let result = loop {
        match events.message().await {
            Ok(Some(v1::SendEvent {
                event: Some(Event::Progress(progress)),
            })) => {
                if !progress.message_id.is_empty() {
                    sealed = Some(progress.message_id.clone());
                }
                show(&bar, &progress);
            }
            Ok(Some(v1::SendEvent {
                event: Some(Event::Done(done)),
            })) => {
                break done.message.ok_or_else(|| {
                    Failure::new(
                        Exit::Internal,
                        "the node's answer holds no message; `toxdrop sent` shows its state",
                    )
                });
            }
            Ok(Some(v1::SendEvent { event: None })) => {}
            Ok(None) => {
                break Err(Failure::new(
                    Exit::Internal,
                    "the node ended the stream early; `toxdrop sent` shows what became of the message",
                ));
            }
            Err(status) => break Err(status.into()),
        }
    };
    bar.finish_and_clear();
    if let (Err(_), Some(id)) = (&result, sealed) {
        output::hint(&format!(
            "message {id} is safe in the outbox; the node goes on with it, see `toxdrop sent {id}`"
        ));
    }
    result
}

fn show(bar: &ProgressBar, progress: &v1::SendProgress) {
    let part = if progress.parts > 1 {
        format!(" part {} of {}", progress.part + 1, progress.parts)
    } else {
        String::new()
    };
    match progress.stage() {
        SendStage::Unspecified => {}
        SendStage::LookingUp => bar.set_message("looking up what the receiver asks for"),
        SendStage::Stamping => {
            let pow = progress.pow.clone().unwrap_or_default();
            let done = (f64::from(progress.part) + pow.probability_done)
                / f64::from(progress.parts.max(1));
            bar.set_position((done * STEPS as f64) as u64);
            let speed = if pow.trials_per_second > 0.0 {
                format!(
                    ": {} hashes/s, about {} left",
                    count(pow.trials_per_second),
                    duration(pow.expected_seconds_left)
                )
            } else {
                String::new()
            };
            bar.set_message(format!("stamping{part}{speed}"));
        }
        SendStage::Sealed => {
            bar.set_message(format!(
                "sealed; message {} is in the outbox",
                progress.message_id
            ));
        }
        SendStage::Storing => {
            bar.set_position(STEPS);
            bar.set_message(format!(
                "storing: {} of {} nodes have it",
                progress.replicas, progress.quorum
            ));
        }
    }
}

/// Prints the outcome; a message that too few nodes hold is no success yet.
async fn finish(node: &Node, message: v1::SentMessage, output: Output) -> Result<(), Failure> {
    let delivery = message.delivery();
    output.print(&json::sent(&message), || {
        let head = match delivery {
            Delivery::Stored => format!("stored at {} nodes", message.replicas),
            Delivery::Received => "received".to_owned(),
            Delivery::Recalled => "recalled".to_owned(),
            Delivery::Expired => "expired".to_owned(),
            Delivery::Weak => format!(
                "weak: only {} of the {} nodes wanted have it",
                message.replicas, message.quorum
            ),
            Delivery::Queued | Delivery::Unspecified => "queued: no node has it yet".to_owned(),
        };
        format!(
            "{head}; message {}, until {}",
            message.message_id,
            moment(message.expires_unix)
        )
    })?;
    match delivery {
        Delivery::Stored | Delivery::Received => Ok(()),
        Delivery::Queued | Delivery::Weak | Delivery::Unspecified => {
            let why = match node.alone().await {
                Some(alone) => format!(" ({alone})"),
                None if message.detail.is_empty() => String::new(),
                None => format!(" ({})", message.detail),
            };
            Err(Failure::new(
                Exit::No,
                format!(
                    "the message is safe in the outbox and the node keeps trying{why}; `toxdrop sent {}` shows its state",
                    message.message_id
                ),
            ))
        }
        Delivery::Recalled | Delivery::Expired => Err(Failure::silent(Exit::No)),
    }
}

/// A TTL of 0 would mean the default on the wire.
fn ttl(seconds: u64) -> Result<u64, Failure> {
    if (3_600..=28 * 86_400).contains(&seconds) {
        Ok(seconds)
    } else {
        Err(Failure::new(
            Exit::Invalid,
            format!("a message lives 1 hour to 28 days, not {seconds} s; choose another --ttl"),
        ))
    }
}

fn read_text(text: Option<&str>) -> Result<Vec<u8>, Failure> {
    let bytes = match text {
        Some(text) if text != "-" => text.as_bytes().to_vec(),
        _ => {
            if std::io::stdin().is_terminal() {
                output::hint("Type the message; end it with Ctrl-D on a line of its own.");
            }
            read_limited(std::io::stdin().lock())
                .map_err(|error| Failure::unreadable(Path::new("standard input"), &error))?
        }
    };
    fits(bytes).and_then(|bytes| match std::str::from_utf8(&bytes) {
        Ok(_) if bytes.is_empty() => Err(Failure::new(
            Exit::Invalid,
            "the message is empty; write some text",
        )),
        Ok(_) => Ok(bytes),
        Err(_) => Err(Failure::new(
            Exit::Invalid,
            "the text is not UTF-8; send it as a file with --file",
        )),
    })
}

fn read_file(path: &Path) -> Result<Vec<u8>, Failure> {
    std::fs::File::open(path)
        .and_then(read_limited)
        .map_err(|error| Failure::unreadable(path, &error))
        .and_then(fits)
}

/// Never more than one byte past the limit, whatever is read.
fn read_limited(from: impl Read) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    from.take(MAX_CONTENT as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn fits(bytes: Vec<u8>) -> Result<Vec<u8>, Failure> {
    if bytes.len() <= MAX_CONTENT {
        Ok(bytes)
    } else {
        Err(Failure::new(
            Exit::Invalid,
            format!(
                "the message is too long: at most {MAX_CONTENT} bytes fit; shorten it, or send it in several messages"
            ),
        ))
    }
}

fn name_of(path: &Path) -> Result<String, Failure> {
    path.file_name()
        .and_then(|name| name.to_str())
        .map(str::to_owned)
        .ok_or_else(|| {
            Failure::new(
                Exit::Invalid,
                format!("{} has no name in UTF-8; rename it", path.display()),
            )
        })
}

fn shortened(address: &str) -> String {
    match (
        address.get(..16),
        address.get(address.len().saturating_sub(6)..),
    ) {
        (Some(head), Some(tail)) if address.len() > 24 => format!("{head}…{tail}"),
        _ => address.to_owned(),
    }
}
