//! `toxdrop inbox …` as clap reads it: its commands, options and their help.
//!
//! Does nothing with them.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::values;

/// `toxdrop inbox …`. An inbox is named by its name, or by its address in any form.
#[derive(Debug, Subcommand)]
pub(crate) enum InboxCommand {
    /// Make an inbox and print its address, also as a QR code.
    New {
        /// 1 to 64 of a-z 0-9 - _ .
        name: String,
    },
    /// List the inboxes of this node.
    List,
    /// Show one inbox and its address, also as a QR code; and its Tox ID, if it came from a Tox profile.
    Show {
        /// Name or address [default: the default inbox].
        inbox: Option<String>,
    },
    /// Make an inbox the default one: it is meant where none is named.
    Default {
        /// Name or address.
        inbox: String,
    },
    /// Publish a record that says what senders must pay and what messages are sealed for.
    Publish {
        /// Name or address [default: the default inbox].
        inbox: Option<String>,
        /// Nonce trials per byte that senders must show, up to the next power of two [default: the network's least].
        #[arg(long, value_name = "N")]
        ntpb: Option<u64>,
        /// Bytes added to each packet's length when its work is reckoned, up to the next power of two [default: the network's least].
        #[arg(long, value_name = "N")]
        extra: Option<u64>,
        /// The longest life that a packet may have here: 1d, 2d, 4d, 7d, 14d or 28d, or down to one of these [default: 28d].
        #[arg(long, value_name = "TIME", value_parser = values::seconds)]
        max_ttl: Option<u64>,
        #[command(flatten)]
        how: PublishArgs,
    },
    /// Give an inbox another front door, where strangers store; what was sent to the old one is still fetched.
    Move {
        /// Name or address [default: the default inbox].
        inbox: Option<String>,
        /// Back to the front door that follows from the address alone.
        #[arg(long)]
        to_default: bool,
        #[command(flatten)]
        how: PublishArgs,
    },
    /// Begin new seal keys, after a key file of the inbox was lost or taken, and publish them.
    Reseal {
        /// Name or address [default: the default inbox].
        inbox: Option<String>,
        #[command(flatten)]
        how: PublishArgs,
    },
    /// Remove an inbox from this node, after a question; received messages stay until `delete`.
    Remove(RemoveArgs),
    /// Write an inbox's secrets to a key file, encrypted with a passphrase.
    Export {
        /// Name or address.
        inbox: String,
        /// The file to make [default: standard output].
        #[arg(long, short, value_name = "FILE")]
        out: Option<PathBuf>,
        #[command(flatten)]
        passphrase: PassphraseArgs,
    },
    /// Take an inbox in from a Tox profile, or from a key file that `export` wrote; encrypted or not.
    Import {
        /// The file; `-` for standard input.
        file: PathBuf,
        /// What to call it here [default: a profile's file name without its ending, or the name in the key file].
        #[arg(long, value_name = "NAME")]
        name: Option<String>,
        /// File whose first line is the passphrase [default: it is asked for, if the file is encrypted].
        #[arg(long, value_name = "FILE")]
        passphrase_file: Option<PathBuf>,
    },
}

/// How a record goes out.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct PublishArgs {
    /// Store it at all its places at once, not each at a random moment of the next hour: nodes may match the times.
    #[arg(long)]
    pub(crate) now: bool,
    /// Publish this device's seal keys also where another device of the inbox publishes others: it cannot open new mail then.
    #[arg(long)]
    pub(crate) take_over: bool,
}

/// `toxdrop inbox remove`.
#[derive(Clone, Debug, Args)]
pub(crate) struct RemoveArgs {
    /// Name or address.
    pub(crate) inbox: String,
    /// Do not ask.
    #[arg(long)]
    pub(crate) yes: bool,
    /// Remove it also where messages are unread, incomplete or not at enough nodes yet.
    #[arg(long)]
    pub(crate) force: bool,
    /// Write its secrets to this key file first, as `export` does.
    #[arg(long, value_name = "FILE")]
    pub(crate) export: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) passphrase: PassphraseArgs,
}

/// Where a passphrase comes from; by default it is asked for.
#[derive(Clone, Debug, Args)]
#[group(multiple = false)]
pub(crate) struct PassphraseArgs {
    /// File whose first line is the passphrase.
    #[arg(long, value_name = "FILE")]
    pub(crate) passphrase_file: Option<PathBuf>,
    /// No passphrase: the key file is not encrypted.
    #[arg(long)]
    pub(crate) no_passphrase: bool,
}
