//! Whether the node has joined, and if not why, in words that say what to do.
//!
//! Finds nothing out; the task that joins does.

use std::fmt;

/// How many names a sentence lists.
const NAMES: usize = 3;

/// Where the node stands with the network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// It has just started, or has just lost its last node: it is too early to say.
    Looking,
    /// Other nodes answer.
    Joined,
    /// Nobody answers.
    Alone(Alone),
}

/// Why nobody answers; several reasons can hold at once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Alone {
    /// The machine has no way to the internet.
    pub(crate) offline: bool,
    /// How many nodes there are to join through, nodes known from earlier included.
    pub(crate) nodes: usize,
    /// How many of them were asked and kept silent.
    pub(crate) silent: usize,
    /// Those whose names were not found.
    pub(crate) not_found: Vec<String>,
    /// What the system said of the first of these.
    pub(crate) not_found_why: String,
    /// Those that have addresses, but none that our socket can reach.
    pub(crate) unsuitable: Vec<String>,
    /// What our socket can reach, in words.
    pub(crate) speaks: &'static str,
}

impl Alone {
    /// Whether another report gives the same reasons, whatever its numbers: then it need not be said again.
    pub(super) fn same_reasons(&self, other: &Self) -> bool {
        let reasons = |alone: &Self| {
            (
                alone.offline,
                alone.nodes == 0,
                alone.silent == 0,
                alone.not_found.is_empty(),
                alone.unsuitable.is_empty(),
            )
        };
        reasons(self) == reasons(other)
    }

    fn reasons(&self) -> (Vec<String>, Vec<&'static str>) {
        let mut reasons = Vec::new();
        let mut advice = Vec::new();
        if self.silent > 0 {
            reasons.push(match self.silent {
                1 => "the one node that was asked does not answer".to_owned(),
                count => format!("none of the {count} nodes that were asked answers"),
            });
            advice.push(
                "check that firewall and router let UDP through, and the nodes' addresses and keys, or give other bootstrap nodes",
            );
        }
        if !self.not_found.is_empty() {
            reasons.push(format!(
                "{} cannot be found ({})",
                names(&self.not_found),
                self.not_found_why
            ));
            advice.push("check the names and this machine's name service");
        }
        if !self.unsuitable.is_empty() {
            reasons.push(format!(
                "{} cannot be reached over {}, which is all that this node speaks here",
                names(&self.unsuitable),
                self.speaks
            ));
            advice.push(
                "give nodes with other addresses, or let this machine and the node use both IPv4 and IPv6 (leave --udp out)",
            );
        }
        (reasons, advice)
    }
}

fn names(names: &[String]) -> String {
    let shown: Vec<&str> = names.iter().take(NAMES).map(String::as_str).collect();
    let shown = shown.join(", ");
    match names.len().saturating_sub(NAMES) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

impl fmt::Display for Alone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.nodes == 0 {
            return f.write_str(
                "this node is alone: no bootstrap node is given and none is known from earlier; start it with --bootstrap HOST:PORT:HEXKEY or --bootstrap-list FILE, or let others join through it",
            );
        }
        if self.offline {
            return f.write_str(
                "this node is alone: the machine has no network connection; connect it, and the node joins by itself",
            );
        }
        let (reasons, advice) = self.reasons();
        if reasons.is_empty() {
            return f.write_str(
                "this node is alone: names are still being looked up; wait, or check this machine's name service",
            );
        }
        write!(
            f,
            "this node is alone: {}; {}. It keeps trying",
            reasons.join("; "),
            advice.join("; ")
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn many(count: usize) -> Vec<String> {
        (0..count).map(|n| format!("n{n}:1")).collect()
    }

    #[test]
    fn every_reason_is_said_with_what_to_do() {
        let asked = Alone {
            nodes: 5,
            speaks: "IPv4",
            ..Alone::default()
        };
        for (alone, said) in [
            (
                Alone::default(),
                vec!["no bootstrap node", "--bootstrap-list FILE"],
            ),
            (
                Alone {
                    offline: true,
                    ..asked.clone()
                },
                vec!["no network", "connect it"],
            ),
            (asked.clone(), vec!["still being looked up"]),
            (
                Alone {
                    silent: 1,
                    ..asked.clone()
                },
                vec!["the one node", "let UDP through", "keeps trying"],
            ),
            (
                Alone {
                    silent: 2,
                    not_found: many(5),
                    not_found_why: "no such host".to_owned(),
                    ..asked.clone()
                },
                vec![
                    "none of the 2 nodes",
                    "n0:1, n1:1, n2:1 and 2 more cannot be found (no such host)",
                    "name service",
                ],
            ),
            (
                Alone {
                    unsuitable: many(1),
                    ..asked.clone()
                },
                vec!["n0:1 cannot be reached over IPv4", "leave --udp out"],
            ),
        ] {
            let text = alone.to_string();
            assert!(text.starts_with("this node is alone"), "{text}");
            for words in said {
                assert!(text.contains(words), "{text}");
            }
        }
    }

    #[test]
    fn other_numbers_are_no_other_reasons() {
        let alone = |silent, not_found| Alone {
            nodes: 9,
            silent,
            not_found: many(not_found),
            ..Alone::default()
        };
        assert!(alone(4, 1).same_reasons(&alone(8, 2)));
        assert!(!alone(4, 1).same_reasons(&alone(4, 0)));
        assert!(!alone(0, 1).same_reasons(&alone(4, 1)));
    }
}
