//! Running database code that may panic over a damaged file.
//!
//! Says nothing of what the damage is: the caller knows which file it is.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Runs database code so that a panic in it (a damaged page that its checks did not foresee) is an error like any other.
/// Whatever `work` changed must not be used after a panic, other than to be dropped or read again from the disk.
///
/// # Errors
/// The panic's text.
pub fn guarded<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|payload| text(payload.as_ref()))
}

fn text(payload: &(dyn Any + Send)) -> String {
    payload
        .downcast_ref::<&str>()
        .map(ToString::to_string)
        .or_else(|| payload.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "no message".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_an_error_with_its_text() {
        let page = 7;
        assert_eq!(guarded(|| "fine"), Ok("fine"));
        assert_eq!(
            guarded(|| -> () { panic!("page {page} is damaged") }),
            Err("page 7 is damaged".to_owned())
        );
        assert_eq!(
            guarded(|| -> () { panic!("plain") }),
            Err("plain".to_owned())
        );
        assert_eq!(
            guarded(|| std::panic::panic_any(7)),
            Err::<(), _>("no message".to_owned())
        );
    }
}
