//! The keyspace drawn as a ring: where keys and locations lie, and how many in each direction.
//!
//! Gives numbers for SVG; draws nothing.

use std::f64::consts::TAU;

use super::units::to_f64;

/// How many sectors the packets are counted in.
pub const SECTORS: usize = 120;

/// Turns, from 0 to 1 (excluded), of a key: its first four bytes as a fraction.
#[must_use]
pub fn turn(key: &[u8]) -> f64 {
    let mut head = [0; 4];
    for (to, from) in head.iter_mut().zip(key) {
        *to = *from;
    }
    f64::from(u32::from_be_bytes(head)) / 4_294_967_296.0
}

/// The point of a circle around (0, 0) at a turn; zero is at the top, and it goes clockwise.
#[must_use]
pub fn point(turn: f64, radius: f64) -> (f64, f64) {
    let angle = turn * TAU;
    (radius * angle.sin(), -radius * angle.cos())
}

/// How many of `keys` lie in each sector.
#[must_use]
pub fn histogram<'a>(keys: impl Iterator<Item = &'a [u8]>) -> Vec<u32> {
    let mut counts = vec![0u32; SECTORS];
    for key in keys {
        let sector = sector(turn(key));
        if let Some(count) = counts.get_mut(sector) {
            *count += 1;
        }
    }
    counts
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // 0 ≤ turn < 1
fn sector(turn: f64) -> usize {
    ((turn * to_f64(SECTORS as u64)) as usize).min(SECTORS - 1)
}

/// A bar that stands on the ring, as an SVG path: sector, inner and outer radius.
#[must_use]
pub fn bar(sector: usize, inner: f64, outer: f64) -> String {
    let width = 1.0 / to_f64(SECTORS as u64);
    let begin = to_f64(sector as u64) * width + width * 0.12;
    let end = begin + width * 0.76;
    let (a, b) = (point(begin, inner), point(begin, outer));
    let (c, d) = (point(end, outer), point(end, inner));
    format!(
        "M{:.2} {:.2}L{:.2} {:.2}L{:.2} {:.2}L{:.2} {:.2}Z",
        a.0, a.1, b.0, b.1, c.0, c.1, d.0, d.1
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_go_round_clockwise_from_the_top() {
        assert!(turn(&[0; 32]) == 0.0);
        assert!((turn(&[0x40]) - 0.25).abs() < 1e-9);
        assert!(turn(&[0xff; 32]) < 1.0);
        let (x, y) = point(0.25, 10.0);
        assert!((x - 10.0).abs() < 1e-9 && y.abs() < 1e-9);
    }

    #[test]
    fn every_key_is_counted_once() {
        let keys: Vec<[u8; 2]> = (0..=u16::MAX).step_by(7).map(u16::to_be_bytes).collect();
        let counts = histogram(keys.iter().map(<[u8; 2]>::as_slice));
        assert_eq!(counts.iter().sum::<u32>() as usize, keys.len());
        assert!(counts.iter().all(|c| *c > 0));
    }

    #[test]
    fn bar_is_a_closed_path() {
        let path = bar(SECTORS - 1, 80.0, 90.0);
        assert!(path.starts_with('M') && path.ends_with('Z'));
    }
}
