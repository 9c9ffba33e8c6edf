//! A toxdrop node, asked through the command line as users ask it.
//!
//! Reads only what the program prints with `--json`.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::address::NodeAddress;
use crate::error::Error;
use crate::launch::Place;
use crate::process::{Process, run};

/// How long a node may take to start or to know others.
const PATIENCE: Duration = Duration::from_secs(60);

/// How a node starts.
#[derive(Clone, Debug)]
pub struct ToxdropOptions<'a> {
    /// What it is called in messages.
    pub name: &'a str,
    /// Where its network is.
    pub place: &'a Place,
    /// Its UDP address; port 0 takes a free one.
    pub udp: SocketAddr,
    /// Nodes that it joins through.
    pub bootstrap: &'a [NodeAddress],
    /// The text of its settings file.
    pub settings: &'a str,
}

/// A running node; killed when dropped.
#[derive(Debug)]
pub struct Toxdrop {
    process: Process,
    program: PathBuf,
    folder: PathBuf,
    place: Place,
}

impl Toxdrop {
    /// Starts a node with its data in `folder`; [`Toxdrop::wait`] waits for it.
    ///
    /// # Errors
    /// Where the process does not start.
    pub fn start(
        program: &Path,
        folder: &Path,
        options: &ToxdropOptions<'_>,
    ) -> Result<Self, Error> {
        std::fs::create_dir_all(folder)
            .map_err(Error::system(format!("make {}", folder.display())))?;
        let file = folder.join("config.toml");
        std::fs::write(&file, options.settings)
            .map_err(Error::system(format!("write {}", file.display())))?;
        let mut command = options.place.command(program);
        command.arg("node").arg("--data-dir").arg(folder);
        command.args(["--udp", &options.udp.to_string(), "--rpc", "127.0.0.1:0"]);
        for node in options.bootstrap {
            command.args(["--bootstrap", &node.to_string()]);
        }
        Ok(Self {
            process: Process::start(options.name, &mut command, &folder.join("log"), false)?,
            program: program.to_owned(),
            folder: folder.to_owned(),
            place: options.place.clone(),
        })
    }

    /// Waits until its status is as wanted; `what` says for what.
    ///
    /// # Errors
    /// Where that does not come within a minute, or the node ends.
    pub fn wait(&mut self, what: &str, wanted: impl Fn(&Value) -> bool) -> Result<Value, Error> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            self.process.check()?;
            let last = match self.command(&["status"]) {
                Ok(mut lines) => match lines.pop() {
                    Some(status) if wanted(&status) => return Ok(status),
                    status => status.unwrap_or_default().to_string(),
                },
                Err(error) => error.to_string(),
            };
            if Instant::now() > deadline {
                return Err(Error::Late {
                    who: self.process.name().to_owned(),
                    what: what.to_owned(),
                    patience: PATIENCE,
                    log: format!("{last}\n{}", self.log()),
                });
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Its UDP address on this IP address, and its key, as soon as it answers.
    ///
    /// # Errors
    /// Where it does not answer within a minute.
    pub fn address(&mut self, udp: SocketAddr) -> Result<NodeAddress, Error> {
        let status = self.wait("answer", |_| true)?;
        let fields = (
            status["udp_port"]
                .as_u64()
                .and_then(|p| u16::try_from(p).ok()),
            status["dht_public_key"].as_str(),
        );
        let (Some(port), Some(key)) = fields else {
            return Err(self.nonsense(&status.to_string(), "status with port and key"));
        };
        Ok(NodeAddress {
            address: SocketAddr::new(udp.ip(), port),
            key: key.to_owned(),
        })
    }

    /// Runs a command against this node; the objects that it printed.
    ///
    /// # Errors
    /// Where it does not succeed.
    pub fn command(&self, words: &[&str]) -> Result<Vec<Value>, Error> {
        let mut command = self.place.command(&self.program);
        command.args(words).arg("--json");
        command.arg("--data-dir").arg(&self.folder);
        let output = run(&mut command)?;
        let text = String::from_utf8_lossy(&output.stdout);
        let values = serde_json::Deserializer::from_str(&text).into_iter();
        let values: Result<_, _> = values.collect();
        values.map_err(|_| self.nonsense(&text, "JSON"))
    }

    /// A command that goes on printing into a file of its own in the node's folder, which [`Process::log`] reads.
    ///
    /// # Errors
    /// Where it does not start.
    pub fn follow(&self, words: &[&str]) -> Result<Process, Error> {
        let mut command = self.place.command(&self.program);
        command.args(words).arg("--json");
        command.arg("--data-dir").arg(&self.folder);
        let name = words.join(" ");
        let log = self
            .folder
            .join(format!("{}.log", words.first().unwrap_or(&"command")));
        Process::start(&name, &mut command, &log, false)
    }

    /// The end of its log.
    pub fn log(&self) -> String {
        self.process.log()
    }

    /// What it is called.
    pub fn name(&self) -> &str {
        self.process.name()
    }

    fn nonsense(&self, text: &str, expected: &'static str) -> Error {
        Error::Nonsense {
            who: self.process.name().to_owned(),
            text: text.to_owned(),
            expected,
        }
    }
}
