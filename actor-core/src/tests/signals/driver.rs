//! The driver of a program: starts its actors, ends those that are left, and collects the history. Never judges.

use std::{future::Future, sync::Arc, time::Duration};

use tokio::sync::mpsc;

use super::{
    clock::{Moment, Window},
    history::{Act, Deed, End, History, Track},
    letter::Play,
    player::Player,
    program::Program,
    stage::{News, Place, Stage},
};
use crate::{ActorRef, Address as _, Ended, ExitReason, System, tests::planted::Planted};

/// How long a program may take that takes milliseconds.
const BOUND: Duration = Duration::from_secs(60);

/// Plays a program in the runtime it is called in.
pub(super) async fn play(program: &Program, planted: Option<Planted>) -> Result<History, String> {
    let system = System::new();
    if let Some(bug) = planted {
        system.planted().get_or_init(|| bug);
    }
    let (stage, heard) = Stage::new(program.parts.len());
    let players = program.parts.iter().enumerate().map(|(me, part)| Player::new(me, part, &stage));
    let cast: Vec<_> = players.map(|player| system.spawn(player)).collect();
    let ended: Vec<_> = cast.iter().map(ActorRef::ended).collect();
    stage.cast.get_or_init(|| cast);
    let count = stage.actors();
    (0..count).for_each(|who| stage.watch(who, Place::First));
    let (rested, settled, over) = (vec![false; count], vec![false; count], vec![Moment::NEVER; count]);
    let mut driver = Driver { stage, heard, rested, settled, over, acts: Vec::new() };
    bounded("an actor neither did all its steps nor ended", driver.lead(program)).await?;
    bounded("an actor that was ended did not end", driver.dismiss(program)).await?;
    let reasons = bounded("an end that was watched from outside was not told", reasons(&driver.stage, ended)).await?;
    driver.history(reasons)
}

async fn bounded<T>(otherwise: &str, what: impl Future<Output = T>) -> Result<T, String> {
    tokio::time::timeout(BOUND, what).await.map_err(|_| otherwise.to_owned())
}

/// Why each ended, as whoever waited is told, and whoever asks later.
async fn reasons(stage: &Stage, waited: Vec<Ended>) -> Vec<[ExitReason; 2]> {
    let mut reasons = Vec::new();
    for (who, ended) in waited.into_iter().enumerate() {
        reasons.push([ended.await, stage.actor(who).ended().await]);
    }
    reasons
}

struct Driver {
    stage: Arc<Stage>,
    heard: mpsc::UnboundedReceiver<News>,
    rested: Vec<bool>,
    settled: Vec<bool>,
    over: Vec<Moment>,
    acts: Vec<Act>,
}

impl Driver {
    fn did(&mut self, from: Moment, deed: Deed) {
        let window = Window { from, until: self.stage.clock.tick() };
        self.acts.push(Act { window, deed });
    }

    /// Sends an actor its first or second letter from the driver.
    fn send(&mut self, to: usize, number: u32, make: fn(usize, u32) -> Play) {
        let from = self.stage.clock.tick();
        let taken = self.stage.actor(to).subject().tell(make(self.stage.actors(), number)).is_ok();
        self.did(from, Deed::Send { to, number, taken });
    }

    /// Waits for news, and takes in all there is.
    async fn hear(&mut self) {
        let mut news = self.heard.recv().await;
        while let Some(heard) = news {
            match heard {
                News::Rested(who) => self.rested[who] = true,
                News::Settled(who) => self.settled[who] = true,
            }
            news = self.heard.try_recv().ok();
        }
    }

    /// Waits until nothing is left of an actor but the handle that is kept here.
    async fn bury(&mut self, who: usize) {
        let cell = self.stage.actor(who).any();
        while Arc::strong_count(&cell) > 2 {
            tokio::task::yield_now().await;
        }
        self.over[who] = self.stage.clock.tick();
    }

    /// Starts all actors, and waits until each has done its steps or has ended.
    async fn lead(&mut self, program: &Program) {
        for who in 0..program.parts.len() {
            self.send(who, 1, Play::Turn);
        }
        while !(0..program.parts.len()).all(|who| self.rested[who] || self.settled[who]) {
            self.hear().await;
        }
    }

    /// Ends those that live, each after one more letter, which those that ended before cannot overtake.
    async fn dismiss(&mut self, program: &Program) {
        for who in 0..program.parts.len() {
            if self.settled[who] {
                self.bury(who).await;
            }
        }
        for (who, part) in program.parts.iter().enumerate() {
            if self.settled[who] {
                continue;
            }
            self.send(who, 2, Play::Note);
            let from = self.stage.clock.tick();
            let deed = self.stage.order(who, part.finale);
            self.did(from, deed);
        }
        while !self.settled.iter().all(|settled| *settled) {
            self.hear().await;
        }
    }

    /// What happened; nobody is left who could change it.
    fn history(self, reasons: Vec<[ExitReason; 2]>) -> Result<History, String> {
        let Driver { stage, over, acts, .. } = self;
        let (mut tracks, mut ends) = (Vec::new(), Vec::new());
        for (who, [reason, later]) in reasons.into_iter().enumerate() {
            let mut curtain = stage.curtain(who);
            let last = curtain.track.last();
            for mut calling in curtain.calls {
                let from = stage.clock.tick();
                let (to, number, outcome) = (calling.to, calling.number, calling.look());
                let window = Window { from, until: stage.clock.tick() };
                curtain.track.acts.push(Act { window, deed: Deed::Look { to, number, outcome } });
            }
            let (Some(dropped), [first, other]) = (curtain.dropped, curtain.told) else {
                return Err(format!("V3: actor {who} ended before it was dropped"));
            };
            let ([(told, first)], [(settled, other)]) = (first.as_slice(), other.as_slice()) else {
                return Err(format!("M1: of the end of actor {who} these were told: {first:?}, {other:?}"));
            };
            if [first, other, &later].iter().any(|told| **told != reason) {
                return Err(format!("M1: why actor {who} ended: {reason}, or {first}, or {other}, or {later}"));
            }
            ends.push(End { last, dropped, told: *told, settled: *settled, over: over[who], reason });
            tracks.push(curtain.track);
        }
        let ids = (0..stage.actors()).map(|who| stage.actor(who).id()).collect();
        tracks.push(Track { acts, seen: Vec::new() });
        Ok(History { tracks, ends, ids })
    }
}
