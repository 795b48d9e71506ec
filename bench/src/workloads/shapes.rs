//! Sorts of lists, as people look at theirs: mostly one project, mostly what is open.

/// What is asked of the server, and the statement that it runs for that.
#[derive(Debug)]
pub struct Shape {
    /// Its name in `database/explain/lists.snap`. It begins with "project" when it is of one project.
    pub statement: &'static str,
    /// What stands for `$1`…; `:user`, `:project` and `:limit` are variables of pgbench.
    pub arguments: &'static [&'static str],
    pub query: &'static [(&'static str, &'static str)],
    /// So often among all.
    pub weight: usize,
}

impl Shape {
    pub fn is_of_a_project(&self) -> bool {
        self.statement.starts_with("project")
    }
}

/// In the time zone of everybody in `fill.sql`.
const TODAY: &str = "(now() AT TIME ZONE 'Europe/Berlin')::date";
const TOMORROW: &str = "((now() AT TIME ZONE 'Europe/Berlin')::date + 1)";
const DAY_BEGINS: &str = "(date_trunc('day', now(), 'Europe/Berlin'))";
const DAY_ENDS: &str =
    "(date_trunc('day', now() AT TIME ZONE 'Europe/Berlin') + interval '1 day') AT TIME ZONE 'Europe/Berlin'";
const OPEN: &str = "'{todo,in_progress}'";

pub const SHAPES: [Shape; 12] = [
    Shape {
        statement: "project, open",
        arguments: &[":project", ":user", ":project", OPEN, ":limit"],
        query: &[("status", "todo,in_progress")],
        weight: 6,
    },
    Shape {
        statement: "project, done last",
        arguments: &[":project", ":user", ":project", "'{done}'", ":limit"],
        query: &[("status", "done"), ("sort", "-completed_at")],
        weight: 1,
    },
    Shape {
        statement: "project by due",
        arguments: &[":user", ":project", ":limit", ":limit", ":limit", ":limit"],
        query: &[("sort", "due")],
        weight: 2,
    },
    Shape {
        statement: "project by title",
        arguments: &[":project", ":user", ":project", ":limit"],
        query: &[("sort", "title")],
        weight: 1,
    },
    Shape {
        statement: "project, a tag",
        arguments: &["'work'", ":project", ":user", ":project", ":limit"],
        query: &[("tag", "work")],
        weight: 2,
    },
    Shape {
        statement: "project, assigned to me",
        arguments: &[":project", ":user", ":project", ":user", ":limit"],
        query: &[("assignee_id", "me")],
        weight: 1,
    },
    Shape { statement: "all, newest first", arguments: &[":user", ":limit", ":limit"], query: &[], weight: 2 },
    Shape {
        statement: "all by due",
        arguments: &[":user", ":limit", ":limit", ":limit", ":limit"],
        query: &[("sort", "due")],
        weight: 1,
    },
    Shape {
        statement: "all by change",
        arguments: &[":user", ":limit", ":limit"],
        query: &[("sort", "-updated_at")],
        weight: 1,
    },
    Shape {
        statement: "all by priority",
        arguments: &[":user", ":limit", ":limit"],
        query: &[("sort", "-priority")],
        weight: 1,
    },
    Shape {
        statement: "due today",
        arguments: &[":user", OPEN, DAY_BEGINS, DAY_ENDS, ":limit", OPEN, TODAY, TOMORROW, ":limit", ":limit"],
        query: &[("due", "today"), ("status", "todo,in_progress"), ("sort", "due")],
        weight: 1,
    },
    Shape {
        statement: "overdue",
        arguments: &[":user", "now()", ":limit", TODAY, ":limit", ":limit"],
        query: &[("due", "overdue"), ("sort", "due")],
        weight: 1,
    },
];

/// So many lists in a row are as dear as any others.
pub const TURN: usize = {
    let (mut place, mut sum) = (0, 0);
    while place < SHAPES.len() {
        sum += SHAPES[place].weight;
        place += 1;
    }
    sum
};

/// The shapes in the order in which they are asked for, over and over: so a few lists are as dear as many.
pub fn in_turn() -> Vec<&'static Shape> {
    let most = SHAPES.iter().map(|shape| shape.weight).max().unwrap_or(0);
    (0..most).flat_map(|turn| SHAPES.iter().filter(move |shape| turn < shape.weight)).collect()
}
