//! A builder for each operation: required values as arguments of the verb, optional ones as setters, then `send`.

use std::collections::BTreeMap;

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote};
use syn::{Field, ItemStruct, Type, parse_quote};

use crate::{
    api::{Api, Operation, Place, Verb},
    error::Result,
    models::{doc_of, type_argument},
    names::snake,
    operations::{Method, answer_type, errors_doc},
    render,
    tree::{Node, ParameterKind},
};

/// The positional methods by operation id.
pub(crate) type Methods = BTreeMap<String, Method>;

/// What a handle offers: `pub fn update(&self) -> UpdateServiceWebhookConfiguration`.
pub(crate) fn verb(operation: &Operation<'_>, structs: &BTreeMap<String, ItemStruct>) -> TokenStream {
    let verb = format_ident!("{}", format!("{:?}", operation.verb).to_lowercase());
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
        text.push_str(&format!("\n\n{}", operation.description().trim()));
    }
    let arguments: Vec<_> = inputs
        .required()
        .map(|field| {
            format!("- `{}`: {}", field.ident.to_token_stream(), doc_of(&field.attrs).replace('\n', " ").trim())
        })
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

/// The builder's struct, its setters, and how it is sent.
pub(crate) fn builder(
    api: &Api<'_>,
    node: &Node<'_>,
    operation: &Operation<'_>,
    methods: &Methods,
    structs: &BTreeMap<String, ItemStruct>,
) -> Result<TokenStream> {
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
    let setters = inputs.optional().map(|field| setters(field, &place));
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
    let send = send(api, node, operation, method);
    let doc = render::doc(&format!("{}\n\n`{}`, to be completed and sent.", operation.summary(), operation.id));
    Ok(quote! {
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

        #send
    })
}

/// The struct that holds an operation's request or parameters.
struct Inputs<'a> {
    /// Field of the builder and its type.
    name: Option<(Ident, Ident)>,
    fields: Vec<&'a Field>,
}

impl<'a> Inputs<'a> {
    fn of(operation: &Operation<'_>, structs: &'a BTreeMap<String, ItemStruct>) -> Self {
        let named = |place: &str, name: Option<String>| Some((format_ident!("{place}"), name?));
        let input = named("body", operation.request_type()).or_else(|| named("params", operation.params_type()));
        let fields = input.as_ref().and_then(|(_, name)| structs.get(name)).map(|item| item.fields.iter().collect());
        let name = input.map(|(place, name)| (place, Ident::new(&name, Span::call_site())));
        Self { name, fields: fields.unwrap_or_default() }
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
fn setters(field: &Field, place: &Ident) -> TokenStream {
    let name = &field.ident;
    let Some(inner) = optional_type(&field.ty) else { return TokenStream::new() };
    let is_patch = type_argument(&field.ty, "Patch").is_some();
    let wrap = if is_patch { quote!(Patch::Set) } else { quote!(Some) };
    let (ty, value) = (argument_type(inner), argument_value(inner, &name.to_token_stream()));
    let doc = field.attrs.iter().filter(|attribute| attribute.path().is_ident("doc"));
    let mut tokens = quote! {
        #(#doc)*
        pub fn #name(mut self, #name: #ty) -> Self {
            self.#place.#name = #wrap(#value);
            self
        }
    };
    if is_patch && can_be_empty(inner) {
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

/// Texts and lists can be empty; a number, a boolean or one of a set of values cannot.
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

/// `self.at.client.fetch_service(&self.at.chat_service_sid)`
fn positional_call(node: &Node<'_>, operation: &Operation<'_>, method: &Method) -> TokenStream {
    let in_path: Vec<_> = operation.path.split('/').filter_map(|s| s.strip_prefix('{')?.strip_suffix('}')).collect();
    let arguments = method.arguments.iter().map(|argument| {
        if let Some(i) = in_path.iter().position(|name| *name == argument.wire) {
            let parameter = &node.parameters[i];
            let field = format_ident!("{}", parameter.name);
            return match parameter.kind {
                ParameterKind::Sid(_) => quote!(&self.at.#field),
                ParameterKind::SidOrName(_) | ParameterKind::Text => quote!(self.at.#field.as_str()),
            };
        }
        if matches!(argument.wire.as_str(), "body" | "params") {
            let name = &argument.name;
            return quote!(&self.#name);
        }
        let field = header_name(&argument.wire);
        quote!(self.#field)
    });
    let name = &method.name;
    quote!(self.at.client.#name(#(#arguments),*))
}

/// The call of a macro in `crates/client/src/call.rs`, which adds `send` and what goes with it.
fn send(api: &Api<'_>, node: &Node<'_>, operation: &Operation<'_>, method: &Method) -> TokenStream {
    let builder = format_ident!("{}", operation.id);
    let call = positional_call(node, operation, method);
    let (Some((key, items)), Some(listing)) = (operation.list_items(), answer_type(api, operation)) else {
        let answer = &method.answer;
        return quote!(call!(#builder -> #answer, self => #call););
    };
    let (item, constant) = (item_type(api, items), &method.constant);
    let (listing, key) = (Ident::new(&listing, Span::call_site()), format_ident!("{}", snake(key)));
    let page_size = operation.parameters(Place::Query).find(|parameter| parameter.name == "PageSize");
    let most = page_size.and_then(|parameter| parameter.schema["maximum"].as_u64()).unwrap_or(50);
    let most = proc_macro2::Literal::u64_unsuffixed(most);
    quote!(list_call!(#builder -> #item, #listing.#key, #constant, #most, self => #call);)
}

fn item_type(api: &Api<'_>, items: &serde_json::Value) -> Ident {
    Ident::new(api.referenced_type(items).unwrap_or("Value"), Span::call_site())
}
