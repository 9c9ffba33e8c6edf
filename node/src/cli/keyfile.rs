//! Key files and passphrases on their way between the user and the node.
//!
//! Opens no key: the node does.

use std::io::{Read, Write};
use std::path::Path;

use super::args::PassphraseArgs;
use super::failure::{Exit, Failure};

/// The largest key file that is read.
const MAX_KEY_FILE: u64 = 64 << 10;

pub(super) fn read_passphrase(args: &PassphraseArgs, new: bool) -> Result<String, Failure> {
    if args.no_passphrase {
        return Ok(String::new());
    }
    if let Some(file) = &args.passphrase_file {
        let text =
            std::fs::read_to_string(file).map_err(|error| Failure::unreadable(file, &error))?;
        return match text.lines().next() {
            Some(line) if !line.is_empty() => Ok(line.to_owned()),
            _ => Err(Failure::new(
                Exit::Invalid,
                format!(
                    "the first line of {} is empty; write the passphrase there",
                    file.display()
                ),
            )),
        };
    }
    let ask = |prompt: &str| {
        rpassword::prompt_password(prompt).map_err(|_| {
            Failure::new(
                Exit::Usage,
                "there is no terminal to ask for the passphrase; use --passphrase-file or --no-passphrase",
            )
        })
    };
    let first = ask("Passphrase (empty for none): ")?;
    if new && !first.is_empty() && ask("Once more: ")? != first {
        return Err(Failure::new(
            Exit::Invalid,
            "the passphrases differ; try again",
        ));
    }
    Ok(first)
}

pub(super) fn read_key_file(path: &Path) -> Result<String, Failure> {
    let mut text = String::new();
    if path == Path::new("-") {
        std::io::stdin()
            .lock()
            .take(MAX_KEY_FILE)
            .read_to_string(&mut text)
    } else {
        std::fs::File::open(path).and_then(|file| file.take(MAX_KEY_FILE).read_to_string(&mut text))
    }
    .map_err(|error| Failure::unreadable(path, &error))?;
    Ok(text)
}

pub(super) fn write_private(path: &Path, text: &str) -> Result<(), Failure> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
        .open(path)
        .and_then(|mut file| writeln!(file, "{}", text.trim_end()).and_then(|()| file.sync_all()))
        .map_err(|error| {
            Failure::new(
                Exit::Refused,
                format!(
                    "cannot make {}: {error}; choose another file",
                    path.display()
                ),
            )
        })
}
