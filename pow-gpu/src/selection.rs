//! From the names that a user gave to the devices meant.
//!
//! Does not open devices.

use crate::config::{DeviceChoice, PoolError};
use crate::cpu::CpuSolver;
use crate::gpu::{self, Adapter};

/// The user's word for whatever the CPU does best.
pub(crate) const BEST_CPU: &str = "cpu";

/// Adapters to open.
pub(crate) enum Adapters {
    /// None at all: the graphics drivers are not even loaded.
    None,
    /// Whatever graphics cards are found, once they are needed.
    AllHardware,
    /// These.
    Named(Vec<Adapter>),
}

/// Devices to use.
pub(crate) struct Selection {
    pub(crate) cpu: Vec<CpuSolver>,
    pub(crate) adapters: Adapters,
}

/// `has_card` as in [`gpu::machine_has_one`]: without, nothing is looked for that was not named.
pub(crate) fn select(choice: &DeviceChoice, has_card: bool) -> Result<Selection, PoolError> {
    match choice {
        DeviceChoice::Auto => Ok(Selection {
            cpu: vec![CpuSolver::best()],
            adapters: if has_card {
                Adapters::AllHardware
            } else {
                Adapters::None
            },
        }),
        DeviceChoice::CpuOnly => Ok(Selection {
            cpu: vec![CpuSolver::best()],
            adapters: Adapters::None,
        }),
        DeviceChoice::Only(names) => by_name(names),
    }
}

fn by_name(names: &[String]) -> Result<Selection, PoolError> {
    if names.is_empty() {
        return Err(PoolError::NoDevice);
    }
    let solvers = CpuSolver::available();
    let mut cpu: Vec<CpuSolver> = Vec::new();
    let mut others = Vec::new();
    for name in names {
        let lower = name.to_lowercase();
        let solver = if lower == BEST_CPU {
            solvers.first()
        } else {
            solvers.iter().find(|s| s.name() == lower)
        };
        match solver {
            Some(solver) if cpu.iter().all(|s| s.name() != solver.name()) => cpu.push(*solver),
            Some(_) => {}
            None => others.push((name, lower)),
        }
    }
    if others.is_empty() {
        return Ok(Selection {
            cpu,
            adapters: Adapters::None,
        });
    }
    let mut adapters: Vec<Option<Adapter>> = gpu::all_adapters().into_iter().map(Some).collect();
    let found: Vec<String> = adapters
        .iter()
        .flatten()
        .map(|a| a.name().to_owned())
        .collect();
    let mut chosen = Vec::new();
    for (name, lower) in others {
        let mut any = false;
        for (adapter, found) in adapters.iter_mut().zip(&found) {
            if lower.starts_with(gpu::NAME_PREFIX) && found.to_lowercase().starts_with(&lower) {
                any = true;
                // Two names may mean one adapter: it is opened once.
                chosen.extend(adapter.take());
            }
        }
        if !any {
            let cpu_names = solvers.iter().map(|s| s.name().to_owned());
            let available = std::iter::once(BEST_CPU.to_owned())
                .chain(cpu_names)
                .chain(found)
                .collect();
            return Err(PoolError::UnknownDevice {
                name: name.clone(),
                available,
            });
        }
    }
    Ok(Selection {
        cpu,
        adapters: Adapters::Named(chosen),
    })
}
