//! A Tox client: the program `tox_client`, told what to do line by line.
//!
//! Does not decide what two clients do with each other; see [`meet`](crate::meet).

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{ChildStdin, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Instant;

use crate::address::{Family, NodeAddress};
use crate::error::Error;
use crate::launch::Place;
use crate::process::Process;

/// What packets travel by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// Straight.
    Udp,
    /// Through TCP relays.
    Tcp,
}

impl Transport {
    /// As `tox_client` calls it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Udp => "udp",
            Self::Tcp => "tcp",
        }
    }
}

/// How a client starts.
#[derive(Clone, Debug)]
pub struct ClientOptions<'a> {
    /// What it is called in messages.
    pub name: &'a str,
    /// Where its network is.
    pub place: &'a Place,
    /// Whether it uses IPv6 too.
    pub family: Family,
    /// [`Transport::Tcp`]: it uses no UDP.
    pub transport: Transport,
    /// Nodes that it joins through.
    pub bootstrap: &'a [NodeAddress],
    /// TCP relays that it knows.
    pub relays: &'a [NodeAddress],
}

/// A line that a client printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// When it was read.
    pub at: Instant,
    /// The line.
    pub line: String,
}

/// A running client; killed when dropped.
#[derive(Debug)]
pub struct Client {
    process: Process,
    input: ChildStdin,
    events: Receiver<Event>,
    seen: Vec<Event>,
    started: Instant,
}

impl Client {
    /// Starts one. Its log goes to a file of its name in `folder`.
    ///
    /// # Errors
    /// Where the program cannot be started.
    pub fn start(
        program: &Path,
        folder: &Path,
        options: &ClientOptions<'_>,
    ) -> Result<Self, Error> {
        let mut command = options.place.command(program);
        if options.family == Family::V6 {
            command.arg("--ipv6");
        }
        if options.transport == Transport::Tcp {
            command.arg("--no-udp");
        }
        for (option, nodes) in [
            ("--bootstrap", options.bootstrap),
            ("--relay", options.relays),
        ] {
            for node in nodes {
                command.arg(option).arg(node.address.ip().to_string());
                command.args([&node.address.port().to_string(), &node.key]);
            }
        }
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let log = folder.join(format!("{}.log", options.name));
        let started = Instant::now();
        let mut process = Process::start(options.name, &mut command, &log, true)?;
        let no_pipe = || Error::System {
            what: format!("speak with {}", options.name),
            source: std::io::ErrorKind::BrokenPipe.into(),
        };
        let input = process.child().stdin.take().ok_or_else(no_pipe)?;
        let output = process.child().stdout.take().ok_or_else(no_pipe)?;
        let (sender, events) = channel();
        // Ends with the process, or with whoever listens.
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                let at = Instant::now();
                if sender.send(Event { at, line }).is_err() {
                    return;
                }
            }
        });
        Ok(Self {
            process,
            input,
            events,
            seen: Vec::new(),
            started,
        })
    }

    /// When it was started.
    pub fn started(&self) -> Instant {
        self.started
    }

    /// Gives a command.
    ///
    /// # Errors
    /// Where it has ended.
    pub fn tell(&mut self, command: &str) -> Result<(), Error> {
        let written = writeln!(self.input, "{command}").and_then(|()| self.input.flush());
        if written.is_err() {
            self.process.check()?;
        }
        written.map_err(Error::system(format!("speak with {}", self.process.name())))
    }

    /// The first event, now or until `deadline`, that begins with `start`; what has come already counts.
    ///
    /// # Errors
    /// Where none comes, or the client has ended.
    pub fn wait_for(&mut self, start: &str, deadline: Instant) -> Result<Event, Error> {
        let fits = |event: &&Event| event.line.starts_with(start);
        let began = Instant::now();
        loop {
            if let Some(event) = self.seen.iter().find(fits) {
                return Ok(event.clone());
            }
            match self
                .events
                .recv_timeout(deadline.saturating_duration_since(Instant::now()))
            {
                Ok(event) => self.seen.push(event),
                Err(RecvTimeoutError::Disconnected) if Instant::now() < deadline => {
                    self.process.check()?;
                    // Its output is closed, so it is about to end.
                    std::thread::sleep(std::time::Duration::from_millis(20));
                }
                Err(_) => {
                    return Err(Error::Late {
                        who: self.process.name().to_owned(),
                        what: format!("`{start}`"),
                        patience: began.elapsed(),
                        log: self.log(),
                    });
                }
            }
        }
    }

    /// The event is not found again.
    pub(crate) fn forget(&mut self, event: &Event) {
        self.seen.retain(|seen| seen != event);
    }

    /// All that it said, each line with the seconds since its start, and its complaints.
    pub fn log(&self) -> String {
        let mut log = String::new();
        for event in &self.seen {
            let seconds = event.at.duration_since(self.started).as_secs_f64();
            log += &format!("{seconds:7.2} {}\n", event.line);
        }
        log + &self.process.log()
    }
}
