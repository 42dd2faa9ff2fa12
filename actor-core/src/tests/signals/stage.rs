//! Where a program is played: its actors, the clock, and who watches each actor's end from outside. Never judges.

use std::sync::{Arc, Mutex, OnceLock};

use tokio::sync::mpsc;

use super::{
    clock::{Clock, Moment},
    history::{Deed, Track},
    letter::Calling,
    player::Player,
    program::Order,
};
use crate::{ActorRef, Down, ExitReason, Watcher, lock::lock};

pub(super) struct Stage {
    pub(super) clock: Clock,
    pub(super) cast: OnceLock<Vec<ActorRef<Player>>>,
    curtains: Vec<Mutex<Curtain>>,
    news: mpsc::UnboundedSender<News>,
}

/// What is left of an actor.
#[derive(Default)]
pub(super) struct Curtain {
    pub(super) track: Track,
    pub(super) calls: Vec<Calling>,
    pub(super) dropped: Option<Moment>,
    /// By the first and by the last of those who are told.
    pub(super) told: [Vec<(Moment, ExitReason)>; 2],
}

pub(super) enum News {
    /// All steps are done.
    Rested(usize),
    /// Everybody was told of its end.
    Settled(usize),
}

impl Stage {
    /// A stage for so many actors, and what is heard from it.
    pub(super) fn new(actors: usize) -> (Arc<Self>, mpsc::UnboundedReceiver<News>) {
        let (news, heard) = mpsc::unbounded_channel();
        let curtains = (0..actors).map(|_| Mutex::default()).collect();
        (Arc::new(Stage { clock: Clock::default(), cast: OnceLock::new(), curtains, news }), heard)
    }

    pub(super) fn actors(&self) -> usize {
        self.curtains.len()
    }

    pub(super) fn actor(&self, who: usize) -> &ActorRef<Player> {
        &self.cast.get().expect("invariant: actors do nothing before all of them are there")[who]
    }

    /// Gives an actor an order, and says what was done.
    pub(super) fn order(&self, who: usize, order: Order) -> Deed {
        let actor = self.actor(who);
        match order {
            Order::Drain => {
                actor.drain();
                Deed::Drain(who)
            }
            Order::Stop => {
                actor.stop();
                Deed::Stop(who)
            }
            Order::Kill => {
                actor.kill();
                Deed::Kill(who)
            }
        }
    }

    /// What is left of an actor, once.
    pub(super) fn curtain(&self, who: usize) -> Curtain {
        std::mem::take(&mut *lock(&self.curtains[who]))
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

    pub(super) fn watch(self: &Arc<Self>, who: usize, place: Place) {
        let actor = self.actor(who);
        let watcher = Spectator { stage: Arc::clone(self), who, place };
        actor.any().core().watch(actor.0.core.system.next_monitor(), Arc::new(watcher));
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
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
