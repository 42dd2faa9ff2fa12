//! Where tasks, timers and the clock enter: runs actors, and nothing else in this crate spawns or sleeps.
#![expect(clippy::disallowed_methods, reason = "time and tasks enter here")]

mod current;
mod deadline;
mod hook;
mod timer;
mod turn;
mod wheel;

use std::{
    future::{Future, poll_fn},
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    time::{Duration, Instant},
};

use crate::{actor::Actor, context::Context};

use self::turn::Turn;
pub(crate) use current::{Current, current, left_to_serve};
pub(crate) use deadline::{Deadline, before};

/// The time, for ages.
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// Does something on a thread of its own, at the latest so often, until it says that it is enough.
pub(crate) fn every(name: &str, period: Duration, mut act: impl FnMut(Instant) -> bool + Send + 'static) {
    let body = move || {
        while act(Instant::now()) {
            std::thread::sleep(period);
        }
    };
    if let Err(error) = std::thread::Builder::new().name(name.to_owned()).spawn(body) {
        tracing::error!(%error, name, "a thread could not be started");
    }
}

/// Something that is done so often, until it says that it is enough or this is dropped.
#[cfg(feature = "metrics")]
pub(crate) struct Repeating(tokio::task::AbortHandle);

#[cfg(feature = "metrics")]
impl Drop for Repeating {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Does something at once and then so often, as a task.
#[cfg(feature = "metrics")]
pub(crate) fn repeat(period: Duration, mut act: impl FnMut() -> bool + Send + 'static) -> Repeating {
    let task = tokio::spawn(async move {
        while act() {
            tokio::time::sleep(period).await;
        }
    });
    Repeating(task.abort_handle())
}

/// Runs an actor until it ends.
pub(crate) fn start<A: Actor>(actor: A, cx: Context<A>) {
    tokio::spawn(run(actor, cx));
}

/// An actor at work. Its future may be dropped at any await: then these go in this order, so that what the actor holds goes, and
/// it watches nobody any more, before anybody hears of its end.
struct Run<A: Actor> {
    actor: A,
    cx: Context<A>,
    turn: Turn<A>,
}

/// The actor's task. One block, in which everything is used where it was captured: an actor's memory is this future's. What
/// few actors need is boxed.
fn run<A: Actor>(actor: A, cx: Context<A>) -> impl Future<Output = ()> + Send {
    let mut run = Run { turn: Turn::new(Arc::clone(cx.cell())), actor, cx };
    async move {
        let mut reason = 'run: {
            if A::LIFECYCLE.is_some()
                && let Some(reason) = Box::pin(hook::start(&mut run.turn, &mut run.actor, &mut run.cx)).await
            {
                break 'run reason;
            }
            loop {
                let (message, scene) = match poll_fn(|task| run.turn.next(&mut run.cx, task)).await {
                    Ok(next) => next,
                    Err(reason) => break 'run reason,
                };
                if let Some(reason) = run.turn.watch_over(scene, run.actor.dispatch(message, &mut run.cx)).await {
                    break 'run reason;
                }
                if run.turn.is_over() {
                    tokio::task::yield_now().await;
                }
            }
        };
        run.turn.close(&reason);
        if let Some(deadline) = A::LIFECYCLE {
            Box::pin(hook::stop(&mut run.turn, &mut run.actor, &mut run.cx, &mut reason, deadline)).await;
        }
        // What the actor holds goes before anybody hears of its end; a panic in its drop changes nothing about the reason.
        if catch_unwind(AssertUnwindSafe(|| drop(run.actor))).is_err() {
            tracing::error!(actor = ?run.cx.id(), "an actor panicked while it was dropped");
        }
        drop(run.cx);
        run.turn.end(&reason);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Capacity, System,
        cell::Cell,
        exit::Error,
        prelude::{Actor, Handler},
    };

    #[derive(Actor)]
    #[actor(handles(u64))]
    struct Small(#[expect(dead_code, reason = "it is the weight of an actor")] [u64; 3]);

    impl Handler<u64> for Small {
        async fn handle(&mut self, _: u64, _: &mut Context<Self>) -> Result<(), Error> {
            Ok(())
        }
    }

    /// DESIGN §8: a small actor takes one block of 240 bytes and its task one of 272 from the system's allocator, which put
    /// together leave no gap between tasks that stand at multiples of 128. A word more in either costs every actor 128 bytes.
    #[test]
    fn a_small_actor_fits_the_allocators_blocks() {
        let cell = Cell::<Small>::new(System::new(), Capacity::default());
        let counts = 2 * size_of::<usize>();
        assert!(size_of_val(&*cell) + counts <= 232, "{} bytes", size_of_val(&*cell) + counts);
        let future = run(Small([0; 3]), Context::new(cell.uncounted()));
        assert!(size_of_val(&future) <= 152, "{} bytes", size_of_val(&future));
    }
}
