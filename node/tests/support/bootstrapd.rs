//! A real Tox bootstrap node (`tox-bootstrapd`, c-toxcore) on loopback, for as long as a test runs.
//!
//! Knows nothing of toxdrop: whatever it accepts and answers, Tox accepts and answers.

#![allow(dead_code, reason = "each test program uses a part")]

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;
use toxdrop_proto::keys::{DhtPublicKey, DhtSecretKey};
use toxdrop_proto::tox::{BootstrapInfo, bootstrap_info_request};

/// How long it may take to start on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);
/// A free port may be taken by somebody else before the program opens it.
const ATTEMPTS: usize = 5;
/// What it answers to a bootstrap info request.
pub(crate) const MOTD: &str = "toxdrop interoperability test";

/// A running `tox-bootstrapd`; killed when dropped.
pub(crate) struct Bootstrapd {
    child: Child,
    /// Its UDP address.
    pub(crate) addr: SocketAddr,
    /// The TCP address at which it is a relay.
    pub(crate) relay: SocketAddr,
    /// Its DHT key.
    pub(crate) key: DhtPublicKey,
    /// What it answered when it was asked whether it is up.
    pub(crate) info: BootstrapInfo,
    _dir: TempDir,
}

impl Bootstrapd {
    /// Starts one; `None`, and a sentence, where the program is not installed.
    pub(crate) fn start() -> Option<Self> {
        let Some(program) = find() else {
            println!(
                "skipped: tox-bootstrapd is not installed (Debian: apt-get install toxcore-utils)"
            );
            return None;
        };
        let mut failures = Vec::new();
        for _ in 0..ATTEMPTS {
            match Self::try_start(&program) {
                Ok(node) => return Some(node),
                Err(failure) => failures.push(failure),
            }
        }
        panic!("tox-bootstrapd does not start: {failures:#?}");
    }

    fn try_start(program: &Path) -> Result<Self, String> {
        let dir = tempfile::tempdir().map_err(|error| error.to_string())?;
        let addr = free_udp_addr().map_err(|error| error.to_string())?;
        let relay = free_tcp_addr().map_err(|error| error.to_string())?;
        let keys = dir.path().join("keys");
        let config = dir.path().join("conf");
        let text = format!(
            "port = {}\nkeys_file_path = \"{}\"\npid_file_path = \"{}\"\nenable_ipv6 = false\n\
             enable_ipv4_fallback = true\nenable_lan_discovery = false\nenable_tcp_relay = true\n\
             tcp_relay_ports = [{}]\nenable_motd = true\nmotd = \"{MOTD}\"\n",
            addr.port(),
            keys.display(),
            dir.path().join("pid").display(),
            relay.port(),
        );
        std::fs::write(&config, text).map_err(|error| error.to_string())?;
        let child = Command::new(program)
            .arg("--config")
            .arg(&config)
            .args(["--foreground", "--log-backend=stdout"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| error.to_string())?;
        let mut node = Self {
            child,
            addr,
            relay,
            key: DhtPublicKey::from_bytes([0; 32]),
            info: BootstrapInfo {
                version: 0,
                motd: Vec::new(),
            },
            _dir: dir,
        };
        node.info = node.wait_for_info()?;
        node.key = read_keys(&keys)?;
        Ok(node)
    }

    /// Asks until it answers: then its socket is open and its key file is written.
    fn wait_for_info(&mut self) -> Result<BootstrapInfo, String> {
        let socket = loopback_socket();
        let deadline = Instant::now() + PATIENCE;
        let mut buffer = [0; 2048];
        while Instant::now() < deadline {
            if let Ok(Some(status)) = self.child.try_wait() {
                return Err(format!("ended at once: {status}"));
            }
            // Until the port is open, loopback reports it unreachable; the next try is what helps.
            let _ = socket.send_to(&bootstrap_info_request(), self.addr);
            if let Ok((len, from)) = socket.recv_from(&mut buffer)
                && from == self.addr
            {
                return BootstrapInfo::decode(&buffer[..len]).map_err(|error| error.to_string());
            }
        }
        Err(format!("no answer within {PATIENCE:?}"))
    }
}

impl Drop for Bootstrapd {
    fn drop(&mut self) {
        // It may have ended by itself; there is nothing else to do about either failure.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The key file: public key 32 ‖ secret key 32.
fn read_keys(file: &Path) -> Result<DhtPublicKey, String> {
    let bytes = std::fs::read(file).map_err(|error| error.to_string())?;
    let (public, secret) = bytes
        .split_first_chunk::<32>()
        .ok_or("a key file of less than 32 bytes")?;
    let secret: [u8; 32] = secret
        .try_into()
        .map_err(|_| format!("a key file of {} bytes", bytes.len()))?;
    let public = DhtPublicKey::from_bytes(*public);
    // The two halves belong together in our arithmetic as well.
    assert_eq!(DhtSecretKey::from_bytes(secret).public(), public);
    Ok(public)
}

fn find() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .chain(["/usr/sbin", "/usr/local/sbin"].map(PathBuf::from))
        .map(|dir| dir.join("tox-bootstrapd"))
        .find(|file| file.is_file())
}

/// A socket on loopback that waits a fifth of a second for a datagram.
pub(crate) fn loopback_socket() -> UdpSocket {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("loopback has a free port");
    socket
        .set_read_timeout(Some(Duration::from_millis(200)))
        .expect("the timeout is not zero");
    socket
}

fn free_udp_addr() -> io::Result<SocketAddr> {
    UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()
}

fn free_tcp_addr() -> io::Result<SocketAddr> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()
}
