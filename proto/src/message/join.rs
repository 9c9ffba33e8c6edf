//! Joining: from the parts of a message to its content.
//!
//! Keeps nothing: whoever collects parts gives all of them at once.

use thiserror::Error;

use super::content::{Content, ContentError};
use super::intro::Intro;
use super::part::OpenedPart;

/// A whole message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Joined {
    /// What the sender says about itself.
    pub intro: Intro,
    /// What it says.
    pub content: Content,
}

/// Why parts do not make a message.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum JoinError {
    /// There are no parts at all.
    #[error("there are no parts")]
    Empty,
    /// Parts of different messages, or of a sender who contradicts himself.
    #[error("the parts do not belong together")]
    Inconsistent,
    /// Not all parts are there yet.
    #[error("part {0} is missing")]
    Missing(u16),
    /// The joined content makes no sense.
    #[error(transparent)]
    Content(#[from] ContentError),
}

/// Joins the parts of one message, given in any order, duplicates welcome.
///
/// # Errors
/// [`JoinError`]: some are missing, or they do not fit together.
pub fn join(parts: &[OpenedPart]) -> Result<Joined, JoinError> {
    let first = parts.first().ok_or(JoinError::Empty)?;
    let alike = |part: &OpenedPart| {
        (part.sender, part.message_id, part.parts) == (first.sender, first.message_id, first.parts)
            && (part.content_type, part.sent, part.not_after)
                == (first.content_type, first.sent, first.not_after)
    };
    let mut slots: Vec<Option<&OpenedPart>> = vec![None; usize::from(first.parts)];
    for part in parts {
        let slot = slots
            .get_mut(usize::from(part.part))
            .filter(|_| alike(part))
            .ok_or(JoinError::Inconsistent)?;
        match slot {
            None => *slot = Some(part),
            Some(other) if **other == *part => {}
            Some(_) => return Err(JoinError::Inconsistent),
        }
    }
    let mut bytes = Vec::new();
    let mut intro = None;
    for (index, slot) in (0..).zip(slots) {
        let part = slot.ok_or(JoinError::Missing(index))?;
        intro.get_or_insert_with(|| part.intro.clone());
        bytes.extend_from_slice(&part.content);
    }
    Ok(Joined {
        intro: intro.unwrap_or_default(),
        content: Content::decode(first.content_type, &bytes)?,
    })
}
