//! Tasks beside the readers, after `crate::arrival::delivery`: they take turns at a gate, or deal with what is for nobody's mailbox,
//! a step at a time.

use std::collections::VecDeque;

use actor_core::ActorId;

use super::{
    World,
    fact::{Fact, Why},
    mail::{Mail, What, Who},
    mistake::Mistake,
};
use crate::proto::flow::gates::{Held as _, Turn};

/// Something that goes on beside the readers.
pub(super) struct Task {
    /// Whom it takes turns for; nobody if it is done with what is at hand.
    pub(super) actor: Option<ActorId>,
    pub(super) hand: VecDeque<Mail>,
    /// Whether the gates were told that the mailbox is full.
    pub(super) told: bool,
    /// The body of what is for nobody's mailbox.
    pub(super) body: Option<u64>,
}

enum Dealt {
    Done,
    Waits,
}

impl World {
    /// One of the tasks does its next step.
    pub(super) fn go_on(&mut self, side: usize) -> bool {
        let inbound = &mut self.nodes[side].inbound;
        if inbound.tasks.is_empty() {
            return false;
        }
        let place = self.chance.below(inbound.tasks.len());
        let mut task = inbound.tasks.remove(place);
        let before = self.facts.len();
        let goes_on = match task.hand.pop_front() {
            Some(mail) => {
                match self.deal_with(side, &mail, &mut task) {
                    Dealt::Done => task.told = false,
                    Dealt::Waits if self.mistake == Some(Mistake::BackOfTheQueue) => task.hand.push_back(mail),
                    Dealt::Waits => task.hand.push_front(mail),
                }
                if task.actor.is_none() {
                    self.passed(side, task.body);
                }
                task.actor.is_some()
            }
            None => self.take_turn(side, &mut task),
        };
        let moved = task.hand.is_empty() || self.facts.len() > before;
        if goes_on {
            self.nodes[side].inbound.tasks.insert(place, task);
        }
        moved
    }

    fn take_turn(&mut self, side: usize, task: &mut Task) -> bool {
        let Some(actor) = task.actor else { return false };
        let early = matches!(self.mistake, Some(Mistake::OpensEarly | Mistake::BackOfTheQueue));
        loop {
            match self.gates(side, |gates, orders| gates.turn(actor, orders)) {
                Turn::Take(mail) => {
                    task.hand.push_back(mail);
                    if !early {
                        return true;
                    }
                }
                Turn::Rest => return self.rest(side, actor, task),
                Turn::Open => {
                    self.nodes[side].inbound.full.remove(&actor);
                    self.saw(Fact::Opened { at: Who { side, number: actor.0 } });
                    return self.rest(side, actor, task);
                }
            }
        }
    }

    /// No more turns; what a mistake has left at hand is dealt with.
    fn rest(&mut self, side: usize, actor: ActorId, task: &mut Task) -> bool {
        let left = std::mem::take(&mut task.hand);
        if left.is_empty() {
            return false;
        }
        (task.hand, task.actor) = (left, Some(actor));
        self.nodes[side].inbound.full.remove(&actor);
        true
    }

    fn deal_with(&mut self, side: usize, mail: &Mail, task: &mut Task) -> Dealt {
        match mail.frame.what {
            What::Broadcast if !self.is_over(side) => self.copy(side, mail),
            What::Answer { .. } => self.answer(side, mail),
            What::Down { .. } | What::Exit { .. } if !self.is_over(side) => self.pass(side, mail),
            _ if self.is_over(side) => self.refuse(side, mail, Why::Disconnected),
            _ => match self.try_put(side, mail) {
                None => self.refuse(side, mail, Why::Stopped),
                Some(true) => {}
                Some(false) => {
                    if let Some(actor) = mail.at.actor().filter(|_| !std::mem::replace(&mut task.told, true)) {
                        let (id, to) = (mail.frame.id, mail.recipient());
                        self.saw(Fact::Full { id, at: mail.at, to: to.clone(), straight: false });
                        self.nodes[side].inbound.full.insert(actor);
                        self.no_room(side, actor, to);
                    }
                    return Dealt::Waits;
                }
            },
        }
        Dealt::Done
    }
}
