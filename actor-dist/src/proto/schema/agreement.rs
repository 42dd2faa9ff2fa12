//! What two tables have in common. Never takes one side's part: which types are quarantined, and what is written of the
//! others, follows from both tables alike, so that both ends of a session decide it alone.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    sync::Arc,
};

use actor_core::wire::{Edge, Versions};

use super::{Entry, Table};

/// How a build and its peer's write to each other.
#[derive(Debug, Clone, Default)]
pub(crate) struct Agreement {
    /// In which version this node writes each type for the peer.
    pub(crate) versions: Arc<Versions>,
    /// What the two contradict each other about, in the order of names.
    pub(crate) conflicts: Vec<Conflict>,
}

/// A type about which two builds contradict each other: both say that they have the version to be written between them, and
/// mean different structures by it; or they have no version in common.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub struct Conflict {
    /// The type's name on this node.
    pub uri: String,
    /// Its structure on this node, in words.
    pub ours: String,
    /// Its structure on the other node, in words.
    pub theirs: String,
}

impl fmt::Display for Conflict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is {} on this node, and {} on the other", self.uri, self.ours, self.theirs)
    }
}

/// What two builds agree on. Of a type that both know, the version written is the newest that both know, if both mean the
/// same by it. Otherwise nothing of it crosses, nor of any type that contains it in the version written; all others are
/// not touched.
pub(crate) fn agree(ours: &Table, theirs: &Table) -> Agreement {
    let outcomes = outcomes(ours, theirs);
    let conflicts: BTreeMap<Edge, Conflict> = outcomes
        .iter()
        .filter(|(edge, outcome)| **outcome == Outcome::Quarantined(**edge))
        .filter_map(|(edge, _)| Some((*edge, conflict(ours.0.get(edge)?, theirs.0.get(edge)?))))
        .collect();
    let mut versions = Versions::newest();
    for (edge, entry) in &ours.0 {
        match outcomes.get(edge) {
            Some(Outcome::Written(version)) if *version == entry.newest() => {}
            Some(Outcome::Written(version)) => versions.set(*edge, *version),
            Some(Outcome::Quarantined(contradicted)) => {
                let words =
                    conflicts.get(contradicted).map_or_else(|| "in a type of theirs".to_owned(), Conflict::to_string);
                versions.quarantine(*edge, words.into());
            }
            None => {}
        }
    }
    let mut conflicts: Vec<_> = conflicts.into_values().collect();
    conflicts.sort();
    Agreement { versions: Arc::new(versions), conflicts }
}

/// What becomes of a type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    /// It is written in this version, or would be if the other side knew it.
    Written(u16),
    /// The two contradict each other about this type: itself, or one that it contains, however deep.
    Quarantined(Edge),
}

/// The same whichever table is which.
fn outcomes(ours: &Table, theirs: &Table) -> BTreeMap<Edge, Outcome> {
    let edges: BTreeSet<Edge> = ours.0.keys().chain(theirs.0.keys()).copied().collect();
    let mut outcomes = BTreeMap::new();
    let mut contained_by: BTreeMap<Edge, Vec<Edge>> = BTreeMap::new();
    let mut spreading = Vec::new();
    for edge in edges {
        let sides: Vec<&Entry> = [ours, theirs].into_iter().filter_map(|table| table.0.get(&edge)).collect();
        let Some(version) = effective(&sides) else {
            outcomes.insert(edge, Outcome::Quarantined(edge));
            spreading.push((edge, edge));
            continue;
        };
        outcomes.insert(edge, Outcome::Written(version));
        let contained = sides.iter().filter_map(|entry| entry.version(version)).flat_map(|known| &known.contains);
        contained.for_each(|inner| contained_by.entry(*inner).or_default().push(edge));
    }
    while let Some((tainted, contradicted)) = spreading.pop() {
        for container in contained_by.remove(&tainted).unwrap_or_default() {
            if let Some(outcome @ Outcome::Written(_)) = outcomes.get_mut(&container) {
                *outcome = Outcome::Quarantined(contradicted);
                spreading.push((container, contradicted));
            }
        }
    }
    outcomes
}

