//! The steps of a long command: each announced, timed, and listed again at the end.
//!
//! Knows nothing about what the steps do.

use std::time::{Duration, Instant};

use anyhow::Result;

/// How a step ended.
struct Done {
    name: String,
    took: Duration,
    ok: bool,
}

/// Steps that ran so far.
pub(crate) struct Steps {
    started: Instant,
    done: Vec<Done>,
}

impl Steps {
    pub(crate) fn new() -> Self {
        Self {
            started: Instant::now(),
            done: Vec::new(),
        }
    }

    /// Runs one step. A failure is printed and remembered, and the caller decides whether to go on.
    pub(crate) fn run<T>(&mut self, name: &str, step: impl FnOnce() -> Result<T>) -> Option<T> {
        println!("\n── {name}");
        let began = Instant::now();
        let result = step();
        let took = began.elapsed();
        let ok = result.is_ok();
        self.done.push(Done {
            name: name.to_owned(),
            took,
            ok,
        });
        match result {
            Ok(value) => {
                println!("── {name}: {}", seconds(took));
                Some(value)
            }
            Err(error) => {
                println!("── {name}: FAILED after {}: {error:#}", seconds(took));
                None
            }
        }
    }

    /// How many steps failed.
    pub(crate) fn failed(&self) -> usize {
        self.done.iter().filter(|d| !d.ok).count()
    }

    /// Prints every step with its time.
    pub(crate) fn summary(&self) {
        println!();
        for done in &self.done {
            let mark = if done.ok { "ok    " } else { "FAILED" };
            println!("  {mark}  {:>8}  {}", seconds(done.took), done.name);
        }
        println!("          {:>8}  in all", seconds(self.started.elapsed()));
    }
}

fn seconds(took: Duration) -> String {
    format!("{:.1} s", took.as_secs_f64())
}
