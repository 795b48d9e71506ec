//! Keys for a manual order: text compared byte by byte, with room for another key between any two.
//!
//! A key is eight hex digits (a position in a wide range, so that appending at either end keeps keys short), followed by a fractional index
//! if something was moved in between. Keys are generated while the list is locked, so that concurrent moves cannot get the same one. A
//! fraction grows with each move into the same gap; a worker then redistributes the keys of that gap (`jobs/renew_order.rs`).

use anyhow::{Context, ensure};
use fractional_index::FractionalIndex;

const MIDDLE: u32 = 1 << 31;
const HEAD_DIGITS: usize = 8;

struct Key {
    head: u32,
    fraction: Option<FractionalIndex>,
}

fn parse(key: &str) -> anyhow::Result<Key> {
    let malformed = || format!("{key:?} is not an order key");
    let (head, fraction) = key.split_at_checked(HEAD_DIGITS).with_context(malformed)?;
    let head = u32::from_str_radix(head, 16).with_context(malformed)?;
    let fraction = match fraction {
        "" => None,
        text => Some(FractionalIndex::from_string(text).ok().with_context(malformed)?),
    };
    Ok(Key { head, fraction })
}

fn render(head: u32, fraction: Option<&FractionalIndex>) -> String {
    format!("{head:08x}{}", fraction.map(FractionalIndex::to_string).unwrap_or_default())
}

/// A key after `lower` and before `upper`; without a bound, at that end.
pub fn between(lower: Option<&str>, upper: Option<&str>) -> anyhow::Result<String> {
    let (lower, upper) = (lower.map(parse).transpose()?, upper.map(parse).transpose()?);
    match (lower, upper) {
        (None, None) => Ok(render(MIDDLE, None)),
        (None, Some(upper)) => Ok(render(upper.head.checked_sub(1).context("no room before the first")?, None)),
        (Some(lower), None) => Ok(render(lower.head.checked_add(1).context("no room after the last")?, None)),
        (Some(lower), Some(upper)) => {
            ensure!(lower.head <= upper.head, "the bounds of an order key are the wrong way round");
            if upper.head - lower.head > 1 {
                return Ok(render(lower.head + (upper.head - lower.head) / 2, None));
            }
            let ceiling = if lower.head == upper.head { upper.fraction.as_ref() } else { None };
            let fraction = FractionalIndex::new(lower.fraction.as_ref(), ceiling)
                .context("the bounds of an order key are the wrong way round")?;
            Ok(render(lower.head, Some(&fraction)))
        }
    }
}

/// The gap between two adjacent positions: `begin` < key < `end`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    pub begin: String,
    pub end: String,
}

/// The gap of a key with a fraction.
pub fn gap_of(key: &str) -> anyhow::Result<Gap> {
    let head = parse(key)?.head;
    let end = head.checked_add(1).map_or_else(|| "g".to_owned(), |next| render(next, None));
    Ok(Gap { begin: render(head, None), end })
}

/// Digits of a redistributed fraction: neither the lowest nor the highest byte, so that there is room before and after.
const BASE: u128 = 254;

/// That many keys in a gap, ordered and evenly spaced. A hundred thousand keys have 16 characters.
pub fn spread(gap: &Gap, count: usize) -> anyhow::Result<Vec<String>> {
    let Key { head, .. } = parse(&gap.begin)?;
    let terminator = FractionalIndex::default().as_bytes().last().copied().context("an index has no end")?;
    let steps = u128::try_from(count)? + 1;
    let digits = (1..=8).find(|digits| BASE.pow(*digits) >= 2 * steps).context("too many keys for a gap")?;
    let step = BASE.pow(digits) / steps;
    let keys = (1..steps).map(|place| {
        let number = place * step;
        let digit = |power| u8::try_from(number / BASE.pow(power) % BASE).unwrap_or_default() + 1;
        let bytes = (0..digits).rev().map(digit).chain([terminator]).collect();
        let fraction = FractionalIndex::from_bytes(bytes).ok().context("an index without its end")?;
        Ok(render(head, Some(&fraction)))
    });
    keys.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_can_always_be_made_at_any_place() {
        let mut keys = vec![between(None, None).expect("first")];
        let mut place: usize = 7;
        for _ in 0..2000 {
            place = (place * 31 + 17) % (keys.len() + 1);
            let lower = place.checked_sub(1).map(|index| keys[index].clone());
            let upper = keys.get(place).cloned();
            keys.insert(place, between(lower.as_deref(), upper.as_deref()).expect("there is room"));
        }
        assert!(keys.is_sorted() && keys.windows(2).all(|pair| pair[0] < pair[1]));
    }

    #[test]
    fn keys_stay_short_at_the_ends_and_grow_slowly_in_one_gap() {
        let mut first = between(None, None).expect("first");
        for _ in 0..100_000 {
            first = between(None, Some(&first)).expect("room");
        }
        assert_eq!(first.len(), HEAD_DIGITS);

        let lower = between(None, None).expect("lower");
        let mut upper = between(Some(&lower), None).expect("upper");
        for _ in 0..1000 {
            upper = between(Some(&lower), Some(&upper)).expect("room");
        }
        assert!(upper.len() < 400, "{}", upper.len());
    }

    #[test]
    fn keys_of_a_gap_are_spread_in_order_and_leave_room_everywhere() {
        let first = between(None, None).expect("a key");
        let second = between(Some(&first), None).expect("a key");
        let in_gap = between(Some(&first), Some(&second)).expect("room");
        let gap = gap_of(&in_gap).expect("a gap");
        assert_eq!((&gap.begin, &gap.end), (&first, &second));
        for count in [0, 1, 2, 127, 254, 4001, 100_000] {
            let mut keys = spread(&gap, count).expect("keys");
            assert_eq!(keys.len(), count);
            assert!(keys.iter().all(|key| key.len() <= 16 && gap_of(key).is_ok_and(|of| of == gap)));
            keys.insert(0, first.clone());
            keys.push(second.clone());
            assert!(keys.is_sorted());
            for pair in keys.windows(2) {
                let mut lower = pair[0].clone();
                for _ in 0..3 {
                    let key = between(Some(&lower), Some(&pair[1])).expect("room");
                    assert!(lower < key && key < pair[1] && key.len() < 32, "{lower} {key} {}", pair[1]);
                    lower = key;
                }
            }
        }
        assert_eq!(gap_of("ffffffff80").expect("the last gap").end, "g");
    }

    #[test]
    fn nonsense_is_an_error_not_a_panic() {
        for wrong in ["", "xyz", "zzzzzzzz", "8000000", "80000000zz", "8000000é"] {
            assert!(between(Some(wrong), None).is_err(), "{wrong:?}");
        }
        assert!(between(Some("80000001"), Some("80000000")).is_err());
    }
}
