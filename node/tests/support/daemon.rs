//! Real `toxdrop node` processes on loopback, and the command line that talks to them.
//!
//! Killed when dropped; their data lies in a folder that goes with them.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use tempfile::TempDir;

/// A running node.
pub(crate) struct Daemon {
    child: Child,
    dir: TempDir,
    /// Its DHT key, in hex.
    pub(crate) key: String,
    /// Its UDP port.
    pub(crate) udp_port: u16,
    /// The address of the inspector, with the token.
    pub(crate) inspector: String,
}

impl Daemon {
    /// Starts a node that joins through `others`, and waits until it says where it is.
    pub(crate) fn start(others: &[&Self]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mut command = toxdrop(dir.path());
        command.args(["node", "--udp", "127.0.0.1:0", "--rpc", "127.0.0.1:0"]);
        for other in others {
            let address = format!("127.0.0.1:{}:{}", other.udp_port, other.key);
            command.args(["--bootstrap", &address]);
        }
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let (mut key, mut udp_port) = (String::new(), 0);
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let inspector = loop {
            let line = lines.next().expect("the node ended at once").unwrap();
            match line.split_whitespace().collect::<Vec<_>>()[..] {
                ["DHT", "key", hex] => key = hex.to_owned(),
                ["UDP", address, ..] => {
                    udp_port = address
                        .trim_end_matches(',')
                        .rsplit(':')
                        .next()
                        .unwrap()
                        .parse()
                        .unwrap();
                }
                ["Inspector", address] => break address.to_owned(),
                _ => {}
            }
        };
        Self {
            child,
            dir,
            key,
            udp_port,
            inspector,
        }
    }

    /// Runs `toxdrop …` against this node.
    pub(crate) fn command(&self, arguments: &[&str]) -> Output {
        toxdrop(self.dir.path())
            .args(arguments)
            .stdin(Stdio::null())
            .output()
            .unwrap()
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

fn toxdrop(data_dir: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_toxdrop"));
    command.env("TOXDROP_DATA_DIR", data_dir);
    command
}
