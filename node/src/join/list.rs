//! The public list of Tox nodes (JSON), as <https://nodes.tox.chat/json> gives it, from a file.
//!
//! Fetches nothing. What it does not know it passes over; damaged entries are counted.

use std::path::{Path, PathBuf};

use rand::seq::SliceRandom;
use serde::Deserialize;
use serde_json::Value;

use super::bootstrap_node::{BootstrapNode, parse_key};
use super::candidate::Candidate;

/// The largest file that is read; the public list has some 50 KiB.
const LARGEST: u64 = 4 << 20;

/// The file as a whole.
#[derive(Deserialize)]
struct ListFile {
    nodes: Vec<Value>,
}

/// One entry: what of it we use.
#[derive(Deserialize)]
struct Entry {
    #[serde(default)]
    ipv4: String,
    #[serde(default)]
    ipv6: String,
    port: u16,
    public_key: String,
    /// Whether it answered over UDP when the list was made.
    #[serde(default = "assumed")]
    status_udp: bool,
}

fn assumed() -> bool {
    true
}

/// The nodes of a list.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct NodeList {
    /// Those that answered when the list was made, in its order.
    pub(crate) online: Vec<Candidate>,
    /// Those that did not.
    pub(crate) offline: Vec<Candidate>,
    /// How many entries make no sense.
    pub(crate) damaged: usize,
}

/// Why a list cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NodeListError {
    /// The file cannot be read.
    #[error("cannot read the list of bootstrap nodes {}: {source}; check the path", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file is larger than any list.
    #[error("{} is too large for a list of bootstrap nodes; is it another file?", .0.display())]
    TooLarge(PathBuf),
    /// Not the format.
    #[error(
        "{} is no list of Tox nodes ({source}); save the JSON of a page such as https://nodes.tox.chat/json there",
        path.display()
    )]
    Format {
        /// The file.
        path: PathBuf,
        /// Where and why.
        source: serde_json::Error,
    },
    /// The format, and no entry that could be used.
    #[error(
        "{} names no node that could be used (damaged: {damaged}); save it again", path.display()
    )]
    Empty {
        /// The file.
        path: PathBuf,
        /// How many entries make no sense.
        damaged: usize,
    },
}

impl NodeList {
    /// Reads a file.
    pub(crate) fn read(path: &Path) -> Result<Self, NodeListError> {
        let failed = |source| NodeListError::Read {
            path: path.to_owned(),
            source,
        };
        if std::fs::metadata(path).map_err(failed)?.len() > LARGEST {
            return Err(NodeListError::TooLarge(path.to_owned()));
        }
        let bytes = std::fs::read(path).map_err(failed)?;
        let list = Self::parse(&bytes).map_err(|source| NodeListError::Format {
            path: path.to_owned(),
            source,
        })?;
        if list.online.is_empty() && list.offline.is_empty() {
            return Err(NodeListError::Empty {
                path: path.to_owned(),
                damaged: list.damaged,
            });
        }
        Ok(list)
    }

    /// The nodes in the order in which to try them: those that were online first, otherwise any, so that not all newcomers ask
    /// the same. What was damaged is said.
    pub(crate) fn in_turn(self, rng: &mut impl rand::Rng) -> Vec<Candidate> {
        if self.damaged > 0 {
            tracing::warn!(
                "left out of the list of bootstrap nodes as damaged: {}",
                self.damaged
            );
        }
        let mut nodes = self.online;
        nodes.shuffle(rng);
        let mut offline = self.offline;
        offline.shuffle(rng);
        nodes.append(&mut offline);
        nodes
    }

    fn parse(bytes: &[u8]) -> Result<Self, serde_json::Error> {
        let file: ListFile = serde_json::from_slice(bytes)?;
        let mut list = Self {
            online: Vec::new(),
            offline: Vec::new(),
            damaged: 0,
        };
        for value in file.nodes {
            match serde_json::from_value::<Entry>(value)
                .ok()
                .and_then(candidate)
            {
                Some((candidate, true)) => list.online.push(candidate),
                Some((candidate, false)) => list.offline.push(candidate),
                None => list.damaged += 1,
            }
        }
        Ok(list)
    }
}

