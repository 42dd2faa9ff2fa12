//! S1, M3, L2: that there is no such actor is heard after all that its end meant to the one who asks.

use super::mail::Mail;
use crate::{
    ExitReason,
    tests::signals::history::{Deed, History, Sight},
};

pub(super) fn check(history: &History, who: usize, _: &mut Mail, wrong: &mut Vec<String>) {
    let track = &history.tracks[who];
    let watched = |down: &crate::Down| {
        track.acts.iter().find_map(|act| match act.deed {
            Deed::Monitor { to, reference } if reference == down.reference => Some(to),
            _ => None,
        })
    };
    let mut strangers = vec![false; history.ends.len()];
    for seen in &track.seen {
        let (other, reason) = match &seen.sight {
            Sight::Down(down) => (watched(down), &down.reason),
            Sight::Exit(exit) => (history.peer(exit), &exit.reason),
            _ => continue,
        };
        let Some(other) = other.filter(|other| *other < strangers.len()) else { continue };
        match reason {
            ExitReason::NoSuchActor => strangers[other] = true,
            reason if strangers[other] && *reason == history.ends[other].reason => {
                wrong.push(format!("S1: {who} heard that there is no {other} before it heard that it ended"));
            }
            _ => {}
        }
    }
}
