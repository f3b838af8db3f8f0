//! Writes a method for our runtime.

use proc_macro2::{Ident, Span};
use quote::{format_ident, quote};
use syn::{ImplItemFn, LitStr, parse_quote};

use super::{Argument, Method, Step, readback::Written};
use crate::{
    model::{Api, Operation, Place},
    names::{screaming, snake},
    render, wire,
};

/// The method, its static and its arguments.
///
/// # Errors
///
/// An argument that no parameter is named after.
pub(super) fn method(api: &Api<'_>, operation: &Operation, written: &Written) -> Step<Method> {
    let constant = Ident::new(&screaming(&operation.id), Span::call_site());
    let arguments = arguments(operation, written)?;
    let mut request = quote!(self.prepare(operation, url));
    if operation.params.is_some() {
        request = quote!(#request.query(params)?);
    }
    for (wire, argument) in &written.headers {
        request = quote!(#request.header(#wire, #argument)?);
    }
    if written.has_form {
        request = quote!(#request.form(body)?);
    }
    let decode = if operation.response.is_some() { quote!(json) } else { quote!(empty) };
    let checks = operation
        .path
        .parameters()
        .zip(&written.segments)
        .map(|(wire, argument)| quote!(let #argument = segment(operation, #wire, #argument)?;));
    let url = LitStr::new(&url(operation, written), Span::call_site());
    let (name, response) = (&written.name, &written.response);
    let (names, types): (Vec<_>, Vec<_>) = arguments.iter().map(|argument| (&argument.name, &argument.ty)).unzip();
    let mut method: ImplItemFn = parse_quote! {
        pub async fn #name(&self, #(#names: #types),*) -> Result<Response<#response>, Error> {
            let operation = &#constant;
            #(#checks)*
            let url = format!(#url, self.base_url());
            #request.send().await?.#decode()
        }
    };
    method.attrs = render::doc(&doc(api, operation));
    let definition = definition(operation, &constant);
    Ok(Method { name: written.name.clone(), constant, arguments, definition, method })
}

/// The static that names the operation in errors and traces.
fn definition(operation: &Operation, constant: &Ident) -> String {
    let method = format!("Method::{}", operation.method.to_uppercase());
    let new = [format!("{:?}", operation.id), method, format!("{:?}", operation.path.text)];
    let new = render::call("Operation::new", &new, "    ", 5);
    format!("pub(crate) static {constant}: Operation =\n    {new};\n")
}

/// `{}/v1/Services/{sid}`: the first pair of braces is the base URL's.
fn url(operation: &Operation, written: &Written) -> String {
    let mut url = format!("{{}}{}", operation.path.text);
    for (wire, argument) in operation.path.parameters().zip(&written.segments) {
        url = url.replace(&format!("{{{wire}}}"), &format!("{{{argument}}}"));
    }
    url
}

/// progenitor's arguments, and `params` in place of those that go into the query.
fn arguments(operation: &Operation, written: &Written) -> Step<Vec<Argument>> {
    let mut arguments = Vec::new();
    let mut params = operation.params.as_ref().map(|name| {
        let ty = Ident::new(name, Span::call_site());
        Argument { name: format_ident!("params"), wire: "params".to_owned(), ty: parse_quote!(&#ty) }
    });
    for (name, ty) in &written.arguments {
        let (name, ty) = (name.clone(), ty.clone());
        if name == "body" {
            arguments.push(Argument { name, wire: "body".to_owned(), ty });
            continue;
        }
        let text = name.to_string();
        let is_named = |wire: &str| snake(wire) == text.trim_start_matches("r#");
        let parameter = operation.parameters.iter().find(|parameter| is_named(&parameter.property.wire));
        let parameter = parameter.ok_or_else(|| format!("an argument {name} that no parameter is named after"))?;
        match parameter.place {
            Place::Query => arguments.extend(params.take()),
            Place::Path | Place::Header => {
                arguments.push(Argument { name, wire: parameter.property.wire.clone(), ty });
            }
        }
    }
    Ok(arguments)
}

fn doc(api: &Api<'_>, operation: &Operation) -> String {
    let mut doc = operation.summary.clone();
    if !operation.description.is_empty() {
        doc.push_str(&format!("\n\n{}", wire::renamed(&operation.description, &wire::fields(api, operation))));
    }
    let described = operation.parameters.iter().filter(|parameter| parameter.place != Place::Query);
    let parameters: Vec<_> =
        described.map(|p| format!("- `{}`: {}", p.property.rust, p.property.description.replace('\n', " "))).collect();
    if !parameters.is_empty() {
        doc.push_str(&format!("\n\n{}", parameters.join("\n")));
    }
    let name = &operation.name;
    doc.push_str(&format!("\n\nSource: `{}`.\n\n# Errors\n\nAs [`{name}`](super::{name}).", operation.request_line()));
    doc
}

/// The `# Errors` section of an operation.
pub(crate) fn errors_doc(operation: &Operation) -> String {
    let mut codes = Vec::new();
    if operation.path.parameters().next().is_some() {
        codes.push("20404 for an item that does not exist");
    }
    if operation.body.is_some() || operation.params.is_some() {
        codes.push("20001 for an invalid parameter");
    }
    codes.push("20003 for wrong credentials");
    codes.push("20429 for too many requests");
    let send = format!("[`send`]({}::send)", operation.name);
    format!("# Errors\n\n[`Error::Api`](crate::Error::Api) with code {}; see {send}.", codes.join(", "))
}
