//! A span for each statement. sqlx says of each, when it is done, which text it had and how long it took, as an event of `tracing`: one layer makes
//! spans of these, so there is no statement without one and nothing to add where statements are written.

use std::{
    fmt,
    hash::{DefaultHasher, Hash, Hasher},
    time::{Duration, SystemTime},
};

use opentelemetry::{
    Context, KeyValue,
    trace::{Span, SpanKind, TraceContextExt, Tracer},
};
use tracing::{
    Event, Metadata, Subscriber,
    field::{Field, Visit},
    level_filters::LevelFilter,
    subscriber::Interest,
};
use tracing_subscriber::layer::{Context as LayerContext, Filter, Layer};

use super::traces::tracer;

/// What every span of a statement says.
pub fn system() -> KeyValue {
    KeyValue::new("db.system.name", "postgresql")
}

const TARGET: &str = "sqlx::query";

/// Hashes of statements' texts with the names of the functions that send them, sorted; made by `build.rs`.
static NAMES: &[(u64, &str)] = include!(concat!(env!("OUT_DIR"), "/statement_names.rs"));

/// Statements that are put together at run time begin with their names.
const NAME_BEGINS: &str = "/* ";
const NAME_ENDS: &str = " */";

pub struct Statements;

impl<S: Subscriber> Layer<S> for Statements {
    fn on_event(&self, event: &Event<'_>, _: LayerContext<'_, S>) {
        let Some(tracer) = tracer() else { return };
        let mut said = Said::default();
        event.record(&mut said);
        let end = SystemTime::now();
        let start = end.checked_sub(said.elapsed).unwrap_or(end);
        let mut span = tracer
            .span_builder(name_of(said.text()))
            .with_kind(SpanKind::Client)
            .with_start_time(start)
            .with_attributes([system(), KeyValue::new("rows", said.rows)])
            .start(tracer);
        span.end_with_timestamp(end);
    }
}

/// Lets this layer alone hear of statements, and only of those whose trace is kept.
pub struct Wanted;

impl<S> Filter<S> for Wanted {
    fn enabled(&self, metadata: &Metadata<'_>, _: &LayerContext<'_, S>) -> bool {
        metadata.target() == TARGET && tracer().is_some() && Context::map_current(is_kept)
    }

    fn callsite_enabled(&self, metadata: &'static Metadata<'static>) -> Interest {
        if metadata.target() == TARGET { Interest::sometimes() } else { Interest::never() }
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(LevelFilter::TRACE)
    }
}

/// Outside of spans the sampler decides.
fn is_kept(context: &Context) -> bool {
    let span = context.span();
    let span = span.span_context();
    !span.is_valid() || span.is_sampled()
}

/// What sqlx says of a statement; of its parameters nothing.
#[derive(Default)]
struct Said {
    /// The first words, followed by " …" when that is not all.
    summary: String,
    /// The whole text, when it is longer than that.
    statement: String,
    rows: i64,
    elapsed: Duration,
}

impl Said {
    fn text(&self) -> &str {
        if self.statement.is_empty() { &self.summary } else { &self.statement }
    }
}

impl Visit for Said {
    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "summary" => value.clone_into(&mut self.summary),
            "db.statement" => value.clone_into(&mut self.statement),
            _ => {}
        }
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        if matches!(field.name(), "rows_affected" | "rows_returned") {
            self.rows = self.rows.max(i64::try_from(value).unwrap_or(i64::MAX));
        }
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        if field.name() == "elapsed_secs" {
            self.elapsed = Duration::try_from_secs_f64(value).unwrap_or_default();
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn fmt::Debug) {}
}

/// The function that sends it; of what no function of this program has written (`SET`, a migration) the first word.
fn name_of(text: &str) -> String {
    let text = text.trim();
    if let Some((name, _)) = text.strip_prefix(NAME_BEGINS).and_then(|text| text.split_once(NAME_ENDS)) {
        return name.to_owned();
    }
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    let found = NAMES.binary_search_by_key(&hasher.finish(), |(key, _)| *key);
    match found.ok().and_then(|at| NAMES.get(at)) {
        Some((_, name)) => (*name).to_owned(),
        None => text.split_whitespace().next().unwrap_or_default().to_uppercase(),
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use super::*;

    #[test]
    fn every_statement_that_was_checked_against_the_database_has_the_name_of_a_function() {
        let mut without = Vec::new();
        let mut count = 0;
        for file in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(".sqlx")).expect("the folder") {
            let text = fs::read_to_string(file.expect("a file").path()).expect("readable");
            let described: serde_json::Value = serde_json::from_str(&text).expect("JSON");
            let statement = described["query"].as_str().expect("a statement");
            count += 1;
            if !name_of(statement).contains("::") {
                without.push(statement.to_owned());
            }
        }
        assert!(count > 300, "{count} statements");
        assert_eq!(without, Vec::<String>::new());
    }

    #[test]
    fn names_are_paths_of_functions_and_unknown_statements_keep_their_first_word() {
        assert!(NAMES.iter().any(|(_, name)| *name == "tasks::store::insert"));
        assert!(NAMES.is_sorted_by_key(|(key, _)| *key));
        assert_eq!(name_of("/* tasks::list::page */ SELECT 1"), "tasks::list::page");
        assert_eq!(name_of("set x = 1"), "SET");
    }
}
