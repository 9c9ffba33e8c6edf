//! `cargo xtask house`: the order of the source, checked by machine.
//!
//! Three rules: no two files import each other, directly or around a ring; no file is longer than a reader can keep in
//! mind; crates depend on each other in one direction only. Says nothing about what the code does.

mod crates;
mod imports;
mod length;
mod modules;
mod names;
mod rings;
mod walls;

use anyhow::{Result, bail};

use crate::workspace::root;
use crates::Package;
use imports::Imports;

/// How many files `--list` names.
const LONGEST: usize = 10;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Print the circles and the longest files, and judge nothing.
    #[arg(long)]
    list: bool,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    if args.list { list() } else { check() }
}

/// Fails if a rule is broken, after having printed where.
pub(crate) fn check() -> Result<()> {
    let packages = crates::read()?;
    let circles = circles(&packages)?;
    let long: Vec<String> = length::all(&root())?
        .into_iter()
        .filter(|file| file.lines > length::MOST)
        .map(|file| format!("{file}: more than {} lines; split it by idea", length::MOST))
        .collect();
    let forbidden = walls::broken(&packages);
    let flaws = [circles, long, forbidden].concat();
    for flaw in &flaws {
        println!("{flaw}");
    }
    if !flaws.is_empty() {
        bail!("the house is not in order in {} places", flaws.len());
    }
    println!("no circles, no long files, no dependency against the order");
    Ok(())
}

fn list() -> Result<()> {
    let circles = circles(&crates::read()?)?;
    if circles.is_empty() {
        println!("no circles");
    }
    for circle in &circles {
        println!("{circle}");
    }
    println!("\nthe longest files:");
    for file in length::all(&root())?.into_iter().take(LONGEST) {
        println!("  {file}");
    }
    Ok(())
}

/// One paragraph for each ring of files.
fn circles(packages: &[Package]) -> Result<Vec<String>> {
    let mut circles = Vec::new();
    for package in packages {
        for start in &package.roots {
            let tree = modules::read(start, &|path| std::fs::read_to_string(path))?;
            let imports = Imports::of(&tree);
            circles.extend(imports.circles().iter().map(|circle| {
                format!(
                    "{}: files that import each other in a ring:\n{}",
                    package.name,
                    circle.lines(&root())
                )
            }));
        }
    }
    Ok(circles)
}
