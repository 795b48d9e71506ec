//! OpenTelemetry's standard variables for the destination of spans and for sampling. The exporter itself reads the rest
//! (`OTEL_BSP_…`, limits of spans, compression).

use std::{fmt, path::PathBuf, time::Duration};

use opentelemetry_sdk::trace::Sampler;
use percent_encoding::percent_decode_str;
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::EnvReader;

/// Where spans are sent. Without an endpoint there are no spans.
#[derive(Debug, Clone)]
pub struct TraceConfig {
    /// The full URL, including `/v1/traces`.
    pub endpoint: Url,
    /// Sent with each export, such as the key of a hosted collector.
    pub headers: Headers,
    /// How long one export may take.
    pub timeout: Duration,
    /// A PEM file with the authority that signed the collector's certificate, if it is not a public one.
    pub certificate: Option<PathBuf>,
    /// Attributes of every span; of several with the same name the last one counts.
    pub resource: Vec<(String, String)>,
    pub sampler: Sampler,
}

/// Names and values of headers; values are secret.
#[derive(Clone, Default)]
pub struct Headers(pub Vec<(String, SecretString)>);

impl fmt::Debug for Headers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}

pub fn read(env: &mut EnvReader<'_>) -> Option<TraceConfig> {
    let is_disabled = env.or("OTEL_SDK_DISABLED", false, "true or false");
    let exports = env.choice("OTEL_TRACES_EXPORTER", true, &[("otlp", true), ("none", false)]);
    // The only protocol that every collector supports and that needs no second HTTP stack in this program.
    env.choice("OTEL_EXPORTER_OTLP_PROTOCOL", (), &[("http/protobuf", ())]);
    let base = url(env, "OTEL_EXPORTER_OTLP_ENDPOINT").and_then(|base| of_traces(&base));
    let endpoint = url(env, "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT").or(base);
    let headers = headers(env);
    let timeout = Duration::from_millis(env.number("OTEL_EXPORTER_OTLP_TIMEOUT", 10_000, 1, 600_000));
    let certificate = env.text("OTEL_EXPORTER_OTLP_CERTIFICATE").map(PathBuf::from);
    let mut resource = pairs(env, "OTEL_RESOURCE_ATTRIBUTES");
    resource.extend(env.text("OTEL_SERVICE_NAME").map(|name| ("service.name".to_owned(), name)));
    let sampler = sampler(env);
    let endpoint = endpoint.filter(|_| exports && !is_disabled)?;
    Some(TraceConfig { endpoint, headers, timeout, certificate, resource, sampler })
}

fn url(env: &mut EnvReader<'_>, name: &str) -> Option<Url> {
    let text = env.text(name)?;
    let url = Url::parse(&text).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    if url.is_none() {
        env.problem(name, "is not an address such as http://collector:4318");
    }
    url
}

/// The base URL may contain a path.
fn of_traces(base: &Url) -> Option<Url> {
    let mut url = base.clone();
    url.path_segments_mut().ok()?.pop_if_empty().extend(["v1", "traces"]);
    Some(url)
}

fn headers(env: &mut EnvReader<'_>) -> Headers {
    let Some(text) = env.secret("OTEL_EXPORTER_OTLP_HEADERS") else { return Headers::default() };
    match split(text.expose_secret()) {
        Some(pairs) => Headers(pairs.into_iter().map(|(name, value)| (name, SecretString::from(value))).collect()),
        None => {
            env.problem("OTEL_EXPORTER_OTLP_HEADERS", "must be name=value, with commas between several");
            Headers::default()
        }
    }
}

fn pairs(env: &mut EnvReader<'_>, name: &str) -> Vec<(String, String)> {
    let text = env.text(name).unwrap_or_default();
    split(&text).unwrap_or_else(|| {
        env.problem(name, format_args!("{text:?} is not name=value, with commas between several"));
        Vec::new()
    })
}

/// Parses the format of W3C Baggage, which both variables use.
fn split(text: &str) -> Option<Vec<(String, String)>> {
    let pair = |pair: &str| {
        let (name, value) = pair.split_once('=')?;
        let value = percent_decode_str(value.trim()).decode_utf8().ok()?.into_owned();
        (!name.trim().is_empty()).then(|| (name.trim().to_owned(), value))
    };
    text.split(',').filter(|one| !one.trim().is_empty()).map(pair).collect()
}

