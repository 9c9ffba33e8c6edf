//! Random figures of the kinds that the models need, all from the simulation's one generator.
//!
//! Keeps no state.

use rand_chacha::ChaCha20Rng;
use rand_core::RngCore;

/// Evenly spread over [0, 1), in steps of 2^-53.
pub(crate) fn unit(rng: &mut ChaCha20Rng) -> f64 {
    #[allow(
        clippy::cast_precision_loss,
        reason = "53 bits are what a float holds exactly"
    )]
    let numerator = (rng.next_u64() >> 11) as f64;
    numerator / 9_007_199_254_740_992.0
}

/// Whether something of this probability happens.
pub(crate) fn chance(rng: &mut ChaCha20Rng, probability: f64) -> bool {
    probability > 0.0 && unit(rng) < probability
}

/// Exponentially distributed with this mean.
pub(crate) fn exponential(rng: &mut ChaCha20Rng, mean: f64) -> f64 {
    -mean * (1.0 - unit(rng)).ln()
}

/// Weibull distributed with this shape and scale.
pub(crate) fn weibull(rng: &mut ChaCha20Rng, shape: f64, scale: f64) -> f64 {
    scale * exponential(rng, 1.0).powf(1.0 / shape)
}

/// Log-normally distributed with this median and this standard deviation of the logarithm (Box and Muller).
pub(crate) fn log_normal(rng: &mut ChaCha20Rng, median: f64, sigma: f64) -> f64 {
    let radius = exponential(rng, 2.0).sqrt();
    let normal = radius * (std::f64::consts::TAU * unit(rng)).cos();
    median * (sigma * normal).exp()
}

/// One of `0..count`; 0 where there is nothing to choose from.
pub(crate) fn below(rng: &mut ChaCha20Rng, count: usize) -> usize {
    let count = u64::try_from(count).unwrap_or(u64::MAX).max(1);
    usize::try_from(rng.next_u64() % count).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use rand_core::SeedableRng;

    use super::*;

    fn mean(draw: impl Fn(&mut ChaCha20Rng) -> f64) -> f64 {
        let mut rng = ChaCha20Rng::seed_from_u64(1);
        (0..20_000).map(|_| draw(&mut rng)).sum::<f64>() / 20_000.0
    }

    #[test]
    fn the_distributions_have_their_means() {
        for (got, want) in [
            (mean(unit), 0.5),
            (mean(|rng| exponential(rng, 3.0)), 3.0),
            // Γ(1 + 1/2) = √π / 2.
            (mean(|rng| weibull(rng, 2.0, 1.0)), 0.886_227),
            // exp(σ²/2).
            (mean(|rng| log_normal(rng, 1.0, 0.5)), 1.133_148),
            (mean(|rng| f64::from(u8::from(chance(rng, 0.2)))), 0.2),
        ] {
            assert!((got - want).abs() < 0.03 * want, "{got} is not {want}");
        }
    }
}
