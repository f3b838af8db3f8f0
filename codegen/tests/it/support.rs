//! Small specifications, and the repository's own.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use codegen::Sources;

/// The least that is a specification: nothing in it, and nothing corrected.
pub(crate) const BASE: &str = "openapi: 3.0.3
x-sids:
  AccountSid: { prefix: AC, description: SID of an account. }
  ConversationSid: { prefix: CH, description: SID of a conversation. }
  ParticipantSid: { prefix: MB, description: SID of a participant. }
  ServiceSid: { prefix: IS, description: SID of a service. }
  UserSid: { prefix: US, description: SID of a user. }
  WebhookSid: { prefix: WH, description: SID of a webhook. }
";
pub(crate) const OVERLAY: &str = "overlay: 1.0.0\nactions: []\n";

/// An empty specification with these files in it, or in place of its own.
pub(crate) fn sources(files: &[(&str, &str)]) -> Sources {
    let own = [("base.yaml", BASE), ("overlay.yaml", OVERLAY)];
    let all = own.iter().chain(files).map(|(name, text)| ((*name).to_owned(), (*text).to_owned()));
    Sources(all.collect())
}

/// The repository's root.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The repository's own specification.
pub(crate) fn repository() -> Sources {
    let mut files = read_folder(&root().join("spec"));
    files.retain(|name, _| name.ends_with(".yaml"));
    Sources(files)
}

/// Every file below a folder, by its path in it.
pub(crate) fn read_folder(folder: &Path) -> BTreeMap<String, String> {
    fn collect(folder: &Path, prefix: &str, files: &mut BTreeMap<String, String>) {
        let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        for path in entries.map(|entry| entry.unwrap().path()) {
            let name = path.file_name().unwrap().to_str().unwrap();
            if path.is_dir() {
                collect(&path, &format!("{prefix}{name}/"), files);
            } else {
                let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
                files.insert(format!("{prefix}{name}"), text.replace("\r\n", "\n"));
            }
        }
    }
    let mut files = BTreeMap::new();
    if folder.exists() {
        collect(folder, "", &mut files);
    }
    files
}
