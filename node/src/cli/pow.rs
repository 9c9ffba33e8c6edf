//! `toxdrop pow`: solving, verifying and measuring without a node.
//!
//! Holds no solver and no arithmetic: those are `toxdrop_pow` and `toxdrop_proto::pow`.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::json;
use toxdrop_pow::{
    AdapterInfo, ClientId, DeviceChoice, DeviceInfo, DeviceKind, DeviceState, Job, Pool,
    PoolConfig, PoolError, Solution, SolveError, SubmitError, Ticket, expected_trials,
};
use toxdrop_proto::ids::UnixSeconds;
use toxdrop_proto::packet::{MESSAGE_AREAS, MESSAGE_OVERHEAD};
use toxdrop_proto::pow::Difficulty;

use super::args::{PowCommand, VerifyArgs};
use super::failure::{Exit, Failure};
use super::output::{self, Output, count, duration};
use super::table::table;
use crate::stamp::{self, StampError};

/// How long devices may take to be opened and tested.
const SETTLE: Duration = Duration::from_secs(30);

/// The state of an adapter that no pool uses unless told to.
const UNUSED: &str = "used only if named";

/// What the benchmark's sentence is about: a 1 KiB message for 7 days, stamped for 15 minutes more.
const EXAMPLE_BYTES: usize = 1024;
const EXAMPLE_TTL: u64 = 7 * 86_400 + 900;

/// Runs one of the commands.
pub(super) async fn run(command: PowCommand, output: Output) -> Result<(), Failure> {
    match command {
        PowCommand::Solve {
            initial_hash,
            target,
            start,
            span,
            device,
        } => {
            let job = Job {
                initial_hash: initial_hash.0,
                target,
                start,
                span,
            };
            solve(job, device, output).await
        }
        PowCommand::Verify(args) => verify(&args, output),
        PowCommand::Devices => devices(output),
        PowCommand::Bench { seconds, device } => bench(seconds, device, output).await,
    }
}

async fn solve(job: Job, devices: Vec<String>, output: Output) -> Result<(), Failure> {
    let pool = pool(devices)?;
    let ticket = submit(&pool, job, &[])?;
    let bar = output::spinner("searching");
    let solution = watch(ticket, &bar).await;
    bar.finish_and_clear();
    let solution = solution.map_err(|error| match error {
        SolveError::Exhausted { .. } => Failure::new(Exit::No, error),
        SolveError::Closed => Failure::new(Exit::Internal, error),
    })?;
    let object = json!({
        "nonce": solution.nonce,
        "value": solution.value,
        "target": job.target,
        "trials": solution.trials,
        "seconds": solution.elapsed.as_secs_f64(),
        "device": solution.device,
    });
    output.print(&object, || {
        format!(
            "nonce {}\nvalue {} (target {})\n{} trials in {} on {}",
            solution.nonce,
            solution.value,
            job.target,
            solution.trials,
            duration(solution.elapsed.as_secs_f64()),
            solution.device
        )
    })
}

/// Waits for a solution and says meanwhile how far the search is.
async fn watch(ticket: Ticket, bar: &indicatif::ProgressBar) -> Result<Solution, SolveError> {
    let mut progress = ticket.progress();
    let mut solution = std::pin::pin!(ticket.wait());
    loop {
        tokio::select! {
            solution = &mut solution => return solution,
            changed = progress.changed() => {
                if changed.is_err() {
                    return solution.await;
                }
                let now = *progress.borrow_and_update();
                let left = now.expected_seconds().map_or_else(|| "unknown".to_owned(), duration);
                bar.set_message(format!(
                    "{} hashes tried, {}/s; {:.0} % of such searches are done by now, {left} more on average",
                    count(now.trials as f64),
                    count(now.trials_per_s),
                    now.probability_done() * 100.0,
                ));
            }
        }
    }
}

