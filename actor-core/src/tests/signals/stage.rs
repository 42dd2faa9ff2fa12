//! Where a program is played: its actors, the clock, those who wait for each actor's end, and the driver, who starts the
//! actors and ends those that are left. Gives the history; never judges.

use std::{
    future::Future,
    mem::take,
    sync::{Arc, Mutex, OnceLock},
    time::Duration,
};

use tokio::sync::mpsc;

use super::{
    history::{Act, Clock, Deed, End, History, Moment, Track, Window},
    player::{Calling, Play, Player},
    program::{Finale, Program},
};
use crate::{ActorRef, Address as _, Down, Ended, ExitReason, System, Watcher, lock::lock, tests::planted::Planted};

/// How long a program may take that takes milliseconds.
const BOUND: Duration = Duration::from_secs(60);

pub(super) struct Stage {
    pub(super) clock: Clock,
    cast: OnceLock<Vec<ActorRef<Player>>>,
    curtains: Vec<Mutex<Curtain>>,
    news: mpsc::UnboundedSender<News>,
}

/// What is left of an actor.
#[derive(Default)]
struct Curtain {
    track: Track,
    calls: Vec<Calling>,
    dropped: Option<Moment>,
    /// By the first and by the last of those who are told.
    told: [Vec<(Moment, ExitReason)>; 2],
}

enum News {
    /// All steps are done.
    Rested(usize),
    /// Everybody was told of its end.
    Settled(usize),
}

impl Stage {
    pub(super) fn actors(&self) -> usize {
        self.curtains.len()
    }

    pub(super) fn actor(&self, who: usize) -> &ActorRef<Player> {
        &self.cast.get().expect("invariant: actors do nothing before all of them are there")[who]
    }

    pub(super) fn rested(&self, who: usize) {
        let _over = self.news.send(News::Rested(who));
    }

    /// A player is dropped, which is after its mailbox was closed and before anybody is told. Who begins to watch now is told
    /// last.
    pub(super) fn dropped(self: &Arc<Self>, who: usize, track: Track, calls: Vec<Calling>) {
        let mut curtain = lock(&self.curtains[who]);
        (curtain.track, curtain.calls) = (track, calls);
        curtain.dropped = Some(self.clock.tick());
        drop(curtain);
        self.watch(who, Place::Last);
    }

    fn watch(self: &Arc<Self>, who: usize, place: Place) {
        let actor = self.actor(who);
        let watcher = Spectator { stage: Arc::clone(self), who, place };
        actor.any().core().watch(actor.0.core.system.next_monitor(), Arc::new(watcher));
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    First,
    Last,
}

/// Watches an actor from outside.
struct Spectator {
    stage: Arc<Stage>,
    who: usize,
    place: Place,
}

impl Watcher for Spectator {
    fn down(&self, down: Down) {
        let moment = self.stage.clock.tick();
        lock(&self.stage.curtains[self.who]).told[self.place as usize].push((moment, down.reason));
        if self.place == Place::Last {
            let _over = self.stage.news.send(News::Settled(self.who));
        }
    }
}

/// Plays a program in the runtime it is called in.
pub(super) async fn play(program: &Program, planted: Option<Planted>) -> Result<History, String> {
    let system = System::new();
    if let Some(bug) = planted {
        system.planted().get_or_init(|| bug);
    }
    let (news, heard) = mpsc::unbounded_channel();
    let curtains = program.parts.iter().map(|_| Mutex::default()).collect();
    let stage = Arc::new(Stage { clock: Clock::default(), cast: OnceLock::new(), curtains, news });
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

    async fn hear(&mut self) {
        match self.heard.recv().await {
            Some(News::Rested(who)) => self.rested[who] = true,
            Some(News::Settled(who)) => self.settled[who] = true,
            None => {}
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
            let actor = self.stage.actor(who);
            let deed = match part.finale {
                Finale::Drain => {
                    actor.drain();
                    Deed::Drain(who)
                }
                Finale::Stop => {
                    actor.stop();
                    Deed::Stop(who)
                }
                Finale::Kill => {
                    actor.kill();
                    Deed::Kill(who)
                }
            };
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
            let mut curtain = take(&mut *lock(&stage.curtains[who]));
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
