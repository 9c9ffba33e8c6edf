//! The service Inboxes: identities, for programs.

use std::pin::Pin;

use futures_util::Stream;
use futures_util::stream::{self, StreamExt};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status};
use toxdrop_mail::{
    Identity, MailError, MoveOptions, PublishOptions, PublishProgress, Published, ResealOptions,
};
use toxdrop_proto::grpc::v1::{self, inboxes_server::Inboxes};

use super::convert::{mail_status, small};
use super::inbox::{self, Beside};
use super::parts::Parts;

/// Progress reports that wait for a slow client.
const QUEUE: usize = 16;

pub(super) struct Service {
    parts: Parts,
}

type Events = Pin<Box<dyn Stream<Item = Result<v1::PublishEvent, Status>> + Send>>;

fn shown(parts: &Parts, identity: &Identity) -> v1::Inbox {
    let default = parts.mail.inbox("");
    let beside = Beside {
        is_default: default.is_ok_and(|first| first.name == identity.name),
        waiting: parts.mail.unread(identity).unwrap_or_default(),
        now: parts.clock.now().unix,
    };
    inbox::inbox(identity, &beside)
}

fn events(
    parts: Parts,
    work: impl Future<Output = Result<Published, MailError>> + Send + 'static,
    progress: mpsc::Receiver<PublishProgress>,
) -> Response<Events> {
    let end = tokio::spawn(work);
    let progress = ReceiverStream::new(progress).map(|p| {
        Ok(v1::PublishEvent {
            event: Some(v1::publish_event::Event::Progress(v1::PublishProgress {
                place: small(p.point),
                places: small(p.points),
                trials_per_second: p.pow.trials_per_s,
                expected_seconds_left: p.pow.expected_seconds().unwrap_or(0.0),
            })),
        })
    });
    let done = stream::once(async move {
        let published = end
            .await
            .map_err(|error| Status::internal(error.to_string()))?
            .map_err(mail_status)?;
        Ok(v1::PublishEvent {
            event: Some(v1::publish_event::Event::Done(v1::PublishDone {
                inbox: Some(shown(&parts, &published.inbox)),
                places_stored: small(published.points_stored),
                places: small(published.points),
                places_confirmed: small(published.points_confirmed),
                waits: published
                    .waits
                    .map(|error| error.to_string())
                    .unwrap_or_default(),
                within_seconds: published.within_seconds,
            })),
        })
    });
    Response::new(progress.chain(done).boxed())
}

impl Service {
    pub(super) fn new(parts: Parts) -> Self {
        Self { parts }
    }

    fn answer(&self, identity: &Identity) -> Response<v1::Inbox> {
        Response::new(shown(&self.parts, identity))
    }
}

/// An empty passphrase means none.
fn passphrase(text: &str) -> Option<&[u8]> {
    (!text.is_empty()).then_some(text.as_bytes())
}

#[tonic::async_trait]
impl Inboxes for Service {
    type PublishStream = Events;
    type MoveStream = Events;
    type ResealStream = Events;

    async fn create(
        &self,
        request: Request<v1::CreateInboxRequest>,
    ) -> Result<Response<v1::Inbox>, Status> {
        let name = request.into_inner().name;
        let identity = self.parts.mail.create_inbox(&name).map_err(mail_status)?;
        Ok(self.answer(&identity))
    }

    async fn list(
        &self,
        _: Request<v1::ListInboxesRequest>,
    ) -> Result<Response<v1::ListInboxesResponse>, Status> {
        let all = self.parts.mail.inboxes();
        let inboxes = all.iter().map(|one| shown(&self.parts, one)).collect();
        Ok(Response::new(v1::ListInboxesResponse { inboxes }))
    }

    async fn show(
        &self,
        request: Request<v1::ShowInboxRequest>,
    ) -> Result<Response<v1::Inbox>, Status> {
        let selector = request.into_inner().inbox;
        let identity = self.parts.mail.inbox(&selector).map_err(mail_status)?;
        Ok(self.answer(&identity))
    }

    async fn set_default(
        &self,
        request: Request<v1::SetDefaultInboxRequest>,
    ) -> Result<Response<v1::Inbox>, Status> {
        let selector = request.into_inner().inbox;
        let identity = self.parts.mail.set_default_inbox(&selector);
        Ok(self.answer(&identity.map_err(mail_status)?))
    }

