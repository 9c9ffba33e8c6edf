//! Which modules the names in a module stand for: its children, and what `use` brings in by name or by `*`.
//!
//! Knows only names of modules: what else a `*` brings in, it passes over.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use super::modules::{ModuleId, Tree};
use super::names::Named;

/// A module under a name that `use` gave it.
#[derive(Clone, Copy)]
struct Alias {
    module: ModuleId,
    /// Whether only the module with the `use`, and what is in that, can see the name.
    private: bool,
}

/// The names in every module of a tree.
pub(super) struct Scopes<'a> {
    tree: &'a Tree,
    /// For each module.
    aliases: Vec<BTreeMap<String, Alias>>,
}

/// What a path leads to.
pub(super) struct Found {
    /// The deepest module that it names.
    module: ModuleId,
    /// Modules on the way that handed another on with `use`.
    way: Vec<ModuleId>,
    /// Whether the path names the module itself, and not something in it.
    whole: bool,
}

impl Found {
    /// The modules that a path imports.
    pub(super) fn imported(&self) -> impl Iterator<Item = ModuleId> {
        self.way.iter().copied().chain([self.module])
    }
}

impl<'a> Scopes<'a> {
    /// `named` holds the paths in each module of the tree.
    pub(super) fn of(tree: &'a Tree, named: &[Vec<Named>]) -> Self {
        let mut scopes = Self {
            tree,
            aliases: vec![BTreeMap::new(); tree.ids().len()],
        };
        // One `use` may stand on what another brings in, in any order.
        while scopes.widen(named) {}
        scopes
    }

    /// Follows every `use` once. Says whether any gave a new name.
    fn widen(&mut self, named: &[Vec<Named>]) -> bool {
        let mut wider = false;
        for (id, named) in self.tree.ids().zip(named) {
            for named in named.iter().filter(|named| named.is_use) {
                let Some(found) = self.resolve(id, &named.segments).filter(|f| f.whole) else {
                    continue;
                };
                let given = match &named.binding {
                    Some(name) => vec![(name.clone(), found.module)],
                    None => self.offered(found.module, id),
                };
                let Some(here) = self.aliases.get_mut(id) else {
                    continue;
                };
                let private = named.private;
                for (name, module) in given {
                    if let Entry::Vacant(free) = here.entry(name) {
                        free.insert(Alias { module, private });
                        wider = true;
                    }
                }
            }
        }
        wider
    }

    /// What `*` of `module` brings into another.
    fn offered(&self, module: ModuleId, into: ModuleId) -> Vec<(String, ModuleId)> {
        let all = self.is_inside(into, module);
        let children = self.tree.get(module).map(|module| &module.children);
        let children = children.into_iter().flatten().filter(|(_, child)| {
            let child = self.tree.get(**child);
            all || child.is_some_and(|child| !child.private)
        });
        let aliases = self.aliases.get(module).into_iter().flatten();
        let aliases = aliases.filter(|(_, alias)| all || !alias.private);
        children
            .map(|(name, child)| (name.clone(), *child))
            .chain(aliases.map(|(name, alias)| (name.clone(), alias.module)))
            .collect()
    }

    /// `None` for what lies outside of the crate.
    pub(super) fn resolve(&self, from: ModuleId, segments: &[String]) -> Option<Found> {
        let (first, rest) = segments.split_first()?;
        let mut found = Found {
            module: match first.as_str() {
                "crate" => Tree::ROOT,
                "self" => from,
                "super" => self.tree.parent(from)?,
                name => self
                    .tree
                    .child(from, name)
                    .or_else(|| self.alias(from, name, from))?,
            },
            way: Vec::new(),
            whole: true,
        };
        for next in rest {
            let here = found.module;
            let deeper = match next.as_str() {
                "super" => self.tree.parent(here),
                name => self.tree.child(here, name),
            };
            if let Some(deeper) = deeper {
                found.module = deeper;
            } else if let Some(other) = self.alias(here, next, from) {
                found.way.push(here);
                found.module = other;
            } else {
                found.whole = false;
                break;
            }
        }
        Some(found)
    }

