//! Lists and searches, no two alike: the server remembers answers.

use std::collections::{HashSet, VecDeque};

use uuid::Uuid;

use super::{
    shapes::{self, Shape},
    words::{CHINESE, ENGLISH},
};
use crate::{
    bench::Source,
    chance::Chance,
    data::Person,
    expect::{Asked, Content, Tasks},
    request::Request,
};

const LEAST_LIMIT: usize = 10;
const LIMITS: usize = 81;
/// When so many attempts to find another list have failed, there is none.
const ATTEMPTS: usize = 1000;

#[derive(Debug, Clone, Copy)]
pub enum Kind {
    Filtered,
    English,
    Chinese,
}

/// Ever other lists of these people.
pub struct Varied<'a> {
    kind: Kind,
    people: &'a [Person],
    chance: Chance,
    shapes: Vec<&'static Shape>,
    given: HashSet<(usize, String)>,
    returned: VecDeque<Asked>,
}

impl<'a> Varied<'a> {
    pub fn new(kind: Kind, people: &'a [Person]) -> Self {
        Self {
            kind,
            people,
            chance: Chance::new(kind as u64),
            shapes: shapes::in_turn(),
            given: HashSet::new(),
            returned: VecDeque::new(),
        }
    }

    fn draft(&mut self) -> (usize, Asked) {
        let place = self.chance.below(self.people.len());
        let person = &self.people[place];
        let limit = LEAST_LIMIT + self.chance.below(LIMITS);
        let mut query = Query::new(limit);
        match self.kind {
            Kind::Filtered => self.filter(&mut query, person),
            Kind::English => self.search(&mut query, person, &ENGLISH),
            Kind::Chinese => self.search(&mut query, person, &CHINESE),
        }
        (place, query.into_asked(person))
    }

    fn filter(&mut self, query: &mut Query, person: &Person) {
        let shape = self.shapes[self.given.len() % self.shapes.len()];
        if shape.is_of_a_project() {
            query.in_project(self.chance.pick(&person.projects).id);
        }
        for (name, value) in shape.query {
            query.narrow(name, value, person);
        }
        // These cost hardly anything, and make four lists of one.
        if self.chance.percent(50) {
            query.set("parent_id", "none");
        }
        if !shape.is_of_a_project() && self.chance.percent(50) {
            query.set("archived", "true");
        }
    }

    fn search(&mut self, query: &mut Query, person: &Person, words: &[&'static str]) {
        let chance = &mut self.chance;
        let mut asked = vec![*chance.pick(words)];
        if chance.percent(20) {
            asked.push(*chance.pick(words));
        }
        query.set("q", &asked.join(" "));
        // The server looks for stems: "meetings" is found for "meeting".
        query.expected.found = asked.iter().map(|word| word.chars().take(4).collect()).collect();
        if chance.percent(30) {
            query.in_project(chance.pick(&person.projects).id);
        }
    }
}

impl Iterator for Varied<'_> {
    type Item = Asked;

    /// `None` when there is hardly another one.
    fn next(&mut self) -> Option<Asked> {
        if let Some(returned) = self.returned.pop_front() {
            return Some(returned);
        }
        (0..ATTEMPTS).find_map(|_| {
            let (place, asked) = self.draft();
            self.given.insert((place, asked.request.path.clone())).then_some(asked)
        })
    }
}

impl Source for Varied<'_> {
    async fn requests(&mut self, count: usize) -> anyhow::Result<Vec<Asked>> {
        Ok(self.take(count).collect())
    }

    fn give_back(&mut self, unsent: Vec<Asked>) {
        for asked in unsent.into_iter().rev() {
            self.returned.push_front(asked);
        }
    }
}

/// One source of each kind for everything that is asked at one size: what one load has asked, the next does not ask again.
pub struct Lists<'a> {
    pub filtered: Varied<'a>,
    pub english: Varied<'a>,
    pub chinese: Varied<'a>,
}

impl<'a> Lists<'a> {
    pub fn new(people: &'a [Person]) -> Self {
        let of = |kind| Varied::new(kind, people);
        Self { filtered: of(Kind::Filtered), english: of(Kind::English), chinese: of(Kind::Chinese) }
    }
}

