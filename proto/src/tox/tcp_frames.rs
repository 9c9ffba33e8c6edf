//! Cuts what came over a TCP connection into handshakes and frames, however the network cut it.
//!
//! Opens nothing. Holds less than one frame between two calls, so long as its user takes all whole ones out.

use super::tcp_session::{TCP_LENGTH_LEN, TCP_MAX_BOX, TCP_MIN_BOX};
use crate::codec::{DecodeError, DecodeErrorKind, Reader};

/// What has come and was not taken out yet.
#[derive(Clone, Debug, Default)]
pub struct TcpFrames {
    bytes: Vec<u8>,
    taken: usize,
}

impl TcpFrames {
    /// Adds bytes as they came.
    pub fn push(&mut self, bytes: &[u8]) {
        self.bytes.drain(..self.taken);
        self.taken = 0;
        self.bytes.extend_from_slice(bytes);
    }

    /// How many bytes wait.
    #[must_use]
    pub fn len(&self) -> usize {
        self.waiting().len()
    }

    /// Whether no byte waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The next `N` bytes, once they are there: a hello or an answer.
    pub fn take_handshake<const N: usize>(&mut self) -> Option<[u8; N]> {
        let handshake = *self.waiting().first_chunk()?;
        self.advance(N);
        Some(handshake)
    }

    /// The box of the next frame, once it is there in full. `None`: more must come first.
    ///
    /// # Errors
    /// [`DecodeError`] as soon as a length field is there that no frame has: less than [`TCP_MIN_BOX`] or more than
    /// [`TCP_MAX_BOX`]. Nothing that follows makes sense then.
    pub fn take_box(&mut self) -> Result<Option<Vec<u8>>, DecodeError> {
        let waiting = self.waiting();
        let Some(&field) = waiting.first_chunk::<TCP_LENGTH_LEN>() else {
            return Ok(None);
        };
        let len = usize::from(u16::from_be_bytes(field));
        if !(TCP_MIN_BOX..=TCP_MAX_BOX).contains(&len) {
            return Err(Reader::new(waiting).error(DecodeErrorKind::OutOfRange {
                what: "a frame's length",
                value: len as u64,
                min: TCP_MIN_BOX as u64,
                max: TCP_MAX_BOX as u64,
            }));
        }
        let Some(sealed) = waiting.get(TCP_LENGTH_LEN..TCP_LENGTH_LEN + len) else {
            return Ok(None);
        };
        let sealed = sealed.to_vec();
        self.advance(TCP_LENGTH_LEN + len);
        Ok(Some(sealed))
    }

    fn waiting(&self) -> &[u8] {
        self.bytes.get(self.taken..).unwrap_or_default()
    }

    fn advance(&mut self, by: usize) {
        self.taken += by;
        if self.is_empty() {
            // An idle connection holds no memory for what it once received.
            *self = Self::default();
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn framed(boxes: &[Vec<u8>]) -> Vec<u8> {
        let mut stream = Vec::new();
        for sealed in boxes {
            stream.extend_from_slice(&u16::try_from(sealed.len()).unwrap().to_be_bytes());
            stream.extend_from_slice(sealed);
        }
        stream
    }

    #[test]
    fn a_length_that_no_frame_has_is_told_as_soon_as_it_is_there() {
        for len in [0, 1, TCP_MIN_BOX - 1, TCP_MAX_BOX + 1, 0xffff] {
            let mut frames = TcpFrames::default();
            let field = u16::try_from(len).unwrap().to_be_bytes();
            frames.push(&field[..1]);
            assert_eq!(frames.take_box(), Ok(None));
            frames.push(&field[1..]);
            assert!(frames.take_box().is_err(), "{len}");
        }
    }

    #[test]
    fn the_shortest_and_the_longest_frame_are_taken() {
        for len in [TCP_MIN_BOX, TCP_MAX_BOX] {
            let mut frames = TcpFrames::default();
            frames.push(&framed(&[vec![7; len]]));
            assert_eq!(frames.take_box(), Ok(Some(vec![7; len])));
            assert!(frames.is_empty());
        }
    }

    #[test]
    fn a_handshake_is_taken_whole_and_leaves_what_follows() {
        let mut frames = TcpFrames::default();
        frames.push(&[1, 2]);
        assert_eq!(frames.take_handshake::<3>(), None);
        frames.push(&[3, 4]);
        assert_eq!(frames.take_handshake(), Some([1, 2, 3]));
        assert_eq!(frames.len(), 1);
    }

    proptest! {
        #[test]
        fn frames_come_out_as_they_went_in_however_the_stream_is_cut(
            boxes in prop::collection::vec(prop::collection::vec(any::<u8>(), TCP_MIN_BOX..300), 0..12),
            cuts in prop::collection::vec(1_usize..400, 1..40),
        ) {
            let stream = framed(&boxes);
            let (mut frames, mut found, mut rest) = (TcpFrames::default(), Vec::new(), &stream[..]);
            for cut in cuts.iter().cycle() {
                let (piece, after) = rest.split_at((*cut).min(rest.len()));
                frames.push(piece);
                while let Some(sealed) = frames.take_box().unwrap() {
                    found.push(sealed);
                }
                rest = after;
                if rest.is_empty() {
                    break;
                }
            }
            prop_assert_eq!(found, boxes);
            prop_assert!(frames.is_empty());
        }

        #[test]
        fn arbitrary_bytes_end_in_an_error_or_in_less_than_a_frame_that_waits(bytes in prop::collection::vec(any::<u8>(), 0..5000)) {
            let mut frames = TcpFrames::default();
            frames.push(&bytes);
            loop {
                match frames.take_box() {
                    Ok(Some(sealed)) => prop_assert!((TCP_MIN_BOX..=TCP_MAX_BOX).contains(&sealed.len())),
                    Ok(None) => {
                        prop_assert!(frames.len() < TCP_LENGTH_LEN + TCP_MAX_BOX);
                        break;
                    }
                    Err(_) => break,
                }
            }
        }
    }
}
