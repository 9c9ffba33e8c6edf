//! Solvers that use vector instructions. The only module with `unsafe` code.
//!
//! Does not choose among them, and offers only what the processor has.
//!
//! Each back end has a private vector type whose methods use intrinsics of one instruction set. A value of that type is made only
//! inside the back end's `search` function, and that function can be had only through a `detect`
//! function, which returns it after asking the processor. That is why the intrinsics are sound to call.
#![allow(unsafe_code)]

#[cfg(target_arch = "aarch64")]
pub(super) mod neon;
#[cfg(target_arch = "x86_64")]
pub(super) mod x86;
