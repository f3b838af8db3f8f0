//! The positional methods: progenitor writes them, this module reads what it wrote, and writes them for our runtime.
//!
//! | Step | Module |
//! | --- | --- |
//! | a document in which every type is a name, for progenitor | [`engine`] |
//! | its methods, statement by statement, as facts | [`readback`] |
//! | these facts compared with the model | this module |
//! | a method for our runtime | [`emission`] |
//!
//! **progenitor decides** the name of each method, the order of its arguments and their types. **Only compared** with the
//! model, and an error where they differ, are: HTTP method, path, names of query parameters and headers, whether there is
//! a form, the order of path parameters, the type of the response. Nothing else of its output is used: each statement
//! must be one that is known, so that a new version of the engine cannot change the client unnoticed.
//!
//! | progenitor writes | becomes | because |
//! | --- | --- | --- |
//! | `encode_path(&sid.to_string())` | `segment(operation, "Sid", sid)?` | `..` and an empty string would name another resource |
//! | an `api-version` header | nothing | the API has none |
//! | `.query(&QueryParam::new("Page", &page))` for each parameter | `.query(params)?` | a list method would have eight arguments |
//! | `header_map.append("X-…", …)` | `.header("X-…", …)?` | the client may have a default for it |
//! | `.form_urlencoded(&body)?` | `.form(body)?` | its encoder refuses lists and drops empty ones |
//! | `pre`, `exec`, `post` and a match on the status | `.send().await?.json()` | its errors lose the body, and the status of an HTML page |
//! | `Error<()>` | `Error` | one error type |

mod emission;
mod engine;
mod readback;

use std::collections::BTreeMap;

use proc_macro2::Ident;
use syn::{ImplItemFn, Type};

use crate::{
    error::Result,
    model::{Api, Operation, Place},
    names::snake,
};
use readback::Written;

pub(crate) use emission::errors_doc;

/// One positional method, and what the builders need to call it.
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

/// A step that fails with what was found.
type Step<T> = std::result::Result<T, String>;

/// The methods by operation id.
///
/// # Errors
///
/// An operation that progenitor cannot take, and an output that is not known or differs from the model.
pub(crate) fn methods(api: &Api<'_>) -> Result<BTreeMap<String, Method>> {
    let all: Vec<&Operation> = api.operations().collect();
    let mut functions = engine::functions(api, &all)?;
    let mut methods = BTreeMap::new();
    for operation in all {
        let fail = |problem: String| {
            let problem = format!("{}: progenitor's output is not what is known: {problem}", operation.id);
            api.document.error(&operation.pointer, format!("{problem}; see codegen/src/operations.rs"))
        };
        let function = functions.remove(&snake(&operation.id)).ok_or_else(|| fail("it wrote no method".to_owned()))?;
        methods.insert(operation.id.clone(), method(api, operation, function).map_err(fail)?);
    }
    Ok(methods)
}

fn method(api: &Api<'_>, operation: &Operation, function: ImplItemFn) -> Step<Method> {
    let written = readback::read(function)?;
    compare(operation, &written)?;
    emission::method(api, operation, &written)
}

/// Compares what progenitor wrote with the model.
fn compare(operation: &Operation, written: &Written) -> Step<()> {
    let wire_names = |place| {
        let mut names: Vec<_> = operation.parameters(place).map(|p| p.property.wire.clone()).collect();
        names.sort();
        names
    };
    let sorted = |names: &[String]| {
        let mut names = names.to_vec();
        names.sort();
        names
    };
    let headers: Vec<String> = written.headers.iter().map(|(wire, _)| wire.clone()).collect();
    agree("method", &written.method.to_string(), &operation.method)?;
    agree("query parameters", &sorted(&written.query), &wire_names(Place::Query))?;
    agree("headers", &sorted(&headers), &wire_names(Place::Header))?;
    agree("a form", &written.has_form, &operation.body.is_some())?;
    agree("path parameters", &written.segments.len(), &operation.path.parameters().count())?;
    agree("url", &written.url, &format!("{{}}{}", operation.path.blank()))?;
    for (argument, wire) in written.segments.iter().zip(operation.path.parameters()) {
        agree("path parameter", &argument.to_string(), &snake(wire))?;
    }
    let response = operation.response.clone().unwrap_or_else(|| "()".to_owned());
    agree("response", &quote::ToTokens::to_token_stream(&written.response).to_string().replace(' ', ""), &response)
}

fn agree<T: PartialEq + std::fmt::Debug>(what: &str, written: &T, expected: &T) -> Step<()> {
    if written == expected {
        Ok(())
    } else {
        Err(format!("{what}: it wrote {written:?}, the specification has {expected:?}"))
    }
}

#[cfg(test)]
mod tests;
