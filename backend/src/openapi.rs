//! The OpenAPI document: what routes do not declare themselves. Common errors are added by rule, so that none is forgotten.

use std::{
    collections::HashSet,
    sync::{Arc, OnceLock},
};

use axum::{Router, body::Bytes, http::header, middleware, routing::get};
use serde_json::Value;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        ContactBuilder, Content, InfoBuilder, License, OpenApi, OpenApiBuilder, Ref, RefOr, Response, ResponseBuilder,
        Tag,
        path::{Operation, PathItem},
        schema::{Components, Schema},
        security::{
            ApiKey, ApiKeyValue, Flow, HttpAuthScheme, HttpBuilder, OAuth2, Password, Scopes, SecurityRequirement,
            SecurityScheme,
        },
        tag::TagBuilder,
    },
};
use utoipa_swagger_ui::{Config, SwaggerUi};

use crate::{
    error::ApiResult,
    http::{problem::Problem, spa},
    state::AppState,
};

const DESCRIPTION: &str =
    "Tasks for people who work alone or together. Concepts, conventions and the live protocol: docs/api.md.";

const TAGS: [(&str, &str); 12] = [
    ("auth", "Register, sign in, sessions, passwords"),
    ("users", "My profile"),
    ("projects", "Projects and their members"),
    ("tags", "Tags of projects"),
    ("tasks", "Tasks: change, find, search, trash"),
    ("reminders", "My reminders of tasks"),
    ("dashboard", "Figures"),
    ("notifications", "What I am told of"),
    ("live", "The WebSocket"),
    ("webhooks", "URLs that are told of a project's events"),
    ("administration", "For administrators"),
    ("operations", "Health and metrics"),
];

pub fn base() -> OpenApi {
    let tags: Vec<Tag> =
        TAGS.iter().map(|(name, text)| TagBuilder::new().name(*name).description(Some(*text)).build()).collect();
    let info = InfoBuilder::new()
        .title("Todo List Plus")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(DESCRIPTION))
        .license(Some(License::new("MIT")))
        .contact(Some(ContactBuilder::new().name(Some("Todo List Plus contributors")).build()))
        .build();
    let mut components = Components::new();
    components.add_security_scheme(
        "bearer",
        SecurityScheme::Http(HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT").build()),
    );
    let flow = Flow::Password(Password::new("/api/v1/auth/token", Scopes::new()));
    components.add_security_scheme("password", SecurityScheme::OAuth2(OAuth2::new([flow])));
    components.add_security_scheme(
        "refresh_cookie",
        SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::new("todo_refresh"))),
    );
    components.schemas.insert(Problem::name().into_owned(), Problem::schema());
    let mut within = Vec::new();
    Problem::schemas(&mut within);
    components.schemas.extend(within);
    let signed_in = ["bearer", "password"].map(|name| SecurityRequirement::new(name, Vec::<String>::new()));
    OpenApiBuilder::new().info(info).tags(Some(tags)).components(Some(components)).security(Some(signed_in)).build()
}

/// Adds to each operation the errors that its shape makes possible.
pub fn complete(document: &mut OpenApi) {
    require_what_is_always_there(document);
    for (path, item) in &mut document.paths.paths {
        for operation in [&mut item.get, &mut item.post, &mut item.patch, &mut item.delete].into_iter().flatten() {
            problems_are_problem_documents(operation);
        }
        let with_path_parameter = path.contains('{');
        let for_administrators = path.starts_with("/api/v1/admin/");
        if !path.starts_with("/api/v1") {
            continue;
        }
        let operations =
            [(&mut item.get, false), (&mut item.post, true), (&mut item.patch, true), (&mut item.delete, true)];
        for (operation, writes) in operations {
            if let Some(operation) = operation {
                add_problems(operation, writes, with_path_parameter, for_administrators);
            }
        }
    }
}

/// Errors declared by a route have the same format as all others.
fn problems_are_problem_documents(operation: &mut Operation) {
    for (status, response) in &mut operation.responses.responses {
        if let RefOr::T(response) = response
            && status.starts_with(['4', '5'])
            && response.content.is_empty()
        {
            *response = problem(&response.description);
        }
    }
}

