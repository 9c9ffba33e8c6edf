//! Numbers, times and keys as people read them.
//!
//! English only; the page has no other language.

/// Seconds as the two largest units that matter: `6 d 23 h`, `4 min 05 s`.
#[must_use]
pub fn duration(seconds: u64) -> String {
    let (d, h, m, s) = (
        seconds / 86_400,
        seconds / 3_600 % 24,
        seconds / 60 % 60,
        seconds % 60,
    );
    match (d, h, m) {
        (0, 0, 0) => format!("{s} s"),
        (0, 0, _) => format!("{m} min {s:02} s"),
        (0, _, _) => format!("{h} h {m:02} min"),
        _ => format!("{d} d {h:02} h"),
    }
}

/// All units down to the second, for a countdown that ticks: `6 d 23:14:05`.
#[must_use]
pub fn countdown(seconds: u64) -> String {
    let clock = format!(
        "{:02}:{:02}:{:02}",
        seconds / 3_600 % 24,
        seconds / 60 % 60,
        seconds % 60
    );
    match seconds / 86_400 {
        0 => clock,
        days => format!("{days} d {clock}"),
    }
}

/// Bytes with a decimal unit: `1.2 MB`.
#[must_use]
pub fn bytes(count: u64) -> String {
    const UNITS: [&str; 5] = ["kB", "MB", "GB", "TB", "PB"];
    if count < 1_000 {
        return format!("{count} B");
    }
    let mut value = to_f64(count) / 1_000.0;
    let mut unit = 0;
    while value >= 999.95 && unit + 1 < UNITS.len() {
        value /= 1_000.0;
        unit += 1;
    }
    format!("{value:.1} {}", UNITS.get(unit).unwrap_or(&"PB"))
}

/// An integer with thin spaces between thousands.
#[must_use]
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() * 2);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push('\u{202f}');
        }
        out.push(digit);
    }
    out
}

/// A factor: `×1.73`, `×0.0021`, `×4 500`.
#[must_use]
pub fn factor(value: f64) -> String {
    if !value.is_finite() {
        return "beyond measure".to_owned();
    }
    if value >= 1e6 {
        format!("×{value:.1e}")
    } else if value >= 100.0 {
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // within 100..1e6
        let whole = value.round() as u64;
        format!("×{}", grouped(whole))
    } else if value >= 0.01 {
        format!("×{value:.2}")
    } else {
        format!("×{value:.1e}")
    }
}

/// Trials per byte: `0.4`, `17`, `499 066`, `3.1e9`.
#[must_use]
pub fn per_byte(trials: f64) -> String {
    if !(0.0..1e9).contains(&trials) {
        return format!("{trials:.1e}");
    }
    if trials < 10.0 {
        return format!("{trials:.1}");
    }
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // within 10..1e9
    let whole = trials.round() as u64;
    grouped(whole)
}

/// The beginning and the end of a long hex string.
#[must_use]
pub fn short(hex: &str) -> String {
    match (hex.get(..8), hex.get(hex.len().saturating_sub(4)..)) {
        (Some(head), Some(tail)) if hex.len() > 16 => format!("{head}…{tail}"),
        _ => hex.to_owned(),
    }
}

/// A Unix time as `2026-11-23 07:20:10 UTC`.
#[must_use]
pub fn date(unix: u64) -> String {
    let (days, time) = (unix / 86_400, unix % 86_400);
    let Some((year, month, day)) = civil(days) else {
        return format!("second {unix} after 1970");
    };
    format!(
        "{year}-{month:02}-{day:02} {:02}:{:02}:{:02} UTC",
        time / 3_600,
        time / 60 % 60,
        time % 60
    )
}

/// The day of a Unix time as `2026-11-23`.
#[must_use]
pub fn day(unix: u64) -> String {
    civil(unix / 86_400).map_or_else(
        || format!("second {unix} after 1970"),
        |(year, month, day)| format!("{year}-{month:02}-{day:02}"),
    )
}

/// Year, month and day of a day counted from 1970-01-01; `None` past the year 9999.
///
/// Counts in eras of 400 years that begin on the first of March, so that leap days come last.
fn civil(days: u64) -> Option<(u64, u64, u64)> {
    let shifted = days.checked_add(719_468)?; // days from 0000-03-01
    let era = shifted / 146_097;
    let day_of_era = shifted % 146_097;
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 {
        march_month + 3
    } else {
        march_month - 9
    };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    (year <= 9_999).then_some((year, month, day))
}

/// For ratios and drawings, where the last bits of a large integer don't matter.
#[must_use]
#[allow(clippy::cast_precision_loss)]
pub fn to_f64(number: u64) -> f64 {
    number as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_show_two_units() {
        for (seconds, text) in [
            (0, "0 s"),
            (59, "59 s"),
            (245, "4 min 05 s"),
            (3_600, "1 h 00 min"),
            (604_799, "6 d 23 h"),
        ] {
            assert_eq!(duration(seconds), text);
        }
        assert_eq!(countdown(86_399), "23:59:59");
        assert_eq!(countdown(604_800), "7 d 00:00:00");
    }

    #[test]
    fn dates_are_civil_dates() {
        for (unix, text) in [
            (0, "1970-01-01 00:00:00 UTC"),
            (951_782_400, "2000-02-29 00:00:00 UTC"),
            (1_712_271_487, "2024-04-04 22:58:07 UTC"),
            (4_107_542_399, "2100-02-28 23:59:59 UTC"),
            (4_107_542_400, "2100-03-01 00:00:00 UTC"),
        ] {
            assert_eq!(date(unix), text);
        }
        assert_eq!(day(951_868_799), "2000-02-29");
        assert_eq!(date(u64::MAX), format!("second {} after 1970", u64::MAX));
    }

    #[test]
    fn sizes_and_factors_are_short() {
        assert_eq!(bytes(999), "999 B");
        assert_eq!(bytes(1_013), "1.0 kB");
        assert_eq!(bytes(1_073_741_824), "1.1 GB");
        assert_eq!(bytes(999_990), "1.0 MB");
        assert_eq!(grouped(1_234_567), "1\u{202f}234\u{202f}567");
        assert_eq!(factor(1.729), "×1.73");
        assert_eq!(factor(4_500.2), "×4\u{202f}500");
        assert_eq!(factor(0.0001), "×1.0e-4");
        assert_eq!(factor(f64::INFINITY), "beyond measure");
        assert_eq!(per_byte(0.44), "0.4");
        assert_eq!(per_byte(499_066.2), "499\u{202f}066");
        assert_eq!(per_byte(2.8e14), "2.8e14");
    }

    #[test]
    fn long_hex_keeps_head_and_tail() {
        assert_eq!(short("0123456789abcdef0123"), "01234567…0123");
        assert_eq!(short("0123"), "0123");
    }
}
