//! The hooks at an actor's beginning and end, under the same eye as its handlers. Boxed by who runs them, so that actors
//! without hooks do not pay for them.

use std::time::Duration;

use super::{
    deadline::{Deadline, before},
    timer::Timer,
    turn::Turn,
};
use crate::{actor::Actor, context::Context, exit::ExitReason};

/// Runs the start hook; `Some` if its end is also the actor's.
pub(super) async fn start<A: Actor>(turn: &mut Turn<A>, actor: &mut A, cx: &mut Context<A>) -> Option<ExitReason> {
    let mut end = turn.watch_over(None, actor.on_start(cx)).await;
    match &mut end {
        None => cx.cell().core.started(),
        Some(reason) => {
            if let ExitReason::Failed(why) = reason {
                *reason = ExitReason::StartFailed(std::mem::take(why));
            }
        }
    }
    end
}

/// Runs the stop hook of an actor that is to end for this reason, which the hook may worsen.
pub(super) async fn stop<A: Actor>(
    turn: &mut Turn<A>,
    actor: &mut A,
    cx: &mut Context<A>,
    reason: &mut ExitReason,
    deadline: Duration,
) {
    let core = &cx.cell().core;
    if !core.progress.is_started() || matches!(reason, ExitReason::Killed | ExitReason::Panicked(_)) {
        return;
    }
    let id = core.id;
    let mut exact = Deadline::Exact(Timer::after(deadline));
    let failed = match before(deadline, &mut exact, turn.watch_over(None, actor.on_stop(reason, cx))).await {
        Some(None) => return,
        Some(Some(failed)) => failed,
        None => ExitReason::StopOverdue,
    };
    tracing::warn!(actor = ?id, %reason, %failed, "the stop hook of an actor failed");
    if reason.is_normal() || failed == ExitReason::Killed {
        *reason = failed;
    }
}
