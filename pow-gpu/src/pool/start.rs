//! Starts a pool's devices, and the CPU in the place of those that fail.
//!
//! Does not choose devices or run them.

use std::sync::Arc;
use std::sync::atomic::Ordering;

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

    /// Opens adapters on a thread of its own, because drivers take their time.
    pub(super) fn start_adapters(self: &Arc<Self>, adapters: Adapters) -> Result<(), PoolError> {
        if matches!(&adapters, Adapters::None) {
            return Ok(());
        }
        self.roster.set_searching(true);
        let started = self.spawn("gpu-search", move |shared| {
            let adapters = match adapters {
                Adapters::None => Vec::new(),
                Adapters::AllHardware => gpu::hardware_adapters(),
                Adapters::Named(adapters) => adapters,
            };
            for adapter in adapters {
                shared.open_adapter(adapter);
            }
            shared.roster.set_searching(false);
            shared.ensure_alive();
        });
        if started.is_err() {
            self.roster.set_searching(false);
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

    /// When the last device is gone, the CPU does the work.
    pub(super) fn ensure_alive(self: &Arc<Self>) {
        if self.closing() || self.roster.any_alive() {
            return;
        }
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
