//! `crates/client`: handles that walk the URL, a builder for each operation, and the positional methods below them.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{format_ident, quote};
use syn::{ItemStruct, Type, parse_quote};

use crate::{
    api::{Api, Resource, Verb},
    builders::{self, Methods},
    error::Result,
    example,
    models::internal,
    names::{screaming, singular},
    normalise, operations,
    render::{self, Uses},
    tree::{self, Node, ParameterKind},
};

/// The files of `crates/client/src/generated`, by path.
///
/// # Errors
///
/// An operation that cannot be generated.
pub(crate) fn files(api: &Api<'_>, structs: &BTreeMap<String, ItemStruct>) -> Result<BTreeMap<String, String>> {
    let methods = operations::methods(api)?;
    let roots = tree::roots(api)?;
    let nodes: Vec<&Node<'_>> = roots.iter().flat_map(Node::walk).collect();
    let names = Names::new(api, &nodes);

    let mut children: BTreeMap<Vec<String>, BTreeSet<String>> = BTreeMap::new();
    let mut modules: BTreeMap<Vec<String>, Vec<&Node<'_>>> = BTreeMap::new();
    for node in &nodes {
        for depth in 0..node.module.len() {
            children.entry(node.module[..depth].to_vec()).or_default().insert(node.module[depth].clone());
        }
        modules.entry(node.module.clone()).or_default().push(node);
    }

    let mut files = BTreeMap::new();
    for (module, nodes) in &modules {
        let resource = api.resources.iter().find(|resource| resource.module == *module);
        let mut code = Vec::new();
        for node in nodes.iter().filter(|node| !node.is_idle()) {
            code.push(Code::Items(handle(node, structs)));
        }
        for node in nodes {
            for operation in &node.operations {
                let (builder, send) = builders::builder(api, node, operation, &methods, structs);
                code.extend([Code::Items(builder), Code::Text(send)]);
            }
        }
        if let Some(resource) = resource {
            let path = format!("v1/{}/operations.rs", module.join("/"));
            files.insert(path.clone(), positional(&path, resource, &methods, &names)?);
        }
        let path = format!("v1/{}.rs", module.join("/"));
        let sources = resource.map_or_else(|| sources_below(api, module), |resource| vec![resource.info.file.as_str()]);
        let doc = module_doc(resource, nodes);
        let mut modules: Vec<_> =
            children.get(module).into_iter().flatten().map(|name| format!("pub mod {name};")).collect();
        modules.extend(resource.map(|_| "mod operations;".to_owned()));
        let body = Body { names: &names, module, code };
        files.insert(path.clone(), file(&path, &sources, &doc, &modules, body)?);
    }
    let root = root(&roots);
    let doc = "Version 1 of the API.\n\nA module for each resource, nested as in the URL: its handles, a builder for each operation, and the positional\nmethods of [`Client`](crate::Client) below them.";
    let sources = ["base.yaml", "overlay.yaml", "v1"];
    let modules: Vec<_> =
        children.get(&Vec::new()).into_iter().flatten().map(|name| format!("pub mod {name};")).collect();
    let body = Body { names: &names, module: &[], code: vec![Code::Items(root)] };
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

fn module_doc(resource: Option<&Resource<'_>>, nodes: &[&Node<'_>]) -> String {
    match resource {
        Some(Resource { info, .. }) => {
            let example = example::of(nodes).map(|example| format!("\n\n{example}")).unwrap_or_default();
            format!("{}.\n\n{}{example}\n\nVendor's page: <{}>.", info.title, info.description, info.docs)
        }
        None => format!("What is below `{}`.", nodes[0].path),
    }
}

/// What a file holds, and where the names in it come from.
struct Body<'a> {
    names: &'a Names,
    module: &'a [String],
    code: Vec<Code>,
}

/// A part of a file: items to be formatted, or what is written as text from the start.
enum Code {
    Items(TokenStream),
    Text(String),
}

/// The parts of a file in their order: where it comes from, what it is, what it needs, what it holds.
fn file(path: &str, sources: &[&str], doc: &str, modules: &[String], body: Body<'_>) -> Result<String> {
    let mut names = BTreeSet::new();
    let mut code = Vec::new();
    for part in body.code {
        match part {
            Code::Items(tokens) => {
                names.extend(idents(tokens.clone()));
                code.push(render::items(tokens).map_err(|error| internal(path, error))?);
            }
            Code::Text(text) => {
                names.extend(idents(text.parse().map_err(|error| internal(path, error))?));
                code.push(text);
            }
        }
    }
    let uses = body.names.uses(&names, body.module);
    let modules: String = modules.iter().map(|line| format!("{line}\n")).collect();
    let head = [render::header(sources), render::module_doc(doc), uses.render(), modules];
    Ok(render::file(&[&head[..], &code].concat()))
}

/// The accessors of the client itself.
fn root(roots: &[Node<'_>]) -> TokenStream {
    let accessors = roots.iter().map(|node| accessors(node, &quote!(self.clone()), &[]));
    quote! {
        impl Client {
            #(#accessors)*
        }
    }
}

fn handle(node: &Node<'_>, structs: &BTreeMap<String, ItemStruct>) -> TokenStream {
    let name = format_ident!("{}", node.handle_name());
    let fields: Vec<_> = node.parameters.iter().map(|parameter| format_ident!("{}", parameter.name)).collect();
    let types = node.parameters.iter().map(|parameter| parameter_type(&parameter.kind));
    let verbs = node.operations.iter().map(|operation| builders::verb(operation, structs));
    let below = node.children.iter().filter(|child| !child.is_item());
    let accessors = below.map(|child| accessors(child, &quote!(self.client.clone()), &fields));
    let doc = render::doc(&handle_doc(node));
    quote! {
        #(#doc)*
        #[derive(Clone, Debug)]
        pub struct #name {
            pub(crate) client: Client,
            #(pub(crate) #fields: #types,)*
        }

        impl #name {
            #(#verbs)*
            #(#accessors)*
        }
    }
}

