//! What actors and others do: tell, call, answer, broadcast, watch, link, take a name, come to their end. And how each of it leaves
//! its node.

use std::{cell::Cell, rc::Rc};

use actor_core::{ActorId, route::PortId};

use super::{
    World,
    fact::{Fact, How, Why, Word},
    lane::{Caller, EARLIER, RUN},
    mail::{Frame, OUTSIDE, What, Who},
    mistake::Mistake,
    node::{ACTORS, NAMES, Waiter},
};
use crate::proto::flow::{Recipient, outlet::Refused};

impl World {
    pub(super) fn act(&mut self, side: usize) {
        let by = self.somebody(side);
        let actor = ActorId(1 + self.chance.below(ACTORS as usize) as u64);
        match self.chance.below(40) {
            0..3 if !self.mood.lulls => self.watch(by, actor),
            3 if by.number < OUTSIDE => self.link(by, actor),
            4 => self.give_up(side),
            5..7 => self.broadcast_by(by),
            7..10 => {
                self.retry(side);
            }
            10..14 => {
                self.answer_owed(side);
            }
            _ => {
                let to = self.recipient();
                self.send(by, to.clone());
                if let Recipient::Actor(actor) = to
                    && (by.number == OUTSIDE || self.chance.one_in(4))
                    && !self.mood.lulls
                {
                    self.watch(by, actor);
                }
            }
        }
    }

    fn somebody(&mut self, side: usize) -> Who {
        let actors: Vec<u64> = self.nodes[side].actors.keys().map(|actor| actor.0).collect();
        let number = self.chance.pick(&actors).filter(|_| !self.chance.one_in(3)).unwrap_or(OUTSIDE);
        Who { side, number }
    }

