//! The paths in the code of a module: of its `use` items, in its code, in its attributes and in the tokens of its macros.
//! Code that is compiled for tests only is left out.

use std::collections::BTreeSet;

use proc_macro2::{Delimiter, Ident, Literal, TokenStream, TokenTree};
use syn::visit::{self, Visit};

/// The names that a module has and those that it mentions.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub items: BTreeSet<String>,
    pub uses: Vec<Use>,
    /// Each path once, with its first line.
    pub mentions: Vec<Mention>,
}

/// One name of a `use` item, or `*`.
#[derive(Debug)]
pub(super) struct Use {
    /// The name that it has here. `None`: all names of the path.
    pub name: Option<String>,
    pub path: Vec<String>,
    pub line: usize,
}

/// A path in code.
#[derive(Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct Mention {
    pub path: Vec<String>,
    pub line: usize,
}

/// Reads the items of a module, but not those of the modules in it.
pub(super) fn find(items: &[syn::Item]) -> Found {
    let mut found = Found::default();
    for item in items.iter().filter(|item| !is_test(attributes(item))) {
        found.items.extend(defined(item));
        found.visit_item(item);
    }
    found.mentions.sort();
    found.mentions.dedup_by(|next, first| next.path == first.path);
    found
}

/// Whether what has the attributes is compiled for tests only.
pub(super) fn is_test(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        if attribute.path().is_ident("cfg") {
            let syn::Meta::List(list) = &attribute.meta else { return false };
            let text = list.tokens.to_string().replace(' ', "");
            text == "test" || text.starts_with("all(test,")
        } else {
            attribute.path().segments.last().is_some_and(|last| last.ident == "test")
        }
    })
}

/// The file that `#[path = "…"]` names.
pub(super) fn path_attribute(attributes: &[syn::Attribute]) -> Option<String> {
    let attribute = attributes.iter().find(|attribute| attribute.path().is_ident("path"))?;
    let syn::Meta::NameValue(pair) = &attribute.meta else { return None };
    let syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }) = &pair.value else { return None };
    Some(text.value())
}

/// An identifier without `r#`.
pub(super) fn name(ident: &Ident) -> String {
    let name = ident.to_string();
    name.strip_prefix("r#").map_or(name.clone(), str::to_owned)
}

impl Found {
    fn mention(&mut self, path: Vec<String>, line: usize) {
        // `self` is a value and `crate` alone a visibility.
        if path.len() > 1 || !matches!(path[0].as_str(), "self" | "super" | "crate" | "Self") {
            self.mentions.push(Mention { path, line });
        }
    }

    fn use_tree(&mut self, tree: &syn::UseTree, mut path: Vec<String>) {
        match tree {
            syn::UseTree::Path(tree) => {
                path.push(name(&tree.ident));
                self.use_tree(&tree.tree, path);
            }
            syn::UseTree::Group(group) => {
                for tree in &group.items {
                    self.use_tree(tree, path.clone());
                }
            }
            syn::UseTree::Name(tree) => self.import(&tree.ident, &tree.ident, path),
            syn::UseTree::Rename(tree) => self.import(&tree.ident, &tree.rename, path),
            syn::UseTree::Glob(glob) => {
                let line = glob.star_token.spans[0].start().line;
                self.uses.push(Use { name: None, path, line });
            }
        }
    }

    fn import(&mut self, ident: &Ident, rename: &Ident, mut path: Vec<String>) {
        let mut own = name(rename);
        if ident == "self" && !path.is_empty() {
            if ident == rename {
                own = path.last().cloned().unwrap_or_default();
            }
        } else {
            path.push(name(ident));
        }
        self.uses.push(Use { name: Some(own), path, line: ident.span().start().line });
    }

    /// Reads the tokens of a macro: every run of names with `::` between them.
    fn tokens(&mut self, tokens: TokenStream) {
        let tokens: Vec<_> = tokens.into_iter().collect();
        let mut at = 0;
        while at < tokens.len() {
            match &tokens[at] {
                TokenTree::Group(group) => self.tokens(group.stream()),
                TokenTree::Ident(first) => {
                    // A path of another crate, `::a`, and a method or field, `.a`, are no names of this module.
                    let is_foreign = at > 0
                        && (punct(&tokens, at - 1, ':') && at > 1 && punct(&tokens, at - 2, ':')
                            || punct(&tokens, at - 1, '.'));
                    let end = self.run(&tokens, at, first, Vec::new(), is_foreign);
                    at = end;
                    continue;
                }
                _ => {}
            }
            at += 1;
        }
    }

    /// Reads a run of names from the one at `at`. Returns the index behind it.
    fn run(
        &mut self,
        tokens: &[TokenTree],
        mut at: usize,
        first: &Ident,
        mut path: Vec<String>,
        foreign: bool,
    ) -> usize {
        let line = first.span().start().line;
        path.push(name(first));
        at += 1;
        while punct(tokens, at, ':') && punct(tokens, at + 1, ':') {
            match tokens.get(at + 2) {
                Some(TokenTree::Ident(next)) => path.push(name(next)),
                // The tree of a `use` item.
                Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace && !foreign => {
                    self.branches(group.stream(), &path);
                    return at + 3;
                }
                _ => break,
            }
            at += 3;
        }
        if !foreign {
            self.mention(path, line);
        }
        at
    }

