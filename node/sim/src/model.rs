//! Reading models as they are written on a command line: a name and its figures, with colons between.
//!
//! Knows no model.

use std::time::Duration;

use thiserror::Error;

/// A model that cannot be read.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum ModelError {
    /// No model of this name, or not with so many figures.
    #[error("no such model: write {known}")]
    Unknown {
        /// The models that there are.
        known: &'static str,
    },
    /// Not a time.
    #[error("`{0}` is no time: write 70ms, 1.5s, 30m or 2h, a year at most")]
    Time(String),
    /// Not a figure, or out of range.
    #[error("`{text}` is no figure from {min} to {max}")]
    Figure {
        /// What was written.
        text: String,
        /// The least that would do.
        min: String,
        /// The most that would do.
        max: String,
    },
    /// More is to be lost than bursts of this length can lose.
    #[error("for so large a share bursts must be {least:.1} datagrams long or longer")]
    Bursts {
        /// The least mean length.
        least: f64,
    },
    /// A time that is too short.
    #[error("`{0}` is too short: times on and off are a second or more")]
    Short(String),
    /// A least above its greatest.
    #[error("the least time comes first")]
    Order,
}

/// Seconds that no time exceeds: longer than any simulation.
const YEAR: f64 = 366.0 * 86_400.0;

/// The name and the figures.
pub(crate) fn parts(text: &str) -> Vec<&str> {
    text.split(':').collect()
}

/// A time with its unit.
pub(crate) fn duration(text: &str) -> Result<Duration, ModelError> {
    let wrong = || ModelError::Time(text.to_owned());
    let at = text
        .find(|c: char| c.is_ascii_alphabetic())
        .ok_or_else(wrong)?;
    let (number, unit) = text.split_at(at);
    let unit = match unit {
        "ms" => 0.001,
        "s" => 1.0,
        "m" => 60.0,
        "h" => 3_600.0,
        "d" => 86_400.0,
        _ => return Err(wrong()),
    };
    let number: f64 = number.parse().map_err(|_| wrong())?;
    let seconds = number * unit;
    if !(0.0..=YEAR).contains(&seconds) {
        return Err(wrong());
    }
    Duration::try_from_secs_f64(seconds).map_err(|_| wrong())
}

/// A time of a second or more.
pub(crate) fn long_duration(text: &str) -> Result<Duration, ModelError> {
    let time = duration(text)?;
    if time < Duration::from_secs(1) {
        return Err(ModelError::Short(text.to_owned()));
    }
    Ok(time)
}

/// A figure within bounds.
pub(crate) fn figure(text: &str, min: f64, max: f64) -> Result<f64, ModelError> {
    let figure = text.parse().ok();
    figure
        .filter(|figure| (min..=max).contains(figure))
        .ok_or_else(|| ModelError::Figure {
            text: text.to_owned(),
            min: min.to_string(),
            max: max.to_string(),
        })
}
