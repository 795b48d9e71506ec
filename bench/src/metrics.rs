//! What the server's metrics tell.

/// How often the server has looked for a list among the answers that it remembers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Remembered {
    hits: u64,
    misses: u64,
}

impl Remembered {
    /// From what `/metrics` answers.
    pub fn read(metrics: &str) -> Self {
        let mut remembered = Self { hits: 0, misses: 0 };
        for line in metrics.lines() {
            let Some(labels) = line.strip_prefix("todo_cache_reads_total{") else { continue };
            let of_lists = labels.contains(r#"cache="answer""#);
            let count = labels.rsplit_once(' ').and_then(|(_, count)| count.parse::<u64>().ok());
            match count.filter(|_| of_lists) {
                Some(count) if labels.contains(r#"result="hit""#) => remembered.hits += count,
                Some(count) => remembered.misses += count,
                None => {}
            }
        }
        remembered
    }

    pub fn hits_since(self, before: Self) -> u64 {
        self.hits.saturating_sub(before.hits)
    }

    /// Whether there was any look at all: otherwise the metrics have changed, and hits would not be noticed.
    pub fn looks_since(self, before: Self) -> bool {
        self != before
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hits_of_lists_are_told_from_others() {
        let metrics = "# TYPE todo_cache_reads_total counter\n\
            todo_cache_reads_total{cache=\"session\",result=\"hit\"} 7\n\
            todo_cache_reads_total{cache=\"answer\",result=\"hit\"} 5\n\
            todo_cache_reads_total{cache=\"answer\",result=\"miss\"} 3\n";
        let found = Remembered::read(metrics);
        assert_eq!(found, Remembered { hits: 5, misses: 3 });
        assert_eq!(found.hits_since(Remembered { hits: 1, misses: 3 }), 4);
    }
}