    async fn remove(
        &self,
        request: Request<v1::RemoveInboxRequest>,
    ) -> Result<Response<v1::RemoveInboxResponse>, Status> {
        let request = request.into_inner();
        let mail = self.parts.mail.clone();
        let removal = if request.dry_run {
            mail.removable(&request.inbox, request.force)
        } else {
            // On a task of its own: a client that goes away does not stop it half-way.
            let work = async move { mail.remove_inbox(&request.inbox, request.force).await };
            tokio::spawn(work)
                .await
                .map_err(|error| Status::internal(error.to_string()))?
        };
        let removal = removal.map_err(mail_status)?;
        Ok(Response::new(v1::RemoveInboxResponse {
            name: removal.inbox.name.clone(),
            address: removal.inbox.address().to_string(),
            unread: small(removal.unread),
            incomplete: small(removal.incomplete),
            undelivered: small(removal.undelivered),
            received: small(removal.received),
        }))
    }

    async fn publish(
        &self,
        request: Request<v1::PublishInboxRequest>,
    ) -> Result<Response<Self::PublishStream>, Status> {
        let request = request.into_inner();
        self.parts.mail.inbox(&request.inbox).map_err(mail_status)?;
        let (progress, receiver) = mpsc::channel(QUEUE);
        let mail = self.parts.mail.clone();
        let options = PublishOptions {
            nonce_trials_per_byte: request.nonce_trials_per_byte,
            extra_bytes: request.extra_bytes,
            max_ttl_seconds: request.max_ttl_seconds,
            at_once: request.at_once,
            take_over: request.take_over,
        };
        let work = async move { mail.publish(&request.inbox, options, progress).await };
        Ok(events(self.parts.clone(), work, receiver))
    }

    async fn r#move(
        &self,
        request: Request<v1::MoveInboxRequest>,
    ) -> Result<Response<Self::MoveStream>, Status> {
        let request = request.into_inner();
        self.parts.mail.inbox(&request.inbox).map_err(mail_status)?;
        let (progress, receiver) = mpsc::channel(QUEUE);
        let mail = self.parts.mail.clone();
        let options = MoveOptions {
            to_first_door: request.to_default,
            at_once: request.at_once,
            take_over: request.take_over,
        };
        let work = async move { mail.move_inbox(&request.inbox, options, progress).await };
        Ok(events(self.parts.clone(), work, receiver))
    }

    async fn reseal(
        &self,
        request: Request<v1::ResealInboxRequest>,
    ) -> Result<Response<Self::ResealStream>, Status> {
        let request = request.into_inner();
        self.parts.mail.inbox(&request.inbox).map_err(mail_status)?;
        let (progress, receiver) = mpsc::channel(QUEUE);
        let mail = self.parts.mail.clone();
        let options = ResealOptions {
            at_once: request.at_once,
            take_over: request.take_over,
        };
        let work = async move { mail.reseal(&request.inbox, options, progress).await };
        Ok(events(self.parts.clone(), work, receiver))
    }

    async fn export(
        &self,
        request: Request<v1::ExportInboxRequest>,
    ) -> Result<Response<v1::ExportInboxResponse>, Status> {
        let request = request.into_inner();
        let mail = self.parts.mail.clone();
        // Argon2id takes a while on purpose.
        let key_file = tokio::task::spawn_blocking(move || {
            mail.export_inbox(&request.inbox, passphrase(&request.passphrase))
        })
        .await
        .map_err(|error| Status::internal(error.to_string()))?
        .map_err(mail_status)?;
        Ok(Response::new(v1::ExportInboxResponse { key_file }))
    }

    async fn import(
        &self,
        request: Request<v1::ImportInboxRequest>,
    ) -> Result<Response<v1::Inbox>, Status> {
        let request = request.into_inner();
        let mail = self.parts.mail.clone();
        let identity = tokio::task::spawn_blocking(move || {
            mail.import_inbox(
                &request.file,
                &request.name,
                passphrase(&request.passphrase),
            )
        })
        .await
        .map_err(|error| Status::internal(error.to_string()))?
        .map_err(mail_status)?;
        Ok(self.answer(&identity))
    }
}
