//! `toxdrop fetch`, `watch`, `received` and `delete`: what comes in.
//!
//! Decrypts nothing itself; the node does. File names of others are never taken as paths.

use std::io::Write;
use std::path::{Path, PathBuf};

use serde_json::json;
use toxdrop_proto::grpc::v1;
use v1::ContentType;
use v1::fetch_event::Event;

use super::args::{DeleteArgs, FetchArgs, Global, WatchArgs};
use super::client::Node;
use super::failure::{Exit, Failure};
use super::json;
use super::output::{self, Output, harmless, moment};

/// Copies of one file name that are told apart by a number.
const MAX_COPIES: usize = 10_000;

/// Fetches what waits.
pub(super) async fn fetch(args: FetchArgs, global: &Global, output: Output) -> Result<(), Failure> {
    check_dir(args.out.as_deref())?;
    let node = Node::connect(global).await?;
    let request = v1::FetchRequest {
        inbox: args.inbox.unwrap_or_default(),
        keep: args.keep,
    };
    let spinner = output::spinner("asking the nodes in charge");
    let mut events = match node.messages().fetch(request).await {
        Ok(events) => events.into_inner(),
        Err(status) => {
            spinner.finish_and_clear();
            return Err(status.into());
        }
    };
    loop {
        let event = events.message().await;
        match event {
            Ok(Some(event)) => match event.event {
                Some(Event::Message(message)) => {
                    spinner.suspend(|| show(&message, args.out.as_deref(), output))?;
                }
                Some(Event::Done(done)) => {
                    spinner.finish_and_clear();
                    return summary(&done, node.alone().await, output);
                }
                None => {}
            },
            Ok(None) => {
                spinner.finish_and_clear();
                return Err(Failure::new(
                    Exit::Internal,
                    "the node ended the stream early; fetch again, nothing is lost",
                ));
            }
            Err(status) => {
                spinner.finish_and_clear();
                return Err(status.into());
            }
        }
    }
}

fn summary(done: &v1::FetchDone, alone: Option<String>, output: Output) -> Result<(), Failure> {
    let object = json!({
        "done": true,
        "messages": done.messages,
        "packets": done.packets,
        "nodes_asked": done.nodes_asked,
        "nodes_answered": done.nodes_answered,
        "deleted": done.deleted,
        "incomplete": done.incomplete,
        "undecodable": done.undecodable,
        "notices": done.notices,
        "alone": alone,
    });
    if !output.is_json() {
        alone.iter().for_each(|alone| output::hint(alone));
        done.notices.iter().for_each(|notice| output::hint(notice));
    }
    output.print(&object, || {
        let mut text = match done.messages {
            0 => "nothing new".to_owned(),
            1 => "1 message".to_owned(),
            n => format!("{n} messages"),
        };
        text += &format!(
            "; {} of {} nodes answered",
            done.nodes_answered, done.nodes_asked
        );
        if done.incomplete > 0 {
            text += &format!("; {} still lack parts", done.incomplete);
        }
        if done.undecodable > 0 {
            text += &format!("; {} packets do not open", done.undecodable);
        }
        text
    })
}

/// Prints messages as they come.
pub(super) async fn watch(args: WatchArgs, global: &Global, output: Output) -> Result<(), Failure> {
    check_dir(args.out.as_deref())?;
    let node = Node::connect(global).await?;
    let request = v1::WatchRequest {
        inbox: args.inbox.unwrap_or_default(),
    };
    let mut messages = node.messages().watch(request).await?.into_inner();
    if let Some(alone) = node.alone().await {
        output::hint(&alone);
    }
    loop {
        tokio::select! {
            message = messages.message() => match message? {
                Some(message) => show(&message, args.out.as_deref(), output)?,
                None => return Err(Failure::new(Exit::Unreachable, "the node has ended; start it again and watch again")),
            },
            _ = tokio::signal::ctrl_c() => return Ok(()),
        }
    }
}

/// Lists what was received earlier.
pub(super) async fn received(
    args: WatchArgs,
    global: &Global,
    output: Output,
) -> Result<(), Failure> {
    check_dir(args.out.as_deref())?;
    let node = Node::connect(global).await?;
    let request = v1::ListReceivedRequest {
        inbox: args.inbox.unwrap_or_default(),
    };
    let answer = node.messages().list_received(request).await?.into_inner();
    answer
        .messages
        .iter()
        .try_for_each(|message| show(message, args.out.as_deref(), output))
}

/// Deletes from the node's own archive.
pub(super) async fn delete(
    args: DeleteArgs,
    global: &Global,
    output: Output,
) -> Result<(), Failure> {
    let node = Node::connect(global).await?;
    let request = v1::DeleteRequest {
        inbox: args.inbox.unwrap_or_default(),
        message_ids: args.ids,
    };
    let deleted = node.messages().delete(request).await?.into_inner().deleted;
    output.print(&json!({ "deleted": deleted }), || {
        format!("{deleted} deleted")
    })
}

