//! The list of a pool's devices, for those who ask and for the decision when the CPU must take over.
//!
//! Does not run devices.

use std::time::Duration;

use parking_lot::{Condvar, Mutex};

use super::queue::DeviceId;
use crate::device::{DeviceInfo, DeviceState};

/// New measurements of a rate count this much against what was known.
const NEW_RATE_WEIGHT: f64 = 0.2;

#[derive(Default)]
struct Entries {
    devices: Vec<DeviceInfo>,
    /// Looking for adapters is not over yet.
    searching: bool,
}

/// See the module's documentation.
#[derive(Default)]
pub(crate) struct Roster {
    entries: Mutex<Entries>,
    changed: Condvar,
}

impl Roster {
    pub(crate) fn add(&self, info: DeviceInfo) -> DeviceId {
        let mut entries = self.entries.lock();
        entries.devices.push(info);
        entries.devices.len() - 1
    }

    pub(crate) fn list(&self) -> Vec<DeviceInfo> {
        self.entries.lock().devices.clone()
    }

    pub(crate) fn set_searching(&self, searching: bool) {
        self.entries.lock().searching = searching;
        self.changed.notify_all();
    }

    pub(crate) fn set_state(&self, device: DeviceId, state: DeviceState) {
        if let Some(info) = self.entries.lock().devices.get_mut(device) {
            info.state = state;
        }
        self.changed.notify_all();
    }

    /// A CPU device fell back to other code.
    pub(crate) fn rename(&self, device: DeviceId, name: &str) {
        if let Some(info) = self.entries.lock().devices.get_mut(device) {
            name.clone_into(&mut info.name);
        }
    }

    /// Takes in a measured rate of one of a device's threads.
    pub(crate) fn measured(&self, device: DeviceId, thread_rate: f64) {
        if let Some(info) = self.entries.lock().devices.get_mut(device) {
            let rate = thread_rate * info.threads as f64;
            if info.trials_per_s == 0.0 {
                info.trials_per_s = rate;
            } else {
                info.trials_per_s += NEW_RATE_WEIGHT * (rate - info.trials_per_s);
            }
        }
    }

    /// Whether any device works or may yet.
    pub(crate) fn any_alive(&self) -> bool {
        let entries = self.entries.lock();
        entries.searching
            || entries
                .devices
                .iter()
                .any(|d| !matches!(d.state, DeviceState::Dropped(_)))
    }

    /// Waits until no device is being looked for, opened or tested. False if that takes longer than `timeout`.
    pub(crate) fn wait_settled(&self, timeout: Duration) -> bool {
        let mut entries = self.entries.lock();
        let timed_out = self
            .changed
            .wait_while_for(
                &mut entries,
                |entries| {
                    entries.searching
                        || entries
                            .devices
                            .iter()
                            .any(|d| d.state == DeviceState::Starting)
                },
                timeout,
            )
            .timed_out();
        !timed_out
    }
}
