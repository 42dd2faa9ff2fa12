//! One session's messages on their way to actors: at once, or in turn at a gate. Shared by those who read the session's
//! connections and by those who take turns. Nothing is put into a mailbox once the session is over (E3).

use std::{
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use actor_core::{
    ActorAddress, ActorId, CallError, ExitReason, NodeId, SendFailure, SentBy,
    route::{Beside, DeliverError, Inlet, Origin, Payload, PortId, Undelivered},
    wire::DecodeError,
};
use bytes::Bytes;
use tokio::sync::{Notify, watch};

use super::{
    Fault, Incoming,
    addressee::{Addressee, Whom, believed, failure, of_the_peer, others_of_the_peer},
    held::{Copy, Held, Message},
};
use crate::{
    driver::Driver,
    frame::{AnswerFailure, Lane as LaneFrame, Tell, Undelivered as Letter},
    lane::{Lane, Refused},
    net,
    notice::Notices,
    proto::{
        Input,
        flow::{
            BODIES, Recipient,
            gates::{GateError, Gates, Order, Turn, Whom as Announced},
        },
        links,
        session_id::SessionId,
    },
    remote::Back,
};

/// How many bytes of one session wait for their actors, beside two of the largest messages: bodies under way, and what is
/// held for full mailboxes. Beyond it what comes for those is refused.
const HELD: usize = 3 * BODIES;

/// The receiving end of one session.
pub(crate) struct Inbound {
    pub(crate) driver: Arc<Driver>,
    pub(crate) session: SessionId,
    pub(super) origin: Origin,
    pub(super) back: Back,
    /// The peer wants a connection for bodies.
    pub(crate) want_bodies: Notify,
    pub(super) peer: NodeId,
    notices: Arc<Notices>,
    state: Mutex<State>,
    /// Whether anything is held. Only the lane's reader makes it so.
    gated: AtomicBool,
    /// For who waits until nothing is held.
    opened: Notify,
    /// Whether too many bodies have come before their tokens, and for who waits until that is over.
    ahead: AtomicBool,
    caught_up: Notify,
    /// For who waits for the end of the session.
    over: watch::Sender<bool>,
}

pub(super) struct State {
    pub(super) gates: Gates<Held>,
    /// Somebody looks where the names lead whose senders are stopped.
    pub(super) is_looked_after: bool,
}

impl Inbound {
    pub(crate) fn new(driver: &Arc<Driver>, session: SessionId, peer: NodeId, lane: &Arc<Lane>) -> Arc<Self> {
        let back = Back { driver: Arc::clone(driver), session, lane: Arc::clone(lane) };
        let bound = driver.settings.max_frame.saturating_mul(2).saturating_add(HELD);
        Arc::new(Inbound {
            driver: Arc::clone(driver),
            session,
            origin: driver.origin(session, &peer.name, lane),
            back,
            want_bodies: Notify::new(),
            peer,
            notices: Arc::default(),
            state: Mutex::new(State { gates: Gates::new(bound), is_looked_after: false }),
            gated: AtomicBool::new(false),
            opened: Notify::new(),
            ahead: AtomicBool::new(false),
            caught_up: Notify::new(),
            over: watch::Sender::new(false),
        })
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether what is for this actor has to wait; for the lane's reader.
    pub(super) fn is_shut(&self, actor: Option<ActorId>) -> bool {
        self.gated.load(Ordering::Acquire) && actor.is_some_and(|actor| self.lock().gates.is_shut(actor))
    }

    /// Does something with the gates, and what follows from it.
    pub(super) fn gates<T>(self: &Arc<Self>, then: impl FnOnce(&mut Gates<Held>, &mut Vec<Order<Held>>) -> T) -> T {
        let mut orders = Vec::new();
        let mut state = self.lock();
        let result = then(&mut state.gates, &mut orders);
        let open = state.gates.is_open();
        self.gated.store(!open, Ordering::Release);
        let is_ahead = state.gates.is_ahead();
        let caught_up = self.ahead.swap(is_ahead, Ordering::AcqRel) && !is_ahead;
        let names =
            !state.is_looked_after && orders.iter().any(|order| matches!(order, Order::Stop(Recipient::Name(_))));
        state.is_looked_after |= names;
        // Under the lock: who is stopped and may go on at once must hear of it in this order.
        let mut said = Ok(());
        orders.retain(|order| match order {
            Order::Stop(to) => self.say(LaneFrame::Stop(to.clone()), &mut said),
            Order::Go(to) => self.say(LaneFrame::Go(to.clone()), &mut said),
            Order::Begin(_) | Order::Pass(..) => true,
        });
        drop(state);
        self.driver.keep_up(self.session, said);
        if open {
            self.opened.notify_waiters();
        }
        if caught_up {
            self.caught_up.notify_waiters();
        }
        if names {
            net::look_after_names(self);
        }
        orders.into_iter().for_each(|order| self.carry_out(order));
        result
    }

    fn carry_out(self: &Arc<Self>, order: Order<Held>) {
        match order {
            Order::Begin(actor) => self.begin(actor, None),
            Order::Pass(what, Some(body)) => {
                let inbound = Arc::clone(self);
                net::spawn_worker(&self.driver, async move {
                    inbound.deal_with(what).await;
                    inbound.gates(|gates, orders| gates.passed(body, orders));
                });
            }
            Order::Pass(what, None) => self.pass(what),
            Order::Stop(_) | Order::Go(_) => {}
        }
    }

    /// Tells the other node's senders; it is no order any more then.
    fn say(&self, frame: LaneFrame, said: &mut Result<(), Refused>) -> bool {
        if self.back.lane.has_flow()
            && let Err(refused) = self.driver.push(&self.back.lane, None, &frame)
        {
            *said = Err(refused);
        }
        false
    }

    /// A message; false if nobody took it, and who waits for an answer was told.
    pub(super) fn message(self: &Arc<Self>, incoming: Incoming) -> bool {
        if self.gated.load(Ordering::Acquire) {
            let actor = incoming.inlet.as_ref().ok().and_then(|inlet| inlet.actor());
            if let Some(actor) = actor.filter(|actor| self.is_shut(Some(*actor))) {
                return self.hold_message(actor, incoming);
            }
        }
        let Incoming { to, inlet, payload, ports, beside } = incoming;
        let limits = self.driver.settings.limits;
        let delivered = guarded(|| {
            let inlet = inlet?;
            Ok((inlet.deliver((&payload).into(), &self.origin, limits, beside)?, inlet))
        });
        match delivered {
            Ok((None, _)) => true,
            Ok((Some(undelivered), inlet)) => self.full(to, inlet.actor(), undelivered, ports),
            Err(error) => {
                self.refused(&to, &ports, &error);
                false
            }
        }
    }

    /// Whether nobody's messages have to wait; for the lane's reader.
    pub(super) fn is_open(&self) -> bool {
        !self.gated.load(Ordering::Acquire)
    }

    /// A plain message while nobody's have to wait; false if nobody took it.
    pub(super) fn plain(self: &Arc<Self>, inlet: &Arc<dyn Inlet>, payload: Payload<'_>, tell: &Tell) -> bool {
        let limits = self.driver.settings.limits;
        let to = || Addressee { whom: Whom::Actor(tell.actor), edge: tell.edge };
        match guarded(|| inlet.deliver(payload, &self.origin, limits, Beside::default())) {
            Ok(None) => true,
            Ok(Some(undelivered)) => self.full(to(), inlet.actor(), undelivered, Vec::new()),
            Err(error) => {
                self.refused(&to(), &[], &error);
                false
            }
        }
    }

    /// A mailbox is full: its senders are to stop, and what they had sent already waits here.
    fn full(
        self: &Arc<Self>,
        to: Addressee,
        actor: Option<ActorId>,
        undelivered: Box<dyn Undelivered>,
        ports: Vec<u64>,
    ) -> bool {
        let Some(actor) = actor.filter(|_| self.back.lane.has_flow()) else {
            let given_up = guarded(|| {
                undelivered.give_up();
                Ok::<_, DecodeError>(())
            });
            tracing::trace!(?given_up, "a mailbox was full, and its sender cannot be stopped");
            self.refused(&to, &ports, &SendFailure::Overloaded.into());
            return true;
        };
        self.no_room(actor, &to);
        self.begin(actor, Some((to, undelivered, ports)));
        true
    }

    fn hold_message(self: &Arc<Self>, actor: ActorId, incoming: Incoming) -> bool {
        match incoming.held() {
            Ok((_, message)) => {
                self.hold(actor, Held::Message(message));
                true
            }
            Err((to, ports, error)) => {
                self.refused(&to, &ports, &error);
                false
            }
        }
    }

    pub(super) fn hold(self: &Arc<Self>, actor: ActorId, what: Held) {
        let what = what.detached();
        if let Err(refused) = self.gates(|gates, orders| gates.hold(actor, what, orders)) {
            self.give_back(refused, &SendFailure::Overloaded);
        }
    }

    /// An actor that was linked with one here has ended, or was not there.
    pub(super) fn exit(self: &Arc<Self>, from: ActorId, to: ActorId, reason: ExitReason) -> Result<(), GateError> {
        let ends = !reason.is_normal();
        let exit = links::Message::Exit { from, to, reason };
        if ends && self.is_shut(Some(to)) {
            let with = ActorAddress { node: self.peer.clone(), actor: from };
            // What is held for the actor reaches nobody then: as at home, it does not keep the exit back (L4).
            let exports = self.origin.system.exports();
            if exports.hurry(to, &with, || self.pass(Held::Exit(exit.clone()))) {
                return Ok(());
            }
        }
        self.signal(to, Held::Exit(exit))
    }

    /// What is told to an actor in its place among messages.
    pub(super) fn signal(self: &Arc<Self>, actor: ActorId, what: Held) -> Result<(), GateError> {
        if self.is_shut(Some(actor)) {
            return self.gates(|gates, orders| gates.hold_signal(actor, what, orders));
        }
        self.pass(what);
        Ok(())
    }

    /// A watched actor has ended.
    pub(super) fn down(self: &Arc<Self>, reference: u64, reason: ExitReason) -> Result<(), GateError> {
        let down = Held::Down { reference, reason };
        let passes = if self.gated.load(Ordering::Acquire) {
            match self.driver.watching_actor(reference) {
                Some(actor) => return self.signal(actor, down),
                None => self.gates(|gates, _| gates.hold_after(down))?,
            }
        } else {
            Some(down)
        };
        passes.into_iter().for_each(|down| self.pass(down));
        Ok(())
    }

    /// What is told to actors. Once the session is over its end tells it: what an actor sent before may be lost.
    pub(super) fn pass(&self, what: Held) {
        let session = self.session;
        match what {
            _ if self.is_over() => {}
            Held::Down { reference, reason } => self.driver.handle(Input::DownHeard { session, reference, reason }),
            Held::Exit(message) => self.driver.handle(Input::LinkHeard { session, message }),
            Held::Message(_) | Held::Copy(_) | Held::Answer { .. } => {}
        }
    }

    /// A message whose body is still to come; whoever cannot have it is told at once.
    pub(super) fn awaited(&self, incoming: Incoming) -> Announced<Held> {
        match incoming.held() {
            Ok((actor, message)) => Announced::Actors(vec![(actor, Held::Message(message))]),
            Err((to, ports, error)) => {
                self.refused(&to, &ports, &error);
                Announced::Actors(Vec::new())
            }
        }
    }

    pub(super) fn announce(self: &Arc<Self>, length: usize, whom: Announced<Held>) -> Result<(), GateError> {
        let refused = self.gates(|gates, orders| gates.announce(length, whom, orders))?;
        match refused {
            Ok(()) => {}
            Err(Announced::Caller(what)) => self.give_back(what, &SendFailure::Overloaded),
            Err(Announced::Actors(items)) => {
                items.into_iter().for_each(|(_, what)| self.give_back(what, &SendFailure::Overloaded));
            }
        }
        Ok(())
    }

    /// A body has come, whole.
    pub(crate) fn arrived(self: &Arc<Self>, body: u64, bytes: Bytes) -> Result<(), Fault> {
        Ok(self.gates(|gates, orders| gates.arrived(body, bytes, orders))?)
    }

    /// Waits while more bodies have come than their tokens should be behind.
    pub(crate) async fn caught_up(&self) {
        loop {
            let caught_up = self.caught_up.notified();
            if !self.ahead.load(Ordering::Acquire) {
                return;
            }
            caught_up.await;
        }
    }

    /// The lane was read to its end.
    pub(crate) fn lane_read(self: &Arc<Self>) {
        self.gates(|gates, _| gates.read());
    }

    /// Takes turns for an actor, beginning with what is at hand.
    fn begin(self: &Arc<Self>, actor: ActorId, first: Option<(Addressee, Box<dyn Undelivered>, Vec<u64>)>) {
        let inbound = Arc::clone(self);
        net::spawn_worker(&self.driver, async move {
            if let Some((to, undelivered, ports)) = first {
                inbound.put(to, Some(actor), undelivered, ports).await;
            }
            while let Turn::Take(what) = inbound.gates(|gates, orders| gates.turn(actor, orders)) {
                inbound.deal_with(what).await;
            }
        });
    }

    /// What is not dealt with any more.
    fn give_back(&self, what: Held, why: &SendFailure) {
        match what {
            Held::Message(Message { to, ports, .. }) => self.refused(&to, &ports, &why.clone().into()),
            Held::Copy(Copy { to, .. }) => self.not_taken(1, &to, why),
            Held::Answer { port, ports, .. } => {
                if let Some(port) = self.back.lane.port(PortId(port)) {
                    port.fail(CallError::BadAnswer(format!("it could not be held here: {why}")));
                }
                self.refuse(&ports, &AnswerFailure::NoReply);
            }
            Held::Down { .. } | Held::Exit(_) => self.pass(what),
        }
    }

    pub(super) fn refused(&self, to: &Addressee, ports: &[u64], error: &DeliverError) {
        tracing::debug!(session = %self.session, %error, "a message from another node was not taken");
        self.not_taken(1, to, error);
        match ports {
            [] => self.notice(to, failure(error)),
            ports => self.refuse(ports, &failure(error)),
        }
    }

    /// A broadcast that could not be read, by so many members.
    pub(super) fn unread(&self, members: usize, to: &Addressee, error: DecodeError) {
        self.not_taken(members, to, &error);
        self.notice(to, failure(&error.into()));
    }

    /// The peer is to be told that a tell of its reached nobody. A call is answered instead.
    fn notice(&self, to: &Addressee, why: AnswerFailure) {
        if self.notices.add(to.receiver(), to.edge, why) {
            net::tell_notices(&self.driver, &self.back.lane, &self.notices);
        }
    }

    /// So many tells of the peer waited when their actors ended.
    pub(crate) fn undelivered(&self, count: u64) {
        if self.notices.add_others(count) {
            net::tell_notices(&self.driver, &self.back.lane, &self.notices);
        }
    }

    /// What the peer says of tells from here.
    pub(super) fn dead_letters(&self, letters: &[Letter], others: u64) {
        let told = self.origin.system.dead_letters();
        let (here, there) = (&self.driver.id().name, &self.peer.name);
        letters
            .iter()
            .for_each(|letter| told.add_elsewhere(believed(letter.count), || of_the_peer(letter, here, there)));
        if others > 0 {
            told.add_elsewhere(believed(others), || others_of_the_peer(here, there));
        }
    }

    pub(super) fn not_taken(&self, count: usize, to: &Addressee, why: &dyn fmt::Display) {
        let from = || SentBy::Node(self.peer.name.clone());
        self.origin.system.dead_letters().add_not_taken(count, || to.dead_letter(why, from()));
    }

    pub(super) fn refuse(&self, ports: &[u64], failure: &AnswerFailure) {
        for port in ports {
            self.back.refuse(*port, failure.clone());
        }
    }

    /// Nothing is delivered from now on, but for what the lane's reader puts into a mailbox just now.
    pub(crate) fn close(&self) {
        let state = self.lock();
        self.origin.door.shut();
        drop(state);
        self.over.send_replace(true);
    }

    /// Whether the session's end is told, or about to be. Under the lock it stays as it is.
    pub(super) fn is_over(&self) -> bool {
        self.origin.door.is_shut()
    }

    /// Whether the lane's reader puts something into a mailbox, a moment after the end.
    pub(crate) fn is_passed(&self) -> bool {
        self.origin.door.is_passed()
    }

    pub(super) async fn closed(&self) {
        let mut over = self.over.subscribe();
        let _closed_or_gone = over.wait_for(|over| *over).await;
    }

    /// Whether nothing waits for its actor, and no body for its end.
    pub(crate) fn is_settled(&self) -> bool {
        !self.gated.load(Ordering::Acquire) && !self.expects_bodies()
    }

    /// Whether bodies were announced that have not come yet.
    pub(crate) fn expects_bodies(&self) -> bool {
        self.lock().gates.expects_bodies()
    }

    /// No more bodies come: what waits for one goes no further.
    pub(crate) fn abandon_bodies(self: &Arc<Self>) {
        let left = self.gates(|gates, orders| gates.abandon(orders));
        left.into_iter().for_each(|what| self.give_back(what, &SendFailure::Disconnected));
    }

    /// Resolves when nothing is held any more, or the session is over; then nothing is left.
    pub(crate) async fn settled(self: &Arc<Self>) {
        let settled = async {
            loop {
                let opened = self.opened.notified();
                if !self.gated.load(Ordering::Acquire) {
                    return;
                }
                opened.await;
            }
        };
        tokio::select! {
            () = settled => {}
            () = self.closed() => {}
        }
        let left = self.gates(|gates, _| gates.close());
        left.into_iter().for_each(|what| self.give_back(what, &SendFailure::Disconnected));
    }
}

/// What users' code does here (decoding by hand, comparing keys, copying, dropping) may panic; that is the message's fault and
/// no reason to stop reading.
pub(super) fn guarded<T, E: From<DecodeError>>(code: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
    catch_unwind(AssertUnwindSafe(code))
        .unwrap_or_else(|_| Err(DecodeError::invalid("message", "code that read it panicked").into()))
}
