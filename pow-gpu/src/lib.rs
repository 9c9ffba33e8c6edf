//! Proof-of-work solvers.
