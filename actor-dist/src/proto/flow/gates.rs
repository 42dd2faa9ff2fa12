//! What arrived for an actor that cannot have it yet, in order: behind a large message whose body is still under way, or behind
//! a mailbox that is full. One queue for each such actor, so that nobody else's messages wait. Decides when senders are to stop,
//! and bounds what is held. Knows no mailbox: whoever drives it takes one turn after the other and says what came of it.
//!
//! What concerns no actor's mailbox passes: an answer goes to its caller, and only a large one waits for its body. What is told
//! to somebody who is no actor, of the end of one, comes after all bodies that were announced before it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use actor_core::ActorId;
use bytes::Bytes;

use super::Recipient;

/// From so many bytes of small messages on that are held for one actor its senders are told to stop, whatever they wait for.
const CROWDED: usize = 1 << 20;

/// What an item is counted for beside its bytes.
const ITEM: usize = 256;

/// What is held.
pub(crate) trait Held {
    /// The body of the message has come.
    fn fill(&mut self, body: Bytes);
    /// Whom its sender writes to, to be stopped; none for what cannot be.
    fn recipient(&self) -> Option<Recipient<'static>>;
}

/// What is to be done because of a fact.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Order<T> {
    /// Take turns for this actor from now on, until there is none.
    Begin(ActorId),
    /// Tell the other node: no more for this recipient.
    Stop(Recipient<'static>),
    /// Tell the other node: this recipient takes messages again.
    Go(Recipient<'static>),
    /// Deal with this, which was for nobody's mailbox.
    Pass(T),
}

/// Whom a body is for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Whom<T> {
    /// These actors, each of them once.
    Actors(Vec<(ActorId, T)>),
    /// Somebody who waits for it, in no mailbox.
    Caller(T),
}

/// What to do for an actor next.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Turn<T> {
    /// Deal with this, then come again.
    Take(T),
    /// Nothing; an order to begin follows.
    Rest,
    /// Nothing: the gate is open.
    Open,
}

/// More is held for one session than a node holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum GateError {
    #[error("{bytes} bytes of bodies came that nothing announced")]
    Unannounced { bytes: usize },
    #[error("body {body} is not as long as it was announced")]
    Length { body: u64 },
    #[error("body {body} came twice")]
    Twice { body: u64 },
}

/// The gates of one session that are shut.
#[derive(Debug)]
pub(crate) struct Gates<T> {
    shut: BTreeMap<ActorId, Gate<T>>,
    /// How many bodies were announced.
    announced: u64,
    /// The bodies that are not dealt with yet.
    bodies: BTreeMap<u64, Announced<T>>,
    /// Bodies that came before their tokens.
    early: BTreeMap<u64, Bytes>,
    early_bytes: usize,
    /// What comes after the bodies before this one.
    after: VecDeque<(u64, T)>,
    held: usize,
    bound: usize,
}

#[derive(Debug)]
struct Gate<T> {
    queue: VecDeque<Item<T>>,
    /// How many bytes wait that are not large.
    small: usize,
    /// Whether somebody takes turns.
    begun: bool,
    /// Whose senders were stopped.
    stopped: BTreeSet<Recipient<'static>>,
    /// The body that the item in turn had.
    dealing: Option<u64>,
}

#[derive(Debug)]
struct Item<T> {
    what: T,
    size: usize,
    /// The body it waits for, or had.
    body: Option<u64>,
    ready: bool,
}

#[derive(Debug)]
struct Announced<T> {
    length: usize,
    /// Who waits for it; nobody once it is over with for all.
    actors: BTreeSet<ActorId>,
    /// What waits for it that is for nobody's mailbox.
    loose: Option<T>,
    arrived: bool,
}

impl<T> Item<T> {
    /// What it counts for those who are stopped when too much is held; what is large is bounded by its sender, who would else be
    /// stopped by each.
    fn small(&self) -> usize {
        if self.body.is_none() { self.size } else { 0 }
    }
}

impl<T> Gate<T> {
    fn new() -> Self {
        Gate { queue: VecDeque::new(), small: 0, begun: false, stopped: BTreeSet::new(), dealing: None }
    }

    fn begin(&mut self) -> bool {
        let begin = !self.begun && self.queue.front().is_some_and(|item| item.ready);
        self.begun |= begin;
        begin
    }
}

