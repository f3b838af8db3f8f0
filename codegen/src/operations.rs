//! The positional methods: progenitor writes them, and this module reads what it wrote, one statement after the other,
//! and writes it again for our runtime.
//!
//! Nothing is replaced by pattern in the hope that it is there. Each function below takes one thing that progenitor is
//! known to write and fails when it finds something else, so that a new version of the engine cannot slip a wrong client
//! past us:
//!
//! | progenitor writes | becomes | because |
//! | --- | --- | --- |
//! | `encode_path(&sid.to_string())` | `segment(operation, "Sid", sid)?` | `..` and an empty text would name another resource |
//! | an `api-version` header | nothing | the API has none |
//! | `.query(&QueryParam::new("Page", &page))` for each parameter | `.query(params)?` | a list method would have eight arguments |
//! | `header_map.append("X-…", …)` | `.header("X-…", …)?` | the client may have a default for it |
//! | `.form_urlencoded(&body)?` | `.form(body)?` | its encoder refuses lists and drops empty ones |
//! | `pre`, `exec`, `post` and a match on the status | `.send().await?.json()` | its errors lose the body, and the status of an HTML page |
//! | `Error<()>` | `Error` | one error type for people to meet |

use std::collections::BTreeMap;

use openapiv3::OpenAPI;
use proc_macro2::{Ident, Span, TokenStream};
use progenitor_impl::{GenerationSettings, Generator, InterfaceStyle};
use quote::{ToTokens, format_ident, quote};
use serde_json::{Map, Value, json};
use syn::{
    Expr, ExprCall, ExprMethodCall, FnArg, ImplItem, ImplItemFn, Item, Lit, LitStr, Pat, Stmt, Type, parse_quote,
    punctuated::Punctuated, visit_mut::VisitMut,
};

use crate::{
    api::{Api, Operation, Place},
    error::{Error, Result},
    models::{ShortPaths, type_argument},
    names::{screaming, snake},
    normalise,
    panics::caught,
    render, wire,
};

/// One positional method, and what the builders need to know to call it.
pub(crate) struct Method {
    /// Name of the operation's static, `FETCH_SERVICE`.
    pub constant: Ident,
    /// `fetch_service`.
    pub name: Ident,
    /// Arguments in the order of the method, without `self`.
    pub arguments: Vec<Argument>,
    /// The `static`, as text.
    pub definition: String,
    pub method: ImplItemFn,
}

pub(crate) struct Argument {
    pub name: Ident,
    /// Name on the wire; `body` and `params` for the two structs.
    pub wire: String,
    /// As the method takes it: `&ServiceSid`, `&str`, `Option<bool>`.
    pub ty: Type,
}

/// The methods by operation id.
///
/// # Errors
///
/// A document that progenitor cannot take, and an output that is not what the rewrites know.
pub(crate) fn methods(api: &Api<'_>) -> Result<BTreeMap<String, Method>> {
    let all: Vec<&Operation<'_>> = api.operations().collect();
    let mut functions = match run_engine(api, &all)? {
        Ok(functions) => functions,
        // It does not say which operation it is about, so each is tried alone.
        Err(problem) => return Err(blame(api, &all, &problem)),
    };
    let mut methods = BTreeMap::new();
    for operation in all {
        let fail = |problem: String| {
            let problem = format!("{}: progenitor's output is not what the rewrites know: {problem}", operation.id);
            api.document.error(&operation.pointer, format!("{problem}; see codegen/src/operations.rs"))
        };
        let function = functions.remove(&snake(operation.id)).ok_or_else(|| fail("it wrote no method".to_owned()))?;
        methods.insert(operation.id.to_owned(), rewrite(operation, function).map_err(fail)?);
    }
    Ok(methods)
}

fn blame(api: &Api<'_>, operations: &[&Operation<'_>], problem: &str) -> Error {
    for operation in operations {
        match run_engine(api, &[operation]) {
            Ok(Ok(_)) => {}
            Ok(Err(problem)) => {
                let problem = format!("{}: progenitor cannot take it: {problem}", operation.id);
                return api.document.error(&operation.pointer, problem);
            }
            Err(error) => return error,
        }
    }
    api.document.error("/paths", format!("progenitor cannot take all operations together: {problem}"))
}

