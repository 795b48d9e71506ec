//! Whom I know here, found by a part of the name.

use reqwest::Method;
use serde_json::json;
use sqlx::PgPool;
use todo::{
    db::MIGRATOR,
    search::fold::{fold, loose},
};

use crate::support::{Answer, Person, TestApp, texts};

async fn find(person: &Person, part: &str) -> Vec<String> {
    let query = [("q", part), ("limit", "50")];
    let found = Answer::read(person.request(Method::GET, "/people").query(&query)).await.expect(200);
    texts(&found["items"], "name")
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn people_search_ignores_accents_and_sorts_by_language(db: PgPool) {
    let app = TestApp::start(db.clone()).await;
    let ada = app.person("Ada").await;
    let project = ada.project("Trip").await;
    let names = ["José Łukasz", "ＡＮＮＡ Straße", "Émile", "Zoe", "李四", "张三", "Mu\u{308}ller"];
    for (number, name) in names.into_iter().enumerate() {
        let other = app.person(&format!("Other{number}")).await;
        ada.add_member(&project, &other, "editor").await;
        other.patch("/users/me", json!({ "name": name })).await.expect(200);
    }
    app.person("Jose").await;
    for (part, expected) in [
        ("jose", "José Łukasz"),
        ("JOSÉ", "José Łukasz"),
        ("lukasz", "José Łukasz"),
        ("anna", "ＡＮＮＡ Straße"),
        ("STRASSE", "ＡＮＮＡ Straße"),
        ("muller", "Mu\u{308}ller"),
        ("M\u{fc}ll", "Mu\u{308}ller"),
        ("张", "张三"),
    ] {
        assert_eq!(find(&ada, part).await, [expected], "{part}");
    }
    assert!(find(&ada, "%").await.is_empty());
    assert_eq!(find(&ada, "").await[..5], ["ＡＮＮＡ Straße", "Émile", "José Łukasz", "Mu\u{308}ller", "Zoe"]);
    ada.patch("/users/me", json!({ "language": "zh-CN" })).await.expect(200);
    let all = find(&ada, "").await;
    let place = |name: &str| all.iter().position(|one| one == name).expect("there");
    assert!(place("李四") < place("张三"), "by pinyin: {all:?}");
}

#[derive(serde::Deserialize)]
struct Case {
    text: String,
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn database_and_server_strip_accents_alike(db: PgPool) {
    let cases: Vec<Case> =
        serde_json::from_str(include_str!("../../../frontend/src/lib/fold.cases.json")).expect("cases");
    let more = [
        "ǅ",
        "Ǻ",
        "Øresund",
        "Œuvre Æon",
        "Đà Nẵng",
        "İ ı I i",
        "שָׁלוֹם",
        "مُحَمَّد",
        "ガス が",
        "ﬁn ﬀ ½",
        "हिन्दी",
        "กำ",
        "Σίσυφος",
    ];
    for text in cases.into_iter().map(|case| case.text).chain(more.map(str::to_owned)) {
        let of_database: String =
            sqlx::query_scalar("SELECT text_loose($1)").bind(&text).fetch_one(&db).await.expect("a text");
        assert_eq!(of_database, loose(&fold(&text)), "{text:?}");
    }
}
