//! A random program: what each actor of it does, turn by turn, and how those that are left at the end are ended. Pure; never
//! knows what the steps mean.

use super::chance::Chance;

/// Each number stands for an actor, or picks one of what there is when the step comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    Send(usize),
    Call(usize, Treatment),
    /// A call that is waited for; only of an actor with a higher number, so that nobody waits in a circle.
    Ask(usize, Treatment),
    /// Looks whether a call has its answer.
    Look(usize),
    /// Does something about a call that was put off.
    Settle(usize, Treatment),
    Link(usize),
    Unlink(usize),
    Monitor(usize),
    Demonitor(usize),
    Exit(usize),
    Trap,
    Untrap,
    Order(usize, Order),
    Finish,
    Fail,
    Panic,
    /// Lets others run, within the handler.
    Yield,
}

/// What the callee does with a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Treatment {
    Answer,
    Refuse,
    Drop,
    /// Puts it off.
    Hold,
}

/// How one ends another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    Drain,
    Stop,
    Kill,
}

#[derive(Debug)]
pub(super) struct Part {
    /// The steps of each turn.
    pub(super) turns: Vec<Vec<Step>>,
    /// How the driver ends it when it has done all of them.
    pub(super) finale: Order,
}

#[derive(Debug)]
pub(super) struct Program {
    pub(super) parts: Vec<Part>,
}

/// What a step is, before it is known of whom.
type Make = fn(usize, &mut Chance) -> Step;

/// What an actor does at first, so that there is something to be told of.
const BONDS: [(usize, Make); 4] =
    [(8, |to, _| Step::Link(to)), (8, |to, _| Step::Monitor(to)), (5, |to, _| Step::Send(to)), (4, |_, _| Step::Trap)];

/// What it does with those that live.
const DEEDS: [(usize, Make); 13] = [
    (240, |to, _| Step::Send(to)),
    (60, |to, chance| Step::Call(to, chance.pick(&TREATMENTS))),
    (40, |to, chance| Step::Ask(to, chance.pick(&TREATMENTS))),
    (40, |at, _| Step::Look(at)),
    (30, |at, chance| Step::Settle(at, chance.pick(&TREATMENTS[..3]))),
    (80, |to, _| Step::Link(to)),
    (50, |to, _| Step::Unlink(to)),
    (80, |to, _| Step::Monitor(to)),
    (50, |at, _| Step::Demonitor(at)),
    (30, |_, _| Step::Trap),
    (15, |_, _| Step::Untrap),
    (100, |_, _| Step::Yield),
    (12, |to, _| Step::Exit(to)),
];

/// How it ends one.
const ENDS: [(usize, Make); 6] = [
    (4, |to, _| Step::Order(to, Order::Kill)),
    (4, |to, _| Step::Order(to, Order::Stop)),
    (4, |to, _| Step::Order(to, Order::Drain)),
    (4, |_, _| Step::Finish),
    (3, |_, _| Step::Fail),
    (3, |_, _| Step::Panic),
];

const TREATMENTS: [Treatment; 4] = [Treatment::Answer, Treatment::Refuse, Treatment::Drop, Treatment::Hold];

const FINALES: [Order; 4] = [Order::Drain, Order::Drain, Order::Stop, Order::Kill];

/// How a program's actors are, all of them.
struct Mood {
    actors: usize,
    steps: usize,
    /// At most so many steps a turn.
    stride: usize,
    /// One turn in so many ends without letting others run.
    rush: usize,
    /// How often each of `DEEDS` and `ENDS` comes; some never.
    weights: Vec<(usize, Make)>,
}

impl Mood {
    fn new(chance: &mut Chance) -> Self {
        let danger = chance.pick(&[1, 1, 2, 6]);
        let deeds = DEEDS.map(|(weight, make)| (4 * weight, make));
        let ends = ENDS.map(|(weight, make)| (danger * weight, make));
        let weights = deeds.into_iter().chain(ends);
        Mood {
            actors: 5 + chance.below(4),
            steps: 30 + chance.below(11),
            stride: 1 + chance.below(4),
            rush: chance.pick(&[2, 4, 100]),
            weights: weights.map(|(weight, make)| (weight * chance.pick(&[0, 1, 1, 2]), make)).collect(),
        }
    }

    /// Whom a step is about; seldom the actor itself.
    fn other(&self, me: usize, chance: &mut Chance) -> usize {
        match chance.one_in(24) {
            true => me,
            false => (me + 1 + chance.below(self.actors - 1)) % self.actors,
        }
    }

    fn step(&self, me: usize, from: &[(usize, Make)], chance: &mut Chance) -> Step {
        let all: usize = from.iter().map(|(weight, _)| weight).sum();
        let mut at = chance.below(all);
        let chosen = from.iter().find(|(weight, _)| match at.checked_sub(*weight) {
            None => true,
            Some(left) => {
                at = left;
                false
            }
        });
        let to = self.other(me, chance);
        match chosen.map_or(Step::Yield, |(_, make)| make(to, chance)) {
            Step::Ask(to, treatment) if to <= me => Step::Call(to, treatment),
            step => step,
        }
    }
}

impl Program {
    pub(super) fn new(seed: u64) -> Self {
        let mut chance = Chance::new(seed);
        let mood = Mood::new(&mut chance);
        Program { parts: (0..mood.actors).map(|me| Part::new(me, &mood, &mut chance)).collect() }
    }
}

impl Part {
    fn new(me: usize, mood: &Mood, chance: &mut Chance) -> Self {
        let (bonds, mut steps, mut turns) = (3 + chance.below(5), 0, Vec::new());
        while steps < mood.steps {
            let mut turn = Vec::new();
            for _ in 0..=chance.below(mood.stride) {
                let step = match steps < bonds {
                    true => mood.step(me, &BONDS, chance),
                    false => mood.step(me, &mood.weights, chance),
                };
                steps += usize::from(step != Step::Yield);
                turn.push(step);
            }
            if !chance.one_in(mood.rush) {
                turn.push(Step::Yield);
            }
            turns.push(turn);
        }
        Part { turns, finale: chance.pick(&FINALES) }
    }
}
