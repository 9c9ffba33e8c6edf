//! The command line as clap reads it: every command, option and their help.
//!
//! Does nothing with them; each command has a module of its own.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{ArgGroup, Args, Parser, Subcommand, ValueEnum};

use super::inbox_args::InboxCommand;
use super::values::{self, Hash64, HexBytes};
use crate::join::BootstrapNode;

/// What follows the help of the program as a whole.
const EXIT_CODES: &str = "Exit status: 0 done; 1 no (work that does not hold, a message not stored well yet, no nonce in the range); \
2 wrong use; 3 no node is reached; 4 not found; 5 invalid input; 6 refused as things stand; 7 too much at once; 8 wrong token; \
70 a fault inside.";

/// Offline messages for Tox: a node that keeps encrypted packets for those who are offline, and its command line.
#[derive(Debug, Parser)]
#[command(name = "toxdrop", version, after_help = EXIT_CODES, max_term_width = 110)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Options of every command.
#[derive(Clone, Debug, Args)]
pub(crate) struct Global {
    /// Directory of the node's keys, store and messages [default: the platform's usual place].
    #[arg(long, global = true, env = "TOXDROP_DATA_DIR", value_name = "DIR")]
    pub(crate) data_dir: Option<PathBuf>,
    /// Address of the node's gRPC port; `node` listens there [default: 127.0.0.1:33400, or what DIR/rpc-address says].
    #[arg(long, global = true, env = "TOXDROP_RPC", value_name = "ADDR")]
    pub(crate) rpc: Option<SocketAddr>,
    /// File with the token of a node whose data directory is elsewhere [default: DIR/token].
    #[arg(long, global = true, env = "TOXDROP_TOKEN_FILE", value_name = "FILE")]
    pub(crate) token_file: Option<PathBuf>,
    /// Print JSON: one object, or one a line.
    #[arg(long, global = true)]
    pub(crate) json: bool,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run the node (the daemon) until Ctrl-C.
    Node(NodeArgs),
    /// Make, list and publish inboxes: the identities that messages are sent to and from.
    #[command(subcommand)]
    Inbox(InboxCommand),
    /// Send a message or a file to an address, whether its owner is online or not.
    Send(SendArgs),
    /// Fetch, decrypt and print what waits for the inboxes of this node, and delete it there.
    Fetch(FetchArgs),
    /// Print messages as they arrive, until Ctrl-C.
    Watch(WatchArgs),
    /// List messages received earlier, which the node keeps.
    Received(WatchArgs),
    /// Delete received messages from the node's own archive.
    Delete(DeleteArgs),
    /// List what was sent, with the state of each message.
    Sent(SentArgs),
    /// Give a sent message a longer life, paid for with new work.
    Extend(ExtendArgs),
    /// Take a sent message back from the nodes that hold it.
    Recall(RecallArgs),
    /// Solve, verify and measure BitMessage's proof of work; needs no node.
    #[command(subcommand)]
    Pow(PowCommand),
    /// Look into the packets that the node holds for others.
    #[command(subcommand)]
    Store(StoreCommand),
    /// Show where the node stands.
    Status,
    /// Print a completion script for a shell, e.g. `source <(toxdrop completions bash)`.
    Completions {
        /// Which shell.
        shell: clap_complete::Shell,
    },
    /// Write manual pages into a directory.
    Man {
        /// The directory; it is made if missing.
        dir: PathBuf,
    },
}

