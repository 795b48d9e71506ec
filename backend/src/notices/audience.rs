//! Who is notified by a row: members of the project, in the order of their ids.

use sqlx::PgConnection;

use super::store::Row;
use crate::{
    events::{Audience, PendingNotice},
    id::UserId,
};

/// A candidate for a row's notices.
pub struct Reader {
    pub user_id: UserId,
    pub is_watching: bool,
    pub opted_in: bool,
}

/// The next readers of a row. Not among them are the actor, people who joined the project or began to watch the task after the event, and
/// people who are no longer members.
pub async fn next(
    db: &mut PgConnection,
    row: &Row,
    notices: &[PendingNotice],
    limit: i64,
) -> sqlx::Result<Vec<Reader>> {
    let (watched, optional) = (find(notices, |to| to.watchers), find(notices, |to| to.opted_in));
    let people: Vec<UserId> = notices.iter().flat_map(|notice| notice.to.people.iter().copied()).collect();
    let everybody = row.membership.is_some() || notices.iter().any(|notice| notice.to.members);
    if !everybody && people.is_empty() && watched.is_none() && optional.is_none() {
        return Ok(Vec::new());
    }
    sqlx::query_as!(
        Reader,
        r#"
        SELECT m.user_id, w.user_id IS NOT NULL AS "is_watching!", coalesce(o.enabled, false) AS "opted_in!"
        FROM project_members m
        LEFT JOIN task_watchers w ON w.task_id = $6 AND w.user_id = m.user_id AND w.since <= $4
        LEFT JOIN LATERAL (
            SELECT bool_or(enabled) AS enabled FROM notification_preferences p WHERE p.user_id = m.user_id AND p.kind = $7
        ) AS o ON $7 IS NOT NULL
        WHERE m.project_id = $1 AND ($2::uuid IS NULL OR m.user_id > $2) AND m.user_id IS DISTINCT FROM $3 AND m.joined_at <= $4
          AND ($8 OR m.user_id = ANY ($5) OR w.user_id IS NOT NULL OR o.enabled)
        ORDER BY m.user_id LIMIT $9
        "#,
        row.project_id,
        row.last_user_id,
        row.actor_id,
        row.at,
        &people,
        watched.and_then(|notice| notice.task_id),
        optional.map(|notice| notice.kind.as_str()),
        everybody,
        limit
    )
    .fetch_all(db)
    .await
}

fn find(notices: &[PendingNotice], is_so: impl Fn(&Audience) -> bool) -> Option<&PendingNotice> {
    notices.iter().find(|notice| is_so(&notice.to))
}

/// The readers that a notice is for.
pub fn of_notice(readers: &[Reader], to: &Audience) -> Vec<UserId> {
    let is_told = |reader: &&Reader| {
        let named = to.people.contains(&reader.user_id);
        to.except != Some(reader.user_id)
            && (to.members || named || to.watchers && reader.is_watching || to.opted_in && reader.opted_in)
    };
    readers.iter().filter(is_told).map(|reader| reader.user_id).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_notice_is_for_those_it_names_and_not_for_who_is_told_something_else() {
        let [ada, bob, cleo] = [1, 2, 3].map(UserId::from_u128);
        let reader = |user_id, is_watching, opted_in| Reader { user_id, is_watching, opted_in };
        let readers = [reader(ada, false, false), reader(bob, true, false), reader(cleo, false, true)];
        let told = |to: Audience| of_notice(&readers, &to);
        assert_eq!(told(Audience::members()), [ada, bob, cleo]);
        assert_eq!(told(Audience::person(ada)), [ada]);
        let watchers = Audience { watchers: true, people: vec![ada], ..Audience::default() };
        assert_eq!(told(watchers.clone()), [ada, bob]);
        assert_eq!(told(Audience { except: Some(bob), ..watchers }), [ada]);
        assert_eq!(told(Audience { opted_in: true, ..Audience::default() }), [cleo]);
        assert_eq!(told(Audience::default()), []);
    }
}
