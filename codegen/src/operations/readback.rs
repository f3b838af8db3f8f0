//! Reads a method that progenitor wrote, one statement after the other.
//!
//! Each function takes one statement that progenitor is known to write and fails when it finds something else.

use proc_macro2::Ident;
use quote::{ToTokens, format_ident};
use syn::{
    Expr, ExprCall, ExprMethodCall, FnArg, ImplItemFn, Lit, Pat, Stmt, Type, punctuated::Punctuated,
    visit_mut::VisitMut,
};

use super::Step;
use crate::render::ShortPaths;

/// A method, as facts.
pub(super) struct Written {
    pub name: Ident,
    /// Arguments with their types, without `self` and lifetimes.
    pub arguments: Vec<(Ident, Type)>,
    /// Format string of the URL: `{}/v1/Services/{}`.
    pub url: String,
    /// Arguments that the URL's segments are made of, in their order.
    pub segments: Vec<Ident>,
    /// Headers by name on the wire, and the argument of each.
    pub headers: Vec<(String, Ident)>,
    /// `get`, `post`, `delete`.
    pub method: Ident,
    /// Names of the query parameters on the wire.
    pub query: Vec<String>,
    pub has_form: bool,
    /// Type of the decoded value.
    pub response: Type,
}

/// Reads a method.
///
/// # Errors
///
/// A statement that is not as expected, one too few or too many.
pub(super) fn read(mut function: ImplItemFn) -> Step<Written> {
    ShortPaths.visit_impl_item_fn_mut(&mut function);
    let mut statements = function.block.stmts.iter();
    let response = response_of(&function)?;
    let mut next = || statements.next().ok_or("the method is shorter than expected".to_owned());
    let (url, segments) = take_url(next()?)?;
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
    Ok(Written {
        name: function.sig.ident.clone(),
        arguments: arguments(&function)?,
        url,
        segments,
        headers,
        method: sent.method,
        query: sent.query,
        has_form: sent.form,
        response,
    })
}

fn arguments(function: &ImplItemFn) -> Step<Vec<(Ident, Type)>> {
    let mut arguments = Vec::new();
    for argument in function.sig.inputs.iter().skip(1) {
        let FnArg::Typed(argument) = argument else { return Err("a second self".to_owned()) };
        let Pat::Ident(name) = &*argument.pat else { return Err(unlike("an argument", &argument.pat)) };
        let mut ty = (*argument.ty).clone();
        NoLifetimes.visit_type_mut(&mut ty);
        arguments.push((name.ident.clone(), ty));
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

/// `T` of `Name<T>`.
fn type_argument<'a>(ty: &'a Type, name: &str) -> Option<&'a Type> {
    let Type::Path(path) = ty else { return None };
    let segment = path.path.segments.last().filter(|segment| segment.ident == name)?;
    let syn::PathArguments::AngleBracketed(arguments) = &segment.arguments else { return None };
    arguments.args.iter().find_map(|argument| match argument {
        syn::GenericArgument::Type(ty) => Some(ty),
        _ => None,
    })
}

/// `-> Result<ResponseValue<Service>, Error<()>>`: the type of the value.
fn response_of(function: &ImplItemFn) -> Step<Type> {
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

/// The facts of `let mut request = self.client.get(url)….build()?;`.
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

/// The statements after the request are progenitor's own runtime. Only words that each must contain are checked.
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
