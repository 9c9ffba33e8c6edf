//! Which file of a crate imports which, and by what names.
//!
//! A path counts as an import of the deepest module file that it names: `super::Name` of the parent's file, also where
//! that one merely hands the name on with `pub use`. A plain `mod child;` is no import.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::modules::{ModuleId, Tree};
use super::names::{self, Named};
use super::rings;

/// Names that a module has given to other modules with `use`.
type Aliases = BTreeMap<String, ModuleId>;

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
        for id in tree.ids() {
            let named = tree.get(id).map_or(Vec::new(), |m| names::of(&m.items));
            let aliases = aliases(tree, id, &named);
            for name in named {
                let target = resolve(tree, id, &aliases, &name.segments).map(|found| found.module);
                if let (Some(from), Some(to)) = (index(id), target.and_then(index))
                    && from != to
                {
                    arrows
                        .entry((from, to))
                        .or_default()
                        .insert(name.segments.join("::"));
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
        let short = |path: &Path| {
            path.strip_prefix(root)
                .unwrap_or(path)
                .display()
                .to_string()
        };
        self.imports
            .iter()
            .map(|(from, to, names)| {
                format!("    {} → {}: {}", short(from), short(to), names.join(", "))
            })
            .collect::<Vec<_>>()
            .join("\n")
    }
}

/// What a path leads to.
struct Found {
    /// The deepest module that it names.
    module: ModuleId,
    /// Whether it names the module itself, and not something in it.
    whole: bool,
}

fn resolve(tree: &Tree, from: ModuleId, aliases: &Aliases, segments: &[String]) -> Option<Found> {
    let (first, mut rest) = segments.split_first()?;
    let mut module = match first.as_str() {
        "crate" => Tree::ROOT,
        "self" => from,
        "super" => tree.parent(from)?,
        name => tree
            .child(from, name)
            .or_else(|| aliases.get(name).copied())?,
    };
    while let Some((next, left)) = rest.split_first() {
        let deeper = match next.as_str() {
            "super" => tree.parent(module),
            name => tree.child(module, name),
        };
        let Some(deeper) = deeper else { break };
        module = deeper;
        rest = left;
    }
    Some(Found {
        module,
        whole: rest.is_empty(),
    })
}

fn aliases(tree: &Tree, from: ModuleId, named: &[Named]) -> Aliases {
    named
        .iter()
        .filter(|named| named.is_use)
        .filter_map(|named| {
            let found = resolve(tree, from, &Aliases::new(), &named.segments)?;
            let binding = named.binding.clone()?;
            found.whole.then_some((binding, found.module))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::super::modules;
    use super::*;

    fn imports(files: &[(&str, &str)]) -> Imports {
        let files: BTreeMap<PathBuf, String> = files
            .iter()
            .map(|(path, text)| (PathBuf::from(path), (*text).to_owned()))
            .collect();
        let source = |path: &Path| {
            files
                .get(path)
                .cloned()
                .ok_or(io::ErrorKind::NotFound.into())
        };
        Imports::of(&modules::read(Path::new("lib.rs"), &source).unwrap())
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
}
