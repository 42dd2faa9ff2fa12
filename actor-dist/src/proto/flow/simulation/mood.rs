//! What a run is like: how fast everything is, how large messages are, and how the session ends, if it does.

use super::{inbound::HELD, mail::LONGEST};
use crate::proto::simulation::chance::Chance;

pub(super) struct Mood {
    /// How many steps there are before everything comes to rest.
    pub(super) steps: usize,
    /// How likely each of `STEPS` is.
    pub(super) weights: [usize; 10],
    /// One message in so many is large.
    pub(super) large: usize,
    /// The longest that is small, and the longest that is large.
    pub(super) longest: [usize; 2],
    pub(super) capacity: usize,
    /// How much is held.
    pub(super) bound: usize,
    pub(super) loss: Option<Loss>,
    /// Whether there are lulls, in which a side asks whether the session may end. Then nobody watches anybody.
    pub(super) lulls: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Loss {
    /// The lane is cut.
    Lane,
    /// The connection of bodies is.
    Bodies,
    /// One side says goodbye, and nothing is cut.
    Goodbye,
}

impl Mood {
    pub(super) fn new(chance: &mut Chance, seed: u64) -> Self {
        let mut weight = || [1, 2, 4, 16][chance.below(4)];
        let weights = [4 * weight(), 4 * weight(), 4 * weight(), 4 * weight(), 4 * weight(), 4 * weight(), 8, 3, 1, 2];
        let longest = [[200, 20 << 10, 60 << 10][chance.below(3)], [150 << 10, 400 << 10, LONGEST][chance.below(3)]];
        Mood {
            steps: [300, 800, 1600][chance.below(3)],
            weights,
            large: [2, 4, 10, 40][chance.below(4)],
            longest,
            capacity: [1, 3, 20][chance.below(3)],
            bound: if chance.one_in(5) { 3 << 20 } else { HELD },
            loss: [None, None, Some(Loss::Lane), Some(Loss::Bodies), Some(Loss::Goodbye)][seed as usize % 5],
            lulls: chance.one_in(4),
        }
    }
}
