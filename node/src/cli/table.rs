//! Tables as the command line prints them.
//!
//! Holds no rows.

use comfy_table::Table;
use comfy_table::presets::NOTHING;

/// A table without lines.
pub(super) fn table<const N: usize>(header: [&str; N]) -> Table {
    let mut table = Table::new();
    table.load_style(NOTHING);
    table.set_header(header);
    table
}
