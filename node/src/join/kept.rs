//! Nodes that answered, kept on disk: tried first after a restart.
//!
//! Decides nothing about when. A damaged file is set aside, and costs no more than the nodes in it.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use toxdrop_dht::Peer;
use toxdrop_proto::keys::DhtPublicKey;

use super::bootstrap_node::parse_key;

/// How many are kept.
const MOST: usize = 256;
/// A node that was not heard from for so long is forgotten: 30 days, in seconds.
const FORGOTTEN_AFTER: u64 = 30 * A_DAY;
/// In seconds.
const A_DAY: u64 = 86_400;
/// The first line: what this is, and its version.
const HEAD: &str = "toxdrop nodes 1";
/// The largest file that is read; `MOST` lines have less.
const LARGEST: u64 = 64 << 10;

/// A node that answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct KeptNode {
    pub(super) peer: Peer,
    /// When it was last heard from, in seconds since 1970.
    pub(super) heard: u64,
}

/// The kept nodes, the latest heard first; one for each key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct KeptNodes(Vec<KeptNode>);

/// Why a file is not used.
#[derive(Debug, thiserror::Error)]
enum Damage {
    #[error(transparent)]
    Io(#[from] io::Error),
    #[error("it is too large")]
    TooLarge,
    #[error("its first line is not \"{HEAD}\"")]
    Head,
    #[error("line {0} is no node")]
    Line(usize),
}

impl KeptNodes {
    /// Reads the file, if there is one. A damaged one is set aside, and said.
    pub(super) fn read(path: &Path) -> Self {
        match read(path) {
            Ok(kept) => kept,
            Err(damage) => {
                let aside = beside(path, "damaged");
                let outcome = match std::fs::rename(path, &aside) {
                    Ok(()) => format!("it is now {}", aside.display()),
                    Err(error) => format!("it cannot be moved aside ({error})"),
                };
                tracing::warn!(
                    "the kept nodes {} cannot be used: {damage}; {outcome}. The node joins through its bootstrap nodes",
                    path.display()
                );
                Self::default()
            }
        }
    }

    /// Adds nodes that were heard from, and forgets those that are too many or, if others are left, too old.
    pub(super) fn merge(&mut self, nodes: impl IntoIterator<Item = KeptNode>, now: u64) {
        // New ones stand before old ones that were heard at the same time.
        self.0.splice(..0, nodes);
        for node in &mut self.0 {
            // From the future, while the clock was wrong: it would never be forgotten, nor give way.
            node.heard = node.heard.min(now);
        }
        self.0.sort_by_key(|node| std::cmp::Reverse(node.heard));
        let mut seen = std::collections::HashSet::new();
        self.0.retain(|node| seen.insert(node.peer.key));
        let old = |node: &KeptNode| now.saturating_sub(node.heard) >= FORGOTTEN_AFTER;
        // Old ones are better than none.
        if !self.0.iter().all(old) {
            self.0.retain(|node| !old(node));
        }
        self.0.truncate(MOST);
    }

