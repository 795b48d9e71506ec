use super::EnvReader;

/// What there may be of something, and written by somebody; 0 for any number.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct QuotaConfig {
    /// Projects that one account owns, but for its Inbox; not those in the trash.
    pub projects_per_user: u32,
    pub members_per_project: u32,
    pub tags_per_project: u32,
    /// Tasks and subtasks; not those in the trash.
    pub tasks_per_project: u32,
    /// Sessions of one account that live. Above it the one that was not used for longest ends.
    pub sessions_per_user: u32,
    /// What one account's changes of projects add to the database in a day, as the size of their events.
    pub megabytes_per_day: u32,
}

pub fn read(env: &mut EnvReader<'_>) -> QuotaConfig {
    let mut quota = |name, default| env.number(name, default, 0, 10_000_000);
    QuotaConfig {
        projects_per_user: quota("QUOTA_PROJECTS_PER_USER", 500),
        members_per_project: quota("QUOTA_MEMBERS_PER_PROJECT", 2000),
        tags_per_project: quota("QUOTA_TAGS_PER_PROJECT", 500),
        tasks_per_project: quota("QUOTA_TASKS_PER_PROJECT", 100_000),
        sessions_per_user: quota("QUOTA_SESSIONS_PER_USER", 100),
        megabytes_per_day: env.number("QUOTA_MEGABYTES_PER_DAY", 256, 0, 1_000_000),
    }
}
