//! Tasks made and changed: every request writes.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    bench::Source,
    chance::Chance,
    data::{self, Changeable, Person},
    expect::{Asked, Content},
    request::Request,
    server::Server,
};

const ENGLISH: [&str; 8] = [
    "Write the report about",
    "Call the customer about",
    "Review the contract for",
    "Prepare slides on",
    "Order lunch for",
    "Fix the server of",
    "Send an invoice for",
    "Translate the article about",
];
const CHINESE: [&str; 8] =
    ["完成报告：", "联系客户确认", "检查合同", "准备会议材料", "整理预算", "修改设计稿", "发送发票给", "翻译文章："];
const ABOUT: [&str; 8] = [
    "spring release",
    "新版本发布",
    "the new office",
    "数据库备份",
    "market research",
    "市场调研",
    "team trip",
    "年检",
];
const PRIORITIES: [&str; 3] = ["none", "none", "high"];

/// Ever new tasks of these people in projects that nobody else sees, with other titles, some with a description, a tag or a due date.
pub struct NewTasks<'a> {
    people: &'a [Person],
    chance: Chance,
    made: u64,
}

impl<'a> NewTasks<'a> {
    pub fn new(people: &'a [Person]) -> Self {
        Self { people, chance: Chance::new(3), made: 0 }
    }
}

impl Iterator for NewTasks<'_> {
    type Item = Asked;

    fn next(&mut self) -> Option<Asked> {
        // One after the other, so that they seldom wait for each other's project.
        let person = self.people.get((self.made % self.people.len() as u64) as usize)?;
        self.made += 1;
        let chance = &mut self.chance;
        let begin = if chance.percent(65) { chance.pick(&ENGLISH) } else { chance.pick(&CHINESE) };
        let title = format!("{begin} {} {}", chance.pick(&ABOUT), self.made);
        let own: Vec<_> = person.projects.iter().filter(|project| project.member_count == 1).collect();
        let mut body = json!({
            "title": title,
            "project_id": chance.pick(&own).id,
            "priority": chance.pick(&PRIORITIES),
        });
        if chance.percent(50) {
            body["description"] =
                json!(format!("{} **{}**. {}", chance.pick(&ENGLISH), chance.pick(&ABOUT), chance.pick(&CHINESE)));
        }
        if chance.percent(20) {
            body["tags"] = json!([chance.pick(&data::TAGS)]);
        }
        if chance.percent(40) {
            body["due_date"] = json!(format!("2030-{:02}-{:02}", 1 + chance.below(12), 1 + chance.below(28)));
        }
        Some(new_task(person, title, &body))
    }
}

impl Source for NewTasks<'_> {
    async fn requests(&mut self, count: usize) -> anyhow::Result<Vec<Asked>> {
        Ok(self.take(count).collect())
    }
}

/// Ever new tasks with two tags in a few projects, each of somebody else. pgbench has the same ones (`values.sql`).
pub struct NewTasksOfFew<'a> {
    projects: Vec<(&'a Person, Uuid)>,
    made: usize,
}

impl<'a> NewTasksOfFew<'a> {
    pub fn new(people: &'a [Person], projects: usize) -> anyhow::Result<Self> {
        let last = people.iter().rev().take(projects);
        let projects = last.map(|person| Ok((person, person.project_named("Project 3")?)));
        Ok(Self { projects: projects.collect::<anyhow::Result<_>>()?, made: 0 })
    }
}

impl Iterator for NewTasksOfFew<'_> {
    type Item = Asked;

    fn next(&mut self) -> Option<Asked> {
        let (person, project) = self.projects.get(self.made % self.projects.len())?;
        self.made += 1;
        let title = format!("Write the report {}", self.made);
        let body = json!({
            "title": title, "description": "About the spring release", "project_id": project, "tags": data::TAGS[..2],
        });
        Some(new_task(person, title, &body))
    }
}

impl Source for NewTasksOfFew<'_> {
    async fn requests(&mut self, count: usize) -> anyhow::Result<Vec<Asked>> {
        Ok(self.take(count).collect())
    }
}

fn new_task(person: &Person, title: String, body: &Value) -> Asked {
    let request = Request {
        method: "POST",
        path: "/api/v1/tasks".to_owned(),
        token: Some(person.token.clone()),
        headers: Vec::new(),
        body: Some(body.to_string()),
        expected: 201,
    };
    Asked { request, content: Content::TaskWith { id: None, field: "title", value: title } }
}

/// Of so many tasks the status is changed, by the server and by pgbench (`values.sql`). Of fewer, clients would wait for each other's
/// project.
const CHANGED_TASKS: usize = 96;

/// Changes of status, from what the tasks are at that time.
pub struct CurrentChanges<'a> {
    pub server: &'a Server,
    pub people: &'a [Person],
}

impl Source for CurrentChanges<'_> {
    async fn requests(&mut self, count: usize) -> anyhow::Result<Vec<Asked>> {
        Ok(changes_of_few(self.server, self.people).await?.take(count).collect())
    }
}

/// One after the other of a few tasks.
pub async fn changes_of_few<'a>(server: &Server, people: &'a [Person]) -> anyhow::Result<StatusChanges<'a>> {
    let mut tasks = data::changeable(server, people).await?;
    tasks.truncate(CHANGED_TASKS);
    Ok(StatusChanges::new(people, tasks))
}

/// Walks over the tasks again and again, and gives each the next status.
pub struct StatusChanges<'a> {
    people: &'a [Person],
    tasks: Vec<Changeable>,
    place: usize,
}

impl<'a> StatusChanges<'a> {
    pub fn new(people: &'a [Person], tasks: Vec<Changeable>) -> Self {
        Self { people, tasks, place: 0 }
    }
}

impl Iterator for StatusChanges<'_> {
    type Item = Asked;

    fn next(&mut self) -> Option<Asked> {
        let count = self.tasks.len();
        let task = self.tasks.get_mut(self.place)?;
        self.place = (self.place + 1) % count;
        task.status = task.status.next();
        let person = self.people.get(task.editor)?;
        Some(change_of_status(&person.token, task.task_id, task.status.name()))
    }
}

fn change_of_status(token: &str, task_id: Uuid, status: &str) -> Asked {
    let request = Request {
        method: "PATCH",
        path: format!("/api/v1/tasks/{task_id}"),
        token: Some(token.to_owned()),
        headers: Vec::new(),
        body: Some(json!({ "status": status }).to_string()),
        expected: 200,
    };
    Asked { request, content: Content::TaskWith { id: Some(task_id), field: "status", value: status.to_owned() } }
}
