//! A real Tox bootstrap node: `tox-bootstrapd`, c-toxcore's own.
//!
//! Knows nothing of toxdrop.

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::address::{Family, NodeAddress};
use crate::error::Error;
use crate::launch::Place;
use crate::ports::free_port;
use crate::process::Process;
use crate::tools::find;

/// What it says as its message of the day.
pub const BOOTSTRAPD_MOTD: &str = "a tox-bootstrapd of the toxdrop testbed";

/// How long it may take to start on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);
/// A free port may be taken by somebody else before the program opens it.
const ATTEMPTS: usize = 3;

/// A running `tox-bootstrapd`; killed when dropped.
#[derive(Debug)]
pub struct Bootstrapd {
    process: Process,
    address: NodeAddress,
}

impl Bootstrapd {
    /// Where the program is, if it is installed.
    #[must_use]
    pub fn find() -> Option<PathBuf> {
        find("tox-bootstrapd")
    }

    /// Starts one on this machine's `ip` (it listens on all of them), with its files in `folder`, which joins through
    /// `bootstrap`. Its TCP relay has the number of its UDP port.
    ///
    /// # Errors
    /// Where it does not start, three times over.
    pub fn start(
        program: &Path,
        folder: &Path,
        ip: IpAddr,
        bootstrap: &[NodeAddress],
    ) -> Result<Self, Error> {
        let mut outcome = Self::try_start(program, folder, ip, bootstrap);
        for _ in 1..ATTEMPTS {
            if outcome.is_ok() {
                break;
            }
            outcome = Self::try_start(program, folder, ip, bootstrap);
        }
        outcome
    }

    fn try_start(
        program: &Path,
        folder: &Path,
        ip: IpAddr,
        bootstrap: &[NodeAddress],
    ) -> Result<Self, Error> {
        std::fs::create_dir_all(folder)
            .map_err(Error::system(format!("make {}", folder.display())))?;
        let port = free_port(ip)?;
        let keys = folder.join("keys");
        let file = folder.join("conf");
        std::fs::write(&file, config(folder, &keys, ip, port, bootstrap))
            .map_err(Error::system(format!("write {}", file.display())))?;
        let mut command = Place::HERE.command(program);
        command.arg("--config").arg(&file);
        command.args(["--foreground", "--log-backend=stdout"]);
        let log = folder.join("log");
        let mut process = Process::start("tox-bootstrapd", &mut command, &log, false)?;
        let key = wait_for_key(&mut process, &keys)?;
        let address = NodeAddress {
            address: (ip, port).into(),
            key,
        };
        Ok(Self { process, address })
    }

    /// Where it is, by UDP and, as a relay, by TCP.
    pub fn address(&self) -> &NodeAddress {
        &self.address
    }

    /// The end of its log.
    pub fn log(&self) -> String {
        self.process.log()
    }
}

fn config(folder: &Path, keys: &Path, ip: IpAddr, port: u16, others: &[NodeAddress]) -> String {
    let ipv6 = Family::of(ip) == Family::V6;
    let mut text = format!(
        "port = {port}\nkeys_file_path = \"{}\"\npid_file_path = \"{}\"\nenable_ipv6 = {ipv6}\n\
         enable_ipv4_fallback = true\nenable_lan_discovery = false\nenable_tcp_relay = true\n\
         tcp_relay_ports = [{port}]\nenable_motd = true\nmotd = \"{BOOTSTRAPD_MOTD}\"\n",
        keys.display(),
        folder.join("pid").display(),
    );
    if !others.is_empty() {
        let nodes: Vec<String> = others
            .iter()
            .map(|node| {
                format!(
                    "{{ address = \"{}\" port = {} public_key = \"{}\" }}",
                    node.address.ip(),
                    node.address.port(),
                    node.key
                )
            })
            .collect();
        text += &format!("bootstrap_nodes = ( {} )\n", nodes.join(", "));
    }
    text
}

/// The first 32 of the key file's 64 bytes are the public key; once it is there the sockets are about to be open.
fn wait_for_key(process: &mut Process, file: &Path) -> Result<String, Error> {
    let deadline = Instant::now() + PATIENCE;
    while Instant::now() < deadline {
        if let Ok(bytes) = std::fs::read(file)
            && bytes.len() == 64
        {
            return Ok(hex::encode_upper(&bytes[..32]));
        }
        process.check()?;
        std::thread::sleep(Duration::from_millis(20));
    }
    Err(Error::Late {
        who: process.name().to_owned(),
        what: "key file".to_owned(),
        patience: PATIENCE,
        log: process.log(),
    })
}
