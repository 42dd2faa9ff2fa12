//! What happened in one run of a program: what each actor did, what it saw, and how it ended. Never judges.

use super::{
    clock::{Moment, Window},
    program::Treatment,
};
use crate::{CallError, Down, Exit, ExitReason, MonitorRef};

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Deed {
    Send {
        to: usize,
        number: u32,
        taken: bool,
    },
    Call {
        to: usize,
        number: u32,
        taken: bool,
    },
    /// What is known of a call's answer; `None` while it is not there.
    Look {
        to: usize,
        number: u32,
        outcome: Option<Result<u64, CallError>>,
    },
    /// Answered, refused or dropped a call.
    Settle {
        from: usize,
        number: u32,
        how: Treatment,
    },
    Link(usize),
    Unlink(usize),
    Monitor {
        to: usize,
        reference: MonitorRef,
    },
    Demonitor(MonitorRef),
    Exit {
        to: usize,
        number: u32,
    },
    Trap,
    Untrap,
    Kill(usize),
    Stop(usize),
    Drain(usize),
    Finish,
    Fail,
    Panic,
    Yield,
}

/// A deed, from its call to its return; until never if it did not return.
#[derive(Debug)]
pub(super) struct Act {
    pub(super) window: Window,
    pub(super) deed: Deed,
}

/// What came out of an actor's mailbox.
#[derive(Debug)]
pub(super) enum Sight {
    Message { from: usize, number: u32, call: bool },
    Down(Down),
    Exit(Exit),
}

#[derive(Debug)]
pub(super) struct Seen {
    pub(super) at: Moment,
    /// When its handler was done in good order.
    pub(super) done: Moment,
    pub(super) sight: Sight,
}

/// What one actor did and saw.
#[derive(Debug, Default)]
pub(super) struct Track {
    pub(super) acts: Vec<Act>,
    pub(super) seen: Vec<Seen>,
}

impl Track {
    /// The last that is known of.
    pub(super) fn last(&self) -> Moment {
        let acts = self.acts.last().map(|act| [act.window.from, act.window.until]);
        let seen = self.seen.last().map(|seen| [seen.at, seen.done]);
        let moments = acts.into_iter().chain(seen).flatten();
        moments.filter(|moment| *moment != Moment::NEVER).max().unwrap_or(Moment::START)
    }
}

/// How an actor ended, in the order of the moments.
#[derive(Debug)]
pub(super) struct End {
    /// The last in its life: its mailbox was closed, and nobody had been told.
    pub(super) last: Moment,
    pub(super) dropped: Moment,
    /// The first of those who had a tie with it was told.
    pub(super) told: Moment,
    /// All who had a tie with it when it was dropped were told.
    pub(super) settled: Moment,
    /// So were those whose tie began while it ended; never if nobody looked.
    pub(super) over: Moment,
    pub(super) reason: ExitReason,
}

impl End {
    /// When it ended for its links.
    pub(super) fn window(&self) -> Window {
        Window { from: self.told, until: self.settled }
    }
}

pub(super) struct History {
    /// By actor; the last is the driver's, who is none.
    pub(super) tracks: Vec<Track>,
    pub(super) ends: Vec<End>,
    /// What tells a peer apart.
    pub(super) ids: Vec<crate::ActorId>,
}

/// A link made or ended.
pub(super) struct Tie {
    pub(super) by: usize,
    pub(super) links: bool,
    pub(super) window: Window,
}

impl History {
    /// Everything done, and by whom.
    pub(super) fn acts(&self) -> impl Iterator<Item = (usize, &Act)> {
        self.tracks.iter().enumerate().flat_map(|(who, track)| track.acts.iter().map(move |act| (who, act)))
    }

    /// All of it, in the order of the moments.
    pub(super) fn trace(&self) -> Vec<String> {
        let whole = format!("peers {:?} are the actors from 0 on", self.ids);
        let mut lines: Vec<_> = self
            .acts()
            .map(|(who, act)| (act.window.from, act.window.until, format!("{who} did {:?}", act.deed)))
            .collect();
        for (who, track) in self.tracks.iter().enumerate() {
            lines.extend(track.seen.iter().map(|seen| (seen.at, seen.done, format!("{who} saw {:?}", seen.sight))));
        }
        for (who, end) in self.ends.iter().enumerate() {
            lines.push((end.dropped, end.dropped, format!("{who} was dropped")));
            lines.push((end.told, end.settled, format!("{who} had ended: {}", end.reason)));
        }
        lines.sort_by_key(|(from, ..)| *from);
        let lines = lines.into_iter().map(|(from, until, line)| format!("{from}-{until} {line}"));
        std::iter::once(whole).chain(lines).collect()
    }

    /// What was done to the link of two actors.
    pub(super) fn ties(&self, one: usize, other: usize) -> Vec<Tie> {
        let of = |by: usize, with: usize| {
            self.tracks[by].acts.iter().filter_map(move |act| match act.deed {
                Deed::Link(to) if to == with => Some(Tie { by, links: true, window: act.window }),
                Deed::Unlink(to) if to == with => Some(Tie { by, links: false, window: act.window }),
                _ => None,
            })
        };
        of(one, other).chain(of(other, one)).collect()
    }

    /// Whether an actor trapped exits all that time; `None` if it changed its mind, or may have.
    pub(super) fn trapping(&self, who: usize, time: Window) -> Option<bool> {
        let (mut before, mut within) = (false, None);
        for act in &self.tracks[who].acts {
            let trapping = match act.deed {
                Deed::Trap => true,
                Deed::Untrap => false,
                _ => continue,
            };
            if act.window.is_before(time) {
                before = trapping;
            } else if !time.is_before(act.window) && trapping != before {
                within = Some(trapping);
            }
        }
        within.is_none().then_some(before)
    }

    /// Whether it ended because it was drained: nobody asked it to stop.
    pub(super) fn was_drained(&self, who: usize) -> bool {
        let end = &self.ends[who];
        let stops = |(_, act): (usize, &Act)| act.deed == Deed::Stop(who) && act.window.from < end.dropped;
        end.reason == ExitReason::Stopped && !self.acts().any(stops)
    }

    /// Who a peer is.
    pub(super) fn peer(&self, exit: &Exit) -> Option<usize> {
        let id = exit.from.as_ref()?.actor();
        self.ids.iter().position(|known| *known == id)
    }
}

/// What an actor says when it tells another one to exit.
pub(super) fn words(from: usize, to: usize, number: u32) -> String {
    format!("{from} told {to} so, in its letter {number}")
}

/// What the right answer to a call is.
pub(super) fn answer(from: usize, to: usize, number: u32) -> u64 {
    ((from as u64) << 40) | ((to as u64) << 32) | u64::from(number)
}
