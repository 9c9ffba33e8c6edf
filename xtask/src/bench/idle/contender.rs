//! A node process of either kind, with its usual settings, as its user would leave it.
//!
//! Asks nothing of it: a question would be work.

use std::fs::File;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};

/// How long a node may take to start.
const PATIENCE: Duration = Duration::from_secs(60);

/// Which program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Toxdrop,
    ToxBootstrapd,
}

/// Where to join, and the key of the node there, in hexadecimal.
pub(super) type Bootstrap = (SocketAddr, String);

/// A node; ended when dropped.
pub(super) struct Contender {
    kind: Kind,
    folder: PathBuf,
    child: Child,
}

impl Contender {
    /// Starts a node at this UDP address, with its files in `folder`, and waits until it is up.
    pub(super) fn start(
        kind: Kind,
        program: &Path,
        folder: &Path,
        udp: SocketAddr,
        bootstrap: Option<&Bootstrap>,
    ) -> Result<Self> {
        std::fs::create_dir_all(folder)?;
        let mut command = Command::new(program);
        match kind {
            Kind::Toxdrop => toxdrop(&mut command, folder, udp, bootstrap),
            Kind::ToxBootstrapd => tox_bootstrapd(&mut command, folder, udp, bootstrap)?,
        }
        let log = File::create(folder.join("log"))?;
        let child = command
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()
            .with_context(|| format!("could not start {}", program.display()))?;
        let mut node = Self {
            kind,
            folder: folder.to_owned(),
            child,
        };
        node.wait_until_up()?;
        Ok(node)
    }

    pub(super) fn kind(&self) -> Kind {
        self.kind
    }

    /// Its process id, if it still runs.
    pub(super) fn running(&mut self) -> Result<u32> {
        if let Some(status) = self.child.try_wait()? {
            let log = std::fs::read_to_string(self.folder.join("log")).unwrap_or_default();
            bail!("a {:?} node ended with {status}: {}", self.kind, log.trim());
        }
        Ok(self.child.id())
    }

    /// The DHT key of a `tox-bootstrapd`: the first 32 bytes of its key file.
    pub(super) fn key(&self) -> Result<String> {
        let keys = std::fs::read(self.folder.join("keys"))?;
        let public = keys.get(..32).context("its key file is too short")?;
        Ok(hex::encode(public))
    }

    fn wait_until_up(&mut self) -> Result<()> {
        // Written when the sockets are open.
        let (sign, len) = match self.kind {
            Kind::Toxdrop => ("rpc-address", 1),
            Kind::ToxBootstrapd => ("keys", 64),
        };
        let file = self.folder.join(sign);
        let deadline = Instant::now() + PATIENCE;
        while std::fs::metadata(&file).map_or(0, |data| data.len()) < len {
            self.running()?;
            ensure!(
                Instant::now() < deadline,
                "a {:?} node is not up after {} s",
                self.kind,
                PATIENCE.as_secs()
            );
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(())
    }
}

impl Drop for Contender {
    fn drop(&mut self) {
        // It may have ended by itself; there is nothing else to do about either failure.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn toxdrop(command: &mut Command, folder: &Path, udp: SocketAddr, bootstrap: Option<&Bootstrap>) {
    command.arg("node").arg("--data-dir").arg(folder);
    command.args(["--udp", &udp.to_string(), "--rpc", "127.0.0.1:0"]);
    if let Some((address, key)) = bootstrap {
        command.args(["--bootstrap", &format!("{address}:{key}")]);
    }
}

fn tox_bootstrapd(
    command: &mut Command,
    folder: &Path,
    udp: SocketAddr,
    bootstrap: Option<&Bootstrap>,
) -> Result<()> {
    let mut settings = format!(
        "port = {}\nkeys_file_path = \"{}\"\npid_file_path = \"{}\"\nenable_ipv6 = false\n\
         enable_ipv4_fallback = true\nenable_lan_discovery = false\nenable_tcp_relay = false\nenable_motd = false\n",
        udp.port(),
        folder.join("keys").display(),
        folder.join("pid").display(),
    );
    if let Some((address, key)) = bootstrap {
        settings += &format!(
            "bootstrap_nodes = ( {{ address = \"{}\", port = {}, public_key = \"{key}\" }} )\n",
            address.ip(),
            address.port()
        );
    }
    let file = folder.join("conf");
    std::fs::write(&file, settings)?;
    command.arg("--config").arg(file);
    command.args(["--foreground", "--log-backend=stdout"]);
    Ok(())
}
