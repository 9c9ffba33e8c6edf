//! The inspector: a page that lists a node's packets, and takes packets, tombstones, datagrams and addresses apart.
//!
//! Verifies everything itself, in WebAssembly built from the protocol crate that the node runs; it
//! trusts the node for nothing but the bytes. It can't read messages and holds no keys.

#![forbid(unsafe_code)]

pub mod model;
mod net;
mod state;
mod view;

/// Shows the page in the document's body and begins to talk to the node.
pub fn mount() {
    console_error_panic_hook::set_once();
    leptos::mount::mount_to_body(view::app::App);
}
