//! The port of a real node: who may come in, what is served there, and what a second node is told.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

mod common;

use common::{Node, toxdrop};
use tonic::metadata::MetadataValue;
use tonic::transport::Channel;
use tonic::{Code, Request};
use toxdrop_proto::grpc::v1;
use v1::inspector_client::InspectorClient;
use v1::pow_client::PowClient;

fn node() -> (tempfile::TempDir, Node) {
    let dir = tempfile::tempdir().unwrap();
    let node = Node::start(&dir.path().join("data"), &[]);
    (dir, node)
}

async fn channel(node: &Node) -> Channel {
    let address = format!("http://{}", node.rpc());
    Channel::from_shared(address)
        .unwrap()
        .connect()
        .await
        .unwrap()
}

fn with_token<T>(token: &str, message: T) -> Request<T> {
    let mut request = Request::new(message);
    let bearer: MetadataValue<_> = format!("Bearer {token}").parse().unwrap();
    request.metadata_mut().insert("authorization", bearer);
    request
}

/// A job of `Pow.Solve`; a span of 0 is all nonces.
fn solve(initial_hash: Vec<u8>, target: u64, span: u64) -> v1::SolveRequest {
    v1::SolveRequest {
        what: Some(v1::solve_request::What::Hash(v1::HashAndTarget {
            initial_hash,
            target,
        })),
        span,
        ..Default::default()
    }
}

fn said(answer: &[u8]) -> String {
    String::from_utf8_lossy(answer).to_lowercase()
}

