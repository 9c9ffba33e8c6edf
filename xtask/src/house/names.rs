//! The paths that a module writes down: in `use`, in code, in the arguments of macros and attributes.
//!
//! Does not know what they mean; [`super::imports`] does.

use proc_macro2::{TokenStream, TokenTree};
use syn::visit::{self, Visit};
use syn::{
    Attribute, ImplItem, Item, ItemExternCrate, ItemMod, ItemUse, Macro, Meta, UseTree, Visibility,
};

use super::modules::is_for_tests;

/// A path, split at `::`. The first part is empty where it begins with `::`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Named {
    pub(super) segments: Vec<String>,
    /// What `use` calls it here; `None` for a path outside of `use`, and for `*`.
    pub(super) binding: Option<String>,
    /// Whether it stands in `use` or `extern crate`.
    pub(super) is_use: bool,
    /// Whether the name it gives, if any, is one for this module only.
    pub(super) private: bool,
}

/// All paths in these items, tests left out.
pub(super) fn of(items: &[Item]) -> Vec<Named> {
    let mut finder = Finder::default();
    items.iter().for_each(|item| finder.visit_item(item));
    finder.found
}

#[derive(Default)]
struct Finder {
    found: Vec<Named>,
}

impl Finder {
    fn inline(&mut self, segments: Vec<String>) {
        self.found.push(Named {
            segments,
            binding: None,
            is_use: false,
            private: true,
        });
    }

    fn use_tree(&mut self, before: &[String], tree: &UseTree, private: bool) {
        let with = |name: &syn::Ident| [before, &[name.to_string()]].concat();
        let (segments, binding) = match tree {
            UseTree::Path(path) => {
                return self.use_tree(&with(&path.ident), &path.tree, private);
            }
            UseTree::Group(group) => {
                return group
                    .items
                    .iter()
                    .for_each(|tree| self.use_tree(before, tree, private));
            }
            UseTree::Glob(_) => (before.to_vec(), None),
            UseTree::Name(name) if name.ident == "self" => {
                (before.to_vec(), before.last().cloned())
            }
            UseTree::Name(name) => (with(&name.ident), Some(name.ident.to_string())),
            UseTree::Rename(name) if name.ident == "self" => {
                (before.to_vec(), Some(name.rename.to_string()))
            }
            UseTree::Rename(name) => (with(&name.ident), Some(name.rename.to_string())),
        };
        self.found.push(Named {
            segments,
            binding,
            is_use: true,
            private,
        });
    }

    /// Paths in tokens that nobody has parsed: names joined by `::`.
    fn tokens(&mut self, tokens: TokenStream) {
        let mut segments: Vec<String> = Vec::new();
        let mut colons = 0;
        for token in tokens {
            match token {
                TokenTree::Punct(punct) if punct.as_char() == ':' => colons += 1,
                TokenTree::Ident(ident) => {
                    if colons != 2 {
                        self.tokens_end(&mut segments);
                    }
                    segments.push(ident.to_string());
                    colons = 0;
                }
                other => {
                    self.tokens_end(&mut segments);
                    colons = 0;
                    match other {
                        TokenTree::Group(group) => self.tokens(group.stream()),
                        TokenTree::Literal(literal) => self.text(&literal.to_string()),
                        _ => {}
                    }
                }
            }
        }
        self.tokens_end(&mut segments);
    }

    fn tokens_end(&mut self, segments: &mut Vec<String>) {
        let segments = std::mem::take(segments);
        if segments.len() > 1 {
            self.inline(segments);
        }
    }

    /// A path in a string, as serde's attributes have it.
    fn text(&mut self, literal: &str) {
        if let Ok(text) = syn::parse_str::<syn::LitStr>(literal)
            && let Ok(path) = text.parse::<syn::Path>()
            && path.segments.len() > 1
        {
            self.visit_path(&path);
        }
    }
}

