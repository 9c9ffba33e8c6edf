//! What a process takes of the machine, from Linux's /proc.
//!
//! Starts and ends nothing.

use std::process::Command;

use anyhow::{Context as _, Result};

use crate::process::output_of;

/// Clock ticks a second where nobody can be asked: what Linux has shown to programs on every machine of today.
const USUAL_TICKS: f64 = 100.0;

/// CPU time so far, and memory now.
pub(super) struct Usage {
    pub(super) cpu_seconds: f64,
    pub(super) rss_kib: f64,
    pub(super) pss_kib: f64,
    pub(super) anon_kib: f64,
}

impl Usage {
    /// Of the process with this id.
    pub(super) fn of(process: u32) -> Result<Self> {
        let read = |file: &str| {
            let path = format!("/proc/{process}/{file}");
            std::fs::read_to_string(&path).with_context(|| format!("cannot read {path}"))
        };
        let (stat, status, rollup) = (read("stat")?, read("status")?, read("smaps_rollup")?);
        let ticks = cpu_ticks(&stat).context("/proc/PID/stat is not as Linux writes it")?;
        Ok(Self {
            cpu_seconds: ticks / ticks_per_second(),
            rss_kib: kib(&status, "VmRSS:")?,
            pss_kib: kib(&rollup, "Pss:")?,
            anon_kib: kib(&status, "RssAnon:")?,
        })
    }

    /// The CPU time since an earlier look, and the memory of this one.
    pub(super) fn since(self, before: &Self) -> Self {
        Self {
            cpu_seconds: self.cpu_seconds - before.cpu_seconds,
            ..self
        }
    }
}

/// User's and system's time. The second field is a name in parentheses, which may hold anything.
fn cpu_ticks(stat: &str) -> Option<f64> {
    let (_, after_name) = stat.rsplit_once(')')?;
    let mut fields = after_name.split_whitespace().skip(11);
    let user: f64 = fields.next()?.parse().ok()?;
    let system: f64 = fields.next()?.parse().ok()?;
    Some(user + system)
}

fn ticks_per_second() -> f64 {
    output_of(Command::new("getconf").arg("CLK_TCK"))
        .and_then(|text| text.trim().parse().ok())
        .unwrap_or(USUAL_TICKS)
}

/// A line such as `VmRSS:   1234 kB`, which means KiB.
fn kib(text: &str, name: &str) -> Result<f64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    line.and_then(|rest| rest.split_whitespace().next()?.parse().ok())
        .with_context(|| format!("/proc says nothing of {name}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_found_behind_any_name() {
        let stat = "7 (a) b) S 1 7 7 0 -1 4194560 1 2 3 4 30 12 0 0 20 0 1 0 5 6 7";
        assert_eq!(cpu_ticks(stat), Some(42.0));
        assert_eq!(cpu_ticks("7 (short) S 1"), None);
    }

    #[test]
    fn memory_is_read_by_its_name() {
        let status = "VmPeak:\t  99 kB\nVmRSS:\t  1234 kB\n";
        assert_eq!(kib(status, "VmRSS:").unwrap(), 1234.0);
        assert!(kib(status, "RssAnon:").is_err());
    }
}
