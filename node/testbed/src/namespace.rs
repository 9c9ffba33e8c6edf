//! Network namespaces, so that networks with routers, NATs and public addresses are real though no packet leaves the machine.
//!
//! Linux and root only; lays wires and rules, and decides nothing about who lives there.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::error::{Error, Missing};
use crate::launch::Place;
use crate::process::{run, said};
use crate::tools::find;

/// Names begin so; then come the number of the process that made them and one of their own.
const PREFIX: &str = "toxbed";

/// Namespaces of this process, so far.
static MADE: AtomicUsize = AtomicUsize::new(0);

/// A network namespace; it goes, with its wires and rules, when this is dropped.
#[derive(Debug)]
pub struct Namespace {
    name: String,
}

impl Namespace {
    /// Tries all that is needed, and removes it again.
    ///
    /// # Errors
    /// What this machine lacks or forbids.
    pub fn possible() -> Result<(), Missing> {
        for program in ["ip", "nft"] {
            if find(program).is_none() {
                return Err(Missing::Program(program));
            }
        }
        let attempt = || {
            let [one, other] = [Self::make()?, Self::make()?];
            one.wire("192.0.2.1/24", &other, "192.0.2.2/24")?;
            one.rules(&masquerade("wire-0"))
        };
        attempt().map_err(|error: Error| {
            Missing::Namespaces(error.to_string().lines().next().unwrap_or("?").to_owned())
        })
    }

    /// Makes one, with its loopback up. Those that a killed test has left behind are removed first.
    ///
    /// # Errors
    /// Where the system forbids it.
    pub fn make() -> Result<Self, Error> {
        sweep();
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        let name = format!("{PREFIX}-{}-{number}", std::process::id());
        run(Command::new("ip").args(["netns", "add", &name]))?;
        let namespace = Self { name };
        namespace.ip(&["link", "set", "lo", "up"])?;
        Ok(namespace)
    }

    /// Where its processes run.
    pub fn place(&self) -> Place {
        Place::in_namespace(&self.name)
    }

    /// Adds an address, as `ADDRESS/PREFIX`, that the namespace has by itself.
    ///
    /// # Errors
    /// Where the system forbids it.
    pub fn add_address(&self, address: &str) -> Result<(), Error> {
        self.ip(&["address", "add", address, "dev", "lo"])
    }

    /// Lays a wire to another namespace. At each end it is `wire-N`, N counting from 0, with an address as `ADDRESS/PREFIX`.
    ///
    /// # Errors
    /// Where the system forbids it.
    pub fn wire(&self, address: &str, other: &Self, other_address: &str) -> Result<(), Error> {
        let (here, there) = (self.next_wire()?, other.next_wire()?);
        self.ip(&[
            "link",
            "add",
            &here,
            "type",
            "veth",
            "peer",
            "name",
            &there,
            "netns",
            &other.name,
        ])?;
        for (end, wire, address) in [(self, &here, address), (other, &there, other_address)] {
            end.ip(&["address", "add", address, "dev", wire])?;
            end.ip(&["link", "set", wire, "up"])?;
        }
        Ok(())
    }

    /// Sends all that it has no route for to this address.
    ///
    /// # Errors
    /// Where no wire leads there.
    pub fn default_route(&self, through: &str) -> Result<(), Error> {
        self.ip(&["route", "add", "default", "via", through])
    }

    /// Passes on what is not for itself.
    ///
    /// # Errors
    /// Where the system forbids it.
    pub fn forward(&self) -> Result<(), Error> {
        let set = "echo 1 > /proc/sys/net/ipv4/ip_forward";
        run(self.place().command("sh").args(["-c", set])).map(drop)
    }

    /// Makes it a router with a NAT, as homes have it: `outside` is the wire to the world; who is inside gets its
    /// address there, and nothing comes in that was not asked for from inside.
    ///
    /// # Errors
    /// Where the system forbids it.
    pub fn translate(&self, outside: &str) -> Result<(), Error> {
        self.forward()?;
        self.rules(&masquerade(outside))
    }

    fn rules(&self, rules: &str) -> Result<(), Error> {
        let mut command = self.place().command("nft");
        let mut child = command
            .args(["-f", "-"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(Error::system("start nft"))?;
        if let Some(mut input) = child.stdin.take() {
            // If it does not read on, its status says so.
            let _ = input.write_all(rules.as_bytes());
        }
        let output = child
            .wait_with_output()
            .map_err(Error::system("wait for nft"))?;
        if output.status.success() {
            return Ok(());
        }
        Err(Error::Failed {
            command: "nft -f -".to_owned(),
            status: output.status.to_string(),
            said: said(&output),
        })
    }

    fn next_wire(&self) -> Result<String, Error> {
        let links = run(Command::new("ip").args(["-n", &self.name, "-o", "link"]))?;
        let text = String::from_utf8_lossy(&links.stdout);
        let wires = text.lines().filter(|line| line.contains(": wire-")).count();
        Ok(format!("wire-{wires}"))
    }

    fn ip(&self, words: &[&str]) -> Result<(), Error> {
        run(Command::new("ip").args(["-n", &self.name]).args(words)).map(drop)
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        remove(&self.name);
    }
}

fn masquerade(outside: &str) -> String {
    format!(
        "table ip home {{\n\
         chain out {{ type nat hook postrouting priority srcnat; oifname \"{outside}\" masquerade; }}\n\
         chain through {{ type filter hook forward priority filter; policy drop; \
         ct state established,related accept; iifname != \"{outside}\" accept; }}\n\
         chain in {{ type filter hook input priority filter; policy accept; \
         iifname \"{outside}\" ct state != established,related drop; }}\n}}\n"
    )
}

/// Removes a namespace and ends what still runs there; there is nothing else to do about a failure.
fn remove(name: &str) {
    if let Ok(output) = run(Command::new("ip").args(["netns", "pids", name])) {
        let pids = String::from_utf8_lossy(&output.stdout);
        for pid in pids.split_whitespace() {
            let _ = run(Command::new("kill").args(["-KILL", pid]));
        }
    }
    let _ = run(Command::new("ip").args(["netns", "del", name]));
}

/// Removes what processes that are no more have left behind.
fn sweep() {
    let Ok(output) = run(Command::new("ip").args(["netns", "list"])) else {
        return;
    };
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        let name = line.split(' ').next().unwrap_or_default();
        let mut parts = name.split('-');
        if parts.next() == Some(PREFIX)
            && let Some(pid) = parts.next().and_then(|pid| pid.parse::<u32>().ok())
            && !Path::new(&format!("/proc/{pid}")).exists()
        {
            remove(name);
        }
    }
}
