//! The one-shot reply: a typed right to answer one call, which can be passed on and can cross nodes.
//! Never waits.

use std::{
    fmt,
    marker::PhantomData,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use tokio::sync::oneshot::Sender;

use crate::{
    call::{Answer, CallError},
    lock::lock,
    route::{Answers, Port, PortId},
    wire::{DecodeError, Decoder, Edge, EncodeError, Encoder, Form, Own, Wire, form::of_own},
};

/// The right to answer one call, once: using it consumes it. Dropped unanswered, it fails the call at once with
/// [`CallError::NoReply`], also when it was passed on to another actor or node.
#[must_use = "dropping a reply fails the call; answer it or pass it on"]
pub struct Reply<T>(Mutex<Right<T>>);

/// Whom to answer, and who else could.
enum Right<T> {
    /// A caller here, whom nobody else can answer.
    Only(Sender<Answer<T>>),
    /// A caller here, whom a port by which this reply has left can answer too. The first answer takes the sender away; if nobody
    /// does, it goes with the last who could, and the caller is told.
    Shared(Arc<Mutex<Option<Sender<Answer<T>>>>>),
    Remote(Arc<RemoteReply<T>>),
}

/// The right to answer a caller on another node. Shared with the port by which it is passed on.
struct RemoteReply<T> {
    answers: Arc<dyn Answers>,
    port: PortId,
    encode: fn(&T, &mut Encoder<'_>) -> Result<(), EncodeError>,
    /// Set once the message that brought it was decoded whole.
    armed: Arc<AtomicBool>,
    spent: AtomicBool,
}

impl<T> RemoteReply<T> {
    fn complete(&self, answer: Result<T, CallError>) {
        self.spent.store(true, Ordering::Relaxed);
        let sent = answer.and_then(|answer| {
            let answer = |e: &mut Encoder<'_>| (self.encode)(&answer, e);
            self.answers.answer(self.port, &answer).map_err(|e| CallError::BadAnswer(e.to_string()))
        });
        if let Err(why) = sent {
            self.answers.fail(self.port, why);
        }
    }
}

impl<T> Drop for RemoteReply<T> {
    fn drop(&mut self) {
        if self.armed.load(Ordering::Acquire) && !*self.spent.get_mut() {
            self.answers.fail(self.port, CallError::NoReply);
        }
    }
}

impl<T> Reply<T> {
    pub(crate) fn local(sender: Sender<Answer<T>>) -> Self {
        Reply(Mutex::new(Right::Only(sender)))
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
        match &*lock(&self.0) {
            Right::Only(sender) => sender.is_closed(),
            Right::Shared(sender) => lock(sender).as_ref().is_none_or(Sender::is_closed),
            Right::Remote(_) => false,
        }
    }

    fn complete(self, answer: Result<T, CallError>) {
        let sender = match self.0.into_inner().unwrap_or_else(PoisonError::into_inner) {
            Right::Only(sender) => Some(sender),
            Right::Shared(sender) => lock(&sender).take(),
            Right::Remote(remote) => return remote.complete(answer),
        };
        if let Some(sender) = sender {
            let _nobody_waits = sender.send(answer.map_err(Box::new));
        }
    }

    /// A second holder of the same right, for the port it leaves by.
    fn leave(&self) -> Self {
        let mut right = lock(&self.0);
        if let Right::Only(_) = *right {
            let shared = Arc::new(Mutex::new(None));
            if let Right::Only(sender) = std::mem::replace(&mut *right, Right::Shared(Arc::clone(&shared))) {
                *lock(&shared) = Some(sender);
            }
        }
        Reply(Mutex::new(match &*right {
            Right::Shared(sender) => Right::Shared(Arc::clone(sender)),
            Right::Remote(remote) => Right::Remote(Arc::clone(remote)),
            Right::Only(_) => unreachable!("invariant: what leaves is shared"),
        }))
    }
}

impl<T> fmt::Debug for Reply<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*lock(&self.0) {
            Right::Remote(remote) => write!(f, "Reply({:?})", remote.port),
            Right::Only(_) | Right::Shared(_) => f.write_str("Reply(local)"),
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
        d.charge(size_of::<(usize, usize, RemoteReply<T>)>())?;
        let answers = Arc::clone(&d.origin()?.answers);
        let remote = RemoteReply { answers, port, encode: F::encode, armed: d.arming(), spent: AtomicBool::new(false) };
        Ok(Reply(Mutex::new(Right::Remote(Arc::new(remote)))))
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