#[tokio::test]
async fn only_who_shows_the_token_is_answered() {
    let (_dir, node) = node();
    let mut inspector = InspectorClient::new(channel(&node).await);
    let missing = inspector.status(v1::StatusRequest {}).await.unwrap_err();
    assert_eq!(missing.code(), Code::Unauthenticated);
    assert!(missing.message().contains("token"), "{missing}");
    let wrong = with_token(&"0".repeat(64), v1::StatusRequest {});
    let wrong = inspector.status(wrong).await.unwrap_err();
    assert_eq!(wrong.code(), Code::Unauthenticated);
    let right = with_token(&node.token(), v1::StatusRequest {});
    let status = inspector.status(right).await.unwrap().into_inner();
    assert_eq!(status.dht_public_key.len(), 64);

    // Through the command line: an exit status of its own.
    let other = node.dir.join("other-token");
    std::fs::write(&other, "0".repeat(64)).unwrap();
    let output = node.run(&["status", "--token-file", other.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(8));
}

#[tokio::test]
async fn health_is_open_to_all_and_reflection_lists_the_services() {
    let (_dir, node) = node();
    let channel = channel(&node).await;
    let mut health = tonic_health::pb::health_client::HealthClient::new(channel.clone());
    let request = tonic_health::pb::HealthCheckRequest::default();
    let answer = health.check(request).await.unwrap().into_inner();
    assert_eq!(
        answer.status(),
        tonic_health::pb::health_check_response::ServingStatus::Serving
    );

    use tonic_reflection::pb::v1::ServerReflectionRequest;
    use tonic_reflection::pb::v1::server_reflection_client::ServerReflectionClient;
    use tonic_reflection::pb::v1::server_reflection_request::MessageRequest;
    use tonic_reflection::pb::v1::server_reflection_response::MessageResponse;
    let question = ServerReflectionRequest {
        host: String::new(),
        message_request: Some(MessageRequest::ListServices(String::new())),
    };
    let questions = tokio_stream::iter([question]);
    let mut reflection = ServerReflectionClient::new(channel);
    let request = with_token(&node.token(), questions);
    let mut answers = reflection
        .server_reflection_info(request)
        .await
        .unwrap()
        .into_inner();
    let answer = answers.message().await.unwrap().unwrap().message_response;
    let Some(MessageResponse::ListServicesResponse(list)) = answer else {
        panic!("{answer:?}");
    };
    let names: Vec<_> = list.service.iter().map(|s| s.name.as_str()).collect();
    for name in ["Messages", "Inboxes", "Pow", "Inspector"] {
        assert!(
            names.contains(&format!("toxdrop.v1.{name}").as_str()),
            "{names:?}"
        );
    }
}

#[test]
fn foreign_hosts_and_pages_are_refused_and_the_page_is_guarded() {
    let (_dir, node) = node();
    let host = node.rpc();
    let get = |path: &str, headers: &[(&str, &str)]| said(&node.http("GET", path, headers, b""));
    let page = get("/", &[("Host", &host)]);
    assert!(page.starts_with("http/1.1 200"), "{page}");
    assert!(page.contains("content-type: text/html"), "{page}");
    assert!(
        page.contains("content-security-policy: default-src 'none'"),
        "{page}"
    );
    for headers in [
        vec![("Host", "evil.example")],
        vec![("Host", host.as_str()), ("Origin", "http://evil.example")],
        vec![("Host", host.as_str()), ("Origin", "null")],
    ] {
        let answer = get("/", &headers);
        assert!(answer.starts_with("http/1.1 403"), "{headers:?}: {answer}");
    }
    let metrics = get("/metrics", &[("Host", &host)]);
    assert!(metrics.starts_with("http/1.1 401"), "{metrics}");
    let bearer = format!("Bearer {}", node.token());
    let metrics = get("/metrics", &[("Host", &host), ("Authorization", &bearer)]);
    assert!(metrics.contains("toxdrop_store_packets"), "{metrics}");
}

#[test]
fn browsers_are_answered_in_grpc_web() {
    let (_dir, node) = node();
    let (host, bearer) = (node.rpc(), format!("Bearer {}", node.token()));
    let origin = format!("http://{host}");
    let headers = [
        ("Host", host.as_str()),
        ("Origin", origin.as_str()),
        ("Authorization", bearer.as_str()),
        ("Content-Type", "application/grpc-web+proto"),
    ];
    // An empty message: flags 0, length 0.
    let answer = node.http("POST", "/toxdrop.v1.Inspector/Status", &headers, &[0; 5]);
    let answer = said(&answer);
    assert!(answer.starts_with("http/1.1 200"), "{answer}");
    assert!(answer.contains("application/grpc-web"), "{answer}");
    assert!(answer.contains("grpc-status:0"), "{answer}");
}

#[tokio::test]
async fn a_solved_nonce_verifies_and_bad_jobs_are_refused() {
    let (_dir, node) = node();
    let token = node.token();
    let mut pow = PowClient::new(channel(&node).await);
    let target = u64::MAX / 20_000;
    let request = with_token(&token, solve(vec![7; 64], target, 0));
    let mut events = pow.solve(request).await.unwrap().into_inner();
    let solution = loop {
        match events.message().await.unwrap().unwrap().event {
            Some(v1::solve_event::Event::Solution(solution)) => break solution,
            _ => continue,
        }
    };
    let stamp = |nonce| v1::Stamp {
        what: Some(v1::stamp::What::Hash(v1::StampedHash {
            initial_hash: vec![7; 64],
            nonce,
            target,
        })),
    };
    let stamps = vec![
        stamp(solution.nonce),
        stamp(solution.nonce.wrapping_add(1)),
        v1::Stamp { what: None },
    ];
    let request = with_token(&token, v1::VerifyRequest { stamps });
    let verdicts = pow.verify(request).await.unwrap().into_inner().verdicts;
    assert!(verdicts[0].valid);
    assert_eq!(verdicts[0].value, solution.value);
    assert!(!verdicts[2].problem.is_empty());

    let stamps = vec![stamp(0); 1_025];
    let request = with_token(&token, v1::VerifyRequest { stamps });
    assert_eq!(
        pow.verify(request).await.unwrap_err().code(),
        Code::InvalidArgument
    );
    for (request, code) in [
        (solve(vec![7; 64], 0, 0), Code::InvalidArgument),
        (solve(vec![7; 63], 1, 0), Code::InvalidArgument),
        (v1::SolveRequest::default(), Code::InvalidArgument),
    ] {
        let refused = pow.solve(with_token(&token, request)).await.err().unwrap();
        assert_eq!(refused.code(), code, "{refused}");
    }
    let request = with_token(&token, solve(vec![7; 64], 1, 1_000));
    let mut events = pow.solve(request).await.unwrap().into_inner();
    let end = loop {
        match events.message().await {
            Ok(Some(_)) => continue,
            end => break end,
        }
    };
    assert_eq!(end.unwrap_err().code(), Code::OutOfRange);
}

#[tokio::test]
async fn a_client_that_goes_away_cancels_its_job_and_one_may_not_have_too_many() {
    let (_dir, node) = node();
    let token = node.token();
    let mut pow = PowClient::new(channel(&node).await);
    let endless = || solve(vec![1; 64], 1, 0);
    let mut jobs = Vec::new();
    let refused = loop {
        match pow.solve(with_token(&token, endless())).await {
            Ok(job) => jobs.push(job.into_inner()),
            Err(status) => break status,
        }
        assert!(jobs.len() <= 1_000, "there is no limit");
    };
    assert_eq!(refused.code(), Code::ResourceExhausted);
    drop(jobs);
    // As soon as the node has noticed, there is room again.
    for _ in 0..500 {
        if pow.solve(with_token(&token, endless())).await.is_ok() {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("the jobs of a client that went away still count");
}

/// Many workers behind one channel, as docs/grpc.md has it: gRPC's own balancing, and one token that all of them know.
#[tokio::test]
async fn a_balanced_channel_uses_all_workers_and_outlives_one() {
    /// What one node takes from one client (`pow.max_jobs_per_client`).
    const ONE_NODES_LIMIT: usize = 64;
    let dir = tempfile::tempdir().unwrap();
    let token = "5a".repeat(32);
    let mut nodes: Vec<Node> = ["one", "two", "three"]
        .iter()
        .map(|name| {
            let data = dir.path().join(name);
            std::fs::create_dir_all(&data).unwrap();
            std::fs::write(data.join("token"), &token).unwrap();
            Node::start(&data, &[])
        })
        .collect();
    let endpoints = nodes
        .iter()
        .map(|node| Channel::from_shared(format!("http://{}", node.rpc())).unwrap());
    let mut pow = PowClient::new(Channel::balance_list(endpoints));
    let job = |target| solve(vec![3; 64], target, 0);
    let mut held = Vec::new();
    for _ in 0..10 * ONE_NODES_LIMIT {
        match pow.solve(with_token(&token, job(1))).await {
            Ok(events) => held.push(events.into_inner()),
            Err(status) => assert_eq!(status.code(), Code::ResourceExhausted),
        }
        if held.len() > 2 * ONE_NODES_LIMIT {
            break;
        }
    }
    assert!(
        held.len() > 2 * ONE_NODES_LIMIT,
        "fewer than three workers: {} jobs",
        held.len()
    );
    drop(held);

    drop(nodes.pop());
    let mut solved = 0;
    for _ in 0..200 {
        let answer = pow.solve(with_token(&token, job(u64::MAX / 1_000))).await;
        match answer {
            Ok(events) => {
                let mut events = events.into_inner();
                while let Ok(Some(event)) = events.message().await {
                    let is_solution =
                        matches!(event.event, Some(v1::solve_event::Event::Solution(_)));
                    solved += usize::from(is_solution);
                }
            }
            // The worker that is gone, or one that has not noticed yet that the jobs above are: elsewhere, or again.
            // For a connection that broke in mid-call tonic has no better code than Unknown.
            Err(status) => assert!(
                matches!(
                    status.code(),
                    Code::Unavailable | Code::ResourceExhausted | Code::Unknown
                ),
                "{status}"
            ),
        }
        if solved == 10 {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("{solved} jobs were solved after one of three workers had gone");
}

#[test]
fn a_second_node_is_told_what_is_in_its_way() {
    let (dir, node) = node();
    let start = |data: &std::path::Path, rpc: &str| {
        let mut command = toxdrop();
        command.arg("node").arg("--data-dir").arg(data);
        command.args(["--udp", "127.0.0.1:0", "--rpc", rpc]);
        let output = command.output().unwrap();
        (output.status.code(), said(&output.stderr))
    };
    let (code, why) = start(&node.dir, "127.0.0.1:0");
    assert_eq!(code, Some(6), "{why}");
    assert!(why.contains("in use by another toxdrop node"), "{why}");
    let (code, why) = start(&dir.path().join("second"), &node.rpc());
    assert_eq!(code, Some(6), "{why}");
    assert!(why.contains("--rpc"), "{why}");
    // Nobody was disturbed.
    assert_eq!(node.json(&["status"])["packets"], 0);
}

#[test]
fn a_damaged_store_is_named_and_left_as_it_is() {
    let (_dir, mut node) = node();
    assert!(node.end().success());
    let file = node.dir.join("store.redb");
    std::fs::write(&file, b"this is no database").unwrap();
    let mut command = toxdrop();
    command.arg("node").arg("--data-dir").arg(&node.dir);
    command.args(["--udp", "127.0.0.1:0", "--rpc", "127.0.0.1:0"]);
    let output = command.output().unwrap();
    let why = said(&output.stderr);
    assert_eq!(output.status.code(), Some(6), "{why}");
    assert!(
        why.contains("store.redb") && why.contains("damaged"),
        "{why}"
    );
    assert_eq!(std::fs::read(&file).unwrap(), b"this is no database");
}

#[test]
fn unknown_inboxes_and_messages_are_named() {
    let (_dir, node) = node();
    for (args, code) in [
        (vec!["fetch", "--inbox", "nobody"], 4),
        (vec!["recall", "0123456789abcdef"], 4),
        (vec!["extend", "0123456789abcdef", "--ttl", "1d"], 4),
        (vec!["store", "show", "0123456789abcdef"], 4),
        (vec!["inbox", "show", "nobody"], 4),
        (vec!["inbox", "new", "Not A Name!"], 5),
    ] {
        let output = node.run(&args);
        let why = said(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{args:?}: {why}");
    }
    node.json(&["inbox", "new", "me"]);
    assert_eq!(node.run(&["inbox", "new", "me"]).status.code(), Some(6));
}
