//! The inspector's page, which lies inside the program when it was built with the feature `inspector`.
//!
//! Static files only; what the page asks comes through gRPC-web.

use axum::Router;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

#[cfg(feature = "inspector")]
#[derive(rust_embed::Embed)]
#[folder = "../target/inspector"]
struct Files;

/// The files of the page.
const FILES: [(&str, &str); 4] = [
    ("index.html", "text/html; charset=utf-8"),
    ("inspector.js", "text/javascript; charset=utf-8"),
    ("inspector_bg.wasm", "application/wasm"),
    ("style.css", "text/css; charset=utf-8"),
];

/// Whether a path belongs to the page.
pub(super) fn is_page(path: &str) -> bool {
    path == "/"
        || FILES
            .iter()
            .any(|(name, _)| path.strip_prefix('/') == Some(name))
}

pub(super) fn router() -> Router {
    FILES.iter().fold(
        Router::new().route("/", get(|| async { file("index.html") })),
        |router, (name, _)| {
            router.route(&format!("/{name}"), get(move || async move { file(name) }))
        },
    )
}

#[cfg(feature = "inspector")]
fn file(name: &str) -> Response {
    let kind = FILES.iter().find(|(known, _)| *known == name);
    match (Files::get(name), kind) {
        (Some(file), Some((_, kind))) => {
            ([(header::CONTENT_TYPE, *kind)], file.data.into_owned()).into_response()
        }
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}

#[cfg(not(feature = "inspector"))]
fn file(name: &str) -> Response {
    if name != "index.html" {
        return StatusCode::NOT_FOUND.into_response();
    }
    let page = "<!doctype html><title>toxdrop</title><p>This toxdrop was built without its inspector. \
        Build it with <code>cargo xtask build --release</code>.</p>";
    ([(header::CONTENT_TYPE, "text/html; charset=utf-8")], page).into_response()
}
