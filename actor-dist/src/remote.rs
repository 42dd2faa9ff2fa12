//! Core's seam to other nodes, implemented: what a subject, a reply, a monitor and a link do when their actor is elsewhere.
//! Decides nothing: messages go to the driver's lanes, watches and links to its state.

use std::{
    future::Future,
    pin::Pin,
    sync::{Arc, Weak},
};

use actor_core::{
    ActorAddress, ActorId, CallError, Down, ExitReason, Incarnation, MonitorRef, NodeId, NodeName, SendFailure, System,
    Watcher,
    route::{Answers, Encode, LinkFigures, Outgoing, PortId, Remote},
    wire::{EncodeError, Versions},
};

use crate::{
    driver::Driver,
    frame::{self, AnswerFailure, Lane as Frame},
    lane::{Lane, Refused},
    packet::Scratch,
    proto::{Input, flow::Recipient, session_id::SessionId},
};

impl Remote for Driver {
    fn node(&self) -> &NodeId {
        self.id()
    }

    fn send(&self, to: &ActorAddress, message: &mut dyn Outgoing) -> Result<(), SendFailure> {
        Driver::send(self, to, message)
    }

    fn room<'a>(&'a self, to: &'a ActorAddress) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>> {
        Box::pin(async { Driver::room(self, &to.node.name, &Recipient::Actor(to.actor)).await })
    }

    fn watch(&self, to: &ActorAddress, reference: MonitorRef, watcher: Arc<dyn Watcher>) {
        Driver::watch(self, reference, to.clone(), watcher);
    }

    fn unwatch(&self, reference: MonitorRef) {
        let Some(node) = self.forget_watch(reference) else { return };
        // Without a session there is nothing to take back, and nothing to connect for.
        if let Some(lane) = self.known_lane(&node.name) {
            let frame = Frame::Demonitor { reference: reference.0 };
            let _gone_with_its_session = self.push(&lane, Some(node.incarnation), &frame);
        }
    }

    fn link(&self, actor: ActorId, with: &ActorAddress) {
        self.handle(Input::Link { actor, with: with.clone() });
    }

    fn unlink(&self, actor: ActorId, with: &ActorAddress) {
        self.handle(Input::Unlink { actor, with: with.clone() });
    }

    fn exit(&self, actor: ActorId, with: &ActorAddress, reason: &ExitReason) {
        self.handle(Input::LinkedEnded { actor, with: with.clone(), reason: reason.clone() });
    }

    fn system(&self) -> &System {
        &self.settings.system
    }

    fn ended(&self, actor: ActorId) {
        self.handle(Input::ActorGone(actor));
    }

    fn undelivered(&self, from: &NodeName, count: u64) {
        if let Some(inbound) = self.inbound_of(from) {
            inbound.undelivered(count);
        }
    }

    fn link_figures(&self) -> Vec<LinkFigures> {
        self.figures()
    }
}

impl Driver {
    /// Puts a frame of the cluster on its way, whatever waits already.
    pub(crate) fn push(&self, lane: &Lane, run: Option<Incarnation>, frame: &Frame) -> Result<(), Refused> {
        self.written(frame).map_or(Ok(()), |mut packet| lane.push_always(run, &mut packet, Vec::new()))
    }

    /// Puts a frame on its way that takes room as users' do.
    pub(crate) fn offer(&self, lane: &Lane, frame: &Frame) -> Result<(), Refused> {
        self.written(frame).map_or(Ok(()), |mut packet| lane.push(None, None, &mut packet, Vec::new()))
    }

    fn written(&self, frame: &Frame) -> Option<Scratch> {
        let mut packet = Scratch::take();
        match frame.encode(&mut packet.bytes, self.settings.max_frame) {
            Ok(()) => Some(packet),
            Err(error) => {
                tracing::error!(%error, "a frame of the cluster could not be written");
                None
            }
        }
    }
}

