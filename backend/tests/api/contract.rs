//! The OpenAPI document is complete.

use serde_json::Value;
use sqlx::PgPool;
use todo::{db::MIGRATOR, router};

use crate::support::TestApp;

const METHODS: [&str; 4] = ["get", "post", "patch", "delete"];

#[test]
fn every_operation_documents_inputs_answers_and_errors() {
    let document = serde_json::to_value(router::document()).expect("JSON");
    assert_eq!(document["openapi"], "3.1.0");
    let mut count = 0;
    for (path, item) in document["paths"].as_object().expect("paths") {
        for (method, operation) in
            item.as_object().expect("operations").iter().filter(|(name, _)| METHODS.contains(&name.as_str()))
        {
            count += 1;
            let name = format!("{method} {path}");
            assert!(operation["summary"].is_string(), "{name} has no summary");
            assert!(operation["tags"][0].is_string(), "{name} has no tag");
            let responses = operation["responses"].as_object().expect("responses");
            assert!(responses.keys().any(|code| code.starts_with('2') || code == "101"), "{name} has no success");
            if path.starts_with("/api/v1") {
                assert!(responses.contains_key("500") && responses.contains_key("429"), "{name} lacks problems");
            }
            for body in ["post", "patch"].contains(&method.as_str()).then(|| &operation["requestBody"]).into_iter() {
                if !body.is_null() {
                    assert!(responses.contains_key("422") || path.ends_with("/token"), "{name} can be invalid");
                }
            }
            let declared: Vec<_> = operation["parameters"].as_array().into_iter().flatten().collect();
            for parameter in path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')) {
                assert!(declared.iter().any(|one| one["name"] == parameter), "{name} does not declare {parameter}");
            }
        }
    }
    assert!(count > 40, "{count} operations");
    let schemes = document["components"]["securitySchemes"].as_object().expect("schemes");
    assert!(["bearer", "password", "refresh_cookie"].iter().all(|name| schemes.contains_key(*name)));
    references_resolve(&document, &document);
}

fn references_resolve(document: &Value, value: &Value) {
    match value {
        Value::Object(fields) => {
            if let Some(Value::String(reference)) = fields.get("$ref") {
                let pointer = reference.strip_prefix('#').expect("a reference into the document");
                assert!(document.pointer(pointer).is_some(), "{reference} leads nowhere");
            }
            fields.values().for_each(|field| references_resolve(document, field));
        }
        Value::Array(items) => items.iter().for_each(|item| references_resolve(document, item)),
        _ => {}
    }
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn openapi_document_and_swagger_ui_are_served(db: PgPool) {
    let app = TestApp::start(db).await;
    let served = app.get("/api/openapi.json").await.expect(200);
    assert_eq!(served, serde_json::to_value(router::document()).expect("JSON"));
    let page = reqwest::get(app.url("/api/docs/")).await.expect("an answer");
    assert_eq!(page.status().as_u16(), 200);
    assert!(page.text().await.expect("a text").contains("swagger-ui"));
}
