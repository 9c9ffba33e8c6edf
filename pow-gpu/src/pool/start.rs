//! Starts a pool's devices, and the CPU in the place of those that fail.
//!
//! Does not choose devices or run them.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::roster::Search;
use super::shared::{Ended, Shared};
use super::{cpu_worker, device_worker};
use crate::config::PoolError;
use crate::cpu::CpuSolver;
use crate::device::{Device, DeviceInfo, DeviceKind, DeviceState};
use crate::gpu;
use crate::selection::Adapters;

impl Shared {
    pub(super) fn start_cpu(self: &Arc<Self>, solver: CpuSolver) -> Result<(), PoolError> {
        let id = self.roster.add(DeviceInfo {
            name: solver.name().to_owned(),
            kind: DeviceKind::Cpu,
            driver: String::new(),
            threads: self.cpu_threads,
            trials_per_s: 0.0,
            state: DeviceState::Starting,
        });
        for _ in 0..self.cpu_threads {
            let low_priority = self.low_priority;
            self.spawn(solver.name(), move |shared| {
                if low_priority {
                    crate::priority::lower_this_thread();
                }
                shared.ended(cpu_worker::run(shared, id, solver));
            })?;
        }
        Ok(())
    }

    pub(super) fn start_device(self: &Arc<Self>, device: Box<dyn Device>) -> Result<(), PoolError> {
        let id = self.roster.add(DeviceInfo {
            name: device.name().to_owned(),
            kind: device.kind(),
            driver: device.driver().to_owned(),
            threads: 1,
            trials_per_s: 0.0,
            state: DeviceState::Starting,
        });
        self.spawn("gpu", move |shared| {
            shared.ended(device_worker::run(shared, id, device));
        })
    }

    /// Opens adapters that were found already; leaves it to [`Shared::search`] to look for others.
    pub(super) fn start_adapters(self: &Arc<Self>, adapters: Adapters) -> Result<(), PoolError> {
        match adapters {
            Adapters::None => Ok(()),
            Adapters::AllHardware => {
                self.roster.set_search(Search::Pending);
                Ok(())
            }
            Adapters::Named(adapters) => {
                self.roster.set_search(Search::Running);
                self.open_adapters(|| adapters)
            }
        }
    }

    /// Somebody needs all devices: begins to look for graphics cards, unless that was done already.
    pub(super) fn search(self: &Arc<Self>) {
        if self.roster.begin_search() && !self.start_search() {
            self.ensure_alive();
        }
    }

    fn start_search(self: &Arc<Self>) -> bool {
        let started = self.open_adapters(gpu::hardware_adapters);
        if let Err(error) = &started {
            tracing::warn!(%error, "graphics cards are not looked for");
        }
        started.is_ok()
    }

    /// On a thread of its own, because drivers take their time.
    pub(super) fn open_adapters(
        self: &Arc<Self>,
        find: impl FnOnce() -> Vec<gpu::Adapter> + Send + 'static,
    ) -> Result<(), PoolError> {
        let started = self.spawn("gpu-search", |shared| {
            for adapter in find() {
                shared.open_adapter(adapter);
            }
            // Before the search is over: who waits for that shall find the CPU.
            if !shared.closing() && !shared.roster.any_known_alive() {
                shared.take_over();
            }
            shared.roster.set_search(Search::Over);
            // A device that was dropped a moment ago left it to the search.
            shared.ensure_alive();
        });
        if started.is_err() {
            self.roster.set_search(Search::Over);
        }
        started
    }

    fn open_adapter(self: &Arc<Self>, adapter: gpu::Adapter) {
        let name = adapter.name().to_owned();
        let opened = adapter.open().map_err(|error| error.to_string());
        let started = opened.and_then(|device| {
            self.start_device(Box::new(device))
                .map_err(|error| error.to_string())
        });
        if let Err(error) = started {
            tracing::warn!(device = name, error, "proof-of-work device cannot be used");
        }
    }

    fn ended(self: &Arc<Self>, how: Ended) {
        if how == Ended::Dropped {
            self.ensure_alive();
        }
    }

    /// When the last device is gone, graphics cards are looked for if they were not yet; then the CPU does the work.
    pub(super) fn ensure_alive(self: &Arc<Self>) {
        if self.closing()
            || self.roster.any_alive()
            || (self.roster.begin_search() && self.start_search())
        {
            return;
        }
        self.take_over();
    }

    /// The CPU does the work, unless it failed before.
    fn take_over(self: &Arc<Self>) {
        let cpu_failed = self.took_over.swap(true, Ordering::Relaxed)
            || self.roster.list().iter().any(|d| d.kind == DeviceKind::Cpu);
        let started = if cpu_failed {
            Err("the CPU itself computes wrong values".to_owned())
        } else {
            self.start_cpu(CpuSolver::best())
                .map_err(|error| error.to_string())
        };
        if let Err(error) = started {
            tracing::error!(error, "no proof-of-work device is left");
            self.queue.close();
        }
    }
}
