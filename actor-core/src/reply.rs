//! The one-shot reply: a typed right to answer one call, which can be passed on and can cross nodes.
//! Never waits.

use std::{
    fmt,
    marker::PhantomData,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use crate::{
    call::{CallError, Slot},
    route::{Answers, Port, PortId},
    wire::{DecodeError, Decoder, Edge, EncodeError, Encoder, Form, Own, Wire, form::of_own},
};

/// The right to answer one call, once: using it consumes it. Dropped unanswered, it fails the call at once with
/// [`CallError::NoReply`], also when it was passed on to another actor or node.
#[must_use = "dropping a reply fails the call; answer it or pass it on"]
pub struct Reply<T>(Option<Target<T>>);

enum Target<T> {
    Local(Arc<Slot<T>>),
    Remote(Arc<RemoteReply>, fn(&T, &mut Encoder<'_>) -> Result<(), EncodeError>),
}

/// The right to answer a caller on another node. Shared with the port by which it is passed on.
struct RemoteReply {
    answers: Arc<dyn Answers>,
    port: PortId,
    /// Set once the message that brought it was decoded whole.
    armed: Arc<AtomicBool>,
    spent: AtomicBool,
}

impl Drop for RemoteReply {
    fn drop(&mut self) {
        if self.armed.load(Ordering::Acquire) && !*self.spent.get_mut() {
            self.answers.fail(self.port, CallError::NoReply);
        }
    }
}

impl<T> Reply<T> {
    pub(crate) fn local(slot: Arc<Slot<T>>) -> Self {
        Reply(Some(Target::Local(slot)))
    }

    /// Answers the call. If the caller no longer waits, or the connection to it is gone, the answer is dropped.
    pub fn send(self, answer: T) {
        self.complete(Ok(answer));
    }

    /// Refuses the call: the caller gets [`CallError::Refused`] with these words.
    pub fn refuse(self, why: impl fmt::Display) {
        self.complete(Err(CallError::Refused(why.to_string())));
    }

    /// Whether the caller is known to wait no longer, so that the work for the answer can be saved. Of a caller on
    /// another node nothing is known.
    pub fn is_abandoned(&self) -> bool {
        match &self.0 {
            Some(Target::Local(slot)) => slot.is_abandoned(),
            _ => false,
        }
    }

    fn complete(mut self, answer: Result<T, CallError>) {
        match self.0.take() {
            Some(Target::Local(slot)) => slot.complete(answer),
            Some(Target::Remote(remote, encode)) => {
                remote.spent.store(true, Ordering::Relaxed);
                let sent = answer.and_then(|answer| {
                    let answer = |e: &mut Encoder<'_>| encode(&answer, e);
                    remote.answers.answer(remote.port, &answer).map_err(|e| CallError::BadAnswer(e.to_string()))
                });
                if let Err(why) = sent {
                    remote.answers.fail(remote.port, why);
                }
            }
            None => unreachable!("invariant: a reply holds its target until it is consumed"),
        }
    }

    /// A second holder of the same right, for the port it leaves by.
    fn leave(&self) -> Self {
        Reply(match &self.0 {
            Some(Target::Local(slot)) => {
                slot.hold();
                Some(Target::Local(Arc::clone(slot)))
            }
            Some(Target::Remote(remote, encode)) => Some(Target::Remote(Arc::clone(remote), *encode)),
            None => None,
        })
    }
}

impl<T> Drop for Reply<T> {
    fn drop(&mut self) {
        if let Some(Target::Local(slot)) = &self.0 {
            slot.release();
        }
    }
}

impl<T> fmt::Debug for Reply<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Some(Target::Remote(remote, _)) => write!(f, "Reply({:?})", remote.port),
            _ => f.write_str("Reply(local)"),
        }
    }
}

impl<T: Send + 'static, F: Form<T> + 'static> Form<Reply<T>> for Reply<F> {
    const EDGE: Edge = Edge::of("reply", &[F::EDGE]);
    const LOCKED: u16 = F::LOCKED;

    fn type_name(out: &mut String) {
        crate::wire::named(out, "reply", &[F::type_name]);
    }

    fn encode(reply: &Reply<T>, e: &mut Encoder<'_>) -> Result<(), EncodeError> {
        e.port(Box::new(ReplyPort::<T, F>(reply.leave(), PhantomData)))
    }

    fn decode(d: &mut Decoder<'_>) -> Result<Reply<T>, DecodeError> {
        let port = PortId(Wire::decode(d)?);
        d.charge(size_of::<(usize, usize, RemoteReply)>())?;
        let answers = Arc::clone(&d.origin()?.answers);
        let remote = RemoteReply { answers, port, armed: d.arming(), spent: AtomicBool::new(false) };
        Ok(Reply(Some(Target::Remote(Arc::new(remote), F::encode))))
    }
}

impl<T: Wire + Send + 'static> Wire for Reply<T> {
    of_own!(Reply<Own<T>>);
}

/// A reply that has left, and the form of its answer.
struct ReplyPort<T, F>(Reply<T>, PhantomData<fn() -> F>);

impl<T: Send + 'static, F: Form<T>> Port for ReplyPort<T, F> {
    fn answer(self: Box<Self>, mut d: Decoder<'_>) -> Result<(), DecodeError> {
        match F::decode(&mut d).and_then(|answer| d.finish().map(|_armed| answer)) {
            Ok(answer) => {
                self.0.send(answer);
                Ok(())
            }
            Err(error) => {
                self.0.complete(Err(CallError::BadAnswer(error.to_string())));
                Err(error)
            }
        }
    }

    fn fail(self: Box<Self>, why: CallError) {
        self.0.complete(Err(why));
    }

    fn is_abandoned(&self) -> bool {
        self.0.is_abandoned()
    }
}
