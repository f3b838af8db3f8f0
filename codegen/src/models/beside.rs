//! What stands beside a struct: its `new`, and the macros that write what cannot be derived.

use quote::ToTokens;
use syn::{Field, ItemStruct, parse_quote};

use super::{EXTRA, Model, Purpose, has_secrets, is_secret, is_tolerant, lenient, type_argument, wire_name};
use crate::render;

/// `new` for a request that has required fields, since those keep it from having a default.
pub(super) fn constructor(item: &ItemStruct, model: &Model) -> Option<String> {
    let is_optional = |field: &&Field| ["Option", "Patch"].iter().any(|name| type_argument(&field.ty, name).is_some());
    let (optional, required): (Vec<_>, Vec<_>) = item.fields.iter().partition(is_optional);
    if model.purpose == Purpose::Answer || required.is_empty() {
        return None;
    }
    let unset: syn::Expr =
        if model.purpose == Purpose::Update { parse_quote!(Patch::Keep) } else { parse_quote!(None) };
    let name = &item.ident;
    let (required_names, required_types): (Vec<_>, Vec<_>) =
        required.iter().map(|field| (&field.ident, &field.ty)).unzip();
    let optional_names = optional.iter().map(|field| &field.ident);
    Some(render::item(parse_quote! {
        impl #name {
            /// The request with what it cannot do without.
            pub fn new(#(#required_names: #required_types),*) -> Self {
                Self { #(#required_names,)* #(#optional_names: #unset),* }
            }
        }
    }))
}

/// The call of the macro that reads a tolerant model.
pub(super) fn tolerant(item: &ItemStruct, model: &Model) -> Option<String> {
    if !is_tolerant(model) {
        return None;
    }
    let fields = item.fields.iter().filter(|field| field.ident.as_ref().is_some_and(|ident| ident != EXTRA));
    let lines = fields.map(|field| {
        let how = type_argument(&field.ty, "Option").and_then(lenient).unwrap_or("value");
        format!("    {}: {how} = {:?},\n", field.ident.to_token_stream(), wire_name(field))
    });
    Some(format!("tolerant! {{ {} {{\n{}}} }}\n", item.ident, lines.collect::<String>()))
}

/// The call of the macro that writes `Debug` for a model with secrets.
pub(super) fn secret_debug(item: &ItemStruct, model: &Model) -> Option<String> {
    if !has_secrets(model) {
        return None;
    }
    let lines = item.fields.iter().map(|field| {
        let how = if is_secret(&model.schema["properties"][wire_name(field)]) { "secret" } else { "shown" };
        format!("    {}: {how},\n", field.ident.to_token_stream())
    });
    Some(format!("secret_debug! {{ {} {{\n{}}} }}\n", item.ident, lines.collect::<String>()))
}
