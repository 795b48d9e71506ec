//! The files of the archive. Rows are exported whole (`to_jsonb`), so new columns are included automatically.

/// A file of the archive: a JSON array with one row per line.
pub struct Part {
    pub file: &'static str,
    /// For the archive's `README.txt`.
    pub about: &'static str,
    rows: Rows,
}

enum Rows {
    /// `key, row` of each, for the person `$1`; pages are selected by key.
    Few(&'static str),
    /// The whole statement: rows after the key `$2`, at most `$3`.
    Many(&'static str),
}

impl Part {
    /// `SELECT key, row` for the person `$1`, after the key `$2`, at most `$3`, in the order of keys.
    pub fn statement(&self) -> String {
        match self.rows {
            Rows::Many(statement) => statement.to_owned(),
            Rows::Few(rows) => format!(
                r#"SELECT key, row FROM ({rows}) AS part (key, row) WHERE key > $2 COLLATE "C" ORDER BY key COLLATE "C" LIMIT $3"#
            ),
        }
    }
}

const fn few(file: &'static str, about: &'static str, rows: &'static str) -> Part {
    Part { file, about, rows: Rows::Few(rows) }
}

/// In the order in which they are written.
pub const PARTS: &[Part] = &[
    few(
        "profile.json",
        "Your account.",
        "SELECT u.id::text, to_jsonb(u) - 'password_hash' FROM users u WHERE u.id = $1",
    ),
    few(
        "sessions.json",
        "Where you are or were signed in.",
        "SELECT s.id::text, to_jsonb(s) FROM sessions s WHERE s.user_id = $1",
    ),
    few(
        "devices.json",
        "Browsers and apps from which the account was used.",
        "SELECT d.device || d.first_seen, to_jsonb(d) FROM known_devices d WHERE d.user_id = $1",
    ),
    few(
        "links_in_mails.json",
        "Links that were sent to confirm your address or to choose a new password.",
        "SELECT t.purpose || t.created_at || encode(t.token_hash, 'hex'), to_jsonb(t) - 'token_hash' FROM account_tokens t WHERE t.user_id = $1",
    ),
    few(
        "address_changes.json",
        "Other addresses that the account had or was to have.",
        "SELECT c.id::text, to_jsonb(c) FROM address_changes c WHERE c.user_id = $1",
    ),
    few(
        "blocked_people.json",
        "Who may not invite you any more.",
        "SELECT b.blocked_id::text, to_jsonb(b) || jsonb_build_object('name', u.name)
        FROM invitation_blocks b JOIN users u ON u.id = b.blocked_id WHERE b.user_id = $1",
    ),
    few(
        "preferences.json",
        "Which notifications you want and when.",
        r"SELECT 'kind ' || p.kind || ' ' || p.channel, to_jsonb(p) FROM notification_preferences p WHERE p.user_id = $1
        UNION ALL SELECT 'quiet hours', to_jsonb(q) FROM quiet_hours q WHERE q.user_id = $1
        UNION ALL SELECT 'summary', to_jsonb(d) FROM digests d WHERE d.user_id = $1",
    ),
    few(
        "projects.json",
        "Your projects and those that are shared with you, with your part in each.",
        r"SELECT p.id::text, to_jsonb(p) || jsonb_build_object('membership', to_jsonb(m))
        FROM project_members m JOIN projects p ON p.id = m.project_id
        WHERE m.user_id = $1 AND NOT p.erasing AND (p.deleted_at IS NULL OR m.role = 'owner')",
    ),
    few(
        "members.json",
        "Who else is in these projects. Addresses are for owners.",
        r"SELECT m.project_id || '/' || o.user_id,
               jsonb_build_object('project_id', m.project_id, 'user_id', o.user_id, 'name', u.name, 'role', o.role)
        FROM project_members m JOIN projects p ON p.id = m.project_id
        JOIN project_members o ON o.project_id = m.project_id JOIN users u ON u.id = o.user_id
        WHERE m.user_id = $1 AND NOT p.erasing AND (p.deleted_at IS NULL OR m.role = 'owner')",
    ),
    few(
        "tags.json",
        "The tags of your projects.",
        r"SELECT t.id::text, to_jsonb(t) FROM project_members m JOIN tags t ON t.project_id = m.project_id
        WHERE m.user_id = $1 AND m.role = 'owner'",
    ),
    Part {
        file: "tasks.json",
        about: "The tasks of your projects; of shared ones those that you wrote or that are assigned to you.",
        // Project by project, each in the order of its index.
        rows: Rows::Many(
            r"SELECT m.project_id || '/' || t.id AS key, to_jsonb(t) - 'due_order' - 'level' - 'parent_level' AS row
            FROM project_members m CROSS JOIN LATERAL (
                SELECT * FROM tasks t
                WHERE t.project_id = m.project_id AND (m.role = 'owner' OR t.created_by = $1 OR t.assignee_id = $1)
                  AND (t.project_id, t.id) > (
                      coalesce(nullif(split_part($2, '/', 1), ''), '00000000-0000-0000-0000-000000000000')::uuid,
                      coalesce(nullif(split_part($2, '/', 2), ''), '00000000-0000-0000-0000-000000000000')::uuid)
                ORDER BY t.id LIMIT $3
            ) AS t
            WHERE m.user_id = $1
              AND EXISTS (
                  SELECT FROM projects p
                  WHERE p.id = m.project_id AND NOT p.erasing AND (p.deleted_at IS NULL OR m.role = 'owner'))
              AND m.project_id >= coalesce(nullif(split_part($2, '/', 1), ''), '00000000-0000-0000-0000-000000000000')::uuid
            ORDER BY m.project_id, t.id LIMIT $3",
        ),
    },
    few(
        "watched_tasks.json",
        "Tasks that you watch.",
        "SELECT w.task_id::text, to_jsonb(w) FROM task_watchers w WHERE w.user_id = $1",
    ),
    few("reminders.json", "Your reminders.", "SELECT r.id::text, to_jsonb(r) FROM reminders r WHERE r.user_id = $1"),
    few(
        "due_notices.json",
        "Tasks of which you were or will be told that they are due.",
        "SELECT n.task_id || n.kind || coalesce(n.due_date::text, n.due_at::text), to_jsonb(n) FROM due_notices n WHERE n.user_id = $1",
    ),
    few(
        "weekly_digests.json",
        "Weeks of which you got an overview.",
        "SELECT w.week, to_jsonb(w) FROM weekly_digests w WHERE w.user_id = $1",
    ),
    few(
        "notifications.json",
        "What you were told in the page.",
        "SELECT n.id::text, to_jsonb(n) FROM notifications n WHERE n.user_id = $1",
    ),
    few(
        "summary_items.json",
        "What waits for your next mail with a summary, or was in one.",
        "SELECT i.id::text, to_jsonb(i) FROM digest_items i WHERE i.user_id = $1",
    ),
    few(
        "mails.json",
        "What was sent to you.",
        "SELECT d.id::text, to_jsonb(d) - 'claim' FROM deliveries d WHERE d.user_id = $1",
    ),
    few(
        "invitations.json",
        "Invitations that you sent or accepted, and those to your address.",
        r"SELECT i.id::text, to_jsonb(i) - 'nonce' FROM invitations i
        WHERE i.invited_by = $1 OR i.accepted_by = $1
           OR lower(i.email) = (SELECT lower(u.email) FROM users u WHERE u.id = $1 AND u.email_verified_at IS NOT NULL)",
    ),
    few(
        "webhooks.json",
        "Webhooks of your projects, without their secrets.",
        r"SELECT w.id::text, to_jsonb(w) - 'secret' - 'old_secret'
        FROM projects p JOIN webhooks w ON w.project_id = p.id WHERE p.owner_id = $1",
    ),
    few(
        "announcements.json",
        "Announcements that you made.",
        "SELECT a.id::text, to_jsonb(a) FROM announcements a WHERE a.created_by = $1",
    ),
    few(
        "account_deletion.json",
        "Whether your account is to be deleted.",
        "SELECT d.user_id::text, to_jsonb(d) FROM account_deletions d WHERE d.user_id = $1",
    ),
    few(
        "account_deletion_projects.json",
        "What is to become of shared projects when their owner's account is deleted.",
        "SELECT h.project_id::text, to_jsonb(h) FROM account_deletion_projects h WHERE h.owner_id = $1 OR h.heir_id = $1",
    ),
];

/// The first file of the archive.
pub fn readme() -> String {
    let mut text = "Your data in Todo List Plus.\r\n\r\nEach file is a JSON array with one object a row. Things refer to each other by id; times are in UTC.\r\n\r\n".to_owned();
    for part in PARTS {
        text.push_str(&format!("{}: {}\r\n", part.file, part.about));
    }
    text
}
