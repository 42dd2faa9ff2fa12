//! Where tasks, timers and the clock enter: runs actors, and nothing else in this crate spawns or sleeps.
#![expect(clippy::disallowed_methods, reason = "time and tasks enter here")]

mod timer;
mod turn;
mod wheel;

use std::{
    future::{Future, poll_fn},
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use crate::{actor::Actor, context::Context};

use self::turn::Turn;
pub(crate) use timer::{Timer, before};
pub(crate) use wheel::{Waits, expire};

/// Runs an actor until it ends.
pub(crate) fn start<A: Actor>(actor: A, cx: Context<A>) {
    tokio::spawn(run(actor, cx));
}

/// The actor's task. One block, in which everything is used where it was captured: an actor's memory is this future's.
fn run<A: Actor>(mut actor: A, mut cx: Context<A>) -> impl Future<Output = ()> + Send {
    let mut turn = Turn::new(Arc::clone(cx.cell()));
    async move {
        let reason = loop {
            let message = match poll_fn(|task| turn.next(&mut cx, task)).await {
                Ok(message) => message,
                Err(reason) => break reason,
            };
            if let Some(reason) = turn.watch_over(actor.dispatch(message, &mut cx)).await {
                break reason;
            }
            if turn.is_over() {
                tokio::task::yield_now().await;
            }
        };
        // What the actor holds goes before anybody hears of its end; a panic in its drop changes nothing about the reason.
        if catch_unwind(AssertUnwindSafe(|| drop(actor))).is_err() {
            tracing::error!(actor = ?cx.id(), "an actor panicked while it was dropped");
        }
        drop(cx);
        turn.end(&reason);
    }
}
