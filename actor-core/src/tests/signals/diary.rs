//! What an actor writes down while it plays: each thing with its moments.

use std::sync::Arc;

use super::{
    clock::{Moment, Window},
    history::{Act, Deed, Seen, Sight, Track},
    stage::Stage,
};

pub(super) struct Diary {
    stage: Arc<Stage>,
    pub(super) track: Track,
}

impl Diary {
    pub(super) fn new(stage: &Arc<Stage>) -> Self {
        Diary { stage: Arc::clone(stage), track: Track::default() }
    }

    pub(super) fn now(&self) -> Moment {
        self.stage.clock.tick()
    }

    pub(super) fn saw(&mut self, sight: Sight) {
        let at = self.now();
        self.track.seen.push(Seen { at, done: Moment::NEVER, sight });
    }

    pub(super) fn done(&mut self) {
        let now = self.now();
        if let Some(seen) = self.track.seen.last_mut() {
            seen.done = now;
        }
    }

    /// Writes down what began then and has just returned.
    pub(super) fn did(&mut self, from: Moment, deed: Deed) {
        let window = Window { from, until: self.now() };
        self.track.acts.push(Act { window, deed });
    }

    /// Writes down what begins now and may not return.
    pub(super) fn begin(&mut self, deed: Deed) -> usize {
        let window = Window { from: self.now(), until: Moment::NEVER };
        self.track.acts.push(Act { window, deed });
        self.track.acts.len() - 1
    }

    pub(super) fn returned(&mut self, begun: usize) {
        self.track.acts[begun].window.until = self.now();
    }
}
