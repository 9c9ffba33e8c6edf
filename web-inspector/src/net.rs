//! The node over gRPC-web: one session that lists, then follows; it comes back by itself when it breaks.
//!
//! Writes into the page's state and decides nothing about how it looks. The node is the page's own origin.

mod token;

use std::cell::RefCell;
use std::rc::Rc;

use futures_util::future::{Either, select};
use gloo_timers::future::TimeoutFuture;
use leptos::prelude::*;
use leptos::task::spawn_local;
use tonic::{Code, Request, Status};
use tonic_web_wasm_client::Client;
use toxdrop_proto::grpc::v1::inspector_client::InspectorClient;
use toxdrop_proto::grpc::v1::{
    EventsRequest, GetPacketRequest, ListPacketsRequest, RoutingTableRequest, StatusRequest,
    StoreEvent,
};

use crate::model::holdings::{Key, MAX_HELD, key};
use crate::state::{Link, Source, State};

pub(crate) use token::{forget, remember, take_from_address};

/// Summaries asked for at a time.
const PAGE: u32 = 500;

/// Milliseconds between looks at what has no events: counts, nodes.
const POLL_MS: u32 = 5_000;

/// Events that come within so many milliseconds are shown together.
const BATCH_MS: u32 = 120;

/// Seconds between attempts: more each time, up to the last.
const BACKOFF: [u32; 5] = [1, 2, 4, 8, 15];

/// The client, with the token on every request.
#[derive(Clone)]
struct Node {
    client: InspectorClient<Client>,
    token: String,
}

impl Node {
    fn new(token: String) -> Result<Self, Status> {
        let origin = web_sys::window()
            .and_then(|w| w.location().origin().ok())
            .ok_or_else(|| Status::internal("the page has no address"))?;
        Ok(Self {
            client: InspectorClient::new(Client::new(origin)),
            token,
        })
    }

    fn request<T>(&self, message: T) -> Result<Request<T>, Status> {
        let mut request = Request::new(message);
        let value = format!("Bearer {}", self.token)
            .parse()
            .map_err(|_| Status::unauthenticated("the token has characters that no token has"))?;
        request.metadata_mut().insert("authorization", value);
        Ok(request)
    }
}

/// Connects whenever there is a token, for as long as the page lives.
pub(crate) fn start(state: State) {
    let generation = Rc::new(RefCell::new(0u64));
    Effect::new(move |_| {
        let token = state.token.get();
        *generation.borrow_mut() += 1;
        let mine = *generation.borrow();
        let current = generation.clone();
        match token {
            None => state.link.set(Link::Offline),
            Some(token) => {
                spawn_local(
                    async move { keep(state, token, move || *current.borrow() == mine).await },
                );
            }
        }
    });
}

/// Sessions one after the other, until the token is refused or replaced.
async fn keep(state: State, token: String, wanted: impl Fn() -> bool) {
    let node = match Node::new(token) {
        Ok(node) => node,
        Err(status) => return state.problem.set(Some(explain(&status))),
    };
    let mut attempt = 0usize;
    while wanted() {
        state.link.set(Link::Connecting);
        let reached = RefCell::new(false);
        let Err(status) = session(state, &node, &reached).await;
        if !wanted() {
            return;
        }
        if matches!(
            status.code(),
            Code::Unauthenticated | Code::PermissionDenied
        ) {
            forget();
            state.link.set(Link::Denied);
            return;
        }
        if reached.into_inner() {
            attempt = 0;
        }
        let pause = BACKOFF
            .get(attempt)
            .or(BACKOFF.last())
            .copied()
            .unwrap_or(15);
        attempt += 1;
        for retry_in in (1..=pause).rev() {
            let why = explain(&status);
            state.link.set(Link::Lost { why, retry_in });
            TimeoutFuture::new(1_000).await;
            if !wanted() {
                return;
            }
        }
    }
}

