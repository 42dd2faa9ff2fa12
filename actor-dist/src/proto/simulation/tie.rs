//! Links as actors make and lose them: their tables follow the orders, as those of the local core do, and they hear of ends.

use actor_core::{ActorAddress, ActorId, ExitReason, NodeId};

use super::{
    Event, World,
    lane::{Frame, Lane, Pushed},
    log::{Seen, Tie},
};
use crate::proto::{Input, links, session_id::SessionId};

/// An actor, and whom it is linked with.
pub(super) type Bond = (ActorId, (NodeId, ActorId));

impl World {
    /// An actor links itself, or unlinks itself if it is linked; as `Context` does it: its own table first.
    pub(super) fn tie(&mut self, at: usize, bond: Bond) {
        let (now, node) = (self.now, self.node(at));
        if !node.actors.contains(&bond.0) || !node.busy.insert(bond.0) {
            return;
        }
        let id = node.id.clone();
        let linked = !node.ties.contains_key(&bond);
        self.log.note(now, &id, || format!("{:?} {} {:?}", bond.0, if linked { "links" } else { "unlinks" }, bond.1));
        match linked {
            true => self.stands(at, bond.clone()),
            false => self.undone(at, &bond),
        }
        // Its thread is held up between its words.
        if self.chance.one_in(4) {
            let after = self.chance.micros(0, 3000);
            let run = self.run(at).expect("invariant: it links");
            self.schedule(after, Event::Tied { run, bond, linked });
        } else {
            self.tied(at, bond, linked);
        }
    }

    /// Its node is told. Only now it is decided by which session a new link is.
    pub(super) fn tied(&mut self, at: usize, bond: Bond, linked: bool) {
        let (now, node) = (self.now, self.node(at));
        let session = node.session_with(&bond.1.0);
        if let Some(place) = node.ties.get(&bond).copied().filter(|_| linked) {
            let tie = &mut self.log.ties[place];
            (tie.since, tie.session) = (now, session);
        }
        let (actor, with) = (bond.0, ActorAddress { node: bond.1.0, actor: bond.1.1 });
        self.input(at, if linked { Input::Link { actor, with } } else { Input::Unlink { actor, with } });
        if let Some(node) = &mut self.hosts[at].node {
            node.busy.remove(&actor);
        }
    }

    /// The actor has ended: all who are linked with it are told.
    pub(super) fn untie_all(&mut self, at: usize, actor: ActorId) {
        let Some(node) = &self.hosts[at].node else { return };
        let mine: Vec<Bond> = node.ties.keys().filter(|(of, _)| *of == actor).cloned().collect();
        for bond in mine {
            self.undone(at, &bond);
            let with = ActorAddress { node: bond.1.0, actor: bond.1.1 };
            self.input_soon(at, Input::LinkedEnded { actor, with, reason: ExitReason::Killed });
        }
    }

    /// As `driver::link` does it.
    pub(super) fn link_order(&mut self, at: usize, order: links::Order) {
        match order {
            links::Order::Send { node, session, message } => self.push_to(at, session, &node, Frame::Link(message)),
            links::Order::Attach { actor, with } => {
                if self.node(at).actors.contains(&actor) {
                    self.stands(at, (actor, (with.node, with.actor)));
                } else {
                    let (now, reason) = (self.instant(), ExitReason::NoSuchActor);
                    self.node(at).proto.handle(now, Input::ActorGone(actor));
                    self.node(at).proto.handle(now, Input::LinkedEnded { actor, with, reason });
                }
            }
            links::Order::Detach { actor, with } | links::Order::Forget { actor, with } => {
                self.undone(at, &(actor, (with.node, with.actor)))
            }
            links::Order::Deliver { actor, with, reason } => {
                self.exit_arrives(at, &(actor, (with.node, with.actor)), reason);
            }
        }
    }

    /// As `driver::links` does it.
    pub(super) fn push_to(&mut self, at: usize, session: Option<SessionId>, node: &NodeId, frame: Frame) {
        match session {
            Some(session) => self.lane_frame(at, session, frame),
            None => self.push_waiting(at, node, frame),
        }
    }

    fn push_waiting(&mut self, at: usize, peer: &NodeId, frame: Frame) {
        let node = self.node(at);
        let lane = *node.lanes.entry(peer.name.clone()).or_insert_with(|| {
            node.all_lanes.push(Lane::new());
            node.all_lanes.len() - 1
        });
        if !matches!(node.all_lanes[lane], Lane::Pending(_)) {
            let (now, id) = (self.now, self.id(at));
            self.log.wrong(now, format!("{id}: {frame:?} waits for a session with {peer}, which stands or is lost"));
        }
        let _waits: Pushed = self.push_frame(at, lane, Some(peer.incarnation), frame);
    }

    /// The link is in the actor's own table from now on.
    fn stands(&mut self, at: usize, bond: Bond) {
        let (since, place) = (self.now, self.log.ties.len());
        let node = self.node(at);
        if node.ties.contains_key(&bond) {
            return;
        }
        node.ties.insert(bond.clone(), place);
        let (by, session) = (node.id.clone(), node.session_with(&bond.1.0));
        self.log.note(since, &by, || format!("{bond:?} stands, tie {place}"));
        self.log.ties.push(Tie { by, bond, since, session, undone: None });
    }

    fn undone(&mut self, at: usize, bond: &Bond) {
        if let Some(place) = self.node(at).ties.remove(bond) {
            let (now, id) = (self.now, self.id(at));
            self.log.note(now, &id, || format!("{bond:?} is undone, tie {place}"));
            self.log.ties[place].undone = Some(now);
        }
    }

    /// What is still known here of the other one, or of its node if that is lost, is noted.
    fn exit_arrives(&mut self, at: usize, bond: &Bond, reason: ExitReason) {
        let (now, id) = (self.now, self.id(at));
        let node = self.node(at);
        if !node.actors.contains(&bond.0) {
            return;
        }
        match node.ties.remove(bond) {
            Some(tie) => {
                let whole = matches!(reason, ExitReason::NodeDown(_));
                let leftover = node.known_of(&bond.1, whole);
                self.log.saw(now, &id, Seen::Exit { tie, reason, leftover });
            }
            // Its handler has taken the link out of the table, and not said so yet.
            None if node.busy.contains(&bond.0) => {}
            None => self.log.wrong(now, format!("L1: {id}: {reason:?} came by {bond:?}, which does not stand")),
        }
    }
}
