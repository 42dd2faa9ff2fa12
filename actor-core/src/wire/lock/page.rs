//! A contract as a page to read: each type with its versions, the newest first, one field or variant a line.
//! Never fails: a text that is not understood is shown as it stands. Driven by tools.

use super::{Contract, Line, Standing};

impl Contract {
    /// The contract as Markdown, under this title: a list of all types, and each with its versions, in words that need no
    /// other page.
    pub fn page(&self, title: &str) -> String {
        let mut types: Vec<&Line> = self.lines().iter().collect();
        types.sort_by_key(|line| (&line.name, std::cmp::Reverse(line.version)));
        let types: Vec<&[&Line]> = types.chunk_by(|one, other| one.name == other.name).collect();
        let mut page = format!("# {title}\n\n{LEGEND}\n\n");
        types.iter().for_each(|versions| page += &entry(versions));
        for versions in types {
            page += &format!("\n## `{}`\n\n{}\n", versions[0].name, kind(versions[0]).1);
            versions.iter().for_each(|line| page += &section(line));
        }
        page
    }
}

/// What a stranger has to know before the first type.
const LEGEND: &str = "The types that cross between nodes, each with its versions, the newest first. Two builds write to each other in \
the newest version that both know. A released version does not change any more; a draft may; a removed type is no more, and \
its name is not used again.

- `cents: u64 = 0`: in a value of a version before this one, the field is 0.
- `0 Deposit { cents: u64 }`: a variant, with its number on the wire. In a protocol it is a message; one that holds a `reply<u64>` \
is a call, answered by a `u64`.
- `4 Send as send_gift`: its method is called so; else it is named after the message.
- `subject<bank.Account>`: a handle to an actor that takes the messages of that protocol.
- `$0`: whatever the type is used with, as `text` in `shop.Page<text>`.";

/// A type's line in the list.
fn entry(versions: &[&Line]) -> String {
    let (newest, oldest) = (versions[0], versions[versions.len() - 1]);
    let numbers = match newest.version == oldest.version {
        true => format!("version {}", newest.version),
        false => format!("versions {} to {}", oldest.version, newest.version),
    };
    let removed = if newest.standing == Standing::Removed { ", removed" } else { "" };
    format!("- `{}`: {}, {numbers}{removed}\n", newest.name, kind(newest).0)
}

/// What a type is, in a word and in a sentence.
fn kind(line: &Line) -> (&'static str, &'static str) {
    match line.text.split(' ').next() {
        Some("protocol") => ("protocol", "A protocol: the messages that its addresses take."),
        Some("enum") => ("enum", "An enum: one of these."),
        Some("struct") => ("struct", "A struct: all of these."),
        _ => ("opaque", "Its codec was written by hand; no words tell what it is made of."),
    }
}

fn section(line: &Line) -> String {
    let standing = match line.standing {
        Standing::Released => "released",
        Standing::Draft => "a draft, which may still change",
        Standing::Removed => "removed",
    };
    let text = laid_out(&line.text);
    // Whatever the text holds, it does not end the block.
    let ticks = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(3.max(ticks + 1));
    format!("\nVersion {}, {standing}:\n\n{fence}text\n{text}\n{fence}\n", line.version)
}

/// The structure with one item a line: what stands between the outermost braces, at its outermost commas.
fn laid_out(text: &str) -> String {
    let Some((kind, rest)) = text.split_once(" { ") else { return text.to_owned() };
    let Some(items) = rest.strip_suffix(" }").and_then(items) else { return text.to_owned() };
    let lines: String = items.iter().map(|item| format!("    {item},\n")).collect();
    format!("{kind} {{\n{lines}}}")
}

/// The items between the commas; `None` if brackets do not match.
fn items(text: &str) -> Option<Vec<&str>> {
    let (mut items, mut start, mut depth, mut quoted, mut escaped) = (Vec::new(), 0, 0_i32, false, false);
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            _ if quoted => {}
            '{' | '(' | '[' | '<' => depth += 1,
            // The arrow of a function and a comparison are in defaults, which a page can show on one line.
            '}' | ')' | ']' | '>' => depth -= 1,
            ',' if depth == 0 => {
                items.push(text[start..at].trim());
                start = at + 1;
            }
            _ => {}
        }
        if depth < 0 {
            return None;
        }
    }
    items.push(text[start..].trim());
    (depth == 0 && !quoted).then_some(items)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_item_has_a_line() {
        let text = "enum { 0 Buy { item: shop.Item, by: map<text, u8> }, 1 Say { text: text = \"}, {\" }, 2 End }";
        let lines = [
            "enum {",
            "    0 Buy { item: shop.Item, by: map<text, u8> },",
            "    1 Say { text: text = \"}, {\" },",
            "    2 End,",
            "}",
        ];
        assert_eq!(laid_out(text), lines.join("\n"));
    }

    #[test]
    fn a_text_that_is_not_understood_is_shown_as_it_stands() {
        for text in ["opaque", "struct {", "struct {}", "struct { a: b> }", "struct { a: \"x }", "} {", " { ) }", ""] {
            assert_eq!(laid_out(text), text);
        }
    }

    #[test]
    fn the_newest_version_stands_first_and_no_text_leaves_its_block() {
        let text = "a.B 1 = struct { x: u8 } #0000000000000001\na.B 2 = ``` # evil #0000000000000002 removed\n";
        let page = text.parse::<Contract>().unwrap().page("Shop");
        let list = "- `a.B`: opaque, versions 1 to 2, removed\n";
        let types = "\n## `a.B`\n\nIts codec was written by hand; no words tell what it is made of.\n\n\
                     Version 2, removed:\n\n````text\n``` # evil\n````\n\n\
                     Version 1, released:\n\n```text\nstruct {\n    x: u8,\n}\n```\n";
        assert_eq!(page, format!("# Shop\n\n{LEGEND}\n\n{list}{types}"));
    }
}
