//! `toxdrop` processes: starting a node, asking it through the command line, ending it.
//!
//! Reads only what the program prints for users (`--json`).

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde_json::Value;

/// How long a node may take to answer after its start, and to end after being asked to.
const PATIENCE: Duration = Duration::from_secs(60);

/// Settings that differ from a daemon's defaults: a demo's nodes are all newcomers.
const CONFIG: &str = "[dht]\nhand_over_min_age_seconds = 0\n";

/// One node with its data directory; its process is ended when this is dropped.
pub(super) struct Node {
    name: String,
    binary: PathBuf,
    dir: PathBuf,
    bootstrap: Vec<String>,
    child: Option<Child>,
}

impl Node {
    /// A node that is not running yet. `bootstrap` holds `HOST:PORT:HEXKEY`.
    pub(super) fn new(name: &str, binary: &Path, dir: &Path, bootstrap: &[String]) -> Self {
        Self {
            name: name.to_owned(),
            binary: binary.to_owned(),
            dir: dir.join(name),
            bootstrap: bootstrap.to_vec(),
            child: None,
        }
    }

    /// Starts the process; [`Node::wait_ready`] waits for it.
    pub(super) fn spawn(&mut self) -> Result<()> {
        std::fs::create_dir_all(&self.dir)?;
        let config = self.dir.join("demo.toml");
        std::fs::write(&config, CONFIG)?;
        let log = File::options()
            .create(true)
            .append(true)
            .open(self.dir.join("log"))?;
        let mut command = Command::new(&self.binary);
        command
            .arg("node")
            .arg("--config")
            .arg(&config)
            .arg("--data-dir")
            .arg(&self.dir)
            .args(["--udp", "127.0.0.1:0", "--rpc", "127.0.0.1:0"]);
        for node in &self.bootstrap {
            command.args(["--bootstrap", node]);
        }
        self.child = Some(
            command
                .stdin(Stdio::null())
                .stdout(log.try_clone()?)
                .stderr(log)
                .spawn()
                .with_context(|| format!("could not start node {}", self.name))?,
        );
        Ok(())
    }

    /// Waits until the node answers `toxdrop status`.
    pub(super) fn wait_ready(&mut self) -> Result<()> {
        self.wait_until("answer", |_| true).map(drop)
    }

    /// Asks for the status until it is as wanted; `what` says for what, in the error.
    pub(super) fn wait_until(
        &mut self,
        what: &str,
        wanted: impl Fn(&Value) -> bool,
    ) -> Result<Value> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            super::interrupt::check()?;
            if let Some(child) = &mut self.child
                && let Some(status) = child.try_wait()?
            {
                bail!("node {} ended ({status}): {}", self.name, self.log_tail());
            }
            let last = match self.cli(&["status", "--json"]) {
                Ok(status) if wanted(&status) => return Ok(status),
                Ok(status) => status.to_string(),
                Err(error) => error.to_string(),
            };
            if Instant::now() > deadline {
                bail!(
                    "node {} did not {what} within {} s; last: {last}",
                    self.name,
                    PATIENCE.as_secs()
                );
            }
            std::thread::sleep(Duration::from_millis(200));
        }
    }

    /// Runs a command of the CLI against this node and returns what it printed as JSON (the last line that is JSON).
    pub(super) fn cli(&self, args: &[&str]) -> Result<Value> {
        let lines = self.cli_lines(args)?;
        lines
            .into_iter()
            .next_back()
            .with_context(|| format!("`toxdrop {}` printed no JSON", args.join(" ")))
    }

    /// As [`Node::cli`], for commands that print a JSON object a line.
    pub(super) fn cli_lines(&self, args: &[&str]) -> Result<Vec<Value>> {
        let output = Command::new(&self.binary)
            .args(args)
            .arg("--data-dir")
            .arg(&self.dir)
            .stdin(Stdio::null())
            .output()
            .with_context(|| format!("could not run toxdrop {}", args.join(" ")))?;
        if !output.status.success() {
            bail!(
                "`toxdrop {}` on node {} ended with {}: {}",
                args.join(" "),
                self.name,
                output.status,
                String::from_utf8_lossy(&output.stderr).trim()
            );
        }
        let text = String::from_utf8(output.stdout).context("the output is not UTF-8")?;
        // A pretty-printed object is one value over several lines, JSON lines are many values.
        serde_json::Deserializer::from_str(&text)
            .into_iter()
            .collect::<Result<Vec<Value>, _>>()
            .with_context(|| format!("`toxdrop {}` did not print JSON: {text}", args.join(" ")))
    }

    /// The inspector's URL with the token in its fragment.
    pub(super) fn inspector_url(&self) -> Result<String> {
        let status = self.cli(&["status", "--json"])?;
        let port = status["rpc_port"]
            .as_u64()
            .context("status has no rpc_port")?;
        let token = std::fs::read_to_string(self.dir.join("token"))?;
        Ok(format!("http://127.0.0.1:{port}/#token={}", token.trim()))
    }

    /// Asks the process to end (as Ctrl-C does) and waits for it; a node that does not end in time is an error.
    pub(super) fn stop(&mut self) -> Result<()> {
        let Some(mut child) = self.child.take() else {
            return Ok(());
        };
        interrupt(&mut child)?;
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            if let Some(status) = child.try_wait()? {
                if status.success() {
                    return Ok(());
                }
                bail!(
                    "node {} ended with {status}: {}",
                    self.name,
                    self.log_tail()
                );
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        child.kill()?;
        bail!("node {} did not end when asked to", self.name)
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    fn log_tail(&self) -> String {
        let log = std::fs::read_to_string(self.dir.join("log")).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(5)..].join("\n")
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            // Asked kindly first: the demo's nodes are ended together and each has a database open.
            let _ = interrupt(&mut child);
            let deadline = Instant::now() + Duration::from_secs(3);
            while Instant::now() < deadline {
                if matches!(child.try_wait(), Ok(Some(_)) | Err(_)) {
                    return;
                }
                std::thread::sleep(Duration::from_millis(20));
            }
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

#[cfg(unix)]
fn interrupt(child: &mut Child) -> Result<()> {
    let status = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status()
        .context("could not run kill")?;
    anyhow::ensure!(
        status.success(),
        "could not interrupt process {}",
        child.id()
    );
    Ok(())
}

#[cfg(not(unix))]
fn interrupt(child: &mut Child) -> Result<()> {
    child.kill().context("could not end the process")
}
