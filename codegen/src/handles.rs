//! `crates/client`: handles that follow the URL, a builder for each operation or pair of operations, and the positional
//! methods below them.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{format_ident, quote};
use syn::{Type, parse_quote};

use crate::{
    builders::{self, Methods},
    error::{Error, Result},
    example,
    model::{Api, Resource, Role, Scope},
    names::{screaming, singular},
    operations,
    render::{self, Uses},
    tree::{Node, ParameterKind},
};

/// The files of `crates/client/src/generated`, by path.
///
/// # Errors
///
/// An operation that cannot be generated.
pub(crate) fn files(api: &Api<'_>, roots: &[Node<'_>]) -> Result<BTreeMap<String, String>> {
    let methods = operations::methods(api)?;
    let nodes: Vec<&Node<'_>> = roots.iter().flat_map(Node::walk).collect();
    let client = Client { api, nodes: nodes.iter().map(|node| (node.key.as_str(), *node)).collect() };
    let names = Names::new(api, &nodes);

    // Scoped paths have the handles of the paths without the scope.
    let own: Vec<&Node<'_>> = nodes.iter().filter(|node| node.plain.is_none()).copied().collect();
    let mut children: BTreeMap<Vec<String>, BTreeSet<String>> = BTreeMap::new();
    let mut modules: BTreeMap<Vec<String>, Vec<&Node<'_>>> = BTreeMap::new();
    for node in own {
        for depth in 0..node.module.len() {
            children.entry(node.module[..depth].to_vec()).or_default().insert(node.module[depth].clone());
        }
        modules.entry(node.module.clone()).or_default().push(node);
    }

    let mut files = BTreeMap::new();
    for (module, nodes) in &modules {
        let resources: Vec<_> = api.resources.iter().filter(|resource| resource.module == *module).collect();
        let mut code = Vec::new();
        for node in nodes.iter().filter(|node| !node.is_idle()) {
            code.push(Code::Items(client.handle(node)));
        }
        for node in nodes {
            for operation in &node.operations {
                let (builder, send) = builders::builder(api, node, operation, &methods);
                code.extend([Code::Items(builder), Code::Text(send)]);
            }
        }
        if !resources.is_empty() {
            let path = format!("v1/{}/operations.rs", module.join("/"));
            files.insert(path.clone(), positional(&path, &resources, &methods, &names)?);
        }
        let path = format!("v1/{}.rs", module.join("/"));
        let mut sources: Vec<&str> = resources.iter().map(|resource| resource.info.file.as_str()).collect();
        if sources.is_empty() {
            sources = sources_below(api, module);
        }
        let doc = module_doc(api, resources.first().copied(), nodes);
        let mut modules: Vec<_> =
            children.get(module).into_iter().flatten().map(|name| format!("pub mod {name};")).collect();
        modules.extend((!resources.is_empty()).then(|| "mod operations;".to_owned()));
        let body = Body { names: &names, module, code, defined: None };
        files.insert(path.clone(), file(&path, &sources, &doc, &modules, body)?);
    }
    let doc = "Version 1 of the API.\n\nA module for each resource, nested as in the URL: its handles, a builder for each operation, and the positional\nmethods of [`Client`](crate::Client) below them.";
    let sources = ["base.yaml", "overlay.yaml", "v1"];
    let modules: Vec<_> =
        children.get(&Vec::new()).into_iter().flatten().map(|name| format!("pub mod {name};")).collect();
    let defined = api.scope.as_ref().map(|scope| scope.variant.as_str());
    let body = Body { names: &names, module: &[], code: vec![Code::Items(client.root(roots))], defined };
    // rustdoc shows methods in the order of the source: the accessors first, then the positional methods.
    let accessors = file("v1/mod.rs", &sources, doc, &[], body)?;
    files.insert("v1/mod.rs".into(), format!("{accessors}\n{}\n", modules.join("\n")));
    files.insert("mod.rs".into(), render::file(&[render::header(&["v1"]), "pub mod v1;\n".to_owned()]));
    Ok(files)
}

fn sources_below<'a>(api: &'a Api<'_>, module: &[String]) -> Vec<&'a str> {
    let below = api.resources.iter().filter(|resource| resource.module.starts_with(module));
    below.map(|resource| resource.info.file.as_str()).collect()
}

