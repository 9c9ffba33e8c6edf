//! The page's entry: wasm-bindgen calls it once the module is loaded.
//!
//! All else is in the library, so that it can be tested on the host.

#![forbid(unsafe_code)]

fn main() {
    toxdrop_web_inspector::mount();
}