/// The newest version that all know, if they mean the same by it.
fn effective(sides: &[&Entry]) -> Option<u16> {
    let version = sides.iter().map(|entry| entry.newest()).min()?;
    let mut bodies = sides.iter().map(|entry| entry.version(version).map(|known| known.body));
    let first = bodies.next()??;
    bodies.all(|body| body == Some(first)).then_some(version)
}

fn conflict(ours: &Entry, theirs: &Entry) -> Conflict {
    let version = ours.newest().min(theirs.newest());
    let both = ours.version(version).is_some() && theirs.version(version).is_some();
    let words = |entry: &Entry| match entry.version(version).filter(|_| both) {
        Some(known) => format!("version {version}, {}", known.text),
        None => {
            let text = entry.versions.last().map_or("", |known| known.text.as_str());
            format!("version {} to {}, at last {text}", entry.oldest, entry.newest())
        }
    };
    Conflict { uri: ours.uri.clone(), ours: words(ours), theirs: words(theirs) }
}

#[cfg(test)]
mod tests {
    use actor_core::wire::{EncodeError, Encoder};

    use super::{super::Version, *};

    fn edge(name: &str) -> Edge {
        Edge::of(name, &[])
    }

    /// A type with versions from `oldest` on, each given by a number for its structure and what it contains.
    fn entry(uri: &str, oldest: u16, versions: &[(u64, &[&str])]) -> (Edge, Entry) {
        let version = |(body, contains): &(u64, &[&str])| Version {
            body: *body,
            text: format!("body {body}"),
            contains: contains.iter().map(|name| edge(name)).collect(),
        };
        let versions = versions.iter().map(version).collect();
        (edge(uri), Entry { uri: uri.to_owned(), oldest, versions })
    }

    fn table<const N: usize>(entries: [(Edge, Entry); N]) -> Table {
        Table(entries.into())
    }

    /// What is written of a type, of which this build knows the versions up to 9.
    fn written(versions: &Versions, name: &str) -> Result<u16, EncodeError> {
        Encoder::new(&mut Vec::new()).versions(versions).begin("a.Type", edge(name), 1, 9)
    }

    /// H4: the newest version that both know.
    #[test]
    fn the_newest_common_version_is_written() {
        let old = table([entry("a.A", 1, &[(1, &[]), (2, &[])]), entry("a.B", 2, &[(2, &[])])]);
        let new = table([entry("a.A", 2, &[(2, &[]), (3, &[])]), entry("a.B", 1, &[(1, &[]), (2, &[])])]);
        for (ours, theirs) in [(&old, &new), (&new, &old)] {
            let outcomes = outcomes(ours, theirs);
            assert!(outcomes.values().all(|outcome| *outcome == Outcome::Written(2)));
            assert!(agree(ours, theirs).conflicts.is_empty());
        }
        assert!(agree(&old, &new).versions.is_newest());
        let for_old = agree(&new, &old).versions;
        assert_eq!((written(&for_old, "a.A"), written(&for_old, "a.B")), (Ok(2), Ok(9)));
    }

    /// H4: one version with two structures, and no version in common, are told with both sides in words.
    #[test]
    fn a_contradiction_names_both_sides() {
        let ours = table([entry("a.A", 1, &[(1, &[]), (7, &[])]), entry("a.Late", 3, &[(3, &[]), (4, &[])])]);
        let theirs = table([entry("a.A", 1, &[(1, &[]), (8, &[])]), entry("a.Late", 1, &[(1, &[]), (2, &[])])]);
        let conflicts = agree(&ours, &theirs).conflicts;
        let words: Vec<_> = conflicts.iter().map(ToString::to_string).collect();
        assert_eq!(
            words,
            [
                "`a.A` is version 2, body 7 on this node, and version 2, body 8 on the other",
                "`a.Late` is version 3 to 4, at last body 4 on this node, and version 1 to 2, at last body 2 on the other",
            ]
        );
        assert!(written(&agree(&ours, &theirs).versions, "a.A").is_err());
    }