fn module_doc(api: &Api<'_>, resource: Option<&Resource<'_>>, nodes: &[&Node<'_>]) -> String {
    match resource {
        Some(Resource { info, .. }) => {
            let example = example::of_module(api, nodes).map(|example| format!("\n\n{example}")).unwrap_or_default();
            let scope = nodes.iter().find_map(|node| Some((node, node.scoped.as_ref()?)));
            let scope = scope.map(|(node, scoped)| {
                let (plain, scoped) = (&node.path.text, &scoped.text);
                format!("\n\nThe handles act at `{plain}`, or at `{scoped}`; see [`Scope`](crate::v1::Scope).")
            });
            let scope = scope.unwrap_or_default();
            format!("{}.\n\n{}{scope}{example}\n\nAPI reference: <{}>.", info.title, info.description, info.docs)
        }
        None => format!("Handles below `{}`.", nodes[0].path.text),
    }
}

/// The content of a file, and where the names in it come from.
struct Body<'a> {
    names: &'a Names,
    module: &'a [String],
    code: Vec<Code>,
    /// A name that the file defines, though another type has it too.
    defined: Option<&'a str>,
}

/// A part of a file: items to be formatted, or text.
enum Code {
    Items(TokenStream),
    Text(String),
}

/// The parts of a file in their order: header, documentation, imports, content.
fn file(path: &str, sources: &[&str], doc: &str, modules: &[String], body: Body<'_>) -> Result<String> {
    let internal =
        |problem: &dyn std::fmt::Display| Error::new(path, "", format!("the generated code does not parse: {problem}"));
    let mut names = BTreeSet::new();
    let mut code = Vec::new();
    for part in body.code {
        match part {
            Code::Items(tokens) => {
                names.extend(idents(tokens.clone()));
                code.push(render::items(tokens).map_err(|error| internal(&error))?);
            }
            Code::Text(text) => {
                names.extend(idents(text.parse().map_err(|error| internal(&error))?));
                code.push(text);
            }
        }
    }
    names.retain(|name| body.defined != Some(name));
    let uses = body.names.uses(&names, body.module);
    let modules: String = modules.iter().map(|line| format!("{line}\n")).collect();
    let head = [render::header(sources), render::module_doc(doc), uses.render(), modules];
    Ok(render::file(&[&head[..], &code].concat()))
}

/// Writes handles and their accessors.
struct Client<'a> {
    api: &'a Api<'a>,
    /// All nodes by key.
    nodes: BTreeMap<&'a str, &'a Node<'a>>,
}

