//! What an actor does at its beginning and at its end. Never runs anything: that is `runtime`'s.

use std::{
    future::{Future, ready},
    time::Duration,
};

use crate::{
    actor::Actor,
    context::Context,
    exit::{Error, ExitReason},
};

/// Hooks of an actor, each of them optional. Say so in the derive: `#[actor(handles(..), lifecycle)]`.
///
/// ```
/// # use actor_core::prelude::*;
/// # #[derive(Protocol)] #[wire(uri = "shop.Stock", version = 1)] pub enum Stock { Sell { pieces: u64 } }
/// #[derive(Actor)]
/// #[actor(handles(Stock), lifecycle)]
/// struct Shelf { pieces: u64 }
///
/// impl Lifecycle for Shelf {
///     async fn started(&mut self, _: &mut Context<Self>) -> Result<(), Error> {
///         self.pieces = "12".parse()?; // an error here is the actor's end, before any message
///         Ok(())
///     }
///
///     async fn stopping(&mut self, reason: &ExitReason, _: &mut Context<Self>) -> Result<(), Error> {
///         println!("{} left; {reason}", self.pieces);
///         Ok(())
///     }
/// }
/// # impl Handler<Stock> for Shelf {
/// #     async fn handle(&mut self, msg: Stock, _: &mut Context<Self>) -> Result<(), Error> {
/// #         let Stock::Sell { pieces } = msg;
/// #         self.pieces -= pieces;
/// #         Ok(())
/// #     }
/// # }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let shelf = spawn(Shelf { pieces: 0 });
/// shelf.started().await?; // waits for the hook, and says why if it failed
/// shelf.subject::<Stock>().sell(2)?;
/// shelf.drain(); // handle what waits, then stop
/// assert_eq!(shelf.ended().await, ExitReason::Stopped);
/// # Ok(())
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "actor `{Self}` has `lifecycle` in its `#[actor(..)]` but no hooks",
    label = "no `impl Lifecycle for {Self}`",
    note = "write `impl Lifecycle for {Self} {{ .. }}` with `started` or `stopping` in it, or take `lifecycle` out of `#[actor(..)]`"
)]
pub trait Lifecycle: Actor + HasLifecycle {
    /// How long [`stopping`](Self::stopping) may take: five seconds, unless said otherwise.
    const STOP_DEADLINE: Duration = Duration::from_secs(5);

    /// Runs before the first message, in the actor's own task. Messages wait meanwhile, as do a stop and an exit; a kill
    /// ends it at its next await. An `Err` ends the actor with [`ExitReason::StartFailed`].
    fn started(&mut self, cx: &mut Context<Self>) -> impl Future<Output = Result<(), Error>> + Send {
        let _ = cx;
        ready(Ok(()))
    }

    /// Runs at the actor's end, after its last message, unless the actor was killed, panicked, or never started. It takes no
    /// messages any more, and its names still stand; calls to others work.
    ///
    /// An orderly end with a failing hook is none: the reason becomes the error, the panic, or
    /// [`ExitReason::StopOverdue`] when the hook takes longer than [`STOP_DEADLINE`](Self::STOP_DEADLINE). Any other reason
    /// stays, and the hook's failure is logged. A kill ends the hook at its next await, and is then the reason.
    fn stopping(
        &mut self,
        reason: &ExitReason,
        cx: &mut Context<Self>,
    ) -> impl Future<Output = Result<(), Error>> + Send {
        let _ = (reason, cx);
        ready(Ok(()))
    }
}

/// Says that the derive knows of the hooks. Written by `#[actor(.., lifecycle)]`.
#[diagnostic::on_unimplemented(
    message = "the hooks of actor `{Self}` would never run",
    label = "`{Self}` does not say that it has hooks",
    note = "add `lifecycle` to its attribute: `#[actor(handles(..), lifecycle)]`"
)]
pub trait HasLifecycle {}
