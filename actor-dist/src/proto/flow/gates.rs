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
pub(super) const CROWDED: usize = 1 << 20;

/// What an item is counted for beside its bytes.
pub(super) const ITEM: usize = 256;

/// What is held.
pub(crate) trait Held {
    /// How many bytes it is, without a body that comes apart.
    fn size(&self) -> usize;
    /// Whether it must arrive, whatever is refused or lost: the end of an actor.
    fn is_signal(&self) -> bool;
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
    /// Deal with this, which was for nobody's mailbox; if it had a body, say so when that is done.
    Pass(T, Option<u64>),
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

/// Why the other side does not keep to what was agreed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum GateError {
    #[error("it announced more bodies, or ends of actors, than are kept: {bytes} bytes")]
    TooMuch { bytes: usize },
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
    /// No more tokens come.
    is_read: bool,
    /// What comes after the bodies before this one.
    after: VecDeque<(u64, Item<T>)>,
    /// By how many gates the senders to somebody were stopped.
    stopped: BTreeMap<Recipient<'static>, usize>,
    /// What is held, until it is dealt with: what is small, and each body once, whoever it is for.
    held: usize,
    /// From so much on users' messages are refused. What must be kept goes past it, up to twice as much.
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
    /// What the item in turn counts for, and the body that it had.
    dealing: Option<(usize, Option<u64>)>,
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
    /// What it counts for.
    size: usize,
    /// Who waits for it; nobody once it is over with for all.
    actors: BTreeSet<ActorId>,
    /// What waits for it that is for nobody's mailbox, and whether somebody deals with that.
    loose: Option<T>,
    passing: bool,
    arrived: bool,
}

impl<T> Announced<T> {
    fn is_over(&self) -> bool {
        self.arrived && self.actors.is_empty() && !self.passing
    }
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
            is_read: false,
            after: VecDeque::new(),
            stopped: BTreeMap::new(),
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
    pub(crate) fn hold(&mut self, actor: ActorId, what: T, orders: &mut Vec<Order<T>>) -> Result<(), T> {
        let size = what.size() + ITEM;
        if self.held + size > self.bound {
            return Err(what);
        }
        self.held += size;
        self.push(actor, Item { what, size, body: None, ready: true }, orders);
        Ok(())
    }

    /// The same for what must arrive, in its place.
    pub(crate) fn hold_signal(&mut self, actor: ActorId, what: T, orders: &mut Vec<Order<T>>) -> Result<(), GateError> {
        let size = self.keep(what.size())?;
        self.push(actor, Item { what, size, body: None, ready: true }, orders);
        Ok(())
    }

    /// Counts what is kept though it is too much.
    fn keep(&mut self, bytes: usize) -> Result<usize, GateError> {
        let size = bytes + ITEM;
        if self.held + size > 2 * self.bound {
            return Err(GateError::TooMuch { bytes: self.held });
        }
        self.held += size;
        Ok(size)
    }

    fn push(&mut self, actor: ActorId, item: Item<T>, orders: &mut Vec<Order<T>>) {
        let gate = self.shut.entry(actor).or_insert_with(Gate::new);
        let to = item.what.recipient();
        gate.small += item.small();
        gate.queue.push_back(item);
        if gate.small > CROWDED {
            Self::stop(&mut self.stopped, gate, to, orders);
        }
        if gate.begin() {
            orders.push(Order::Begin(actor));
        }
    }

    /// Whoever writes to a name may be stopped by more gates than one, of those who had it.
    fn stop(
        stopped: &mut BTreeMap<Recipient<'static>, usize>,
        gate: &mut Gate<T>,
        to: Option<Recipient<'static>>,
        orders: &mut Vec<Order<T>>,
    ) {
        let Some(to) = to.filter(|to| !gate.stopped.contains(to)) else { return };
        gate.stopped.insert(to.clone());
        let gates = stopped.entry(to.clone()).or_default();
        *gates += 1;
        if *gates == 1 {
            orders.push(Order::Stop(to));
        }
    }

