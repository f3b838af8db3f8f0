//! `Debug` for requests that carry secrets: it tells whether one is set, and not what it is.

use crate::Patch;

/// A field that holds a secret.
pub(crate) trait Secret {
    /// What may be seen of it.
    fn shown(&self) -> &'static str;
}

impl Secret for String {
    fn shown(&self) -> &'static str {
        ".."
    }
}

impl<T> Secret for Option<T> {
    fn shown(&self) -> &'static str {
        if self.is_some() { "Some(..)" } else { "None" }
    }
}

impl<T> Secret for Patch<T> {
    fn shown(&self) -> &'static str {
        match self {
            Self::Keep => "Keep",
            Self::Set(_) => "Set(..)",
            Self::Clear => "Clear",
        }
    }
}

/// `Debug` for a struct: each of its fields, and whether it is `shown` or `secret`.
macro_rules! secret_debug {
    ($name:ident { $($field:ident: $how:ident,)+ }) => {
        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct(stringify!($name))
                    $(.field(stringify!($field), crate::secret::secret_debug!(@$how self.$field)))+
                    .finish()
            }
        }
    };
    (@shown $field:expr) => { &$field };
    (@secret $field:expr) => { &format_args!("{}", crate::secret::Secret::shown(&$field)) };
}

pub(crate) use secret_debug;

#[cfg(test)]
mod tests {
    use super::*;

    struct Request {
        name: Patch<String>,
        key: String,
        old: Option<String>,
        new: Patch<String>,
    }

    secret_debug! { Request { name: shown, key: secret, old: secret, new: secret, } }

    #[test]
    fn a_secret_is_told_to_be_there_and_not_told() {
        let mut request = Request {
            name: Patch::Set("n".into()),
            key: "hush".into(),
            old: Some("hush".into()),
            new: Patch::Set("hush".into()),
        };
        assert_eq!(format!("{request:?}"), "Request { name: Set(\"n\"), key: .., old: Some(..), new: Set(..) }");
        assert!(!format!("{request:#?}").contains("hush"));
        (request.old, request.new) = (None, Patch::Clear);
        assert_eq!(format!("{request:?}"), "Request { name: Set(\"n\"), key: .., old: None, new: Clear }");
        request.new = Patch::Keep;
        assert!(format!("{request:?}").ends_with("new: Keep }"));
    }
}
