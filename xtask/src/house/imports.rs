//! Which file of a crate imports which, and by what names.
//!
//! A path counts as an import of the deepest module file that it names: `super::Name` of the parent's file, also where
//! that one merely hands the name on with `pub use`. Where it hands on a module and the path goes on into that, both are
//! imported. A plain `mod child;` is no import.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::workspace::short;

use super::modules::{ModuleId, Tree};
use super::names;
use super::rings;
use super::scopes::Scopes;

/// The files of a crate, and the names that tie them.
pub(super) struct Imports {
    files: Vec<PathBuf>,
    /// Who imports, who is imported, and the paths written for it.
    arrows: BTreeMap<(usize, usize), BTreeSet<String>>,
}

/// A ring of files: every import among them.
pub(super) struct Circle {
    imports: Vec<(PathBuf, PathBuf, Vec<String>)>,
}

impl Imports {
    /// Follows every path in every module.
    pub(super) fn of(tree: &Tree) -> Self {
        let files: Vec<PathBuf> = tree
            .ids()
            .filter_map(|id| tree.get(id))
            .map(|module| module.file.clone())
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect();
        let index = |id: ModuleId| {
            let file = &tree.get(id)?.file;
            files.binary_search(file).ok()
        };
        let mut arrows: BTreeMap<(usize, usize), BTreeSet<String>> = BTreeMap::new();
        let named: Vec<_> = tree
            .ids()
            .map(|id| tree.get(id).map_or(Vec::new(), |m| names::of(&m.items)))
            .collect();
        let scopes = Scopes::of(tree, &named);
        for (id, named) in tree.ids().zip(&named) {
            for name in named {
                let Some(found) = scopes.resolve(id, &name.segments) else {
                    continue;
                };
                for to in found.imported() {
                    if let (Some(from), Some(to)) = (index(id), index(to))
                        && from != to
                    {
                        arrows
                            .entry((from, to))
                            .or_default()
                            .insert(name.segments.join("::"));
                    }
                }
            }
        }
        Self { files, arrows }
    }

    /// All rings.
    pub(super) fn circles(&self) -> Vec<Circle> {
        let mut arrows = vec![Vec::new(); self.files.len()];
        for (from, to) in self.arrows.keys() {
            if let Some(from) = arrows.get_mut(*from) {
                from.push(*to);
            }
        }
        rings::of(&arrows)
            .iter()
            .map(|ring| Circle {
                imports: self
                    .arrows
                    .iter()
                    .filter(|((from, to), _)| ring.contains(from) && ring.contains(to))
                    .filter_map(|((from, to), names)| {
                        let names = names.iter().cloned().collect();
                        Some((
                            self.files.get(*from)?.clone(),
                            self.files.get(*to)?.clone(),
                            names,
                        ))
                    })
                    .collect(),
            })
            .collect()
    }
}

impl Circle {
    /// A line for each import, with paths from `root` on.
    pub(super) fn lines(&self, root: &Path) -> String {
        self.imports
            .iter()
            .map(|(from, to, names)| {
                let (from, to) = (short(from, root), short(to, root));
                format!("    {from} → {to}: {}", names.join(", "))
            })
            .collect::<Vec<_>>()
            .join("\n")
    }
}

#[cfg(test)]
mod tests {
    use super::super::in_memory::product;
    use super::*;

    fn imports(files: &[(&str, &str)]) -> Imports {
        Imports::of(&product(files))
    }

    fn arrows(files: &[(&str, &str)]) -> Vec<String> {
        let imports = imports(files);
        let name = |i: usize| imports.files[i].display().to_string();
        let all = imports.arrows.keys();
        all.map(|(from, to)| format!("{} {}", name(*from), name(*to)))
            .collect()
    }

    #[test]
    fn plain_mod_is_no_import_and_use_of_a_child_is_one() {
        assert_eq!(
            arrows(&[("lib.rs", "mod a;"), ("a.rs", "")]),
            Vec::<String>::new()
        );
        for text in [
            "mod a; use a::X;",
            "mod a; pub use self::a::X;",
            "mod a; fn f() { a::g(); }",
        ] {
            assert_eq!(
                arrows(&[("lib.rs", text), ("a.rs", "")]),
                ["lib.rs a.rs"],
                "{text}"
            );
        }
    }