impl<'ast> Visit<'ast> for Finder {
    fn visit_item(&mut self, item: &'ast Item) {
        if !is_for_tests(attributes(item)) {
            visit::visit_item(self, item);
        }
    }

    fn visit_impl_item(&mut self, item: &'ast ImplItem) {
        let attributes = match item {
            ImplItem::Const(item) => &item.attrs[..],
            ImplItem::Fn(item) => &item.attrs,
            ImplItem::Type(item) => &item.attrs,
            _ => &[],
        };
        if !is_for_tests(attributes) {
            visit::visit_impl_item(self, item);
        }
    }

    /// Modules are looked at one by one.
    fn visit_item_mod(&mut self, _: &'ast ItemMod) {}

    /// `pub(super)` imports nothing.
    fn visit_visibility(&mut self, _: &'ast Visibility) {}

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        let private = matches!(item.vis, Visibility::Inherited);
        self.use_tree(&start(item.leading_colon.is_some()), &item.tree, private);
    }

    fn visit_item_extern_crate(&mut self, item: &'ast ItemExternCrate) {
        let name = item.rename.as_ref().map_or(&item.ident, |(_, name)| name);
        let mut segments = start(true);
        segments.push(item.ident.to_string());
        self.found.push(Named {
            segments,
            binding: Some(name.to_string()),
            is_use: true,
            private: matches!(item.vis, Visibility::Inherited),
        });
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        if path.segments.len() > 1 {
            let mut segments = start(path.leading_colon.is_some());
            segments.extend(path.segments.iter().map(|s| s.ident.to_string()));
            self.inline(segments);
        }
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, call: &'ast Macro) {
        self.visit_path(&call.path);
        self.tokens(call.tokens.clone());
    }

    fn visit_attribute(&mut self, attribute: &'ast Attribute) {
        if let Meta::List(list) = &attribute.meta {
            self.tokens(list.tokens.clone());
        }
    }
}

/// What the parts of a path begin with.
fn start(colons: bool) -> Vec<String> {
    if colons {
        vec![String::new()]
    } else {
        Vec::new()
    }
}

fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::ExternCrate(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::ForeignMod(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::TraitAlias(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Union(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(source: &str) -> Vec<String> {
        let file = syn::parse_file(source).unwrap();
        of(&file.items)
            .iter()
            .map(|named| named.segments.join("::"))
            .collect()
    }

    #[test]
    fn use_trees_are_taken_apart() {
        let found = paths("use crate::a::{self, B, c::*, d as e}; use super::f;");
        let expected = [
            "crate::a",
            "crate::a::B",
            "crate::a::c",
            "crate::a::d",
            "super::f",
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn paths_in_types_code_macros_and_attributes_are_found() {
        let found = paths(
            "#[derive(crate::m::D)] struct S { #[serde(with = \"super::hex\")] x: super::T<self::y::U> }
             fn f() { child::g(); println!(\"{}\", crate::h::I.then(super::j::k())); }",
        );
        for path in [
            "crate::m::D",
            "super::hex",
            "super::T",
            "self::y::U",
            "child::g",
            "crate::h::I",
            "super::j::k",
        ] {
            assert!(found.contains(&path.to_owned()), "{path} in {found:?}");
        }
    }

    #[test]
    fn what_only_tests_use_is_left_out() {
        let found = paths(
            "#[cfg(test)] use super::a; #[test] fn f() { super::b(); }
             struct S; impl S { #[cfg(test)] fn g() { super::c(); } fn h() { super::d(); } }",
        );
        assert_eq!(found, ["super::d"]);
    }

    #[test]
    fn visibility_is_no_import_and_paths_to_other_crates_keep_their_colons() {
        let found =
            paths("pub(in crate::a) use ::std::fmt; extern crate alloc as a; type T = ::core::U;");
        assert_eq!(found, ["::std::fmt", "::alloc", "::core::U"]);
    }
}
