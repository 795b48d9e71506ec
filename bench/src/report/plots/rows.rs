//! Plots of rows: a name, a bar or dots on a scale that all rows of a panel share, and the figures.

use plotters::style::{RGBColor, text_anchor::HPos};

use super::canvas::{Canvas, FAINT, LARGE, RULE, SMALL, Scale, TEXT, tick, width};

pub struct Panel {
    pub title: String,
    pub rows: Vec<Row>,
    /// What the colours of the dots mean.
    pub legend: Vec<(&'static str, RGBColor)>,
    /// A figure to mark for all rows.
    pub line: Option<f64>,
    pub is_logarithmic: bool,
    /// Stands over the figures at the right.
    pub note: &'static str,
}

pub struct Row {
    pub label: String,
    /// At the right.
    pub note: String,
    /// Joined by a line.
    pub dots: Vec<Dot>,
    /// From zero to the figure.
    pub bar: Option<(f64, RGBColor)>,
}

pub struct Dot {
    pub at: f64,
    pub color: RGBColor,
}

const MARGIN: i32 = 24;
const GAP: i32 = 16;
const ROW: i32 = 28;
const TITLE: i32 = 36;
/// Title, legend and the figures of the scale.
const PANEL_HEAD: i32 = 64;
const SCALE: i32 = 480;

/// Panels one below the other; those without rows are left out.
pub fn draw(title: &str, panels: &[Panel]) -> anyhow::Result<String> {
    let panels: Vec<&Panel> = panels.iter().filter(|panel| !panel.rows.is_empty()).collect();
    let rows = || panels.iter().flat_map(|panel| &panel.rows);
    let left = MARGIN + rows().map(|row| width(&row.label)).max().unwrap_or(0) + GAP;
    let right = left + SCALE;
    let notes = rows().map(|row| width(&row.note)).chain(panels.iter().map(|panel| width(panel.note)));
    let total = right + GAP + notes.max().unwrap_or(0) + MARGIN;
    let heights = panels.iter().map(|panel| PANEL_HEAD + panel.rows.len() as i32 * ROW + GAP);

    let mut svg = String::new();
    let canvas = Canvas::new(&mut svg, total, MARGIN + TITLE + heights.sum::<i32>())?;
    canvas.text(title, (MARGIN, MARGIN + LARGE as i32 / 2), HPos::Left, LARGE, TEXT)?;
    let mut top = MARGIN + TITLE;
    for panel in panels {
        draw_panel(&canvas, panel, top, (left, right, total - MARGIN))?;
        top += PANEL_HEAD + panel.rows.len() as i32 * ROW + GAP;
    }
    canvas.finish()?;
    Ok(svg)
}

fn draw_panel(canvas: &Canvas, panel: &Panel, top: i32, (left, right, end): (i32, i32, i32)) -> anyhow::Result<()> {
    canvas.text(&panel.title, (MARGIN, top + 8), HPos::Left, SMALL + 1, TEXT)?;
    let mut legend = right;
    for (name, color) in panel.legend.iter().rev() {
        canvas.text(name, (legend, top + 8), HPos::Right, SMALL, TEXT)?;
        legend -= width(name) + 10;
        canvas.dot((legend, top + 8), *color)?;
        legend -= 20;
    }

    let values = panel
        .rows
        .iter()
        .flat_map(|row| row.dots.iter().map(|dot| dot.at).chain(row.bar.map(|(value, _)| value)).chain(panel.line));
    let scale =
        if panel.is_logarithmic { Scale::logarithmic(values, left, right) } else { Scale::linear(values, left, right) };
    let (head, first) = (top + 42, top + PANEL_HEAD);
    let last = first + (panel.rows.len() as i32 - 1) * ROW + ROW / 2;
    for value in scale.ticks() {
        canvas.text(&tick(value), (scale.at(value), head), HPos::Center, SMALL - 1, FAINT)?;
        canvas.line(&[(scale.at(value), head + 10), (scale.at(value), last)], RULE, 1)?;
    }
    canvas.text(panel.note, (end, head), HPos::Right, SMALL - 1, FAINT)?;

    for (index, row) in panel.rows.iter().enumerate() {
        let y = first + index as i32 * ROW;
        canvas.text(&row.label, (left - GAP, y), HPos::Right, SMALL, TEXT)?;
        canvas.text(&row.note, (end, y), HPos::Right, SMALL, TEXT)?;
        if let Some((value, color)) = row.bar {
            canvas.bar([(left, y - 8), (scale.at(value), y + 8)], color)?;
        }
        let places: Vec<i32> = row.dots.iter().map(|dot| scale.at(dot.at)).collect();
        if let (Some(&low), Some(&high)) = (places.iter().min(), places.iter().max()) {
            canvas.line(&[(low, y), (high, y)], FAINT, 2)?;
        }
        // Backwards, so that of dots in one place the first is seen.
        for (dot, x) in row.dots.iter().zip(places).rev() {
            canvas.dot((x, y), dot.color)?;
        }
    }
    if let Some(line) = panel.line {
        canvas.line(&[(scale.at(line), head + 10), (scale.at(line), last)], TEXT, 2)?;
    }
    Ok(())
}
