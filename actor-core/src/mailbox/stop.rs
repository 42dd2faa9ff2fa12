//! How an actor is asked to end: requests that can be pending together, of which the strongest counts. Does not say why.

/// How an actor is ended other than by failing; what is later in the list counts when several are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Stop {
    /// No handle is left: the mailbox is handled to its end first.
    Unreferenced = 1,
    /// The mailbox is handled to its end first, and takes nothing more.
    Drain = 2,
    /// A stop or an untrapped exit has arrived: after the handler in progress.
    Exit = 4,
    /// It said so itself: after the handler in progress.
    Itself = 8,
    /// At the next await.
    Kill = 16,
}

impl Stop {
    /// Those that do not wait for the mailbox.
    pub(crate) const URGENT: u8 = Stop::Exit as u8 | Stop::Itself as u8 | Stop::Kill as u8;

    /// The one that counts.
    #[inline]
    pub(crate) fn strongest(asked: u8) -> Option<Stop> {
        if asked == 0 {
            return None;
        }
        [Stop::Kill, Stop::Itself, Stop::Exit, Stop::Drain, Stop::Unreferenced]
            .into_iter()
            .find(|stop| asked & *stop as u8 != 0)
    }
}
