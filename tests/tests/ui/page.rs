//! The examples of a page of `docs/` that do not compile, as rules: each with the words that the page quotes of the compiler.
//! Driven by the tests.

use std::fs;

use super::compiler::root;

/// The page, from the workspace's folder.
pub(crate) const PAGE: &str = "docs/what-is-checked-when.md";

/// Name and source of each, its words in `// says: ` lines.
pub(crate) fn examples() -> Vec<(String, String)> {
    let page = fs::read_to_string(root().join(PAGE)).expect("the page can be read");
    let mut examples = Vec::new();
    for (number, after) in page.split("```rust,compile_fail\n").skip(1).enumerate() {
        let (code, after) = after.split_once("\n```\n").expect("a block of code ends");
        let words = after.trim_start().strip_prefix("```text\n").and_then(|words| words.split_once("\n```"));
        let (words, _) =
            words.unwrap_or_else(|| panic!("{PAGE}: example {number} quotes no words of the compiler:\n{code}"));
        let says: String = words.lines().map(|line| format!("\n// says: {line}")).collect();
        let name = format!("page_{number}");
        // Each has a contract of its own.
        let source = format!("{code}\n{says}\n").replace("contracts/bank", &format!("contracts/{name}"));
        examples.push((name, source));
    }
    assert!(!examples.is_empty(), "{PAGE} has examples that do not compile");
    examples
}
