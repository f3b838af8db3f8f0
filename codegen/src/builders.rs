//! A builder for each operation: required values as arguments of the verb, optional ones as setters, then `send`.

use std::collections::BTreeMap;

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote};
use serde_json::Value;
use syn::{Field, ItemStruct, Type, parse_quote};

use crate::{
    api::{Api, Operation, Place, Verb},
    models::{doc_of, type_argument, wire_name},
    names::snake,
    operations::{Method, answer_type, errors_doc},
    render::{self, WIDEST},
    tree::{Node, ParameterKind, PathParameter},
    wire,
};

/// The positional methods by operation id.
pub(crate) type Methods = BTreeMap<String, Method>;

/// What a handle offers: `pub fn update(&self) -> UpdateServiceWebhookConfiguration`.
pub(crate) fn verb(operation: &Operation<'_>, structs: &BTreeMap<String, ItemStruct>) -> TokenStream {
    let verb = format_ident!("{}", verb_name(operation));
    let builder = format_ident!("{}", operation.id);
    let inputs = Inputs::of(operation, structs);
    let (names, types): (Vec<_>, Vec<_>) =
        inputs.required().map(|field| (field.ident.clone(), argument_type(&field.ty))).unzip();
    // A request with required fields has no default; `new` takes them in the order of the struct.
    let input = inputs.name.as_ref().map(|(place, ty)| {
        let values = inputs.required().map(|field| argument_value(&field.ty, &field.ident.to_token_stream()));
        let mut values = values.peekable();
        if values.peek().is_some() { quote!(#place: #ty::new(#(#values),*),) } else { quote!(#place: #ty::default(),) }
    });
    let headers = operation.parameters(Place::Header).map(|header| header_name(header.name));
    let limit = (operation.verb == Verb::List).then(|| quote!(limit: None,));
    let mut text = operation.summary().to_owned();
    if !operation.description().is_empty() {
        let description = wire::renamed(operation.description().trim(), &inputs.names(operation));
        text.push_str(&format!("\n\n{description}"));
    }
    let arguments: Vec<_> = inputs
        .required()
        .map(|field| format!("- `{}`: {}", field.ident.to_token_stream(), inputs.doc(field, operation.id).trim()))
        .collect();
    if !arguments.is_empty() {
        text.push_str(&format!("\n\n{}", arguments.join("\n")));
    }
    let source = format!("`{} {}`", operation.method.to_uppercase(), operation.path);
    text.push_str(&format!("\n\nSource: {source}.\n\n{}", errors_doc(operation)));
    let doc = render::doc(&text);
    quote! {
        #(#doc)*
        pub fn #verb(&self, #(#names: #types),*) -> #builder {
            #builder {
                at: self.clone(),
                #input
                #(#headers: None,)*
                #limit
            }
        }
    }
}

/// `create`: what a handle calls it.
fn verb_name(operation: &Operation<'_>) -> String {
    format!("{:?}", operation.verb).to_lowercase()
}

/// The builder's struct and its setters, and the call of the macro that sends it, as text.
pub(crate) fn builder(
    api: &Api<'_>,
    node: &Node<'_>,
    operation: &Operation<'_>,
    methods: &Methods,
    structs: &BTreeMap<String, ItemStruct>,
) -> (TokenStream, String) {
    let name = format_ident!("{}", operation.id);
    let method = &methods[operation.id];
    let inputs = Inputs::of(operation, structs);
    let handle = format_ident!("{}", node.handle_name());
    let input = inputs.name.as_ref().map(|(place, ty)| quote!(pub(crate) #place: #ty,));
    let headers: Vec<_> = header_arguments(operation, method);
    let header_fields = headers.iter().map(|(name, ty, _)| quote!(pub(crate) #name: Option<#ty>,));
    let is_list = operation.verb == Verb::List;
    let limit = is_list.then(|| quote!(pub(crate) limit: Option<usize>,));
    let place = inputs.place();
    let setters = inputs.optional().map(|field| setters(field, &inputs, &place));
    let header_setters = headers.iter().map(|(name, ty, description)| {
        let doc = render::doc(description);
        quote! {
            #(#doc)*
            pub fn #name(mut self, #name: #ty) -> Self {
                self.#name = Some(#name);
                self
            }
        }
    });
    let setters: Vec<_> = setters.chain(header_setters).filter(|setter| !setter.is_empty()).collect();
    let setters = (!setters.is_empty()).then(|| {
        quote! {
            impl #name {
                #(#setters)*
            }
        }
    });
    let made_by = format!("{handle}::{}", verb_name(operation));
    let source = format!("`{} {}`", operation.method.to_uppercase(), operation.path);
    let doc = format!("{}\n\nMade by [`{made_by}`]; awaiting it sends {source}.", operation.summary());
    let doc = render::doc(&doc);
    let items = quote! {
        #(#doc)*
        #[derive(Clone, Debug)]
        #[must_use = "nothing is sent before the builder is awaited"]
        pub struct #name {
            pub(crate) at: #handle,
            #input
            #(#header_fields)*
            #limit
        }

        #setters
    };
    (items, send(api, node, operation, method))
}

/// The struct that holds an operation's request or parameters.
struct Inputs<'a> {
    /// Field of the builder and its type.
    name: Option<(Ident, Ident)>,
    fields: Vec<&'a Field>,
    /// The schemas of the fields, by their names on the wire.
    properties: Option<&'a Value>,
}

