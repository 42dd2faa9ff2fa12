//! Chance under a seed, and bytes that were changed by it.

/// A fixed sequence of numbers without a pattern (xorshift, Marsaglia).
#[derive(Debug, Clone)]
pub(crate) struct Chance(u64);

impl Chance {
    pub(crate) fn new(seed: u64) -> Chance {
        Chance(seed | 1)
    }

    pub(crate) fn number(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// From 0 to one less than the bound, which is not 0.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        (self.number() % bound.max(1) as u64) as usize
    }

    /// One of the samples, changed in a few places, with a part of another behind it or not.
    pub(crate) fn changed(&mut self, samples: &[Vec<u8>]) -> Vec<u8> {
        let mut bytes = samples[self.below(samples.len())].clone();
        if self.below(8) == 0 {
            bytes.truncate(self.below(bytes.len()));
            bytes.extend_from_slice(&samples[self.below(samples.len())]);
        }
        for _ in 0..=self.below(4) {
            let at = self.below(bytes.len());
            match (self.below(5), bytes.get_mut(at)) {
                (0, Some(byte)) => *byte ^= 1 << self.below(8),
                (1, Some(byte)) => *byte = self.number() as u8,
                (2, Some(_)) => drop(bytes.remove(at)),
                // The marks of integers of two, four, eight and sixteen bytes, and what stands for nothing.
                (3, Some(byte)) => *byte = 251 + self.below(5) as u8,
                _ => bytes.insert(at, self.number() as u8),
            }
        }
        bytes
    }
}
