//! M1, M3, M4, M5: each monitor has exactly one down, of the true reason, unless it was given up before; of one that had ended,
//! at once.

use super::mail::{Item, Mail};
use crate::{
    ExitReason, MonitorRef,
    tests::signals::{
        clock::{Moment, Window},
        history::{Deed, End, History, Sight},
    },
};

pub(super) fn check(history: &History, who: usize, mail: &mut Mail, wrong: &mut Vec<String>) {
    for act in &history.tracks[who].acts {
        let Deed::Monitor { to, reference } = act.deed else { continue };
        let (end, given_up) = (&history.ends[to], given_up(history, who, reference));
        let mut downs = history.tracks[who].seen.iter().enumerate().filter_map(|(place, seen)| match &seen.sight {
            Sight::Down(down) if down.reference == reference => Some((place, seen.at, &down.reason)),
            _ => None,
        });
        let Some((place, at, reason)) = downs.next() else {
            mail.left(Item::Down(reference), told(end, act.window, None), given_up);
            continue;
        };
        mail.read(place, Item::Down(reference), told(end, act.window, Some(reason)), at);
        if let Some((again, ..)) = downs.next() {
            mail.read(again, Item::Down(reference), act.window, at);
            wrong.push(format!("M1: {who} had two downs of its {reference:?} of {to}"));
        }
        if given_up < at {
            wrong.push(format!("M4: {who} had a down of its {reference:?} of {to} after it had given it up"));
        }
        if !is_true(end, act.window, at, reason) {
            wrong.push(format!("M1: {who} had a down of {to}, which ended because {}, because {reason}", end.reason));
        }
    }
}

fn given_up(history: &History, who: usize, reference: MonitorRef) -> Moment {
    let demonitor = Deed::Demonitor(reference);
    let found = history.tracks[who].acts.iter().find(|act| act.deed == demonitor);
    found.map_or(Moment::NEVER, |act| act.window.from)
}

/// When a down went into the mailbox.
fn told(end: &End, monitor: Window, reason: Option<&ExitReason>) -> Window {
    if monitor.until < end.dropped {
        return end.window();
    }
    // Who comes while others are told is told when they were.
    let missed = Window { until: if end.over < monitor.from { monitor.until } else { end.over }, ..monitor };
    match reason {
        Some(ExitReason::NoSuchActor) => missed,
        _ if end.told < monitor.from => missed,
        Some(_) => Window { from: end.told, until: end.over },
        None => Window { from: monitor.from, until: end.over },
    }
}

fn is_true(end: &End, monitor: Window, at: Moment, reason: &ExitReason) -> bool {
    match reason {
        ExitReason::NoSuchActor => end.dropped < monitor.until,
        reason => *reason == end.reason && monitor.from < end.told && end.told < at,
    }
}
