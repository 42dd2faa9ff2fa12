//! L1, L2, L3: a link that stands when one of its ends ends has one exit at the other, of the true reason: a message if that
//! traps exits, its end if that does not and the end was not normal. After an unlink it has none.

use super::mail::{Fatal, Item, Mail};
use crate::{
    ExitReason,
    tests::signals::{
        clock::{Moment, Window},
        history::{History, Sight, Tie},
    },
};

/// An orderly end, which takes nobody down.
pub(super) fn is_normal(reason: &ExitReason) -> bool {
    matches!(reason, ExitReason::Normal | ExitReason::Stopped)
}

pub(super) fn check(history: &History, who: usize, mail: &mut Mail, wrong: &mut Vec<String>) {
    for other in (0..history.ends.len()).filter(|other| *other != who) {
        let pair = Pair::new(history, who, other);
        if pair.ties.is_empty() {
            continue;
        }
        let (mut ended, mut missed) = (Vec::new(), Vec::new());
        for (place, seen) in history.tracks[who].seen.iter().enumerate() {
            match &seen.sight {
                Sight::Exit(exit) if history.peer(exit) == Some(other) => match &exit.reason {
                    ExitReason::NoSuchActor => missed.push((place, seen.at)),
                    reason if *reason == history.ends[other].reason => ended.push((place, seen.at)),
                    _ => {}
                },
                _ => {}
            }
        }
        pair.check_ended(&ended, mail, wrong);
        pair.check_missed(&missed, mail);
        if ended.is_empty() && missed.is_empty() {
            pair.check_either(mail);
        }
    }
}

/// The link of an actor with another, which ended.
pub(super) struct Pair<'a> {
    history: &'a History,
    who: usize,
    other: usize,
    ties: Vec<Tie>,
}

impl<'a> Pair<'a> {
    pub(super) fn new(history: &'a History, who: usize, other: usize) -> Self {
        Pair { history, who, other, ties: history.ties(who, other) }
    }

    fn links(&self) -> impl Iterator<Item = Window> {
        self.ties.iter().filter(|tie| tie.links).map(|tie| tie.window)
    }

    fn unlinks(&self) -> impl Iterator<Item = &Tie> {
        self.ties.iter().filter(|tie| !tie.links)
    }

    /// Whether the link stood when the other ended.
    fn stood(&self) -> bool {
        let end = &self.history.ends[self.other];
        self.links().any(|link| {
            let mut unlinks = self.unlinks().map(|tie| tie.window);
            link.until < end.dropped && unlinks.all(|unlink| unlink.is_before(link) || end.told < unlink.from)
        })
    }

    /// Whether it may have stood when the other ended, and no unlink had returned at that moment. Who unlinks and links again
    /// while the other's end is told may be told of it by the new link.
    pub(super) fn may_have_stood(&self, at: Moment) -> bool {
        let end = &self.history.ends[self.other];
        self.links().any(|link| {
            let mut unlinks = self.unlinks().map(|tie| tie.window);
            link.from < end.settled && !unlinks.any(|unlink| link.is_before(unlink) && unlink.until < at)
        })
    }

    /// When its exit arrived, if it came out at that moment.
    pub(super) fn arrival(&self, at: Moment) -> Window {
        let Window { from, until } = self.history.ends[self.other].window();
        Window { from, until: if self.stood() { until.min(at) } else { at } }
    }

    /// Since when the actor may have been ending because its link was with nobody.
    pub(super) fn may_have_missed(&self) -> Option<Moment> {
        let untrapped = |link: &Window| self.history.trapping(self.who, self.missed(*link)) != Some(true);
        let stands = |link: &Window| self.unlinked_after(link.until) == Moment::NEVER;
        self.misses().filter(untrapped).find(stands).map(|link| link.from)
    }

    /// From when on what arrived by that moment may be unlinked.
    fn unlinked_after(&self, moment: Moment) -> Moment {
        let own = self.unlinks().filter(|tie| tie.by == self.who && moment < tie.window.from);
        own.map(|tie| tie.window.from).next().unwrap_or(Moment::NEVER)
    }

