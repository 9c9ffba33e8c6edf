//! A crate's modules and the files they lie in.
//!
//! Follows `mod` as the compiler does, on every platform at once, with what is compiled for tests only or without.
//! Does not look at imports.

use std::collections::BTreeMap;
use std::io;
use std::path::{Component, Path, PathBuf};

use anyhow::{Context, Result};
use syn::{Attribute, Expr, Item, Lit, Meta, Visibility};

/// Which module of a [`Tree`].
pub(super) type ModuleId = usize;

/// A module: a file, or a part of one between braces.
pub(super) struct Module {
    pub(super) parent: Option<ModuleId>,
    pub(super) children: BTreeMap<String, ModuleId>,
    pub(super) file: PathBuf,
    /// Whether only its parent, and what is in that, can see it.
    pub(super) private: bool,
    /// All that is in it, but for its modules.
    pub(super) items: Vec<Item>,
}

/// The modules of one library or program; the first is its root.
pub(super) struct Tree {
    modules: Vec<Module>,
}

impl Tree {
    /// The root.
    pub(super) const ROOT: ModuleId = 0;

    pub(super) fn get(&self, id: ModuleId) -> Option<&Module> {
        self.modules.get(id)
    }

    pub(super) fn ids(&self) -> std::ops::Range<ModuleId> {
        0..self.modules.len()
    }

    pub(super) fn child(&self, id: ModuleId, name: &str) -> Option<ModuleId> {
        self.get(id)?.children.get(name).copied()
    }

    pub(super) fn parent(&self, id: ModuleId) -> Option<ModuleId> {
        self.get(id)?.parent
    }

    fn add(&mut self, parent: Option<ModuleId>, file: PathBuf, private: bool) -> ModuleId {
        self.modules.push(Module {
            parent,
            children: BTreeMap::new(),
            file,
            private,
            items: Vec::new(),
        });
        self.modules.len() - 1
    }
}

/// Whether to read what is compiled for tests only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tests {
    LeftOut,
    Read,
}

/// Gives the text of a file.
pub(super) type Source<'a> = &'a dyn Fn(&Path) -> io::Result<String>;

/// Reads all modules from a crate's first file on.
pub(super) fn read(root: &Path, tests: Tests, source: Source<'_>) -> Result<Tree> {
    let mut tree = Tree {
        modules: Vec::new(),
    };
    let id = tree.add(None, root.to_owned(), false);
    let folder = root.parent().unwrap_or(Path::new("")).to_owned();
    let mut reader = Reader {
        tree: &mut tree,
        tests,
        source,
    };
    reader.file(id, &folder)?;
    Ok(tree)
}

struct Reader<'a> {
    tree: &'a mut Tree,
    tests: Tests,
    source: Source<'a>,
}

impl Reader<'_> {
    /// Reads the file of a module. Files of its own modules lie in `folder`.
    fn file(&mut self, id: ModuleId, folder: &Path) -> Result<()> {
        let path = self.file_of(id)?;
        let text =
            (self.source)(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let parsed =
            syn::parse_file(&text).with_context(|| format!("cannot parse {}", path.display()))?;
        if self.leaves_out(&parsed.attrs) {
            return Ok(());
        }
        self.sort_in(id, parsed.items, folder)
    }

    /// Puts items into a module, and reads the modules among them.
    fn sort_in(&mut self, id: ModuleId, items: Vec<Item>, folder: &Path) -> Result<()> {
        for item in items {
            let Item::Mod(module) = item else {
                if let Some(here) = self.tree.modules.get_mut(id) {
                    here.items.push(item);
                }
                continue;
            };
            if self.leaves_out(&module.attrs) {
                continue;
            }
            let name = module.ident.to_string();
            let private = matches!(module.vis, Visibility::Inherited);
            let own_file = self.file_of(id)?;
            let inside = folder.join(&name);
            if let Some((_, items)) = module.content {
                let child = self.attach(id, name, own_file, private);
                self.sort_in(child, items, &inside)?;
                continue;
            }
            let (file, inside) = match path_attribute(&module.attrs) {
                Some(path) => {
                    let file = without_dots(&own_file.with_file_name(path));
                    let inside = file.parent().unwrap_or(Path::new("")).to_owned();
                    (file, inside)
                }
                None => {
                    let beside = folder.join(format!("{name}.rs"));
                    let file = if (self.source)(&beside).is_ok() {
                        beside
                    } else {
                        inside.join("mod.rs")
                    };
                    (file, inside)
                }
            };
            let child = self.attach(id, name, file, private);
            self.file(child, &inside)?;
        }
        Ok(())
    }

    fn leaves_out(&self, attributes: &[Attribute]) -> bool {
        self.tests == Tests::LeftOut && is_for_tests(attributes)
    }

    fn file_of(&self, id: ModuleId) -> Result<PathBuf> {
        Ok(self.tree.get(id).context("no such module")?.file.clone())
    }

    fn attach(&mut self, parent: ModuleId, name: String, file: PathBuf, private: bool) -> ModuleId {
        let child = self.tree.add(Some(parent), file, private);
        if let Some(parent) = self.tree.modules.get_mut(parent) {
            parent.children.insert(name, child);
        }
        child
    }
}

/// The same path with `.` and `..` worked out, so that each file has one name.
fn without_dots(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        let above = plain.components().next_back();
        match (part, above) {
            (Component::CurDir, _) => {}
            (Component::ParentDir, Some(Component::Normal(_))) => {
                plain.pop();
            }
            _ => plain.push(part),
        }
    }
    plain
}

