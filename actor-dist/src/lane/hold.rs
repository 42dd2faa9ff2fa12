//! A lane that is held back while the other side is asked whether the session may end: what is put into it waits, and then goes
//! out, or by the lane of the next session. Asks nobody; `driver::idle` does.

use actor_core::SendFailure;

use super::{Lane, Moved};

impl Lane {
    /// Whether nothing waits to go out and nobody here waits for an answer.
    pub(crate) fn is_quiet(&self) -> bool {
        self.lock().is_quiet()
    }

    /// Holds back what comes from now on, if so many frames are all that there were and nothing is owed.
    pub(crate) fn hold(&self, sent: u64) -> bool {
        self.lock().hold(sent)
    }

    /// Whether what comes is held back.
    pub(crate) fn is_held(&self) -> bool {
        self.lock().is_held()
    }

    /// What was held back goes out.
    pub(crate) fn release(&self) {
        let wakes = self.lock().release();
        self.wake(wakes);
    }

    /// Finishes, if so many frames are all that there were and nothing is owed or held back.
    pub(crate) fn finish_quiet(&self, sent: u64) -> bool {
        let finished = self.lock().finish_quiet(sent);
        finished.is_some_and(|(stopped, wakes)| {
            self.finished(&stopped, wakes);
            true
        })
    }

    /// Finishes, and gives back what was held back; but for what is of this session alone.
    pub(crate) fn finish_held(&self) -> Moved {
        let rest = self.lock().finish_held();
        let Some(rest) = rest else { return Moved::default() };
        self.finished(&rest.stopped, rest.wakes);
        drop(super::never_left(rest.bound, &SendFailure::Disconnected));
        rest.moved
    }

    /// What was held back waits for a session, before all that comes.
    pub(crate) fn wait_with(&self, moved: Moved) {
        self.lock().wait_with(moved);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use actor_core::Incarnation;

    use super::*;
    use crate::lane::{Chunks, Ports, Refused};

    const RUN: Incarnation = Incarnation(1);

    fn open() -> Lane {
        let lane = Lane::new();
        drop(lane.open(RUN, Arc::default(), false));
        lane
    }

    fn push(lane: &Lane, byte: u8) -> Result<(), Refused> {
        lane.push(None, None, &mut vec![byte].into(), Ports::new())
    }

    async fn taken(lane: &Lane) -> Vec<u8> {
        let mut out = Chunks::default();
        assert!(lane.take(&mut out).await);
        out.iter().collect::<Vec<_>>().concat()
    }

    /// N3, S1: what was held back goes out by the next session, before what comes later; what was of the old one alone does not.
    #[tokio::test]
    async fn what_is_held_back_goes_out_by_the_next_session() {
        let (lane, next) = (open(), Lane::new());
        assert!(push(&lane, 1).is_ok() && !lane.hold(1), "it waits to be written");
        assert_eq!(taken(&lane).await, [1]);
        assert!(!lane.hold(0) && lane.hold(1) && lane.is_held() && !lane.hold(1));
        assert!(push(&lane, 2).is_ok() && lane.push_always(None, &mut vec![9].into(), Ports::new()).is_ok());
        assert!(push(&lane, 3).is_ok());
        assert!(!lane.finish_quiet(1), "something is held back");
        assert_eq!(lane.counts().0, 1);
        assert!(push(&next, 4).is_ok());
        next.wait_with(lane.finish_held());
        assert!(matches!(push(&lane, 5), Err(Refused::Finished)));
        drop(next.open(RUN, Arc::default(), false));
        assert!(push(&next, 5).is_ok());
        assert_eq!(taken(&next).await, [2, 3, 4, 5]);
        let other = Lane::new();
        let held = open();
        assert!(held.hold(0) && push(&held, 6).is_ok());
        other.wait_with(held.finish_held());
        drop(other.open(Incarnation(2), Arc::default(), false));
        assert_eq!(other.counts(), (0, 0), "it was for an earlier run of the node");
    }

    /// N3, N8: after a no, and before a goodbye, what was held back goes out by this session.
    #[tokio::test]
    async fn what_is_held_back_goes_out_after_a_no() {
        for refused in [true, false] {
            let lane = open();
            assert!(lane.hold(0) && push(&lane, 1).is_ok() && push(&lane, 2).is_ok());
            if refused {
                lane.release();
                assert!(push(&lane, 3).is_ok());
                assert_eq!(taken(&lane).await, [1, 2, 3]);
            }
            lane.finish();
            if !refused {
                assert_eq!(taken(&lane).await, [1, 2]);
            }
            assert!(lane.finish_held().is_empty() && !lane.take(&mut Chunks::default()).await);
        }
    }

    /// N3: a session ends only when all that went out is known to have arrived, and nothing waits.
    #[tokio::test]
    async fn a_lane_is_finished_only_if_it_is_quiet() {
        let lane = open();
        assert!(push(&lane, 1).is_ok());
        assert!(!lane.finish_quiet(1), "it waits to be written");
        assert_eq!(taken(&lane).await, [1]);
        assert!(!lane.finish_quiet(0), "it has not arrived");
        assert!(lane.is_quiet() && lane.finish_quiet(1) && !lane.finish_quiet(1));
        assert!(matches!(push(&lane, 2), Err(Refused::Finished)));
        assert!(!Lane::new().finish_quiet(0) && !Lane::new().hold(0), "no session stands");
    }
}