    #[test]
    fn path_leads_to_the_deepest_module_that_it_names() {
        let files = |text| {
            [
                ("lib.rs", "mod a; mod z;"),
                ("a/mod.rs", "mod b;"),
                ("a/b.rs", ""),
                ("z.rs", text),
            ]
        };
        assert_eq!(arrows(&files("use crate::a::b::X;")), ["z.rs a/b.rs"]);
        assert_eq!(
            arrows(&files("use super::a::b::Kind::One;")),
            ["z.rs a/b.rs"]
        );
        assert_eq!(arrows(&files("use crate::a::X;")), ["z.rs a/mod.rs"]);
        assert_eq!(arrows(&files("use crate::X;")), ["z.rs lib.rs"]);
        assert_eq!(
            arrows(&files("use a::X; use std::fmt;")),
            Vec::<String>::new()
        );
    }

    #[test]
    fn module_that_was_given_a_name_is_followed_by_that_name() {
        let files = [
            ("lib.rs", "mod a; mod z;"),
            ("a/mod.rs", "pub mod b;"),
            ("a/b.rs", ""),
            ("z.rs", "use crate::a as other; fn f() { other::b::g(); }"),
        ];
        assert_eq!(arrows(&files), ["z.rs a/b.rs", "z.rs a/mod.rs"]);
    }

    #[test]
    fn module_between_braces_belongs_to_its_file() {
        let files = [
            ("lib.rs", "mod a; mod c { use super::a::X; }"),
            ("a.rs", "mod inner { use super::super::Y; use super::Z; }"),
        ];
        assert_eq!(arrows(&files), ["a.rs lib.rs", "lib.rs a.rs"]);
    }

    #[test]
    fn name_that_a_parent_hands_on_ties_the_child_to_the_parent() {
        let imports = imports(&[
            ("lib.rs", "mod a; mod b; pub use a::X; pub use b::Y;"),
            ("a.rs", "use super::Y;"),
            ("b.rs", ""),
        ]);
        let circles = imports.circles();
        assert_eq!(circles.len(), 1);
        assert_eq!(
            circles[0].lines(Path::new("")),
            "    a.rs → lib.rs: super::Y\n    lib.rs → a.rs: a::X"
        );
    }

    #[test]
    fn siblings_that_import_each_other_directly_are_a_ring_and_one_way_is_none() {
        let both = imports(&[
            ("lib.rs", "mod a; mod b;"),
            ("a.rs", "use super::b::Y;"),
            ("b.rs", "fn f() -> crate::a::X {}"),
        ]);
        assert_eq!(both.circles().len(), 1);
        let one_way = imports(&[
            ("lib.rs", "mod a; mod b; use a::X;"),
            ("a.rs", "use super::b::Y;"),
            ("b.rs", "#[cfg(test)] mod tests { use crate::a::X; }"),
        ]);
        assert!(one_way.circles().is_empty());
    }
    #[test]
    fn siblings_that_reach_each_other_through_a_glob_are_a_ring() {
        let imports = imports(&[
            ("lib.rs", "mod a; mod b;"),
            ("a.rs", "use super::*; fn f() { b::g(); }"),
            ("b.rs", "use super::*; fn g() { a::f(); }"),
        ]);
        assert_eq!(imports.circles().len(), 1);
        assert_eq!(
            imports.circles()[0].lines(Path::new("")),
            "    a.rs → b.rs: b::g\n    b.rs → a.rs: a::f"
        );
    }

    #[test]
    fn path_that_begins_with_colons_leads_out_of_the_crate() {
        let files = |text| [("lib.rs", text), ("a.rs", "")];
        assert_eq!(
            arrows(&files("mod a; use ::a::X; fn f() { ::a::g(); }")),
            Vec::<String>::new()
        );
    }
}
