//! The wait of a send for room: one deadline over as many attempts as it takes. Knows neither mailboxes nor links: what is
//! tried, and what is waited for in between, is given.

use std::{future::Future, time::Duration};

use crate::{
    address::{SendError, SendFailure},
    protocol::Message,
    runtime::{self, Deadline},
    subject::Subject,
};

/// How long a send may wait, in all. Costs nothing until it has to.
pub struct Wait {
    deadline: Duration,
    armed: Deadline,
}

impl Wait {
    /// So long, from the first wait on.
    pub fn within(deadline: Duration) -> Self {
        Wait { deadline, armed: Deadline::Unarmed }
    }

    /// Sends to whoever is found. If that actor ends while room is waited for, to whoever is found then: a name may have gone on to
    /// another.
    ///
    /// # Errors
    /// [`SendError`]; [`SendError::Unresolved`] if nobody is found.
    pub async fn send_to<P: Message>(
        mut self,
        find: impl Fn() -> Option<Subject<P>>,
        mut msg: P,
    ) -> Result<(), SendError<P>> {
        loop {
            let Some(holder) = find() else { return Err(SendError::Unresolved(msg)) };
            msg = match holder.send_while(&mut self, msg).await {
                Err(SendError::Stopped(msg)) if find().is_none_or(|next| !next.same_actor(&holder)) => msg,
                done => return done,
            };
        }
    }

    /// Sends what may find room some time, by no more than a way to try.
    ///
    /// # Errors
    /// [`SendError`], as `tell` gave it.
    pub async fn send_by<P, F: Future<Output = ()>>(
        mut self,
        tell: impl Fn(P) -> Result<(), SendError<P>>,
        room: impl Fn() -> F,
        msg: P,
    ) -> Result<(), SendError<P>> {
        let room = || async {
            room().await;
            Ok(())
        };
        self.send(&tell, room, |(), msg| tell(msg), msg).await
    }

    /// Sends by `tell`, and from then on, whenever there is room, into that.
    pub(crate) async fn send<P, R, F: Future<Output = Result<R, SendFailure>>>(
        &mut self,
        tell: impl Fn(P) -> Result<(), SendError<P>>,
        room: impl Fn() -> F,
        tell_into: impl Fn(R, P) -> Result<(), SendError<P>>,
        msg: P,
    ) -> Result<(), SendError<P>> {
        let mut msg = match tell(msg) {
            Err(SendError::Overloaded(msg)) => msg,
            done => return done,
        };
        loop {
            let room = match runtime::before(self.deadline, &mut self.armed, room()).await {
                None => return Err(SendError::Overloaded(msg)),
                Some(Err(failure)) => return Err(failure.with(msg)),
                Some(Ok(room)) => room,
            };
            msg = match tell_into(room, msg) {
                Err(SendError::Overloaded(msg)) => msg,
                done => return done,
            };
        }
    }
}

impl std::fmt::Debug for Wait {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Wait({:?})", self.deadline)
    }
}