impl<T: Held> Gates<T> {
    /// Of a session for which at most so many bytes are held.
    pub(crate) fn new(bound: usize) -> Self {
        Gates {
            shut: BTreeMap::new(),
            announced: 0,
            bodies: BTreeMap::new(),
            early: BTreeMap::new(),
            early_bytes: 0,
            after: VecDeque::new(),
            held: 0,
            bound,
        }
    }

    /// Whether nothing is held: what arrives goes straight to where it is for.
    pub(crate) fn is_open(&self) -> bool {
        self.shut.is_empty() && self.bodies.is_empty() && self.after.is_empty()
    }

    /// Whether what arrives for the actor is to be held.
    pub(crate) fn is_shut(&self, actor: ActorId) -> bool {
        self.shut.contains_key(&actor)
    }

    /// Holds what arrived for an actor whose gate is shut; gives it back if too much is held.
    pub(crate) fn hold(&mut self, actor: ActorId, what: T, bytes: usize, orders: &mut Vec<Order<T>>) -> Result<(), T> {
        let size = bytes + ITEM;
        if self.held + size > self.bound {
            return Err(what);
        }
        self.held += size;
        self.push(actor, Item { what, size, body: None, ready: true }, orders);
        Ok(())
    }

    fn push(&mut self, actor: ActorId, item: Item<T>, orders: &mut Vec<Order<T>>) {
        let gate = self.shut.entry(actor).or_insert_with(Gate::new);
        let to = item.what.recipient();
        gate.small += item.small();
        gate.queue.push_back(item);
        if gate.small > CROWDED {
            Self::stop(gate, to, orders);
        }
        if gate.begin() {
            orders.push(Order::Begin(actor));
        }
    }

    fn stop(gate: &mut Gate<T>, to: Option<Recipient<'static>>, orders: &mut Vec<Order<T>>) {
        if let Some(to) = to.filter(|to| !gate.stopped.contains(to)) {
            gate.stopped.insert(to.clone());
            orders.push(Order::Stop(to));
        }
    }

    /// The actor's mailbox is full; whoever found it so takes turns for it, when it has taken what it has at hand.
    pub(crate) fn full(&mut self, actor: ActorId, to: Option<Recipient<'static>>, orders: &mut Vec<Order<T>>) {
        let gate = self.shut.entry(actor).or_insert_with(Gate::new);
        gate.begun = true;
        Self::stop(gate, to, orders);
    }

    /// A token: a body of so many bytes comes, for these. Gives them back if too much is held; the body is then dropped when it
    /// comes, as one that is for nobody.
    pub(crate) fn announce(
        &mut self,
        length: usize,
        whom: Whom<T>,
        orders: &mut Vec<Order<T>>,
    ) -> Result<Result<(), Whom<T>>, GateError> {
        let body = self.announced;
        self.announced += 1;
        let mut announced = Announced { length, actors: BTreeSet::new(), loose: None, arrived: false };
        let size = length + ITEM;
        let refused = match whom {
            whom if self.held + size > self.bound => Err(whom),
            Whom::Caller(what) => {
                announced.loose = Some(what);
                Ok(())
            }
            Whom::Actors(items) => {
                announced.actors.extend(items.iter().map(|(actor, _)| *actor));
                for (actor, what) in items {
                    self.held += size;
                    self.push(actor, Item { what, size, body: Some(body), ready: false }, orders);
                }
                Ok(())
            }
        };
        self.bodies.insert(body, announced);
        if let Some(early) = self.early.remove(&body) {
            self.early_bytes -= early.len();
            self.arrived(body, early, orders)?;
        }
        Ok(refused)
    }

