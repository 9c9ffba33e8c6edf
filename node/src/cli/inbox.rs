//! `toxdrop inbox`: the identities of this node.
//!
//! Holds no keys: they stay with the node, but for what `export` writes.

use std::io::IsTerminal;

use qrcode::QrCode;
use qrcode::render::unicode::Dense1x2;
use toxdrop_proto::grpc::v1;

use super::args::Global;
use super::client::Node;
use super::failure::Failure;
use super::import;
use super::inbox_args::InboxCommand;
use super::json;
use super::keyfile::{new_passphrase, write_private};
use super::output::{Output, duration, harmless, moment};
use super::publish::follow;
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
            how,
        } => {
            let request = v1::PublishInboxRequest {
                inbox: inbox.unwrap_or_default(),
                nonce_trials_per_byte: ntpb.unwrap_or(0),
                extra_bytes: extra.unwrap_or(0),
                max_ttl_seconds: max_ttl.unwrap_or(0),
                at_once: how.now,
                take_over: how.take_over,
            };
            let node = Node::connect(global).await?;
            follow(node.inboxes().publish(request).await?.into_inner(), output).await
        }
        InboxCommand::Move {
            inbox,
            to_default,
            how,
        } => {
            let request = v1::MoveInboxRequest {
                inbox: inbox.unwrap_or_default(),
                to_default,
                at_once: how.now,
                take_over: how.take_over,
            };
            let node = Node::connect(global).await?;
            let events = node.inboxes().r#move(request).await?.into_inner();
            follow(events, output).await
        }
        InboxCommand::Reseal { inbox, how } => {
            let request = v1::ResealInboxRequest {
                inbox: inbox.unwrap_or_default(),
                at_once: how.now,
                take_over: how.take_over,
            };
            let node = Node::connect(global).await?;
            follow(node.inboxes().reseal(request).await?.into_inner(), output).await
        }
        InboxCommand::Remove(args) => remove::run(args, global, output).await,
        InboxCommand::Export {
            inbox,
            out,
            passphrase,
        } => {
            let passphrase = new_passphrase(&passphrase)?;
            let node = Node::connect(global).await?;
            let request = v1::ExportInboxRequest { inbox, passphrase };
            let key_file = node.inboxes().export(request).await?.into_inner().key_file;
            match out {
                Some(path) => write_private(&path, &key_file),
                None => output.line(&key_file),
            }
        }
        InboxCommand::Import {
            file,
            name,
            passphrase_file,
        } => {
            let inbox = import::run(file, name, passphrase_file, global).await?;
            show(&inbox, output)
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
        if !inbox.tox_id.is_empty() {
            text += &format!(
                "Tox ID {}\nThe Tox ID works as an address as well: who has it can write to this inbox.\n",
                inbox.tox_id
            );
        }
        if !inbox.display_name.is_empty() {
            text += &format!("receivers are told the name \"{}\"\n", harmless(&inbox.display_name));
        }
        text += &format!(
            "strangers store at {}\ncontacts store at  {}\n",
            inbox.front_door, inbox.contacts
        );
        text += &published(inbox.record.as_ref());
        if !inbox.has_published_keys && inbox.record.is_none() {
            text += "\nwhether another device publishes for it is looked up once nodes are known that store messages";
        } else if !inbox.has_published_keys {
            text += "\nwhat is sealed for the inbox's seal keys may open on another device only: import the key file that \
                `toxdrop inbox export` writes there, or let this one take over with `toxdrop inbox publish --take-over`";
        }
        text
    })
}

fn published(record: Option<&v1::InboxRecord>) -> String {
    let Some(record) = record else {
        return "no record is known: the network's least work is enough, and messages are sealed for the inbox's own key".to_owned();
    };
    let work = match (record.nonce_trials_per_byte, record.extra_bytes) {
        (0, 0) => "the network's least work".to_owned(),
        (0, extra) => format!("the network's trials a byte and {extra} extra bytes"),
        (trials, 0) => format!("{trials} trials a byte"),
        (trials, extra) => format!("{trials} trials a byte and {extra} extra bytes"),
    };
    format!(
        "record {} of {}: senders pay {work}, for at most {}; {} {}",
        record.revision,
        moment(record.made_unix),
        duration(record.max_ttl_seconds as f64),
        if record.in_force {
            "until"
        } else {
            "not in force since"
        },
        moment(record.expires_unix)
    )
}

/// The address as a QR code; in capitals, which QR codes hold in fewer modules and addresses allow.
fn qr(address: &str) -> String {
    QrCode::new(address.to_uppercase())
        .map(|code| code.render::<Dense1x2>().build() + "\n")
        .unwrap_or_default()
}
