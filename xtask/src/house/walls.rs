//! Which crate of the workspace may use which.
//!
//! One direction only: what two parties must agree on lies at the bottom, the program at the top. Dependencies of tests
//! are free.

use super::crates::Package;

/// Each crate, and the crates of the workspace that it may depend on. A crate that is not there yet is no fault.
const MAY_USE: [(&str, &[&str]); 10] = [
    ("toxdrop-proto", &[]),
    ("toxdrop-durable", &[]),
    ("toxdrop-pow", &["toxdrop-proto"]),
    ("toxdrop-dht", &["toxdrop-proto"]),
    (
        // Of the DHT only the vocabulary of storage requests and answers.
        "toxdrop-store",
        &["toxdrop-proto", "toxdrop-dht", "toxdrop-durable"],
    ),
    (
        "toxdrop-mail",
        &["toxdrop-proto", "toxdrop-pow", "toxdrop-durable"],
    ),
    (
        "toxdrop",
        &[
            "toxdrop-proto",
            "toxdrop-pow",
            "toxdrop-dht",
            "toxdrop-store",
            "toxdrop-mail",
        ],
    ),
    ("toxdrop-sim", &["toxdrop-proto", "toxdrop-dht"]),
    ("toxdrop-web-inspector", &["toxdrop-proto"]),
    ("xtask", &["toxdrop-proto", "toxdrop-pow"]),
];

/// A sentence for each dependency against the order, and for each crate that the table does not know.
pub(super) fn broken(packages: &[Package]) -> Vec<String> {
    let mut flaws = Vec::new();
    for package in packages {
        let Some((_, allowed)) = MAY_USE.iter().find(|(name, _)| *name == package.name) else {
            flaws.push(format!(
                "{} has no place in the table of xtask/src/house/walls.rs: say there what it may use",
                package.name
            ));
            continue;
        };
        let ours = |name: &&String| MAY_USE.iter().any(|(known, _)| known == *name);
        for used in package.dependencies.iter().filter(ours) {
            if !allowed.contains(&used.as_str()) {
                flaws.push(format!(
                    "{} must not depend on {used}: see the table in xtask/src/house/walls.rs",
                    package.name
                ));
            }
        }
    }
    flaws
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(name: &str, dependencies: &[&str]) -> Package {
        Package {
            name: name.to_owned(),
            roots: Vec::new(),
            dependencies: dependencies.iter().map(|name| (*name).to_owned()).collect(),
        }
    }

    #[test]
    fn dependency_down_the_table_is_fine() {
        let packages = [
            package("toxdrop-store", &["redb", "toxdrop-dht", "toxdrop-proto"]),
            package("toxdrop-proto", &["sha2"]),
        ];
        assert_eq!(broken(&packages), Vec::<String>::new());
    }

    #[test]
    fn dependency_up_the_table_is_named() {
        let flaws = broken(&[package("toxdrop-dht", &["toxdrop-proto", "toxdrop-store"])]);
        assert_eq!(flaws.len(), 1);
        assert!(flaws[0].starts_with("toxdrop-dht must not depend on toxdrop-store"));
    }

    #[test]
    fn crate_that_the_table_does_not_know_is_named() {
        let flaws = broken(&[package("toxdrop-new", &[])]);
        assert_eq!(flaws.len(), 1);
        assert!(flaws[0].starts_with("toxdrop-new has no place"));
    }

    #[test]
    fn the_table_itself_has_no_circle() {
        let index = |name: &str| MAY_USE.iter().position(|(known, _)| *known == name);
        let arrows: Vec<Vec<usize>> = MAY_USE
            .iter()
            .map(|(_, used)| used.iter().map(|name| index(name).unwrap()).collect())
            .collect();
        assert_eq!(super::super::rings::of(&arrows), Vec::<Vec<usize>>::new());
    }
}
