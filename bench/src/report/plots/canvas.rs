//! Text, lines and dots at pixels: what the plots are made of.

use plotters::{
    coord::Shift,
    prelude::*,
    style::text_anchor::{HPos, Pos, VPos},
};

use crate::report::format::number;

/// Colours that differ in lightness too, so that they are told apart by everybody.
pub const SERVER: RGBColor = RGBColor(0x1d, 0x4e, 0xd8);
pub const MIDDLE: RGBColor = RGBColor(0x0d, 0x94, 0x88);
pub const FLOOR: RGBColor = RGBColor(0xea, 0x8a, 0x1a);
pub const GOOD: RGBColor = RGBColor(0x15, 0x80, 0x3d);
pub const POOR: RGBColor = RGBColor(0xdc, 0x26, 0x26);
pub const TEXT: RGBColor = RGBColor(0x1f, 0x29, 0x37);
pub const FAINT: RGBColor = RGBColor(0x6b, 0x72, 0x80);
pub const RULE: RGBColor = RGBColor(0xe5, 0xe7, 0xeb);

pub const SMALL: u32 = 16;
pub const LARGE: u32 = 21;

/// How wide a text of [`SMALL`] is at most: viewers differ in their fonts. The size of a font is its line's height in plotters.
pub fn width(text: &str) -> i32 {
    (text.chars().count() as f64 * f64::from(SMALL) * 0.5).ceil() as i32
}

pub struct Canvas<'a> {
    area: DrawingArea<SVGBackend<'a>, Shift>,
}

impl<'a> Canvas<'a> {
    /// On white.
    pub fn new(svg: &'a mut String, width: i32, height: i32) -> anyhow::Result<Self> {
        let area = SVGBackend::with_string(svg, (width.unsigned_abs(), height.unsigned_abs())).into_drawing_area();
        area.fill(&WHITE)?;
        Ok(Self { area })
    }

    /// At half its height; `side` is the end of the text that is at the point.
    pub fn text(&self, text: &str, at: (i32, i32), side: HPos, size: u32, color: RGBColor) -> anyhow::Result<()> {
        let style = TextStyle::from(("sans-serif", size).into_font()).color(&color).pos(Pos::new(side, VPos::Center));
        Ok(self.area.draw(&Text::new(text, at, style))?)
    }

    pub fn line(&self, points: &[(i32, i32)], color: RGBColor, thickness: u32) -> anyhow::Result<()> {
        Ok(self.area.draw(&PathElement::new(points.to_vec(), color.stroke_width(thickness)))?)
    }

    pub fn bar(&self, corners: [(i32, i32); 2], color: RGBColor) -> anyhow::Result<()> {
        Ok(self.area.draw(&Rectangle::new(corners, color.filled()))?)
    }

    pub fn dot(&self, at: (i32, i32), color: RGBColor) -> anyhow::Result<()> {
        Ok(self.area.draw(&Circle::new(at, 5, color.filled()))?)
    }

    pub fn finish(self) -> anyhow::Result<()> {
        Ok(self.area.present()?)
    }
}

/// From figures to pixels.
#[derive(Debug, Clone, Copy)]
pub struct Scale {
    low: f64,
    high: f64,
    from: i32,
    to: i32,
    is_logarithmic: bool,
}

impl Scale {
    /// From 0 to a little more than the largest of `values`.
    pub fn linear(values: impl Iterator<Item = f64>, from: i32, to: i32) -> Self {
        let most = values.filter(|value| value.is_finite()).fold(0.0, f64::max);
        Self { low: 0.0, high: if most > 0.0 { most * 1.05 } else { 1.0 }, from, to, is_logarithmic: false }
    }

    /// Whole decades around `values`; those that are not positive lie at its low end.
    pub fn logarithmic(values: impl Iterator<Item = f64>, from: i32, to: i32) -> Self {
        let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
        for value in values.filter(|value| value.is_finite() && *value > 0.0) {
            low = low.min(value.log10());
            high = high.max(value.log10());
        }
        if low > high {
            (low, high) = (0.0, 1.0);
        }
        let low = low.floor();
        Self { low, high: high.ceil().max(low + 1.0), from, to, is_logarithmic: true }
    }

    pub fn at(&self, value: f64) -> i32 {
        let value = if self.is_logarithmic { value.log10() } else { value };
        let part = (value.clamp(self.low, self.high) - self.low) / (self.high - self.low);
        self.from + (part * f64::from(self.to - self.from)).round() as i32
    }

    /// Figures to write beside the scale: the decades, or up to six steps of 1, 2 or 5.
    pub fn ticks(&self) -> Vec<f64> {
        if self.is_logarithmic {
            return (self.low as i32..=self.high as i32).map(|power| 10f64.powi(power)).collect();
        }
        let decade = 10f64.powf((self.high / 6.0).log10().floor());
        let step = [1.0, 2.0, 5.0, 10.0].map(|part| part * decade).into_iter().find(|step| self.high / step <= 6.0);
        let step = step.unwrap_or(10.0 * decade);
        (0..=(self.high / step) as i32).map(|index| f64::from(index) * step).collect()
    }
}

/// A figure of a scale: as short as it can be.
pub fn tick(value: f64) -> String {
    let text = number(value);
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_linear_scale_begins_at_zero() {
        let scale = Scale::linear([20.0, 100.0].into_iter(), 0, 1050);
        assert_eq!((scale.at(0.0), scale.at(50.0), scale.at(100.0)), (0, 500, 1000));
        assert_eq!(scale.ticks(), [0.0, 20.0, 40.0, 60.0, 80.0, 100.0]);
        assert_eq!(Scale::linear(std::iter::empty(), 0, 10).at(1.0), 10);
    }

    #[test]
    fn ticks_are_short() {
        assert_eq!([0.1, 1.0, 10.0, 2.5, 100.0, 10_000.0].map(tick), ["0.1", "1", "10", "2.5", "100", "10,000"]);
    }

    #[test]
    fn a_logarithmic_scale_has_whole_decades() {
        let scale = Scale::logarithmic([0.5, 20.0, 0.0].into_iter(), 300, 0);
        assert_eq!(scale.ticks(), [0.1, 1.0, 10.0, 100.0]);
        assert_eq!((scale.at(0.0), scale.at(1.0), scale.at(100.0)), (300, 200, 0));
    }
}
