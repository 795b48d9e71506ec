//! Reads typed values from the environment and collects every problem instead of stopping at the first.

use std::{collections::HashSet, fmt::Display, fs, net::IpAddr, path::PathBuf, str::FromStr};

use ipnet::IpNet;
use secrecy::SecretString;

/// The source of a variable's value; a function, so that tests need not modify the environment.
type Lookup<'a> = &'a dyn Fn(&str) -> Option<String>;

/// Typed access to variables. Problems are collected in [`EnvReader::problems`].
pub struct EnvReader<'a> {
    lookup: Lookup<'a>,
    pub problems: Vec<String>,
}

impl<'a> EnvReader<'a> {
    pub fn new(lookup: Lookup<'a>) -> Self {
        Self { lookup, problems: Vec::new() }
    }

    pub fn problem(&mut self, name: &str, what: impl Display) {
        self.problems.push(format!("{name}: {what}"));
    }

    /// The value of `name`, or the content of the file in `<name>_FILE`; an empty value counts as absent.
    pub fn text(&mut self, name: &str) -> Option<String> {
        let file_variable = format!("{name}_FILE");
        let direct = (self.lookup)(name).filter(|value| !value.trim().is_empty());
        let file = (self.lookup)(&file_variable).filter(|value| !value.trim().is_empty());
        match (direct, file) {
            (Some(_), Some(_)) => {
                self.problem(name, format_args!("set {name} or {file_variable}, not both"));
                None
            }
            (Some(value), None) => Some(value.trim().to_owned()),
            (None, Some(path)) => match fs::read_to_string(path.trim()) {
                Ok(content) => Some(content.trim().to_owned()),
                Err(error) => {
                    self.problem(&file_variable, format_args!("cannot read {path}: {error}"));
                    None
                }
            },
            (None, None) => None,
        }
    }

    /// The file that provides the value of `name`, if any.
    pub fn file_of(&self, name: &str) -> Option<PathBuf> {
        let path = (self.lookup)(&format!("{name}_FILE")).filter(|value| !value.trim().is_empty())?;
        Some(PathBuf::from(path.trim()))
    }

    pub fn secret(&mut self, name: &str) -> Option<SecretString> {
        self.text(name).map(SecretString::from)
    }

    /// In production, documented example values and values with too few distinct characters are rejected.
    pub fn refuse_weak(&mut self, name: &str, secret: &str) {
        if is_weak(secret) {
            self.problem(name, "is a default or weak value; production needs its own (try: openssl rand -hex 32)");
        }
    }

    pub fn optional<T>(&mut self, name: &str, expected: &str) -> Option<T>
    where
        T: FromStr,
    {
        let value = self.text(name)?;
        match value.parse() {
            Ok(parsed) => Some(parsed),
            Err(_) => {
                self.problem(name, format_args!("{value:?} is not {expected}"));
                None
            }
        }
    }

    pub fn or<T: FromStr>(&mut self, name: &str, default: T, expected: &str) -> T {
        self.optional(name, expected).unwrap_or(default)
    }

    /// A number within bounds.
    pub fn number<T>(&mut self, name: &str, default: T, min: T, max: T) -> T
    where
        T: FromStr + PartialOrd + Display + Copy,
    {
        let expected = format!("a whole number from {min} to {max}");
        let value = self.or(name, default, &expected);
        if value < min || value > max {
            self.problem(name, format_args!("{value} is not {expected}"));
            return default;
        }
        value
    }

    /// Networks and single addresses, separated by commas.
    pub fn networks(&mut self, name: &str) -> Vec<IpNet> {
        let text = self.text(name).unwrap_or_default();
        let network = |one: &str| one.parse().or_else(|_| one.parse::<IpAddr>().map(IpNet::from));
        let parsed: Result<Vec<IpNet>, _> =
            text.split(',').map(str::trim).filter(|one| !one.is_empty()).map(network).collect();
        parsed.unwrap_or_else(|_| {
            self.problem(name, format_args!("{text:?} is not a list of networks such as 10.20.0.0/16,fd00::/8"));
            Vec::new()
        })
    }

    /// One of a few words.
    pub fn choice<T: Copy>(&mut self, name: &str, default: T, choices: &[(&str, T)]) -> T {
        let Some(value) = self.text(name) else { return default };
        match choices.iter().find(|(word, _)| *word == value) {
            Some((_, choice)) => *choice,
            None => {
                let words: Vec<_> = choices.iter().map(|(word, _)| *word).collect();
                self.problem(name, format_args!("{value:?} is none of: {}", words.join(", ")));
                default
            }
        }
    }
}

const WEAK_SECRETS: [&str; 5] = ["change", "secret", "development", "example", "password"];

fn is_weak(secret: &str) -> bool {
    let lower = secret.to_lowercase();
    let distinct = lower.chars().collect::<HashSet<_>>().len();
    distinct < 8 || WEAK_SECRETS.iter().any(|word| lower.contains(word))
}
