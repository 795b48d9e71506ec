//! What a team does in a day: of 100 requests 80 read, 15 change a status, 5 make a task.

use reqwest::Client;

use super::{
    lists::Lists,
    reads,
    writes::{NewTasks, StatusChanges},
};
use crate::{
    bench::Source,
    data::{self, Person},
    expect::{Asked, Content},
    server::Server,
};

/// One round of requests: the writes lie between the reads. Of the reads, half are lists that nobody has asked for before, an
/// eighth are lists that have not changed since, a quarter single tasks, an eighth searches.
const ROUND: [Step; 20] = {
    use Step::{Change, Create, List, Search, Task, Unchanged};
    [
        List, Task, List, Change, Unchanged, List, Task, List, Search, Change, List, Task, List, Create, Unchanged,
        List, Task, Change, List, Search,
    ]
};

#[derive(Debug, Clone, Copy)]
enum Step {
    List,
    Unchanged,
    Task,
    Search,
    Change,
    Create,
}

/// The first half of the people write, in projects that none of the other half sees: so the lists of those do not change.
pub struct Mixed<'a, 'l> {
    client: Client,
    server: &'a Server,
    people: &'a [Person],
    lists: &'l mut Lists<'a>,
    new_tasks: NewTasks<'a>,
}

impl<'a, 'l> Mixed<'a, 'l> {
    pub fn new(client: Client, server: &'a Server, people: &'a [Person], lists: &'l mut Lists<'a>) -> Self {
        let writers = &people[..people.len().div_ceil(2)];
        Self { client, server, people, lists, new_tasks: NewTasks::new(writers) }
    }
}

impl Source for Mixed<'_, '_> {
    async fn requests(&mut self, count: usize) -> anyhow::Result<Vec<Asked>> {
        let half = self.people.len().div_ceil(2);
        let (writers, readers) = self.people.split_at(half);
        // A project has its owner and the four users after that as members.
        let mut tasks = data::changeable(self.server, writers).await?;
        tasks.retain(|task| task.owner as usize + 4 < half);
        let mut changes = StatusChanges::new(writers, tasks);
        let unchanged = reads::unchanged_lists(&self.client, self.server, readers).await?;
        let mut unchanged = unchanged.iter().cycle().cloned();
        let mut single_tasks = reads::tasks(self.people);
        let next = ROUND.iter().cycle().map_while(|kind| match kind {
            Step::List => self.lists.filtered.next(),
            Step::Search => self.lists.english.next(),
            Step::Task => single_tasks.next(),
            Step::Unchanged => unchanged.next(),
            Step::Change => changes.next(),
            Step::Create => self.new_tasks.next(),
        });
        Ok(next.take(count).collect())
    }

    fn give_back(&mut self, unsent: Vec<Asked>) {
        for asked in unsent.into_iter().rev() {
            if let Content::Tasks(tasks) = &asked.content {
                let lists = if tasks.found.is_empty() { &mut self.lists.filtered } else { &mut self.lists.english };
                lists.give_back(vec![asked]);
            }
        }
    }
}