fn candidate(entry: Entry) -> Option<(Candidate, bool)> {
    let key = parse_key(entry.public_key.trim()).ok()?;
    let hosts = [entry.ipv4, entry.ipv6];
    let hosts: Vec<String> = (hosts.iter())
        .map(|host| host.trim())
        // How the list writes that there is none.
        .filter(|host| !matches!(*host, "" | "-") && !host.eq_ignore_ascii_case("none"))
        .filter_map(|host| {
            let text = if host.contains(':') && !host.starts_with('[') {
                format!("[{host}]:{}:{key}", entry.port)
            } else {
                format!("{host}:{}:{key}", entry.port)
            };
            text.parse::<BootstrapNode>().ok().map(|node| node.host)
        })
        .collect();
    let name = BootstrapNode {
        host: hosts.first()?.clone(),
        port: entry.port,
        key,
    };
    let candidate = Candidate {
        name: name.to_string(),
        hosts,
        port: entry.port,
        key,
    };
    Some((candidate, entry.status_udp))
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "788236D34978D1D5BD822F0A5BEBD2C53C64CC31CD3149350EE27D4D9A2F9B6B";

    /// As the public list writes its entries, with what we have no use for.
    fn entry(ipv4: &str, ipv6: &str, udp: bool) -> String {
        format!(
            r#"{{"ipv4":"{ipv4}","ipv6":"{ipv6}","port":33445,"tcp_ports":[443,3389],"public_key":"{KEY}","maintainer":"a","location":"DE","status_udp":{udp},"status_tcp":true,"version":"1000002018","motd":"hello","last_ping":1700000000}}"#
        )
    }

    fn parse(entries: &[&str]) -> NodeList {
        let text = format!(
            r#"{{"last_scan":1700000000,"last_refresh":1,"nodes":[{}]}}"#,
            entries.join(",")
        );
        NodeList::parse(text.as_bytes()).unwrap()
    }

    fn hosts(candidates: &[Candidate]) -> Vec<Vec<&str>> {
        candidates
            .iter()
            .map(|c| c.hosts.iter().map(String::as_str).collect())
            .collect()
    }

    #[test]
    fn names_and_addresses_of_both_families_are_read_and_those_that_were_offline_told_apart() {
        let list = parse(&[
            &entry("tox.example.org", "2001:db8::1", true),
            &entry("192.0.2.1", "-", true),
            &entry("NONE", "2001:db8::2", false),
            &entry("tox.example.org", "NONE", false),
        ]);
        assert_eq!(
            hosts(&list.online),
            [vec!["tox.example.org", "2001:db8::1"], vec!["192.0.2.1"]]
        );
        assert_eq!(
            hosts(&list.offline),
            [vec!["2001:db8::2"], vec!["tox.example.org"]]
        );
        assert_eq!(list.damaged, 0);
        assert_eq!(list.online[0].port, 33445);
        assert_eq!(list.online[0].name, "tox.example.org:33445");
        assert_eq!(list.online[0].key.to_string().to_uppercase(), KEY);
    }

    #[test]
    fn damaged_entries_are_passed_over_and_counted() {
        let good = entry("192.0.2.1", "-", true);
        let list = parse(&[
            &good,
            "7",
            "{}",
            "null",
            &good.replace("33445", "70000"),
            &good.replace("33445", "0"),
            &good.replace("33445", "\"33445\""),
            &good.replace(KEY, "abcd"),
            &good.replace("192.0.2.1", "http://192.0.2.1/"),
            &good.replace("192.0.2.1", "0.0.0.0"),
            &entry("-", "NONE", true),
        ]);
        assert_eq!((list.online.len(), list.damaged), (1, 10));
    }

    #[test]
    fn a_host_that_makes_no_sense_costs_no_other() {
        let list = parse(&[
            &entry("192.0.2.1", "N/A", true),
            &entry("no host", "2001:db8::1", true),
            &entry("N/A", "N/A", true),
        ]);
        assert_eq!(hosts(&list.online), [["192.0.2.1"], ["2001:db8::1"]]);
        assert_eq!(list.damaged, 1);
    }

    #[test]
    fn a_file_that_is_no_list_is_refused_with_a_sentence() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("nodes.json");
        assert!(
            NodeList::read(&path)
                .unwrap_err()
                .to_string()
                .contains("check the path")
        );
        for (text, words) in [
            ("", "no list of Tox nodes"),
            ("<html>", "no list of Tox nodes"),
            ("[]", "no list of Tox nodes"),
            ("{}", "no list of Tox nodes"),
            (r#"{"nodes":7}"#, "no list of Tox nodes"),
            (r#"{"nodes":[]}"#, "0 damaged"),
            (r#"{"nodes":[{}]}"#, "1 damaged"),
        ] {
            std::fs::write(&path, text).unwrap();
            let said = NodeList::read(&path).unwrap_err().to_string();
            assert!(said.contains(words), "{text}: {said}");
        }
        let file = std::fs::File::create(&path).unwrap();
        file.set_len(LARGEST + 1).unwrap();
        let said = NodeList::read(&path).unwrap_err().to_string();
        assert!(said.contains("too large"), "{said}");
    }
}
