//! Lists in input. Senders control their length, so reading stops at the limit: further entries are neither kept nor checked, and a single
//! error reports it instead of one per entry.

use std::{fmt, marker::PhantomData, ops::Deref};

use serde::{
    Deserialize, Deserializer,
    de::{Error, IgnoredAny, SeqAccess, Visitor},
};

use crate::error::FieldProblem;

/// A list of at most `MAX` entries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BoundedVec<T, const MAX: usize>(Vec<T>);

impl<T, const MAX: usize> Default for BoundedVec<T, MAX> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T, const MAX: usize> Deref for BoundedVec<T, MAX> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.0
    }
}

/// Lets `#[garde(inner(…))]` check each entry.
impl<T, const MAX: usize> garde::rules::inner::Inner<T> for BoundedVec<T, MAX> {
    type Key = usize;

    fn validate_inner<F: FnMut(&T, &usize)>(&self, check: F) {
        self.0.validate_inner(check);
    }
}

impl<'de, T: Deserialize<'de>, const MAX: usize> Deserialize<'de> for BoundedVec<T, MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(Reader(PhantomData))
    }
}

struct Reader<T, const MAX: usize>(PhantomData<T>);

impl<'de, T: Deserialize<'de>, const MAX: usize> Visitor<'de> for Reader<T, MAX> {
    type Value = BoundedVec<T, MAX>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a list of at most {MAX} entries")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
        let mut list = Vec::new();
        while list.len() < MAX {
            let Some(entry) = entries.next_element()? else { return Ok(BoundedVec(list)) };
            list.push(entry);
        }
        match entries.next_element::<IgnoredAny>()? {
            None => Ok(BoundedVec(list)),
            Some(_) => Err(A::Error::custom(FieldProblem::TooMany { max: MAX }.encode())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reading_stops_at_the_limit() {
        let read = serde_json::from_str::<BoundedVec<u8, 3>>;
        assert_eq!(*read("[1, 2, 3]").expect("a list"), [1, 2, 3]);
        // What follows the fourth is not even JSON.
        let error = read("[1, 2, 3, 4, !!!").expect_err("one too many");
        assert!(error.to_string().starts_with(&FieldProblem::TooMany { max: 3 }.encode()), "{error}");
    }
}
