//! A bar chart of trials a second, as SVG.
//!
//! Does not measure.

use std::path::Path;

use anyhow::{Result, anyhow};
use plotters::prelude::*;

use super::measured::Measured;

const WIDTH: u32 = 900;
const BAR: u32 = 36;
const MARGIN: u32 = 90;
/// Room for names, in pixels.
const NAMES: i32 = 330;
/// Room for figures right of the longest bar.
const FIGURES: i32 = 170;

pub(super) fn write(path: &Path, solvers: &[Measured]) -> Result<()> {
    let height = MARGIN + BAR * u32::try_from(solvers.len())?;
    if let Some(directory) = path.parent() {
        std::fs::create_dir_all(directory)?;
    }
    draw(path, solvers, height).map_err(|error| anyhow!("chart not written: {error}"))
}

fn draw(
    path: &Path,
    solvers: &[Measured],
    height: u32,
) -> std::result::Result<(), Box<dyn std::error::Error>> {
    let root = SVGBackend::new(path, (WIDTH, height)).into_drawing_area();
    root.fill(&WHITE)?;
    let text = |size: i32| {
        ("sans-serif", size)
            .into_font()
            .color(&RGBColor(34, 34, 34))
    };
    root.draw(&Text::new(
        "BitMessage proof of work: million trials a second, one core or one device",
        (20, 20),
        text(18),
    ))?;
    let most = solvers.iter().map(|s| s.trials_per_s).fold(1.0, f64::max);
    let room = f64::from(WIDTH.cast_signed() - NAMES - FIGURES);
    for (row, solver) in (0..).zip(solvers) {
        let top = 60 + row * BAR.cast_signed();
        let length = (solver.trials_per_s / most * room) as i32;
        let ours = solver.vs_openssl_loop.is_some() && is_ours(&solver.name);
        let colour = if ours {
            RGBColor(38, 110, 180)
        } else {
            RGBColor(170, 170, 170)
        };
        let bar = [
            (NAMES, top),
            (NAMES + length.max(1), top + BAR.cast_signed() - 10),
        ];
        root.draw(&Rectangle::new(bar, colour.filled()))?;
        root.draw(&Text::new(solver.name.as_str(), (20, top + 6), text(13)))?;
        let ratio = solver
            .vs_openssl_loop
            .map_or(String::new(), |ratio| format!("  ({ratio:.2} × OpenSSL)"));
        let figure = format!("{:.2}{ratio}", solver.trials_per_s / 1e6);
        root.draw(&Text::new(figure, (NAMES + length + 8, top + 6), text(13)))?;
    }
    root.present()?;
    Ok(())
}

fn is_ours(name: &str) -> bool {
    name.starts_with("wgpu:")
        || toxdrop_pow::CpuSolver::available()
            .iter()
            .any(|s| s.name() == name)
}