    /// A body has come, whole.
    pub(crate) fn arrived(&mut self, body: u64, bytes: Bytes, orders: &mut Vec<Order<T>>) -> Result<(), GateError> {
        if body >= self.announced {
            self.early_bytes += bytes.len();
            if self.early_bytes > self.bound {
                return Err(GateError::Unannounced { bytes: self.early_bytes });
            }
            return self.early.insert(body, bytes).map_or(Ok(()), |_| Err(GateError::Twice { body }));
        }
        let announced = self.bodies.get_mut(&body).filter(|announced| !announced.arrived);
        let announced = announced.ok_or(GateError::Twice { body })?;
        if announced.length != bytes.len() {
            return Err(GateError::Length { body });
        }
        announced.arrived = true;
        if let Some(mut loose) = announced.loose.take() {
            loose.fill(bytes.clone());
            orders.push(Order::Pass(loose));
        }
        for actor in announced.actors.clone() {
            let Some(gate) = self.shut.get_mut(&actor) else { continue };
            for item in gate.queue.iter_mut().filter(|item| item.body == Some(body)) {
                item.what.fill(bytes.clone());
                item.ready = true;
            }
            if gate.begin() {
                orders.push(Order::Begin(actor));
            }
        }
        self.over(body, None, orders);
        Ok(())
    }

    /// The body is over with for this actor. When it is for all, what comes after it may pass.
    fn over(&mut self, body: u64, actor: Option<ActorId>, orders: &mut Vec<Order<T>>) {
        let Some(announced) = self.bodies.get_mut(&body) else { return };
        if let Some(actor) = actor {
            announced.actors.remove(&actor);
        }
        if announced.arrived && announced.actors.is_empty() {
            self.bodies.remove(&body);
        }
        let oldest = self.bodies.first_key_value().map_or(u64::MAX, |(oldest, _)| *oldest);
        while self.after.front().is_some_and(|(before, _)| *before <= oldest) {
            orders.extend(self.after.pop_front().map(|(_, what)| Order::Pass(what)));
        }
    }

    /// Holds what is for nobody's mailbox until all bodies that were announced are over with; gives it back if there are none.
    pub(crate) fn hold_after(&mut self, what: T) -> Option<T> {
        if self.bodies.is_empty() && self.after.is_empty() {
            return Some(what);
        }
        self.after.push_back((self.announced, what));
        None
    }

    /// The next turn for an actor; what was taken in the one before is dealt with.
    pub(crate) fn turn(&mut self, actor: ActorId, orders: &mut Vec<Order<T>>) -> Turn<T> {
        let Some(gate) = self.shut.get_mut(&actor) else { return Turn::Open };
        if let Some(body) = gate.dealing.take() {
            self.over(body, Some(actor), orders);
        }
        let Some(gate) = self.shut.get_mut(&actor) else { return Turn::Open };
        match gate.queue.front() {
            Some(item) if item.ready => {}
            Some(_) => {
                gate.begun = false;
                return Turn::Rest;
            }
            None => {
                let stopped = self.shut.remove(&actor).map(|gate| gate.stopped);
                orders.extend(stopped.into_iter().flatten().map(Order::Go));
                return Turn::Open;
            }
        }
        match gate.queue.pop_front() {
            Some(item) => {
                gate.small -= item.small();
                self.held -= item.size;
                gate.dealing = item.body;
                Turn::Take(item.what)
            }
            None => Turn::Open,
        }
    }

    /// Whether a body was announced that has not come.
    pub(crate) fn expects_bodies(&self) -> bool {
        self.bodies.values().any(|announced| !announced.arrived)
    }

    /// No more bodies come: what waits for one, and what is behind it, is given back.
    pub(crate) fn abandon(&mut self) -> Vec<T> {
        let mut left = Vec::new();
        let waits = |gate: &Gate<T>| gate.queue.iter().position(|item| !item.ready);
        for gate in self.shut.values_mut() {
            if let Some(first) = waits(gate) {
                left.extend(gate.queue.drain(first..).map(|item| {
                    gate.small -= item.small();
                    self.held -= item.size;
                    item.what
                }));
            }
        }
        // Whom nobody takes turns for has nothing left.
        self.shut.retain(|_, gate| gate.begun);
        left.extend(self.bodies.values_mut().filter_map(|announced| announced.loose.take()));
        left.extend(self.after.drain(..).map(|(_, what)| what));
        self.bodies.clear();
        self.early.clear();
        self.early_bytes = 0;
        left
    }

    /// The end: all that is held is given back, and nothing is held any more.
    pub(crate) fn close(&mut self) -> Vec<T> {
        let mut left = self.abandon();
        left.extend(std::mem::take(&mut self.shut).into_values().flat_map(|gate| gate.queue).map(|item| item.what));
        self.held = 0;
        left
    }
}
