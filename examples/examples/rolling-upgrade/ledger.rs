//! What a shop has received, sender by sender: how much, and whether each message was the one that had to come next.
//! Knows no build: whether a content is right, the caller says.

use std::collections::BTreeMap;

use crate::control::Tally;

#[derive(Debug, Default)]
pub(crate) struct Ledger(BTreeMap<String, Account>);

#[derive(Debug, Default)]
struct Account {
    /// Whether the sender has begun to count.
    open: bool,
    tally: Tally,
    last_news: Option<u64>,
}

impl Ledger {
    /// A sender begins to count, after so many broadcasts.
    pub(crate) fn open(&mut self, from: &str, news: u64) {
        let account = self.account(from);
        let missed = u64::from(account.last_news.is_some_and(|last| last != news));
        *account = Account { open: true, tally: Tally { wrong: missed, ..Tally::default() }, last_news: Some(news) };
    }

    pub(crate) fn tell(&mut self, from: &str, number: u64, right: bool) {
        let account = self.account(from);
        if account.open {
            account.tally.tells += 1;
            account.tally.wrong += u64::from(!right || number != account.tally.tells);
        }
    }

    pub(crate) fn call(&mut self, from: &str) {
        self.account(from).tally.calls += 1;
    }

    pub(crate) fn news(&mut self, from: &str, number: u64, right: bool) {
        let account = self.account(from);
        let follows = account.last_news.is_none_or(|last| last + 1 == number);
        account.last_news = Some(number);
        account.tally.news += 1;
        account.tally.wrong += u64::from(!right || !follows);
    }

    /// A sender has ended to count: all that it has sent is here, since messages keep their order.
    pub(crate) fn close(&mut self, from: &str) -> Tally {
        self.0.remove(from).map_or_else(Tally::default, |account| account.tally)
    }

    fn account(&mut self, from: &str) -> &mut Account {
        self.0.entry(from.to_owned()).or_default()
    }
}
