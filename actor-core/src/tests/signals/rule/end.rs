//! L2, L3, V3: an actor ends for a reason that somebody gave, that can have arrived, and that nothing else surely arrived
//! before; a kill is seen as `Killed`; what comes by a link names the first to end, who did not end normally.

use super::{
    link::{Pair, is_normal},
    mail::Mail,
};
use crate::{
    ExitReason, Linked,
    tests::signals::{
        clock::{Moment, Window},
        history::{Deed, End, History, words},
    },
};

pub(super) fn check(history: &History, who: usize, mail: &mut Mail, wrong: &mut Vec<String>) {
    let End { reason, .. } = &history.ends[who];
    if !is_explained(history, who, mail) {
        wrong.push(format!("V3: nothing explains why {who} ended so: {reason}"));
    }
    let done = history.tracks[who].seen.iter().map(|seen| seen.done).filter(|done| *done != Moment::NEVER).max();
    let kills = history.acts().filter(|(_, act)| act.deed == Deed::Kill(who));
    if *reason != ExitReason::Killed
        && kills.into_iter().any(|(_, kill)| done.is_some_and(|done| kill.window.until < done))
    {
        wrong.push(format!("L3: {who} was killed, and ended so: {reason}"));
    }
}

fn is_explained(history: &History, who: usize, mail: &Mail) -> bool {
    let end = &history.ends[who];
    let first = |from: Moment| from < end.dropped && !mail.was_ending(from);
    let did = |deed: Deed| history.tracks[who].acts.iter().any(|act| act.deed == deed);
    let asked = |deed: Deed| history.acts().any(|(_, act)| act.deed == deed && first(act.window.from));
    match &end.reason {
        ExitReason::Normal => did(Deed::Finish),
        ExitReason::Stopped => asked(Deed::Stop(who)) || asked(Deed::Drain(who)),
        ExitReason::Killed => {
            history.acts().any(|(_, act)| act.deed == Deed::Kill(who) && act.window.from < end.dropped)
        }
        ExitReason::Failed(why) => why == "failed" && did(Deed::Fail),
        ExitReason::Panicked(why) => why == "panicked" && did(Deed::Panic),
        ExitReason::Exited(why) => history.acts().any(|(from, act)| match act.deed {
            Deed::Exit { to, number } if to == who && *why == words(from, to, number) => {
                let arrival = Window { from: act.window.from, until: act.window.until.min(end.dropped) };
                first(arrival.from) && history.trapping(who, arrival) != Some(true)
            }
            _ => false,
        }),
        ExitReason::Linked(linked) => (0..history.ends.len()).any(|other| {
            let came = came_by(history, who, other, linked);
            came.is_some_and(first)
        }),
        _ => false,
    }
}

/// From when on it can have come by the link with that one.
fn came_by(history: &History, who: usize, other: usize, linked: &Linked) -> Option<Moment> {
    let (end, theirs) = (&history.ends[who], &history.ends[other]);
    let pair = Pair::new(history, who, other);
    let first = linked.peer.actor() == history.ids[other];
    if first && linked.reason == ExitReason::NoSuchActor {
        return pair.may_have_missed();
    }
    let passed = match &theirs.reason {
        ExitReason::Linked(theirs) => **theirs == *linked,
        reason => first && *reason == linked.reason && !is_normal(reason),
    };
    let arrived = || history.trapping(who, pair.arrival(end.dropped)) != Some(true);
    (passed && pair.may_have_stood(end.dropped) && arrived()).then_some(theirs.told)
}