fn sampler(env: &mut EnvReader<'_>) -> Sampler {
    let expected = "a share from 0 to 1, such as 0.05";
    let share = env.or("OTEL_TRACES_SAMPLER_ARG", 1.0, expected);
    if !(0.0..=1.0).contains(&share) {
        env.problem("OTEL_TRACES_SAMPLER_ARG", format_args!("{share} is not {expected}"));
    }
    let (always, never, of_all) = (Sampler::AlwaysOn, Sampler::AlwaysOff, Sampler::TraceIdRatioBased(share));
    let by_caller = |otherwise: &Sampler| Sampler::ParentBased(Box::new(otherwise.clone()));
    let choices = [
        ("parentbased_always_on", by_caller(&always)),
        ("parentbased_always_off", by_caller(&never)),
        ("parentbased_traceidratio", by_caller(&of_all)),
        ("always_on", always),
        ("always_off", never),
        ("traceidratio", of_all),
    ];
    let by_name = choices.each_ref().map(|(name, sampler)| (*name, sampler));
    env.choice("OTEL_TRACES_SAMPLER", &choices[0].1, &by_name).clone()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_from(variables: &[(&str, &str)]) -> (Option<TraceConfig>, Vec<String>) {
        let lookup = |name: &str| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
        let mut env = EnvReader::new(&lookup);
        let config = read(&mut env);
        (config, env.problems)
    }

    const ENDPOINT: (&str, &str) = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4318");

    #[test]
    fn there_are_no_spans_without_an_endpoint_or_when_they_are_switched_off() {
        assert!(read_from(&[]).0.is_none());
        assert!(read_from(&[ENDPOINT, ("OTEL_SDK_DISABLED", "true")]).0.is_none());
        assert!(read_from(&[ENDPOINT, ("OTEL_TRACES_EXPORTER", "none")]).0.is_none());
        assert!(read_from(&[ENDPOINT]).0.is_some());
    }

    #[test]
    fn the_path_is_added_to_the_endpoint_of_all_signals_and_not_to_that_of_traces() {
        let address =
            |variables: &[(&str, &str)]| read_from(variables).0.expect("a configuration").endpoint.to_string();
        assert_eq!(address(&[ENDPOINT]), "http://collector:4318/v1/traces");
        let with_path = ("OTEL_EXPORTER_OTLP_ENDPOINT", "https://example.org/otlp/");
        assert_eq!(address(&[with_path]), "https://example.org/otlp/v1/traces");
        let own = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "https://example.org/spans");
        assert_eq!(address(&[ENDPOINT, own]), "https://example.org/spans");
    }

    #[test]
    fn lists_are_decoded_and_values_of_headers_are_not_shown() {
        let (config, problems) = read_from(&[
            ENDPOINT,
            ("OTEL_EXPORTER_OTLP_HEADERS", "authorization=Basic%20abc123"),
            ("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=test, service.name=other"),
            ("OTEL_SERVICE_NAME", "todo-test"),
        ]);
        let config = config.expect("a configuration");
        assert_eq!(problems, Vec::<String>::new());
        assert_eq!(config.headers.0[0].1.expose_secret(), "Basic abc123");
        assert!(!format!("{config:?}").contains("abc123"));
        assert_eq!(config.resource.last().expect("a name").1, "todo-test");
        assert_eq!(config.resource.len(), 3);
    }

    #[test]
    fn the_sampler_has_the_standard_names() {
        let sampler = |variables: &[(&str, &str)]| {
            let all = [&[ENDPOINT], variables].concat();
            format!("{:?}", read_from(&all).0.expect("a configuration").sampler)
        };
        assert_eq!(sampler(&[]), "ParentBased(AlwaysOn)");
        assert_eq!(sampler(&[("OTEL_TRACES_SAMPLER", "always_off")]), "AlwaysOff");
        let share = [("OTEL_TRACES_SAMPLER", "traceidratio"), ("OTEL_TRACES_SAMPLER_ARG", "0.05")];
        assert_eq!(sampler(&share), "TraceIdRatioBased(0.05)");
    }

    #[test]
    fn what_is_wrong_is_named() {
        let wrong = [
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4318"),
            ("OTEL_EXPORTER_OTLP_HEADERS", "hunter22"),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
            ("OTEL_RESOURCE_ATTRIBUTES", "nonsense"),
            ("OTEL_TRACES_SAMPLER", "sometimes"),
            ("OTEL_TRACES_SAMPLER_ARG", "5"),
        ];
        let problems = read_from(&wrong).1.join("\n");
        for (name, _) in wrong {
            assert!(problems.contains(&format!("{name}:")), "{name} is not in {problems}");
        }
        assert!(!problems.contains("hunter22"), "{problems}");
    }
}
