//! The last step of what arrived: decoded, and put into a mailbox or given to a caller. What is long runs where it keeps no
//! worker busy. Holds nothing: that is the gates'.

use std::{
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use actor_core::{
    ActorId, SendFailure,
    route::{Beside, DeliverError, Inlet, PortId, Shared, Undelivered},
    wire::{DecodeError, Decoder},
};
use bytes::Bytes;

use super::{
    addressee::Addressee,
    held::{Copy, Held, Message},
    inbound::{Inbound, guarded},
};
use crate::{driver::Driver, frame::AnswerFailure, net};

/// From this size on a message is decoded where it keeps no worker busy.
const ASIDE: usize = 256 << 10;

/// Why a member did not get a broadcast.
const MISSED: &str = "the actor has ended, or its mailbox is full";

impl Inbound {
    pub(super) async fn deal_with(self: &Arc<Self>, what: Held) {
        match what {
            Held::Message(message) => self.deliver(message).await,
            Held::Copy(copy) => self.copy(copy).await,
            Held::Answer { port, payload, ports } => self.answer_aside(port, payload, ports).await,
            other => self.pass(other),
        }
    }

    async fn deliver(self: &Arc<Self>, Message { to, inlet, payload, ports, beside }: Message) {
        let (inbound, limits) = (Arc::clone(self), self.driver.settings.limits);
        let actor = inlet.actor();
        let read = aside(&self.driver, payload.len(), move || {
            guarded(|| inlet.read((&payload).into(), &inbound.origin, limits, *beside))
        })
        .await;
        match read {
            Ok(undelivered) => self.put(to, actor, undelivered, ports).await,
            Err(error) => self.refused(&to, &ports, &error.into()),
        }
    }

    /// Puts a message into its mailbox, however long that is full, unless the session ends first.
    pub(super) async fn put(
        self: &Arc<Self>,
        to: Addressee,
        actor: Option<ActorId>,
        undelivered: Box<dyn Undelivered>,
        ports: Vec<u64>,
    ) {
        let mut delivery = undelivered.deliver();
        let mut told = false;
        let delivered = std::future::poll_fn(|task| {
            let polled = self.poll_delivery(delivery.as_mut(), task);
            if let Some(actor) = actor.filter(|_| polled.is_pending() && !std::mem::replace(&mut told, true)) {
                self.no_room(actor, &to);
            }
            polled
        });
        let delivered = tokio::select! {
            delivered = delivered => delivered,
            () = self.closed() => Err(SendFailure::Disconnected.into()),
        };
        if let Err(error) = delivered {
            self.refused(&to, &ports, &error);
        }
    }

    /// Under the lock, so that nothing is delivered when the session's end has been told.
    fn poll_delivery(
        &self,
        delivery: Pin<&mut (dyn Future<Output = Result<(), SendFailure>> + Send)>,
        task: &mut Context<'_>,
    ) -> Poll<Result<(), DeliverError>> {
        let state = self.lock();
        if self.is_over() {
            return Poll::Ready(Err(SendFailure::Disconnected.into()));
        }
        let polled = guarded(|| Ok::<_, DeliverError>(delivery.poll(task)));
        drop(state);
        match polled {
            Ok(polled) => polled.map_err(DeliverError::from),
            Err(error) => Poll::Ready(Err(error)),
        }
    }

    async fn copy(self: &Arc<Self>, Copy { to, member, payload, beside, shared }: Copy) {
        let (inbound, limits) = (Arc::clone(self), self.driver.settings.limits);
        let length = payload.len();
        let copied = aside(&self.driver, length, move || {
            guarded(|| {
                let read =
                    |inlet: &dyn Inlet| guarded(|| inlet.share((&payload).into(), &inbound.origin, limits, *beside));
                let shared = shared.get_or_init(|| read(&*member)).as_ref().map_err(Clone::clone)?;
                Ok::<_, DecodeError>(inbound.put_copy(&**shared, &*member))
            })
        });
        match copied.await {
            Ok(true) => {}
            Ok(false) => self.not_taken(1, &to, &MISSED),
            Err(error) => self.unread(1, &to, error),
        }
    }

    /// Puts a member's copy into its mailbox, under the lock for the same reason; users' code makes it before.
    fn put_copy(&self, shared: &dyn Shared, member: &dyn Inlet) -> bool {
        let enter = |put: &mut dyn FnMut() -> bool| {
            let _held = self.lock();
            !self.is_over() && put()
        };
        shared.copy_to(member, &enter).unwrap_or(false)
    }

    /// A broadcast: members whose gate is shut get it in turn.
    pub(super) fn broadcast(
        self: &Arc<Self>,
        to: Addressee,
        members: Vec<Arc<dyn Inlet>>,
        payload: Bytes,
        beside: Beside,
    ) {
        let (wait, now): (Vec<_>, Vec<_>) = members.into_iter().partition(|member| self.is_shut(member.actor()));
        if let Some(first) = now.first() {
            let limits = self.driver.settings.limits;
            let missed: Result<usize, DecodeError> = guarded(|| {
                let shared = first.share((&payload).into(), &self.origin, limits, beside.clone())?;
                Ok(now.iter().filter(|member| !self.put_copy(&*shared, &***member)).count())
            });
            match missed {
                Ok(missed) => self.not_taken(missed, &to, &MISSED),
                Err(error) => self.unread(now.len(), &to, error),
            }
        }
        let shared = Arc::default();
        for member in wait {
            let Some(actor) = member.actor() else { continue };
            let (payload, beside, shared) = (payload.clone(), beside.clone().into(), Arc::clone(&shared));
            self.hold(actor, Held::Copy(Copy { to: to.clone(), member, payload, beside, shared }));
        }
    }

    async fn answer_aside(self: &Arc<Self>, port: u64, payload: Bytes, ports: Vec<u64>) {
        let inbound = Arc::clone(self);
        aside(&self.driver, payload.len(), move || inbound.answer(port, &payload, &ports)).await;
    }

    /// The answer to a call. A caller that no longer waits has no port: it is late and goes no further (S4).
    pub(super) fn answer(&self, port: u64, payload: &Bytes, ports: &[u64]) {
        let decoder = Decoder::for_session(payload, &self.origin, self.driver.settings.limits);
        match self.back.lane.port(PortId(port)).map(|port| guarded(|| port.answer(decoder))) {
            Some(Ok(())) => {}
            Some(Err(error)) => self.refuse(ports, &AnswerFailure::Undecodable(error.to_string())),
            None => self.refuse(ports, &AnswerFailure::NoReply),
        }
    }
}

/// Runs users' code that is long, where it keeps no worker busy.
async fn aside<T: Send + 'static>(driver: &Driver, bytes: usize, code: impl FnOnce() -> T + Send + 'static) -> T {
    if bytes < ASIDE {
        return code();
    }
    net::aside(driver, code).await
}
