//! `toxdrop inbox import`: a Tox profile or a key file becomes an inbox of the node.
//!
//! Reads no secret in them; the node does.

use std::path::{Path, PathBuf};

use serde_json::Value;
use toxdrop_proto::grpc::v1;
use toxdrop_proto::tox::ToxProfile;

use super::args::Global;
use super::client::Node;
use super::failure::{Exit, Failure};
use super::keyfile::{passphrase_for, read_file};

/// The longest name of an inbox.
const MAX_NAME: usize = 64;

/// Takes the inbox in and returns it as the node holds it.
pub(super) async fn run(
    file: PathBuf,
    name: Option<String>,
    passphrase_file: Option<PathBuf>,
    global: &Global,
) -> Result<v1::Inbox, Failure> {
    let bytes = read_file(&file)?;
    let name = match name {
        Some(name) => name,
        // It says itself what it is called.
        None if is_key_file(&bytes) => String::new(),
        None => name_of(&file)?,
    };
    // Asked for only where it is needed, but used where it is given.
    let passphrase = if passphrase_file.is_some() || is_encrypted(&bytes) {
        passphrase_for(&file, passphrase_file.as_deref())?
    } else {
        String::new()
    };
    let node = Node::connect(global).await?;
    let request = v1::ImportInboxRequest {
        file: bytes,
        name,
        passphrase,
    };
    Ok(node.inboxes().import(request).await?.into_inner())
}

fn is_key_file(bytes: &[u8]) -> bool {
    bytes.trim_ascii_start().starts_with(b"{")
}

fn is_encrypted(bytes: &[u8]) -> bool {
    let key_file = || serde_json::from_slice::<Value>(bytes).unwrap_or_default();
    ToxProfile::is_encrypted(bytes) || (is_key_file(bytes) && key_file().get("sealed").is_some())
}

/// A profile's file name without its ending, as inboxes may be called.
fn name_of(file: &Path) -> Result<String, Failure> {
    let stem = file.file_stem().map(|stem| stem.to_string_lossy());
    let fit: String = stem
        .unwrap_or_default()
        .to_lowercase()
        .chars()
        .map(|c| match c {
            'a'..='z' | '0'..='9' | '_' | '.' => c,
            _ => '-',
        })
        .collect();
    let fit: String = fit
        .trim_start_matches(['.', '-'])
        .chars()
        .take(MAX_NAME)
        .collect();
    if fit.is_empty() {
        return Err(Failure::new(
            Exit::Usage,
            format!(
                "{} does not say what the inbox shall be called; give it a name with --name",
                file.display()
            ),
        ));
    }
    Ok(fit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profiles_file_name_becomes_a_name_that_inboxes_may_have() {
        for (file, name) in [
            ("/home/bob/.config/tox/bob.tox", "bob"),
            ("Bob Müller.tox", "bob-m-ller"),
            ("tox_save.tox", "tox_save"),
            (".hidden.tox", "hidden"),
            ("profile", "profile"),
        ] {
            assert_eq!(name_of(Path::new(file)).unwrap(), name, "{file}");
        }
        let long = format!("{}.tox", "x".repeat(100));
        assert_eq!(name_of(Path::new(&long)).unwrap().len(), MAX_NAME);
        for file in ["-", "…", "---.tox"] {
            let why = name_of(Path::new(file)).unwrap_err();
            assert!(why.message().contains("--name"), "{file}");
        }
    }

    #[test]
    fn what_is_encrypted_is_known_before_anybody_is_asked() {
        assert!(is_encrypted(b"toxEsave and what follows"));
        assert!(is_encrypted(
            br#" {"format": "toxdrop inbox key", "sealed": {}}"#
        ));
        assert!(!is_encrypted(
            br#"{"format": "toxdrop inbox key", "secrets": {}}"#
        ));
        assert!(!is_encrypted(b"{"));
        assert!(!is_encrypted(b""));
    }
}