/// Whether something is compiled for tests only: `#[cfg(test)]`, `#[cfg(all(test, …))]`, `#[test]`.
pub(super) fn is_for_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| match &attribute.meta {
        Meta::Path(path) => path.is_ident("test"),
        Meta::List(list) if list.path.is_ident("cfg") => {
            list.parse_args().is_ok_and(|meta| asks_for_test(&meta))
        }
        _ => false,
    })
}

fn asks_for_test(condition: &Meta) -> bool {
    match condition {
        Meta::Path(path) => path.is_ident("test"),
        Meta::List(list) if list.path.is_ident("all") => list
            .parse_args_with(syn::punctuated::Punctuated::<Meta, syn::Token![,]>::parse_terminated)
            .is_ok_and(|parts| parts.iter().any(asks_for_test)),
        _ => false,
    }
}

fn path_attribute(attributes: &[Attribute]) -> Option<String> {
    attributes
        .iter()
        .find_map(|attribute| match &attribute.meta {
            Meta::NameValue(pair) if pair.path.is_ident("path") => match &pair.value {
                Expr::Lit(literal) => match &literal.lit {
                    Lit::Str(text) => Some(text.value()),
                    _ => None,
                },
                _ => None,
            },
            _ => None,
        })
}

#[cfg(test)]
mod tests {
    use super::super::in_memory::{everything, product};
    use super::*;

    fn file_of(tree: &Tree, names: &[&str]) -> String {
        let id = names
            .iter()
            .fold(Tree::ROOT, |id, name| tree.child(id, name).unwrap());
        tree.get(id).unwrap().file.display().to_string()
    }

    #[test]
    fn modules_are_found_beside_below_and_between_braces() {
        let tree = product(&[
            ("src/lib.rs", "mod a; mod b; mod c { mod inner; }"),
            ("src/a.rs", "mod deep;"),
            ("src/a/deep.rs", ""),
            ("src/b/mod.rs", "mod deep;"),
            ("src/b/deep.rs", ""),
            ("src/c/inner.rs", ""),
        ]);
        assert_eq!(file_of(&tree, &["a", "deep"]), "src/a/deep.rs");
        assert_eq!(file_of(&tree, &["b"]), "src/b/mod.rs");
        assert_eq!(file_of(&tree, &["b", "deep"]), "src/b/deep.rs");
        assert_eq!(file_of(&tree, &["c"]), "src/lib.rs");
        assert_eq!(file_of(&tree, &["c", "inner"]), "src/c/inner.rs");
    }

    #[test]
    fn path_attribute_says_where_a_module_lies() {
        let tree = product(&[
            ("src/lib.rs", "#[path = \"other/x.rs\"] mod a;"),
            ("src/other/x.rs", ""),
        ]);
        assert_eq!(file_of(&tree, &["a"]), "src/other/x.rs");
    }

    #[test]
    fn path_attribute_that_leads_upwards_gives_the_file_its_one_name() {
        let tree = product(&[
            ("it/tests/t.rs", "#[path = \"./../examples/x.rs\"] mod a;"),
            ("it/examples/x.rs", "mod b;"),
            ("it/examples/b.rs", ""),
        ]);
        assert_eq!(file_of(&tree, &["a"]), "it/examples/x.rs");
        assert_eq!(file_of(&tree, &["a", "b"]), "it/examples/b.rs");
    }

    #[test]
    fn modules_for_tests_are_left_out() {
        let tree = product(&[(
            "src/lib.rs",
            "#[cfg(test)] mod a; #[cfg(all(test, unix))] mod b; #[cfg(test)] mod tests; \
             #[cfg(any(test, feature = \"x\"))] mod kept {}",
        )]);
        let names: Vec<_> = tree.get(Tree::ROOT).unwrap().children.keys().collect();
        assert_eq!(names, ["kept"]);
    }

    #[test]
    fn the_attribute_makes_a_module_one_for_tests_and_not_its_name() {
        let tree = product(&[
            ("src/lib.rs", "mod tests; mod hostile_tests {} mod inner;"),
            ("src/tests.rs", "mod deep {}"),
            ("src/inner.rs", "#![cfg(test)] mod deep {}"),
        ]);
        let names: Vec<_> = tree.get(Tree::ROOT).unwrap().children.keys().collect();
        assert_eq!(names, ["hostile_tests", "inner", "tests"]);
        assert_eq!(file_of(&tree, &["tests", "deep"]), "src/tests.rs");
        let inner = tree.child(Tree::ROOT, "inner").unwrap();
        assert!(tree.get(inner).unwrap().children.is_empty());
    }

    #[test]
    fn modules_for_tests_are_read_when_asked_for() {
        let tree = everything(&[
            ("src/lib.rs", "#[cfg(test)] mod tests;"),
            ("src/tests/mod.rs", ""),
        ]);
        assert_eq!(file_of(&tree, &["tests"]), "src/tests/mod.rs");
    }

    #[test]
    fn file_that_is_missing_is_named() {
        let missing = |_: &Path| Err(io::ErrorKind::NotFound.into());
        let Err(error) = read(Path::new("src/lib.rs"), Tests::LeftOut, &missing) else {
            panic!("read what is not there");
        };
        assert!(format!("{error:#}").starts_with("cannot read src/lib.rs"));
    }
}
