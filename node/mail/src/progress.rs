//! How far a send is, told to whoever listens.
//!
//! Nobody has to listen, and nothing waits for a listener.

use tokio::sync::mpsc;
use toxdrop_pow::Progress;
use toxdrop_proto::ids::MessageId;

use crate::error::MailError;
use crate::outbox::Outgoing;

/// Which step a send is at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SendStage {
    /// The receiver's record is looked up.
    LookingUp,
    /// The message is safe in the outbox.
    Sealed,
    /// The proof of work is done.
    Stamping,
    /// Nodes are asked to store it.
    Storing,
}

/// How far a send is.
#[derive(Clone, Debug)]
pub struct SendProgress {
    /// The step.
    pub stage: SendStage,
    /// Which part, from 0; while stamping how many are done.
    pub part: usize,
    /// How many there are; 0 before the message is sealed.
    pub parts: usize,
    /// The searches under way, as if they were one.
    pub pow: Option<Progress>,
    /// Independent nodes that hold a part: the fewest over all parts.
    pub replicas: usize,
    /// How many make the message stored.
    pub quorum: usize,
    /// Its id, from the stage `Sealed` on.
    pub message_id: Option<MessageId>,
}

/// Who is told of progress; nobody has to listen.
pub type ProgressSender = mpsc::Sender<SendProgress>;

/// Tells whoever listens how far a message is.
pub(crate) struct Teller {
    listener: Option<ProgressSender>,
    id: MessageId,
    parts: usize,
    quorum: usize,
}

impl Teller {
    pub(crate) fn new(
        listener: Option<ProgressSender>,
        message: &Outgoing,
        quorum: usize,
    ) -> Result<Self, MailError> {
        Ok(Self {
            listener,
            id: message.id()?,
            parts: message.parts.len(),
            quorum,
        })
    }

    pub(crate) fn tell(
        &self,
        stage: SendStage,
        part: usize,
        pow: Option<Progress>,
        replicas: usize,
    ) {
        if let Some(listener) = &self.listener {
            // A listener that is slow or gone misses this.
            let _ = listener.try_send(SendProgress {
                stage,
                part,
                parts: self.parts,
                pow,
                replicas,
                quorum: self.quorum,
                message_id: Some(self.id),
            });
        }
    }

    /// The name under which the pool queues the message's jobs: messages take turns.
    pub(crate) fn client(&self) -> String {
        format!("message {}", self.id)
    }
}