    /// H4: what contains a contradicted type in the version written does not cross either, and nothing else is touched.
    #[test]
    fn quarantine_spreads_to_what_contains_it_and_no_further() {
        let entries = |item: u64| {
            table([
                entry("a.Item", 1, &[(item, &[])]),
                entry("a.Order", 1, &[(2, &["a.Item"]), (3, &[])]),
                entry("a.Cart", 1, &[(4, &["a.Page"])]),
                entry("a.Page", 1, &[(5, &["a.Item", "a.Cart"])]),
                entry("a.Other", 1, &[(6, &["a.Order"])]),
            ])
        };
        let (ours, theirs) = (entries(0), entries(1));
        let Agreement { versions, conflicts } = agree(&ours, &theirs);
        assert_eq!(conflicts.len(), 1);
        let crosses = |name| written(&versions, name).is_ok();
        assert_eq!(
            ["a.Item", "a.Cart", "a.Page", "a.Order", "a.Other"].map(crosses),
            [false, false, false, true, true],
            "its version 2 no longer contains the item"
        );
        // An older reader is written the version that does.
        let mut older = theirs;
        older.0.get_mut(&edge("a.Order")).unwrap().versions.pop();
        let versions = agree(&ours, &older).versions;
        assert_eq!(["a.Order", "a.Other"].map(|name| written(&versions, name).is_ok()), [false, false]);
    }

    /// H4: what one side alone knows is no conflict; but what it contains may be.
    #[test]
    fn a_type_that_one_side_knows_is_no_conflict() {
        let ours = table([
            entry("a.A", 1, &[(1, &[])]),
            entry("a.Mine", 1, &[(2, &["a.A"])]),
            entry("a.Both", 1, &[(3, &["a.Mine"])]),
            entry("a.Free", 1, &[(4, &[])]),
        ]);
        let theirs = table([entry("a.A", 1, &[(9, &[])]), entry("a.Both", 1, &[(3, &["a.Mine"])])]);
        let Agreement { versions, conflicts } = agree(&ours, &theirs);
        assert_eq!(conflicts.len(), 1);
        assert_eq!(written(&versions, "a.Free"), Ok(9));
        assert!(["a.Mine", "a.Both"].iter().all(|name| written(&versions, name).is_err()));
        assert!(agree(&ours, &Table::default()).versions.is_newest());
    }

    /// H4: whatever the tables are, both ends decide alike, and nothing that is contained in what crosses is quarantined.
    #[test]
    fn both_ends_decide_alike_whatever_the_tables() {
        let mut state = 0x9e37_79b9_7f4a_7c15_u64;
        let mut below = move |bound: u64| {
            // xorshift, Marsaglia.
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state % bound
        };
        let names: Vec<String> = (0..8).map(|i| format!("a.T{i}")).collect();
        for _ in 0..2000 {
            let mut sides = [Table::default(), Table::default()];
            for (side, name) in (0..2).flat_map(|side| names.iter().map(move |name| (side, name))) {
                if below(5) == 0 {
                    continue;
                }
                let version = |below: &mut dyn FnMut(u64) -> u64| Version {
                    body: below(8) / 7,
                    text: String::new(),
                    contains: (0..below(3)).map(|_| edge(&names[below(8) as usize])).collect(),
                };
                let (oldest, count) = (1 + below(2) as u16, 1 + below(3));
                let versions = (0..count).map(|_| version(&mut below)).collect();
                sides[side].0.insert(edge(name), Entry { uri: name.clone(), oldest, versions });
            }
            let [ours, theirs] = &sides;
            let outcomes = outcomes(ours, theirs);
            assert_eq!(outcomes, super::outcomes(theirs, ours));
            let (here, there) = (agree(ours, theirs), agree(theirs, ours));
            let turned = |c: &Conflict| Conflict { uri: c.uri.clone(), ours: c.theirs.clone(), theirs: c.ours.clone() };
            assert_eq!(here.conflicts, there.conflicts.iter().map(turned).collect::<Vec<_>>());
            for (edge, outcome) in &outcomes {
                let Outcome::Written(version) = outcome else { continue };
                let known = sides.iter().filter_map(|table| table.0.get(edge)?.version(*version));
                let mut contained = known.flat_map(|version| &version.contains);
                assert!(contained.all(|inner| matches!(outcomes.get(inner), None | Some(Outcome::Written(_)))));
            }
        }
    }
}
