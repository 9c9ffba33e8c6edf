//! Who may come in: Host and Origin are ours, and the token is right, for all but health and the static page.
//!
//! A browser that was lured to another name of this address (DNS rebinding) is stopped by Host, a foreign page by Origin.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use subtle::ConstantTimeEq;

/// The rules of one port.
pub(super) struct Guard {
    token: String,
    hosts: Vec<String>,
}

impl Guard {
    pub(super) fn new(token: &str, address: SocketAddr, allowed: &[String]) -> Self {
        let port = address.port();
        let mut hosts: Vec<String> = ["127.0.0.1", "localhost", "[::1]"]
            .iter()
            .map(|host| format!("{host}:{port}"))
            .collect();
        hosts.push(address.to_string());
        hosts.extend(allowed.iter().map(|host| host.to_ascii_lowercase()));
        Self {
            token: token.to_owned(),
            hosts,
        }
    }

    fn knows(&self, host: &str) -> bool {
        let host = host.to_ascii_lowercase();
        self.hosts.contains(&host)
    }

    fn host_is_ours(&self, request: &Request) -> bool {
        let header = request.headers().get(header::HOST);
        let host = match header {
            Some(host) => host.to_str().ok(),
            // HTTP/2 names the host in the request itself.
            None => request
                .uri()
                .authority()
                .map(|authority| authority.as_str()),
        };
        host.is_some_and(|host| self.knows(host))
    }

    fn origin_is_ours(&self, headers: &HeaderMap) -> bool {
        let Some(origin) = headers.get(header::ORIGIN) else {
            // Programs send none.
            return true;
        };
        origin
            .to_str()
            .ok()
            .and_then(|origin| origin.split_once("://"))
            .is_some_and(|(_, host)| self.knows(host))
    }

    fn token_is_right(&self, headers: &HeaderMap) -> bool {
        let given = headers
            .get(header::AUTHORIZATION)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.strip_prefix("Bearer "));
        given.is_some_and(|given| given.as_bytes().ct_eq(self.token.as_bytes()).into())
    }
}

fn is_open(path: &str) -> bool {
    path.starts_with("/grpc.health.v1.Health/") || super::page::is_page(path)
}

/// Lets a request through, or says why not.
pub(super) async fn check(
    State(guard): State<Arc<Guard>>,
    request: Request,
    next: Next,
) -> Response {
    let path = request.uri().path().to_owned();
    let grpc = request
        .headers()
        .get(header::CONTENT_TYPE)
        .filter(|kind| kind.as_bytes().starts_with(b"application/grpc"))
        .cloned();
    let ours = guard.host_is_ours(&request) && guard.origin_is_ours(request.headers());
    let welcome = ours && (is_open(&path) || guard.token_is_right(request.headers()));
    let outcome = if welcome { "passed" } else { "refused" };
    metrics::counter!("toxdrop_rpc_requests_total", "outcome" => outcome).increment(1);
    let mut response = if welcome {
        next.run(request).await
    } else if ours {
        refuse(
            grpc,
            tonic::Code::Unauthenticated,
            "the token is missing or wrong; send the content of the file `token` in the node's data directory as `authorization: Bearer TOKEN`",
        )
    } else {
        refuse(
            grpc,
            tonic::Code::PermissionDenied,
            "this port answers to its own host names and pages only; open it as http://127.0.0.1:PORT, or add the name to allowed_hosts",
        )
    };
    secure(response.headers_mut());
    response
}

/// A refusal in the caller's own protocol; `grpc` is the content type of a gRPC or gRPC-web request.
fn refuse(grpc: Option<HeaderValue>, code: tonic::Code, why: &'static str) -> Response {
    if let Some(kind) = grpc {
        let mut response = tonic::Status::new(code, why).into_http::<Body>();
        response.headers_mut().insert(header::CONTENT_TYPE, kind);
        return response;
    }
    let status = match code {
        tonic::Code::Unauthenticated => StatusCode::UNAUTHORIZED,
        _ => StatusCode::FORBIDDEN,
    };
    (status, why).into_response()
}

/// What every answer tells browsers.
fn secure(headers: &mut HeaderMap) {
    let all = [
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        ),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_FRAME_OPTIONS, "DENY"),
    ];
    for (name, value) in all {
        headers.insert(name, HeaderValue::from_static(value));
    }
}
