//! A `toxdrop node` process on loopback, for as long as a test runs.
//!
//! Reads only what the program prints for users (`status --json`).

#![allow(dead_code, reason = "each test program uses a part")]

use std::fs::File;
use std::net::{Ipv4Addr, SocketAddr};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;
use toxdrop_proto::keys::DhtPublicKey;

use super::bootstrapd::Bootstrapd;

/// How long anything may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(90);

/// A running node; killed when dropped.
pub(crate) struct ToxdropNode {
    child: Child,
    dir: TempDir,
}

impl ToxdropNode {
    /// Starts a node that knows of nobody but the bootstrap node.
    pub(crate) fn start(bootstrapd: &Bootstrapd) -> Self {
        let bootstrap = format!("{}:{}", bootstrapd.addr, bootstrapd.key);
        Self::start_with(program(), &["--bootstrap", &bootstrap])
    }

    /// Starts a node with these options, by a command that is the program, or begins it with arguments of its own.
    pub(crate) fn start_with(mut program: Command, options: &[&str]) -> Self {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let log = File::create(dir.path().join("log")).expect("the directory is ours");
        let child = program
            .arg("node")
            .arg("--data-dir")
            .arg(dir.path())
            .args(["--udp", "127.0.0.1:0", "--rpc", "127.0.0.1:0"])
            .args(options)
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("the log can be shared"))
            .stderr(log)
            .spawn()
            .expect("the program starts");
        Self { child, dir }
    }

    /// Its UDP address and DHT key, as soon as it answers.
    pub(crate) fn contact(&mut self) -> (SocketAddr, DhtPublicKey) {
        self.wait_until("say where it is", |status| {
            let port = u16::try_from(status["udp_port"].as_u64()?).ok()?;
            let key = status["dht_public_key"].as_str()?.parse().ok()?;
            Some((SocketAddr::from((Ipv4Addr::LOCALHOST, port)), key))
        })
    }

    /// Asks for its status until `good` finds there what it looks for.
    pub(crate) fn wait_until<T>(&mut self, what: &str, good: impl Fn(&Value) -> Option<T>) -> T {
        let deadline = Instant::now() + PATIENCE;
        let mut last = String::from("no answer");
        while Instant::now() < deadline {
            if let Ok(Some(status)) = self.child.try_wait() {
                panic!("the node ended: {status}; its log:\n{}", self.log());
            }
            let output = program()
                .args(["status", "--json", "--data-dir"])
                .arg(self.dir.path())
                .output()
                .expect("the program starts");
            last = String::from_utf8_lossy(&output.stdout).into_owned();
            if output.status.success()
                && let Ok(status) = serde_json::from_str(&last)
                && let Some(value) = good(&status)
            {
                return value;
            }
            std::thread::park_timeout(Duration::from_millis(200));
        }
        panic!(
            "the node did not {what} within {PATIENCE:?}; its status: {last}; its log:\n{}",
            self.log()
        );
    }

    /// What it has written so far.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.dir.path().join("log")).unwrap_or_default()
    }
}

impl Drop for ToxdropNode {
    fn drop(&mut self) {
        // It may have ended by itself; there is nothing else to do about either failure.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The program, whatever settings the tester's environment holds.
pub(crate) fn program() -> Command {
    without_settings(Command::new(env!("CARGO_BIN_EXE_toxdrop")))
}

/// A command that the tester's environment tells nothing of toxdrop.
pub(crate) fn without_settings(mut command: Command) -> Command {
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("TOXDROP_") {
            command.env_remove(name);
        }
    }
    command
}
