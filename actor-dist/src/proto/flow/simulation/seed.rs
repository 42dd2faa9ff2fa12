//! Runs by their numbers: all that is sent and all that breaks, then rest. And runs with one mistake each, which must be seen.

use super::{
    World,
    fact::Fact,
    invariant::{self, Terms},
    mistake::{MISTAKES, Mistake},
};
use crate::proto::{flow::outlet::planted::Planted, simulation::seed::number};

/// How many runs there are unless told otherwise.
const RUNS: u64 = 120;
/// Within how many runs each mistake must be seen.
const SEEN_WITHIN: u64 = 400;

/// What is left to say when a run goes wrong.
struct Failure {
    violations: Vec<String>,
    facts: Vec<Fact>,
}

fn run(seed: u64, mistake: Option<Mistake>, planted: Option<Planted>) -> Result<Vec<Fact>, Failure> {
    let mut world = World::new(seed, mistake, planted);
    let terms = Terms { bound: world.mood.bound };
    world.live();
    match invariant::check(&world.facts, &terms) {
        Ok(()) => Ok(world.facts),
        Err(violations) => Err(Failure { violations, facts: world.facts }),
    }
}

/// Names the run that panics.
struct Running(u64);

impl Drop for Running {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!(
                "seed {} failed: repeat it with FLOW_SEED={} cargo test -p actor-dist --lib flow -- --nocapture",
                self.0, self.0
            );
        }
    }
}

/// The facts of a run, a step on each line.
fn show(facts: &[Fact]) -> String {
    let steps = facts.split(|fact| *fact == Fact::Step).filter(|step| !step.is_empty());
    steps.map(|step| format!("{step:?}\n")).collect()
}

/// S1 to S6, F1 to F5: all that `invariant` lists, whatever goes on in whatever order.
#[test]
fn every_invariant_of_the_flow_holds_in_every_run() {
    let (first, many) = (number("FLOW_SEED"), number("FLOW_SEEDS"));
    let count = many.unwrap_or(if first.is_some() { 1 } else { RUNS });
    for seed in (first.unwrap_or(0)..).take(count as usize) {
        let _running = Running(seed);
        match run(seed, None, None) {
            Err(Failure { violations, facts }) => {
                let shown = if count == 1 { show(&facts) } else { String::new() };
                panic!("\n{shown}\n{}", violations.join("\n"));
            }
            Ok(facts) if first.is_some() && count == 1 => println!("{}", show(&facts)),
            Ok(_) => {}
        }
    }
}

/// S1 to S6, F1 to F5: a simulator that sees nothing wrong in what is wrong would be worth nothing.
#[test]
fn every_mistake_is_seen() {
    let unseen: Vec<Mistake> = MISTAKES
        .into_iter()
        .filter(|mistake| (0..SEEN_WITHIN).all(|seed| run(seed, Some(*mistake), None).is_ok()))
        .collect();
    assert!(unseen.is_empty(), "no invariant sees {unseen:?}");
}

/// Runs until a bug planted in the outlet is seen by one of the promises that it breaks.
fn is_seen(planted: Planted, promises: &[&str]) {
    let breaks = |wrong: &String| promises.iter().any(|promise| wrong.starts_with(promise));
    let found = |seed| run(seed, None, Some(planted)).is_err_and(|failure| failure.violations.iter().any(breaks));
    assert!((0..SEEN_WITHIN).any(found), "no run sees {planted:?} break {promises:?}");
}

/// S1.
#[test]
fn overtaking_what_waited_for_the_session_is_seen() {
    is_seen(Planted::SettlingIsOvertaken, &["S1"]);
}

/// S1.
#[test]
fn letting_go_backwards_is_seen() {
    is_seen(Planted::HeldTurnsAround, &["S1"]);
}

/// F2.
#[test]
fn forgetting_stops_is_seen() {
    is_seen(Planted::StopsAreForgotten, &["F2"]);
}

/// F2.
#[test]
fn sending_to_who_is_stopped_is_seen() {
    is_seen(Planted::StopsAreIgnored, &["F2"]);
}

/// F4.
#[test]
fn room_that_is_not_given_back_is_seen() {
    is_seen(Planted::RoomIsLost, &["F4"]);
}

/// S2.
#[test]
fn bodies_of_which_nobody_is_told_are_seen() {
    is_seen(Planted::BodiesAreForgotten, &["S2", "F2"]);
}

/// S2.
#[test]
fn a_writer_that_is_not_woken_is_seen() {
    is_seen(Planted::WriterSleepsOn, &["S2", "F2"]);
}
