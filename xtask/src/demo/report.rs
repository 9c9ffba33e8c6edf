//! What the demo prints: a line a step, with what it took.
//!
//! Judges nothing: a step that fails returns its error to the story.

use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

use anyhow::Result;

/// Numbers the steps and adds up their times.
pub(super) struct Report {
    started: Instant,
    steps: usize,
    colour: bool,
}

impl Report {
    pub(super) fn new() -> Self {
        Self {
            started: Instant::now(),
            steps: 0,
            colour: std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none(),
        }
    }

    /// Runs one step and prints its name and the time it took; the error of a step that fails is passed on.
    pub(super) fn step<T>(&mut self, name: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
        self.steps += 1;
        print!("{:>3}. {name} … ", self.steps);
        // A flush that fails loses nothing: the line comes with the next newline.
        let _ = std::io::stdout().flush();
        let started = Instant::now();
        let result = work();
        let word = match &result {
            Ok(_) => self.paint("32", "ok"),
            Err(_) => self.paint("31", "FAILED"),
        };
        println!("{word} ({})", seconds(started.elapsed()));
        result
    }

    /// Prints what a step found out, below its line.
    pub(super) fn note(&self, text: &str) {
        for line in text.lines() {
            println!("     {}", self.paint("2", line));
        }
    }

    /// The closing line.
    pub(super) fn summary(&self) {
        println!(
            "\n{} The story held: {} steps in {}.",
            self.paint("32", "✔"),
            self.steps,
            seconds(self.started.elapsed())
        );
    }

    fn paint(&self, code: &str, text: &str) -> String {
        if self.colour {
            format!("\x1b[{code}m{text}\x1b[0m")
        } else {
            text.to_owned()
        }
    }
}

fn seconds(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f64())
}
