//! A node that is nowhere: enough for bytes to have come from.

use std::{future::Future, pin::Pin, sync::Arc};

use actor_core::{
    ActorAddress, ActorId, CallError, Incarnation, MonitorRef, NodeId, SendFailure, Watcher,
    prelude::*,
    route::{Answers, Encode, Origin, Outgoing, PortId, Remote},
    wire::EncodeError,
};

/// `here@h:1` in its seventh run.
#[derive(Debug)]
pub(crate) struct Nowhere(NodeId, System);

impl Nowhere {
    pub(crate) fn origin() -> Origin {
        let node = NodeId { name: "here@h:1".parse().expect("it is a name"), incarnation: Incarnation(7) };
        let system = System::new();
        let nowhere = Arc::new(Nowhere(node, system.clone()));
        Origin { system, remote: Arc::clone(&nowhere) as Arc<dyn Remote>, answers: nowhere }
    }
}

impl Remote for Nowhere {
    fn node(&self) -> &NodeId {
        &self.0
    }

    fn send(&self, _: &ActorAddress, _: &mut dyn Outgoing) -> Result<(), SendFailure> {
        Ok(())
    }

    fn room<'a>(&'a self, _: &'a NodeId) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>> {
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
}

impl Answers for Nowhere {
    fn answer(&self, _: PortId, _: Encode<'_>) -> Result<(), EncodeError> {
        Ok(())
    }

    fn fail(&self, _: PortId, _: CallError) {}
}