/// Answers contain every field, null or not; only requests may omit fields.
fn require_what_is_always_there(document: &mut OpenApi) {
    let sent: Vec<String> = document.paths.paths.values().flat_map(input_schemas).collect();
    let Some(components) = &mut document.components else { return };
    let inputs = with_those_within(sent, components);
    for (name, schema) in &mut components.schemas {
        if let RefOr::T(Schema::Object(object)) = schema
            && !inputs.contains(name)
            && *name != Problem::name()
        {
            object.required = object.properties.keys().cloned().collect();
        }
    }
}

/// The names of schemas, including nested ones.
fn with_those_within(names: Vec<String>, components: &Components) -> HashSet<String> {
    let mut found = HashSet::new();
    let mut rest = names;
    while let Some(name) = rest.pop() {
        if let Some(schema) = components.schemas.get(&name)
            && let Ok(value) = serde_json::to_value(schema)
        {
            collect_references(&value, &mut rest);
        }
        found.insert(name);
        rest.retain(|name| !found.contains(name));
    }
    found
}

fn collect_references(value: &Value, names: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            for (key, field) in fields {
                match field {
                    Value::String(location) if key == "$ref" => {
                        names.extend(location.rsplit('/').next().map(str::to_owned))
                    }
                    other => collect_references(other, names),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect_references(item, names)),
        _ => {}
    }
}

/// The names of the schemas of a path's request bodies.
fn input_schemas(item: &PathItem) -> Vec<String> {
    let operations = [&item.post, &item.patch];
    let bodies = operations.into_iter().flatten().filter_map(|operation| match &operation.request_body {
        Some(RefOr::T(body)) => Some(body),
        _ => None,
    });
    let contents = bodies.flat_map(|body| body.content.values()).filter_map(|content| match content {
        RefOr::T(content) => content.schema.as_ref(),
        RefOr::Ref(_) => None,
    });
    contents
        .filter_map(|schema| match schema {
            RefOr::Ref(reference) => reference.ref_location.rsplit('/').next().map(str::to_owned),
            RefOr::T(_) => None,
        })
        .collect()
}

fn add_problems(operation: &mut Operation, writes: bool, with_path_parameter: bool, for_administrators: bool) {
    let public = operation.security.as_ref().is_some_and(|security| security.contains(&SecurityRequirement::default()));
    let with_body = operation.request_body.is_some();
    let with_input = with_body || operation.parameters.is_some();
    let about_a_thing = with_path_parameter && writes;
    let problems = [
        ("400", "The request cannot be read", with_input),
        ("401", "Not signed in, or the credentials are wrong", !public || with_body),
        ("403", "Visible, but not allowed", (writes || for_administrators) && !public),
        ("404", "No such thing, or not yours", with_path_parameter),
        (
            "409",
            "Taken already, or more than a quota allows; `quota` names it",
            writes && (with_body || with_path_parameter),
        ),
        ("412", "`If-Match` names an old version; `current` has what is there now", about_a_thing),
        ("413", "The body is too large", with_body),
        ("415", "Not JSON", with_body),
        ("422", "Fields are not valid; `errors` names them", with_input),
        ("429", "Too many requests; see Retry-After", true),
        ("500", "A fault of the server; it was logged under the request id", true),
        ("503", "Not available at the moment; nothing was changed", true),
    ];
    for (status, description, possible) in problems {
        if possible && !operation.responses.responses.contains_key(status) {
            operation.responses.responses.insert(status.to_owned(), RefOr::T(problem(description)));
        }
    }
}

fn problem(description: &str) -> Response {
    ResponseBuilder::new()
        .description(description)
        .content("application/problem+json", Content::new(Some(Ref::from_schema_name(Problem::name()))))
        .build()
}

/// The paths of [`swagger_ui`].
pub const PATHS: [&str; 3] = [PATH, "/api/docs", "/api/docs/{*rest}"];

const PATH: &str = "/api/openapi.json";

/// The document, created on first request, and pages to read and try it.
pub fn swagger_ui(document: fn() -> OpenApi) -> Router<AppState> {
    let text: Arc<OnceLock<Bytes>> = Arc::default();
    let answer = get(move || async move {
        let text = match text.get() {
            Some(text) => text.clone(),
            None => {
                let made = Bytes::from(document().to_json().map_err(anyhow::Error::new)?);
                text.get_or_init(|| made).clone()
            }
        };
        ApiResult::Ok(([(header::CONTENT_TYPE, "application/json")], text))
    });
    let pages = Router::from(SwaggerUi::new("/api/docs").config(Config::new([PATH])));
    Router::new().route(PATH, answer).merge(pages.layer(middleware::from_fn(spa::docs_policy)))
}
