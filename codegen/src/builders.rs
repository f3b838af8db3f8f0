//! A builder for each operation, or pair of operations: required values as arguments of the verb, optional ones as
//! setters, then `send`.

use std::collections::BTreeMap;

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote};
use syn::{Type, parse_quote};

use crate::{
    example,
    model::{Api, Operation, Place, Property, Role, Struct, TypeRef},
    names::snake,
    operations::{Method, errors_doc},
    render::{self, WIDEST},
    tree::{Node, ParameterKind},
    wire,
};

/// The positional methods by operation id.
pub(crate) type Methods = BTreeMap<String, Method>;

/// A method of a handle: `pub fn update(&self) -> UpdateServiceWebhookConfiguration`.
pub(crate) fn verb(api: &Api<'_>, operation: &Operation) -> TokenStream {
    let verb = format_ident!("{}", operation.verb_name());
    let builder = format_ident!("{}", operation.name);
    let input = Input::of(api, operation);
    let required: Vec<&Property> = input.iter().flat_map(Input::required).collect();
    let names: Vec<_> = required.iter().map(|property| format_ident!("{}", property.rust)).collect();
    let types = required.iter().map(|property| argument_type(&property.ty));
    // A request with required fields has no default; `new` takes them in the order of the struct.
    let value = input.as_ref().map(|input| {
        let (place, ty) = (&input.place, format_ident!("{}", input.content.name));
        let values = required.iter().map(|property| argument_value(&property.ty, &property.rust));
        if required.is_empty() { quote!(#place: #ty::default(),) } else { quote!(#place: #ty::new(#(#values),*),) }
    });
    let headers = operation.parameters(Place::Header).map(|header| header_name(&header.property.wire));
    let limit = operation.list.is_some().then(|| quote!(limit: None,));
    let mut text = operation.summary.clone();
    if !operation.description.is_empty() {
        text.push_str(&format!(
            "\n\n{}",
            wire::renamed(&operation.description, &setter_names(operation, input.as_ref()))
        ));
    }
    let arguments: Vec<_> = required
        .iter()
        .map(|property| format!("- `{}`: {}", property.rust, input_doc(input.as_ref(), property, &operation.name)))
        .collect();
    if !arguments.is_empty() {
        text.push_str(&format!("\n\n{}", arguments.join("\n")));
    }
    text.push_str(&format!("\n\nSource: {}.\n\n{}", sources(api, operation), errors_doc(operation)));
    let doc = render::doc(&text);
    quote! {
        #(#doc)*
        pub fn #verb(&self, #(#names: #types),*) -> #builder {
            #builder {
                at: self.clone(),
                #value
                #(#headers: None,)*
                #limit
            }
        }
    }
}

/// The request lines of an operation, and that of its counterpart in the scope.
fn sources(api: &Api<'_>, operation: &Operation) -> String {
    let scoped = api.scoped(operation).map(|scoped| format!(", `{}`", scoped.request_line())).unwrap_or_default();
    format!("`{}`{scoped}", operation.request_line())
}

/// The builder's struct and its setters, and the call of the macro that sends it, as text.
pub(crate) fn builder(
    api: &Api<'_>,
    node: &Node<'_>,
    operation: &Operation,
    methods: &Methods,
) -> (TokenStream, String) {
    let name = format_ident!("{}", operation.name);
    let input = Input::of(api, operation);
    let handle = format_ident!("{}", node.handle_name());
    let field = input.as_ref().map(|input| {
        let (place, ty) = (&input.place, format_ident!("{}", input.content.name));
        quote!(pub(crate) #place: #ty,)
    });
    let headers: Vec<_> = operation.parameters(Place::Header).map(|header| &header.property).collect();
    let header_fields = headers.iter().map(|header| {
        let (name, ty) = (header_name(&header.wire), header.ty.rust());
        quote!(pub(crate) #name: Option<#ty>,)
    });
    let limit = operation.list.is_some().then(|| quote!(pub(crate) limit: Option<usize>,));
    let setters = input.iter().flat_map(Input::setters);
    let header_setters = headers.iter().map(|header| {
        let (name, doc) = (header_name(&header.wire), render::doc(&header.description));
        let (ty, value) = (argument_type(&header.ty), argument_value(&header.ty, &name.to_string()));
        quote! {
            #(#doc)*
            pub fn #name(mut self, #name: #ty) -> Self {
                self.#name = Some(#value);
                self
            }
        }
    });
    let setters: Vec<_> = setters.chain(header_setters).collect();
    let setters = (!setters.is_empty()).then(|| {
        quote! {
            impl #name {
                #(#setters)*
            }
        }
    });
    let doc = render::doc(&doc(api, node, operation, input.as_ref()));
    let items = quote! {
        #(#doc)*
        #[derive(Clone, Debug)]
        #[must_use = "nothing is sent before the builder is awaited"]
        pub struct #name {
            pub(crate) at: #handle,
            #field
            #(#header_fields)*
            #limit
        }

        #setters
    };
    (items, send(api, node, operation, methods))
}

