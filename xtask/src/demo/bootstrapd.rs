//! A real Tox bootstrap node (`tox-bootstrapd`, c-toxcore) on loopback.
//!
//! Knows nothing of toxdrop: it is the stranger through whom the demo's nodes meet.

use std::net::UdpSocket;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

/// A running `tox-bootstrapd`; ended when dropped.
pub(super) struct Bootstrapd {
    child: Child,
    port: u16,
    key: String,
}

/// Where the program is, if it is installed.
pub(crate) fn find() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .chain(["/usr/sbin", "/usr/local/sbin"].map(PathBuf::from))
        .map(|dir| dir.join("tox-bootstrapd"))
        .find(|file| file.is_file())
}

impl Bootstrapd {
    /// Starts the program in `dir` on a free UDP port and waits until its key file is there.
    pub(super) fn start(program: &Path, dir: &Path) -> Result<Self> {
        std::fs::create_dir_all(dir)?;
        let dir = dir.canonicalize()?;
        let port = free_udp_port()?;
        let keys = dir.join("keys");
        let config = dir.join("tox-bootstrapd.conf");
        std::fs::write(
            &config,
            format!(
                "port = {port}\nkeys_file_path = \"{}\"\npid_file_path = \"{}\"\n\
                 enable_ipv6 = false\nenable_ipv4_fallback = true\nenable_lan_discovery = false\n\
                 enable_tcp_relay = false\nenable_motd = true\nmotd = \"toxdrop demo\"\n",
                keys.display(),
                dir.join("pid").display()
            ),
        )?;
        let log = std::fs::File::create(dir.join("log"))?;
        let child = Command::new(program)
            .arg("--config")
            .arg(&config)
            .args(["--foreground", "--log-backend=stdout"])
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()
            .with_context(|| format!("could not start {}", program.display()))?;
        let mut node = Self {
            child,
            port,
            key: String::new(),
        };
        node.key = node.wait_for_key(&keys)?;
        Ok(node)
    }

    /// The first 32 of the key file's 64 bytes are the public key.
    fn wait_for_key(&mut self, file: &Path) -> Result<String> {
        let deadline = Instant::now() + Duration::from_secs(10);
        loop {
            super::interrupt::check()?;
            if let Ok(bytes) = std::fs::read(file)
                && bytes.len() == 64
            {
                return Ok(hex::encode(&bytes[..32]));
            }
            if let Some(status) = self.child.try_wait()? {
                anyhow::bail!(
                    "tox-bootstrapd ended at once ({status}); see its log in the demo's folder"
                );
            }
            ensure!(
                Instant::now() < deadline,
                "tox-bootstrapd wrote no key file within 10 s"
            );
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// `HOST:PORT:HEXKEY`, as `toxdrop node --bootstrap` takes it.
    pub(super) fn address(&self) -> String {
        format!("127.0.0.1:{}:{}", self.port, self.key)
    }
}

impl Drop for Bootstrapd {
    fn drop(&mut self) {
        // It may have ended by itself; there is nothing else to do about either failure.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn free_udp_port() -> Result<u16> {
    Ok(UdpSocket::bind(("127.0.0.1", 0))?.local_addr()?.port())
}
