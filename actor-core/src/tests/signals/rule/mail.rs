//! S1, S2, M5: a mailbox is one queue. What surely went in earlier comes out earlier, nothing is lost before something that
//! came out, and nothing comes out that did not go in.

use std::fmt;

use crate::{
    MonitorRef,
    tests::signals::{
        clock::{Moment, Window},
        history::History,
    },
};

/// What a letter is.
#[derive(Clone, Copy)]
pub(super) enum Item {
    Message {
        from: usize,
        number: u32,
    },
    Down(MonitorRef),
    /// An exit that was asked for.
    Asked {
        from: usize,
        number: u32,
    },
    /// The exit of a link.
    Ended(usize),
    /// The exit of a link with nobody.
    Missed(usize),
}

impl fmt::Display for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Item::Message { from, number } => write!(f, "letter {number} of {from}"),
            Item::Down(reference) => write!(f, "the down of {reference:?}"),
            Item::Asked { from, number } => write!(f, "the exit told by {from} in letter {number}"),
            Item::Ended(other) => write!(f, "the exit of {other}"),
            Item::Missed(other) => write!(f, "the exit of {other}, which was not there"),
        }
    }
}

/// Something that went into a mailbox. What may not have gone in is listed only if it came out.
pub(super) struct Letter {
    pub(super) item: Item,
    pub(super) pushed: Window,
    /// When it came out, or from when on it was not wanted any more.
    pub(super) taken: Moment,
    /// Whether it came out.
    pub(super) read: bool,
}

/// What surely was to end the actor.
pub(super) struct Fatal {
    pub(super) what: &'static str,
    /// When it had arrived.
    pub(super) by: Moment,
    /// From when on it may have had no effect any more.
    pub(super) void: Moment,
    /// How many letters may have been on their way out of the mailbox when it arrived.
    pub(super) spared: usize,
}

pub(super) struct Mail {
    pub(super) letters: Vec<Letter>,
    pub(super) fatal: Vec<Fatal>,
    /// Whether somebody knows where it came from, for each that was seen.
    known: Vec<bool>,
}

impl Mail {
    pub(super) fn new(seen: usize) -> Self {
        Mail { letters: Vec::new(), fatal: Vec::new(), known: vec![false; seen] }
    }

    /// Whether something that was to end the actor had surely arrived before.
    pub(super) fn was_ending(&self, at: Moment) -> bool {
        self.fatal.iter().any(|fatal| fatal.by < at && fatal.void == Moment::NEVER)
    }

    /// What was seen at that place is this.
    pub(super) fn read(&mut self, place: usize, item: Item, pushed: Window, taken: Moment) {
        self.known[place] = true;
        self.letters.push(Letter { item, pushed, taken, read: true });
    }

    /// This was not seen, and was not wanted from `taken` on.
    pub(super) fn left(&mut self, item: Item, pushed: Window, taken: Moment) {
        self.letters.push(Letter { item, pushed, taken, read: false });
    }
}

pub(super) fn check(history: &History, who: usize, mail: &mut Mail, wrong: &mut Vec<String>) {
    for (seen, _) in history.tracks[who].seen.iter().zip(&mail.known).filter(|(_, known)| !**known) {
        wrong.push(format!("S2: {seen:?} came to {who} out of nothing"));
    }
    mail.letters.sort_by_key(|letter| letter.taken);
    let mut earliest: Option<&Letter> = None;
    for letter in mail.letters.iter().rev() {
        if let Some(late) = earliest.filter(|late| letter.read && late.pushed.is_before(letter.pushed)) {
            wrong.push(format!("S1: at {who}, {} came out before {}, which went in earlier", letter.item, late.item));
            break;
        }
        if earliest.is_none_or(|earliest| letter.pushed.until < earliest.pushed.until) {
            earliest = Some(letter);
        }
    }
    if history.was_drained(who) {
        let done = history.tracks[who].seen.iter().map(|seen| seen.done).filter(|done| *done != Moment::NEVER).max();
        let lost = mail.letters.iter().filter(|letter| letter.taken == Moment::NEVER);
        for letter in lost.filter(|letter| done.is_some_and(|done| letter.pushed.until < done)) {
            wrong.push(format!("S2: {who} was drained, but not of {}", letter.item));
        }
    }
}
