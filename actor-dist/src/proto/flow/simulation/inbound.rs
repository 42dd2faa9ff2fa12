//! What arrives, after `crate::arrival`: the same questions to the gates in the same order; what has to wait is left to tasks, each
//! of which goes on at some later step. Between a question and what follows from it other tasks may go on, as they may where the
//! lock is given back. Nothing is decoded, and nothing moves but by a step.

use std::collections::BTreeSet;

use actor_core::{ActorId, route::PortId};
use bytes::Bytes;

use super::{
    World,
    fact::{Fact, How, Kind, Why, Word},
    lane::BODIES,
    mail::{Frame, LONGEST, Mail, What, Who},
    mistake::Mistake,
    node::Letter,
    turn::Task,
};
use crate::proto::flow::{
    Recipient,
    gates::{Gates, Held, Order, Whom},
};

/// As `arrival::HELD`, with two of the largest messages.
pub(super) const HELD: usize = 3 * BODIES + 2 * LONGEST;

pub(super) struct Inbound {
    pub(super) gates: Gates<Mail>,
    pub(super) tasks: Vec<Task>,
    pub(super) is_over: bool,
    /// The lane was read to its end.
    pub(super) is_read: bool,
    /// No more bodies come.
    pub(super) is_abandoned: bool,
    /// Whose mailbox was found full.
    pub(super) full: BTreeSet<ActorId>,
}

impl Inbound {
    pub(super) fn new(bound: usize) -> Self {
        Inbound {
            gates: Gates::new(bound),
            tasks: Vec::new(),
            is_over: false,
            is_read: false,
            is_abandoned: false,
            full: BTreeSet::new(),
        }
    }
}

impl World {
    /// Does something with the gates, and what follows from it.
    pub(super) fn gates<T>(
        &mut self,
        side: usize,
        then: impl FnOnce(&mut Gates<Mail>, &mut Vec<Order<Mail>>) -> T,
    ) -> T {
        let mut orders = Vec::new();
        let result = then(&mut self.nodes[side].inbound.gates, &mut orders);
        for order in orders {
            match order {
                Order::Begin(actor) => self.spawn(side, Some(actor), None, None),
                Order::Stop(to) if self.mistake == Some(Mistake::NobodyIsStopped) => drop(to),
                Order::Stop(to) => self.say(side, Word::Stop, What::Stop(to)),
                Order::Go(_) if self.mistake == Some(Mistake::GoIsLost) && self.chance.one_in(3) => {}
                Order::Go(to) => self.say(side, Word::Go, What::Go(to)),
                Order::Pass(what, Some(body)) => self.spawn(side, None, Some(what), Some(body)),
                Order::Pass(what, None) => self.pass(side, &what),
            }
        }
        result
    }

    fn spawn(&mut self, side: usize, actor: Option<ActorId>, first: Option<Mail>, body: Option<u64>) {
        let task = Task { actor, hand: first.into_iter().collect(), told: false, body };
        self.nodes[side].inbound.tasks.push(task);
        if self.mistake == Some(Mistake::AnswersLag) {
            self.passed(side, body);
        }
    }

    pub(super) fn passed(&mut self, side: usize, body: Option<u64>) {
        if let Some(body) = body {
            self.gates(side, |gates, orders| gates.passed(body, orders));
        }
    }

    fn say(&mut self, side: usize, word: Word, what: What) {
        let (What::Stop(to) | What::Go(to)) = &what else { return };
        if self.mistake != Some(Mistake::WordsLeaveLate) {
            self.saw(Fact::Said { side, word, to: to.clone() });
        }
        let frame = self.frame_of(Who { side, number: 0 }, what);
        match self.mistake {
            Some(Mistake::WordsLeaveLate) => self.nodes[side].words.push(frame),
            _ => self.push_always(side, &frame),
        }
    }

