//! Key files, Tox profiles and passphrases on their way between the user and the node.
//!
//! Opens no key: the node does.

use std::io::{IsTerminal, Read, Write};
use std::path::Path;

use super::failure::{Exit, Failure};
use super::inbox_args::PassphraseArgs;

/// The largest file that is read: a Tox profile grows with its friends and groups.
const MAX_FILE: u64 = 16 << 20;

/// The passphrase for a key file that is about to be made; empty for none.
pub(super) fn new_passphrase(args: &PassphraseArgs) -> Result<String, Failure> {
    if args.no_passphrase {
        return Ok(String::new());
    }
    if let Some(file) = &args.passphrase_file {
        return first_line(file);
    }
    let missing =
        "there is no terminal to ask for the passphrase; use --passphrase-file or --no-passphrase";
    let first = ask("Passphrase (empty for none): ", missing)?;
    if !first.is_empty() && ask("Once more: ", missing)? != first {
        return Err(Failure::new(
            Exit::Invalid,
            "the passphrases differ; try again",
        ));
    }
    Ok(first)
}

/// The passphrase that opens a file which is encrypted.
pub(super) fn passphrase_for(file: &Path, given: Option<&Path>) -> Result<String, Failure> {
    if let Some(given) = given {
        return first_line(given);
    }
    let name = file.display();
    ask(
        &format!("Passphrase of {name}: "),
        &format!(
            "{name} is encrypted and there is no terminal to ask for its passphrase; give it with --passphrase-file"
        ),
    )
}

fn first_line(file: &Path) -> Result<String, Failure> {
    let text = std::fs::read_to_string(file).map_err(|error| Failure::unreadable(file, &error))?;
    match text.lines().next() {
        Some(line) if !line.is_empty() => Ok(line.to_owned()),
        _ => Err(Failure::new(
            Exit::Invalid,
            format!(
                "the first line of {} is empty; write the passphrase there",
                file.display()
            ),
        )),
    }
}

/// Asks without showing what is typed. `missing` says what to do where nobody can be asked.
fn ask(prompt: &str, missing: &str) -> Result<String, Failure> {
    let refused = || Failure::new(Exit::Usage, missing);
    if !std::io::stdin().is_terminal() {
        return Err(refused());
    }
    rpassword::prompt_password(prompt).map_err(|_| refused())
}

/// The bytes of a file, or of standard input for `-`.
pub(super) fn read_file(path: &Path) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    if path == Path::new("-") {
        let stdin = std::io::stdin().lock();
        stdin.take(MAX_FILE + 1).read_to_end(&mut bytes)
    } else {
        std::fs::File::open(path).and_then(|file| file.take(MAX_FILE + 1).read_to_end(&mut bytes))
    }
    .map_err(|error| Failure::unreadable(path, &error))?;
    if bytes.len() as u64 > MAX_FILE {
        return Err(Failure::new(
            Exit::Invalid,
            format!(
                "{} is too large for a key file or a Tox profile; choose another file",
                path.display()
            ),
        ));
    }
    Ok(bytes)
}

/// Makes a file that its owner alone may read; never over another.
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
