//! The service Pow: this machine's solvers, lent to other programs.
//!
//! Holds no solver: jobs go to the pool, whose queue is fair among clients.

use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::ConnectInfo;
use futures_util::Stream;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status};
use toxdrop_pow::{ClientId, DeviceKind, DeviceState, Job, Ticket};
use toxdrop_proto::grpc::v1::{self, pow_server::Pow};
use toxdrop_proto::pow::{self, Difficulty, InitialHash};

use super::convert::{pow_progress, small, solve_status, submit_status};
use super::parts::Parts;
use crate::stamp;

/// Stamps in one call of Verify.
const MAX_STAMPS: usize = 1_024;
/// How long a question about the devices waits for graphics cards that are still being opened or tested.
const SETTLE: Duration = Duration::from_secs(5);
/// How often progress is streamed.
const TELL: Duration = Duration::from_millis(250);

pub(super) struct Service {
    parts: Parts,
}

impl Service {
    pub(super) fn new(parts: Parts) -> Self {
        Self { parts }
    }
}

fn initial_hash(bytes: &[u8]) -> Result<InitialHash, Status> {
    bytes.try_into().map_err(|_| {
        Status::invalid_argument(format!(
            "an initial hash has 64 bytes, this one {}; give SHA-512 of all that follows the nonce",
            bytes.len()
        ))
    })
}

fn difficulty(nonce_trials_per_byte: u64, extra_bytes: u64) -> Difficulty {
    let or = |value, default| if value == 0 { default } else { value };
    Difficulty {
        nonce_trials_per_byte: or(nonce_trials_per_byte, pow::DEFAULT_NONCE_TRIALS_PER_BYTE),
        extra_bytes: or(extra_bytes, pow::DEFAULT_EXTRA_BYTES),
    }
}

fn what_to_solve(what: Option<v1::solve_request::What>) -> Result<(InitialHash, u64), Status> {
    match what {
        Some(v1::solve_request::What::Hash(hash)) => {
            Ok((initial_hash(&hash.initial_hash)?, hash.target))
        }
        Some(v1::solve_request::What::Packet(packet)) => {
            let difficulty = difficulty(packet.nonce_trials_per_byte, packet.extra_bytes)
                .check()
                .map_err(|error| Status::invalid_argument(error.to_string()))?;
            let len = packet.packet.len() as u64;
            let after_nonce = packet
                .packet
                .get(pow::NONCE_LEN..)
                .filter(|_| len <= pow::MAX_OBJECT_LEN)
                .ok_or_else(|| {
                    Status::invalid_argument(
                        "a packet has 8 bytes of nonce and at most 2^18 bytes in all",
                    )
                })?;
            let target = difficulty.target(len, packet.ttl_seconds);
            Ok((pow::initial_hash(after_nonce), target))
        }
        None => Err(Status::invalid_argument(
            "nothing to solve: give `hash` or `packet`",
        )),
    }
}

/// The runtime is being shut down, or a graphics driver panicked.
fn internal() -> Status {
    Status::internal("the solver did not answer; see the node's log, and ask again")
}

type Events = Pin<Box<dyn Stream<Item = Result<v1::SolveEvent, Status>> + Send>>;

/// Streams progress and the end. When the client goes away the channel closes, and the ticket with the job is dropped.
async fn follow(ticket: Ticket, target: u64, events: mpsc::Sender<Result<v1::SolveEvent, Status>>) {
    let watch = ticket.progress();
    let mut timer = tokio::time::interval(TELL);
    let solution = ticket.wait();
    tokio::pin!(solution);
    loop {
        tokio::select! {
            result = &mut solution => {
                let event = match result {
                    Ok(solution) => Ok(v1::SolveEvent {
                        event: Some(v1::solve_event::Event::Solution(v1::PowSolution {
                            nonce: solution.nonce,
                            value: solution.value,
                            target,
                            trials: solution.trials,
                            seconds: solution.elapsed.as_secs_f64(),
                            device: solution.device,
                        })),
                    }),
                    Err(error) => Err(solve_status(&error)),
                };
                // Nobody may be listening any more.
                let _ = events.send(event).await;
                return;
            }
            () = events.closed() => return,
            _ = timer.tick() => {
                let progress = pow_progress(&watch.borrow());
                let event = v1::SolveEvent {
                    event: Some(v1::solve_event::Event::Progress(progress)),
                };
                // A slow client misses some.
                let _ = events.try_send(Ok(event));
            }
        }
    }
}