    /// Whether a file is out of date that has the `written` ones: the nodes are others, or the latest was heard a day apart.
    pub(super) fn outdate(&self, written: &Self) -> bool {
        let peers = |kept: &Self| kept.peers().into_iter().collect::<BTreeSet<_>>();
        let latest = |kept: &Self| kept.0.first().map_or(0, |node| node.heard);
        peers(self) != peers(written) || latest(self).abs_diff(latest(written)) > A_DAY
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// The nodes, the latest heard first.
    pub(super) fn peers(&self) -> Vec<Peer> {
        self.0.iter().map(|node| node.peer).collect()
    }

    /// As they are written.
    pub(super) fn text(&self) -> String {
        let mut text = format!("{HEAD}\n");
        for node in &self.0 {
            let Peer { key, addr } = node.peer;
            // Writing to a string does not fail.
            let _ = writeln!(text, "{} {addr} {key}", node.heard);
        }
        text
    }

    fn parse(text: &str) -> Result<Self, Damage> {
        let mut lines = text.lines().enumerate();
        if lines.next().is_none_or(|(_, head)| head != HEAD) || !text.ends_with('\n') {
            return Err(Damage::Head);
        }
        let nodes = lines.map(|(at, line)| parse_line(line).ok_or(Damage::Line(at + 1)));
        Ok(Self(nodes.collect::<Result<_, _>>()?))
    }
}

fn parse_line(line: &str) -> Option<KeptNode> {
    let mut words = line.split(' ');
    let heard = words.next()?.parse().ok()?;
    let addr: SocketAddr = words.next()?.parse().ok()?;
    let key: DhtPublicKey = parse_key(words.next()?).ok()?;
    let whole = words.next().is_none() && addr.port() != 0;
    whole.then_some(KeptNode {
        peer: Peer { key, addr },
        heard,
    })
}

fn read(path: &Path) -> Result<KeptNodes, Damage> {
    match std::fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(KeptNodes::default()),
        Err(error) => return Err(error.into()),
        Ok(file) if file.len() > LARGEST => return Err(Damage::TooLarge),
        Ok(_) => {}
    }
    KeptNodes::parse(&std::fs::read_to_string(path)?)
}

/// Writes what [`KeptNodes::text`] gave: after a crash there is the old file or the new one. Only its owner may read it.
pub(super) fn write(path: &Path, text: &str) -> io::Result<()> {
    let new = beside(path, "new");
    let mut options = std::fs::OpenOptions::new();
    options.create(true).truncate(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&new)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    drop(file);
    toxdrop_durable::rename(&new, path)
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(ending);
    name.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(n: u8, heard: u64) -> KeptNode {
        let addr = if n.is_multiple_of(2) {
            SocketAddr::from(([192, 0, 2, n], 33445))
        } else {
            format!("[2001:db8::{n}]:33445").parse().unwrap()
        };
        KeptNode {
            peer: Peer {
                key: DhtPublicKey::from_bytes([n; 32]),
                addr,
            },
            heard,
        }
    }

    #[test]
    fn what_is_written_is_read_again_and_private() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("nodes");
        assert_eq!(KeptNodes::read(&path), KeptNodes::default());
        let mut kept = KeptNodes::default();
        kept.merge((0..200).map(|n| node(n, 1_000 + u64::from(n))), 2_000);
        for _ in 0..2 {
            write(&path, &kept.text()).unwrap();
            assert_eq!(KeptNodes::read(&path), kept);
        }
        #[cfg(unix)]
        {
            let mode = std::os::unix::fs::PermissionsExt::mode(
                &std::fs::metadata(&path).unwrap().permissions(),
            );
            assert_eq!(mode & 0o777, 0o600);
        }
    }

    #[test]
    fn the_latest_address_of_each_key_is_kept_and_what_is_old_is_forgotten() {
        let mut kept = KeptNodes::default();
        let now = 100 * 86_400;
        kept.merge([node(1, now - 500), node(2, now - 31 * 86_400)], now);
        let mut moved = node(1, now - 10);
        moved.peer.addr.set_port(4);
        kept.merge([moved, node(3, now - 100)], now);
        assert_eq!(kept.0, [moved, node(3, now - 100)]);
        let many = (0..=1_000u16).map(|n| {
            let mut many = node(1, now);
            let [high, low] = n.to_be_bytes();
            many.peer.key =
                DhtPublicKey::from_bytes([[high, low]; 16].concat().try_into().unwrap());
            many
        });
        kept.merge(many, now);
        assert_eq!(kept.len(), MOST);
        assert!(u64::try_from(kept.text().len()).unwrap() < LARGEST);
    }

    #[test]
    fn what_was_heard_in_the_future_gives_way_to_what_is_heard_now() {
        let now = 100 * 86_400;
        let mut kept = KeptNodes::default();
        let future: Vec<KeptNode> = (0..=255).map(|n| node(n, 20 * now)).collect();
        kept.merge(future, 20 * now);
        let mut moved = node(1, now);
        moved.peer.addr.set_port(4);
        let mut new = node(1, now);
        new.peer.key = DhtPublicKey::from_bytes([[1, 2]; 16].concat().try_into().unwrap());
        kept.merge([moved, new], now);
        assert_eq!(kept.0[..2], [moved, new]);
        assert_eq!(kept.len(), MOST);
        assert!(kept.0.iter().all(|node| node.heard <= now));
    }

    #[test]
    fn a_damaged_file_is_set_aside() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("nodes");
        let mut kept = KeptNodes::default();
        kept.merge([node(1, 5), node(2, 6)], 7);
        let good = kept.text();
        let mut damaged: Vec<Vec<u8>> = vec![
            b"toxdrop nodes 2\n".to_vec(),
            b"{}".to_vec(),
            vec![0xff; 40],
            vec![b'\n'; usize::try_from(LARGEST).unwrap() + 1],
            good.replace("2001", "0x2001").into_bytes(),
            good.replace(":33445", ":0").into_bytes(),
            good.replace(" 192", " 7 192").into_bytes(),
        ];
        // Cut off anywhere but at the end of a line.
        let cuts = (0..good.len()).filter(|at| *at == 0 || !good[..*at].ends_with('\n'));
        damaged.extend(cuts.map(|at| good.as_bytes()[..at].to_vec()));
        for bytes in damaged {
            std::fs::write(&path, &bytes).unwrap();
            let read = KeptNodes::read(&path);
            assert_eq!(read, KeptNodes::default(), "{bytes:?}");
            assert!(!path.exists());
            assert_eq!(
                std::fs::read(dir.path().join("nodes.damaged")).unwrap(),
                bytes
            );
        }
    }
}