/// A document in which every type is a name, and those names.
#[derive(Default)]
struct EngineDocument {
    paths: Map<String, Value>,
    schemas: Map<String, Value>,
}

impl EngineDocument {
    fn refer(&mut self, name: &str) -> Value {
        self.schemas.entry(name).or_insert_with(|| json!({ "type": "object" }));
        json!({ "$ref": format!("#/components/schemas/{name}") })
    }

    fn add(&mut self, api: &Api<'_>, operation: &Operation<'_>) -> Result<()> {
        let mut parameters = Vec::new();
        for (i, parameter) in operation.parameters.iter().enumerate() {
            let pointer = format!("{}/parameters/{i}/schema", operation.pointer);
            let normalised = normalise::schema(api, parameter.schema, &pointer)?;
            let mut schema = match normalised.references.as_slice() {
                [name] if normalised.schema.get("$ref").is_some() => self.refer(name),
                _ => normalised.schema,
            };
            // OpenAPI 3.0 has no lists of types.
            if let Some(Value::Array(types)) = schema.get("type") {
                schema["type"] = types[0].clone();
                schema["items"] = json!({ "type": "string" });
            }
            let place = match parameter.place {
                Place::Path => "path",
                Place::Query => "query",
                Place::Header => "header",
            };
            parameters.push(json!({
                "name": parameter.name, "in": place, "required": parameter.required, "schema": schema,
            }));
        }
        let mut method = json!({ "operationId": operation.id, "parameters": parameters });
        if let Some(name) = operation.request_type() {
            let content = json!({ "application/x-www-form-urlencoded": { "schema": self.refer(&name) } });
            method["requestBody"] = json!({ "required": true, "content": content });
        }
        let mut responses = Map::new();
        for (status, _) in operation.value["responses"].as_object().into_iter().flatten() {
            let response = match answer_type(api, operation) {
                Some(name) => {
                    json!({ "description": "", "content": { "application/json": { "schema": self.refer(&name) } } })
                }
                None => json!({ "description": "" }),
            };
            responses.insert(status.clone(), response);
        }
        method["responses"] = Value::Object(responses);
        self.paths.entry(operation.path).or_insert_with(|| json!({}))[operation.method] = method;
        Ok(())
    }
}

/// Name of the type that the answer's body is decoded to.
pub(crate) fn answer_type(api: &Api<'_>, operation: &Operation<'_>) -> Option<String> {
    let answer = operation.answer?;
    Some(api.referenced_type(answer).map_or_else(|| format!("{}Response", operation.id), str::to_owned))
}

/// The engine's methods by name. The outer error is the specification's, the inner one the engine's.
fn run_engine(api: &Api<'_>, operations: &[&Operation<'_>]) -> Result<Result<BTreeMap<String, ImplItemFn>, String>> {
    let mut document = EngineDocument::default();
    for operation in operations {
        document.add(api, operation)?;
    }
    let mut settings = GenerationSettings::default();
    settings.with_interface(InterfaceStyle::Positional);
    for name in document.schemas.keys() {
        settings.with_replacement(name, name, [].into_iter());
    }
    let document = json!({
        "openapi": "3.0.3",
        "info": { "title": "", "version": "1" },
        "paths": document.paths,
        "components": { "schemas": document.schemas },
    });
    Ok(generate(document, &settings))
}

