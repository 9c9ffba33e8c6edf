//! How nodes come and go.
//!
//! Draws times only; who goes and who comes back is the scenario's.

use std::str::FromStr;
use std::time::Duration;

use rand_chacha::ChaCha20Rng;

use crate::model::{ModelError, figure, long_duration, parts};
use crate::random;

/// A model of sessions: a node is on for a while, then off for a while, and so on.
///
/// Written as `none`, `exponential:SESSION:OFFLINE` or `weibull:SHAPE:SESSION:OFFLINE`, with times as `60m`: means, but
/// for Weibull's SESSION, which is its scale (at shape 0.5 the mean is twice that). A shape below 1 has many short
/// sessions and a few very long ones, as measured in file-sharing networks.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Churn {
    /// Everybody stays.
    #[default]
    None,
    /// Times without memory.
    Exponential {
        /// Mean time on.
        session: Duration,
        /// Mean time off.
        offline: Duration,
    },
    /// The longer a node has been on, the longer it will stay (for shapes below 1).
    Weibull {
        /// Shape of the distribution of the time on.
        shape: f64,
        /// Its scale: 63 % of all sessions are shorter.
        session: Duration,
        /// Mean time off.
        offline: Duration,
    },
}

impl Churn {
    /// How long a node stays on; `None` if for ever.
    pub(crate) fn session(&self, rng: &mut ChaCha20Rng) -> Option<Duration> {
        match *self {
            Self::None => None,
            Self::Exponential { session, .. } => {
                Some(time(random::exponential(rng, session.as_secs_f64())))
            }
            Self::Weibull { shape, session, .. } => {
                Some(time(random::weibull(rng, shape, session.as_secs_f64())))
            }
        }
    }

    /// The share of nodes that are on at a time, in the long run.
    pub(crate) fn online_share(&self) -> f64 {
        let (on, off) = match *self {
            Self::None => return 1.0,
            Self::Exponential { session, offline } => (session.as_secs_f64(), offline),
            Self::Weibull {
                shape,
                session,
                offline,
            } => (session.as_secs_f64() * gamma(1.0 + 1.0 / shape), offline),
        };
        on / (on + off.as_secs_f64())
    }

    /// How long a node stays off.
    pub(crate) fn offline(&self, rng: &mut ChaCha20Rng) -> Duration {
        match *self {
            Self::None => Duration::ZERO,
            Self::Exponential { offline, .. } | Self::Weibull { offline, .. } => {
                time(random::exponential(rng, offline.as_secs_f64()))
            }
        }
    }
}

/// The gamma function for arguments from 1 (Lanczos' approximation with five terms, right to a millionth).
fn gamma(x: f64) -> f64 {
    const TERMS: [f64; 6] = [
        76.180_091_729_471_46,
        -86.505_320_329_416_77,
        24.014_098_240_830_91,
        -1.231_739_572_450_155,
        0.001_208_650_973_866_179,
        -0.000_005_395_239_384_953,
    ];
    let y = x - 1.0;
    let base = y + 5.5;
    let mut sum = 1.000_000_000_190_015;
    let mut at = y;
    for term in TERMS {
        at += 1.0;
        sum += term / at;
    }
    std::f64::consts::TAU.sqrt() * sum * base.powf(y + 0.5) * (-base).exp()
}

/// A year is longer than any simulation.
fn time(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds.min(3.2e7)).unwrap_or_default()
}

impl FromStr for Churn {
    type Err = ModelError;

    fn from_str(text: &str) -> Result<Self, ModelError> {
        match parts(text).as_slice() {
            ["none"] => Ok(Self::None),
            ["exponential", session, offline] => Ok(Self::Exponential {
                session: long_duration(session)?,
                offline: long_duration(offline)?,
            }),
            ["weibull", shape, session, offline] => Ok(Self::Weibull {
                shape: figure(shape, 0.1, 10.0)?,
                session: long_duration(session)?,
                offline: long_duration(offline)?,
            }),
            _ => Err(ModelError::Unknown {
                known: "none, exponential:SESSION:OFFLINE, weibull:SHAPE:SESSION:OFFLINE",
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_share_of_nodes_that_are_on_follows_from_the_means() {
        for (text, share) in [
            ("none", 1.0),
            ("exponential:60m:30m", 2.0 / 3.0),
            // Shape 0.5: the mean session is twice the scale.
            ("weibull:0.5:60m:60m", 2.0 / 3.0),
            ("weibull:1:60m:60m", 0.5),
        ] {
            let model: Churn = text.parse().unwrap();
            assert!((model.online_share() - share).abs() < 1e-6, "{text}");
        }
    }

    #[test]
    fn models_are_read_as_they_are_written() {
        let minutes = |n: u64| Duration::from_secs(60 * n);
        for (text, model) in [
            ("none", Churn::None),
            (
                "exponential:60m:0.5h",
                Churn::Exponential {
                    session: minutes(60),
                    offline: minutes(30),
                },
            ),
            (
                "weibull:0.5:1h:30m",
                Churn::Weibull {
                    shape: 0.5,
                    session: minutes(60),
                    offline: minutes(30),
                },
            ),
        ] {
            assert_eq!(text.parse(), Ok(model), "{text}");
        }
        for text in [
            "",
            "exponential",
            "exponential:1:2",
            "exponential:0s:0s",
            "weibull:0:1h:1h",
        ] {
            assert!(text.parse::<Churn>().is_err(), "{text}");
        }
    }
}
