//! A message that waits for a session: itself and not its bytes, since only the session says in which versions it is written
//! (H4). Never writes anything: the driver does, when the session stands.

use std::panic::{AssertUnwindSafe, catch_unwind};

use actor_core::{CallError, SendFailure, TraceContext, route::Outgoing};

use crate::{lane::Ports, packet::Packet, proto::flow::Recipient};

/// What was found out by writing a message in the newest versions: those of the session may be others.
#[derive(Default)]
pub(crate) struct Trial {
    /// How large it was, in bytes.
    pub(crate) size: usize,
    /// Who waits for its replies, to be told if it never leaves.
    pub(crate) ports: Ports,
    /// Where in a trace it was sent.
    pub(crate) trace: Option<TraceContext>,
}

/// A message that waits.
pub(crate) struct Parked {
    pub(crate) to: Recipient<'static>,
    pub(crate) message: Box<dyn Outgoing>,
    pub(crate) trace: Option<TraceContext>,
    ports: Ports,
}

impl Parked {
    pub(crate) fn new(to: Recipient<'static>, message: Box<dyn Outgoing>, trial: Trial) -> Self {
        Parked { to, message, trace: trial.trace, ports: trial.ports }
    }

    /// It surely never leaves: who waits for its replies is told why.
    pub(crate) fn fail(&mut self, why: &SendFailure) {
        for (_, port) in self.ports.drain(..) {
            port.fail(CallError::NotDelivered(why.clone()));
        }
    }
}

/// Messages that go no further. They are dropped where no lock is held, since their destructors are users' code.
#[derive(Default)]
#[must_use = "users' destructors run when this is dropped, so no lock may be held then"]
pub(crate) struct Leftovers(Vec<Leftover>);

enum Leftover {
    Message(Parked),
    /// One that was written already.
    Frame(Packet, &'static str),
}

impl Leftovers {
    pub(crate) fn add(&mut self, parked: Parked) {
        self.0.push(Leftover::Message(parked));
    }

    /// What was written, if it is a user's.
    pub(crate) fn add_frame(&mut self, packet: Packet) {
        self.0.extend(packet.uri.map(|uri| Leftover::Frame(packet, uri)));
    }

    /// For whom each is, a group's members if for nobody, and of which protocol.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (Option<&Recipient<'static>>, &'static str)> {
        self.0.iter().map(|leftover| match leftover {
            Leftover::Message(parked) => (Some(&parked.to), parked.message.uri()),
            Leftover::Frame(packet, uri) => (packet.to.as_ref(), *uri),
        })
    }

    pub(crate) fn append(&mut self, mut others: Leftovers) {
        self.0.append(&mut others.0);
    }
}

impl Drop for Leftovers {
    fn drop(&mut self) {
        for leftover in self.0.drain(..) {
            let dropped = catch_unwind(AssertUnwindSafe(|| drop(leftover)));
            if dropped.is_err() {
                tracing::error!("the destructor of a message that was not sent panicked");
            }
        }
    }
}