    /// The branches of a tree in a macro, `{a, b::{c, d}}`.
    fn branches(&mut self, tokens: TokenStream, path: &[String]) {
        let tokens: Vec<_> = tokens.into_iter().collect();
        let mut at = 0;
        while at < tokens.len() {
            match &tokens[at] {
                TokenTree::Ident(first) if first == "self" => {
                    self.mention(path.to_vec(), first.span().start().line);
                    at += 1;
                }
                TokenTree::Ident(first) => at = self.run(&tokens, at, first, path.to_vec(), false),
                _ => at += 1,
            }
        }
    }

    /// A path in the string of an attribute, as in `#[serde(with = "crate::dates")]`.
    fn string(&mut self, literal: &Literal) {
        let text = literal.to_string();
        if !text.contains("::") {
            return;
        }
        let Ok(text) = syn::parse_str::<syn::LitStr>(&text) else { return };
        if let Ok(path) = text.parse::<syn::Path>()
            && path.leading_colon.is_none()
        {
            let names = path.segments.iter().map(|segment| name(&segment.ident)).collect();
            self.mention(names, literal.span().start().line);
        }
    }

    fn strings(&mut self, tokens: TokenStream) {
        for token in tokens {
            match token {
                TokenTree::Group(group) => self.strings(group.stream()),
                TokenTree::Literal(literal) => self.string(&literal),
                _ => {}
            }
        }
    }
}

fn punct(tokens: &[TokenTree], at: usize, wanted: char) -> bool {
    matches!(tokens.get(at), Some(TokenTree::Punct(punct)) if punct.as_char() == wanted)
}

impl<'ast> Visit<'ast> for Found {
    fn visit_item(&mut self, item: &'ast syn::Item) {
        if !is_test(attributes(item)) {
            visit::visit_item(self, item);
        }
    }

    /// Another module.
    fn visit_item_mod(&mut self, _: &'ast syn::ItemMod) {}

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        if item.leading_colon.is_none() {
            self.use_tree(&item.tree, Vec::new());
        }
    }

    fn visit_impl_item(&mut self, item: &'ast syn::ImplItem) {
        let attributes = match item {
            syn::ImplItem::Const(item) => &item.attrs,
            syn::ImplItem::Fn(item) => &item.attrs,
            syn::ImplItem::Type(item) => &item.attrs,
            syn::ImplItem::Macro(item) => &item.attrs,
            _ => return,
        };
        if !is_test(attributes) {
            visit::visit_impl_item(self, item);
        }
    }

    fn visit_field(&mut self, field: &'ast syn::Field) {
        if !is_test(&field.attrs) {
            visit::visit_field(self, field);
        }
    }

    fn visit_local(&mut self, local: &'ast syn::Local) {
        if !is_test(&local.attrs) {
            visit::visit_local(self, local);
        }
    }

    fn visit_stmt_macro(&mut self, statement: &'ast syn::StmtMacro) {
        if !is_test(&statement.attrs) {
            visit::visit_stmt_macro(self, statement);
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        if path.leading_colon.is_none() && !path.segments.is_empty() {
            let names = path.segments.iter().map(|segment| name(&segment.ident)).collect();
            self.mention(names, path.segments[0].ident.span().start().line);
        }
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        self.visit_path(&call.path);
        self.tokens(call.tokens.clone());
    }

    fn visit_attribute(&mut self, attribute: &'ast syn::Attribute) {
        if attribute.path().is_ident("doc") {
            return;
        }
        self.visit_path(attribute.path());
        match &attribute.meta {
            syn::Meta::List(list) => {
                self.tokens(list.tokens.clone());
                self.strings(list.tokens.clone());
            }
            syn::Meta::NameValue(pair) => self.visit_expr(&pair.value),
            syn::Meta::Path(_) => {}
        }
    }

    /// `pub(in crate::a)` imports nothing.
    fn visit_visibility(&mut self, _: &'ast syn::Visibility) {}
}

/// The names that an item gives to its module.
fn defined(item: &syn::Item) -> Option<String> {
    let ident = match item {
        syn::Item::Const(item) => &item.ident,
        syn::Item::Enum(item) => &item.ident,
        syn::Item::Fn(item) => &item.sig.ident,
        syn::Item::Macro(item) => item.ident.as_ref()?,
        syn::Item::Static(item) => &item.ident,
        syn::Item::Struct(item) => &item.ident,
        syn::Item::Trait(item) => &item.ident,
        syn::Item::TraitAlias(item) => &item.ident,
        syn::Item::Type(item) => &item.ident,
        syn::Item::Union(item) => &item.ident,
        _ => return None,
    };
    Some(name(ident))
}

fn attributes(item: &syn::Item) -> &[syn::Attribute] {
    match item {
        syn::Item::Const(item) => &item.attrs,
        syn::Item::Enum(item) => &item.attrs,
        syn::Item::ExternCrate(item) => &item.attrs,
        syn::Item::Fn(item) => &item.attrs,
        syn::Item::ForeignMod(item) => &item.attrs,
        syn::Item::Impl(item) => &item.attrs,
        syn::Item::Macro(item) => &item.attrs,
        syn::Item::Mod(item) => &item.attrs,
        syn::Item::Static(item) => &item.attrs,
        syn::Item::Struct(item) => &item.attrs,
        syn::Item::Trait(item) => &item.attrs,
        syn::Item::TraitAlias(item) => &item.attrs,
        syn::Item::Type(item) => &item.attrs,
        syn::Item::Union(item) => &item.attrs,
        syn::Item::Use(item) => &item.attrs,
        _ => &[],
    }
}
