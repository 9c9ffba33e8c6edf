//! What commands print: lines for people or JSON for programs, on standard output; progress on standard error.
//!
//! Progress shows only on a terminal. A reader who closed the pipe ends the command quietly.

use std::io::{self, Write};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::Value;

use super::failure::{Exit, Failure};

/// Where a command prints to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Output {
    json: bool,
}

impl Output {
    pub(crate) fn new(json: bool) -> Self {
        Self { json }
    }

    pub(crate) fn is_json(self) -> bool {
        self.json
    }

    /// Prints the object as one line of JSON, or what `text` makes for people.
    pub(crate) fn print(
        self,
        object: &Value,
        text: impl FnOnce() -> String,
    ) -> Result<(), Failure> {
        if self.json {
            self.line(&object.to_string())
        } else {
            self.line(&text())
        }
    }

    /// Prints one line (or several) as it is.
    pub(crate) fn line(self, text: &str) -> Result<(), Failure> {
        self.bytes(format!("{}\n", text.trim_end_matches('\n')).as_bytes())
    }

    /// Writes bytes as they are.
    pub(crate) fn bytes(self, bytes: &[u8]) -> Result<(), Failure> {
        let mut out = io::stdout().lock();
        out.write_all(bytes)
            .and_then(|()| out.flush())
            .map_err(|error| match error.kind() {
                io::ErrorKind::BrokenPipe => Failure::silent(Exit::No),
                _ => Failure::new(
                    Exit::Internal,
                    format!("cannot write to standard output: {error}"),
                ),
            })
    }
}

/// A line on standard error, where a failure to write changes nothing.
pub(crate) fn hint(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// A progress line with a spinner; nothing where standard error is no terminal.
pub(crate) fn spinner(message: &str) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    if let Ok(style) = ProgressStyle::with_template("{spinner:.cyan} {msg}") {
        bar.set_style(style);
    }
    bar.set_message(message.to_owned());
    bar.enable_steady_tick(Duration::from_millis(100));
    bar
}

/// A progress bar of `length` steps with a message; nothing where standard error is no terminal.
pub(crate) fn bar(length: u64) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(length), ProgressDrawTarget::stderr());
    if let Ok(style) = ProgressStyle::with_template("{spinner:.cyan} [{bar:24.cyan/blue}] {msg}") {
        bar.set_style(style.progress_chars("━╸ "));
    }
    bar.enable_steady_tick(Duration::from_millis(100));
    bar
}

/// A count in thousands: `12.3 M`.
pub(crate) fn count(number: f64) -> String {
    const UNITS: [(f64, &str); 4] = [(1e12, " T"), (1e9, " G"), (1e6, " M"), (1e3, " k")];
    UNITS.iter().find(|(size, _)| number >= *size).map_or_else(
        || format!("{number:.0}"),
        |(size, unit)| format!("{:.1}{unit}", number / size),
    )
}

/// A length of time for people: two figures at the most.
pub(crate) fn duration(seconds: f64) -> String {
    if !seconds.is_finite() || seconds > 100.0 * 365.0 * 86_400.0 {
        return "more than a lifetime".to_owned();
    }
    let whole = seconds.max(0.0).round() as u64;
    match whole {
        _ if seconds < 0.001 => "less than a millisecond".to_owned(),
        _ if seconds < 1.0 => format!("{:.0} ms", seconds * 1000.0),
        _ if seconds < 10.0 => format!("{seconds:.1} s"),
        ..60 => format!("{whole} s"),
        60..3_600 => pair(whole, 60, "min", 1, "s"),
        3_600..86_400 => pair(whole, 3_600, "h", 60, "min"),
        _ => pair(whole, 86_400, "d", 3_600, "h"),
    }
}

fn pair(seconds: u64, big: u64, big_name: &str, small: u64, small_name: &str) -> String {
    match seconds % big / small {
        0 => format!("{} {big_name}", seconds / big),
        rest => format!("{} {big_name} {rest} {small_name}", seconds / big),
    }
}

/// A moment for people, in UTC: `2026-01-31 23:59:59Z`.
pub(crate) fn moment(unix: u64) -> String {
    let time = std::time::UNIX_EPOCH.checked_add(Duration::from_secs(unix));
    // The formatter knows years up to 9999.
    match time.filter(|_| unix < 253_402_300_800) {
        Some(time) => humantime::format_rfc3339_seconds(time)
            .to_string()
            .replace('T', " "),
        None => format!("{unix} s after 1970"),
    }
}

/// Text of others, safe for a terminal: control characters but line ends and tabs are shown, not obeyed.
pub(crate) fn harmless(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\n' | '\t' => c,
            // Marks that change the direction of text can make one thing look like another.
            c if c.is_control()
                || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}') =>
            {
                '\u{fffd}'
            }
            c => c,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_short() {
        assert_eq!(count(999.0), "999");
        assert_eq!(count(12_345_678.0), "12.3 M");
        assert_eq!(duration(0.02), "20 ms");
        assert_eq!(duration(7.26), "7.3 s");
        assert_eq!(duration(125.0), "2 min 5 s");
        assert_eq!(duration(604_800.0), "7 d");
        assert_eq!(duration(f64::INFINITY), "more than a lifetime");
    }

    #[test]
    fn no_moment_breaks_the_formatter() {
        assert_eq!(moment(0), "1970-01-01 00:00:00Z");
        assert_eq!(moment(u64::MAX), "18446744073709551615 s after 1970");
    }

    #[test]
    fn a_message_cannot_command_the_terminal() {
        assert_eq!(
            harmless("a\x1b[2Jb\nc\u{202e}d"),
            "a\u{fffd}[2Jb\nc\u{fffd}d"
        );
    }
}
