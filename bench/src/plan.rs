//! How large, how long, how many: the profiles.

use clap::ValueEnum;

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Profile {
    /// Within a minute, for its errors: its figures mean nothing.
    Tiny,
    /// Five to seven minutes.
    Short,
    /// With a million tasks and longer measurements.
    Full,
}

impl Profile {
    pub fn name(self) -> &'static str {
        match self {
            Self::Tiny => "tiny",
            Self::Short => "short",
            Self::Full => "full",
        }
    }
}

/// What a run does.
#[derive(Debug, Clone)]
pub struct Plan {
    pub profile: Profile,
    /// How many tasks the databases hold, ascending. All loads run at each; what does not depend on it, at the last alone.
    pub sizes: Vec<u64>,
    /// Of one measurement.
    pub seconds: u64,
    /// Before it; 0 for none.
    pub warm_up_seconds: u64,
    /// How many ask at once.
    pub clients: u32,
    /// How many people are signed in, at most.
    pub people: u32,
    /// How many lists, and how many searches, of user 0 are compared over the sizes.
    pub lists_of_one_person: usize,
    /// How often a start is measured.
    pub starts: usize,
    /// How many WebSockets are open.
    pub sockets: Vec<u32>,
    pub scale: Scale,
    /// Of the soak; its writers alone get a fifth more.
    pub soak_seconds: u64,
}

/// A project of many people, and one of many tasks.
#[derive(Debug, Clone, Copy)]
pub struct Scale {
    pub members: u32,
    /// Of one task of the project of many members.
    pub watchers: u32,
    pub many_tasks: u32,
    pub few_tasks: u32,
    /// For the changes of both projects of members; as long for the questions to both projects of tasks.
    pub seconds: u64,
}

impl Plan {
    /// Of one part of a measurement that is done in two, or of a floor that is measured before a load and after it.
    pub fn half_seconds(&self) -> u64 {
        self.seconds.div_ceil(2)
    }

    pub fn of(profile: Profile) -> Self {
        let (sizes, warm_up_seconds, seconds, people, starts, sockets) = match profile {
            Profile::Tiny => (vec![4_000], 0, 1, 40, 2, vec![100]),
            Profile::Short => (vec![10_000, 100_000], 1, 4, 200, 5, vec![100, 1_000, 10_000]),
            Profile::Full => (vec![10_000, 100_000, 1_000_000], 2, 15, 200, 5, vec![100, 1_000, 10_000]),
        };
        // More would hardly be different ones.
        let lists_of_one_person = if profile == Profile::Tiny { 120 } else { 960 };
        let scale = match profile {
            Profile::Tiny => Scale { members: 20, watchers: 10, many_tasks: 1_000, few_tasks: 200, seconds: 0 },
            _ => {
                let seconds = if profile == Profile::Short { 20 } else { 60 };
                Scale { members: 1_000, watchers: 500, many_tasks: 100_000, few_tasks: 1_000, seconds }
            }
        };
        let soak_seconds = if profile == Profile::Tiny { 4 } else { 600 };
        Self {
            profile,
            scale,
            soak_seconds,
            sizes,
            seconds,
            warm_up_seconds,
            clients: 16,
            people,
            lists_of_one_person,
            starts,
            sockets,
        }
    }
}
