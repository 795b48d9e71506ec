//! A task's tags after a patch: a complete new list, or additions and removals, which let several people change them concurrently.

use crate::{
    error::{ApiError, ApiResult, FieldProblem},
    search::fold::name_key,
    tasks::model::{MAX_TAGS, Task, TaskPatch},
};

/// `None` if they stay the same. The task is locked, so `task.tags` is current.
pub fn tags_after(task: &Task, patch: &TaskPatch) -> ApiResult<Option<Vec<String>>> {
    let (add, remove) = (patch.add_tags.as_deref(), patch.remove_tags.as_deref());
    if patch.tags.is_some() && (add.is_some() || remove.is_some()) {
        return Err(ApiError::field("tags", FieldProblem::TagsAndTagChanges));
    }
    let wanted = match &patch.tags {
        Some(all) => all.to_vec(),
        None => with_changes(&task.tags, add.unwrap_or_default(), remove.unwrap_or_default()),
    };
    if same_names(&wanted, &task.tags) {
        return Ok(None);
    }
    // The length of a whole list was checked when it was read.
    if patch.tags.is_none() && wanted.len() > MAX_TAGS {
        return Err(ApiError::field("add_tags", FieldProblem::TooManyTags { max: MAX_TAGS }));
    }
    Ok(Some(wanted))
}

/// Adding existing and removing missing tags changes nothing, so a request can be repeated. A tag in both lists is kept.
fn with_changes(current: &[String], add: &[String], remove: &[String]) -> Vec<String> {
    let mut tags: Vec<String> = current.iter().filter(|name| !contains(remove, name)).cloned().collect();
    for name in add {
        if !contains(&tags, name) {
            tags.push(name.clone());
        }
    }
    tags
}

fn contains(names: &[String], name: &str) -> bool {
    names.iter().any(|other| name_key(other) == name_key(name))
}

fn same_names(wanted: &[String], current: &[String]) -> bool {
    let sorted = |names: &[String]| {
        let mut names: Vec<String> = names.iter().map(|name| name_key(name)).collect();
        names.sort();
        names.dedup();
        names
    };
    sorted(wanted) == sorted(current)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changed(current: &[&str], add: &[&str], remove: &[&str]) -> Vec<String> {
        let own = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        with_changes(&own(current), &own(add), &own(remove))
    }

    #[test]
    fn tags_come_and_go_whatever_the_others_are() {
        assert_eq!(changed(&["home", "工作"], &["garden"], &[]), ["home", "工作", "garden"]);
        assert_eq!(changed(&["home", "工作"], &[], &["HOME "]), ["工作"]);
        assert_eq!(changed(&["home"], &["garden"], &["home"]), ["garden"]);
    }

    #[test]
    fn what_is_there_already_or_not_there_changes_nothing() {
        assert_eq!(changed(&["Home"], &["home", " HOME"], &["garden"]), ["Home"]);
        assert_eq!(changed(&[], &["a", "A"], &[]), ["a"]);
        assert_eq!(changed(&["a"], &["a"], &["a"]), ["a"]);
    }
}
