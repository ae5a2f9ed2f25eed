//! Comma-separated values, as RFC 4180 has them and as spreadsheets write them.

/// A table out of a CSV file, cut to what can be shown.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Table {
    /// The rows; the first is shown as the header.
    pub rows: Vec<Vec<String>>,
    /// There are more rows or columns than are kept.
    pub truncated: bool,
}

/// Reads a CSV text, keeping at most `max_rows` rows of `max_columns` columns. Every text is some table.
///
/// The separator is the one of comma, semicolon and tab that the first line has most of: spreadsheets write a semicolon
/// wherever the comma is the decimal sign.
pub fn parse_csv(text: &str, max_rows: usize, max_columns: usize) -> Table {
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
    let separator = separator_of(text);
    let mut table = Table::default();
    let (mut row, mut cell, mut quoted) = (Vec::new(), String::new(), false);
    let mut chars = text.chars().peekable();
    while let Some(char) = chars.next() {
        match char {
            '"' if quoted && chars.peek() == Some(&'"') => {
                cell.push('"');
                chars.next();
            }
            '"' if quoted => quoted = false,
            '"' if cell.is_empty() => quoted = true,
            '\n' if !quoted => {
                row.push(std::mem::take(&mut cell));
                if !table.keep(std::mem::take(&mut row), max_rows, max_columns) {
                    return table;
                }
            }
            '\r' if !quoted && chars.peek() == Some(&'\n') => {}
            char if char == separator && !quoted => row.push(std::mem::take(&mut cell)),
            char => cell.push(char),
        }
    }
    if !cell.is_empty() || !row.is_empty() {
        row.push(cell);
        table.keep(row, max_rows, max_columns);
    }
    table
}

impl Table {
    /// Keeps a row unless it is blank; false where there is no more room.
    fn keep(&mut self, mut row: Vec<String>, max_rows: usize, max_columns: usize) -> bool {
        if row.len() == 1 && row[0].is_empty() {
            return true;
        }
        if self.rows.len() == max_rows {
            self.truncated = true;
            return false;
        }
        self.truncated |= row.len() > max_columns;
        row.truncate(max_columns);
        self.rows.push(row);
        true
    }
}

fn separator_of(text: &str) -> char {
    let line = text.lines().next().unwrap_or_default();
    let count = |separator: char| line.matches(separator).count();
    // `max_by_key` takes the last of equals: a line with none of them is one column whatever the separator.
    ['\t', ';', ','].into_iter().max_by_key(|&separator| count(separator)).unwrap_or(',')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn rows(text: &str) -> Vec<Vec<String>> {
        parse_csv(text, 100, 20).rows
    }

    #[test]
    fn should_read_quotes_line_ends_and_blank_lines() {
        assert_eq!(rows("a,b\r\n\"x, \"\"y\"\"\nz\",2\r\n\r\n3,4"), [["a", "b"], ["x, \"y\"\nz", "2"], ["3", "4"]]);
    }

    #[test]
    fn should_find_the_separator_that_a_spreadsheet_chose() {
        assert_eq!(rows("\u{FEFF}Monat;kWh\n01;1,5\n"), [["Monat", "kWh"], ["01", "1,5"]]);
        assert_eq!(rows("a\tb\n1\t2"), [["a", "b"], ["1", "2"]]);
    }

    #[test]
    fn should_say_that_it_cut() {
        assert_eq!(parse_csv("a\nb\nc", 2, 9), Table { rows: vec![vec!["a".into()], vec!["b".into()]], truncated: true });
        assert!(!parse_csv("a\nb\n", 2, 9).truncated);
        assert_eq!(parse_csv("a,b,c", 2, 2), Table { rows: vec![vec!["a".into(), "b".into()]], truncated: true });
    }

    proptest! {
        #[test]
        fn should_give_back_what_was_quoted(cells in prop::collection::vec(prop::collection::vec("[a-z\",\n;\t é]{1,8}", 2..5), 1..6)) {
            let quote = |cell: &String| format!("\"{}\"", cell.replace('"', "\"\""));
            let text = cells.iter().map(|row| row.iter().map(quote).collect::<Vec<_>>().join(",")).collect::<Vec<_>>().join("\n");
            // Separators inside the first line's quotes would outvote the real one; a plain header decides.
            prop_assert_eq!(&rows(&format!("h,h,h,h,h,h\n{text}"))[1..], &cells[..]);
        }

        #[test]
        fn should_stay_within_its_bounds(text in "[\\s\\S]{0,400}") {
            let table = parse_csv(&text, 5, 3);
            prop_assert!(table.rows.len() <= 5 && table.rows.iter().all(|row| row.len() <= 3));
        }
    }
}