/// The query of a list, and what its answer must hold.
struct Query {
    parameters: Vec<(&'static str, String)>,
    expected: Tasks,
}

impl Query {
    fn new(limit: usize) -> Self {
        let mut query = Self { parameters: Vec::new(), expected: Tasks { limit, ..Tasks::default() } };
        query.set("limit", &limit.to_string());
        query
    }

    fn in_project(&mut self, id: Uuid) {
        self.set("project_id", &id.to_string());
        self.expected.project_id = Some(id);
    }

    /// A filter or an order, as a shape has it.
    fn narrow(&mut self, name: &'static str, value: &'static str, person: &Person) {
        self.set(name, value);
        match name {
            "status" => self.expected.statuses = value.split(',').collect(),
            "tag" => self.expected.tag = Some(value),
            "assignee_id" => self.expected.assignee_id = Some(person.id),
            _ => {}
        }
    }

    fn set(&mut self, name: &'static str, value: &str) {
        self.parameters.push((name, value.to_owned()));
    }

    fn into_asked(self, person: &Person) -> Asked {
        let path = path_of("/api/v1/tasks", &self.parameters);
        Asked { request: Request::get(path, Some(&person.token)), content: Content::Tasks(self.expected) }
    }
}

/// The open tasks of the person's first project, as the page asks for them.
pub fn of_a_project(person: &Person) -> Option<Asked> {
    let mut query = Query::new(50);
    query.in_project(person.projects.first()?.id);
    query.narrow("status", "todo,in_progress", person);
    // So it is none of the varied lists, which must not be remembered.
    query.set("sort", "position");
    Some(query.into_asked(person))
}

/// A list of this shape in this project, or in all.
pub fn of_shape(shape: &Shape, person: &Person, project: Uuid, limit: usize) -> Asked {
    let mut query = Query::new(limit);
    if shape.is_of_a_project() {
        query.in_project(project);
    }
    for (name, value) in shape.query {
        query.narrow(name, value, person);
    }
    query.into_asked(person)
}

fn path_of(path: &str, parameters: &[(&'static str, String)]) -> String {
    let mut query = form_urlencoded(parameters);
    query.insert(0, '?');
    query.insert_str(0, path);
    query
}

fn form_urlencoded(parameters: &[(&'static str, String)]) -> String {
    let mut text = String::new();
    for (name, value) in parameters {
        if !text.is_empty() {
            text.push('&');
        }
        text.push_str(name);
        text.push('=');
        for byte in value.bytes() {
            match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b',' => text.push(char::from(byte)),
                _ => text.push_str(&format!("%{byte:02X}")),
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::data::Project;

    fn people(count: u32) -> Vec<Person> {
        let project = || Project {
            id: Uuid::new_v4(),
            name: String::new(),
            owner_id: Uuid::nil(),
            role: "owner".to_owned(),
            member_count: 1,
        };
        let person = |number| Person {
            number,
            id: Uuid::nil(),
            token: String::new(),
            projects: (0..10).map(|_| project()).collect(),
            task_ids: Vec::new(),
        };
        (0..count).map(person).collect()
    }

    fn different(kind: Kind, people: &[Person], count: usize) -> usize {
        let asked = Varied::new(kind, people).take(count);
        asked.map(|asked| (asked.request.token, asked.request.path)).collect::<HashSet<_>>().len()
    }

    #[test]
    fn no_list_comes_twice_and_there_are_enough() {
        for kind in [Kind::Filtered, Kind::English, Kind::Chinese] {
            assert_eq!(different(kind, &people(1), 1008), 1008, "{kind:?}");
            let mut forty = people(40);
            for person in &mut forty {
                person.token = person.number.to_string();
            }
            assert_eq!(different(kind, &forty, 100_000), 100_000, "{kind:?}");
        }
    }

    #[test]
    fn the_lists_of_two_runs_are_the_same() {
        let people = people(1);
        let paths =
            || Varied::new(Kind::Filtered, &people).take(50).map(|asked| asked.request.path).collect::<Vec<_>>();
        assert_eq!(paths(), paths());
    }

    #[test]
    fn chinese_goes_as_the_bytes_of_utf_8() {
        assert_eq!(path_of("/x", &[("q", "完 a".to_owned()), ("limit", "5".to_owned())]), "/x?q=%E5%AE%8C%20a&limit=5");
    }
}