/// `toxdrop node`.
#[derive(Clone, Debug, Args)]
pub(crate) struct NodeArgs {
    /// UDP address of the DHT, `[::]:PORT` for IPv6 and IPv4; port 0 takes any free one [default: `[::]:33445`, or the next free Tox port up to 33545; IPv4 alone where there is no IPv6].
    #[arg(long, env = "TOXDROP_UDP", value_name = "ADDR")]
    pub(crate) udp: Option<SocketAddr>,
    /// A port at which the node is a TCP relay for Tox clients behind firewalls, e.g. 443; may be given several times; 0 takes
    /// any free one [default: no relay].
    #[arg(
        long,
        env = "TOXDROP_TCP_RELAY",
        value_name = "PORT",
        value_delimiter = ','
    )]
    pub(crate) tcp_relay: Vec<u16>,
    /// A node to join through, Tox or toxdrop: a name, an IPv4 address, or an IPv6 one in brackets; may be given several times.
    #[arg(
        long,
        env = "TOXDROP_BOOTSTRAP",
        value_name = "HOST:PORT:HEXKEY",
        value_delimiter = ','
    )]
    pub(crate) bootstrap: Vec<BootstrapNode>,
    /// A list of public Tox nodes to join through: JSON as at `https://nodes.tox.chat/json`.
    #[arg(long, env = "TOXDROP_BOOTSTRAP_LIST", value_name = "FILE")]
    pub(crate) bootstrap_list: Option<PathBuf>,
    /// Settings; options given here go before it [default: DIR/config.toml, if it is there].
    #[arg(long, env = "TOXDROP_CONFIG", value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// How log lines look; what is logged follows the variable TOXDROP_LOG (e.g. `debug`, `toxdrop=trace`).
    #[arg(
        long,
        env = "TOXDROP_LOG_FORMAT",
        value_name = "FORMAT",
        default_value = "text"
    )]
    pub(crate) log: LogFormat,
}

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// `toxdrop send`.
#[derive(Clone, Debug, Args)]
pub(crate) struct SendArgs {
    /// The receiver's address: toxdrop1…, a Tox ID (76 hexadecimal digits) or a Tox public key (64).
    pub(crate) address: String,
    /// The text; `-` or nothing reads standard input.
    pub(crate) text: Option<String>,
    /// Send this file, with its name.
    #[arg(long, value_name = "FILE", conflicts_with = "text")]
    pub(crate) file: Option<PathBuf>,
    /// Name or address of the inbox to send from [default: the default inbox].
    #[arg(long, value_name = "INBOX")]
    pub(crate) from: Option<String>,
    /// How long nodes shall keep it: 1h to 28d.
    #[arg(long, value_name = "TIME", default_value = "7d", value_parser = values::seconds)]
    pub(crate) ttl: u64,
    /// The most hashes that a packet may be expected to cost, if the receiver asks for much [default: the node's setting].
    #[arg(long, value_name = "N")]
    pub(crate) max_work: Option<u64>,
}

/// `toxdrop fetch`.
#[derive(Clone, Debug, Args)]
pub(crate) struct FetchArgs {
    /// Name or address [default: all inboxes].
    #[arg(long, value_name = "INBOX")]
    pub(crate) inbox: Option<String>,
    /// Do not delete at the nodes what was fetched.
    #[arg(long)]
    pub(crate) keep: bool,
    /// Save received files into this directory.
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
}

/// `toxdrop delete`.
#[derive(Clone, Debug, Args)]
pub(crate) struct DeleteArgs {
    /// Ids of received messages.
    #[arg(required = true)]
    pub(crate) ids: Vec<String>,
    /// Name or address of the inbox that received them [default: any].
    #[arg(long, value_name = "INBOX")]
    pub(crate) inbox: Option<String>,
}

/// `toxdrop watch` and `toxdrop received`.
#[derive(Clone, Debug, Args)]
pub(crate) struct WatchArgs {
    /// Name or address [default: all inboxes].
    #[arg(long, value_name = "INBOX")]
    pub(crate) inbox: Option<String>,
    /// Save received files into this directory.
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
}

/// `toxdrop sent`.
#[derive(Clone, Debug, Args)]
pub(crate) struct SentArgs {
    /// Only this message: its id, or 8 or more digits of it [default: all].
    pub(crate) id: Option<String>,
}

