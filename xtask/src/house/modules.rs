//! A crate's modules and the files they lie in.
//!
//! Follows `mod` as the compiler does, but leaves out what is compiled for tests only. Does not look at imports.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use syn::{Attribute, Expr, Item, Lit, Meta};

/// Which module of a [`Tree`].
pub(super) type ModuleId = usize;

/// A module: a file, or a part of one between braces.
pub(super) struct Module {
    pub(super) parent: Option<ModuleId>,
    pub(super) children: BTreeMap<String, ModuleId>,
    pub(super) file: PathBuf,
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

    fn add(&mut self, parent: Option<ModuleId>, file: PathBuf) -> ModuleId {
        self.modules.push(Module {
            parent,
            children: BTreeMap::new(),
            file,
            items: Vec::new(),
        });
        self.modules.len() - 1
    }
}

/// Gives the text of a file.
pub(super) type Source<'a> = &'a dyn Fn(&Path) -> io::Result<String>;

/// Reads all modules from a crate's first file on.
pub(super) fn read(root: &Path, source: Source<'_>) -> Result<Tree> {
    let mut tree = Tree {
        modules: Vec::new(),
    };
    let id = tree.add(None, root.to_owned());
    let folder = root.parent().unwrap_or(Path::new("")).to_owned();
    read_file(&mut tree, id, &folder, source)?;
    Ok(tree)
}

/// Reads the file of a module. Files of its own modules lie in `folder`.
fn read_file(tree: &mut Tree, id: ModuleId, folder: &Path, source: Source<'_>) -> Result<()> {
    let path = tree.get(id).context("no such module")?.file.clone();
    let text = source(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let parsed =
        syn::parse_file(&text).with_context(|| format!("cannot parse {}", path.display()))?;
    sort_in(tree, id, parsed.items, folder, source)
}

/// Puts items into a module, and reads the modules among them.
fn sort_in(
    tree: &mut Tree,
    id: ModuleId,
    items: Vec<Item>,
    folder: &Path,
    source: Source<'_>,
) -> Result<()> {
    for item in items {
        let Item::Mod(module) = item else {
            if let Some(here) = tree.modules.get_mut(id) {
                here.items.push(item);
            }
            continue;
        };
        let name = module.ident.to_string();
        if is_for_tests(&module.attrs) || is_name_of_tests(&name) {
            continue;
        }
        let own_file = tree.get(id).context("no such module")?.file.clone();
        let inside = folder.join(&name);
        if let Some((_, items)) = module.content {
            let child = attach(tree, id, name, own_file);
            sort_in(tree, child, items, &inside, source)?;
            continue;
        }
        let (file, inside) = match path_attribute(&module.attrs) {
            Some(path) => {
                let file = own_file.with_file_name(path);
                let inside = file.parent().unwrap_or(Path::new("")).to_owned();
                (file, inside)
            }
            None => {
                let beside = folder.join(format!("{name}.rs"));
                let file = if source(&beside).is_ok() {
                    beside
                } else {
                    inside.join("mod.rs")
                };
                (file, inside)
            }
        };
        let child = attach(tree, id, name, file);
        read_file(tree, child, &inside, source)?;
    }
    Ok(())
}

fn attach(tree: &mut Tree, parent: ModuleId, name: String, file: PathBuf) -> ModuleId {
    let child = tree.add(Some(parent), file);
    if let Some(parent) = tree.modules.get_mut(parent) {
        parent.children.insert(name, child);
    }
    child
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

fn is_name_of_tests(name: &str) -> bool {
    name == "tests" || name.ends_with("_tests")
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
    use super::*;

    fn tree(files: &[(&str, &str)]) -> Tree {
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
        read(Path::new("src/lib.rs"), &source).unwrap()
    }

    fn file_of(tree: &Tree, names: &[&str]) -> String {
        let id = names
            .iter()
            .fold(Tree::ROOT, |id, name| tree.child(id, name).unwrap());
        tree.get(id).unwrap().file.display().to_string()
    }

    #[test]
    fn modules_are_found_beside_below_and_between_braces() {
        let tree = tree(&[
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
        let tree = tree(&[
            ("src/lib.rs", "#[path = \"other/x.rs\"] mod a;"),
            ("src/other/x.rs", ""),
        ]);
        assert_eq!(file_of(&tree, &["a"]), "src/other/x.rs");
    }

    #[test]
    fn modules_for_tests_are_left_out() {
        let tree = tree(&[(
            "src/lib.rs",
            "#[cfg(test)] mod a; #[cfg(all(test, unix))] mod b; mod tests; mod hostile_tests; \
             #[cfg(any(test, feature = \"x\"))] mod kept {}",
        )]);
        let names: Vec<_> = tree.get(Tree::ROOT).unwrap().children.keys().collect();
        assert_eq!(names, ["kept"]);
    }

    #[test]
    fn file_that_is_missing_is_named() {
        let missing = |_: &Path| Err(io::ErrorKind::NotFound.into());
        let Err(error) = read(Path::new("src/lib.rs"), &missing) else {
            panic!("read what is not there");
        };
        assert!(format!("{error:#}").starts_with("cannot read src/lib.rs"));
    }
}