fn verify(args: &VerifyArgs, output: Output) -> Result<(), Failure> {
    let verdict = match (&args.initial_hash, args.nonce, args.target, &args.object) {
        (Some(hash), Some(nonce), Some(target), _) => stamp::judge_hash(&hash.0, nonce, target),
        (_, _, _, Some(object)) => {
            let at = args.at.map_or_else(now, UnixSeconds);
            let difficulty = Difficulty {
                nonce_trials_per_byte: args
                    .ntpb
                    .unwrap_or(Difficulty::DEFAULT.nonce_trials_per_byte),
                extra_bytes: args.extra.unwrap_or(Difficulty::DEFAULT.extra_bytes),
            };
            stamp::judge_object(&object.0, at, difficulty)
                .map_err(|error: StampError| Failure::new(Exit::Invalid, error))?
        }
        _ => {
            return Err(Failure::new(
                Exit::Usage,
                "give --initial-hash with --nonce and --target, or --object",
            ));
        }
    };
    let object = json!({
        "valid": verdict.holds(),
        "value": verdict.value,
        "target": verdict.target,
    });
    let word = if verdict.holds() {
        "holds"
    } else {
        "does not hold"
    };
    output.print(&object, || {
        let sign = if verdict.holds() { "≤" } else { ">" };
        format!(
            "the work {word}: value {} {sign} target {}",
            verdict.value, verdict.target
        )
    })?;
    if verdict.holds() {
        Ok(())
    } else {
        Err(Failure::silent(Exit::No))
    }
}

fn devices(output: Output) -> Result<(), Failure> {
    let pool = pool(Vec::new())?;
    let settled = pool.wait_settled(SETTLE);
    let devices = pool.devices();
    if !settled {
        output::hint("some devices are still being tested; what is known so far:");
    }
    // What is not used unasked: software drivers, and cards that nothing in /dev tells of. While cards are being tested, who can say?
    let mut unused = if settled {
        toxdrop_pow::adapters()
    } else {
        Vec::new()
    };
    unused.retain(|adapter| devices.iter().all(|device| device.name != adapter.name));
    if output.is_json() {
        devices
            .iter()
            .try_for_each(|device| output.line(&device_json(device).to_string()))?;
        return unused
            .iter()
            .try_for_each(|adapter| output.line(&unused_json(adapter).to_string()));
    }
    let mut table = table(["name", "kind", "threads", "hashes/s", "state", "driver"]);
    for device in &devices {
        table.add_row([
            device.name.clone(),
            kind_name(device.kind).to_owned(),
            device.threads.to_string(),
            count(device.trials_per_s),
            state_name(&device.state),
            device.driver.clone(),
        ]);
    }
    for adapter in &unused {
        table.add_row([
            adapter.name.clone(),
            kind_name(adapter.kind).to_owned(),
            "0".to_owned(),
            count(0.0),
            UNUSED.to_owned(),
            adapter.driver.clone(),
        ]);
    }
    output.line(&table.to_string())
}

async fn bench(seconds: f64, names: Vec<String>, output: Output) -> Result<(), Failure> {
    let pool = pool(names)?;
    let bar = output::spinner("opening and testing devices");
    if !pool.wait_settled(SETTLE) {
        output::hint("some devices are not ready and are left out");
    }
    let ready: Vec<DeviceInfo> = pool
        .devices()
        .into_iter()
        .filter(|device| device.state == DeviceState::Ready)
        .collect();
    let mut rates = Vec::new();
    for device in &ready {
        bar.set_message(format!("measuring {}", device.name));
        let rate = measure(&pool, std::slice::from_ref(&device.name), seconds).await?;
        rates.push((device.name.clone(), rate));
    }
    let total = match rates.as_slice() {
        [(_, rate)] => *rate,
        _ => {
            bar.set_message("measuring all together");
            measure(&pool, &[], seconds).await?
        }
    };
    bar.finish_and_clear();
    let trials = example_trials();
    let expected = trials / total;
    let object = json!({
        "solvers": rates.iter().map(|(name, rate)| json!({ "name": name, "trials_per_s": rate })).collect::<Vec<_>>(),
        "trials_per_s": total,
        "example": { "bytes": EXAMPLE_BYTES, "ttl_seconds": EXAMPLE_TTL, "expected_trials": trials, "expected_seconds": expected },
    });
    output.print(&object, || {
        let mut text = String::new();
        for (name, rate) in &rates {
            text += &format!("{name:<32} {:>10}/s\n", count(*rate));
        }
        if rates.len() > 1 {
            text += &format!("{:<32} {:>10}/s\n", "together", count(total));
        }
        text + &format!(
            "a 1 KiB message for 7 days takes about {} here ({} hashes on average)",
            duration(expected),
            count(trials)
        )
    })
}

