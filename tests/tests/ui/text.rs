//! The compiler's text without what depends on the machine. Driven by the tests.

use std::path::Path;

/// The text without what depends on the machine, or on the length of files that are not the rule's own.
pub(crate) fn normal(text: &str, root: &Path) -> String {
    let root = format!("{}/", root.display());
    // The gutter is as wide as the largest line number; here it is always two columns.
    let gutter = text.lines().find_map(place).unwrap_or(2);
    let (mut own, mut header) = (true, false);
    let mut out = String::new();
    for line in text.trim_end().lines() {
        let mut line = line.replace(&root, "");
        if let Some(at) = place(&line) {
            own = ["fail/", "pass/"].iter().any(|folder| line[at + 4..].starts_with(folder));
            if !own {
                line = line.trim_end_matches(|c: char| c == ':' || c.is_ascii_digit()).to_owned();
            }
        }
        // The lines of a header stand where they stand, whatever the gutter.
        header = line.starts_with(char::is_alphabetic) || header && place(&line).is_none() && !in_gutter(&line);
        match line.split_at_checked(gutter) {
            Some((head, tail)) if !header && head.trim().is_empty() => out += &format!("  {tail}"),
            Some((head, tail)) if head.trim().parse::<u32>().is_ok() => {
                let number = if own { head.trim() } else { "LL" };
                out += &format!("{number:>2}{tail}");
            }
            _ => {
                own |= !line.starts_with("...");
                out += &line;
            }
        }
        out.truncate(out.trim_end().len());
        out.push('\n');
    }
    out
}

/// Whether the line has a gutter: a line of code, a mark under one, or a note below.
fn in_gutter(line: &str) -> bool {
    let line = line.trim_start_matches(|c: char| c == ' ' || c.is_ascii_digit());
    line.starts_with(['|', '='])
}

/// Where the arrow stands in a line that names a place in the code.
fn place(line: &str) -> Option<usize> {
    let at = line.find(|c| c != ' ')?;
    ["--> ", "::: "].iter().any(|arrow| line[at..].starts_with(arrow)).then_some(at)
}
