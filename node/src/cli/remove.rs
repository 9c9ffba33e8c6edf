//! `toxdrop inbox remove`: only after the user has said so, knowing what goes.
//!
//! Removes nothing itself; the node does.

use std::io::{self, IsTerminal, Write};

use toxdrop_proto::grpc::v1;

use super::args::Global;
use super::client::Node;
use super::failure::{Exit, Failure};
use super::inbox_args::RemoveArgs;
use super::keyfile::{new_passphrase, write_private};
use super::output::{Output, hint};

/// Asks, exports where that is wished, removes.
pub(super) async fn run(args: RemoveArgs, global: &Global, output: Output) -> Result<(), Failure> {
    if !args.yes && !io::stdin().is_terminal() {
        return Err(Failure::new(
            Exit::Usage,
            "there is no terminal to ask whether the inbox shall be removed; give --yes if it shall, and --export FILE to keep its key",
        ));
    }
    let node = Node::connect(global).await?;
    let mut request = v1::RemoveInboxRequest {
        inbox: args.inbox,
        force: args.force,
        dry_run: true,
    };
    let planned = node.inboxes().remove(request.clone()).await?.into_inner();
    if !args.yes {
        confirm(&planned, args.export.is_some())?;
    }
    if let Some(path) = &args.export {
        let export = v1::ExportInboxRequest {
            inbox: planned.address.clone(),
            passphrase: new_passphrase(&args.passphrase)?,
        };
        let key_file = node.inboxes().export(export).await?.into_inner().key_file;
        write_private(path, &key_file)?;
    }
    // By its address: it is the one that was asked about.
    request.inbox = planned.address;
    request.dry_run = false;
    let done = node.inboxes().remove(request).await?.into_inner();
    let object = serde_json::json!({
        "removed": true,
        "name": done.name,
        "address": done.address,
        "unread": done.unread,
        "incomplete": done.incomplete,
        "undelivered": done.undelivered,
        "received": done.received,
        "exported_to": args.export.map(|path| path.display().to_string()),
    });
    output.print(&object, || match done.received {
        0 => format!("inbox {} is removed", done.name),
        n => format!(
            "inbox {} is removed; {n} received messages stay: `toxdrop received` lists them, `toxdrop delete` deletes them",
            done.name
        ),
    })
}

fn confirm(planned: &v1::RemoveInboxResponse, exported: bool) -> Result<(), Failure> {
    let name = &planned.name;
    hint(&format!(
        "inbox {name}, {}, and its secret key will be removed from this node.",
        planned.address
    ));
    for (count, what) in [
        (
            planned.unread,
            "received messages that nobody has read will be marked as read",
        ),
        (planned.incomplete, "messages received in part will be lost"),
        (
            planned.undelivered,
            "sent messages that are not at enough nodes will be given up",
        ),
    ] {
        if count > 0 {
            hint(&format!("{count} {what}."));
        }
    }
    if !exported {
        hint(
            "Without the key nobody can read what still waits at the nodes; --export FILE keeps it.",
        );
    }
    let failed = |error: io::Error| Failure::new(Exit::Usage, format!("no answer: {error}"));
    let mut answer = String::new();
    let mut terminal = io::stderr().lock();
    write!(terminal, "Type its name to remove it: ")
        .and_then(|()| terminal.flush())
        .and_then(|()| io::stdin().read_line(&mut answer))
        .map_err(failed)?;
    if answer.trim() == name {
        return Ok(());
    }
    Err(Failure::new(
        Exit::Refused,
        "that is not its name; nothing was removed",
    ))
}