/// The summary, the method that makes the builder, the request that it sends, and an example.
fn doc(api: &Api<'_>, node: &Node<'_>, operation: &Operation, input: Option<&Input<'_>>) -> String {
    let made_by = format!("{}::{}", node.handle_name(), operation.verb_name());
    let sent = match api.scoped(operation) {
        Some(scoped) => format!("`{}` or `{}`", operation.request_line(), scoped.request_line()),
        None => format!("`{}`", operation.request_line()),
    };
    let filled = input.map(|input| format!(" Its setters fill [`{}`].", input.content.name)).unwrap_or_default();
    let example = example::of_builder(api, node, operation);
    format!("{}\n\nMade by [`{made_by}`]; awaiting it sends {sent}.{filled}\n\n{example}", operation.summary)
}

/// The struct that holds an operation's request body or query parameters.
struct Input<'a> {
    /// Field of the builder: `body` or `params`.
    place: Ident,
    content: &'a Struct,
}

impl<'a> Input<'a> {
    fn of(api: &'a Api<'_>, operation: &Operation) -> Option<Self> {
        let (place, name) = match (&operation.body, &operation.params) {
            (Some(body), _) => ("body", body),
            (None, Some(params)) => ("params", params),
            (None, None) => return None,
        };
        Some(Self { place: Ident::new(place, Span::call_site()), content: api.structs.get(name)? })
    }

    fn required(&self) -> impl Iterator<Item = &'a Property> + use<'a> {
        self.content.properties.iter().filter(|property| property.is_required)
    }

    fn optional(&self) -> impl Iterator<Item = &'a Property> + use<'a> {
        self.content.properties.iter().filter(|property| !property.is_required)
    }

    /// Setters and arguments by the names on the wire, for the documentation of `builder`.
    fn names(&self, builder: &str) -> wire::Names {
        let named = |property: &Property| {
            let name = &property.rust;
            let name = if property.is_required { format!("`{name}`") } else { wire::link(builder, name) };
            (property.wire.clone(), name)
        };
        self.content.properties.iter().map(named).collect()
    }

    fn setters(&self) -> Vec<TokenStream> {
        self.optional().map(|property| self.setter(property)).collect()
    }

