//! Which rows of a long list are in the document: those near the viewport, and room for the others.

/// Lists of up to this many rows are in the document whole: find-in-page, printing and assistive technology get all of them.
pub const WHOLE: usize = 250;

/// Rows that are kept beyond each edge of the viewport, so that a flick of the finger does not meet empty room.
const OVERSCAN: usize = 6;

/// Edges move in steps of this many rows, so that most scroll events change nothing.
const STEP: usize = 4;

/// A group keeps this many rows however far off it is, so that the list is never empty to a reader who jumps by headings.
const KEPT: usize = 1;

/// Where a group's rows are, in CSS pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Metrics {
    /// One row's height.
    pub row_height: f64,
    /// The top of the group's first row, measured from the viewport's top; negative when scrolled past.
    pub top: f64,
    /// The viewport's height.
    pub viewport: f64,
}

/// Rows `first..last` are in the document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Window {
    /// The first row.
    pub first: usize,
    /// The row after the last.
    pub last: usize,
}

/// The window of a group of `count` rows, in a list that has `all` rows over all groups.
pub fn window(count: usize, all: usize, metrics: Metrics) -> Window {
    if all <= WHOLE {
        return Window { first: 0, last: count };
    }
    // Before anything is laid out there is no height to divide by; any guess shows the first rows.
    let row_height = if metrics.row_height >= 1.0 { metrics.row_height } else { 64.0 };
    let (rows, beyond) = (|y: f64| (y - metrics.top) / row_height, OVERSCAN as f64);
    let first = (rows(0.0) - beyond).floor().max(0.0) as usize / STEP * STEP;
    let last = ((rows(metrics.viewport) + beyond).ceil().max(0.0) as usize).div_ceil(STEP) * STEP;
    Window { first: first.min(count.saturating_sub(KEPT)), last: last.clamp(KEPT.min(count), count) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn should_hold_every_visible_row_and_few_others(
            count in 0..20_000_usize, row_height in 20.0..120.0_f64, top in -1e6..1e6_f64, viewport in 100.0..3000.0_f64,
        ) {
            let Window { first, last } = window(count, 20_000, Metrics { row_height, top, viewport });
            prop_assert!(first <= last && last <= count);
            for row in 0..count {
                let y = top + row as f64 * row_height;
                if y + row_height > 0.0 && y < viewport {
                    prop_assert!((first..last).contains(&row));
                }
            }
            prop_assert!((last - first) as f64 <= viewport / row_height + (2 * OVERSCAN + 3 * STEP) as f64);
        }
    }

    #[test]
    fn should_keep_a_short_list_whole() {
        let metrics = Metrics { row_height: 64.0, top: 5000.0, viewport: 700.0 };
        assert_eq!(window(200, 250, metrics), Window { first: 0, last: 200 });
        assert!(window(200, 251, metrics).last < 200);
    }

    #[test]
    fn should_survive_a_list_that_is_not_laid_out() {
        let nowhere = Metrics { row_height: 0.0, top: 0.0, viewport: 0.0 };
        assert!(window(10_000, 10_000, nowhere).last < 100);
    }
}
