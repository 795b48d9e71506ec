use super::EnvReader;

/// Quotas; 0 means unlimited.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct QuotaConfig {
    /// Projects owned by one account, without its Inbox and the trash.
    pub projects_per_user: u32,
    pub members_per_project: u32,
    pub tags_per_project: u32,
    /// Tasks and subtasks, without the trash.
    pub tasks_per_project: u32,
    /// Active sessions of one account. Above the limit the least recently used one ends.
    pub sessions_per_user: u32,
    /// Size of the events that one account's changes add per day.
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