/// Hashes a second on some devices: a search that does not end, stopped after a while.
async fn measure(pool: &Pool, devices: &[String], seconds: f64) -> Result<f64, Failure> {
    let ticket = submit(pool, Job::new([0x5a; 64], 1), devices)?;
    let progress = ticket.progress();
    tokio::time::sleep(Duration::from_secs_f64(seconds)).await;
    let done = *progress.borrow();
    Ok(done.trials as f64 / done.elapsed.as_secs_f64().max(f64::MIN_POSITIVE))
}

/// Hashes that the example message takes on average, all its packets together.
fn example_trials() -> f64 {
    let [.., largest] = MESSAGE_AREAS;
    let lens = vec![largest; EXAMPLE_BYTES / largest]
        .into_iter()
        .chain([EXAMPLE_BYTES % largest]);
    lens.filter_map(|content| {
        let area = MESSAGE_AREAS.into_iter().find(|area| *area >= content)?;
        let len = MESSAGE_OVERHEAD + area;
        Some(expected_trials(
            Difficulty::DEFAULT.target(len as u64, EXAMPLE_TTL),
        ))
    })
    .sum()
}

fn pool(devices: Vec<String>) -> Result<Pool, Failure> {
    let devices = if devices.is_empty() {
        DeviceChoice::Auto
    } else {
        DeviceChoice::Only(devices)
    };
    Pool::start(PoolConfig {
        devices,
        ..PoolConfig::default()
    })
    .map_err(|error| match error {
        PoolError::UnknownDevice { .. } | PoolError::NoDevice => Failure::new(Exit::Invalid, error),
        PoolError::Thread(_) => Failure::new(Exit::Internal, error),
    })
}

fn submit(pool: &Pool, job: Job, devices: &[String]) -> Result<Ticket, Failure> {
    pool.submit_to(ClientId::new("command line"), job, devices)
        .map_err(|error| match error {
            SubmitError::ZeroTarget
            | SubmitError::EmptyRange
            | SubmitError::UnknownDevice { .. } => Failure::new(Exit::Invalid, error),
            SubmitError::ClientLimit { .. } => Failure::new(Exit::Exhausted, error),
            SubmitError::Closed => Failure::new(Exit::Internal, error),
        })
}

fn device_json(device: &DeviceInfo) -> serde_json::Value {
    json!({
        "name": device.name,
        "kind": kind_name(device.kind),
        "driver": device.driver,
        "threads": device.threads,
        "trials_per_s": device.trials_per_s,
        "state": state_name(&device.state),
    })
}

fn unused_json(adapter: &AdapterInfo) -> serde_json::Value {
    json!({
        "name": adapter.name,
        "kind": kind_name(adapter.kind),
        "driver": adapter.driver,
        "threads": 0,
        "trials_per_s": 0.0,
        "state": UNUSED,
    })
}

/// The kind as the gRPC schema writes it.
pub(crate) fn kind_name(kind: DeviceKind) -> &'static str {
    match kind {
        DeviceKind::Cpu => "cpu",
        DeviceKind::Gpu => "gpu",
        DeviceKind::SoftwareGpu => "software-gpu",
    }
}

/// The state as the gRPC schema writes it.
pub(crate) fn state_name(state: &DeviceState) -> String {
    match state {
        DeviceState::Starting => "starting".to_owned(),
        DeviceState::Ready => "ready".to_owned(),
        DeviceState::Dropped(why) => format!("failed: {why}"),
    }
}

fn now() -> UnixSeconds {
    UnixSeconds(
        SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default()
            .as_secs(),
    )
}
