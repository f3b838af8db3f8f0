//! Paths, taken apart once.

use crate::names::{pascal, singular, snake};

/// A path of the API, such as `/v1/Services/{ChatServiceSid}/Conversations/{Sid}`.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct Path {
    pub text: String,
    pub segments: Vec<Segment>,
}

#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Segment {
    /// `Services`.
    Fixed(String),
    /// `ChatServiceSid`, of `{ChatServiceSid}`.
    Parameter(String),
}

impl Segment {
    fn is_fixed(&self) -> bool {
        matches!(self, Self::Fixed(_))
    }
}

impl Path {
    /// Reads a path. The segments do not include the version; `None` if the path does not begin with `/v1/` and the name
    /// of a collection.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let segment = |segment: &str| match segment.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
            Some(parameter) => Segment::Parameter(parameter.to_owned()),
            None => Segment::Fixed(segment.to_owned()),
        };
        let segments: Vec<_> = text.strip_prefix("/v1/")?.split('/').map(segment).collect();
        matches!(segments.first(), Some(Segment::Fixed(name)) if !name.is_empty())
            .then(|| Self { text: text.to_owned(), segments })
    }

    pub(crate) fn parameters(&self) -> impl Iterator<Item = &str> {
        self.segments.iter().filter_map(|segment| match segment {
            Segment::Parameter(name) => Some(name.as_str()),
            Segment::Fixed(_) => None,
        })
    }

    pub(crate) fn fixed(&self) -> impl Iterator<Item = &str> {
        self.segments.iter().filter_map(|segment| match segment {
            Segment::Fixed(name) => Some(name.as_str()),
            Segment::Parameter(_) => None,
        })
    }

    pub(crate) fn last_fixed(&self) -> &str {
        self.fixed().last().unwrap_or_default()
    }

    /// The path up to its first `count` segments.
    pub(crate) fn prefix(&self, count: usize) -> Self {
        let text: Vec<_> = self.text.split('/').take(count + 2).collect();
        Self { text: text.join("/"), segments: self.segments[..count].to_vec() }
    }

    /// `/Services/{}/Conversations/{}`: the path without the version and the parameters' names.
    pub(crate) fn key(&self) -> String {
        let segment = |segment: &Segment| match segment {
            Segment::Fixed(name) => format!("/{name}"),
            Segment::Parameter(_) => "/{}".to_owned(),
        };
        self.segments.iter().map(segment).collect()
    }

    /// Whether the path names one item of a collection.
    pub(crate) fn is_item(&self) -> bool {
        self.segments.last().is_some_and(|segment| !segment.is_fixed())
    }

    /// The path of the collection: `/v1/Services/{Sid}` becomes `/v1/Services`.
    pub(crate) fn collection(&self) -> Self {
        if self.is_item() { self.prefix(self.segments.len() - 1) } else { self.clone() }
    }

    /// `/v1/Services/{ChatServiceSid}/Configuration/Webhooks` becomes `service`, `configuration`, `webhook`.
    pub(crate) fn module(&self) -> Vec<String> {
        self.fixed().map(|segment| singular(&snake(segment))).collect()
    }

    /// `ServiceConfiguration`: what is named by the fixed segments.
    pub(crate) fn stem(&self) -> String {
        self.fixed().map(|segment| pascal(&singular(&snake(segment)))).collect()
    }

    /// The path with each parameter as `{}`.
    pub(crate) fn blank(&self) -> String {
        format!("/v1{}", self.key())
    }

    /// The part of this path in front of `other`, if this path ends with `other`.
    pub(crate) fn scope_of(&self, other: &Self) -> Option<Self> {
        let count = self.segments.len().checked_sub(other.segments.len()).filter(|count| *count > 0)?;
        (self.segments[count..] == other.segments[..]).then(|| self.prefix(count))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_begins_with_the_version_and_a_collection() {
        for bad in ["/v1/", "/Things", "/v2/Things", "/v1/{Sid}", ""] {
            assert_eq!(Path::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_path_is_split_into_its_parts() {
        let path = Path::parse("/v1/Services/{ChatServiceSid}/Roles/{Sid}").unwrap();
        assert_eq!(path.key(), "/Services/{}/Roles/{}");
        assert_eq!(path.parameters().collect::<Vec<_>>(), ["ChatServiceSid", "Sid"]);
        assert_eq!(path.module(), ["service", "role"]);
        assert_eq!(path.stem(), "ServiceRole");
        assert_eq!(path.collection().text, "/v1/Services/{ChatServiceSid}/Roles");
    }

    #[test]
    fn a_scope_is_what_stands_in_front() {
        let path = |text| Path::parse(text).unwrap();
        let (scoped, plain) = (path("/v1/Services/{ChatServiceSid}/Roles/{Sid}"), path("/v1/Roles/{Sid}"));
        assert_eq!(scoped.scope_of(&plain).unwrap().text, "/v1/Services/{ChatServiceSid}");
        assert_eq!(plain.scope_of(&scoped), None);
        assert_eq!(plain.scope_of(&plain), None);
        assert_eq!(scoped.scope_of(&path("/v1/Roles/{RoleSid}")), None);
    }
}
