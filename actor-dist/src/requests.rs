//! The requests of one peer whose replies somebody here may still hold, by port: so that what the peer says of a caller finds them. Keeps
//! none alive, and forgets those that are gone now and then instead of being told of each.

use std::{
    collections::HashMap,
    sync::{Arc, Weak},
};

use actor_core::route::Request;

/// By port.
#[derive(Debug)]
pub(crate) struct Requests {
    by_port: HashMap<u64, Weak<Request>>,
    /// At how many those that are gone are looked for.
    sweep_at: usize,
}

/// How many there are before it is worth a look.
const SWEEP: usize = 1024;

impl Default for Requests {
    fn default() -> Self {
        Requests { by_port: HashMap::new(), sweep_at: SWEEP }
    }
}

impl Requests {
    pub(crate) fn add(&mut self, port: u64, request: &Arc<Request>) {
        self.by_port.insert(port, Arc::downgrade(request));
        if self.by_port.len() >= self.sweep_at {
            self.by_port.retain(|_, request| request.strong_count() > 0);
            self.sweep_at = (self.by_port.len() * 2).max(SWEEP);
        }
    }

    /// The request that came with this port, if anybody still holds it.
    pub(crate) fn of(&self, port: u64) -> Option<Arc<Request>> {
        self.by_port.get(&port)?.upgrade()
    }

    /// The same, and nothing more is said of it.
    pub(crate) fn take(&mut self, port: u64) -> Option<Arc<Request>> {
        self.by_port.remove(&port)?.upgrade()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// F1: what is kept of requests is bounded by those that are still held.
    #[test]
    fn requests_that_are_gone_are_forgotten() {
        let mut requests = Requests::default();
        let new = || Request::new("a@h:1".parse().unwrap(), 1, None);
        let held = new();
        requests.add(0, &held);
        (1..100_000).for_each(|port| requests.add(port, &new()));
        assert!(requests.by_port.len() <= SWEEP, "{} are kept", requests.by_port.len());
        assert!(requests.of(0).is_some() && requests.of(5).is_none());
        assert!(requests.take(0).is_some() && requests.of(0).is_none());
    }
}
