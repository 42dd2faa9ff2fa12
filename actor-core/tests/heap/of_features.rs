//! Types that cross as their texts are charged as what the texts become while they are parsed.

use std::collections::LinkedList;

use actor_core::wire::{Wire, to_bytes};
use serde_json::Value;
use url::Url;

use crate::{chance::Chance, within_budget};

fn within_budgets<T: Wire>(what: &str, text: &str) {
    for count in [1, 2, 3, 10] {
        let bytes = to_bytes(&vec![text; count].into_iter().map(str::to_owned).collect::<Vec<_>>());
        let bytes = bytes.expect("it can be written");
        for memory in [0, 1 << 10, 1 << 14, 1 << 16, 1 << 18] {
            let what = format!("{count} of {what}");
            let _ = within_budget::<Vec<T>>(&what, &bytes, memory);
            let _ = within_budget::<LinkedList<T>>(&what, &bytes, memory);
        }
    }
}

const JSON: [&str; 12] = [
    "[",
    "[[],",
    "{\"a\":",
    "[0,",
    "[{},",
    "{\"a\":{},\"b\":{},\"c\":[",
    "\"\\u00e9\\n",
    "\"\\\\",
    "\"abc\",",
    "[\"\\n\",",
    "1e",
    "[1,2,[3,4,[\"a\",",
];

/// DESIGN §4.
#[test]
fn json_stays_within_the_budget() {
    for part in JSON {
        for times in [1, 2, 5, 100, 3000] {
            within_budgets::<Value>(part, &part.repeat(times));
            within_budgets::<Value>(part, &format!("[{}0]", part.repeat(times)));
            within_budgets::<Value>(part, &format!("{}\"", part.repeat(times)));
        }
    }
    for count in [0, 1, 2, 4, 5, 11, 12, 100, 1000] {
        let list = |item: &str| format!("[{}]", vec![item; count].join(","));
        for item in ["0", "[]", "{}", "\"\"", "\"\\n\"", "[0]", "{\"a\":0}", "{\"a\":[0],\"b\":{\"c\":\"\\t\"}}"] {
            within_budgets::<Value>(item, &list(item));
        }
        let entries: Vec<_> = (0..count).map(|n| format!("\"{n:05}\":{n}")).collect();
        within_budgets::<Value>("entries", &format!("{{{}}}", entries.join(",")));
    }
}

/// Escapes make a text longer while it is parsed, and names of hosts are looked at letter by letter.
#[test]
fn urls_stay_within_the_budget() {
    let parts =
        ["a", " ", "ü", "🦀", "%41", "../", "/", "?", "#", "a.", "ü.", "\u{ad}", "\u{fdfa}", "\t", "@", ":", "xn--"];
    for start in ["http://", "http://h/", "http://h/?", "http://h/#", "http://u@", "x:", "file:///", "data:", ""] {
        for part in parts {
            for times in [1, 5, 100, 5000] {
                within_budgets::<Url>(start, &format!("{start}{}", part.repeat(times)));
            }
        }
    }
}

#[test]
fn changed_texts_stay_within_the_budget() {
    let mut chance = Chance::new(0x5eed);
    let samples = [
        to_bytes(&"{\"name\":\"a\\n\",\"cents\":[1,2.5,{\"x\":null}]}".to_owned()).expect("it can be written"),
        to_bytes(&"https://ann@example.com:8080/a%20b?c=d#e".to_owned()).expect("it can be written"),
    ];
    for _ in 0..20_000 {
        let bytes = chance.changed(&samples);
        let _ = within_budget::<Value>("changed JSON", &bytes, 0);
        let _ = within_budget::<Url>("a changed URL", &bytes, 0);
    }
}