    fn recipient(&mut self) -> Recipient<'static> {
        match self.chance.one_in(3) {
            true => Recipient::Name(NAMES[self.chance.below(NAMES.len())].into()),
            false => Recipient::Actor(ActorId(1 + self.chance.below(ACTORS as usize) as u64)),
        }
    }

    /// How long the next message is, and whether that is large.
    fn length(&mut self) -> (usize, bool) {
        let large = self.chance.one_in(self.mood.large);
        let longest = self.mood.longest[usize::from(large)];
        let shortest = if large { 64 << 10 } else { 0 };
        (shortest + self.chance.below(longest - shortest), large)
    }

    /// A frame that is told, for now or for later.
    pub(super) fn frame_of(&mut self, by: Who, what: What) -> Frame {
        Frame { id: self.fresh(), by, bytes: 0, apart: false, garbled: false, what }
    }

    /// Tells or calls; whoever finds no room may wait for it.
    fn send(&mut self, by: Who, to: Recipient<'static>) {
        let calls = by.number == OUTSIDE || self.chance.one_in(3);
        let port = calls.then(|| self.fresh());
        if let Err(Refused::Full) = self.tell(by, to.clone(), port, None)
            && self.chance.one_in(2)
        {
            let outlet = &self.nodes[by.side].lane.outlet;
            let (stop, room) = (outlet.stopped(&to), outlet.is_full());
            self.nodes[by.side].waiting.push(Waiter { by, to, stop, room });
        }
    }

    /// On behalf of a caller whose reply goes with it, maybe.
    fn tell(&mut self, by: Who, to: Recipient<'static>, port: Option<u64>, behalf: Option<u64>) -> Result<(), Refused> {
        let (bytes, apart) = self.length();
        let garbled = self.chance.one_in(30);
        let run = match to {
            Recipient::Actor(_) => Some(if self.chance.one_in(20) { EARLIER } else { RUN }),
            Recipient::Name(_) => None,
        };
        let frame = Frame { id: self.fresh(), by, bytes, apart, garbled, what: What::Tell { to: to.clone(), port } };
        let caller = port.map(|_| Rc::new(Caller { by, behalf, waits: Cell::new(true) }));
        self.push(by.side, run, &frame, Some(&to), caller.as_ref())?;
        if let Some(port) = port {
            self.saw(Fact::Called { port, id: frame.id });
        }
        Ok(())
    }

    fn broadcast_by(&mut self, by: Who) {
        let (bytes, apart) = self.length();
        let garbled = self.chance.one_in(30);
        let frame = Frame { id: self.fresh(), by, bytes, apart, garbled, what: What::Broadcast };
        // It is bounded as what users send, and nobody's mailbox stops it.
        if self.nodes[by.side].lane.is_open {
            let _missed_by_all = self.push(by.side, Some(RUN), &frame, None, None);
        }
    }

    /// One of those who wait tries again, if it has reason to.
    pub(super) fn retry(&mut self, side: usize) -> bool {
        let node = &mut self.nodes[side];
        let Some(place) = node.waiting.iter().position(Waiter::is_ready) else { return false };
        let Waiter { by, to, .. } = node.waiting.remove(place);
        self.send(by, to);
        true
    }

    /// What could not be decoded is told in sums, where there is room.
    pub(super) fn tell_notices(&mut self, side: usize) -> bool {
        let count = self.nodes[side].notices;
        if count == 0 || !self.nodes[side].lane.is_open {
            return false;
        }
        let frame = self.frame_of(Who { side, number: 0 }, What::Notice(count));
        let told = self.push(side, None, &frame, None, None).is_ok();
        self.nodes[side].notices -= if told { count } else { 0 };
        told
    }

    /// Those who wait for a recipient that takes messages again.
    pub(super) fn wake(&mut self, side: usize, woken: Option<u64>) {
        for waiter in self.nodes[side].waiting.iter_mut().filter(|waiter| woken.is_some() && waiter.stop == woken) {
            waiter.stop = None;
        }
    }

    fn watch(&mut self, by: Who, actor: ActorId) {
        let reference = self.fresh();
        if self.nodes[by.side].lane.is_finished {
            return;
        }
        self.saw(Fact::Watched { reference, by, actor: Who { side: 1 - by.side, number: actor.0 } });
        self.nodes[by.side].watches.insert(reference, by);
        let frame = self.frame_of(by, What::Monitor { reference, actor });
        self.push_always(by.side, &frame);
    }

    pub(super) fn watch_heard(&mut self, side: usize, reference: u64, actor: ActorId) {
        match self.nodes[side].actors.get_mut(&actor) {
            Some(actor) => actor.watchers.push(reference),
            None => {
                let frame = self.frame_of(Who { side, number: actor.0 }, What::Down { reference });
                self.push_always(side, &frame);
            }
        }
    }

    /// As if the other side had heard of it already.
    fn link(&mut self, by: Who, with: ActorId) {
        if let Some(other) = self.nodes[1 - by.side].actors.get_mut(&with) {
            other.linked.push(ActorId(by.number));
        }
    }

    /// A caller goes away; the lane hears of it at once, or finds out.
    fn give_up(&mut self, side: usize) {
        let ports: Vec<PortId> = self.nodes[side].lane.outlet.ports().keys().copied().collect();
        let Some(port) = self.chance.pick(&ports) else { return };
        if self.chance.one_in(2) {
            return self.end_call(side, port.0, How::GaveUp);
        }
        let caller = self.nodes[side].lane.outlet.ports().get(&port).cloned();
        caller.into_iter().for_each(|caller| self.end_caller(side, port.0, &caller, How::GaveUp));
    }

    pub(super) fn end_call(&mut self, side: usize, port: u64, how: How) {
        if let Some(caller) = self.nodes[side].lane.outlet.port(PortId(port)) {
            self.end_caller(side, port, &caller, how);
        }
    }

    /// Who waits behind a port is told, and tells whoever it waits for.
    pub(super) fn end_caller(&mut self, side: usize, port: u64, caller: &Caller, how: How) {
        if !caller.waits.replace(false) {
            return;
        }
        self.saw(Fact::Ended { port, how });
        match caller.behalf {
            Some(first) if how == How::Answered && self.mistake != Some(Mistake::ForwardedAnswersFail) => {
                self.answer_call(caller.by, first);
            }
            Some(first) if self.mistake != Some(Mistake::ForwardedAreForgotten) => self.fail_call(side, first),
            _ => {}
        }
    }

    /// A caller on the other side is told that there is no answer.
    pub(super) fn fail_call(&mut self, side: usize, port: u64) {
        let frame = self.frame_of(Who { side, number: 0 }, What::NoAnswer { port });
        self.push_always(side, &frame);
    }

    /// An actor takes a letter out of its mailbox, or does not.
    pub(super) fn consume(&mut self, side: usize) -> bool {
        let actors: Vec<ActorId> = self.nodes[side].actors.keys().copied().collect();
        let Some(id) = self.chance.pick(&actors) else { return false };
        let Some(actor) = self.nodes[side].actors.get_mut(&id) else { return false };
        if actor.pace.is_none_or(|pace| !self.chance.one_in(pace)) {
            return false;
        }
        let Some(letter) = actor.mailbox.pop_front() else { return false };
        actor.owed.extend(letter.port);
        if self.chance.one_in(2) {
            self.answer_owed(side);
        }
        true
    }

    /// Some actor answers somebody, or drops the reply.
    pub(super) fn answer_owed(&mut self, side: usize) -> bool {
        let owing = |(id, actor): (&ActorId, &super::node::Actor)| (!actor.owed.is_empty()).then_some(*id);
        let owing: Vec<ActorId> = self.nodes[side].actors.iter().filter_map(owing).collect();
        let Some(id) = self.chance.pick(&owing) else { return false };
        let Some(actor) = self.nodes[side].actors.get_mut(&id) else { return false };
        let port = actor.owed.remove(self.chance.below(actor.owed.len()));
        if self.chance.one_in(6) {
            self.pass_on(Who { side, number: id.0 }, port);
            return true;
        }
        if self.chance.one_in(8) {
            self.fail_call(side, port);
            return true;
        }
        self.answer_call(Who { side, number: id.0 }, port);
        true
    }

    /// A reply goes to somebody else, here or on the other side, who is to answer it.
    fn pass_on(&mut self, by: Who, port: u64) {
        let to = ActorId(1 + self.chance.below(ACTORS as usize) as u64);
        if self.chance.one_in(3)
            && let Some(actor) = self.nodes[by.side].actors.get_mut(&to)
        {
            return actor.owed.push(port);
        }
        let proxy = self.fresh();
        self.saw(Fact::Forwarded { port, by: proxy });
        let told = self.tell(by, Recipient::Actor(to), Some(proxy), Some(port));
        // What was handed back still holds the reply.
        if let (Err(_), Some(actor)) = (told, by.actor().and_then(|id| self.nodes[by.side].actors.get_mut(&id))) {
            actor.owed.push(port);
        }
    }

    fn answer_call(&mut self, by: Who, port: u64) {
        let (bytes, apart) = self.length();
        let frame = Frame { id: self.fresh(), by, bytes, apart, garbled: false, what: What::Answer { port } };
        self.push_always(by.side, &frame);
    }

    /// An actor says something to those who watch it, and answers.
    pub(super) fn last_words(&mut self, side: usize, id: ActorId) {
        let Some(actor) = self.nodes[side].actors.get(&id) else { return };
        let by = Who { side, number: id.0 };
        let watched =
            actor.watchers.iter().filter_map(|reference| self.nodes[1 - side].watches.get(reference)?.actor());
        let told: Vec<ActorId> = watched.chain(actor.linked.iter().copied()).collect();
        let Some(actor) = self.nodes[side].actors.get_mut(&id) else { return };
        let letters = actor.mailbox.iter_mut().filter_map(|letter| letter.port.take());
        let owed: Vec<u64> = std::mem::take(&mut actor.owed).into_iter().chain(letters).collect();
        // Long words, so that what follows them may overtake.
        let large = std::mem::replace(&mut self.mood.large, 2);
        owed.into_iter().for_each(|port| self.answer_call(by, port));
        self.mood.large = large;
        for to in told {
            self.send(by, Recipient::Actor(to));
        }
    }

    /// An actor comes to its end: what it owes fails, its names go, and who watches it is told.
    pub(super) fn end_actor(&mut self, side: usize, id: ActorId) {
        let Some(actor) = self.nodes[side].actors.remove(&id) else { return };
        let by = Who { side, number: id.0 };
        self.saw(Fact::Gone { actor: by });
        let node = &mut self.nodes[side];
        node.group.remove(&id);
        let names: Vec<&'static str> =
            node.names.iter().filter(|(_, holder)| **holder == id).map(|(name, _)| *name).collect();
        names.into_iter().for_each(|name| self.name(side, name, None));
        for port in actor.owed.into_iter().chain(actor.mailbox.into_iter().filter_map(|letter| letter.port)) {
            self.fail_call(side, port);
        }
        for reference in actor.watchers {
            let frame = self.frame_of(by, What::Down { reference });
            self.push_always(side, &frame);
        }
        for to in actor.linked {
            let frame = self.frame_of(by, What::Exit { to });
            self.push_always(side, &frame);
        }
    }

    /// What a mistake says late, in any order.
    pub(super) fn say_late(&mut self, side: usize) -> bool {
        let words = self.nodes[side].words.len();
        if words == 0 || self.mistake != Some(Mistake::WordsLeaveLate) {
            return false;
        }
        let place = self.chance.below(words);
        let frame = self.nodes[side].words.remove(place);
        match &frame.what {
            What::Stop(to) => self.saw(Fact::Said { side, word: Word::Stop, to: to.clone() }),
            What::Go(to) => self.saw(Fact::Said { side, word: Word::Go, to: to.clone() }),
            _ => {}
        }
        self.push_always(side, &frame);
        true
    }

    /// What was held goes no further.
    pub(super) fn left(&mut self, side: usize, left: Vec<super::mail::Mail>) {
        left.into_iter().for_each(|mail| self.give_back(side, mail, Why::Disconnected));
    }
}
