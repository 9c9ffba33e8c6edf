//! How many connections the system lets this process have: each takes a file descriptor, and so does much else.
//!
//! Opens none.

/// File descriptors that the rest of the program is left: its store, other ports and their clients.
#[cfg(unix)]
const OTHERS: u64 = 128;

/// Raises this process's limit as far as so many connections need it and the system lets it. Returns how many may be had:
/// fewer where that is not enough for all.
#[cfg(unix)]
pub(in crate::net) fn room_for(wanted: usize) -> usize {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

    let limit = getrlimit(Resource::Nofile);
    let needed = (wanted as u64).saturating_add(OTHERS);
    let allowed = limit.maximum.map_or(needed, |most| most.min(needed));
    if limit.current.is_some_and(|current| current < allowed) {
        // What is not granted is seen in the next look at it.
        let raised = Rlimit {
            current: Some(allowed),
            maximum: limit.maximum,
        };
        let _ = setrlimit(Resource::Nofile, raised);
    }
    let Some(files) = getrlimit(Resource::Nofile).current else {
        return wanted;
    };
    let room = share(files);
    if room < wanted {
        tracing::warn!(
            "this process may have {files} open files, so the TCP relay takes at most {room} connections, not {wanted}; raise the limit (`ulimit -n`) for more"
        );
    }
    room.min(wanted)
}

/// All but those that others need; half, where that is more.
#[cfg(unix)]
fn share(files: u64) -> usize {
    let room = files.saturating_sub(OTHERS).max(files / 2);
    usize::try_from(room).unwrap_or(usize::MAX)
}

/// Elsewhere sockets are no files, and there is no such limit.
#[cfg(not(unix))]
pub(in crate::net) fn room_for(wanted: usize) -> usize {
    wanted
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn the_rest_of_the_program_keeps_its_share_of_files() {
        assert_eq!(share(64), 32);
        assert_eq!(share(1_024), 896);
        assert_eq!(share(u64::MAX), usize::MAX - 128);
        assert!(room_for(16) <= 16);
    }
}
