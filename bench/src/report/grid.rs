//! Rows and columns, for the terminal and as Markdown.

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Align {
    Left,
    Right,
}

pub struct Grid {
    head: Vec<(String, Align)>,
    rows: Vec<Vec<String>>,
}

impl Grid {
    pub fn new(head: &[(&str, Align)]) -> Self {
        Self { head: head.iter().map(|(name, align)| ((*name).to_owned(), *align)).collect(), rows: Vec::new() }
    }

    /// One cell for each column.
    pub fn push(&mut self, row: Vec<String>) {
        debug_assert_eq!(row.len(), self.head.len());
        self.rows.push(row);
    }

    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Aligned with spaces, every line ended.
    pub fn text(&self) -> String {
        let names: Vec<String> = self.head.iter().map(|(name, _)| name.clone()).collect();
        let widths = self.widths();
        let rule: Vec<String> = widths.iter().map(|width| "─".repeat(*width)).collect();
        [&names, &rule]
            .into_iter()
            .chain(&self.rows)
            .map(|row| self.line(row, &widths, "  ").trim_end().to_owned() + "\n")
            .collect()
    }

    /// A table of Markdown, every line ended.
    pub fn markdown(&self) -> String {
        let names: Vec<String> = self.head.iter().map(|(name, _)| name.clone()).collect();
        let widths: Vec<usize> = self.widths().into_iter().map(|width| width.max(3)).collect();
        let rule = self.head.iter().zip(&widths).map(|((_, align), width)| match align {
            Align::Left => "-".repeat(*width),
            Align::Right => "-".repeat(width - 1) + ":",
        });
        [&names, &rule.collect()]
            .into_iter()
            .chain(&self.rows)
            .map(|row| format!("| {} |\n", self.line(row, &widths, " | ")))
            .collect()
    }

    fn widths(&self) -> Vec<usize> {
        self.head
            .iter()
            .enumerate()
            .map(|(column, (name, _))| {
                self.rows
                    .iter()
                    .map(|row| &row[column])
                    .chain([name])
                    .map(|cell| cell.chars().count())
                    .max()
                    .unwrap_or(0)
            })
            .collect()
    }

    fn line(&self, row: &[String], widths: &[usize], between: &str) -> String {
        let cells = row.iter().zip(&self.head).zip(widths).map(|((cell, (_, align)), &width)| match align {
            Align::Left => format!("{cell:<width$}"),
            Align::Right => format!("{cell:>width$}"),
        });
        cells.collect::<Vec<_>>().join(between)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grid() -> Grid {
        let mut grid = Grid::new(&[("name", Align::Left), ("µs", Align::Right)]);
        grid.push(vec!["a".into(), "1,000".into()]);
        grid.push(vec!["longer".into(), "–".into()]);
        grid
    }

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        assert_eq!(grid().text(), "name       µs\n──────  ─────\na       1,000\nlonger      –\n");
    }

    #[test]
    fn markdown_says_how_a_column_is_aligned() {
        assert_eq!(
            grid().markdown(),
            "| name   |    µs |\n| ------ | ----: |\n| a      | 1,000 |\n| longer |     – |\n"
        );
    }
}
