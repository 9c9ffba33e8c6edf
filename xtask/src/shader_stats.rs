//! `cargo xtask shader-stats`: what a real GPU compiler makes of each kernel, without a card.
//!
//! Does not run kernels or measure time. RADV, Mesa's driver for AMD cards, compiles for a card that is not there when
//! `RADV_FORCE_FAMILY` names one; the driver is in Debian's mesa-vulkan-drivers.

mod assembly;
mod vulkan;

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, Result, bail};
use serde::Serialize;

use vulkan::{Compiled, Driver};

/// Where distributions put RADV's manifest.
const MANIFESTS: [&str; 3] = [
    "/usr/share/vulkan/icd.d/radeon_icd.x86_64.json",
    "/usr/share/vulkan/icd.d/radeon_icd.json",
    "/usr/share/vulkan/icd.d/radeon_icd.aarch64.json",
];

/// Set for the run that compiles: drivers read their environment when they are loaded.
const CARD: &str = "RADV_FORCE_FAMILY";

/// Arguments of the command.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Print JSON instead of a table.
    #[arg(long)]
    json: bool,
    /// The card to compile for, by the name that RADV has for it.
    #[arg(long, default_value = "navi21")]
    card: String,
    /// Also write each kernel's machine code to this folder.
    #[arg(long)]
    assembly: Option<PathBuf>,
}

#[derive(Serialize)]
struct Report {
    card: String,
    driver: String,
    kernels: Vec<Kernel>,
}

#[derive(Serialize)]
struct Kernel {
    name: &'static str,
    /// Vector instructions that one trial executes; absent if the machine code has another shape than expected.
    vector_instructions_per_trial: Option<u64>,
    vector_registers: u64,
    code_bytes: u64,
    spilled_registers: u64,
    scratch_bytes: u64,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    if std::env::var_os(CARD).is_some() {
        return compile_all(args);
    }
    let Some(manifest) = MANIFESTS.iter().find(|m| std::path::Path::new(m).exists()) else {
        println!(
            "skipped: RADV, the Vulkan driver for AMD cards, is not installed (on Debian: apt-get install mesa-vulkan-drivers)"
        );
        return Ok(());
    };
    let status = Command::new(std::env::current_exe()?)
        .args(std::env::args_os().skip(1))
        .env(CARD, &args.card)
        .env("VK_ICD_FILENAMES", manifest)
        .env("VK_DRIVER_FILES", manifest)
        .env("MESA_SHADER_CACHE_DISABLE", "true")
        .status()?;
    if !status.success() {
        bail!("compiling failed; see above");
    }
    Ok(())
}

fn compile_all(args: &Args) -> Result<()> {
    let driver = match Driver::open() {
        Ok(driver) => driver,
        Err(error) => {
            println!(
                "skipped: RADV does not open a card named {}: {error:#}",
                args.card
            );
            return Ok(());
        }
    };
    let mut kernels = Vec::new();
    for (name, spirv) in toxdrop_pow::kernels_as_spirv()? {
        let compiled = driver
            .compile(&spirv, c"search")
            .with_context(|| format!("kernel {name}"))?;
        if let Some(folder) = &args.assembly {
            std::fs::create_dir_all(folder)?;
            std::fs::write(folder.join(format!("{name}.s")), &compiled.assembly)?;
        }
        kernels.push(Kernel::new(name, &compiled));
    }
    let report = Report {
        card: args.card.clone(),
        driver: driver.name.clone(),
        kernels,
    };
    if args.json {
        println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        report.print();
    }
    Ok(())
}

impl Kernel {
    fn new(name: &'static str, compiled: &Compiled) -> Self {
        let sum = |wanted: &[&str]| {
            let statistics = compiled.statistics.iter();
            statistics
                .filter(|(name, _)| wanted.contains(&name.as_str()))
                .map(|(_, value)| value)
                .sum()
        };
        Self {
            name,
            vector_instructions_per_trial: assembly::vector_instructions_per_trial(
                &compiled.assembly,
            ),
            vector_registers: sum(&["VGPRs"]),
            code_bytes: sum(&["Code size"]),
            spilled_registers: sum(&["Spilled SGPRs", "Spilled VGPRs"]),
            scratch_bytes: sum(&["Scratch size"]),
        }
    }
}

impl Report {
    fn print(&self) {
        println!("{} ({})", self.driver, self.card);
        println!(
            "{:<8} {:>28} {:>10} {:>12} {:>8} {:>10}",
            "kernel", "vector instructions a trial", "registers", "code bytes", "spills", "scratch"
        );
        for kernel in &self.kernels {
            let count = kernel
                .vector_instructions_per_trial
                .map_or("unknown".to_owned(), |count| count.to_string());
            println!(
                "{:<8} {count:>28} {:>10} {:>12} {:>8} {:>10}",
                kernel.name,
                kernel.vector_registers,
                kernel.code_bytes,
                kernel.spilled_registers,
                kernel.scratch_bytes
            );
        }
    }
}
