//! Which datagrams are lost.
//!
//! Keeps the state of each sender's line; draws nothing that the model does not need.

use std::str::FromStr;

use rand_chacha::ChaCha20Rng;

use crate::model::{ModelError, figure, parts};
use crate::random;

/// A model of loss.
///
/// Written as a share (`0.05`, or `5%`), or as `bursts:SHARE:LENGTH`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Loss {
    /// Nothing is lost.
    #[default]
    None,
    /// Each datagram by itself, with this probability.
    Independent(f64),
    /// In bursts (Gilbert's model, a line for each sender): this share in all, and so many datagrams in a row on
    /// average.
    Bursts {
        /// Of all datagrams, how many are lost.
        share: f64,
        /// Mean length of a burst in datagrams, at least 1.
        length: f64,
    },
}

/// What the model remembers of one sender's line.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Line {
    bad: bool,
}

impl Loss {
    /// Whether a datagram on this line is lost.
    pub(crate) fn loses(&self, line: &mut Line, rng: &mut ChaCha20Rng) -> bool {
        match *self {
            Self::None => false,
            Self::Independent(share) => random::chance(rng, share),
            Self::Bursts { share, length } => {
                let leave = 1.0 / length.max(1.0);
                // In balance, share = enter ÷ (enter + leave).
                let enter = (share * leave / (1.0 - share)).min(1.0);
                let change = if line.bad { leave } else { enter };
                if random::chance(rng, change) {
                    line.bad = !line.bad;
                }
                line.bad
            }
        }
    }
}

impl FromStr for Loss {
    type Err = ModelError;

    fn from_str(text: &str) -> Result<Self, ModelError> {
        match parts(text).as_slice() {
            ["bursts", share, length] => {
                let (share, length) = (self::share(share)?, figure(length, 1.0, 1e6)?);
                // Between two bursts at least one datagram comes through.
                let least = share / (1.0 - share);
                if length < least {
                    return Err(ModelError::Bursts { least });
                }
                Ok(Self::Bursts { share, length })
            }
            [share] => Ok(match self::share(share)? {
                0.0 => Self::None,
                share => Self::Independent(share),
            }),
            _ => Err(ModelError::Unknown {
                known: "SHARE (0.05 or 5%), bursts:SHARE:LENGTH",
            }),
        }
    }
}

fn share(text: &str) -> Result<f64, ModelError> {
    match text.strip_suffix('%') {
        Some(percent) => Ok(figure(percent, 0.0, 99.0)? / 100.0),
        None => figure(text, 0.0, 0.99),
    }
}

#[cfg(test)]
mod tests {
    use rand_core::SeedableRng;

    use super::*;

    #[test]
    fn each_model_loses_its_share() {
        for text in ["5%", "0.05", "bursts:0.05:10"] {
            let model: Loss = text.parse().unwrap();
            let mut rng = ChaCha20Rng::seed_from_u64(3);
            let mut line = Line::default();
            let lost: Vec<bool> = (0..200_000)
                .map(|_| model.loses(&mut line, &mut rng))
                .collect();
            let count = lost.iter().filter(|lost| **lost).count();
            assert!((8_500..11_500).contains(&count), "{text}: {count}");
            let bursts = lost.windows(2).filter(|pair| !pair[0] && pair[1]).count();
            let expected = if text.starts_with('b') { 9..=11 } else { 1..=1 };
            assert!(expected.contains(&(count / bursts)), "{text}");
        }
        assert_eq!("0".parse(), Ok(Loss::None));
        for text in [
            "",
            "1.5",
            "-1",
            "bursts:0.1",
            "bursts:0.1:0",
            "bursts:0.9:1",
        ] {
            assert!(text.parse::<Loss>().is_err(), "{text}");
        }
    }
}