fn handle_doc(node: &Node<'_>) -> String {
    let what = if node.is_item() { &node.one } else { &node.title };
    format!("{what}, at `{}`.\n\nA handle: nothing is sent before a call is awaited.", node.path)
}

/// The accessor of a static path, and the one of its items.
fn accessors(node: &Node<'_>, client: &TokenStream, fields: &[Ident]) -> TokenStream {
    let handle = format_ident!("{}", node.handle_name());
    let accessor = format_ident!("{}", node.accessor);
    let doc = render::doc(&format!("{}, at `{}`.", node.title, node.path));
    let mut tokens = TokenStream::new();
    if !node.is_idle() {
        tokens.extend(quote! {
            #(#doc)*
            pub fn #accessor(&self) -> #handle {
                #handle { client: #client, #(#fields: self.#fields.clone()),* }
            }
        });
    }
    if let Some(item) = node.item() {
        let handle = format_ident!("{}", item.handle_name());
        let accessor = format_ident!("{}", singular(&node.accessor));
        let parameter = item.parameters.last().expect("an item has a parameter");
        let own = format_ident!("{}", parameter.name);
        let ty = parameter_type(&parameter.kind);
        let doc = render::doc(&format!("{}, at `{}`.\n\n- `{own}`: {}", item.one, item.path, parameter.description));
        tokens.extend(quote! {
            #(#doc)*
            pub fn #accessor(&self, #own: impl Into<#ty>) -> #handle {
                #handle { client: #client, #(#fields: self.#fields.clone(),)* #own: #own.into() }
            }
        });
    }
    tokens
}

/// The type that a handle holds a parameter as.
pub(crate) fn parameter_type(kind: &ParameterKind) -> Type {
    let ident = |name: &str| Ident::new(name, Span::call_site());
    match kind {
        ParameterKind::Sid(sid) => {
            let sid = ident(sid);
            parse_quote!(#sid)
        }
        ParameterKind::SidOrName(sid) => {
            let sid = ident(sid);
            parse_quote!(SidOrName<#sid>)
        }
        ParameterKind::Text => parse_quote!(String),
    }
}

/// The file of a resource's positional methods, and of the statics that name its operations.
fn positional(path: &str, resource: &Resource<'_>, methods: &Methods, names: &Names) -> Result<String> {
    let own = || resource.operations.iter().map(|operation| &methods[operation.id]);
    let bodies = own().map(|method| &method.method);
    let tokens = quote! {
        impl Client {
            #(#bodies)*
        }
    };
    let statics: Vec<_> = own().map(|method| method.definition.as_str()).collect();
    let code = vec![Code::Items(tokens), Code::Text(statics.join("\n"))];
    let module: Vec<String> = resource.module.iter().cloned().chain(["operations".to_owned()]).collect();
    let body = Body { names, module: &module, code };
    let doc = format!("{}: the positional methods.", resource.info.title);
    file(path, &[&resource.info.file], &doc, &[], body)
}

/// Where the names come from that generated code uses.
struct Names {
    homes: BTreeMap<String, String>,
}

impl Names {
    fn new(api: &Api<'_>, nodes: &[&Node<'_>]) -> Self {
        let mut homes: BTreeMap<String, String> = BTreeMap::new();
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
            ("call", "crate::call"),
            ("list_call", "crate::call"),
            ("segment", "crate::path"),
        ];
        homes.extend(fixed.map(|(name, from)| (name.to_owned(), from.to_owned())));
        for name in api.type_names.values() {
            homes.insert(name.clone(), "crate::types::v1".to_owned());
        }
        for operation in api.operations() {
            let list = operation.list_items().map(|_| format!("{}Response", operation.id));
            for name in [operation.request_type(), operation.params_type(), list].into_iter().flatten() {
                homes.insert(name, "crate::types::v1".to_owned());
            }
        }
        for resource in &api.resources {
            for operation in resource.operations.iter().filter(|operation| operation.verb == Verb::List) {
                let home = format!("crate::v1::{}::operations", resource.module.join("::"));
                homes.insert(screaming(operation.id), home);
            }
        }
        for node in nodes {
            homes.insert(node.handle_name(), format!("crate::v1::{}", node.module.join("::")));
        }
        Self { homes }
    }

    fn uses(&self, idents: &BTreeSet<String>, module: &[String]) -> Uses {
        let own = format!("crate::v1::{}", module.join("::"));
        let mut uses = Uses::default();
        for name in idents {
            let from = match self.homes.get(name) {
                Some(from) => from.as_str(),
                None if normalise::is_hand_written(name) => "crate::types",
                None => continue,
            };
            if from != own {
                uses.add(from, name);
            }
        }
        uses
    }
}

fn idents(tokens: TokenStream) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for token in tokens {
        match token {
            TokenTree::Ident(ident) => _ = found.insert(ident.to_string()),
            TokenTree::Group(group) => found.extend(idents(group.stream())),
            TokenTree::Punct(_) | TokenTree::Literal(_) => {}
        }
    }
    found
}