impl Client<'_> {
    /// The accessors of the client itself, and the type of scopes.
    fn root(&self, roots: &[Node<'_>]) -> TokenStream {
        let accessors = roots.iter().map(|node| self.accessors(node, None));
        let scope = self.api.scope.as_ref().map(scope);
        quote! {
            impl Client {
                #(#accessors)*
            }

            #scope
        }
    }

    fn handle(&self, node: &Node<'_>) -> TokenStream {
        let name = format_ident!("{}", node.handle_name());
        let fields: Vec<_> = node.parameters.iter().map(|parameter| format_ident!("{}", parameter.name)).collect();
        let types = node.parameters.iter().map(|parameter| parameter_type(&parameter.kind));
        let verbs = node.operations.iter().map(|operation| builders::verb(self.api, operation));
        let below = node.children.iter().filter(|child| !child.is_item());
        let accessors = below.map(|child| self.accessors(child, Some(node)));
        let doc = render::doc(&handle_doc(node));
        let scope = node.scoped.as_ref().map(|_| quote!(pub(crate) scope: Scope,));
        let scope_accessor = node.scoped.as_ref().map(|_| {
            quote! {
                /// The scope that the handle acts in.
                pub fn scope(&self) -> &Scope {
                    &self.scope
                }
            }
        });
        quote! {
            #(#doc)*
            #[derive(Clone, Debug)]
            pub struct #name {
                pub(crate) client: Client,
                #scope
                #(pub(crate) #fields: #types,)*
            }

            impl #name {
                #(#verbs)*
                #(#accessors)*
                #scope_accessor
            }
        }
    }

    /// The accessor of a static path, and the one of its items. `parent` is the node of the handle that has them; none
    /// for the client.
    fn accessors(&self, node: &Node<'_>, parent: Option<&Node<'_>>) -> TokenStream {
        // A scoped path leads to the handles of the path without the scope, which hold the scope instead of its item.
        let target = node.plain.as_deref().map_or(node, |key| self.nodes[key]);
        let client = if parent.is_some() { quote!(self.client.clone()) } else { quote!(self.clone()) };
        let inherited: Vec<Ident> = target
            .parameters
            .iter()
            .take(target.parameters.len() - usize::from(target.is_item()))
            .map(|parameter| format_ident!("{}", parameter.name))
            .collect();
        let scope = target.scoped.as_ref().map(|_| {
            let value = self.scope_value(node, parent);
            quote!(scope: #value,)
        });
        let fields = quote!(client: #client, #scope #(#inherited: self.#inherited.clone(),)*);
        let accessor = format_ident!("{}", node.accessor);
        let doc = render::doc(&format!("{}, at {}.", node.title, paths(node)));
        let mut tokens = TokenStream::new();
        if !node.is_idle() {
            let handle = format_ident!("{}", target.handle_name());
            tokens.extend(quote! {
                #(#doc)*
                pub fn #accessor(&self) -> #handle {
                    #handle { #fields }
                }
            });
        }
        if let (Some(item), Some(target)) = (node.item(), target.item()) {
            let handle = format_ident!("{}", target.handle_name());
            let accessor = format_ident!("{}", singular(&node.accessor));
            let parameter = target.parameters.last().expect("an item has a parameter");
            let own = format_ident!("{}", parameter.name);
            let ty = parameter_type(&parameter.kind);
            let text = format!("{}, at {}.\n\n- `{own}`: {}", item.one, paths(item), parameter.description);
            let doc = render::doc(&text);
            tokens.extend(quote! {
                #(#doc)*
                pub fn #accessor(&self, #own: impl Into<#ty>) -> #handle {
                    #handle { #fields #own: #own.into() }
                }
            });
        }
        tokens
    }

    /// The scope of a handle that is reached from `parent`.
    fn scope_value(&self, node: &Node<'_>, parent: Option<&Node<'_>>) -> TokenStream {
        match (parent, &self.api.scope) {
            (Some(parent), Some(scope)) if node.plain.is_some() => {
                let variant = format_ident!("{}", scope.variant);
                let sid = format_ident!("{}", parent.parameters.last().expect("a scope is an item").name);
                quote!(Scope::#variant(self.#sid.clone()))
            }
            (Some(_), _) => quote!(self.scope.clone()),
            (None, _) => quote!(Scope::Default),
        }
    }
}

/// The enum that says where a handle acts.
fn scope(scope: &Scope) -> TokenStream {
    let variant = format_ident!("{}", scope.variant);
    let sid = format_ident!("{}", scope.sid.name);
    let name = singular(&crate::names::snake(scope.path.last_fixed()));
    let doc = render::doc(&format!(
        "Whether a handle acts in the account's default {name} or in one {name}.\n\nThe scope decides the path and the \
         operation of each call. Errors and traces name the operation that was sent."
    ));
    let default = render::doc(&format!("The account's default {name}, at `/v1`."));
    let own = render::doc(&format!("One {name}, at `{}`.", scope.path.text));
    quote! {
        #(#doc)*
        #[derive(Clone, Debug, Default, Eq, Hash, PartialEq)]
        #[non_exhaustive]
        pub enum Scope {
            #(#default)*
            #[default]
            Default,
            #(#own)*
            #variant(#sid),
        }
    }
}

fn handle_doc(node: &Node<'_>) -> String {
    let title = if node.is_item() { &node.one } else { &node.title };
    format!("{title}, at {}.\n\nA handle: nothing is sent before a call is awaited.", paths(node))
}

/// The path of a node, and the one in the scope.
fn paths(node: &Node<'_>) -> String {
    let scoped = node.scoped.as_ref().map(|path| format!(" or `{}`", path.text)).unwrap_or_default();
    format!("`{}`{scoped}", node.path.text)
}