/// The way back to the callers at the other end of a session. Answers never take another session: their ports are of this
/// one.
#[derive(Debug)]
pub(crate) struct Back {
    pub(crate) driver: Arc<Driver>,
    pub(crate) session: SessionId,
    pub(crate) lane: Arc<Lane>,
}

impl Answers for Back {
    fn answer(&self, port: PortId, encode: Encode<'_>) -> Result<(), EncodeError> {
        let mut packet = Scratch::take();
        let newest = Versions::newest();
        let versions = self.lane.versions().map_or(&newest, |agreed| agreed);
        let answer = frame::answer(&mut packet.bytes, port.0)?;
        let (parts, places) = self.driver.fill(answer, versions, false, encode)?;
        let ports = packet.holds(parts, places);
        self.driver.keep_up(self.session, self.lane.push_always(None, &mut packet, ports));
        Ok(())
    }

    fn fail(&self, port: PortId, why: CallError) {
        self.refuse(port.0, failure_of(why));
    }
}

impl Back {
    pub(crate) fn refuse(&self, port: u64, failure: AnswerFailure) {
        let pushed = self.driver.push(&self.lane, None, &Frame::NoAnswer { port, failure });
        self.driver.keep_up(self.session, pushed);
    }
}

/// What a caller on another node is told.
fn failure_of(why: CallError) -> AnswerFailure {
    match why {
        CallError::NoReply | CallError::Deadline(_) | CallError::NodeDown { .. } => AnswerFailure::NoReply,
        CallError::Refused(why) => AnswerFailure::Refused(why),
        CallError::NotDelivered(failure) => not_taken(&failure),
        CallError::Undecodable(why) => AnswerFailure::Undecodable(why),
        CallError::BadAnswer(why) => AnswerFailure::BadAnswer(why),
        other => AnswerFailure::Other(other.to_string()),
    }
}

/// What a caller on another node is told of a request that no actor took.
pub(crate) fn not_taken(failure: &SendFailure) -> AnswerFailure {
    match failure {
        SendFailure::Stopped => AnswerFailure::Stopped,
        SendFailure::Overloaded => AnswerFailure::Overloaded,
        SendFailure::Unresolved => AnswerFailure::Unresolved,
        other => AnswerFailure::Other(other.to_string()),
    }
}

/// What a caller here is told by another node.
pub(crate) fn error_of(failure: AnswerFailure) -> CallError {
    match failure {
        AnswerFailure::Stopped => CallError::NotDelivered(SendFailure::Stopped),
        AnswerFailure::Overloaded => CallError::NotDelivered(SendFailure::Overloaded),
        AnswerFailure::Unresolved => CallError::NotDelivered(SendFailure::Unresolved),
        AnswerFailure::Undecodable(why) | AnswerFailure::WrongProtocol(why) => CallError::Undecodable(why),
        AnswerFailure::Refused(why) => CallError::Refused(why),
        AnswerFailure::BadAnswer(why) => CallError::BadAnswer(why),
        AnswerFailure::NoReply | AnswerFailure::Other(_) => CallError::NoReply,
    }
}

/// Why a tell from here reached nobody on another node, in words.
pub(crate) fn words(why: &AnswerFailure) -> String {
    match error_of(why.clone()) {
        CallError::NotDelivered(failure) => failure.to_string(),
        CallError::Undecodable(why) => why,
        CallError::NoReply => match why {
            AnswerFailure::Other(why) => why.clone(),
            _ => "the node gave no reason".to_owned(),
        },
        other => other.to_string(),
    }
}

/// A watcher on another node, in the table of one of our actors.
pub(crate) struct PeerWatcher {
    pub(crate) driver: Weak<Driver>,
    pub(crate) session: SessionId,
}

impl Watcher for PeerWatcher {
    fn down(&self, down: Down) {
        if let Some(driver) = self.driver.upgrade() {
            let Down { reference, reason, .. } = down;
            driver.handle(Input::ActorDown { session: self.session, reference: reference.0, reason });
        }
    }
}
