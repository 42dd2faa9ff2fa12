//! The line of a version among the bytes of a `wire.lock`, found while compiling. Never reads more of the file than a bisection
//! does, because a constant is evaluated slowly and there is one check per type. Driven by `release`.

use std::cmp::Ordering;

/// The line of a version, without what ends it. The lines are sorted. Byte by byte, because while compiling the calls by which
/// many bytes are looked at at once take longer than they save.
pub(super) const fn find<'a>(file: &'a [u8], name: &[u8], version: u16) -> Option<&'a [u8]> {
    let file = file.trim_ascii_end();
    let (mut low, mut high) = (0, file.len());
    while low < high {
        let mut start = low + (high - low) / 2;
        while start > low && file[start - 1] != b'\n' {
            start -= 1;
        }
        let rest = file.split_at(start).1;
        match order(rest, name, version) {
            Ordering::Equal => return Some(rest.split_at(end(rest)).0.trim_ascii_end()),
            Ordering::Less => low = start + end(rest) + 1,
            Ordering::Greater => high = start,
        }
    }
    None
}

/// Where the line at the beginning ends.
const fn end(rest: &[u8]) -> usize {
    let mut end = 0;
    while end < rest.len() && rest[end] != b'\n' {
        end += 1;
    }
    end
}

/// Where the line at the beginning stands to the one looked for. A comment stands before all.
const fn order(rest: &[u8], name: &[u8], version: u16) -> Ordering {
    let mut i = 0;
    while i < name.len() {
        let byte = if i < rest.len() { rest[i] } else { 0 };
        if byte != name[i] {
            return if byte < name[i] { Ordering::Less } else { Ordering::Greater };
        }
        i += 1;
    }
    if i == rest.len() || rest[i] != b' ' {
        return Ordering::Greater;
    }
    let (mut number, wanted) = (0, version as u32);
    i += 1;
    while i < rest.len() && rest[i].is_ascii_digit() && number <= u16::MAX as u32 {
        number = number * 10 + (rest[i] - b'0') as u32;
        i += 1;
    }
    if number < wanted {
        Ordering::Less
    } else if number > wanted {
        Ordering::Greater
    } else {
        Ordering::Equal
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(file: &str, name: &str, version: u16) -> Option<String> {
        find(file.as_bytes(), name.as_bytes(), version).map(|line| String::from_utf8(line.to_vec()).unwrap())
    }

    #[test]
    fn every_line_is_found_and_no_other() {
        let names = ["a.B", "a.B-c", "a.B.c", "a.B0", "a.Bc", "a.b", "b.A", "z.Zz"];
        let mut lines = Vec::new();
        for name in names {
            lines.extend([1, 2, 9, 10, 11, 100, 65535].map(|version| format!("{name} {version} = struct {{}} #0")));
        }
        for (head, end) in [("", "\n"), ("# head\n\n", "\n"), ("# head\r\n", "\r\n"), ("", "\n\n\n")] {
            let lines: Vec<_> = (0..).zip(&lines).map(|(i, line)| format!("{line}{}", "x".repeat(i))).collect();
            let file = head.to_owned() + &lines.join(if end == "\r\n" { end } else { "\n" }) + end;
            for line in &lines {
                let (name, rest) = line.split_once(' ').unwrap();
                let version = rest.split(' ').next().unwrap().parse().unwrap();
                assert_eq!(found(&file, name, version).as_ref(), Some(line), "{file:?}");
            }
            for (name, version) in [("a.B", 3), ("a.B", 65534), ("a.A", 1), ("a", 1), ("a.Bcc", 1), ("zz.Z", 1)] {
                assert_eq!(found(&file, name, version), None);
            }
        }
    }

    #[test]
    fn what_is_no_contract_has_no_line() {
        for file in ["", "\n", "a", "a.B", "a.B ", "a.B 1000000000000000000000000 =", "\u{0}\u{ff}\n<<<", "# a.B 1"] {
            assert_eq!(found(file, "a.B", 1), None, "{file:?}");
        }
        assert_eq!(found("a.B 1", "a.B", 1).as_deref(), Some("a.B 1"));
    }
}
