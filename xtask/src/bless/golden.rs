//! The generator's golden cases: the expected files of each small specification in `codegen/tests/golden/`.

use std::{
    collections::{BTreeMap, BTreeSet},
    error::Error,
    path::Path,
};

use codegen::{Folders, Sources};

use crate::files;

/// Folder of all cases.
const GOLDEN: &str = "codegen/tests/golden";
/// The folders that are compared, by their short names. The emulator's document is only the specification as JSON.
const COMPARED: [&str; 5] = ["types", "client", "webhook", "facade", "cli"];

/// The expected files of each case, by its folder. A case whose specification was deleted has none.
///
/// # Errors
///
/// A file that cannot be read, and a specification that the generator refuses, with the path of the file.
pub(crate) fn cases(root: &Path) -> Result<BTreeMap<String, BTreeMap<String, String>>, Box<dyn Error>> {
    let mut all = files::read_folder(&root.join(GOLDEN))?;
    let base = all.remove("base.yaml").unwrap_or_default();
    let names: BTreeSet<String> =
        all.keys().filter_map(|path| path.split_once('/')).map(|(name, _)| name.to_owned()).collect();
    let mut cases = BTreeMap::new();
    for name in names {
        let own = format!("{name}/spec/");
        let spec = all.iter().filter_map(|(path, text)| Some((path.strip_prefix(&own)?.to_owned(), text.clone())));
        let mut spec: BTreeMap<String, String> = spec.collect();
        let expected = if spec.is_empty() {
            BTreeMap::new()
        } else {
            spec.insert("base.yaml".to_owned(), base.clone());
            code(&codegen::generate(&Sources(spec)).map_err(|error| place(&name, &error))?)
        };
        cases.insert(format!("{GOLDEN}/{name}/expected"), expected);
    }
    Ok(cases)
}

fn code(folders: &Folders) -> BTreeMap<String, String> {
    let files = COMPARED.into_iter().flat_map(|short| {
        let made = folders.get(&format!("crates/{short}/src/generated")).into_iter().flatten();
        made.map(move |(name, text)| (format!("{short}/{name}"), text.clone()))
    });
    files.collect()
}

/// The error with the path of the file in the repository. All cases have one `base.yaml`, beside them.
fn place(case: &str, error: &codegen::Error) -> String {
    let case = if error.file() == "base.yaml" { String::new() } else { format!("{case}/spec/") };
    let text = error.to_string();
    format!("generating a golden case: {GOLDEN}/{case}{}", text.strip_prefix("spec/").unwrap_or(&text))
}
