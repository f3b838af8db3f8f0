//! `x-sids`: the SID types, each declared once in `base.yaml` or in the fragment of its resource.

use serde_json::Value;

use crate::{
    dialect,
    error::{Error, Result, token},
    names::is_identifier,
    render,
};

/// The form of the two letters in front of a SID that any channel may assign.
const ANY_PREFIX: &str = "any";
/// The same in a pattern.
const ANY_PATTERN: &str = "[a-zA-Z]{2}";

/// A SID type.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct SidType {
    /// `ConversationSid`.
    pub name: String,
    /// `CH`; `None` where any two letters are valid.
    pub prefix: Option<String>,
    /// A sentence.
    description: String,
}

impl SidType {
    /// Whether a string is a SID of this type.
    pub(crate) fn matches(&self, text: &str) -> bool {
        let has_prefix = match &self.prefix {
            Some(prefix) => text.starts_with(prefix.as_str()),
            None => text.bytes().take(2).all(|byte| byte.is_ascii_alphabetic()),
        };
        text.len() == 34 && has_prefix && text.bytes().skip(2).all(|byte| byte.is_ascii_hexdigit())
    }
}

/// All SID types, in the order of their names.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sids(Vec<SidType>);

impl Sids {
    /// Reads the declarations. `fail` makes an error of a JSON pointer below `x-sids` and a problem, and `place` says where
    /// a type is declared.
    ///
    /// # Errors
    ///
    /// A name that is not one in Rust or does not end in `Sid`, a prefix that is not two capital letters, a prefix that two
    /// types have, a missing description.
    pub(crate) fn read(
        declared: &Value,
        fail: impl Fn(&str, String) -> Error,
        place: impl Fn(&str) -> String,
    ) -> Result<Self> {
        dialect::check(&dialect::SIDS, declared, &fail)?;
        let mut sids: Vec<SidType> = Vec::new();
        for (name, content) in declared.as_object().into_iter().flatten() {
            let pointer = format!("/{}", token(name));
            if !is_identifier(name) || !name.ends_with("Sid") {
                return Err(fail(&pointer, format!("{name:?} is not a name in Rust that ends in Sid")));
            }
            let prefix = match content["prefix"].as_str() {
                Some(ANY_PREFIX) => None,
                Some(prefix) if prefix.len() == 2 && prefix.bytes().all(|b| b.is_ascii_uppercase()) => {
                    Some(prefix.to_owned())
                }
                _ => {
                    let problem = format!("found {}, expected two capital letters or {ANY_PREFIX}", content["prefix"]);
                    return Err(fail(&format!("{pointer}/prefix"), problem));
                }
            };
            if let Some(other) = sids.iter().find(|other| other.prefix == prefix) {
                let problem = format!("{} has the same prefix, at {}", other.name, place(&other.name));
                return Err(fail(&format!("{pointer}/prefix"), problem));
            }
            let description = content["description"].as_str().unwrap_or_default().trim().to_owned();
            sids.push(SidType { name: name.clone(), prefix, description });
        }
        sids.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(Self(sids))
    }

    /// The type for a prefix in `x-sid`.
    pub(crate) fn for_prefix(&self, prefix: &str) -> Option<&SidType> {
        self.0.iter().find(|sid| sid.prefix.as_deref() == Some(prefix))
    }

    /// The type for the pattern of a string.
    pub(crate) fn for_pattern(&self, pattern: &str) -> Option<&SidType> {
        let prefix = pattern.strip_prefix('^')?.strip_suffix("[0-9a-fA-F]{32}$")?;
        let prefix = (prefix != ANY_PATTERN).then_some(prefix);
        self.0.iter().find(|sid| sid.prefix.as_deref() == prefix)
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|sid| sid.name.as_str())
    }

    /// The prefixes, for an error that lists them.
    pub(crate) fn prefixes(&self) -> String {
        let prefixes: Vec<_> = self.0.iter().map(|sid| sid.prefix.as_deref().unwrap_or(ANY_PREFIX)).collect();
        prefixes.join(", ")
    }

    /// A call of `sids!` in `crates/types/src/sid.rs`.
    pub(crate) fn types(&self) -> String {
        let mut text = String::from("sids! {\n");
        for SidType { name, prefix, description } in &self.0 {
            let prefix = prefix.as_ref().map_or_else(|| "None".to_owned(), |prefix| format!("Some({prefix:?})"));
            text.push_str(&format!("{}    {name}, {prefix};\n", render::doc_text(description, "    ")));
        }
        text.push_str("}\n");
        let uses = "use crate::sid::sids;\n".to_owned();
        let doc = render::module_doc("The SID types.");
        render::file(&[render::header(&["base.yaml", "v1"]), doc, uses, text])
    }

    /// The facade's re-exports.
    pub(crate) fn exports(&self) -> String {
        let names: Vec<&str> = self.names().collect();
        let line = render::use_line("twilio_conversations_types", &names, "pub ", "");
        render::file(&[render::header(&["base.yaml", "v1"]), format!("#[doc(inline)]\n{line}")])
    }
}
