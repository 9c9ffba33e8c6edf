//! Real node processes on loopback, each with a data directory and ports of its own, on a network of little work.
//!
//! Asks them only through the command line and the port that users have.
#![allow(dead_code, reason = "each test program uses a part")]

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

/// How long a node may take to start, to know others, or to end.
const PATIENCE: Duration = Duration::from_secs(60);

/// A network of its own, with little work, where newcomers are trusted at once.
const CONFIG: &str = "[dht]\nnetwork_id = 4242\nnonce_trials_per_byte = 10\nextra_bytes = 10\nhand_over_min_age_seconds = 0\n\
[mail]\nquorum = 3\nretry_seconds = 1\npublish_spread_seconds = 0\n[pow]\ndevices = [\"cpu\"]\n";

/// The program.
pub(crate) fn toxdrop() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_toxdrop"));
    for name in [
        "TOXDROP_DATA_DIR",
        "TOXDROP_RPC",
        "TOXDROP_TOKEN_FILE",
        "TOXDROP_UDP",
        "TOXDROP_BOOTSTRAP",
        "TOXDROP_BOOTSTRAP_LIST",
    ] {
        command.env_remove(name);
    }
    command.stdin(Stdio::null());
    command
}

/// A node; its process is ended when this is dropped, its directory stays.
pub(crate) struct Node {
    pub(crate) dir: PathBuf,
    child: Option<Child>,
}

impl Node {
    /// Starts a node and waits until it answers.
    pub(crate) fn start(dir: &Path, bootstrap: &[String]) -> Self {
        let bootstrap = bootstrap.iter().map(|node| ["--bootstrap", node]);
        let args: Vec<&str> = bootstrap.flatten().collect();
        Self::start_at(dir, "127.0.0.1:0", &args)
    }

    /// As [`Node::start`], at a UDP address and with options of the test's choice.
    pub(crate) fn start_at(dir: &Path, udp: &str, args: &[&str]) -> Self {
        std::fs::create_dir_all(dir).unwrap();
        std::fs::write(dir.join("config.toml"), CONFIG).unwrap();
        let log = std::fs::File::create(dir.join("log")).unwrap();
        let mut command = toxdrop();
        command.arg("node").arg("--data-dir").arg(dir);
        command
            .args(["--udp", udp, "--rpc", "127.0.0.1:0"])
            .args(args);
        let child = command
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        let mut node = Self {
            dir: dir.to_owned(),
            child: Some(child),
        };
        node.wait("answer", |_| true);
        node
    }

    /// `HOST:PORT:HEXKEY`, as others join through this node.
    pub(crate) fn udp(&self) -> String {
        self.udp_at("127.0.0.1")
    }

    /// The same, at another of its addresses.
    pub(crate) fn udp_at(&self, host: &str) -> String {
        let status = self.json(&["status"]);
        format!(
            "{host}:{}:{}",
            status["udp_port"],
            status["dht_public_key"].as_str().unwrap()
        )
    }

    pub(crate) fn token(&self) -> String {
        let text = std::fs::read_to_string(self.dir.join("token")).unwrap();
        text.trim().to_owned()
    }

    pub(crate) fn rpc(&self) -> String {
        let text = std::fs::read_to_string(self.dir.join("rpc-address")).unwrap();
        text.trim().to_owned()
    }

    /// Waits until the status is as wanted.
    pub(crate) fn wait(&mut self, what: &str, wanted: impl Fn(&Value) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.as_mut().and_then(|c| c.try_wait().unwrap()) {
                panic!("the node ended with {status}: {}", self.log());
            }
            let output = self.run(&["status"]);
            if output.status.success() && wanted(&values(&output)[0]) {
                return;
            }
            assert!(Instant::now() < deadline, "no {what}: {}", self.log());
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Runs a command against this node, with `--json`.
    pub(crate) fn run(&self, args: &[&str]) -> Output {
        let mut command = toxdrop();
        command.args(args).arg("--json");
        command.arg("--data-dir").arg(&self.dir);
        command.output().unwrap()
    }

    /// The objects that a command printed; it must have succeeded.
    pub(crate) fn lines(&self, args: &[&str]) -> Vec<Value> {
        let output = self.run(args);
        assert!(
            output.status.success(),
            "{args:?}: {} {}{}",
            output.status,
            String::from_utf8_lossy(&output.stderr),
            String::from_utf8_lossy(&output.stdout)
        );
        values(&output)
    }

    /// The last object that a command printed.
    pub(crate) fn json(&self, args: &[&str]) -> Value {
        self.lines(args).pop().unwrap()
    }

    /// Ids of the packets that this node holds.
    pub(crate) fn packets(&self) -> Vec<String> {
        let packets = self.lines(&["store", "ls"]);
        let ids = packets.iter().map(|p| p["packet_id"].as_str().unwrap());
        ids.map(str::to_owned).collect()
    }

    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.dir.join("log")).unwrap_or_default()
    }

    /// As `kill -9`.
    pub(crate) fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    /// Asks the node to end, as Ctrl-C does, and says with which status it did.
    #[cfg(unix)]
    pub(crate) fn end(&mut self) -> std::process::ExitStatus {
        let mut child = self.child.take().unwrap();
        let asked = Command::new("kill")
            .args(["-INT", &child.id().to_string()])
            .status();
        assert!(asked.unwrap().success());
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = child.try_wait().unwrap() {
                return status;
            }
            assert!(
                Instant::now() < deadline,
                "the node does not end: {}",
                self.log()
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// One HTTP/1.1 request with these header lines; the whole answer.
    pub(crate) fn http(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Vec<u8> {
        let mut stream = TcpStream::connect(self.rpc()).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let mut head = format!("{method} {path} HTTP/1.1\r\nConnection: close\r\n");
        for (name, value) in headers {
            head += &format!("{name}: {value}\r\n");
        }
        head += &format!("Content-Length: {}\r\n\r\n", body.len());
        stream.write_all(head.as_bytes()).unwrap();
        stream.write_all(body).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        answer
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// The JSON values on standard output.
pub(crate) fn values(output: &Output) -> Vec<Value> {
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    let values = serde_json::Deserializer::from_str(&text).into_iter();
    values.collect::<Result<_, _>>().unwrap()
}
