//! `toxdrop inbox publish`, `move` and `reseal`: following a record until it is out.
//!
//! Signs nothing; the node does.

use serde_json::json;
use tonic::Streaming;
use toxdrop_proto::grpc::v1;
use v1::publish_event::Event;

use super::failure::{Exit, Failure};
use super::json;
use super::output::{self, Output, count, duration};

/// Shows how far it is, and what came of it.
pub(super) async fn follow(
    events: Streaming<v1::PublishEvent>,
    output: Output,
) -> Result<(), Failure> {
    let spinner = output::spinner("reading the newest record");
    let done = to_the_end(events, |progress| {
        spinner.set_message(format!(
            "stamping the record for place {} of {}: {} hashes/s, about {} left",
            progress.place + 1,
            progress.places,
            count(progress.trials_per_second),
            duration(progress.expected_seconds_left)
        ));
    })
    .await;
    spinner.finish_and_clear();
    let mut done = done?;
    let inbox = done.inbox.take().unwrap_or_default();
    let object = json!({
        "inbox": json::inbox(&inbox),
        "places_stored": done.places_stored,
        "places": done.places,
        "places_confirmed": done.places_confirmed,
        "within_seconds": done.within_seconds,
        "waits": (!done.waits.is_empty()).then_some(&done.waits),
    });
    output.print(&object, || text(&done, &inbox))?;
    verdict(&done)
}

async fn to_the_end(
    mut events: Streaming<v1::PublishEvent>,
    mut show: impl FnMut(v1::PublishProgress),
) -> Result<v1::PublishDone, Failure> {
    loop {
        match events.message().await?.map(|event| event.event) {
            Some(Some(Event::Progress(progress))) => show(progress),
            Some(Some(Event::Done(done))) => return Ok(done),
            Some(None) => {}
            None => {
                return Err(Failure::new(
                    Exit::Internal,
                    "the node ended the stream early; publish again",
                ));
            }
        }
    }
}

fn text(done: &v1::PublishDone, inbox: &v1::Inbox) -> String {
    if !done.waits.is_empty() {
        return "written down".to_owned();
    }
    let revision = inbox.record.as_ref().map_or(0, |record| record.revision);
    if done.within_seconds > 0 {
        return format!(
            "record {revision} is made; it goes to {} places within {}, to each at a moment of its own (`--now` stores it at once)",
            done.places,
            duration(done.within_seconds as f64)
        );
    }
    let mut text = format!(
        "record {revision} is published at {} of {} places",
        done.places_stored, done.places
    );
    if done.places_confirmed < done.places_stored {
        text += &format!(
            "\nonly {} of them are confirmed by enough nodes; the node goes on with the others",
            done.places_confirmed
        );
    }
    text
}

/// What is not out yet, though it should be, is no success.
fn verdict(done: &v1::PublishDone) -> Result<(), Failure> {
    if !done.waits.is_empty() {
        return Err(Failure::new(
            Exit::No,
            format!(
                "the newest record could not be read: {}; nothing is signed before, the node does it as soon as it can",
                done.waits
            ),
        ));
    }
    if done.places_stored == 0 && done.within_seconds == 0 {
        return Err(Failure::new(
            Exit::No,
            "no node took the record; check with `toxdrop status` that others are known: the node goes on trying",
        ));
    }
    Ok(())
}