    fn go(&mut self, to: Recipient<'static>, orders: &mut Vec<Order<T>>) {
        if let Some(gates) = self.stopped.get_mut(&to) {
            *gates -= 1;
            if *gates == 0 {
                self.stopped.remove(&to);
                orders.push(Order::Go(to));
            }
        }
    }

    /// The actor's mailbox is full; whoever found it so takes turns for it, when it has taken what it has at hand.
    pub(crate) fn full(&mut self, actor: ActorId, to: Option<Recipient<'static>>, orders: &mut Vec<Order<T>>) {
        let gate = self.shut.entry(actor).or_insert_with(Gate::new);
        gate.begun = true;
        Self::stop(&mut self.stopped, gate, to, orders);
    }

    /// The names whose senders are stopped.
    pub(crate) fn stopped_names(&self) -> Vec<Recipient<'static>> {
        self.stopped.keys().filter(|to| matches!(to, Recipient::Name(_))).cloned().collect()
    }

    /// Who holds a name at the moment: whoever had it before stops its senders no longer.
    pub(crate) fn led(&mut self, name: &Recipient<'static>, to: Option<ActorId>, orders: &mut Vec<Order<T>>) {
        let others = self.shut.iter_mut().filter(|(actor, _)| Some(**actor) != to);
        let had = others.filter_map(|(_, gate)| gate.stopped.take(name)).collect::<Vec<_>>();
        had.into_iter().for_each(|name| self.go(name, orders));
    }

    /// A token: a body of so many bytes comes, for these. Gives them back if too much is held; the body is then dropped when it
    /// comes, as one that is for nobody.
    pub(crate) fn announce(
        &mut self,
        length: usize,
        whom: Whom<T>,
        orders: &mut Vec<Order<T>>,
    ) -> Result<Result<(), Whom<T>>, GateError> {
        let length_of_all =
            |items: &[(ActorId, T)]| length + ITEM + items.iter().map(|(_, what)| what.size() + ITEM).sum::<usize>();
        let (size, refused, taken) = match whom {
            Whom::Caller(what) => (what.size(), None, Some(Whom::Caller(what))),
            Whom::Actors(items) if items.is_empty() => (0, None, None),
            Whom::Actors(items) if self.held + length_of_all(&items) > self.bound => {
                (0, Some(Whom::Actors(items)), None)
            }
            whom @ Whom::Actors(_) => (length, None, Some(whom)),
        };
        let size = self.keep(size)?;
        let body = self.announced;
        self.announced += 1;
        let mut announced =
            Announced { length, size, actors: BTreeSet::new(), loose: None, passing: false, arrived: false };
        match taken {
            Some(Whom::Caller(what)) => (announced.loose, announced.passing) = (Some(what), true),
            Some(Whom::Actors(items)) => {
                announced.actors.extend(items.iter().map(|(actor, _)| *actor));
                for (actor, what) in items {
                    let size = what.size() + ITEM;
                    self.held += size;
                    self.push(actor, Item { what, size, body: Some(body), ready: false }, orders);
                }
            }
            None => {}
        }
        self.bodies.insert(body, announced);
        if let Some(early) = self.early.remove(&body) {
            self.early_bytes -= early.len() + ITEM;
            self.arrived(body, early, orders)?;
        }
        Ok(refused.map_or(Ok(()), Err))
    }

    /// Whether so many bodies came before their tokens that no more are to be read until those have come.
    pub(crate) fn is_ahead(&self) -> bool {
        self.early_bytes >= self.bound && !self.is_read
    }

    /// No more tokens come: bodies that none has announced are for nobody.
    pub(crate) fn read(&mut self) {
        self.is_read = true;
        self.early.clear();
        self.early_bytes = 0;
    }

    /// A body has come, whole.
    pub(crate) fn arrived(&mut self, body: u64, bytes: Bytes, orders: &mut Vec<Order<T>>) -> Result<(), GateError> {
        if body >= self.announced {
            if self.is_read {
                return Ok(());
            }
            self.early_bytes += bytes.len() + ITEM;
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
            orders.push(Order::Pass(loose, Some(body)));
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

    /// What had this body and was for nobody's mailbox is dealt with.
    pub(crate) fn passed(&mut self, body: u64, orders: &mut Vec<Order<T>>) {
        if let Some(announced) = self.bodies.get_mut(&body) {
            announced.passing = false;
        }
        self.over(body, None, orders);
    }

    /// The body is over with for this actor. When it is for all, what comes after it may pass.
    fn over(&mut self, body: u64, actor: Option<ActorId>, orders: &mut Vec<Order<T>>) {
        let Some(announced) = self.bodies.get_mut(&body) else { return };
        if let Some(actor) = actor {
            announced.actors.remove(&actor);
        }
        if announced.is_over() {
            self.held -= announced.size;
            self.bodies.remove(&body);
        }
        self.pass_after(orders);
    }

    fn pass_after(&mut self, orders: &mut Vec<Order<T>>) {
        let oldest = self.bodies.first_key_value().map_or(u64::MAX, |(oldest, _)| *oldest);
        while self.after.front().is_some_and(|(before, _)| *before <= oldest) {
            let Some((_, item)) = self.after.pop_front() else { return };
            self.held -= item.size;
            orders.push(Order::Pass(item.what, None));
        }
    }

    /// Holds what is for nobody's mailbox until all bodies that were announced are over with; gives it back if there are none.
    pub(crate) fn hold_after(&mut self, what: T) -> Result<Option<T>, GateError> {
        if self.bodies.is_empty() && self.after.is_empty() {
            return Ok(Some(what));
        }
        let size = self.keep(what.size())?;
        self.after.push_back((self.announced, Item { what, size, body: None, ready: true }));
        Ok(None)
    }

    /// The next turn for an actor; what was taken in the one before is dealt with.
    pub(crate) fn turn(&mut self, actor: ActorId, orders: &mut Vec<Order<T>>) -> Turn<T> {
        let Some(gate) = self.shut.get_mut(&actor) else { return Turn::Open };
        if let Some((size, body)) = gate.dealing.take() {
            self.held -= size;
            body.into_iter().for_each(|body| self.over(body, Some(actor), orders));
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
                stopped.into_iter().flatten().for_each(|to| self.go(to, orders));
                return Turn::Open;
            }
        }
        match gate.queue.pop_front() {
            Some(item) => {
                gate.small -= item.small();
                gate.dealing = Some((item.size, item.body));
                Turn::Take(item.what)
            }
            None => Turn::Open,
        }
    }

    /// Whether a body was announced that has not come.
    pub(crate) fn expects_bodies(&self) -> bool {
        self.bodies.values().any(|announced| !announced.arrived)
    }

    /// No more bodies come: what waits for one, and what is behind it, is given back. Ends of actors stay in their places.
    pub(crate) fn abandon(&mut self, orders: &mut Vec<Order<T>>) -> Vec<T> {
        self.read();
        let mut left = Vec::new();
        let mut bodies = Vec::new();
        for (actor, gate) in &mut self.shut {
            let first = gate.queue.iter().position(|item| !item.ready).unwrap_or(gate.queue.len());
            let (stays, goes): (VecDeque<_>, VecDeque<_>) =
                gate.queue.drain(first..).partition(|item| item.what.is_signal());
            gate.queue.extend(stays);
            for item in goes {
                gate.small -= item.small();
                self.held -= item.size;
                bodies.extend(item.body.map(|body| (body, *actor)));
                left.push(item.what);
            }
            if gate.begin() {
                orders.push(Order::Begin(*actor));
            }
        }
        // Whom nobody takes turns for has nothing left.
        self.shut.retain(|_, gate| gate.begun);
        for announced in self.bodies.values_mut().filter(|announced| !announced.arrived) {
            (announced.arrived, announced.passing) = (true, false);
            announced.actors.clear();
            left.extend(announced.loose.take());
        }
        for (body, actor) in bodies {
            if let Some(announced) = self.bodies.get_mut(&body) {
                announced.actors.remove(&actor);
            }
        }
        let held = &mut self.held;
        self.bodies.retain(|_, announced| {
            *held -= if announced.is_over() { announced.size } else { 0 };
            !announced.is_over()
        });
        self.pass_after(orders);
        left
    }

    /// The end: all that is held is given back, and nothing is held any more.
    pub(crate) fn close(&mut self) -> Vec<T> {
        self.read();
        let gates = std::mem::take(&mut self.shut).into_values();
        let mut left: Vec<T> = gates.flat_map(|gate| gate.queue).map(|item| item.what).collect();
        left.extend(std::mem::take(&mut self.bodies).into_values().filter_map(|announced| announced.loose));
        left.extend(self.after.drain(..).map(|(_, item)| item.what));
        self.stopped.clear();
        self.held = 0;
        left
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What arrived: its number, whom it was sent to, and how long it is.
    #[derive(Debug, Clone, PartialEq, Eq)]
    struct Note {
        number: u32,
        to: Option<Recipient<'static>>,
        size: usize,
        body: Option<Bytes>,
    }

    impl Held for Note {
        fn size(&self) -> usize {
            self.size
        }

        fn is_signal(&self) -> bool {
            self.to.is_none()
        }

        fn fill(&mut self, body: Bytes) {
            self.body = Some(body);
        }

        fn recipient(&self) -> Option<Recipient<'static>> {
            self.to.clone()
        }
    }

    const ONE: ActorId = ActorId(1);
    const OTHER: ActorId = ActorId(2);

    fn name() -> Recipient<'static> {
        Recipient::Name("n".into())
    }

    fn note(number: u32) -> Note {
        Note { number, to: Some(name()), size: 0, body: None }
    }

    fn end(number: u32) -> Note {
        Note { to: None, ..note(number) }
    }

    struct Tried {
        gates: Gates<Note>,
        orders: Vec<Order<Note>>,
    }

    impl Tried {
        fn new(bound: usize) -> Self {
            Tried { gates: Gates::new(bound), orders: Vec::new() }
        }

        fn orders(&mut self) -> Vec<Order<Note>> {
            std::mem::take(&mut self.orders)
        }

        fn hold(&mut self, actor: ActorId, what: Note) -> bool {
            self.gates.hold(actor, what, &mut self.orders).is_ok()
        }

        fn announce(&mut self, length: usize, whom: Whom<Note>) -> bool {
            self.gates.announce(length, whom, &mut self.orders).unwrap().is_ok()
        }

        fn token(&mut self, actor: ActorId, number: u32, length: usize) -> bool {
            self.announce(length, Whom::Actors(vec![(actor, note(number))]))
        }

        fn arrived(&mut self, body: u64, length: usize) -> Result<(), GateError> {
            self.gates.arrived(body, Bytes::from(vec![0; length]), &mut self.orders)
        }

        /// The number of what is to be dealt with for the actor next.
        fn turn(&mut self, actor: ActorId) -> Result<u32, Turn<Note>> {
            match self.gates.turn(actor, &mut self.orders) {
                Turn::Take(note) => Ok(note.number),
                other => Err(other),
            }
        }

        fn full(&mut self, actor: ActorId) {
            self.gates.full(actor, Some(name()), &mut self.orders);
        }
    }

    /// S1, F2: what follows a large message waits for its body, and what is for somebody else does not.
    #[test]
    fn a_token_shuts_the_gate_until_all_behind_it_is_in() {
        let mut tried = Tried::new(1 << 20);
        assert!(tried.gates.is_open() && tried.token(ONE, 1, 9));
        assert!(tried.gates.is_shut(ONE) && !tried.gates.is_shut(OTHER) && tried.gates.expects_bodies());
        assert!(tried.hold(ONE, note(2)) && tried.orders().is_empty());
        assert_eq!(tried.arrived(0, 9), Ok(()));
        assert_eq!(tried.orders(), [Order::Begin(ONE)]);
        assert_eq!((tried.turn(ONE), tried.turn(ONE)), (Ok(1), Ok(2)));
        assert!(tried.gates.is_shut(ONE), "the second one is at hand, and not yet in");
        assert_eq!(tried.turn(ONE), Err(Turn::Open));
        assert!(tried.gates.is_open() && tried.gates.held == 0 && tried.orders().is_empty());
    }

    /// S1: turns rest at a body that is still under way.
    #[test]
    fn turns_rest_until_the_next_body_is_there() {
        let mut tried = Tried::new(1 << 20);
        assert!(tried.token(ONE, 1, 9) && tried.token(ONE, 2, 5));
        assert_eq!((tried.arrived(1, 5), tried.orders()), (Ok(()), vec![]));
        assert_eq!((tried.arrived(0, 9), tried.orders()), (Ok(()), vec![Order::Begin(ONE)]));
        assert!(tried.token(ONE, 3, 7));
        assert_eq!((tried.turn(ONE), tried.turn(ONE), tried.turn(ONE)), (Ok(1), Ok(2), Err(Turn::Rest)));
        assert_eq!((tried.arrived(2, 7), tried.orders()), (Ok(()), vec![Order::Begin(ONE)]));
    }

    /// F2: who finds the mailbox full is stopped, once, and goes on when all that came meanwhile is in.
    #[test]
    fn a_full_mailbox_stops_its_senders() {
        let mut tried = Tried::new(1 << 20);
        tried.full(ONE);
        tried.full(ONE);
        assert_eq!(tried.orders(), [Order::Stop(name())]);
        assert!(tried.hold(ONE, note(1)) && tried.orders().is_empty(), "who found it full takes the turns");
        assert_eq!((tried.turn(ONE), tried.turn(ONE)), (Ok(1), Err(Turn::Open)));
        assert_eq!(tried.orders(), [Order::Go(name())]);
    }

    /// F2: a name that has moved is stopped by both who had it, until the last of them has room.
    #[test]
    fn who_is_stopped_by_two_gates_goes_on_with_the_last() {
        let mut tried = Tried::new(1 << 20);
        tried.full(ONE);
        tried.full(OTHER);
        assert_eq!(tried.orders(), [Order::Stop(name())]);
        assert_eq!((tried.turn(ONE), tried.orders()), (Err(Turn::Open), vec![]));
        assert_eq!((tried.turn(OTHER), tried.orders()), (Err(Turn::Open), vec![Order::Go(name())]));
    }

    /// F2: a name that leads to another actor, or to nobody, stops its senders no longer; who is written to by handle still does.
    #[test]
    fn who_had_a_name_stops_its_senders_no_longer() {
        let mut tried = Tried::new(1 << 20);
        let by_handle = Recipient::Actor(ONE);
        tried.full(ONE);
        tried.gates.full(ONE, Some(by_handle.clone()), &mut tried.orders);
        assert_eq!(tried.orders(), [Order::Stop(name()), Order::Stop(by_handle.clone())]);
        assert_eq!(tried.gates.stopped_names(), [name()]);
        tried.gates.led(&name(), Some(ONE), &mut tried.orders);
        assert_eq!(tried.orders(), []);
        tried.full(OTHER);
        tried.gates.led(&name(), Some(OTHER), &mut tried.orders);
        assert_eq!(tried.orders(), [], "its holder has no room either");
        tried.gates.led(&name(), None, &mut tried.orders);
        assert_eq!((tried.orders(), tried.gates.stopped_names()), (vec![Order::Go(name())], vec![]));
        tried.full(OTHER);
        assert_eq!(tried.orders(), [Order::Stop(name())], "it has the name again");
        assert_eq!((tried.turn(ONE), tried.orders()), (Err(Turn::Open), vec![Order::Go(by_handle)]));
        assert_eq!((tried.turn(OTHER), tried.orders()), (Err(Turn::Open), vec![Order::Go(name())]));
    }

    /// F1, F2: senders are stopped when much waits that is small, whatever it waits for.
    #[test]
    fn a_crowd_behind_a_body_is_stopped() {
        let mut tried = Tried::new(4 * CROWDED);
        assert!(tried.token(ONE, 1, CROWDED) && tried.orders().is_empty());
        assert!(tried.hold(ONE, Note { size: CROWDED - ITEM, ..note(2) }) && tried.orders().is_empty());
        assert!(tried.hold(ONE, note(3)));
        assert_eq!(tried.orders(), [Order::Stop(name())]);
    }

    /// F1: what is at hand counts until it is in.
    #[test]
    fn what_is_at_hand_still_counts() {
        let mut tried = Tried::new(1000 + ITEM);
        tried.full(ONE);
        assert!(tried.hold(ONE, Note { size: 900, ..note(1) }) && !tried.hold(ONE, note(2)));
        assert_eq!(tried.turn(ONE), Ok(1));
        assert!(!tried.hold(ONE, note(3)));
        assert_eq!((tried.turn(ONE), tried.gates.held), (Err(Turn::Open), 0));
    }

    /// F1, P6: a body counts once, for however many members it is.
    #[test]
    fn a_body_for_many_counts_once() {
        let mut tried = Tried::new(2000 + 3 * ITEM);
        let both = || Whom::Actors(vec![(ONE, note(1)), (OTHER, note(1))]);
        assert!(tried.announce(2000, both()));
        assert!(!tried.announce(2000, both()), "a second one does not fit");
        assert_eq!((tried.arrived(0, 2000), tried.arrived(1, 2000)), (Ok(()), Ok(())));
        for actor in [ONE, OTHER] {
            assert_eq!((tried.turn(actor), tried.turn(actor)), (Ok(1), Err(Turn::Open)));
        }
        assert!(tried.gates.is_open() && tried.gates.held == 0);
    }

    /// S1, L4, F5: the end of an actor keeps its place when no more messages are held; a peer that sends no end of them is lost.
    #[test]
    fn ends_of_actors_go_past_the_bound() {
        let mut tried = Tried::new(2 * ITEM);
        assert!(tried.token(ONE, 1, 0) && !tried.hold(ONE, note(2)));
        let mut hold = |number| tried.gates.hold_signal(ONE, end(number), &mut tried.orders);
        assert_eq!((hold(3), hold(4)), (Ok(()), Ok(())));
        assert_eq!(hold(5), Err(GateError::TooMuch { bytes: 4 * ITEM }));
        assert_eq!(tried.gates.hold_after(end(6)), Err(GateError::TooMuch { bytes: 4 * ITEM }));
        assert_eq!(tried.arrived(0, 0), Ok(()));
        assert_eq!((tried.turn(ONE), tried.turn(ONE), tried.turn(ONE)), (Ok(1), Ok(3), Ok(4)));
    }

    /// F5: tokens without bodies are bounded, for whomever they are.
    #[test]
    fn tokens_are_bounded() {
        let mut tried = Tried::new(2 * ITEM);
        for _ in 0..4 {
            assert_eq!(tried.gates.announce(1, Whom::Actors(Vec::new()), &mut tried.orders), Ok(Ok(())));
        }
        let more = tried.gates.announce(1, Whom::Caller(note(1)), &mut tried.orders);
        assert_eq!(more, Err(GateError::TooMuch { bytes: 4 * ITEM }));
    }

    /// S1: who is no actor is told of an end when the answers before it have been given.
    #[test]
    fn ends_come_after_answers() {
        let mut tried = Tried::new(1 << 20);
        assert_eq!(tried.gates.hold_after(end(0)), Ok(Some(end(0))));
        assert!(tried.announce(9, Whom::Caller(note(1))));
        assert_eq!(tried.gates.hold_after(end(2)), Ok(None));
        assert_eq!(tried.arrived(0, 9), Ok(()));
        assert!(matches!(&tried.orders()[..], [Order::Pass(Note { number: 1, body: Some(_), .. }, Some(0))]));
        tried.gates.passed(0, &mut tried.orders);
        assert_eq!(tried.orders(), [Order::Pass(end(2), None)]);
        assert!(tried.gates.is_open() && tried.gates.held == 0);
    }

    /// S1, S2: when no more bodies come, nothing that was behind one is delivered but ends of actors, and those in their places.
    #[test]
    fn what_was_behind_a_lost_body_is_given_back() {
        let mut tried = Tried::new(1 << 20);
        tried.full(ONE);
        assert!(tried.hold(ONE, note(1)) && tried.token(ONE, 2, 9) && tried.hold(ONE, note(3)));
        assert_eq!(tried.gates.hold_signal(ONE, end(4), &mut tried.orders), Ok(()));
        assert!(tried.token(OTHER, 5, 9));
        tried.orders();
        let left: Vec<u32> = tried.gates.abandon(&mut tried.orders).iter().map(|note| note.number).collect();
        assert_eq!((left, tried.orders()), (vec![2, 3, 5], vec![]));
        assert!(!tried.gates.expects_bodies() && !tried.gates.is_shut(OTHER));
        assert_eq!((tried.turn(ONE), tried.turn(ONE), tried.turn(ONE)), (Ok(1), Ok(4), Err(Turn::Open)));
        assert!(tried.gates.is_open() && tried.gates.held == 0);
    }

    /// S2: a session that is over holds nothing, and takes no turns.
    #[test]
    fn nothing_is_held_after_the_end() {
        let mut tried = Tried::new(1 << 20);
        tried.full(ONE);
        assert!(tried.hold(ONE, note(1)) && tried.hold(ONE, note(2)) && tried.token(OTHER, 3, 9));
        assert_eq!(tried.turn(ONE), Ok(1));
        let left: Vec<u32> = tried.gates.close().iter().map(|note| note.number).collect();
        assert_eq!((left, tried.turn(ONE), tried.gates.held), (vec![2, 3], Err(Turn::Open), 0));
        assert!(tried.gates.is_open());
    }

    /// F5: bodies may come before their tokens, up to a bound from which on no more are to be read; without tokens they are
    /// nobody's.
    #[test]
    fn bodies_wait_for_their_tokens() {
        let mut tried = Tried::new(2000);
        assert_eq!((tried.arrived(0, 1000), tried.gates.is_ahead()), (Ok(()), false));
        assert_eq!((tried.arrived(1, 1000), tried.gates.is_ahead()), (Ok(()), true));
        assert!(tried.token(ONE, 1, 1000) && !tried.gates.is_ahead());
        assert_eq!(tried.orders(), [Order::Begin(ONE)]);
        assert_eq!(tried.turn(ONE), Ok(1));
        tried.gates.read();
        assert_eq!((tried.arrived(7, 9000), tried.gates.is_ahead()), (Ok(()), false));
    }

    /// F5: a body is what was announced, and comes once.
    #[test]
    fn a_body_that_is_none_is_refused() {
        let mut tried = Tried::new(1 << 20);
        assert!(tried.token(ONE, 1, 9));
        assert_eq!(tried.arrived(0, 8), Err(GateError::Length { body: 0 }));
        assert_eq!((tried.arrived(0, 9), tried.arrived(0, 9)), (Ok(()), Err(GateError::Twice { body: 0 })));
        assert_eq!((tried.arrived(3, 1), tried.arrived(3, 1)), (Ok(()), Err(GateError::Twice { body: 3 })));
    }
}
