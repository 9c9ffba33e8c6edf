//! What a message says: text, or a file with its name.
//!
//! Knows nothing of parts and encryption.

use thiserror::Error;

/// The most bytes that a message's content may have once encoded (1 MiB).
pub const MAX_CONTENT: usize = 1_048_576;
/// The longest file name, in bytes of UTF-8.
pub const MAX_FILE_NAME: usize = 255;

/// Content type of UTF-8 text.
pub const CONTENT_TEXT: u8 = 1;
/// Content type of a file: name length 1 ‖ name ‖ bytes.
pub const CONTENT_FILE: u8 = 2;

/// The content of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// UTF-8 text.
    Text(String),
    /// A file.
    File {
        /// Its name, without folders.
        name: String,
        /// What is in it.
        bytes: Vec<u8>,
    },
}

/// Content that cannot be sent, or that makes no sense to a receiver.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ContentError {
    /// More than [`MAX_CONTENT`] bytes.
    #[error(
        "the message has {0} bytes, but at most {MAX_CONTENT} can be sent (1 MiB, file name included)"
    )]
    TooLong(usize),
    /// No name, a name that is too long, or one that could leave its folder.
    #[error(
        "the file name must have 1 to {MAX_FILE_NAME} bytes and no slashes or control characters"
    )]
    FileName,
    /// Text that is not UTF-8.
    #[error("the text is not UTF-8")]
    NotUtf8,
    /// A file whose bytes end within its name.
    #[error("the file is cut")]
    Cut,
    /// A content type from the future.
    #[error("the content has type {0}, which this program does not know; a newer one may")]
    UnknownType(u8),
}

impl Content {
    /// The content type that stands in each part.
    #[must_use]
    pub fn content_type(&self) -> u8 {
        match self {
            Self::Text(_) => CONTENT_TEXT,
            Self::File { .. } => CONTENT_FILE,
        }
    }

    /// The bytes that are split into parts.
    ///
    /// # Errors
    /// [`ContentError::TooLong`] or [`ContentError::FileName`].
    pub fn encode(&self) -> Result<Vec<u8>, ContentError> {
        let bytes = match self {
            Self::Text(text) => text.as_bytes().to_vec(),
            Self::File { name, bytes } => {
                check_file_name(name)?;
                let len = u8::try_from(name.len()).map_err(|_| ContentError::FileName)?;
                [&[len], name.as_bytes(), bytes].concat()
            }
        };
        if bytes.len() > MAX_CONTENT {
            return Err(ContentError::TooLong(bytes.len()));
        }
        Ok(bytes)
    }

    /// Reads joined parts.
    ///
    /// # Errors
    /// [`ContentError`] with what makes no sense.
    pub fn decode(content_type: u8, bytes: &[u8]) -> Result<Self, ContentError> {
        if bytes.len() > MAX_CONTENT {
            return Err(ContentError::TooLong(bytes.len()));
        }
        let text =
            |bytes: &[u8]| String::from_utf8(bytes.to_vec()).map_err(|_| ContentError::NotUtf8);
        match content_type {
            CONTENT_TEXT => text(bytes).map(Self::Text),
            CONTENT_FILE => {
                let (&len, rest) = bytes.split_first().ok_or(ContentError::Cut)?;
                let (name, bytes) = rest
                    .split_at_checked(usize::from(len))
                    .ok_or(ContentError::Cut)?;
                let name = text(name)?;
                check_file_name(&name)?;
                Ok(Self::File {
                    name,
                    bytes: bytes.to_vec(),
                })
            }
            unknown => Err(ContentError::UnknownType(unknown)),
        }
    }
}

/// A name from a stranger must not lead anywhere when it is joined to a folder.
fn check_file_name(name: &str) -> Result<(), ContentError> {
    let leads_away = name.contains(['/', '\\', ':']) || matches!(name, "." | "..");
    if name.is_empty()
        || name.len() > MAX_FILE_NAME
        || leads_away
        || name.chars().any(char::is_control)
    {
        return Err(ContentError::FileName);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn file_names_that_lead_away_are_refused() {
        for name in [
            "",
            ".",
            "..",
            "a/b",
            "a\\b",
            "C:x",
            "a\0",
            "a\n",
            &"x".repeat(256),
        ] {
            let file = Content::File {
                name: name.into(),
                bytes: vec![],
            };
            assert_eq!(file.encode(), Err(ContentError::FileName), "{name:?}");
            let mut bytes = vec![u8::try_from(name.len().min(255)).unwrap()];
            bytes.extend_from_slice(name.as_bytes());
            assert!(Content::decode(CONTENT_FILE, &bytes).is_err() || name.len() == 256);
        }
    }

    #[test]
    fn what_makes_no_sense_is_refused_with_the_reason() {
        for (content_type, bytes, error) in [
            (CONTENT_TEXT, &[0xff][..], ContentError::NotUtf8),
            (CONTENT_FILE, &[], ContentError::Cut),
            (CONTENT_FILE, &[2, b'a'], ContentError::Cut),
            (CONTENT_FILE, &[1, 0xff], ContentError::NotUtf8),
            (0, &[], ContentError::UnknownType(0)),
            (
                CONTENT_TEXT,
                &vec![b'a'; MAX_CONTENT + 1],
                ContentError::TooLong(MAX_CONTENT + 1),
            ),
        ] {
            assert_eq!(Content::decode(content_type, bytes), Err(error));
        }
    }

    proptest! {
        #[test]
        fn decoding_undoes_encoding(name in "[a-zA-Z0-9 ._äß-]{3,40}", bytes: Vec<u8>, text: String) {
            for content in [Content::Text(text), Content::File { name, bytes }] {
                let encoded = content.encode().unwrap();
                prop_assert_eq!(Content::decode(content.content_type(), &encoded), Ok(content));
            }
        }

        #[test]
        fn arbitrary_bytes_never_panic_and_what_decodes_re_encodes_to_itself(kind in 0u8..4, bytes: Vec<u8>) {
            if let Ok(content) = Content::decode(kind, &bytes) {
                prop_assert_eq!(content.encode(), Ok(bytes));
            }
        }
    }
}
