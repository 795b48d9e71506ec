//! Generates the configuration of utoipa's macros, and the names of statements.

use std::{
    collections::BTreeMap,
    env, fs,
    hash::{DefaultHasher, Hash, Hasher},
    io,
    path::{Path, PathBuf},
};

/// The ids of `src/id.rs` that appear in the API: utoipa identifies a type only by its name.
const IDS: [&str; 12] = [
    "AnnouncementId",
    "DeliveryId",
    "ExportId",
    "InvitationId",
    "NotificationId",
    "ProjectId",
    "ReminderId",
    "SessionId",
    "TagId",
    "TaskId",
    "UserId",
    "WebhookId",
];

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=src");
    let config = IDS.into_iter().fold(utoipa_config::Config::new(), |config, id| config.alias_for(id, "Uuid"));
    config.write_to_file();
    write_statement_names()
}

/// Names every statement after the function that sends it, for `telemetry/statements.rs`: sqlx reports a statement's text, not its
/// origin. A name is the function's path in the crate, such as `tasks::store::insert`.
fn write_statement_names() -> io::Result<()> {
    let source = Path::new("src");
    let mut names = BTreeMap::new();
    for file in rust_files(source)? {
        collect(&fs::read_to_string(&file)?, &module_of(file.strip_prefix(source).unwrap_or(&file)), &mut names);
    }
    let entries: String = names.iter().map(|(key, name)| format!("    ({key}, {name:?}),\n")).collect();
    let output = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default()).join("statement_names.rs");
    fs::write(output, format!("&[\n{entries}]\n"))
}

fn rust_files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(rust_files(&path)?);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    Ok(found)
}

/// `tasks/list/mod.rs` becomes `tasks::list`.
fn module_of(file: &Path) -> String {
    let parts = file.with_extension("");
    let parts: Vec<_> = parts.iter().filter_map(|part| part.to_str()).filter(|part| *part != "mod").collect();
    parts.join("::")
}

/// Collects every text passed to `sqlx::query…` under its hash. A text that two functions send is named after the first.
fn collect(code: &str, module: &str, names: &mut BTreeMap<u64, String>) {
    for (at, _) in code.match_indices("sqlx::query") {
        let Some(text) = statement(&code[at..]) else { continue };
        let name = function_before(&code[..at]).map_or_else(|| module.to_owned(), |name| format!("{module}::{name}"));
        let mut hasher = DefaultHasher::new();
        text.trim().hash(&mut hasher);
        names.entry(hasher.finish()).or_insert(name);
    }
}

/// The string literal after the opening parenthesis, if only a type comes before it; otherwise the statement is assembled at run time.
fn statement(call: &str) -> Option<&str> {
    let arguments = &call[call.find('(')? + 1..];
    let quote = arguments.find('"')?;
    let is_raw = arguments[..quote].trim_end_matches('#').ends_with('r');
    let hashes = arguments[..quote].len() - arguments[..quote].trim_end_matches('#').len();
    let before = arguments[..quote].trim_end_matches('#').trim_end_matches('r');
    if !before.chars().all(|one| one.is_alphanumeric() || one.is_whitespace() || "_:<>,()".contains(one))
        || before.contains('(')
    {
        return None;
    }
    let text = &arguments[quote + 1..];
    let end = if is_raw { format!("\"{}", "#".repeat(hashes)) } else { "\"".to_owned() };
    text.split_once(&end).map(|(text, _)| text)
}

/// The function that contains the end of `code`: the last one that was opened.
fn function_before(code: &str) -> Option<&str> {
    let line = code.lines().rev().find_map(|line| {
        let declaration = line.trim_start();
        let (before, name) = declaration.split_once("fn ")?;
        let is_declaration = before.split_whitespace().all(|word| {
            matches!(word, "pub" | "async" | "const") || word.starts_with("pub(") || word == "super)" || word == "in"
        });
        is_declaration.then_some(name)
    })?;
    line.split(|one: char| !one.is_alphanumeric() && one != '_').next()
}
