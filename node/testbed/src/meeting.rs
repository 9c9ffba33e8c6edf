//! Two strangers become friends and talk: what a Tox network is for.
//!
//! Says how long each step took; whether that is good is not said here.

use std::path::Path;
use std::time::{Duration, Instant};

use crate::client::{Client, ClientOptions, Event, Transport};
use crate::error::Error;

/// The greatest time for the whole.
const PATIENCE: Duration = Duration::from_secs(90);

/// What came of it; all times run from the start of the first client.
#[derive(Clone, Copy, Debug)]
pub struct Meeting {
    /// Until the friend request had come.
    pub asked: Duration,
    /// Until each knew the other to be online.
    pub connected: Duration,
    /// Until each had the other's message.
    pub talked: Duration,
    /// What each said it reaches the other by when they first were connected.
    pub by: [Transport; 2],
}

/// Starts two clients; one asks the other by Tox ID to be friends, is accepted, and each says something.
///
/// # Errors
/// The first thing that does not come within 90 seconds of the start, with what both clients said.
pub fn meet(
    program: &Path,
    folder: &Path,
    options: [&ClientOptions<'_>; 2],
) -> Result<Meeting, Error> {
    let [mut asker, mut asked] = [
        Client::start(program, folder, options[0])?,
        Client::start(program, folder, options[1])?,
    ];
    let outcome = talk(&mut asker, &mut asked);
    // Whoever waited in vain may have to look for the reason at the other.
    outcome.map_err(|error| match error {
        Error::Late {
            who,
            what,
            patience,
            log,
        } => {
            let both = format!(
                "{log}\n-- asker:\n{}\n-- asked:\n{}",
                asker.log(),
                asked.log()
            );
            Error::Late {
                who,
                what,
                patience,
                log: both,
            }
        }
        other => other,
    })
}

fn talk(asker: &mut Client, asked: &mut Client) -> Result<Meeting, Error> {
    let start = asker.started();
    let deadline = start + PATIENCE;
    let id = second_word(&asked.wait_for("id ", deadline)?).to_owned();
    asker.tell(&format!("add {id} May I?"))?;
    asker.wait_for("asked", deadline)?;
    let request = asked.wait_for("request ", deadline)?;
    asked.tell(&format!("accept {}", second_word(&request)))?;
    asked.wait_for("accepted", deadline)?;
    let (first, by_first) = connected(asker, deadline)?;
    let (second, by_second) = connected(asked, deadline)?;
    asker.tell("say Here I am")?;
    asked.tell("say So am I")?;
    let heard = [
        asked.wait_for("received Here I am", deadline)?.at,
        asker.wait_for("received So am I", deadline)?.at,
    ];
    let since = |moment: Instant| moment.saturating_duration_since(start);
    Ok(Meeting {
        asked: since(request.at),
        connected: since(first.max(second)),
        talked: since(heard[0].max(heard[1])),
        by: [by_first, by_second],
    })
}

/// When the friend came online, and by what.
fn connected(client: &mut Client, deadline: Instant) -> Result<(Instant, Transport), Error> {
    loop {
        let event = client.wait_for("friend ", deadline)?;
        match second_word(&event) {
            "udp" => return Ok((event.at, Transport::Udp)),
            "tcp" => return Ok((event.at, Transport::Tcp)),
            _ => client.forget(&event),
        }
    }
}

fn second_word(event: &Event) -> &str {
    event.line.split(' ').nth(1).unwrap_or_default()
}
