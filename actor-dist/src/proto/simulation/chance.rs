//! Chance from a seed: the same seed gives the same run. Never reads entropy. Steele, Lea and Flood's splitmix64.

use std::time::Duration;

pub(in crate::proto) struct Chance(u64);

impl Chance {
    pub(in crate::proto) fn new(seed: u64) -> Self {
        Chance(seed.wrapping_mul(0xd134_2543_de82_ef95))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(in crate::proto) fn below(&mut self, end: usize) -> usize {
        (self.next() % end.max(1) as u64) as usize
    }

    pub(in crate::proto) fn one_in(&mut self, count: usize) -> bool {
        self.below(count) == 0
    }

    pub(in crate::proto) fn micros(&mut self, from: u64, to: u64) -> Duration {
        Duration::from_micros(from + self.next() % (to - from))
    }

    pub(in crate::proto) fn pick<T: Clone>(&mut self, of: &[T]) -> Option<T> {
        (!of.is_empty()).then(|| of[self.below(of.len())].clone())
    }
}
