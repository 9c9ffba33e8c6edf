//! From the program's own types to the schema's, and from its errors to gRPC codes.

use tonic::{Code, Status};
use toxdrop_mail::{Delivery, ErrorClass, MailError, Received, SendProgress, SendStage, Sent};
use toxdrop_pow::{Progress, SolveError, SubmitError};
use toxdrop_proto::grpc::v1;
use toxdrop_proto::message::Content;

use crate::net::DhtError;
use toxdrop_dht::storage::{Entry, StoreErrorKind};
use toxdrop_store::{StoreEvent, StoreEventKind};

pub(super) fn mail_status(error: MailError) -> Status {
    let code = match error.class() {
        ErrorClass::InvalidArgument => Code::InvalidArgument,
        ErrorClass::NotFound => Code::NotFound,
        ErrorClass::AlreadyExists => Code::AlreadyExists,
        ErrorClass::FailedPrecondition => Code::FailedPrecondition,
        ErrorClass::ResourceExhausted => Code::ResourceExhausted,
        ErrorClass::Unavailable => Code::Unavailable,
        ErrorClass::Internal => Code::Internal,
    };
    Status::new(code, error.to_string())
}

pub(super) fn dht_status(error: DhtError) -> Status {
    let code = match error {
        DhtError::TimedOut => Code::DeadlineExceeded,
        DhtError::Busy => Code::ResourceExhausted,
        DhtError::Stopped | DhtError::NoNodes | DhtError::Alone(_) => Code::Unavailable,
        DhtError::Store(StoreErrorKind::Busy) => Code::ResourceExhausted,
        DhtError::Store(StoreErrorKind::Corrupt) => Code::DataLoss,
        DhtError::Store(_) => Code::Internal,
    };
    Status::new(code, error.to_string())
}

pub(super) fn submit_status(error: &SubmitError) -> Status {
    let code = match error {
        SubmitError::ZeroTarget | SubmitError::EmptyRange => Code::InvalidArgument,
        SubmitError::ClientLimit { .. } => Code::ResourceExhausted,
        SubmitError::UnknownDevice { .. } => Code::NotFound,
        SubmitError::Closed => Code::Unavailable,
    };
    Status::new(code, error.to_string())
}

pub(super) fn solve_status(error: &SolveError) -> Status {
    let code = match error {
        SolveError::Exhausted { .. } => Code::OutOfRange,
        SolveError::Closed => Code::Unavailable,
    };
    Status::new(code, error.to_string())
}

pub(super) fn pow_progress(progress: &Progress) -> v1::PowProgress {
    v1::PowProgress {
        trials: progress.trials,
        trials_per_second: progress.trials_per_s,
        expected_trials: progress.expected_trials,
        probability_done: progress.probability_done(),
        expected_seconds_left: progress.expected_seconds().unwrap_or(0.0),
        devices: Vec::new(),
        queue_position: u32::from(progress.trials == 0),
    }
}

pub(super) fn small(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

pub(super) fn sent(message: Sent) -> v1::SentMessage {
    let delivery = match message.delivery {
        Delivery::Queued => v1::Delivery::Queued,
        Delivery::Weak => v1::Delivery::Weak,
        Delivery::Stored => v1::Delivery::Stored,
        Delivery::Received => v1::Delivery::Received,
        Delivery::Recalled => v1::Delivery::Recalled,
        Delivery::Expired => v1::Delivery::Expired,
    };
    v1::SentMessage {
        message_id: message.message_id.to_string(),
        to_address: message.to,
        from_inbox: message.from_inbox,
        sent_unix_ms: message.sent_at.0,
        expires_unix: message.expires.0,
        parts: small(message.parts),
        replicas: small(message.replicas),
        quorum: small(message.quorum),
        delivery: delivery.into(),
        packet_ids: message.packet_ids,
        pow_trials: message.pow_trials,
        detail: message.detail,
    }
}

pub(super) fn send_progress(progress: &SendProgress) -> v1::SendEvent {
    let stage = match progress.stage {
        SendStage::LookingUp => v1::SendStage::LookingUp,
        SendStage::Sealed => v1::SendStage::Sealed,
        SendStage::Stamping => v1::SendStage::Stamping,
        SendStage::Storing => v1::SendStage::Storing,
    };
    v1::SendEvent {
        event: Some(v1::send_event::Event::Progress(v1::SendProgress {
            stage: stage.into(),
            part: small(progress.part),
            parts: small(progress.parts),
            pow: progress.pow.as_ref().map(pow_progress),
            replicas: small(progress.replicas),
            quorum: small(progress.quorum),
            message_id: progress
                .message_id
                .map(|id| id.to_string())
                .unwrap_or_default(),
        })),
    }
}

pub(super) fn send_done(message: Sent) -> v1::SendEvent {
    v1::SendEvent {
        event: Some(v1::send_event::Event::Done(v1::SendDone {
            message: Some(sent(message)),
        })),
    }
}

pub(super) fn received(message: Received) -> v1::ReceivedMessage {
    let (content_type, file_name, content) = match message.content {
        Content::Text(text) => (v1::ContentType::Text, String::new(), text.into_bytes()),
        Content::File { name, bytes } => (v1::ContentType::File, name, bytes),
    };
    v1::ReceivedMessage {
        message_id: message.message_id.to_string(),
        inbox: message.inbox,
        from_address: message.from,
        from_name: message
            .sender_name
            .map(|name| name.as_str().to_owned())
            .unwrap_or_default(),
        sent_unix_ms: message.sent_at.0,
        received_unix_ms: message.received_at.0,
        content_type: content_type.into(),
        file_name,
        content,
        knows_nospam: message.knows_nospam,
    }
}

pub(super) fn stored(entry: &Entry) -> v1::StoredPacket {
    v1::StoredPacket {
        packet_id: entry.id.as_bytes().to_vec(),
        location: entry.location.as_bytes().to_vec(),
        kind: entry.kind as u32,
        expires_unix: entry.expires.0,
        size: entry.size.into(),
        standing: entry.standing.units(),
        trials_per_byte: entry.standing.trials_per_byte(),
        stored_unix: entry.stored.0,
    }
}

pub(super) fn store_event(event: &StoreEvent) -> v1::StoreEvent {
    let kind = match event.kind {
        StoreEventKind::Stored => v1::store_event::Kind::Stored,
        StoreEventKind::Extended => v1::store_event::Kind::Extended,
        StoreEventKind::Deleted => v1::store_event::Kind::Deleted,
        StoreEventKind::Expired => v1::store_event::Kind::Expired,
        StoreEventKind::Evicted => v1::store_event::Kind::Evicted,
    };
    v1::StoreEvent {
        kind: kind.into(),
        packet: Some(stored(&event.entry)),
        unix_ms: event.at.0.saturating_mul(1000),
    }
}