    fn check_ended(&self, seen: &[(usize, Moment)], mail: &mut Mail, wrong: &mut Vec<String>) {
        let Pair { history, who, other, .. } = *self;
        let (end, stood, item) = (&history.ends[other], self.stood(), Item::Ended(other));
        let void = self.unlinked_after(end.told);
        match seen {
            [] if !stood => {}
            [] => match history.trapping(who, end.window()) {
                Some(true) => mail.left(item, end.window(), void),
                Some(false) if !is_normal(&end.reason) => {
                    mail.fatal.push(Fatal { what: "L3: the exit of a link", by: end.settled, void, spared: 1 });
                }
                Some(false) | None => {}
            },
            [(place, at), rest @ ..] => {
                let until = if stood { end.settled } else { Moment::NEVER };
                mail.read(*place, item, Window { from: end.told, until }, *at);
                if !self.may_have_stood(*at) || *at < end.told {
                    wrong.push(format!("L1: {who} had the exit of {other}, and had no link with it"));
                }
                if history.trapping(who, self.arrival(*at)) == Some(false) {
                    wrong.push(format!("L3: {who} had the exit of {other} as a message, and did not trap exits"));
                }
                for (place, at) in rest {
                    mail.read(*place, item, end.window(), *at);
                    wrong.push(format!("L1: {who} had the exit of {other} twice"));
                }
            }
        }
    }

    /// The links that the actor wanted with the other when that had ended, or may have.
    fn misses(&self) -> impl Iterator<Item = Window> {
        let end = &self.history.ends[self.other];
        self.ties
            .iter()
            .filter(|tie| tie.links && tie.by == self.who)
            .map(|tie| tie.window)
            .filter(|link| end.dropped < link.until)
    }

    /// When the actor hears that there was nobody to link with: at once, or when the other's end is over.
    fn missed(&self, link: Window) -> Window {
        let over = self.history.ends[self.other].over;
        Window { until: if over < link.from { link.until } else { over }, ..link }
    }

    /// A link that began while the other ended has one exit or the other.
    fn check_either(&self, mail: &mut Mail) {
        let Pair { history, who, other, .. } = *self;
        let end = &history.ends[other];
        let mut links = self.misses().filter(|link| link.from < end.told);
        let Some(link) = links
            .find(|link| self.unlinks().all(|unlink| unlink.window.is_before(*link) || end.over < unlink.window.from))
        else {
            return;
        };
        let arrival = Window { from: link.from, until: end.over };
        let void = self.unlinked_after(link.until);
        match history.trapping(who, arrival) {
            Some(true) => mail.left(Item::Ended(other), arrival, void),
            Some(false) if !is_normal(&end.reason) => {
                mail.fatal.push(Fatal { what: "L3: the exit of a link", by: end.over, void, spared: 1 });
            }
            Some(false) | None => {}
        }
    }

    fn check_missed(&self, seen: &[(usize, Moment)], mail: &mut Mail) {
        let Pair { history, who, other, .. } = *self;
        let (end, item) = (&history.ends[other], Item::Missed(other));
        let mut misses: Vec<_> = self.misses().collect();
        // Of an actor whose link still stands here, the exit is on its way, and there is no other.
        let late = self.links().any(|link| end.dropped < link.until && link.from < end.told);
        let sure = !late && misses.iter().all(|link| end.over < link.from);
        for (place, at) in seen {
            let found = misses.iter().position(|link| {
                let trapped = history.trapping(who, self.missed(*link)) != Some(false);
                trapped && link.until < *at && *at < self.unlinked_after(link.until)
            });
            let Some(found) = found else { continue };
            let link = misses.remove(found);
            let until = if sure { link.until } else { Moment::NEVER };
            mail.read(*place, item, Window { from: link.from, until }, *at);
        }
        for link in misses.into_iter().filter(|_| sure) {
            let void = self.unlinked_after(link.until);
            match history.trapping(who, link) {
                Some(true) => mail.left(item, link, void),
                _ => mail.fatal.push(Fatal { what: "L2: a link with nobody", by: link.until, void, spared: 1 }),
            }
        }
    }
}