fn generate(document: Value, settings: &GenerationSettings) -> Result<BTreeMap<String, ImplItemFn>, String> {
    let document: OpenAPI = serde_json::from_value(document).map_err(|error| error.to_string())?;
    let tokens = caught(|| Generator::new(settings).generate_tokens(&document).map_err(|error| error.to_string()))?;
    let file: syn::File = syn::parse2(tokens).map_err(|error| error.to_string())?;
    let items = file.items.into_iter().filter_map(|item| match item {
        Item::Impl(item) if item.trait_.is_none() => Some(item.items),
        _ => None,
    });
    Ok(items
        .flatten()
        .filter_map(|item| match item {
            ImplItem::Fn(function) if function.sig.asyncness.is_some() => {
                Some((function.sig.ident.to_string(), function))
            }
            _ => None,
        })
        .collect())
}

type Step<T> = std::result::Result<T, String>;

fn rewrite(operation: &Operation<'_>, mut function: ImplItemFn) -> Step<Method> {
    ShortPaths.visit_impl_item_fn_mut(&mut function);
    let name = function.sig.ident.clone();
    let constant = Ident::new(&screaming(operation.id), Span::call_site());
    let answer = answer_of(&function)?;
    let mut statements = function.block.stmts.iter();
    let mut next = || statements.next().ok_or("the method is shorter than expected".to_owned());

    let (format, segments) = take_url(next()?)?;
    take_header_map(next()?)?;
    take_api_version(next()?)?;
    let mut headers = Vec::new();
    let mut statement = next()?;
    while let Some(header) = take_header(statement)? {
        headers.push(header);
        statement = next()?;
    }
    let sent = take_request(statement)?;
    take_tail(next()?, &["OperationInfo", "operation_id"])?;
    take_tail(next()?, &["self", "pre"])?;
    take_tail(next()?, &["self", "exec"])?;
    take_tail(next()?, &["self", "post"])?;
    take_tail(next()?, &["response", "result"])?;
    take_tail(next()?, &["match", "response", "status"])?;
    if statements.next().is_some() {
        return Err("the method is longer than expected".to_owned());
    }

    agree("method", &sent.method.to_string(), operation.method)?;
    let wire_names = |place| operation.parameters(place).map(|p| p.name.to_owned()).collect::<Vec<_>>();
    agree("query parameters", &sorted(sent.query), &sorted(wire_names(Place::Query)))?;
    agree(
        "headers",
        &sorted(headers.iter().map(|(wire, _)| wire.clone()).collect()),
        &sorted(wire_names(Place::Header)),
    )?;
    agree("a form", &sent.form, &operation.body.is_some())?;
    agree("path parameters", &segments.len(), &operation.parameters(Place::Path).count())?;

    let arguments = arguments(operation, &function)?;
    let url = url(operation, &format, &segments)?;
    let mut request = quote!(self.request(operation, url));
    if operation.params_type().is_some() {
        request = quote!(#request.query(params)?);
    }
    for (wire, argument) in &headers {
        request = quote!(#request.header(#wire, #argument)?);
    }
    if sent.form {
        request = quote!(#request.form(body)?);
    }
    let decode = if operation.answer.is_some() { quote!(json) } else { quote!(empty) };

    let (id, path) = (operation.id, operation.path);
    let http_method = operation.method.to_uppercase();
    let new = [format!("{id:?}"), format!("Method::{http_method}"), format!("{path:?}")];
    let new = render::call("Operation::new", &new, "    ", 5);
    let definition = format!("pub(crate) static {constant}: Operation =\n    {new};\n");
    let (names, types): (Vec<_>, Vec<_>) = arguments.iter().map(|argument| (&argument.name, &argument.ty)).unzip();
    let mut method: ImplItemFn = parse_quote! {
        pub async fn #name(&self, #(#names: #types),*) -> Result<Response<#answer>, Error> {
            let operation = &#constant;
            #url
            #request.send().await?.#decode()
        }
    };
    method.attrs = render::doc(&method_doc(operation));
    Ok(Method { constant, name, arguments, definition, method })
}

fn agree<T, U>(what: &str, written: &T, expected: &U) -> Step<()>
where
    T: PartialEq<U> + std::fmt::Debug,
    U: std::fmt::Debug + ?Sized,
{
    if written == expected {
        Ok(())
    } else {
        Err(format!("{what}: it wrote {written:?}, the specification has {expected:?}"))
    }
}

fn sorted(mut names: Vec<String>) -> Vec<String> {
    names.sort();
    names
}

/// `-> Result<ResponseValue<Service>, Error<()>>`: the type of the value.
fn answer_of(function: &ImplItemFn) -> Step<Type> {
    let syn::ReturnType::Type(_, ty) = &function.sig.output else {
        return Err("the method returns nothing".to_owned());
    };
    type_argument(ty, "Result")
        .and_then(|ty| type_argument(ty, "ResponseValue"))
        .cloned()
        .ok_or_else(|| format!("the method returns {}", ty.to_token_stream()))
}

/// `let url = format!("{}/v1/Services/{}", self.baseurl, encode_path(&sid.to_string()),);`
fn take_url(statement: &Stmt) -> Step<(String, Vec<Ident>)> {
    let (name, value) = binding(statement)?;
    let Expr::Macro(call) = value else { return Err(unlike("the url", statement)) };
    if name != "url" || !call.mac.path.is_ident("format") {
        return Err(unlike("the url", statement));
    }
    let arguments = call
        .mac
        .parse_body_with(Punctuated::<Expr, syn::Token![,]>::parse_terminated)
        .map_err(|error| format!("the url's format! does not parse: {error}"))?;
    let mut arguments = arguments.iter();
    let format = match arguments.next() {
        Some(Expr::Lit(literal)) => match &literal.lit {
            Lit::Str(text) => text.value(),
            _ => return Err(unlike("the url's format", statement)),
        },
        _ => return Err(unlike("the url's format", statement)),
    };
    match arguments.next() {
        Some(Expr::Field(field)) if matches!(&field.member, syn::Member::Named(name) if name == "baseurl") => {}
        _ => return Err(unlike("the base url", statement)),
    }
    let segments = arguments.map(take_segment).collect::<Step<Vec<_>>>()?;
    Ok((format, segments))
}

/// `encode_path(&sid.to_string())`
fn take_segment(expression: &Expr) -> Step<Ident> {
    let unlike = || format!("a path segment is not encode_path(..): {}", expression.to_token_stream());
    let Expr::Call(ExprCall { func, args, .. }) = expression else { return Err(unlike()) };
    let argument = args.first().filter(|_| is_name(func, "encode_path")).ok_or_else(unlike)?;
    let Expr::Reference(reference) = argument else { return Err(unlike()) };
    let Expr::MethodCall(ExprMethodCall { receiver, method, .. }) = &*reference.expr else { return Err(unlike()) };
    match &**receiver {
        Expr::Path(path) if method == "to_string" => path.path.get_ident().cloned().ok_or_else(unlike),
        _ => Err(unlike()),
    }
}

/// `let mut header_map = HeaderMap::with_capacity(1usize);`
fn take_header_map(statement: &Stmt) -> Step<()> {
    let (name, value) = binding(statement)?;
    let is_map = matches!(value, Expr::Call(_));
    if name == "header_map" && is_map { Ok(()) } else { Err(unlike("the header map", statement)) }
}

/// `header_map.append(HeaderName::from_static("api-version"), …);`
fn take_api_version(statement: &Stmt) -> Step<()> {
    let text = statement.to_token_stream().to_string();
    if text.starts_with("header_map . append") && text.contains("\"api-version\"") {
        Ok(())
    } else {
        Err(unlike("the api-version header", statement))
    }
}

/// `if let Some(value) = name { header_map.append("X-Name", value.to_string().try_into()?); }`, or nothing of the kind.
fn take_header(statement: &Stmt) -> Step<Option<(String, Ident)>> {
    let Stmt::Expr(Expr::If(condition), _) = statement else { return Ok(None) };
    let Expr::Let(binding) = &*condition.cond else { return Err(unlike("a header", statement)) };
    let Expr::Path(argument) = &*binding.expr else { return Err(unlike("a header", statement)) };
    let [Stmt::Expr(Expr::MethodCall(append), _)] = condition.then_branch.stmts.as_slice() else {
        return Err(unlike("a header", statement));
    };
    match (append.args.first(), argument.path.get_ident()) {
        (Some(Expr::Lit(literal)), Some(argument)) if append.method == "append" => match &literal.lit {
            Lit::Str(name) => Ok(Some((name.value(), argument.clone()))),
            _ => Err(unlike("a header", statement)),
        },
        _ => Err(unlike("a header", statement)),
    }
}

/// What `let mut request = self.client.get(url)….build()?;` sends.
struct Sent {
    method: Ident,
    query: Vec<String>,
    form: bool,
}

fn take_request(statement: &Stmt) -> Step<Sent> {
    let (name, value) = binding(statement)?;
    let Expr::Try(attempt) = value else { return Err(unlike("the request", statement)) };
    if name != "request" {
        return Err(unlike("the request", statement));
    }
    let mut sent = Sent { method: format_ident!("none"), query: Vec::new(), form: false };
    let mut expression = &*attempt.expr;
    loop {
        expression = match expression {
            Expr::Try(attempt) => &attempt.expr,
            Expr::Field(field) if field.to_token_stream().to_string() == "self . client" => return Ok(sent),
            Expr::MethodCall(call) => {
                match call.method.to_string().as_str() {
                    "build" | "headers" => {}
                    "header" if call.args.to_token_stream().to_string().contains("ACCEPT") => {}
                    "query" => sent.query.push(take_query(call)?),
                    "form_urlencoded" => sent.form = true,
                    "get" | "post" | "delete" => sent.method = call.method.clone(),
                    other => return Err(format!("the request has a .{other}(..)")),
                }
                &call.receiver
            }
            _ => return Err(unlike("the request", statement)),
        };
    }
}

/// `.query(&progenitor_client::QueryParam::new("Page", &page))`
fn take_query(call: &ExprMethodCall) -> Step<String> {
    let unlike = || format!("a query parameter is not QueryParam::new(..): {}", call.args.to_token_stream());
    let Some(Expr::Reference(reference)) = call.args.first() else { return Err(unlike()) };
    let Expr::Call(new) = &*reference.expr else { return Err(unlike()) };
    match new.args.first() {
        Some(Expr::Lit(literal)) if new.func.to_token_stream().to_string().contains("QueryParam") => match &literal.lit
        {
            Lit::Str(name) => Ok(name.value()),
            _ => Err(unlike()),
        },
        _ => Err(unlike()),
    }
}

/// What follows is progenitor's own runtime, and is only known by the words that it has to contain.
fn take_tail(statement: &Stmt, words: &[&str]) -> Step<()> {
    let text = statement.to_token_stream().to_string();
    match words.iter().find(|word| !text.contains(*word)) {
        None => Ok(()),
        Some(word) => Err(unlike(&format!("a statement with {word:?}"), statement)),
    }
}

fn binding(statement: &Stmt) -> Step<(Ident, &Expr)> {
    if let Stmt::Local(local) = statement
        && let (Pat::Ident(name), Some(init)) = (&local.pat, &local.init)
    {
        return Ok((name.ident.clone(), &init.expr));
    }
    Err(unlike("a let", statement))
}

fn is_name(expression: &Expr, name: &str) -> bool {
    matches!(expression, Expr::Path(path) if path.path.is_ident(name))
}

fn unlike(what: &str, found: &impl ToTokens) -> String {
    let found: String = found.to_token_stream().to_string().chars().take(120).collect();
    format!("expected {what}, found {found:?}")
}

/// The arguments that stay, and `params` in place of those that go into the query.
fn arguments(operation: &Operation<'_>, function: &ImplItemFn) -> Step<Vec<Argument>> {
    let mut arguments = Vec::new();
    let mut params = operation.params_type().map(|name| {
        let ty = Ident::new(&name, Span::call_site());
        Argument { name: format_ident!("params"), wire: "params".to_owned(), ty: parse_quote!(&#ty) }
    });
    for argument in function.sig.inputs.iter().skip(1) {
        let FnArg::Typed(argument) = argument else { return Err("a second self".to_owned()) };
        let Pat::Ident(name) = &*argument.pat else { return Err(unlike("an argument", &argument.pat)) };
        let name = name.ident.clone();
        let mut ty = (*argument.ty).clone();
        NoLifetimes.visit_type_mut(&mut ty);
        if name == "body" {
            arguments.push(Argument { name, wire: "body".to_owned(), ty });
            continue;
        }
        let parameter = operation
            .parameters
            .iter()
            .find(|parameter| snake(parameter.name) == name.to_string().trim_start_matches("r#"));
        let parameter = parameter.ok_or_else(|| format!("an argument {name} that no parameter is named after"))?;
        match parameter.place {
            Place::Query => arguments.extend(params.take()),
            Place::Path | Place::Header => arguments.push(Argument { name, wire: parameter.name.to_owned(), ty }),
        }
    }
    Ok(arguments)
}

/// `&'a str` becomes `&str`.
struct NoLifetimes;

impl VisitMut for NoLifetimes {
    fn visit_type_reference_mut(&mut self, reference: &mut syn::TypeReference) {
        reference.lifetime = None;
        syn::visit_mut::visit_type_reference_mut(self, reference);
    }
}

/// The segments come in the order of the path; their names on the wire are in it.
fn url(operation: &Operation<'_>, format: &str, segments: &[Ident]) -> Step<TokenStream> {
    let in_path = operation.path.split('/').filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'));
    let blank = operation.path.split('/').map(|segment| if segment.starts_with('{') { "{}" } else { segment });
    agree("url", &format, &format!("{{}}{}", blank.collect::<Vec<_>>().join("/")).as_str())?;
    let mut checks = TokenStream::new();
    // The first pair of braces is the base URL's.
    let mut pieces = format.split("{}").skip(1);
    let mut text = format!("{{}}{}", pieces.next().unwrap_or_default());
    for ((wire, argument), piece) in in_path.zip(segments).zip(pieces) {
        agree("path parameter", &argument.to_string(), &snake(wire))?;
        checks.extend(quote!(let #argument = segment(operation, #wire, #argument)?;));
        text.push_str(&format!("{{{argument}}}{piece}"));
    }
    let text = LitStr::new(&text, Span::call_site());
    Ok(quote! {
        #checks
        let url = format!(#text, self.base_url());
    })
}

fn method_doc(operation: &Operation<'_>) -> String {
    let mut doc = operation.summary().to_owned();
    if !operation.description().is_empty() {
        let description = wire::renamed(operation.description().trim(), &wire::fields(operation));
        doc.push_str(&format!("\n\n{description}"));
    }
    let described = operation.parameters.iter().filter(|parameter| parameter.place != Place::Query);
    let parameters: Vec<_> =
        described.map(|p| format!("- `{}`: {}", snake(p.name), p.description.trim().replace('\n', " "))).collect();
    if !parameters.is_empty() {
        doc.push_str(&format!("\n\n{}", parameters.join("\n")));
    }
    let (id, method, path) = (operation.id, operation.method.to_uppercase(), operation.path);
    doc.push_str(&format!("\n\nSource: `{method} {path}`.\n\n# Errors\n\nAs [`{id}`](super::{id})."));
    doc
}

/// The `# Errors` section of an operation.
pub(crate) fn errors_doc(operation: &Operation<'_>) -> String {
    let mut codes = Vec::new();
    if operation.parameters(Place::Path).next().is_some() {
        codes.push("20404 for an item that is not there");
    }
    if operation.body.is_some() || operation.parameters(Place::Query).next().is_some() {
        codes.push("20001 for a parameter that is invalid");
    }
    codes.push("20003 for wrong credentials");
    codes.push("20429 for too many requests");
    let send = format!("[`send`]({}::send)", operation.id);
    format!("# Errors\n\n[`Error::Api`](crate::Error::Api) with code {}; see {send}.", codes.join(", "))
}

#[cfg(test)]
mod tests;
