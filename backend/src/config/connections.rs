//! Locations of PostgreSQL and Redis: URLs, and passwords that may come from separate files.

use percent_encoding::percent_decode_str;
use secrecy::{ExposeSecret, SecretString};
use sqlx::postgres::PgConnectOptions;
use url::Url;

use super::{DatabaseConfig, EnvReader};

/// See `REDIS_PREFIX`.
pub const DEFAULT_REDIS_PREFIX: &str = "todo";

pub fn database(env: &mut EnvReader<'_>, production: bool) -> DatabaseConfig {
    let expected = "is not a URL such as postgres://user:password@host:5432/todo";
    let is_valid = |url: &Url| {
        matches!(url.scheme(), "postgres" | "postgresql") && url.as_str().parse::<PgConnectOptions>().is_ok()
    };
    let password = env.secret("DATABASE_PASSWORD");
    let mut url =
        |name| with_password(env, name, password.as_ref(), "DATABASE_PASSWORD", expected, production, is_valid);
    DatabaseConfig {
        url: url("DATABASE_URL"),
        direct_url: url("DATABASE_DIRECT_URL"),
        max_connections: env.number("DATABASE_MAX_CONNECTIONS", 15, 1, 1000),
    }
}

pub fn redis_url(env: &mut EnvReader<'_>, production: bool) -> Option<SecretString> {
    let expected = "is not a URL such as redis://:password@host:6379";
    let is_valid = |url: &Url| redis::Client::open(url.as_str()).is_ok();
    let password = env.secret("REDIS_PASSWORD");
    with_password(env, "REDIS_URL", password.as_ref(), "REDIS_PASSWORD", expected, production, is_valid)
}

/// Short and plain, so that it is readable in Redis tools and in access rules such as `~todo:*`.
pub fn redis_prefix(env: &mut EnvReader<'_>) -> String {
    let Some(prefix) = env.text("REDIS_PREFIX") else { return DEFAULT_REDIS_PREFIX.to_owned() };
    let is_plain = prefix.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'));
    if prefix.len() > 32 || !is_plain {
        env.problem(
            "REDIS_PREFIX",
            format_args!("{prefix:?} is not 1 to 32 letters, digits, dots, hyphens or underscores"),
        );
    }
    prefix
}

/// The URL in variable `name`, with its separate password. A driver's message may repeat the URL and its password, so problems state only
/// what is expected.
fn with_password(
    env: &mut EnvReader<'_>,
    name: &str,
    password: Option<&SecretString>,
    password_name: &str,
    expected: &str,
    production: bool,
    is_valid: impl Fn(&Url) -> bool,
) -> Option<SecretString> {
    let text = env.secret(name)?;
    let Some(mut url) = Url::parse(text.expose_secret()).ok().filter(is_valid) else {
        env.problem(name, expected);
        return None;
    };
    if let Some(password) = password {
        if url.password().is_some() {
            env.problem(name, format_args!("has a password already; leave it out there, or unset {password_name}"));
        } else if url.set_password(Some(password.expose_secret())).is_err() {
            env.problem(name, format_args!("needs a host to go with {password_name}"));
        }
    }
    if production && let Some(password) = url.password() {
        let source = if text.expose_secret().contains(password) { name } else { password_name };
        env.refuse_weak(source, &percent_decode_str(password).decode_utf8_lossy());
    }
    Some(SecretString::from(String::from(url)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Config, ConfigError};

    fn config(variables: &[(&str, &str)]) -> Result<Config, ConfigError> {
        let fixed = [("JWT_SECRET", "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")];
        let variables = [&fixed[..], variables].concat();
        Config::from_lookup(&|name| {
            variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn a_password_of_its_own_joins_every_url() {
        let config = config(&[
            ("DATABASE_URL", "postgres://todo@pgbouncer:6432/todo"),
            ("DATABASE_DIRECT_URL", "postgres://todo@database:5432/todo"),
            ("DATABASE_PASSWORD", "p@ss/w:rd%+"),
            ("REDIS_URL", "redis://redis:6379"),
            ("REDIS_PASSWORD", "r3dis"),
        ])
        .expect("valid");
        let exposed = |url: Option<SecretString>| url.expect("set").expose_secret().to_owned();
        let options: PgConnectOptions = exposed(config.database.url.clone()).parse().expect("a URL");
        assert_eq!(options.get_host(), "pgbouncer");
        let url = Url::parse(&exposed(config.database.direct_url)).expect("a URL");
        assert_eq!(percent_decode_str(url.password().expect("joined")).decode_utf8_lossy(), "p@ss/w:rd%+");
        assert_eq!(exposed(config.redis_url), "redis://:r3dis@redis:6379");
    }

    #[test]
    fn the_prefix_in_redis_is_plain() {
        assert_eq!(config(&[]).expect("valid").redis_prefix, "todo");
        assert_eq!(config(&[("REDIS_PREFIX", "todo-2.family")]).expect("valid").redis_prefix, "todo-2.family");
        for wrong in ["a:b", "a b", "*", "ä", &"x".repeat(33)] {
            let error = config(&[("REDIS_PREFIX", wrong)]).expect_err(wrong);
            assert!(error.0[0].starts_with("REDIS_PREFIX"), "{error}");
        }
    }

    #[test]
    fn two_passwords_for_one_url_are_a_problem_that_names_neither() {
        let error = config(&[("DATABASE_URL", "postgres://todo:one@h/todo"), ("DATABASE_PASSWORD", "another")])
            .expect_err("which one?");
        assert!(error.0[0].starts_with("DATABASE_URL"), "{error}");
        assert!(!error.to_string().contains("another"), "{error}");
    }

    #[test]
    fn production_refuses_weak_passwords() {
        let base = [
            ("APP_ENV", "production"),
            ("PUBLIC_URL", "https://todo.example.org"),
            ("DATABASE_URL", "postgres://todo@h/todo"),
            ("DATABASE_PASSWORD", "b4f1b2b0b822cd15d6c15b0f"),
            ("REDIS_URL", "redis://h"),
            ("REDIS_PASSWORD", "b4f1b2b0b822cd15d6c15b0f"),
        ];
        config(&base).expect("strong ones are accepted");
        for name in ["DATABASE_PASSWORD", "REDIS_PASSWORD"] {
            let weak = base.map(|(key, value)| (key, if key == name { "todo-password" } else { value }));
            let error = config(&weak).expect_err(name);
            assert!(error.0.iter().all(|problem| problem.starts_with(name)), "{error}");
        }
    }
}