/// `toxdrop extend`.
#[derive(Clone, Debug, Args)]
pub(crate) struct ExtendArgs {
    /// The message's id, a packet's id, or 8 or more digits of either.
    pub(crate) id: String,
    /// Its new life from now on: 1h to 28d.
    #[arg(long, value_name = "TIME", value_parser = values::seconds)]
    pub(crate) ttl: u64,
}

/// `toxdrop recall`.
#[derive(Clone, Debug, Args)]
pub(crate) struct RecallArgs {
    /// The message's id, a packet's id, or 8 or more digits of either.
    pub(crate) id: String,
}

/// `toxdrop pow …`.
#[derive(Debug, Subcommand)]
pub(crate) enum PowCommand {
    /// Search for a nonce.
    Solve {
        /// SHA-512 of all that follows the nonce: 128 hexadecimal digits.
        #[arg(long, value_name = "HEX")]
        initial_hash: Hash64,
        /// The largest value that holds.
        #[arg(long, value_name = "N")]
        target: u64,
        /// The first nonce to try.
        #[arg(long, value_name = "N", default_value_t = 0)]
        start: u64,
        /// How many nonces to try [default: all].
        #[arg(long, value_name = "N")]
        span: Option<u64>,
        /// Use only this device, see `pow devices`; may be given several times [default: all].
        #[arg(long, value_name = "NAME")]
        device: Vec<String>,
    },
    /// Check a stamp; exit status 0 if it holds, 1 if it does not.
    #[command(group(ArgGroup::new("what").required(true).args(["initial_hash", "object"])))]
    Verify(VerifyArgs),
    /// List what can solve proof of work here.
    Devices,
    /// Measure each device, and say how long a message takes here.
    Bench {
        /// Seconds for each device.
        #[arg(long, value_name = "N", default_value_t = 3.0, value_parser = values::bench_seconds)]
        seconds: f64,
        /// Measure only this device; may be given several times [default: all].
        #[arg(long, value_name = "NAME")]
        device: Vec<String>,
    },
}

/// `toxdrop pow verify`.
#[derive(Clone, Debug, Args)]
pub(crate) struct VerifyArgs {
    /// SHA-512 of all that follows the nonce: 128 hexadecimal digits.
    #[arg(long, value_name = "HEX", requires_all = ["nonce", "target"])]
    pub(crate) initial_hash: Option<Hash64>,
    /// The nonce.
    #[arg(long, value_name = "N", requires = "initial_hash")]
    pub(crate) nonce: Option<u64>,
    /// The largest value that holds.
    #[arg(long, value_name = "N", requires = "initial_hash")]
    pub(crate) target: Option<u64>,
    /// A whole BitMessage object or toxdrop packet: nonce, expiry, and the rest.
    #[arg(long, value_name = "HEX")]
    pub(crate) object: Option<HexBytes>,
    /// The moment at which the object is judged [default: now].
    #[arg(long, value_name = "UNIXTIME", requires = "object")]
    pub(crate) at: Option<u64>,
    /// Nonce trials per byte [default: 1000].
    #[arg(long, value_name = "N", requires = "object")]
    pub(crate) ntpb: Option<u64>,
    /// Bytes added to the object's length [default: 1000].
    #[arg(long, value_name = "N", requires = "object")]
    pub(crate) extra: Option<u64>,
}

/// `toxdrop store …`.
#[derive(Debug, Subcommand)]
pub(crate) enum StoreCommand {
    /// List the packets that the node holds.
    Ls {
        /// Only those at this location: 64 hexadecimal digits.
        #[arg(long, value_name = "HEX")]
        location: Option<HexBytes>,
        /// At most so many.
        #[arg(long, value_name = "N")]
        limit: Option<usize>,
    },
    /// Take one packet apart, field by field.
    Show {
        /// The packet's id, or 8 or more digits of it.
        id: String,
    },
    /// Write one packet to a file, as it is stored.
    Export {
        /// The packet's id, or 8 or more digits of it.
        id: String,
        /// The file to make [default: standard output].
        #[arg(long, short, value_name = "FILE")]
        out: Option<PathBuf>,
    },
}
