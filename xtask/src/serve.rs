//! Serves the inspector's page on loopback with no node behind it, for inspecting packet files.
//!
//! Speaks just enough HTTP/1.0 for a browser to load four files; the node has a real server.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};

/// As strict as the node's: scripts and styles from here only, WebAssembly may compile.
const POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; \
    img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// A browser's request line and headers fit in this.
const MAX_REQUEST: u64 = 16 * 1024;

/// Builds the page and serves it until Ctrl-C.
pub(crate) fn run(port: u16) -> Result<()> {
    let folder = crate::page::build(false)?;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))
        .with_context(|| format!("port {port} is taken; choose another with --port"))?;
    println!("http://{}/", listener.local_addr()?);
    for stream in listener.incoming().flatten() {
        // A browser that goes away in the middle is nothing to stop for.
        answer(stream, &folder).ok();
    }
    Ok(())
}

fn answer(mut stream: TcpStream, folder: &Path) -> Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    let mut request = String::new();
    let mut reader = BufReader::new((&stream).take(MAX_REQUEST));
    reader.read_line(&mut request)?;
    let mut header = String::new();
    while reader.read_line(&mut header)? > 2 {
        header.clear();
    }
    let (status, kind, body) = match file_for(&request) {
        Some((name, kind)) => match std::fs::read(folder.join(name)) {
            Ok(body) => ("200 OK", kind, body),
            Err(_) => ("404 Not Found", "text/plain", b"not built".to_vec()),
        },
        None => ("404 Not Found", "text/plain", b"no such file".to_vec()),
    };
    write!(
        stream,
        "HTTP/1.0 {status}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n\
         Content-Security-Policy: {POLICY}\r\nX-Content-Type-Options: nosniff\r\n\
         Cache-Control: no-cache\r\nConnection: close\r\n\r\n",
        body.len()
    )?;
    stream.write_all(&body)?;
    Ok(())
}

/// The file that a request line asks for, and its media type.
fn file_for(request: &str) -> Option<(&'static str, &'static str)> {
    let path = request.strip_prefix("GET ")?.split(' ').next()?;
    match path.split(['?', '#']).next()? {
        "/" | "/index.html" => Some(("index.html", "text/html; charset=utf-8")),
        "/inspector.js" => Some(("inspector.js", "text/javascript; charset=utf-8")),
        "/inspector_bg.wasm" => Some(("inspector_bg.wasm", "application/wasm")),
        "/style.css" => Some(("style.css", "text/css; charset=utf-8")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_four_files_are_served() {
        assert_eq!(file_for("GET / HTTP/1.1").map(|f| f.0), Some("index.html"));
        assert_eq!(
            file_for("GET /inspector_bg.wasm?1 HTTP/1.1").map(|f| f.1),
            Some("application/wasm")
        );
        assert_eq!(file_for("GET /../Cargo.toml HTTP/1.1"), None);
        assert_eq!(file_for("POST / HTTP/1.1"), None);
    }
}
