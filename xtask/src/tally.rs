//! Counts tests from what the test runners print.
//!
//! Reads two forms: nextest's `Summary` line and libtest's `test result:` lines.

/// Tests so far.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    passed: u64,
    failed: u64,
    skipped: u64,
}

impl Tally {
    /// Takes one line of a runner's output.
    pub(crate) fn read(&mut self, line: &str) {
        let line = line.trim();
        let counts = if let Some(rest) = line.strip_prefix("test result:") {
            rest
        } else if line.starts_with("Summary [") {
            line.split_once("tests run:")
                .or_else(|| line.split_once("test run:"))
                .map_or("", |(_, rest)| rest)
        } else {
            return;
        };
        self.passed += number_before(counts, "passed");
        self.failed += number_before(counts, "failed") + number_before(counts, "timed out");
        self.skipped += number_before(counts, "skipped") + number_before(counts, "ignored");
    }

    /// Takes the outcome of a check that counts as one test.
    pub(crate) fn add(&mut self, passed: bool) {
        if passed {
            self.passed += 1;
        } else {
            self.failed += 1;
        }
    }

    /// The last line of the run. A step that failed without a failed test (it didn't compile, say)
    /// still shows as a failure.
    pub(crate) fn line(&self, failed_steps: usize) -> String {
        let failed = self.failed.max(failed_steps as u64);
        format!(
            "{} passed, {failed} failed, {} skipped",
            self.passed, self.skipped
        )
    }
}

/// The number in front of `word`, or zero.
fn number_before(text: &str, word: &str) -> u64 {
    text.split([',', ';', '.', '('])
        .filter_map(|part| part.trim().strip_suffix(word))
        .find_map(|count| count.split_whitespace().last()?.parse().ok())
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nextest_summary_is_counted() {
        let mut tally = Tally::default();
        tally.read(
            "     Summary [   3.215s] 120 tests run: 117 passed (2 slow), 3 failed, 4 skipped",
        );
        assert_eq!(tally.line(1), "117 passed, 3 failed, 4 skipped");
    }

    #[test]
    fn libtest_results_add_up() {
        let mut tally = Tally::default();
        tally.read("test result: ok. 5 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s");
        tally
            .read("test result: FAILED. 2 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out");
        tally.read("test proto::passed ... ok");
        assert_eq!(tally.line(1), "7 passed, 1 failed, 1 skipped");
    }

    #[test]
    fn step_that_fails_with_no_test_counted_is_a_failure() {
        assert_eq!(Tally::default().line(2), "0 passed, 2 failed, 0 skipped");
    }
}
