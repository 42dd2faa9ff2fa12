//! A node that is nowhere: enough for bytes to have come from.

use std::{future::Future, pin::Pin, sync::Arc};

use actor_core::{
    ActorAddress, ActorId, CallError, Incarnation, MonitorRef, NodeId, NodeName, SendFailure, Watcher,
    prelude::*,
    route::{Answers, Door, Encode, Origin, Outgoing, PortId, Remote},
    wire::EncodeError,
};

/// To which nothing is sent.
#[derive(Debug)]
pub(crate) struct Nowhere(NodeId, System);

#[allow(dead_code, reason = "every suite uses a part of it")]
impl Nowhere {
    pub(crate) fn new(node: NodeId) -> Arc<Self> {
        Arc::new(Nowhere(node, System::new()))
    }

    /// `here@h:1` in its seventh run.
    pub(crate) fn origin() -> Origin {
        Self::new(NodeId { name: "here@h:1".parse().expect("it is a name"), incarnation: Incarnation(7) }).into_origin()
    }

    pub(crate) fn into_origin(self: Arc<Self>) -> Origin {
        let (system, remote) = (self.1.clone(), Arc::clone(&self) as Arc<dyn Remote>);
        Origin { system, remote, answers: self, node: 0, door: Door::default() }
    }
}

impl Remote for Nowhere {
    fn node(&self) -> &NodeId {
        &self.0
    }

    fn send(&self, _: &ActorAddress, _: &mut dyn Outgoing) -> Result<(), SendFailure> {
        Ok(())
    }

    fn room<'a>(&'a self, _: &'a ActorAddress) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>> {
        Box::pin(async {})
    }

    fn watch(&self, _: &ActorAddress, _: MonitorRef, _: Arc<dyn Watcher>) {}

    fn unwatch(&self, _: MonitorRef) {}

    fn link(&self, _: ActorId, _: &ActorAddress) {}

    fn unlink(&self, _: ActorId, _: &ActorAddress) {}

    fn exit(&self, _: ActorId, _: &ActorAddress, _: &ExitReason) {}

    fn system(&self) -> &System {
        &self.1
    }

    fn ended(&self, _: ActorId) {}

    fn undelivered(&self, _: &NodeName, _: u64) {}
}

impl Answers for Nowhere {
    fn answer(&self, _: PortId, _: Encode<'_>) -> Result<(), EncodeError> {
        Ok(())
    }

    fn fail(&self, _: PortId, _: CallError) {}
}
