use std::{str::FromStr, time::Duration};

/// At most `count` in each window of time; [`Rate::UNLIMITED`] lets everything through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Rate {
    pub count: u32,
    pub window: Duration,
}

impl Rate {
    pub const UNLIMITED: Self = Self { count: u32::MAX, window: Duration::from_secs(1) };

    /// The limit for all together, given this one for each.
    pub fn of_several(self) -> Self {
        Self { count: self.count.saturating_mul(4), ..self }
    }
}

/// Why a text is not a rate.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("not a rate such as 10/15m")]
pub struct ParseRateError;

impl FromStr for Rate {
    type Err = ParseRateError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "off" {
            return Ok(Self::UNLIMITED);
        }
        let (count, window) = text.split_once('/').ok_or(ParseRateError)?;
        let unit = window.chars().last().ok_or(ParseRateError)?;
        let seconds_per_unit = match unit {
            's' => 1,
            'm' => 60,
            'h' => 3600,
            'd' => 86_400,
            _ => return Err(ParseRateError),
        };
        let units: u64 = match &window[..window.len() - 1] {
            "" => 1,
            digits => digits.parse().map_err(|_| ParseRateError)?,
        };
        let count: u32 = count.parse().map_err(|_| ParseRateError)?;
        let seconds = units.checked_mul(seconds_per_unit).filter(|seconds| *seconds > 0 && *seconds <= 30 * 86_400);
        if count == 0 {
            return Err(ParseRateError);
        }
        Ok(Self { count, window: Duration::from_secs(seconds.ok_or(ParseRateError)?) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_read() {
        assert_eq!("10/15m".parse(), Ok(Rate { count: 10, window: Duration::from_secs(900) }));
        assert_eq!("5/s".parse(), Ok(Rate { count: 5, window: Duration::from_secs(1) }));
        assert_eq!("off".parse(), Ok(Rate::UNLIMITED));
        for wrong in ["", "10", "10/", "0/m", "x/m", "10/15y", "10/0s", "10/99999999999999d", "1/é"] {
            assert_eq!(wrong.parse::<Rate>(), Err(ParseRateError), "{wrong:?}");
        }
    }
}
