//! `toxdrop inbox`: the identities of this node.
//!
//! Holds no keys: they stay with the node, but for what `export` writes.

use std::io::IsTerminal;

use qrcode::QrCode;
use qrcode::render::unicode::Dense1x2;
use tonic::Streaming;
use toxdrop_proto::grpc::v1;
use v1::publish_event::Event;

use super::args::{Global, InboxCommand};
use super::client::Node;
use super::failure::{Exit, Failure};
use super::json;
use super::keyfile::{read_key_file, read_passphrase, write_private};
use super::output::{self, Output, count, duration, moment};
use super::remove;
use super::table::table;

/// Runs one of the commands.
pub(super) async fn run(
    command: InboxCommand,
    global: &Global,
    output: Output,
) -> Result<(), Failure> {
    match command {
        InboxCommand::New { name } => {
            let node = Node::connect(global).await?;
            let request = v1::CreateInboxRequest { name };
            show(&node.inboxes().create(request).await?.into_inner(), output)
        }
        InboxCommand::List => list(global, output).await,
        InboxCommand::Show { inbox } => {
            let node = Node::connect(global).await?;
            let request = v1::ShowInboxRequest {
                inbox: inbox.unwrap_or_default(),
            };
            show(&node.inboxes().show(request).await?.into_inner(), output)
        }
        InboxCommand::Default { inbox } => {
            let node = Node::connect(global).await?;
            let request = v1::SetDefaultInboxRequest { inbox };
            let inbox = node.inboxes().set_default(request).await?.into_inner();
            output.print(&json::inbox(&inbox), || {
                format!("{} is the default inbox", inbox.name)
            })
        }
        InboxCommand::Publish {
            inbox,
            ntpb,
            extra,
            max_ttl,
            valid,
        } => {
            let request = v1::PublishInboxRequest {
                inbox: inbox.unwrap_or_default(),
                nonce_trials_per_byte: ntpb.unwrap_or(0),
                extra_bytes: extra.unwrap_or(0),
                max_ttl_seconds: max_ttl.unwrap_or(0),
                valid_seconds: valid.unwrap_or(0),
            };
            let node = Node::connect(global).await?;
            follow(node.inboxes().publish(request).await?.into_inner(), output).await
        }
        InboxCommand::Move { inbox, to_default } => {
            let request = v1::MoveInboxRequest {
                inbox: inbox.unwrap_or_default(),
                to_default,
            };
            let node = Node::connect(global).await?;
            let events = node.inboxes().r#move(request).await?.into_inner();
            follow(events, output).await
        }
        InboxCommand::Remove(args) => remove::run(args, global, output).await,
        InboxCommand::Export {
            inbox,
            out,
            passphrase,
        } => {
            let passphrase = read_passphrase(&passphrase, true)?;
            let node = Node::connect(global).await?;
            let request = v1::ExportInboxRequest { inbox, passphrase };
            let key_file = node.inboxes().export(request).await?.into_inner().key_file;
            match out {
                Some(path) => write_private(&path, &key_file),
                None => output.line(&key_file),
            }
        }
        InboxCommand::Import {
            name,
            file,
            passphrase,
        } => {
            let key_file = read_key_file(&file)?;
            let passphrase = read_passphrase(&passphrase, false)?;
            let node = Node::connect(global).await?;
            let request = v1::ImportInboxRequest {
                name,
                key_file,
                passphrase,
            };
            show(&node.inboxes().import(request).await?.into_inner(), output)
        }
    }
}

async fn list(global: &Global, output: Output) -> Result<(), Failure> {
    let node = Node::connect(global).await?;
    let request = v1::ListInboxesRequest {};
    let inboxes = node.inboxes().list(request).await?.into_inner().inboxes;
    if output.is_json() {
        return inboxes
            .iter()
            .try_for_each(|inbox| output.line(&json::inbox(inbox).to_string()));
    }
    if inboxes.is_empty() {
        return output.line("no inbox yet; `toxdrop inbox new NAME` makes one");
    }
    let mut table = table(["name", "address", "received", "default"]);
    for inbox in &inboxes {
        table.add_row([
            inbox.name.clone(),
            inbox.address.clone(),
            inbox.waiting_messages.to_string(),
            if inbox.is_default { "yes" } else { "" }.to_owned(),
        ]);
    }
    output.line(&table.to_string())
}

fn show(inbox: &v1::Inbox, output: Output) -> Result<(), Failure> {
    output.print(&json::inbox(inbox), || {
        let mut text = format!("inbox {}\n{}\n", inbox.name, inbox.address);
        if std::io::stdout().is_terminal() {
            text += &qr(&inbox.address);
        }
        text += &format!("location {}\n", inbox.location);
        match &inbox.record {
            Some(record) => text += &format!(
                "published: senders pay {} trials a byte and {} extra bytes, for at most {}; until {}",
                record.nonce_trials_per_byte,
                record.extra_bytes,
                duration(record.max_ttl_seconds as f64),
                moment(record.expires_unix)
            ),
            None => text += "no record published: the network's least work is enough",
        }
        text
    })
}

/// The address as a QR code; in capitals, which QR codes hold in fewer modules and addresses allow.
fn qr(address: &str) -> String {
    QrCode::new(address.to_uppercase())
        .map(|code| code.render::<Dense1x2>().build() + "\n")
        .unwrap_or_default()
}

async fn follow(mut events: Streaming<v1::PublishEvent>, output: Output) -> Result<(), Failure> {
    let spinner = output::spinner("signing");
    loop {
        let event = match events.message().await {
            Ok(event) => event,
            Err(status) => {
                spinner.finish_and_clear();
                return Err(status.into());
            }
        };
        match event.map(|event| event.event) {
            Some(Some(Event::Progress(progress))) => {
                spinner.set_message(format!(
                    "stamping the record for point {} of {}: {} hashes/s, about {} left",
                    progress.point + 1,
                    progress.points,
                    count(progress.trials_per_second),
                    duration(progress.expected_seconds_left)
                ));
            }
            Some(Some(Event::Done(mut done))) => {
                spinner.finish_and_clear();
                let inbox = done.inbox.take().unwrap_or_default();
                let object = serde_json::json!({
                    "inbox": json::inbox(&inbox),
                    "points_stored": done.points_stored,
                    "points": done.points,
                    "points_confirmed": done.points_confirmed,
                    "waits": (!done.waits.is_empty()).then_some(&done.waits),
                });
                output.print(&object, || published(&done, &inbox))?;
                return if !done.waits.is_empty() {
                    Err(Failure::new(
                        Exit::No,
                        format!(
                            "the newest record could not be read: {}; nothing is signed before, the node does it as soon as it can",
                            done.waits
                        ),
                    ))
                } else if done.points_stored == 0 {
                    Err(Failure::new(
                        Exit::No,
                        "no node took the record; check with `toxdrop status` that others are known: the node goes on trying",
                    ))
                } else {
                    Ok(())
                };
            }
            Some(None) => {}
            None => {
                spinner.finish_and_clear();
                return Err(Failure::new(
                    Exit::Internal,
                    "the node ended the stream early; publish again",
                ));
            }
        }
    }
}

fn published(done: &v1::PublishDone, inbox: &v1::Inbox) -> String {
    if !done.waits.is_empty() {
        return format!("written down; location {} until then", inbox.location);
    }
    let mut text = format!(
        "published at {} of {} points; location {}",
        done.points_stored, done.points, inbox.location
    );
    if done.points_confirmed < done.points_stored {
        text += &format!(
            "\nonly {} of them are confirmed by enough nodes; the node goes on with the others",
            done.points_confirmed
        );
    }
    text
}
