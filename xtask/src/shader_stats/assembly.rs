//! Counts the vector instructions that a trial executes, from RADV's machine code.
//!
//! Does not execute the code: how often a block runs follows from where it lies in the kernel's two loops (two hashes; in each,
//! after the first sixteen rounds, four times sixteen) and from which of the three expansions it is.

/// Runs of rounds 16–79's block of sixteen: four a hash.
const ROUNDS_RUNS: u64 = 8;
/// Runs of the general expansion: three a hash. The first expansion of each hash is written out, and runs once.
const EXPANSION_RUNS: u64 = 6;
/// Runs of a small block inside the inner loop.
const INNER_RUNS: u64 = 8;
/// Runs of a block in the outer loop; that of rounds 0–15 is one.
const OUTER_RUNS: u64 = 2;
/// Blocks with more vector instructions than this do the hashing; smaller ones are loop control.
const BIG: u64 = 100;

struct Block {
    vector_instructions: u64,
    /// Loops around it.
    depth: usize,
}

/// None if the code has another shape than the kernel's two loops.
pub(super) fn vector_instructions_per_trial(assembly: &str) -> Option<u64> {
    let blocks = blocks(assembly)?;
    let at_depth = |depth, big: bool| {
        let mut counts: Vec<u64> = blocks
            .iter()
            .filter(|b| b.depth == depth && (b.vector_instructions > BIG) == big)
            .map(|b| b.vector_instructions)
            .collect();
        counts.sort_unstable();
        counts
    };
    // The first hash's first expansion is smaller than the second's, and rounds are larger than expansions.
    let [first, second, first_rounds] = *at_depth(1, true).as_slice() else {
        return None;
    };
    let [general, rounds] = *at_depth(2, true).as_slice() else {
        return None;
    };
    let once: u64 = blocks
        .iter()
        .filter(|b| b.depth == 0)
        .map(|b| b.vector_instructions)
        .sum();
    let outer: u64 = at_depth(1, false).iter().sum();
    let inner: u64 = at_depth(2, false).iter().sum();
    Some(
        once + OUTER_RUNS * (outer + first_rounds)
            + INNER_RUNS * inner
            + first
            + second
            + EXPANSION_RUNS * general
            + ROUNDS_RUNS * rounds,
    )
}

fn blocks(assembly: &str) -> Option<Vec<Block>> {
    let mut names = Vec::new();
    let mut counts: Vec<u64> = Vec::new();
    let mut jumps = Vec::new();
    for line in assembly.lines() {
        if let Some(name) = line.strip_suffix(':').filter(|name| name.starts_with("BB")) {
            names.push(name);
            counts.push(0);
            continue;
        }
        let mut words = line.split_whitespace();
        let (Some(mnemonic), Some(count)) = (words.next(), counts.last_mut()) else {
            continue;
        };
        if mnemonic.starts_with("v_") {
            *count += 1;
        } else if mnemonic.starts_with("s_branch") || mnemonic.starts_with("s_cbranch") {
            jumps.push((names.len() - 1, words.next()?));
        }
    }
    // A jump backwards closes a loop over all blocks in between.
    let mut loops = Vec::new();
    for (from, target) in jumps {
        let to = names.iter().position(|name| *name == target)?;
        if to <= from {
            loops.push(to..=from);
        }
    }
    let blocks = counts
        .into_iter()
        .enumerate()
        .map(|(i, vector_instructions)| Block {
            vector_instructions,
            depth: loops.iter().filter(|l| l.contains(&i)).count(),
        });
    Some(blocks.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A kernel of the right shape with so many vector instructions in its blocks.
    fn kernel(
        setup: usize,
        first_rounds: usize,
        [first, second]: [usize; 2],
        general: usize,
        rounds: usize,
    ) -> String {
        let v = |n: usize| "\tv_add_nc_u32_e32 v0, v1, v2   ; 12345678\n".repeat(n);
        format!(
            "BB0:\n{}BB1:\n\ts_cbranch_scc1 BB9\n{}\ts_cbranch_scc1 BB3\nBB2:\n{}\ts_branch BB4\nBB3:\n{}BB4:\n\ts_cbranch_scc1 BB8\nBB5:\n{}\ts_cbranch_scc1 BB7\nBB6:\n{}BB7:\n{}\ts_branch BB4\nBB8:\n{}\ts_branch BB1\nBB9:\n\ts_endpgm\n",
            v(setup),
            v(first_rounds),
            v(first),
            v(second),
            v(rounds),
            v(general),
            v(3),
            v(7),
        )
    }

    #[test]
    fn blocks_count_as_often_as_they_run() {
        let count = vector_instructions_per_trial(&kernel(5, 150, [110, 120], 130, 140));
        assert_eq!(
            count,
            Some(5 + 2 * 150 + 110 + 120 + 6 * 130 + 8 * 140 + 8 * 3 + 2 * 7)
        );
    }

    #[test]
    fn code_of_another_shape_is_not_guessed_at() {
        assert_eq!(
            vector_instructions_per_trial(&kernel(5, 150, [110, 120], 130, 20)),
            None
        );
        assert_eq!(vector_instructions_per_trial(""), None);
    }
}