#[tonic::async_trait]
impl Pow for Service {
    type SolveStream = Events;

    async fn solve(
        &self,
        request: Request<v1::SolveRequest>,
    ) -> Result<Response<Self::SolveStream>, Status> {
        // A client is a connection: what programs call themselves is the same for all of one language.
        let client = request
            .extensions()
            .get::<ConnectInfo<SocketAddr>>()
            .map_or_else(|| "grpc".to_owned(), |peer| peer.0.to_string());
        let request = request.into_inner();
        let (initial_hash, target) = what_to_solve(request.what)?;
        let job = Job {
            initial_hash,
            target,
            start: request.start_nonce,
            span: (request.span != 0).then_some(request.span),
        };
        let client = ClientId::new(&client);
        let ticket = if request.devices.is_empty() {
            self.parts.pool.submit(client, job)
        } else {
            // It may wait for graphics drivers.
            let pool = Arc::clone(&self.parts.pool);
            tokio::task::spawn_blocking(move || pool.submit_to(client, job, &request.devices))
                .await
                .map_err(|_| internal())?
        }
        .map_err(|error| submit_status(&error))?;
        let (events, receiver) = mpsc::channel(8);
        tokio::spawn(follow(ticket, target, events));
        Ok(Response::new(Box::pin(ReceiverStream::new(receiver))))
    }

    async fn verify(
        &self,
        request: Request<v1::VerifyRequest>,
    ) -> Result<Response<v1::VerifyResponse>, Status> {
        let stamps = request.into_inner().stamps;
        if stamps.len() > MAX_STAMPS {
            return Err(Status::invalid_argument(format!(
                "{} stamps at once, but at most {MAX_STAMPS} are checked; send them in several calls",
                stamps.len()
            )));
        }
        let now = self.parts.clock.now().unix;
        let verdicts = stamps.into_iter().map(|stamp| {
            let verdict = match stamp.what {
                Some(v1::stamp::What::Hash(hash)) => initial_hash(&hash.initial_hash)
                    .map(|initial| stamp::judge_hash(&initial, hash.nonce, hash.target))
                    .map_err(|status| status.message().to_owned()),
                Some(v1::stamp::What::Object(object)) => {
                    let at = match object.at_unix {
                        0 => now,
                        at => toxdrop_proto::ids::UnixSeconds(at),
                    };
                    let difficulty = difficulty(object.nonce_trials_per_byte, object.extra_bytes);
                    stamp::judge_object(&object.object, at, difficulty)
                        .map_err(|error| error.to_string())
                }
                None => Err("nothing to verify: give `hash` or `object`".to_owned()),
            };
            match verdict {
                Ok(verdict) => v1::Verdict {
                    valid: verdict.holds(),
                    value: verdict.value,
                    target: verdict.target,
                    problem: String::new(),
                },
                Err(problem) => v1::Verdict {
                    problem,
                    ..Default::default()
                },
            }
        });
        Ok(Response::new(v1::VerifyResponse {
            verdicts: verdicts.collect(),
        }))
    }

    async fn devices(
        &self,
        _: Request<v1::DevicesRequest>,
    ) -> Result<Response<v1::DevicesResponse>, Status> {
        let pool = Arc::clone(&self.parts.pool);
        let devices = tokio::task::spawn_blocking(move || {
            // Those that take longer are told of as they are, or when asked for again.
            let _ = pool.wait_settled(SETTLE);
            pool.devices()
        })
        .await
        .map_err(|_| internal())?;
        let devices = devices.into_iter().map(|device| v1::PowDevice {
            name: device.name,
            kind: match device.kind {
                DeviceKind::Cpu => "cpu".to_owned(),
                DeviceKind::Gpu | DeviceKind::SoftwareGpu => "gpu".to_owned(),
            },
            driver: device.driver,
            trials_per_second: device.trials_per_s,
            state: match device.state {
                DeviceState::Ready => "ready".to_owned(),
                other => format!("{other:?}"),
            },
            threads: small(device.threads),
        });
        Ok(Response::new(v1::DevicesResponse {
            devices: devices.collect(),
        }))
    }
}