    /// Takes one frame in.
    pub(super) fn take_in(&mut self, side: usize, frame: Frame) {
        match frame.what.clone() {
            What::Tell { to, .. } => match self.nodes[side].resolve(&to) {
                Some(actor) => self.message(side, frame, actor),
                None => self.nobody(side, frame),
            },
            What::Broadcast => self.broadcast(side, frame),
            What::Answer { port } => {
                let callers = self.nodes[side].lane.outlet.ports();
                let number = callers.get(&PortId(port)).map_or(0, |caller| caller.by.number);
                let mail = self.came(frame, Who { side, number }, Kind::Answer);
                match mail.frame.apart {
                    true => self.announce(side, mail.frame.bytes, Whom::Caller(mail)),
                    false => self.answer(side, &mail),
                }
            }
            What::NoAnswer { port } => self.end_call(side, port, How::Failed),
            What::Monitor { reference, actor } => self.watch_heard(side, reference, actor),
            What::Down { reference } => {
                let at = self.nodes[side].watches.get(&reference).copied().unwrap_or(Who { side, number: 0 });
                let mail = self.came(frame, at, Kind::Signal);
                self.signal(side, mail);
            }
            What::Exit { to } => {
                let mail = self.came(frame, Who { side, number: to.0 }, Kind::Signal);
                self.signal(side, mail);
            }
            What::Stop(to) => {
                let number = self.fresh();
                self.saw(Fact::Heard { side, word: Word::Stop, to: to.clone() });
                self.nodes[side].lane.outlet.stop(to, || number);
            }
            What::Go(to) => {
                self.saw(Fact::Heard { side, word: Word::Go, to: to.clone() });
                let woken = self.nodes[side].lane.outlet.go(&to);
                self.wake(side, woken);
            }
            What::WantBodies => {
                self.bulk.is_wanted = true;
                self.nodes[side].lane.bodied.wake();
            }
            What::Notice(count) => self.saw(Fact::Noticed { side, count }),
        }
    }

    fn came(&mut self, frame: Frame, at: Who, kind: Kind) -> Mail {
        let Frame { id, by, bytes, apart, garbled, .. } = frame;
        self.saw(Fact::Came { id, by, at, kind, bytes, apart, garbled });
        Mail { frame, at, body: None }
    }

    fn nobody(&mut self, side: usize, frame: Frame) {
        let mail = self.came(frame, Who { side, number: 0 }, Kind::Message);
        self.refuse(side, &mail, Why::Stopped);
        if mail.frame.apart {
            self.announce(side, mail.frame.bytes, Whom::Actors(Vec::new()));
        }
    }

    fn is_shut(&self, side: usize, actor: ActorId) -> bool {
        let inbound = &self.nodes[side].inbound;
        let shut = inbound.gates.is_shut(actor);
        match self.mistake {
            Some(Mistake::HeldAreOvertaken) => false,
            Some(Mistake::TokensShutNothing) => shut && inbound.full.contains(&actor),
            Some(Mistake::OneGateForAll) => !inbound.gates.is_open(),
            _ => shut,
        }
    }

    fn message(&mut self, side: usize, frame: Frame, actor: ActorId) {
        let mail = self.came(frame, Who { side, number: actor.0 }, Kind::Message);
        if mail.frame.apart {
            return self.announce(side, mail.frame.bytes, Whom::Actors(vec![(actor, mail)]));
        }
        if self.is_shut(side, actor) {
            return self.hold(side, actor, mail);
        }
        match self.try_put(side, &mail) {
            Some(true) => {}
            Some(false) => {
                let (id, to) = (mail.frame.id, mail.recipient());
                self.saw(Fact::Full { id, at: mail.at, to: to.clone(), straight: true });
                self.nodes[side].inbound.full.insert(actor);
                self.meanwhile(side);
                self.no_room(side, actor, to);
                self.spawn(side, Some(actor), Some(mail), None);
                self.nodes[side].inbound.tasks.last_mut().expect("invariant: it was just spawned").told = true;
            }
            None => self.refuse(side, &mail, Why::Stopped),
        }
    }

