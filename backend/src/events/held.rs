//! Tracks the topics that a change has locked, to detect locks in the wrong order. That is a bug: two such changes can deadlock. Tests
//! fail; production logs it and retries the change if a deadlock occurs.

use std::collections::BTreeSet;

use super::Topic;
use crate::id::{Id, ProjectId, UserId};

#[derive(Debug, Default)]
pub struct Held {
    projects: BTreeSet<ProjectId>,
    users: BTreeSet<UserId>,
}

impl Held {
    /// Projects come before users.
    pub fn add_projects(&mut self, ids: &[ProjectId]) {
        let is_in_order = add(&mut self.projects, ids, self.users.is_empty());
        complain_unless(is_in_order, "projects", ids);
    }

    pub fn add_users(&mut self, ids: &[UserId]) {
        let is_in_order = add(&mut self.users, ids, true);
        complain_unless(is_in_order, "users", ids);
    }

    /// Nobody else knows it yet, so nobody can wait for it.
    pub fn add_new(&mut self, topic: Topic) {
        match topic {
            Topic::Project(id) => self.projects.insert(id),
            Topic::User(id) => self.users.insert(id),
        };
    }
}

/// Whether those not yet locked may be locked after those already held.
fn add<K>(held: &mut BTreeSet<Id<K>>, ids: &[Id<K>], may_add: bool) -> bool {
    let first = ids.iter().filter(|id| !held.contains(id)).min();
    let is_in_order = first.is_none_or(|first| may_add && held.last().is_none_or(|last| last < first));
    held.extend(ids);
    is_in_order
}

fn complain_unless<K>(is_in_order: bool, kind: &str, ids: &[Id<K>]) {
    if !is_in_order {
        tracing::error!(kind, ?ids, "topics were locked in the wrong order; please report this");
        debug_assert!(false, "{kind} {ids:?} are locked against the order");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids<K, const N: usize>(numbers: [u128; N]) -> [Id<K>; N] {
        numbers.map(Id::from_u128)
    }

    #[test]
    fn what_is_held_may_be_asked_for_again_and_more_in_the_order() {
        let mut held = Held::default();
        held.add_projects(&ids([7, 3]));
        held.add_projects(&ids([3]));
        held.add_projects(&ids([8, 7]));
        held.add_users(&ids([2]));
        held.add_users(&ids([2, 5]));
    }

    #[test]
    #[should_panic(expected = "against the order")]
    fn a_user_before_one_that_is_held_is_a_mistake() {
        let mut held = Held::default();
        held.add_users(&ids([5]));
        held.add_users(&ids([2, 5]));
    }

    #[test]
    #[should_panic(expected = "against the order")]
    fn a_project_after_a_user_is_a_mistake() {
        let mut held = Held::default();
        held.add_users(&ids([5]));
        held.add_projects(&ids([9]));
    }
}
