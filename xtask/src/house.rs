//! `cargo xtask house`: the order of the source, checked by machine.
//!
//! Four rules: no two files import each other, directly or around a ring; no file is longer than a reader can keep in
//! mind; no file lies where the compiler never sees it; crates depend on each other in one direction only. Says nothing
//! about what the code does.

mod crates;
mod imports;
mod length;
mod modules;
mod names;
mod reach;
mod rings;
mod scopes;
mod tracked;
mod walls;

#[cfg(test)]
mod in_memory;

use std::path::Path;

use anyhow::{Result, bail};

use crate::workspace::root;
use crates::Package;
use imports::Imports;
use modules::{Tests, Tree};

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
    let root = root();
    let packages = crates::read()?;
    let trees = trees(&packages)?;
    let long = length::all(&root)?
        .into_iter()
        .filter(|file| file.lines > length::MOST)
        .map(|file| format!("{file}: more than {} lines; split it by idea", length::MOST))
        .collect();
    let past_the_doors = trees
        .iter()
        .flat_map(|(package, tree)| walls::passed(package, tree, &root))
        .collect();
    let flaws: Vec<String> = [
        circles(&trees),
        long,
        reach::orphans(&packages, &root)?,
        walls::broken(&packages),
        past_the_doors,
    ]
    .concat();
    for flaw in &flaws {
        println!("{flaw}");
    }
    if !flaws.is_empty() {
        bail!("the house is not in order in {} places", flaws.len());
    }
    println!("no circles, no long files, no orphans, no dependency against the order");
    Ok(())
}

fn list() -> Result<()> {
    let circles = circles(&trees(&crates::read()?)?);
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

/// The modules of every library and program, tests left out.
fn trees(packages: &[Package]) -> Result<Vec<(&Package, Tree)>> {
    let mut trees = Vec::new();
    for package in packages {
        for start in &package.roots {
            let source = |path: &Path| std::fs::read_to_string(path);
            trees.push((package, modules::read(start, Tests::LeftOut, &source)?));
        }
    }
    Ok(trees)
}

/// One paragraph for each ring of files.
fn circles(trees: &[(&Package, Tree)]) -> Vec<String> {
    let mut circles = Vec::new();
    for (package, tree) in trees {
        circles.extend(Imports::of(tree).circles().iter().map(|circle| {
            format!(
                "{}: files that import each other in a ring:\n{}",
                package.name,
                circle.lines(&root())
            )
        }));
    }
    circles
}
