//! Which tells of a peer reached nobody here, for the peer to be told (S5): counted by kind until it is, so that a flood of
//! them is answered by a frame now and then. Sends nothing itself, and knows no time: `net` does.

use std::sync::{Mutex, PoisonError};

use actor_core::{Name, wire::Edge};

use crate::frame::{AnswerFailure, Lane as Frame, MAX_LETTERS, Receiver, Undelivered};

/// How many bytes of a reason's words are told.
const WORDS: usize = 128;

/// What a peer is to be told.
#[derive(Debug, Default)]
pub(crate) struct Notices(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    letters: Vec<Undelivered>,
    /// How many there were of other kinds than those.
    others: u64,
    /// Whether somebody comes to fetch them.
    awaited: bool,
}

impl Notices {
    /// One more that nobody took. True if nobody comes to fetch it yet: whoever is told so arranges that.
    #[must_use = "what is not fetched is never told"]
    pub(crate) fn add(&self, receiver: Receiver, edge: Edge, why: AnswerFailure) -> bool {
        let mut state = self.lock();
        state.add(receiver, edge, why);
        !std::mem::replace(&mut state.awaited, true)
    }

    /// So many more of which no more is said; otherwise as [`add`](Self::add).
    #[must_use = "what is not fetched is never told"]
    pub(crate) fn add_others(&self, count: u64) -> bool {
        let mut state = self.lock();
        state.others += count;
        !std::mem::replace(&mut state.awaited, true)
    }

    /// What is to be told; if that is nothing, nobody is waited for any more.
    pub(crate) fn take(&self) -> Option<Frame> {
        let mut state = self.lock();
        let (letters, others) = (std::mem::take(&mut state.letters), std::mem::take(&mut state.others));
        state.awaited = !letters.is_empty() || others > 0;
        state.awaited.then_some(Frame::DeadLetters { letters, others })
    }

    /// What could not be told is to be told later.
    pub(crate) fn put_back(&self, frame: Frame) {
        let Frame::DeadLetters { letters, others } = frame else { return };
        let mut state = self.lock();
        let newer = std::mem::replace(&mut state.letters, letters);
        state.others += others;
        newer.into_iter().for_each(|letter| state.count(letter));
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn add(&mut self, receiver: Receiver, edge: Edge, why: AnswerFailure) {
        if let Receiver::Name(name) | Receiver::Group(name) = &receiver
            && name.len() > Name::MAX
        {
            // Nobody holds such a name; a peer that sends it is not sent it back.
            return self.others += 1;
        }
        self.count(Undelivered { receiver, edge, count: 1, why: why.cut(WORDS) });
    }

    fn count(&mut self, letter: Undelivered) {
        match self.letters.iter().position(|other| is_alike(other, &letter)) {
            Some(alike) => self.letters[alike].count += letter.count,
            None if self.letters.len() < MAX_LETTERS => self.letters.push(letter),
            None => self.others += letter.count,
        }
    }
}

/// Whether they differ in number, and in words, at most.
fn is_alike(a: &Undelivered, b: &Undelivered) -> bool {
    (&a.receiver, a.edge) == (&b.receiver, b.edge) && std::mem::discriminant(&a.why) == std::mem::discriminant(&b.why)
}

#[cfg(test)]
mod tests {
    use actor_core::ActorId;

    use super::*;

    fn bad() -> AnswerFailure {
        AnswerFailure::Undecodable("w".repeat(10_000))
    }

    fn told(notices: &Notices) -> (Vec<Undelivered>, u64) {
        match notices.take() {
            Some(Frame::DeadLetters { letters, others }) => (letters, others),
            other => panic!("{other:?}"),
        }
    }

    /// S5: a flood of bad tells, alike or not, is told in a frame of a few kilobytes.
    #[test]
    fn a_flood_is_told_in_a_small_frame() {
        let (notices, edge) = (Notices::default(), Edge::from_bits(1));
        let name = Receiver::Name("n".repeat(300).into());
        let mut arranged = 0;
        for n in 0..10_000u64 {
            arranged += u32::from(notices.add(Receiver::Actor(ActorId(n % 40)), edge, bad()));
            arranged += u32::from(notices.add(name.clone(), edge, AnswerFailure::Unresolved));
        }
        assert_eq!(arranged, 1, "one comes to fetch them all");
        let (letters, others) = told(&notices);
        assert_eq!((letters.len(), letters[0].count, others), (16, 250, 10_000 + 24 * 250));
        let mut out = Vec::new();
        Frame::DeadLetters { letters, others }.encode(&mut out, 1 << 20).unwrap();
        assert!(out.len() < 16 * (WORDS + 20), "{} bytes", out.len());
        assert_eq!(notices.take(), None, "and nothing more");
        assert!(
            notices.add(Receiver::Group("room".into()), edge, AnswerFailure::Stopped),
            "the next one is fetched again"
        );
    }

    /// S5: one receiver may have several reasons; what could not be told is not lost.
    #[test]
    fn what_was_not_told_is_told_with_what_came_since() {
        let (notices, edge) = (Notices::default(), Edge::from_bits(1));
        let add = |why| notices.add(Receiver::Actor(ActorId(7)), edge, why);
        assert!(add(AnswerFailure::Stopped) && !add(AnswerFailure::Overloaded));
        let frame = notices.take().unwrap();
        assert!(!add(AnswerFailure::Overloaded), "who told comes again");
        notices.put_back(frame);
        let (letters, others) = told(&notices);
        let counts: Vec<_> = letters.iter().map(|letter| (letter.why.clone(), letter.count)).collect();
        assert_eq!((counts, others), (vec![(AnswerFailure::Stopped, 1), (AnswerFailure::Overloaded, 2)], 0));
    }
}
