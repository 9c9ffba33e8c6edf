//! Looking at the inspector with a real browser, where there is one.
//!
//! Only looks: what the page must do is tested in the browser test, not here.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

use super::report::Report;

/// How long the page may take to load, connect and verify, in milliseconds.
const PAGE_PATIENCE_MS: u32 = 8_000;

/// Names under which Chromium is installed.
const BROWSERS: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "chrome"];

/// Digits of a packet's id that the page's list shows.
const SHOWN_DIGITS: usize = 8;

/// Opens the inspector, saves a screenshot in `dir` and checks that the page lists the packet. Says so and goes on
/// where no browser is installed.
pub(super) fn look(report: &mut Report, url: &str, packet: &str, dir: &Path) -> Result<()> {
    let Some(browser) = find() else {
        report.note(
            "No Chromium is installed, so the demo can't look at the page itself: please open it.",
        );
        return Ok(());
    };
    let picture = dir.join("inspector.png");
    report.step("the browser shows what a node holds", || {
        let dom = run(&browser, dir, &["--dump-dom", url])?;
        let shown = packet.get(..SHOWN_DIGITS).unwrap_or(packet);
        ensure!(
            dom.contains(shown),
            "the page does not list packet {packet}"
        );
        let shot = format!("--screenshot={}", picture.display());
        run(&browser, dir, &[&shot, "--window-size=1280,1000", url])?;
        Ok(())
    })?;
    report.note(&picture.display().to_string());
    Ok(())
}

fn find() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    BROWSERS.iter().find_map(|name| {
        std::env::split_paths(&path)
            .map(|dir| dir.join(name))
            .find(|file| file.is_file())
    })
}

/// Runs the browser headless with a profile of its own and returns what it printed.
fn run(browser: &Path, dir: &Path, args: &[&str]) -> Result<String> {
    let profile = tempfile::tempdir_in(dir)?;
    let output = Command::new(browser)
        .args([
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--hide-scrollbars",
        ])
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .arg(format!("--virtual-time-budget={PAGE_PATIENCE_MS}"))
        .args(args)
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("could not run {}", browser.display()))?;
    ensure!(
        output.status.success(),
        "{} ended with {}: {}",
        browser.display(),
        output.status,
        String::from_utf8_lossy(&output.stderr).trim()
    );
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