impl<'a> Inputs<'a> {
    fn of(operation: &Operation<'a>, structs: &'a BTreeMap<String, ItemStruct>) -> Self {
        let named = |place: &str, name: Option<String>| Some((format_ident!("{place}"), name?));
        let input = named("body", operation.request_type()).or_else(|| named("params", operation.params_type()));
        let fields = input.as_ref().and_then(|(_, name)| structs.get(name)).map(|item| item.fields.iter().collect());
        let name = input.map(|(place, name)| (place, Ident::new(&name, Span::call_site())));
        let properties = operation.body.map(|body| &body["properties"]);
        Self { name, fields: fields.unwrap_or_default(), properties }
    }

    /// Whether the specification lets the field be null.
    fn is_nullable(&self, field: &Field) -> bool {
        self.properties.is_some_and(|properties| properties[wire_name(field)]["nullable"] == true)
    }

    /// The documentation of a field, with links to the setters of `builder`. What is required has none.
    fn doc(&self, field: &Field, builder: &str) -> String {
        let mut text = doc_of(&field.attrs);
        for required in self.required() {
            let name = required.ident.to_token_stream().to_string();
            text = text.replace(&wire::link("Self", &name), &format!("`{name}`"));
        }
        text.replace("](Self::", &format!("]({builder}::"))
    }

    /// What stands for the names on the wire: setters, arguments.
    fn names(&self, operation: &Operation<'_>) -> wire::Names {
        let mut names = wire::Names::new();
        for field in &self.fields {
            let name = field.ident.to_token_stream().to_string();
            let is_required = optional_type(&field.ty).is_none();
            let name = if is_required { format!("`{name}`") } else { wire::link(operation.id, &name) };
            names.insert(wire_name(field), name);
        }
        for header in operation.parameters(Place::Header) {
            names.insert(header.name.to_owned(), wire::link(operation.id, &header_name(header.name).to_string()));
        }
        names
    }

    fn place(&self) -> Ident {
        self.name.as_ref().map_or_else(|| format_ident!("body"), |(place, _)| place.clone())
    }

    fn required(&self) -> impl Iterator<Item = &'a Field> + '_ {
        self.fields.iter().filter(|field| optional_type(&field.ty).is_none()).copied()
    }

    fn optional(&self) -> impl Iterator<Item = &'a Field> + '_ {
        self.fields.iter().filter(|field| optional_type(&field.ty).is_some()).copied()
    }
}

fn optional_type(ty: &Type) -> Option<&Type> {
    type_argument(ty, "Option").or_else(|| type_argument(ty, "Patch"))
}

/// `fn filters(…)`, and `fn clear_filters()` where an update can make the field empty.
fn setters(field: &Field, inputs: &Inputs<'_>, place: &Ident) -> TokenStream {
    let name = &field.ident;
    let Some(inner) = optional_type(&field.ty) else { return TokenStream::new() };
    let is_patch = type_argument(&field.ty, "Patch").is_some();
    let wrap = if is_patch { quote!(Patch::Set) } else { quote!(Some) };
    let (ty, value) = (argument_type(inner), argument_value(inner, &name.to_token_stream()));
    let mut text = inputs.doc(field, "Self");
    if type_argument(inner, "Vec").is_some() {
        text.push_str(" A second call replaces the first.");
    }
    let doc = render::doc(&text);
    let mut tokens = quote! {
        #(#doc)*
        pub fn #name(mut self, #name: #ty) -> Self {
            self.#place.#name = #wrap(#value);
            self
        }
    };
    if is_patch && (can_be_empty(inner) || inputs.is_nullable(field)) {
        let text = name.to_token_stream().to_string();
        let clear = format_ident!("clear_{}", text.trim_end_matches('_'));
        let doc = render::doc(&format!("Makes [`{text}`](Self::{text}) empty."));
        tokens.extend(quote! {
            #(#doc)*
            pub fn #clear(mut self) -> Self {
                self.#place.#name = Patch::Clear;
                self
            }
        });
    }
    tokens
}

