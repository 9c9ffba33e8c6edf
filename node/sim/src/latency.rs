//! How long a datagram is on its way.
//!
//! One way, each drawn by itself: datagrams overtake one another, as on the Internet.

use std::str::FromStr;
use std::time::Duration;

use rand_chacha::ChaCha20Rng;

use crate::model::{ModelError, duration, parts};
use crate::random;

/// A model of the time that a datagram takes, one way.
///
/// Written as `constant:TIME`, `uniform:LEAST:GREATEST` or `log-normal:MEDIAN:SIGMA`, with times as `70ms` or `1.5s`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Latency {
    /// Always the same.
    Constant(Duration),
    /// Anything between the two, evenly.
    Uniform(Duration, Duration),
    /// Log-normal: most near the median, some far slower.
    LogNormal {
        /// Half of all datagrams are faster.
        median: Duration,
        /// Standard deviation of the logarithm; 0.5 puts one of twenty beyond 2.3 times the median.
        sigma: f64,
    },
}

impl Default for Latency {
    /// 10 to 60 ms, evenly.
    fn default() -> Self {
        Self::Uniform(Duration::from_millis(10), Duration::from_millis(60))
    }
}

impl Latency {
    pub(crate) fn draw(&self, rng: &mut ChaCha20Rng) -> Duration {
        match *self {
            Self::Constant(time) => time,
            Self::Uniform(least, greatest) => {
                least + greatest.saturating_sub(least).mul_f64(random::unit(rng))
            }
            Self::LogNormal { median, sigma } => {
                // A minute is longer than anything in the engine waits.
                let seconds = random::log_normal(rng, median.as_secs_f64(), sigma).min(60.0);
                Duration::try_from_secs_f64(seconds).unwrap_or_default()
            }
        }
    }
}

impl FromStr for Latency {
    type Err = ModelError;

    fn from_str(text: &str) -> Result<Self, ModelError> {
        match parts(text).as_slice() {
            ["constant", time] => Ok(Self::Constant(duration(time)?)),
            ["uniform", least, greatest] => {
                let (least, greatest) = (duration(least)?, duration(greatest)?);
                if least > greatest {
                    return Err(ModelError::Order);
                }
                Ok(Self::Uniform(least, greatest))
            }
            ["log-normal", median, sigma] => Ok(Self::LogNormal {
                median: duration(median)?,
                sigma: crate::model::figure(sigma, 0.0, 5.0)?,
            }),
            _ => Err(ModelError::Unknown {
                known: "constant:TIME, uniform:LEAST:GREATEST, log-normal:MEDIAN:SIGMA",
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn models_are_read_as_they_are_written() {
        let ms = Duration::from_millis;
        for (text, model) in [
            ("constant:35ms", Latency::Constant(ms(35))),
            ("uniform:10ms:0.06s", Latency::Uniform(ms(10), ms(60))),
            (
                "log-normal:50ms:0.4",
                Latency::LogNormal {
                    median: ms(50),
                    sigma: 0.4,
                },
            ),
        ] {
            assert_eq!(text.parse(), Ok(model), "{text}");
        }
        for text in [
            "",
            "constant",
            "constant:70",
            "uniform:2s:1s",
            "log-normal:1s:-1",
            "far",
        ] {
            assert!(text.parse::<Latency>().is_err(), "{text}");
        }
    }
}