    pub(super) fn no_room(&mut self, side: usize, actor: ActorId, to: Option<Recipient<'static>>) {
        let to = to.filter(|to| match to {
            Recipient::Actor(_) => true,
            Recipient::Name(_) => self.nodes[side].resolve(to) == Some(actor),
        });
        self.gates(side, |gates, orders| gates.full(actor, to, orders));
    }

    /// Other tasks may go on here.
    fn meanwhile(&mut self, side: usize) {
        if self.chance.one_in(4) {
            self.go_on(side);
            self.consume(side);
        }
    }

    fn hold(&mut self, side: usize, actor: ActorId, mail: Mail) {
        self.meanwhile(side);
        if let Some(refused) = self.gates(side, |gates, orders| gates.hold(actor, mail, orders).err()) {
            self.give_back(side, refused, Why::Overloaded);
        }
    }

    fn hold_signal(&mut self, side: usize, actor: ActorId, mail: Mail) {
        self.meanwhile(side);
        if let Err(error) = self.gates(side, |gates, orders| gates.hold_signal(actor, mail, orders)) {
            self.saw(Fact::Fault { side, what: error.to_string() });
        }
    }

    fn announce(&mut self, side: usize, length: usize, whom: Whom<Mail>) {
        self.saw(Fact::Token { side });
        let refused = match self.gates(side, |gates, orders| gates.announce(length, whom, orders)) {
            Ok(Ok(())) => return,
            Ok(Err(Whom::Caller(mail))) => vec![mail],
            Ok(Err(Whom::Actors(mails))) => mails.into_iter().map(|(_, mail)| mail).collect(),
            Err(error) => return self.saw(Fact::Fault { side, what: error.to_string() }),
        };
        refused.into_iter().for_each(|mail| self.give_back(side, mail, Why::Overloaded));
    }

    /// Members whose gate is shut get it in turn.
    fn broadcast(&mut self, side: usize, frame: Frame) {
        let members: Vec<ActorId> = self.nodes[side].group.iter().copied().collect();
        let mails: Vec<_> = members
            .into_iter()
            .map(|actor| (actor, self.came(frame.clone(), Who { side, number: actor.0 }, Kind::Copy)))
            .collect();
        if frame.apart {
            return self.announce(side, frame.bytes, Whom::Actors(mails));
        }
        let (wait, now): (Vec<_>, Vec<_>) = mails.into_iter().partition(|(actor, _)| self.is_shut(side, *actor));
        for (_, mail) in now {
            self.copy(side, &mail);
        }
        for (actor, mail) in wait {
            self.hold(side, actor, mail);
        }
    }

    pub(super) fn copy(&mut self, side: usize, mail: &Mail) {
        match self.try_put(side, mail) {
            Some(true) => {}
            Some(false) => self.refuse(side, mail, Why::Missed),
            None => self.refuse(side, mail, Why::Stopped),
        }
    }

    /// What is told in its place among messages.
    fn signal(&mut self, side: usize, mail: Mail) {
        if self.nodes[side].inbound.gates.is_open() {
            return self.pass(side, &mail);
        }
        let skips = |mistake| self.mistake == Some(mistake);
        match mail.at.actor() {
            Some(actor) if self.is_shut(side, actor) && !skips(Mistake::DownsPass) => {
                self.hold_signal(side, actor, mail);
            }
            None if !skips(Mistake::OutsideDownsPass) => match self.gates(side, |gates, _| gates.hold_after(mail)) {
                Ok(passes) => passes.into_iter().for_each(|mail| self.pass(side, &mail)),
                Err(error) => self.saw(Fact::Fault { side, what: error.to_string() }),
            },
            _ => self.pass(side, &mail),
        }
    }

