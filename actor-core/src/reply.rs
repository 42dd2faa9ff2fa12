//! The one-shot reply: a typed right to answer one call, which can be passed on and can cross nodes.
//! Never waits.

use std::{
    fmt,
    marker::PhantomData,
    sync::{
        Arc, Mutex, PoisonError, Weak,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use tokio::sync::oneshot::Sender;

use crate::{
    call::{Answer, CallError},
    lock::lock,
    patience::Patience,
    route::{Answers, Asked, Port, PortId, Request},
    wire::{DecodeError, Decoder, Edge, EncodeError, Encoder, Form, Own, Wire, form::of_own},
};

/// The right to answer one call, once: using it consumes it. Dropped unanswered, it fails the call at once with
/// [`CallError::NoReply`], also when it was passed on to another actor or node.
///
/// # Examples
/// Work that takes long need not be done for nobody:
///
/// ```
/// use actor_core::prelude::*;
///
/// #[derive(Protocol)]
/// #[wire(uri = "math.Primes", version = 1)]
/// pub enum Primes {
///     Below { limit: u64, reply: Reply<u64> },
/// }
///
/// # #[derive(Actor)]
/// # #[actor(handles(Primes))]
/// # struct Sieve;
/// impl Handler<Primes> for Sieve {
///     async fn handle(&mut self, msg: Primes, _: &mut Context<Self>) -> Result<(), Error> {
///         let Primes::Below { limit, reply } = msg;
///         let mut found = 0;
///         for n in 2..limit {
///             if n % 1000 == 0 && reply.is_abandoned() {
///                 return Ok(());
///             }
///             found += u64::from((2..n).take_while(|d| d * d <= n).all(|d| n % d != 0));
///         }
///         reply.send(found);
///         Ok(())
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let primes: Subject<Primes> = spawn(Sieve).subject();
/// assert_eq!(primes.below(5000).await?, 669);
/// # Ok(())
/// # }
/// ```
#[must_use = "dropping a reply fails the call; answer it or pass it on"]
pub struct Reply<T>(Mutex<Right<T>>);

/// Whom to answer, and who else could.
enum Right<T> {
    /// A caller here, whom nobody else can answer.
    Only(Sender<Answer<T>>),
    /// A caller here, whom a port by which this reply has left can answer too. The first answer takes the sender away; if nobody
    /// does, it goes with the last who could, and the caller is told.
    Shared(Arc<Shared<T>>),
    Remote(Arc<RemoteReply<T>>),
}

/// The right to answer a caller here, for several.
struct Shared<T> {
    sender: Mutex<Option<Sender<Answer<T>>>>,
    /// How long the caller waits, if another node is to know.
    patience: Option<Arc<Patience>>,
}

/// The right to answer a caller on another node. Shared with the port by which it is passed on.
struct RemoteReply<T> {
    answers: Arc<dyn Answers>,
    port: PortId,
    encode: fn(&T, &mut Encoder<'_>) -> Result<(), EncodeError>,
    /// Set once the message that brought it was decoded whole.
    armed: Arc<AtomicBool>,
    spent: AtomicBool,
    /// What is known of the caller.
    request: Option<Arc<Request>>,
}

impl<T> RemoteReply<T> {
    fn complete(&self, answer: Result<T, CallError>) {
        let first = !self.spent.swap(true, Ordering::Relaxed);
        if let Some(request) = self.request.as_ref().filter(|_| first) {
            request.answered();
        }
        if self.is_given_up() {
            return;
        }
        let sent = answer.and_then(|answer| {
            let answer = |e: &mut Encoder<'_>| (self.encode)(&answer, e);
            self.answers.answer(self.port, &answer).map_err(|e| CallError::BadAnswer(e.to_string()))
        });
        if let Err(why) = sent {
            self.answers.fail(self.port, why);
        }
    }
}

impl<T> RemoteReply<T> {
    fn is_given_up(&self) -> bool {
        self.request.as_ref().is_some_and(|request| request.is_given_up(self.port))
    }
}

impl<T> Drop for RemoteReply<T> {
    fn drop(&mut self) {
        if *self.spent.get_mut() {
            return;
        }
        if let Some(request) = &self.request {
            request.answered();
        }
        if self.armed.load(Ordering::Acquire) && !self.is_given_up() {
            self.answers.fail(self.port, CallError::NoReply);
        }
    }
}

impl<T> Reply<T> {
    /// To a caller here, whose patience is known if its request goes to another node.
    pub(crate) fn local(sender: Sender<Answer<T>>, patience: Option<Arc<Patience>>) -> Self {
        Reply(Mutex::new(match patience {
            None => Right::Only(sender),
            patience => Right::Shared(Arc::new(Shared { sender: Mutex::new(Some(sender)), patience })),
        }))
    }

    /// Answers the call. If the caller no longer waits, or the connection to it is gone, the answer is dropped.
    pub fn send(self, answer: T) {
        self.complete(Ok(answer));
    }

    /// Refuses the call: the caller gets [`CallError::Refused`] with these words.
    pub fn refuse(self, why: impl fmt::Display) {
        self.complete(Err(CallError::Refused(why.to_string())));
    }

    /// Whether the caller is known to wait no longer, so that the work for the answer can be saved: it dropped the call, or its
    /// deadline has passed. Of a caller on another node this is known a moment later, unless that node runs a build that does not say
    /// so.
    pub fn is_abandoned(&self) -> bool {
        match &*lock(&self.0) {
            Right::Only(sender) => sender.is_closed(),
            Right::Shared(shared) => lock(&shared.sender).as_ref().is_none_or(Sender::is_closed),
            Right::Remote(remote) => remote.is_given_up(),
        }
    }

    /// Until when a caller on another node waits for the answer, as far as it has said; longer, if it says so later. `None` for a
    /// caller of this process, and for one whose node does not say.
    ///
    /// A handler need not look at it to pass it on: what it calls itself before it has answered waits no longer than this, unless
    /// told otherwise.
    pub fn deadline(&self) -> Option<Instant> {
        match &*lock(&self.0) {
            Right::Only(_) | Right::Shared(_) => None,
            Right::Remote(remote) => remote.request.as_ref()?.until(),
        }
    }

    fn complete(self, answer: Result<T, CallError>) {
        let sender = match self.0.into_inner().unwrap_or_else(PoisonError::into_inner) {
            Right::Only(sender) => Some(sender),
            Right::Shared(shared) => lock(&shared.sender).take(),
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
            let shared = Arc::new(Shared { sender: Mutex::new(None), patience: None });
            if let Right::Only(sender) = std::mem::replace(&mut *right, Right::Shared(Arc::clone(&shared))) {
                *lock(&shared.sender) = Some(sender);
            }
        }
        Reply(Mutex::new(match &*right {
            Right::Shared(shared) => Right::Shared(Arc::clone(shared)),
            Right::Remote(remote) => Right::Remote(Arc::clone(remote)),
            Right::Only(_) => unreachable!("invariant: what leaves is shared"),
        }))
    }
}

#[cfg(test)]
impl<T: Wire + Send + 'static> Reply<T> {
    /// As it would stand in a session's table.
    pub(crate) fn port_for_tests(&self) -> Box<dyn Port> {
        Box::new(ReplyPort::<T, Own<T>>(self.leave(), PhantomData))
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
        let (armed, spent, request) = (d.arming(), AtomicBool::new(false), d.request());
        let remote = RemoteReply { answers, port, encode: F::encode, armed, spent, request };
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

    fn wait(&self) -> Option<Duration> {
        match &*lock(&self.0.0) {
            Right::Only(_) => None,
            Right::Shared(shared) => shared.patience.as_ref().map(|patience| patience.left()),
            Right::Remote(remote) => remote.request.as_ref()?.left(),
        }
    }

    fn leaves(&self, asked: Weak<dyn Asked>, port: PortId) {
        match &*lock(&self.0.0) {
            Right::Only(_) => {}
            Right::Shared(shared) => shared.patience.iter().for_each(|patience| patience.leaves(asked.clone(), port)),
            Right::Remote(remote) => {
                remote.request.iter().for_each(|request| request.leaves(remote.port, asked.clone(), port));
            }
        }
    }
}
