//! What the programs came to: rules that are kept because nothing happened are worth nothing. Never judges a program.

use std::{collections::BTreeMap, fmt};

use super::{
    clock::Moment,
    history::{Deed, History, Sight},
};
use crate::{CallError, ExitReason};

#[derive(Default)]
pub(super) struct Reach(BTreeMap<(&'static str, &'static str), u64>);

/// How an actor can end here, and with `NO_SUCH_ACTOR` what others can hear of it.
const ENDS: [&str; 7] = ["normal", "stopped", "killed", "failed", "panicked", "exited", "linked"];
const NO_SUCH_ACTOR: &str = "no such actor";
const OUTCOMES: [&str; 5] = ["answered", "refused", "no reply", "not delivered", "under way"];

impl Reach {
    pub(super) fn note(&mut self, history: &History) {
        let mut add = |kind, what| *self.0.entry((kind, what)).or_default() += 1;
        for (end, track) in history.ends.iter().zip(&history.tracks) {
            add("end", name(&end.reason));
            let in_handler = track.seen.last().is_some_and(|seen| seen.done == Moment::NEVER);
            if in_handler && end.reason == ExitReason::Killed {
                add("end", "killed in a handler");
            }
            for seen in &track.seen {
                match &seen.sight {
                    Sight::Message { .. } => add("message", "seen"),
                    Sight::Down(down) => add("down", name(&down.reason)),
                    Sight::Exit(exit) => add("exit", name(&exit.reason)),
                }
            }
        }
        for (_, act) in history.acts() {
            match &act.deed {
                Deed::Send { taken: false, .. } => add("message", "refused"),
                Deed::Look { outcome, .. } => add("call", describe(outcome.as_ref())),
                _ => {}
            }
        }
    }

    /// What no program came to.
    pub(super) fn missed(&self) -> Vec<(&'static str, &'static str)> {
        let told = ["down", "exit"]
            .into_iter()
            .flat_map(|kind| ENDS.iter().chain([&NO_SUCH_ACTOR]).map(move |end| (kind, *end)));
        let ends = ENDS.iter().chain([&"killed in a handler"]).map(|end| ("end", *end));
        let calls = OUTCOMES.iter().map(|outcome| ("call", *outcome));
        let all = told.chain(ends).chain(calls).chain([("message", "seen"), ("message", "refused")]);
        all.filter(|key| !self.0.contains_key(key)).collect()
    }
}

impl fmt::Display for Reach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|((kind, what), count)| writeln!(f, "{count:>9} {kind}: {what}"))
    }
}

fn name(reason: &ExitReason) -> &'static str {
    match reason {
        ExitReason::Normal => ENDS[0],
        ExitReason::Stopped => ENDS[1],
        ExitReason::Killed => ENDS[2],
        ExitReason::Failed(_) => ENDS[3],
        ExitReason::Panicked(_) => ENDS[4],
        ExitReason::Exited(_) => ENDS[5],
        ExitReason::Linked(_) => ENDS[6],
        ExitReason::NoSuchActor => NO_SUCH_ACTOR,
        _ => "something else",
    }
}

fn describe(outcome: Option<&Result<u64, CallError>>) -> &'static str {
    match outcome {
        Some(Ok(_)) => OUTCOMES[0],
        Some(Err(CallError::Refused(_))) => OUTCOMES[1],
        Some(Err(CallError::NoReply)) => OUTCOMES[2],
        Some(Err(CallError::NotDelivered(_))) => OUTCOMES[3],
        Some(Err(_)) => "something else",
        None => OUTCOMES[4],
    }
}
