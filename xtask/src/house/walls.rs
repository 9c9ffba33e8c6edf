//! Which crate of the workspace may use which, and where only one door of it is open.
//!
//! One direction only: what two parties must agree on lies at the bottom, the program at the top. Dependencies of tests
//! are free.

use std::path::Path;

use crate::workspace::short;

use super::crates::Package;
use super::modules::Tree;
use super::names;

/// Each crate, and the crates of the workspace that it may depend on. A crate that is not there yet is no fault.
const MAY_USE: [(&str, &[&str]); 11] = [
    ("toxdrop-proto", &[]),
    ("toxdrop-durable", &[]),
    ("toxdrop-pow", &["toxdrop-proto"]),
    ("toxdrop-dht", &["toxdrop-proto"]),
    (
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
            "toxdrop-durable",
            "toxdrop-pow",
            "toxdrop-dht",
            "toxdrop-store",
            "toxdrop-mail",
        ],
    ),
    ("toxdrop-sim", &["toxdrop-proto", "toxdrop-dht"]),
    ("toxdrop-web-inspector", &["toxdrop-proto"]),
    ("toxdrop-testbed", &[]),
    (
        "xtask",
        &["toxdrop-proto", "toxdrop-pow", "toxdrop-testbed"],
    ),
];

/// A crate that may name only one module of another.
struct Door {
    of: &'static str,
    into: &'static str,
    module: &'static str,
}

/// The store knows of the DHT only the vocabulary of storage requests and answers.
const DOORS: [Door; 1] = [Door {
    of: "toxdrop-store",
    into: "toxdrop-dht",
    module: "storage",
}];

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
        let used = package.dependencies.iter().map(|used| used.name.as_str());
        for used in used.filter(|used| MAY_USE.iter().any(|(known, _)| known == used)) {
            if !allowed.contains(&used) {
                flaws.push(format!(
                    "{} must not depend on {used}: see the table in xtask/src/house/walls.rs",
                    package.name
                ));
            }
        }
    }
    flaws
}

/// A sentence for each path in a crate's files that goes into another by anything but the open door.
pub(super) fn passed(package: &Package, tree: &Tree, root: &Path) -> Vec<String> {
    let mut flaws = Vec::new();
    for door in DOORS.iter().filter(|door| door.of == package.name) {
        let modules = tree.ids().filter_map(|id| tree.get(id));
        for module in modules {
            for named in names::of(&module.items) {
                let path = match named.segments.split_first() {
                    Some((first, rest)) if first.is_empty() => rest,
                    _ => &named.segments,
                };
                let [first, rest @ ..] = path else { continue };
                let leads_there = package
                    .dependencies
                    .iter()
                    .any(|used| used.name == door.into && used.in_code == *first);
                if leads_there && rest.first().is_none_or(|next| next != door.module) {
                    flaws.push(format!(
                        "{}: {}: of {} only `{}` is for {}",
                        short(&module.file, root),
                        path.join("::"),
                        door.into,
                        door.module,
                        door.of
                    ));
                }
            }
        }
    }
    flaws
}

#[cfg(test)]
mod tests {
    use super::super::crates::Dependency;
    use super::super::in_memory::product;
    use super::*;

    fn package(name: &str, dependencies: &[&str]) -> Package {
        Package {
            name: name.to_owned(),
            roots: Vec::new(),
            side_roots: Vec::new(),
            dependencies: dependencies
                .iter()
                .map(|name| Dependency::new(name, None))
                .collect(),
        }
    }

    fn paths_past_the_door(package: &Package, text: &str) -> Vec<String> {
        passed(package, &product(&[("src/lib.rs", text)]), Path::new("src"))
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
    #[test]
    fn door_of_the_store_into_the_dht_is_open_and_tests_and_comments_may_go_round_it() {
        let store = package("toxdrop-store", &["toxdrop-dht"]);
        let text = "//! [`toxdrop_dht::Now`]
            use toxdrop_dht::storage::{Entry, PutSource}; use ::toxdrop_dht::storage;
            fn f(_: toxdrop_dht::storage::Entry) { let toxdrop_dht = 1; }
            #[cfg(test)] mod tests { use toxdrop_dht::Now; }";
        assert_eq!(paths_past_the_door(&store, text), Vec::<String>::new());
        let other = package("toxdrop-sim", &["toxdrop-dht"]);
        let text = "use toxdrop_dht::Now;";
        assert_eq!(paths_past_the_door(&other, text), Vec::<String>::new());
    }

    #[test]
    fn every_way_past_the_door_is_named() {
        let store = package("toxdrop-store", &["toxdrop-dht"]);
        for text in [
            "use toxdrop_dht::Now;",
            "use toxdrop_dht::{storage::Entry, Now};",
            "use ::toxdrop_dht::Now;",
            "use toxdrop_dht as dht;",
            "use toxdrop_dht::*;",
            "use toxdrop_dht::{self, storage};",
            "extern crate toxdrop_dht as dht;",
            "fn f() -> toxdrop_dht::Now {}",
            "fn f() { ::toxdrop_dht::now(); }",
            "fn f() { println!(\"{}\", toxdrop_dht::now()); }",
        ] {
            let flaws = paths_past_the_door(&store, text);
            assert_eq!(flaws.len(), 1, "{text}: {flaws:?}");
            assert!(flaws[0].starts_with("lib.rs: toxdrop_dht"), "{flaws:?}");
        }
    }

    #[test]
    fn crate_under_another_name_has_the_same_door() {
        let mut store = package("toxdrop-store", &[]);
        store
            .dependencies
            .insert(Dependency::new("toxdrop-dht", Some("dht")));
        let flaws = paths_past_the_door(&store, "use dht::storage::Entry; use dht::Now;");
        assert_eq!(flaws.len(), 1);
        assert!(flaws[0].starts_with("lib.rs: dht::Now: of toxdrop-dht only `storage`"));
    }
}
