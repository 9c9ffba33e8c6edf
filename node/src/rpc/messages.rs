//! The service Messages: mail, for programs.

use futures_util::Stream;
use futures_util::stream::{self, StreamExt};
use std::pin::Pin;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status};
use toxdrop_mail::{Extending, MailError, SendProgress, SendRequest, Sent};
use toxdrop_proto::address::AddressError;
use toxdrop_proto::grpc::v1::{self, messages_server::Messages};
use toxdrop_proto::message::Content;

use super::convert::{mail_status, received, send_done, send_progress, sent, small};
use super::parts::Parts;

/// Progress reports that wait for a slow client.
const QUEUE: usize = 64;

pub(super) struct Service {
    parts: Parts,
}

impl Service {
    pub(super) fn new(parts: Parts) -> Self {
        Self { parts }
    }
}

type Events<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

/// Progress as it comes, then the end of `work`.
fn progress_then_done(
    work: impl Future<Output = Result<Sent, MailError>> + Send + 'static,
    progress: mpsc::Receiver<SendProgress>,
) -> Events<v1::SendEvent> {
    let end = tokio::spawn(work);
    let progress = ReceiverStream::new(progress).map(|p| Ok(send_progress(&p)));
    let done = stream::once(async move {
        match end.await {
            Ok(Ok(message)) => Ok(send_done(message)),
            Ok(Err(error)) => Err(mail_status(error)),
            Err(error) => Err(Status::internal(error.to_string())),
        }
    });
    progress.chain(done).boxed()
}

#[tonic::async_trait]
impl Messages for Service {
    type SendStream = Events<v1::SendEvent>;
    type FetchStream = Events<v1::FetchEvent>;
    type WatchStream = Events<v1::ReceivedMessage>;
    type ExtendStream = Events<v1::SendEvent>;

    async fn send(
        &self,
        request: Request<v1::SendRequest>,
    ) -> Result<Response<Self::SendStream>, Status> {
        let request = request.into_inner();
        let content = match request.content_type() {
            v1::ContentType::File => Content::File {
                name: request.file_name,
                bytes: request.content,
            },
            _ => Content::Text(String::from_utf8(request.content).map_err(|_| {
                Status::invalid_argument("the text is not UTF-8; send it as a file")
            })?),
        };
        let to_send = SendRequest {
            to: (request.address.parse())
                .map_err(|error: AddressError| mail_status(error.into()))?,
            content,
            from: request.from_inbox,
            ttl_seconds: request.ttl_seconds,
            max_work: request.max_work,
        };
        // Known before the stream begins, so that a client sees it as the call's own error.
        to_send
            .content
            .encode()
            .map_err(|error| mail_status(error.into()))?;
        self.parts.mail.inbox(&to_send.from).map_err(mail_status)?;
        let (progress, receiver) = mpsc::channel(QUEUE);
        let mail = self.parts.mail.clone();
        let work = async move { mail.send(to_send, progress).await };
        Ok(Response::new(progress_then_done(work, receiver)))
    }

    async fn fetch(
        &self,
        request: Request<v1::FetchRequest>,
    ) -> Result<Response<Self::FetchStream>, Status> {
        let request = request.into_inner();
        if !request.inbox.is_empty() {
            self.parts.mail.inbox(&request.inbox).map_err(mail_status)?;
        }
        let (messages, receiver) = mpsc::channel(QUEUE);
        let mail = self.parts.mail.clone();
        let end = tokio::spawn(async move {
            let report = mail.fetch(&request.inbox, request.keep, messages).await?;
            Ok((report, mail.tell_other_devices(&request.inbox)?))
        });
        let messages = ReceiverStream::new(receiver).map(|message| {
            Ok(v1::FetchEvent {
                event: Some(v1::fetch_event::Event::Message(received(message))),
            })
        });
        let done = stream::once(async move {
            let (report, notices) = end
                .await
                .map_err(|error| Status::internal(error.to_string()))?
                .map_err(mail_status)?;
            Ok(v1::FetchEvent {
                event: Some(v1::fetch_event::Event::Done(v1::FetchDone {
                    messages: small(report.messages),
                    packets: small(report.packets),
                    nodes_asked: small(report.nodes_asked),
                    nodes_answered: small(report.nodes_answered),
                    deleted: small(report.deleted),
                    incomplete: small(report.incomplete),
                    undecodable: small(report.undecodable),
                    notices,
                })),
            })
        });
        Ok(Response::new(messages.chain(done).boxed()))
    }

    async fn watch(
        &self,
        request: Request<v1::WatchRequest>,
    ) -> Result<Response<Self::WatchStream>, Status> {
        let messages = self
            .parts
            .mail
            .watch(&request.into_inner().inbox)
            .map_err(mail_status)?;
        let stream = ReceiverStream::new(messages).map(|message| Ok(received(message)));
        Ok(Response::new(stream.boxed()))
    }

    async fn list_sent(
        &self,
        request: Request<v1::ListSentRequest>,
    ) -> Result<Response<v1::ListSentResponse>, Status> {
        let prefix = request.into_inner().message_id;
        let messages = if prefix.is_empty() {
            self.parts.mail.sent().map_err(mail_status)?
        } else {
            vec![self.parts.mail.sent_message(&prefix).map_err(mail_status)?]
        };
        Ok(Response::new(v1::ListSentResponse {
            messages: messages.into_iter().map(sent).collect(),
        }))
    }

    async fn extend(
        &self,
        request: Request<v1::ExtendRequest>,
    ) -> Result<Response<Self::ExtendStream>, Status> {
        let request = request.into_inner();
        self.parts
            .mail
            .sent_message(&request.message_id)
            .map_err(mail_status)?;
        let (progress, receiver) = mpsc::channel(QUEUE);
        let mail = self.parts.mail.clone();
        let what = Extending {
            message: request.message_id,
            ttl_seconds: request.ttl_seconds,
        };
        let work = async move { mail.extend(what, progress).await };
        Ok(Response::new(progress_then_done(work, receiver)))
    }

    async fn recall(
        &self,
        request: Request<v1::RecallRequest>,
    ) -> Result<Response<v1::RecallResponse>, Status> {
        let report = self
            .parts
            .mail
            .recall(&request.into_inner().message_id)
            .await
            .map_err(mail_status)?;
        Ok(Response::new(v1::RecallResponse {
            nodes_asked: small(report.asked),
            nodes_accepted: small(report.accepted),
            message: Some(sent(report.message)),
        }))
    }

    async fn delete(
        &self,
        request: Request<v1::DeleteRequest>,
    ) -> Result<Response<v1::DeleteResponse>, Status> {
        let request = request.into_inner();
        let deleted = self
            .parts
            .mail
            .delete_received(&request.inbox, &request.message_ids)
            .map_err(mail_status)?;
        Ok(Response::new(v1::DeleteResponse {
            deleted: small(deleted),
        }))
    }

    async fn list_received(
        &self,
        request: Request<v1::ListReceivedRequest>,
    ) -> Result<Response<v1::ListReceivedResponse>, Status> {
        let messages = self
            .parts
            .mail
            .received(&request.into_inner().inbox)
            .map_err(mail_status)?;
        Ok(Response::new(v1::ListReceivedResponse {
            messages: messages.into_iter().map(received).collect(),
        }))
    }
}
