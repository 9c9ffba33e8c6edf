//! Graphics drivers and a real node: loaded when something needs them, and not before.
//!
//! What runs on a card is tested in `toxdrop-pow`.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tonic::Request;
use toxdrop_pow::DeviceKind;
use toxdrop_proto::grpc::v1;
use v1::pow_client::PowClient;

/// How long a node may take to start, or to end by itself.
const PATIENCE: Duration = Duration::from_secs(60);

fn toxdrop() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_toxdrop"));
    for name in ["TOXDROP_DATA_DIR", "TOXDROP_RPC", "TOXDROP_TOKEN_FILE"] {
        command.env_remove(name);
    }
    command.stdin(Stdio::null());
    command
}

/// A node by itself; ended when dropped.
struct Node {
    dir: PathBuf,
    child: Child,
}

impl Node {
    /// Starts one with these settings and does not wait.
    fn spawn(dir: &Path, settings: &str) -> Self {
        std::fs::write(dir.join("config.toml"), settings).unwrap();
        let log = std::fs::File::create(dir.join("log")).unwrap();
        let mut command = toxdrop();
        command.arg("node").arg("--data-dir").arg(dir);
        command.args(["--udp", "127.0.0.1:0", "--rpc", "127.0.0.1:0"]);
        command.stdout(log.try_clone().unwrap()).stderr(log);
        let child = command.spawn().unwrap();
        let dir = dir.to_owned();
        Self { dir, child }
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.dir.join("log")).unwrap()
    }

    /// Waits until its port is open.
    fn wait(&mut self) {
        self.until(|node| node.log().contains("Inspector"));
        assert!(self.child.try_wait().unwrap().is_none(), "{}", self.log());
    }

    fn until(&mut self, done: impl Fn(&Self) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !done(self) && self.child.try_wait().unwrap().is_none() {
            assert!(Instant::now() < deadline, "{}", self.log());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    async fn pow(&self) -> PowClient<tonic::transport::Channel> {
        let address = std::fs::read_to_string(self.dir.join("rpc-address")).unwrap();
        let address = format!("http://{}", address.trim());
        let endpoint = tonic::transport::Endpoint::from_shared(address).unwrap();
        PowClient::new(endpoint.connect().await.unwrap())
    }

    fn with_token<T>(&self, message: T) -> Request<T> {
        let token = std::fs::read_to_string(self.dir.join("token")).unwrap();
        let mut request = Request::new(message);
        let bearer = format!("Bearer {}", token.trim()).parse().unwrap();
        request.metadata_mut().insert("authorization", bearer);
        request
    }

    /// The device that solves a small job, which is for these devices.
    async fn solve(&self, devices: Vec<String>) -> String {
        let request = v1::SolveRequest {
            what: Some(v1::solve_request::What::Hash(v1::HashAndTarget {
                initial_hash: vec![7; 64],
                target: u64::MAX / 10_000,
            })),
            devices,
            ..Default::default()
        };
        let answer = self.pow().await.solve(self.with_token(request)).await;
        let mut events = answer.unwrap().into_inner();
        loop {
            let event = events.message().await.unwrap().unwrap().event;
            if let Some(v1::solve_event::Event::Solution(solution)) = event {
                return solution.device;
            }
        }
    }

    #[cfg(target_os = "linux")]
    /// Libraries in its memory that draw or compile for what draws.
    fn graphics(&self) -> Vec<String> {
        let maps = std::fs::read_to_string(format!("/proc/{}/maps", self.child.id())).unwrap();
        let files = maps
            .lines()
            .filter_map(|line| line.split_whitespace().nth(5));
        let drivers = ["vulkan", "libGL", "libEGL", "LLVM", "gallium", "nvidia"];
        files
            .filter(|file| drivers.iter().any(|driver| file.contains(driver)))
            .map(str::to_owned)
            .collect()
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[cfg(target_os = "linux")]
/// Whether there is anything that a test must expect the node to use.
fn a_card_is_here() -> bool {
    let there = ["/dev/dri", "/dev/nvidiactl", "/dev/dxg", "/dev/kfd"];
    there.iter().any(|file| Path::new(file).exists())
        || toxdrop_pow::adapters()
            .iter()
            .any(|adapter| adapter.kind == DeviceKind::Gpu)
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn an_idle_node_loads_no_graphics_driver_and_without_a_card_not_even_for_a_job() {
    let dir = tempfile::tempdir().unwrap();
    let mut node = Node::spawn(dir.path(), "");
    node.wait();
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(node.graphics(), Vec::<String>::new());
    if a_card_is_here() {
        println!("the rest is skipped: this machine may have a graphics card");
        return;
    }
    node.solve(Vec::new()).await;
    let question = node.with_token(v1::DevicesRequest {});
    let answer = node.pow().await.devices(question).await.unwrap();
    let devices = answer.into_inner().devices;
    assert!(devices.iter().all(|d| d.kind == "cpu"), "{devices:?}");
    assert!(devices.iter().all(|d| d.state == "ready"), "{devices:?}");
    assert_eq!(node.graphics(), Vec::<String>::new());
    assert!(!node.log().contains("XDG_RUNTIME_DIR"), "{}", node.log());
}

#[tokio::test]
async fn an_adapter_that_the_settings_name_is_used_even_if_it_is_software() {
    let Some(adapter) = toxdrop_pow::adapters().into_iter().next() else {
        println!("skipped: this machine has no Vulkan, Metal or Direct3D driver");
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let settings = format!("[pow]\ndevices = [\"cpu\", \"{}\"]\n", adapter.name);
    let mut node = Node::spawn(dir.path(), &settings);
    node.wait();
    // At once: the job waits until the adapter is open.
    assert_eq!(node.solve(vec![adapter.name.clone()]).await, adapter.name);
}

#[test]
fn a_device_in_the_settings_that_does_not_exist_is_refused_at_start() {
    let dir = tempfile::tempdir().unwrap();
    let settings = "[pow]\ndevices = [\"wgpu:abacus\"]\n";
    let mut node = Node::spawn(dir.path(), settings);
    node.until(|_| false);
    assert!(!node.child.wait().unwrap().success());
    let log = node.log();
    assert!(log.contains("no proof-of-work device named"), "{log}");
    assert!(log.contains("wgpu:abacus") && log.contains("cpu"), "{log}");
    assert!(!log.contains("DHT key"), "{log}");
}

#[test]
fn pow_devices_lists_every_adapter_and_says_which_are_used_only_if_named() {
    let output = toxdrop()
        .args(["pow", "devices", "--json"])
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    let lines: Vec<serde_json::Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert!(lines.iter().any(|line| line["kind"] == "cpu"), "{text}");
    for adapter in toxdrop_pow::adapters() {
        let line = lines.iter().find(|line| line["name"] == adapter.name);
        let line = line.unwrap_or_else(|| panic!("{} is not listed: {text}", adapter.name));
        if adapter.kind == DeviceKind::SoftwareGpu {
            assert_eq!(line["state"], "used only if named");
        }
    }
}