/// Texts and lists can be empty; a number, a boolean or one of a set of values cannot, unless it may be null.
fn can_be_empty(ty: &Type) -> bool {
    let text = ty.to_token_stream().to_string();
    matches!(text.as_str(), "String" | "JsonText") || text.ends_with("Sid") || type_argument(ty, "Vec").is_some()
}

/// What a setter takes for a field of type `ty`: whatever becomes one without loss.
fn argument_type(ty: &Type) -> Type {
    if let Some(item) = type_argument(ty, "Vec") {
        return parse_quote!(impl IntoIterator<Item = impl Into<#item>>);
    }
    match ty.to_token_stream().to_string().as_str() {
        "bool" | "i32" | "i64" | "u32" | "f64" | "DateTime < Utc >" => ty.clone(),
        _ => parse_quote!(impl Into<#ty>),
    }
}

fn argument_value(ty: &Type, name: &TokenStream) -> TokenStream {
    if type_argument(ty, "Vec").is_some() {
        return quote!(#name.into_iter().map(Into::into).collect());
    }
    match ty.to_token_stream().to_string().as_str() {
        "bool" | "i32" | "i64" | "u32" | "f64" | "DateTime < Utc >" => name.clone(),
        _ => quote!(#name.into()),
    }
}

/// `X-Twilio-Webhook-Enabled` becomes `webhook_enabled`.
fn header_name(header: &str) -> Ident {
    format_ident!("{}", snake(header.strip_prefix("X-Twilio-").unwrap_or(header)))
}

fn header_arguments(operation: &Operation<'_>, method: &Method) -> Vec<(Ident, Type, String)> {
    let headers = operation.parameters(Place::Header);
    headers
        .filter_map(|header| {
            let argument = method.arguments.iter().find(|argument| argument.wire == header.name)?;
            let ty = type_argument(&argument.ty, "Option").unwrap_or(&argument.ty).clone();
            Some((header_name(header.name), ty, header.description.trim().to_owned()))
        })
        .collect()
}

/// The arguments of the positional method that the builder calls: `&self.at.chat_service_sid`.
fn positional_arguments(node: &Node<'_>, operation: &Operation<'_>, method: &Method) -> Vec<String> {
    let in_path: Vec<_> = operation.path.split('/').filter_map(|s| s.strip_prefix('{')?.strip_suffix('}')).collect();
    let arguments = method.arguments.iter().map(|argument| {
        if let Some(i) = in_path.iter().position(|name| *name == argument.wire) {
            let PathParameter { name, kind, .. } = &node.parameters[i];
            return match kind {
                ParameterKind::Sid(_) => format!("&self.at.{name}"),
                ParameterKind::SidOrName(_) | ParameterKind::Text => format!("self.at.{name}.as_str()"),
            };
        }
        match argument.wire.as_str() {
            name @ ("body" | "params") => format!("&self.{name}"),
            header => format!("self.{}", header_name(header)),
        }
    });
    arguments.collect()
}

/// The call of a macro in `crates/client/src/call.rs`, which adds `send` and what goes with it. As text, since a
/// formatter for Rust leaves the arguments of a macro alone.
fn send(api: &Api<'_>, node: &Node<'_>, operation: &Operation<'_>, method: &Method) -> String {
    let answer = answer_type(api, operation).unwrap_or_else(|| "()".to_owned());
    let (name, facts) = match operation.list_items() {
        None => ("call", vec![format!("{} -> {answer}", operation.id)]),
        Some((key, items)) => {
            let page_size = operation.parameters(Place::Query).find(|parameter| parameter.name == "PageSize");
            let most = page_size.and_then(|parameter| parameter.schema["maximum"].as_u64()).unwrap_or(50);
            let item = api.referenced_type(items).unwrap_or("Value");
            let arrow = format!("{} -> {item}", operation.id);
            let listing = format!("{answer}.{}", snake(key));
            ("list_call", vec![arrow, listing, method.constant.to_string(), most.to_string()])
        }
    };
    let callee = format!("self.at.client.{}", method.name);
    let arguments = positional_arguments(node, operation, method);
    let line = format!("{name}!({}, self => {callee}({}));\n", facts.join(", "), arguments.join(", "));
    if line.len() <= WIDEST + 1 {
        return line;
    }
    let mut facts_line = facts.join(", ");
    if facts_line.len() + 5 > WIDEST {
        facts_line = facts.join(",\n    ");
    }
    let call = render::call(&callee, &arguments, "    ", "    self => ".len());
    format!("{name}!(\n    {facts_line},\n    self => {call}\n);\n")
}
