//! Nothing that was acknowledged is lost: what the database holds after a load, beside the answers.

use anyhow::Context;

use crate::{
    bench::{Count, Written},
    data,
    psql::Database,
    results::Measurement,
};

/// From a moment on.
pub struct Durable<'a> {
    database: &'a Database,
    begin: String,
}

/// What was written since then. An event for each, and for changes of status a notification.
const COUNTS: &str = "
    SELECT (SELECT count(*) FROM tasks WHERE created_at >= :'begin'),
           (SELECT count(*) FROM events WHERE at >= :'begin' AND kind = 'task.created'),
           (SELECT count(*) FROM events WHERE at >= :'begin' AND kind = 'task.updated'),
           (SELECT count(*) FROM notifications WHERE created_at >= :'begin')";

impl<'a> Durable<'a> {
    pub async fn begin(database: &'a Database) -> anyhow::Result<Self> {
        Ok(Self { database, begin: data::now(database).await? })
    }

    /// Adds to the measurement's unexpected answers what was acknowledged and is not there, or is there and was not asked for.
    pub async fn check(&self, written: &Written, measurement: &mut Measurement) -> anyhow::Result<()> {
        data::told(self.database).await?;
        let rows = self.database.query(COUNTS, &[("begin", &self.begin)]).await?;
        let counts = rows.first().context("no counts")?.split('\t').map(str::parse).collect::<Result<Vec<u64>, _>>()?;
        let [tasks, created, updated, notified] = counts[..] else {
            anyhow::bail!("four counts are needed: {counts:?}")
        };
        for (what, count, there) in [
            ("new tasks", written.created, tasks),
            ("events of new tasks", written.created, created),
            ("events of changed tasks", written.changed, updated),
            ("notifications of changed tasks", written.changed, notified),
        ] {
            let wrong = count.least.saturating_sub(there) + there.saturating_sub(count.most);
            if wrong > 0 {
                let Count { least, most } = count;
                measurement.unexpected += wrong;
                measurement
                    .complaints
                    .push(format!("{least} to {most} {what} were acknowledged, and {there} are there"));
            }
        }
        Ok(())
    }
}
