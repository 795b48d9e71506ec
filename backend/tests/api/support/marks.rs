//! Looks for a text in the whole database.

use sqlx::PgPool;

/// Every column in which it stands, as `table.column`, and how often. Times, numbers and ids hold no text.
pub async fn columns_with(db: &PgPool, mark: &str) -> Vec<String> {
    let columns: Vec<(String, String)> = sqlx::query_as(
        r"SELECT c.table_name, c.column_name
        FROM information_schema.columns c JOIN information_schema.tables t USING (table_schema, table_name)
        WHERE c.table_schema = 'public' AND t.table_type = 'BASE TABLE'
          AND c.data_type NOT IN ('boolean', 'smallint', 'integer', 'bigint', 'timestamp with time zone', 'date')
        ORDER BY 1, 2",
    )
    .fetch_all(db)
    .await
    .expect("columns");
    let mut found = Vec::new();
    for (table, column) in columns {
        // bytea is searched as the bytes of the text.
        let sql = format!(
            r#"SELECT count(*) FROM "{table}"
            WHERE "{column}"::text ILIKE '%' || $1 || '%' OR "{column}"::text LIKE '%' || encode(convert_to($1, 'UTF8'), 'hex') || '%'"#
        );
        let count: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).bind(mark).fetch_one(db).await.expect("a count");
        if count > 0 {
            found.push(format!("{table}.{column}"));
        }
    }
    found
}