fn show(message: &v1::ReceivedMessage, out: Option<&Path>, output: Output) -> Result<(), Failure> {
    let is_file = message.content_type() == ContentType::File;
    let saved = match out {
        Some(dir) if is_file => Some(save(dir, &message.file_name, &message.content)?),
        _ => None,
    };
    output.print(&json::received(message, saved.as_deref()), || {
        let body = match &saved {
            Some(path) => format!("file saved as {}", path.display()),
            None if is_file => format!(
                "file {:?}, {} bytes; `toxdrop received --out DIR` saves it",
                message.file_name,
                message.content.len()
            ),
            None => harmless(&String::from_utf8_lossy(&message.content)),
        };
        format!(
            "message {} to {}\nfrom {}{}\nsent {}\n\n{body}\n",
            message.message_id,
            message.inbox,
            message.from_address,
            called(&message.from_name),
            moment(message.sent_unix_ms / 1000)
        )
    })
}

/// What a sender calls itself, which nothing proves: in quotation marks behind the address, which is proved.
fn called(name: &str) -> String {
    if name.is_empty() {
        String::new()
    } else {
        format!(" (says \"{}\")", harmless(name).replace('"', "'"))
    }
}

fn check_dir(dir: Option<&Path>) -> Result<(), Failure> {
    match dir {
        Some(dir) => std::fs::create_dir_all(dir).map_err(|error| cannot_save(dir, &error)),
        None => Ok(()),
    }
}

/// Saves under a name that is no path, never over another file.
fn save(dir: &Path, name: &str, bytes: &[u8]) -> Result<PathBuf, Failure> {
    let name = safe_name(name);
    let (stem, ending) = match name.rsplit_once('.') {
        Some((stem, ending)) if !stem.is_empty() => (stem, format!(".{ending}")),
        _ => (name.as_str(), String::new()),
    };
    for copy in 0..MAX_COPIES {
        let path = match copy {
            0 => dir.join(&name),
            n => dir.join(format!("{stem} ({n}){ending}")),
        };
        match std::fs::File::create_new(&path) {
            Ok(mut file) => {
                return file
                    .write_all(bytes)
                    .and_then(|()| file.sync_all())
                    .map(|()| path)
                    .map_err(|error| cannot_save(dir, &error));
            }
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(cannot_save(dir, &error)),
        }
    }
    Err(Failure::new(
        Exit::Refused,
        format!(
            "{} holds too many files named {name}; empty it",
            dir.display()
        ),
    ))
}

/// What is left of a sender's file name: no folders, no control characters, nothing that systems treat specially.
fn safe_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let kept: String = harmless(last)
        .chars()
        .filter(|c| {
            !matches!(
                c,
                '<' | '>' | ':' | '"' | '|' | '?' | '*' | '\n' | '\t' | '\u{fffd}'
            )
        })
        .take(200)
        .collect();
    let kept = kept
        .trim()
        .trim_start_matches('.')
        .trim_end_matches('.')
        .trim();
    if kept.is_empty() {
        "file".to_owned()
    } else {
        kept.to_owned()
    }
}

fn cannot_save(dir: &Path, error: &std::io::Error) -> Failure {
    Failure::new(
        Exit::Invalid,
        format!(
            "cannot write into {}: {error}; choose another --out",
            dir.display()
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_senders_file_name_is_never_a_path() {
        for (name, safe) in [
            ("plan.pdf", "plan.pdf"),
            ("../../.ssh/authorized_keys", "authorized_keys"),
            ("..\\..\\evil.exe", "evil.exe"),
            ("..", "file"),
            ("", "file"),
            (".bashrc", "bashrc"),
            ("a\x1b[2Jb", "a[2Jb"),
            ("C:evil", "Cevil"),
        ] {
            assert_eq!(safe_name(name), safe, "{name}");
        }
    }

    #[test]
    fn a_senders_name_stands_in_quotation_marks_that_it_cannot_close() {
        assert_eq!(called(""), "");
        assert_eq!(called("Bob Müller"), " (says \"Bob Müller\")");
        assert_eq!(called("Bob\" \u{202e}"), " (says \"Bob' \u{fffd}\")");
    }

    #[test]
    fn a_file_is_never_written_over_another() {
        let dir = tempfile::tempdir().unwrap();
        let first = save(dir.path(), "a.txt", b"1").unwrap();
        let second = save(dir.path(), "a.txt", b"2").unwrap();
        assert_eq!(std::fs::read(first).unwrap(), b"1");
        assert_eq!(std::fs::read(&second).unwrap(), b"2");
        assert!(second.ends_with("a (1).txt"));
    }
}