    /// The module that `name` stands for in `module`, seen from another.
    fn alias(&self, module: ModuleId, name: &str, from: ModuleId) -> Option<ModuleId> {
        let alias = self.aliases.get(module)?.get(name)?;
        (!alias.private || self.is_inside(from, module)).then_some(alias.module)
    }

    fn is_inside(&self, inner: ModuleId, outer: ModuleId) -> bool {
        std::iter::successors(Some(inner), |id| self.tree.parent(*id)).any(|id| id == outer)
    }
}

#[cfg(test)]
mod tests {
    use super::super::in_memory::product;
    use super::super::names;
    use super::*;

    /// The files that a path in `z.rs` imports, in a crate of these files.
    fn imported(files: &[(&str, &str)], path: &str) -> Vec<String> {
        let tree = product(files);
        let named: Vec<_> = tree
            .ids()
            .map(|id| names::of(&tree.get(id).unwrap().items))
            .collect();
        let from = tree.child(Tree::ROOT, "z").unwrap();
        let segments: Vec<String> = path.split("::").map(str::to_owned).collect();
        let found = Scopes::of(&tree, &named).resolve(from, &segments);
        let imported = found.iter().flat_map(Found::imported);
        imported
            .map(|id| tree.get(id).unwrap().file.display().to_string())
            .collect()
    }

    #[test]
    fn star_brings_in_the_children_of_a_module() {
        let files = |text| {
            [
                ("lib.rs", "mod a; mod z;"),
                ("a/mod.rs", "pub mod b; mod c;"),
                ("a/b.rs", ""),
                ("a/c.rs", ""),
                ("z.rs", text),
            ]
        };
        assert_eq!(imported(&files("use super::*;"), "a::X"), ["a/mod.rs"]);
        assert_eq!(imported(&files("use super::a::*;"), "b::X"), ["a/b.rs"]);
        assert_eq!(
            imported(&files("use b::*; use a::*; use super::*;"), "b::X"),
            ["a/b.rs"]
        );
        assert!(imported(&files(""), "b::X").is_empty());
    }

    #[test]
    fn star_brings_in_what_is_private_only_where_it_can_be_seen() {
        let files = [
            ("lib.rs", "mod a; mod z; use a::c;"),
            ("a.rs", "mod b {} pub mod c {} use c as d;"),
            ("z.rs", "use crate::a::*;"),
        ];
        for hidden in ["b::X", "d::X"] {
            assert!(imported(&files, hidden).is_empty(), "{hidden}");
        }
        assert_eq!(imported(&files, "c::X"), ["a.rs"]);
        let below = [
            ("lib.rs", "mod z; mod a; use a::b;"),
            ("a.rs", "pub mod b;"),
            ("a/b.rs", ""),
            ("z.rs", "use super::*;"),
        ];
        assert_eq!(imported(&below, "b::X"), ["a/b.rs"]);
    }

    #[test]
    fn module_that_another_hands_on_is_imported_beside_it() {
        let files = |text| {
            [
                ("lib.rs", "mod a; mod b; mod z;"),
                ("a.rs", text),
                ("b/mod.rs", "pub mod deep;"),
                ("b/deep.rs", ""),
                ("z.rs", "use crate::a::*;"),
            ]
        };
        for text in ["pub use super::b::deep;", "pub(crate) use super::b::*;"] {
            let files = files(text);
            assert_eq!(imported(&files, "super::a::deep::X"), ["a.rs", "b/deep.rs"]);
            assert_eq!(imported(&files, "deep::X"), ["b/deep.rs"], "{text}");
        }
        let private = files("use super::b::deep;");
        assert_eq!(imported(&private, "super::a::deep::X"), ["a.rs"]);
    }

    #[test]
    fn stars_that_bring_each_other_in_come_to_an_end() {
        let files = [
            ("lib.rs", "mod a; mod z;"),
            ("a.rs", "pub use super::z::*; pub mod b {}"),
            ("z.rs", "pub use super::a::*;"),
        ];
        assert_eq!(imported(&files, "b::X"), ["a.rs"]);
    }
}