    /// `fn filters(…)`, and `fn clear_filters()` where an update can clear the field.
    fn setter(&self, property: &Property) -> TokenStream {
        let (place, name) = (&self.place, format_ident!("{}", property.rust));
        let is_patch = self.content.role == Role::Update;
        let wrap = if is_patch { quote!(Patch::Set) } else { quote!(Some) };
        let (ty, value) = (argument_type(&property.ty), argument_value(&property.ty, &property.rust));
        let mut text = input_doc(Some(self), property, "Self");
        // A setter does not link to itself.
        text = text.replace(&wire::link("Self", &property.rust), &format!("`{}`", property.rust));
        if matches!(property.ty, TypeRef::List(_)) {
            text.push_str(" A second call replaces the first.");
        }
        if property.wire == "PageToken" {
            let token = "[`Page::next_token`](crate::Page::next_token)";
            text.push_str(&format!(
                "\n\nAccepts {token} too: its page size replaces that of this builder, and filters that are set on this \
                 builder replace its own."
            ));
        }
        let doc = render::doc(&text);
        let mut tokens = quote! {
            #(#doc)*
            pub fn #name(mut self, #name: #ty) -> Self {
                self.#place.#name = #wrap(#value);
                self
            }
        };
        if is_patch && (property.ty.can_be_empty() || property.is_nullable) {
            let text = &property.rust;
            let clear = format_ident!("clear_{}", text.trim_end_matches('_'));
            let doc = render::doc(&format!("Clears [`{text}`](Self::{text})."));
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
}

/// The documentation of a property, with links to the setters of `builder`.
fn input_doc(input: Option<&Input<'_>>, property: &Property, builder: &str) -> String {
    let names = input.map(|input| input.names(builder)).unwrap_or_default();
    let text = wire::renamed(&property.description, &names);
    if property.is_secret { format!("{text} Not shown by `Debug`.") } else { text }
}

/// Links to the setters of an operation's builder, by the names on the wire.
fn setter_names(operation: &Operation, input: Option<&Input<'_>>) -> wire::Names {
    let mut names = input.map(|input| input.names(&operation.name)).unwrap_or_default();
    for header in operation.parameters(Place::Header) {
        let name = header_name(&header.property.wire).to_string();
        names.insert(header.property.wire.clone(), wire::link(&operation.name, &name));
    }
    names
}

/// The argument type of a setter: anything that converts into the value without loss.
fn argument_type(ty: &TypeRef) -> Type {
    let rust = ty.rust();
    match ty {
        TypeRef::List(item) => {
            let item = item.rust();
            parse_quote!(impl IntoIterator<Item = impl Into<#item>>)
        }
        ty if ty.is_copied() => rust,
        _ => parse_quote!(impl Into<#rust>),
    }
}

fn argument_value(ty: &TypeRef, name: &str) -> TokenStream {
    let name = format_ident!("{name}");
    match ty {
        TypeRef::List(_) => quote!(#name.into_iter().map(Into::into).collect()),
        ty if ty.is_copied() => quote!(#name),
        _ => quote!(#name.into()),
    }
}

/// `X-Twilio-Webhook-Enabled` becomes `webhook_enabled`.
fn header_name(header: &str) -> Ident {
    format_ident!("{}", snake(header.strip_prefix("X-Twilio-").unwrap_or(header)))
}

/// The arguments of the positional method that the builder calls: `&self.at.service_sid`. In a scope, the first
/// parameter of the path is the scope's.
fn positional_arguments(node: &Node<'_>, operation: &Operation, method: &Method) -> Vec<String> {
    let in_path: Vec<&str> = operation.path.parameters().collect();
    let skipped = in_path.len() - node.parameters.len();
    let arguments = method.arguments.iter().map(|argument| {
        let Some(i) = in_path.iter().position(|name| *name == argument.wire) else {
            return match argument.wire.as_str() {
                name @ ("body" | "params") => format!("&self.{name}"),
                header => header_argument(operation, header),
            };
        };
        let Some(parameter) = i.checked_sub(skipped).map(|i| &node.parameters[i]) else {
            return SCOPE.to_owned();
        };
        match parameter.kind {
            ParameterKind::Sid(_) => format!("&self.at.{}", parameter.name),
            ParameterKind::SidOrName(_) | ParameterKind::Text => format!("self.at.{}.as_str()", parameter.name),
        }
    });
    arguments.collect()
}

/// The optional header as the positional method takes it: by value, or borrowed.
fn header_argument(operation: &Operation, header: &str) -> String {
    let field = format!("self.{}", header_name(header));
    let parameter = operation.parameters(Place::Header).find(|parameter| parameter.property.wire == header);
    match parameter.map(|parameter| &parameter.property.ty) {
        Some(TypeRef::String) => format!("{field}.as_deref()"),
        Some(ty) if !ty.is_copied() => format!("{field}.as_ref()"),
        _ => field,
    }
}

/// Variable that holds the item of the scope.
const SCOPE: &str = "scope";

/// The call of a macro in `crates/client/src/call.rs`, which adds `send` and what goes with it. As text, since a
/// formatter for Rust leaves the arguments of a macro alone.
fn send(api: &Api<'_>, node: &Node<'_>, operation: &Operation, methods: &Methods) -> String {
    let scoped = api.scoped(operation).zip(api.scope.as_ref());
    let response = operation.response.clone().unwrap_or_else(|| "()".to_owned());
    let (name, facts) = match &operation.list {
        None => ("call", vec![format!("{} -> {response}", operation.name)]),
        Some(list) => {
            let constants = std::iter::once(operation).chain(scoped.map(|(scoped, _)| scoped));
            let constants: Vec<_> = constants.map(|operation| methods[&operation.id].constant.to_string()).collect();
            let facts = vec![
                format!("{} -> {}", operation.name, list.item.rust_text()),
                format!("{response}.{}", list.field),
                constants.join(" | "),
                list.largest_page.to_string(),
            ];
            ("list_call", facts)
        }
    };
    let call = |operation: &Operation, head: &str| {
        let method = &methods[&operation.id];
        let callee = format!("self.at.client.{}", method.name);
        let arguments = positional_arguments(node, operation, method);
        format!("{head} => {}", render::call(&callee, &arguments, "    ", 4 + head.len() + 4))
    };
    let mut calls = vec![call(operation, "self")];
    calls.extend(scoped.map(|(scoped, scope)| call(scoped, &format!("Scope::{}({SCOPE})", scope.variant))));
    let line = format!("{name}!({}, {});\n", facts.join(", "), calls.join(", "));
    if line.len() <= WIDEST + 1 && !line.trim_end().contains('\n') {
        return line;
    }
    let mut facts_line = facts.join(", ");
    if facts_line.len() + 5 > WIDEST {
        facts_line = facts.join(",\n    ");
    }
    format!("{name}!(\n    {facts_line},\n    {}\n);\n", calls.join(",\n    "))
}