    /// Tells a watcher, or who is linked.
    pub(super) fn pass(&mut self, side: usize, mail: &Mail) {
        if let What::Down { reference } = mail.frame.what {
            if self.nodes[side].watches.remove(&reference).is_none() {
                return self.refuse(side, mail, Why::Late);
            }
            self.saw(Fact::Fired { reference, session: false });
        }
        let actor = mail.at.actor();
        if actor.is_some_and(|actor| !self.nodes[side].actors.contains_key(&actor)) {
            return self.refuse(side, mail, Why::Stopped);
        }
        self.put(side, mail);
    }

    pub(super) fn answer(&mut self, side: usize, mail: &Mail) {
        let What::Answer { port } = mail.frame.what else { return };
        match self.nodes[side].lane.outlet.port(PortId(port)).filter(|caller| caller.waits.get()) {
            Some(caller) => {
                self.put(side, mail);
                self.end_caller(side, port, &caller, How::Answered);
            }
            None => self.refuse(side, mail, Why::Late),
        }
    }

    /// A body has come, whole.
    pub(super) fn arrived(&mut self, side: usize, body: u64, bytes: Bytes) {
        let body = if self.mistake == Some(Mistake::WrongToken) { body ^ 1 } else { body };
        if let Err(error) = self.gates(side, |gates, orders| gates.arrived(body, bytes, orders)) {
            self.saw(Fact::Fault { side, what: error.to_string() });
        }
    }

    /// Puts it into its mailbox if that has room; nothing if there is none.
    pub(super) fn try_put(&mut self, side: usize, mail: &Mail) -> Option<bool> {
        let actor = self.nodes[side].actors.get(&mail.at.actor()?)?;
        if mail.frame.garbled && self.mistake != Some(Mistake::UnreadableIsDelivered) {
            self.unreadable(side, mail);
            return Some(true);
        }
        let room = actor.has_room(self.mood.capacity);
        if room {
            self.put(side, mail);
        }
        Some(room)
    }

    /// Who calls is told at once, who tells now and then.
    fn unreadable(&mut self, side: usize, mail: &Mail) {
        if self.mistake == Some(Mistake::UnreadableIsSilent) {
            return self.saw(Fact::Refused { id: mail.frame.id, at: mail.at, why: Why::Unreadable });
        }
        self.nodes[side].notices += u64::from(mail.frame.port().is_none());
        self.refuse(side, mail, Why::Unreadable);
    }

    fn put(&mut self, side: usize, mail: &Mail) {
        self.saw(Fact::Put { id: mail.frame.id, at: mail.at, whole: mail.is_whole() });
        let to_mailbox = !matches!(mail.frame.what, What::Answer { .. });
        if let Some(actor) = mail.at.actor().filter(|_| to_mailbox)
            && let Some(actor) = self.nodes[side].actors.get_mut(&actor)
        {
            actor.mailbox.push_back(Letter { port: mail.frame.port(), counts: !mail.is_signal() });
        }
    }

    pub(super) fn refuse(&mut self, side: usize, mail: &Mail, why: Why) {
        self.saw(Fact::Refused { id: mail.frame.id, at: mail.at, why });
        if let Some(port) = mail.frame.port() {
            self.fail_call(side, port);
        }
    }

    /// What is not dealt with any more.
    pub(super) fn give_back(&mut self, side: usize, mail: Mail, why: Why) {
        if mail.is_signal() {
            return self.pass(side, &mail);
        }
        if self.mistake == Some(Mistake::GapsAreIgnored) && !mail.frame.apart && why == Why::Disconnected {
            return self.copy(side, &mail);
        }
        if let What::Answer { port } = mail.frame.what {
            self.end_call(side, port, How::Failed);
        }
        self.refuse(side, &mail, why);
    }

    pub(super) fn is_over(&self, side: usize) -> bool {
        self.nodes[side].inbound.is_over && self.mistake != Some(Mistake::DeliveredAfterTheEnd)
    }
}