/// One connection: it ends only by an error.
async fn session(
    state: State,
    node: &Node,
    reached: &RefCell<bool>,
) -> Result<std::convert::Infallible, Status> {
    refresh(state, node).await?;
    // Events first, so that nothing falls between the list and them.
    let mut client = node.client.clone();
    let mut events = client
        .events(node.request(EventsRequest {})?)
        .await?
        .into_inner();
    list(state, node).await?;
    *reached.borrow_mut() = true;
    state.link.set(Link::Live);
    let follow = async {
        let pending = Rc::new(RefCell::new(Vec::new()));
        while let Some(event) = events.message().await? {
            batch(state, &pending, event);
        }
        Err(Status::unavailable("the node ended the stream of events"))
    };
    let poll = async {
        loop {
            TimeoutFuture::new(POLL_MS).await;
            refresh(state, node).await?;
        }
    };
    match select(Box::pin(follow), Box::pin(poll)).await {
        Either::Left((result, _)) | Either::Right((result, _)) => result,
    }
}

/// Collects events for a moment, so that a burst is one change of the page.
fn batch(state: State, pending: &Rc<RefCell<Vec<StoreEvent>>>, event: StoreEvent) {
    let first = pending.borrow().is_empty();
    pending.borrow_mut().push(event);
    if first {
        let pending = pending.clone();
        spawn_local(async move {
            TimeoutFuture::new(BATCH_MS).await;
            let events = std::mem::take(&mut *pending.borrow_mut());
            state
                .held
                .update(|held| events.into_iter().for_each(|e| held.apply(e)));
        });
    }
}

/// Counts and nodes.
async fn refresh(state: State, node: &Node) -> Result<(), Status> {
    let mut client = node.client.clone();
    let status = client.status(node.request(StatusRequest {})?).await?;
    state.status.set(Some(status.into_inner()));
    let table = client
        .routing_table(node.request(RoutingTableRequest {})?)
        .await?;
    let nodes = table.into_inner().nodes;
    if state.nodes.with_untracked(|known| *known != nodes) {
        state.nodes.set(nodes);
    }
    Ok(())
}

/// The whole list, page by page.
async fn list(state: State, node: &Node) -> Result<(), Status> {
    state.held.update(crate::model::holdings::Holdings::restart);
    let mut cursor: Key = Key::default();
    loop {
        let request = ListPacketsRequest {
            after_location: cursor.0.clone(),
            after_packet_id: cursor.1.clone(),
            page_size: PAGE,
            location: Vec::new(),
        };
        let page = node
            .client
            .clone()
            .list_packets(node.request(request)?)
            .await?
            .into_inner();
        let next = page.packets.last().map(key);
        state.held.update(|held| held.add_page(page.packets));
        let full = state.held.with_untracked(|held| held.len() >= MAX_HELD);
        match next {
            // A node that repeats itself must not keep us here for ever.
            Some(next) if page.more && !full && next > cursor => cursor = next,
            _ => {
                state.held.update(|held| held.truncated |= page.more);
                return Ok(());
            }
        }
    }
}

/// Fetches one packet's bytes and opens it.
pub(crate) fn open(state: State, key: Key) {
    let Some(token) = state.token.get_untracked() else {
        return;
    };
    spawn_local(async move {
        let fetched = async {
            let node = Node::new(token)?;
            let request = GetPacketRequest {
                location: key.0.clone(),
                packet_id: key.1.clone(),
            };
            let answer = node
                .client
                .clone()
                .get_packet(node.request(request)?)
                .await?;
            Ok::<_, Status>(answer.into_inner().packet)
        };
        match fetched.await {
            Ok(bytes) => state.open(Source::Node(key), bytes),
            Err(status) if status.code() == Code::NotFound => {
                state.problem.set(Some(
                    "The node no longer holds this packet: it was deleted, expired or made room."
                        .to_owned(),
                ));
            }
            Err(status) => state.problem.set(Some(explain(&status))),
        }
    });
}

/// A status as one sentence.
fn explain(status: &Status) -> String {
    match (status.code(), status.message()) {
        (Code::Unavailable | Code::Unknown | Code::Internal, "") => {
            "the node does not answer".to_owned()
        }
        (code, "") => code.description().to_owned(),
        (_, message) => message.to_owned(),
    }
}
