//! The list of a pool's devices, for those who ask and for the decision when the CPU must take over.
//!
//! Does not run devices.

use std::time::Duration;

use parking_lot::{Condvar, Mutex};

use super::job_cell::DeviceId;
use crate::device::{DeviceInfo, DeviceKind, DeviceState};
use crate::job::SubmitError;
use crate::selection::BEST_CPU;

/// New measurements of a rate count this much against what was known.
const NEW_RATE_WEIGHT: f64 = 0.2;

fn is_named(device: &DeviceInfo, name: &str) -> bool {
    let name = name.to_lowercase();
    let all_cpus = name == BEST_CPU && device.kind == DeviceKind::Cpu;
    // An empty name is the beginning of every name, but means none.
    all_cpus || (!name.is_empty() && device.name.to_lowercase().starts_with(&name))
}

/// How far looking for adapters is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Search {
    /// Not begun: nobody has needed a graphics card yet.
    Pending,
    /// Adapters are being found and opened.
    Running,
    /// Nothing is left to be found.
    #[default]
    Over,
}

#[derive(Default)]
struct Entries {
    devices: Vec<DeviceInfo>,
    search: Search,
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

    /// Working devices by name; see [`crate::Pool::submit_to`].
    pub(crate) fn find(&self, names: &[String]) -> Result<Vec<DeviceId>, SubmitError> {
        let entries = self.entries.lock();
        let usable = || {
            let devices = entries.devices.iter().enumerate();
            devices.filter(|(_, d)| !matches!(d.state, DeviceState::Dropped(_)))
        };
        let mut found = Vec::new();
        for name in names {
            let before = found.len();
            found.extend(
                usable()
                    .filter(|(_, device)| is_named(device, name))
                    .map(|(id, _)| id),
            );
            if found.len() == before {
                return Err(SubmitError::UnknownDevice {
                    name: name.clone(),
                    available: usable().map(|(_, d)| d.name.clone()).collect(),
                });
            }
        }
        Ok(found)
    }

    pub(crate) fn list(&self) -> Vec<DeviceInfo> {
        self.entries.lock().devices.clone()
    }

    pub(super) fn set_search(&self, search: Search) {
        self.entries.lock().search = search;
        self.changed.notify_all();
    }

    /// Whoever is told true has to look for adapters: they were not looked for yet.
    pub(super) fn begin_search(&self) -> bool {
        let mut entries = self.entries.lock();
        let pending = entries.search == Search::Pending;
        if pending {
            entries.search = Search::Running;
        }
        pending
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

    /// Whether any device works or is about to, those that may be found included.
    pub(crate) fn any_alive(&self) -> bool {
        self.entries.lock().search == Search::Running || self.any_known_alive()
    }

    /// Whether any device that is known works or is about to.
    pub(super) fn any_known_alive(&self) -> bool {
        let entries = self.entries.lock();
        let mut devices = entries.devices.iter();
        devices.any(|d| !matches!(d.state, DeviceState::Dropped(_)))
    }

    /// Waits until no device is being looked for or opened. False if that takes longer than `timeout`.
    pub(crate) fn wait_searched(&self, timeout: Duration) -> bool {
        self.wait_while(timeout, |entries| entries.search == Search::Running)
    }

    /// Waits until no device is being looked for, opened or tested. False if that takes longer than `timeout`.
    pub(crate) fn wait_settled(&self, timeout: Duration) -> bool {
        let starting = |d: &DeviceInfo| d.state == DeviceState::Starting;
        self.wait_while(timeout, |entries| {
            entries.search == Search::Running || entries.devices.iter().any(starting)
        })
    }

    fn wait_while(&self, timeout: Duration, busy: impl Fn(&Entries) -> bool) -> bool {
        let mut entries = self.entries.lock();
        let waited = self
            .changed
            .wait_while_for(&mut entries, |entries| busy(entries), timeout);
        !waited.timed_out()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_is_begun_once_and_only_where_there_is_one() {
        let roster = Roster::default();
        assert!(!roster.begin_search());
        roster.set_search(Search::Pending);
        assert!(!roster.any_alive(), "nobody looks, and no device works");
        assert!(roster.begin_search());
        assert!(!roster.begin_search());
        assert!(roster.any_alive());
        assert!(!roster.wait_searched(Duration::from_millis(1)));
        roster.set_search(Search::Over);
        assert!(roster.wait_searched(Duration::from_millis(1)));
        assert!(!roster.any_alive());
    }
}