/// The type that a handle holds a parameter as.
pub(crate) fn parameter_type(kind: &ParameterKind) -> Type {
    let ident = |name: &str| Ident::new(name, Span::call_site());
    match kind {
        ParameterKind::Sid(sid) => {
            let sid = ident(&sid.name);
            parse_quote!(#sid)
        }
        ParameterKind::SidOrName(sid) => {
            let sid = ident(&sid.name);
            parse_quote!(SidOrName<#sid>)
        }
        ParameterKind::Text => parse_quote!(String),
    }
}

/// The file of a module's positional methods, and of the statics that name its operations.
fn positional(path: &str, resources: &[&Resource<'_>], methods: &Methods, names: &Names) -> Result<String> {
    let own = || resources.iter().flat_map(|resource| &resource.operations).map(|operation| &methods[&operation.id]);
    let bodies = own().map(|method| &method.method);
    let tokens = quote! {
        impl Client {
            #(#bodies)*
        }
    };
    let statics: Vec<_> = own().map(|method| method.definition.as_str()).collect();
    let code = vec![Code::Items(tokens), Code::Text(statics.join("\n"))];
    let resource = resources[0];
    let module: Vec<String> = resource.module.iter().cloned().chain(["operations".to_owned()]).collect();
    let body = Body { names, module: &module, code, defined: None };
    let doc = format!("{}: the positional methods.", resource.info.title);
    let sources: Vec<&str> = resources.iter().map(|resource| resource.info.file.as_str()).collect();
    file(path, &sources, &doc, &[], body)
}

/// Where the names come from that generated code uses.
struct Names {
    homes: BTreeMap<String, String>,
}

impl Names {
    fn new(api: &Api<'_>, nodes: &[&Node<'_>]) -> Self {
        let fixed = [
            ("BTreeMap", "std::collections"),
            ("DateTime", "chrono"),
            ("Utc", "chrono"),
            ("Method", "http"),
            ("Value", "serde_json"),
            ("Client", "crate"),
            ("Error", "crate"),
            ("Operation", "crate"),
            ("Response", "crate"),
            ("Scope", "crate::v1"),
            ("call", "crate::call"),
            ("list_call", "crate::call"),
            ("segment", "crate::path"),
        ];
        let mut homes: BTreeMap<String, String> =
            fixed.map(|(name, from)| (name.to_owned(), from.to_owned())).into_iter().collect();
        for one in api.structs.values() {
            let module = match one.role {
                Role::Model => "crate::types::v1",
                Role::Create | Role::Update | Role::Params => "crate::types::v1::request",
                Role::Page => "crate::types::v1::page",
            };
            homes.insert(one.name.clone(), module.to_owned());
        }
        homes.extend(api.root_names().map(|name| (name.to_owned(), "crate::types".to_owned())));
        homes.extend(api.enums.keys().map(|name| (name.clone(), "crate::types::v1".to_owned())));
        for resource in &api.resources {
            for operation in resource.operations.iter().filter(|operation| operation.list.is_some()) {
                let home = format!("crate::v1::{}::operations", resource.module.join("::"));
                homes.insert(screaming(&operation.id), home);
            }
        }
        for node in nodes.iter().filter(|node| node.plain.is_none()) {
            homes.insert(node.handle_name(), format!("crate::v1::{}", node.module.join("::")));
        }
        Self { homes }
    }

    fn uses(&self, idents: &BTreeSet<String>, module: &[String]) -> Uses {
        let own = ["crate::v1"].into_iter().chain(module.iter().map(String::as_str)).collect::<Vec<_>>().join("::");
        let mut uses = Uses::default();
        for name in idents {
            let from = match self.homes.get(name) {
                Some(from) => from.as_str(),
                None => continue,
            };
            if from != own {
                uses.add(from, name);
            }
        }
        uses
    }
}

/// The names that tokens refer to. What comes after `::` belongs to the name in front of it.
fn idents(tokens: TokenStream) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut colons = 0;
    for token in tokens {
        match &token {
            TokenTree::Ident(ident) if colons < 2 => _ = found.insert(ident.to_string()),
            TokenTree::Group(group) => found.extend(idents(group.stream())),
            _ => {}
        }
        colons = if matches!(&token, TokenTree::Punct(punct) if punct.as_char() == ':') { colons + 1 } else { 0 };
    }
    found
}
