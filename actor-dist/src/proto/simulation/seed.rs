//! Runs by their numbers: chaos in some mood, then rest, then every node mentions every other one, and rest again.

use std::time::Duration;

use super::{
    World, invariant,
    mood::{MOODS, Mood},
};

/// How many runs there are unless told otherwise.
const RUNS: u64 = 200;
/// Long enough for every deadline, retry and window to end.
const REST: Duration = Duration::from_secs(60);

/// What is left to say when a run goes wrong.
struct Failure {
    violations: Vec<String>,
    trace: Vec<String>,
}

fn run(seed: u64, traced: bool) -> Result<(), Failure> {
    let mut world = World::new(2 + (seed as usize / MOODS) % 6, seed);
    world.vary_modes();
    world.log.trace = traced.then(Vec::new);
    let violations = live_through(&mut world, seed).err();
    match violations {
        None => Ok(()),
        Some(violations) => Err(Failure { violations, trace: world.log.trace.take().unwrap_or_default() }),
    }
}

fn live_through(world: &mut World, seed: u64) -> Result<(), Vec<String>> {
    match seed % 4 {
        3 => live_without_mesh(world, seed),
        _ => live_in_mesh(world, seed),
    }
}

/// Sessions come with a message and go when nobody uses them.
fn live_without_mesh(world: &mut World, seed: u64) -> Result<(), Vec<String>> {
    world.without_mesh();
    let mood = Mood { connect: 5, ..Mood::of((seed as usize / 4) % MOODS, world.now + 2 * REST, 4000) };
    world.begin(mood);
    world.run_for(2 * REST);
    world.mend();
    world.run_for(REST);
    invariant::at_rest_without_mesh(world)
}

fn live_in_mesh(world: &mut World, seed: u64) -> Result<(), Vec<String>> {
    let pace = [200, 1000, 4000][world.chance.below(3)];
    let mood = seed as usize % MOODS;
    world.log.harmless = mood < 2;
    if mood == 0 {
        for at in 1..world.hosts.len() {
            let other = world.chance.below(at);
            world.connect(at, other);
        }
        world.run_for(REST);
    }
    let time = Duration::from_millis(40 * pace).min(REST);
    world.begin(Mood::of(mood, world.now + time, pace));
    world.run_for(time);
    world.mend();
    world.run_for(REST);
    invariant::at_rest(world)?;
    for at in 0..world.hosts.len() {
        for other in 0..world.hosts.len() {
            let other = (other + at) % world.hosts.len();
            if world.chance.one_in(2) || other < at {
                world.connect(at, other);
            }
        }
    }
    world.run_for(REST);
    invariant::at_rest(world)?;
    invariant::in_full_mesh(world)?;
    invariant::name::probe(world);
    world.run_for(REST);
    invariant::at_rest(world)?;
    invariant::in_full_mesh(world)
}

/// Names the run that panics.
struct Running(u64);

impl Drop for Running {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("seed {} failed: repeat it with SIM_SEED={}", self.0, self.0);
        }
    }
}

pub(in crate::proto) fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok()?.parse().ok()
}

/// All that `invariant` lists, whatever happens in whatever order.
#[test]
fn every_invariant_holds_in_every_run() {
    let (first, many) = (number("SIM_SEED"), number("SIM_SEEDS"));
    let count = many.unwrap_or(if first.is_some() { 1 } else { RUNS });
    let seeds = (first.unwrap_or(0)..).take(count as usize);
    for seed in seeds {
        let _running = Running(seed);
        if (count == 1 || run(seed, false).is_err())
            && let Err(Failure { violations, trace }) = run(seed, true)
        {
            panic!("\n{}\n\n{}", trace.join("\n"), violations.join("\n"));
        }
    }
}
