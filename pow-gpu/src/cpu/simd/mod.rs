//! Solvers that use vector instructions. The only module with `unsafe` code.
//!
//! Does not choose among them, and offers only what the processor has.
//!
//! Each back end's `search` function can be had only through a `detect` function, which returns it after asking the
//! processor, and its vectors are made only inside `search`. That is why the intrinsics are sound to call.
#![allow(unsafe_code)]

#[cfg(target_arch = "aarch64")]
pub(super) mod arm_sha512;
#[cfg(target_arch = "aarch64")]
pub(super) mod neon;
#[cfg(target_arch = "x86_64")]
mod two;
#[cfg(target_arch = "x86_64")]
pub(super) mod x86;
