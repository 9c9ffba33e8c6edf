//! What is on the page.
//!
//! Holds no protocol knowledge: everything shown was worked out in `model`.

// Leptos writes the structs of components as `pub`, whatever the module.
#![allow(unreachable_pub)]

pub(crate) mod app;
mod belongs;
mod check;
mod detail;
mod fields;
mod header;
mod hex;
mod list;
mod log;
mod open;
mod ring;
mod work;
