//! How long callers wait when their requests go to other nodes: what a caller here lets the other node know, and what a request
//! that came has heard of its callers. Keeps no deadline itself: a call does. Costs no word of its own on the wire while
//! requests are answered in the time that was said with them.

use std::{
    fmt,
    sync::{Arc, Mutex, Weak},
    time::{Duration, Instant},
};

use crate::{identity::NodeName, lock::lock, route::PortId, runtime};

/// A node that was asked something. Implemented by the way out to it.
pub trait Asked: Send + Sync {
    /// The caller behind this port waits so long from now on: longer than was said when the request left.
    fn waits(&self, port: PortId, wait: Duration);

    /// The caller behind this port waits no longer.
    fn give_up(&self, port: PortId, why: GaveUp);
}

/// Why a caller waits no longer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GaveUp {
    /// Its deadline passed: the request need not run any more.
    Late,
    /// It dropped its call, which says nothing against the request.
    Dropped,
}

/// What of a wait is not told, because clocks and wires are no better.
const SLACK: Duration = Duration::from_millis(50);

/// How long a caller here waits, and which node is to know that.
pub(crate) struct Patience(Mutex<State>);

struct State {
    /// Until when, as the node was told or will be.
    until: Instant,
    asked: Option<(Weak<dyn Asked>, PortId)>,
}

impl Patience {
    /// Of a caller who waits so long unless it says otherwise.
    pub(crate) fn new(wait: Duration) -> Arc<Self> {
        Arc::new(Patience(Mutex::new(State { until: after(runtime::now(), wait), asked: None })))
    }

    /// How long it still waits, as far as is known.
    pub(crate) fn left(&self) -> Duration {
        lock(&self.0).until.saturating_duration_since(runtime::now())
    }

    /// The request is about to leave by this port.
    pub(crate) fn leaves(&self, asked: Weak<dyn Asked>, port: PortId) {
        lock(&self.0).asked = Some((asked, port));
    }

    /// The caller begins to wait, for so long. If that is longer than was said, the node is told.
    fn waits(&self, wait: Duration) {
        let mut state = lock(&self.0);
        let until = after(runtime::now(), wait);
        if until <= after(state.until, SLACK) {
            return;
        }
        state.until = until;
        let asked = state.asked.as_ref().and_then(|(asked, port)| Some((asked.upgrade()?, *port)));
        drop(state);
        if let Some((asked, port)) = asked {
            asked.waits(port, wait);
        }
    }

    /// The caller waits no longer; told once.
    fn give_up(&self, why: GaveUp) {
        if let Some((asked, port)) = self.over().and_then(|(asked, port)| Some((asked.upgrade()?, port))) {
            asked.give_up(port, why);
        }
    }

    /// Nobody is told anything any more.
    fn over(&self) -> Option<(Weak<dyn Asked>, PortId)> {
        lock(&self.0).asked.take()
    }
}

/// A caller that waits. Dropped before its answer is there, it lets the other node know.
pub(crate) struct Waiting(pub(crate) Arc<Patience>);

impl Waiting {
    /// It begins to wait, for so long.
    pub(crate) fn begins(&self, wait: Duration) {
        self.0.waits(wait);
    }

    /// It has its answer.
    pub(crate) fn answered(self) {
        self.0.over();
    }

    /// Its deadline has passed.
    pub(crate) fn late(self) {
        self.0.give_up(GaveUp::Late);
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.give_up(GaveUp::Dropped);
    }
}

/// A request that came from another node: until when its callers wait, and who of them has given up. One for all the replies in a
/// message.
pub struct Request {
    from: NodeName,
    heard: Mutex<Heard>,
}

struct Heard {
    /// Until when the last of them waits, if they all said so.
    until: Option<Instant>,
    /// How many replies were neither answered nor dropped yet.
    open: usize,
    callers: usize,
    gone: Vec<PortId>,
    /// How many of those that are gone were late.
    late: usize,
    /// Whither replies were passed on: those who hold them now are told in turn.
    onward: Vec<(PortId, Weak<dyn Asked>, PortId)>,
}

impl Request {
    /// From that node, with so many replies, whose callers wait so long at most. For the runtime of the network.
    pub fn new(from: NodeName, callers: usize, wait: Option<Duration>) -> Arc<Self> {
        let until = wait.map(|wait| after(runtime::now(), wait));
        let heard = Heard { until, open: callers, callers, gone: Vec::new(), late: 0, onward: Vec::new() };
        Arc::new(Request { from, heard: Mutex::new(heard) })
    }

    /// One of the callers waits so long from now on. For the runtime of the network.
    pub fn waits(&self, wait: Duration) {
        let mut heard = lock(&self.heard);
        heard.until = heard.until.map(|until| until.max(after(runtime::now(), wait)));
    }

    /// The caller behind this port has given up. For the runtime of the network.
    pub fn given_up(&self, port: PortId, why: GaveUp) {
        let mut heard = lock(&self.heard);
        if heard.gone.contains(&port) || heard.gone.len() == heard.callers {
            return;
        }
        heard.gone.push(port);
        heard.late += usize::from(why == GaveUp::Late);
        let onward = heard.onward.extract_if(.., |(from, ..)| *from == port);
        let onward: Vec<_> = onward.filter_map(|(_, asked, port)| Some((asked.upgrade()?, port))).collect();
        drop(heard);
        onward.into_iter().for_each(|(asked, port)| asked.give_up(port, why));
    }

    pub(crate) fn is_given_up(&self, port: PortId) -> bool {
        lock(&self.heard).gone.contains(&port)
    }

    /// Whether it came too late for all who waited for something of it.
    pub(crate) fn is_late(&self) -> bool {
        let heard = lock(&self.heard);
        heard.late == heard.callers
    }

    /// Until when the callers wait, if they all said so.
    pub(crate) fn until(&self) -> Option<Instant> {
        lock(&self.heard).until
    }

    /// How long whoever serves it has left; nothing is known of that once it was answered, or when its callers went on to wait
    /// without a word.
    pub(crate) fn left(&self) -> Option<Duration> {
        let heard = lock(&self.heard);
        let until = heard.until.filter(|_| heard.open > 0)?;
        drop(heard);
        until.checked_duration_since(runtime::now())
    }

    /// One of the replies leaves for another node.
    pub(crate) fn leaves(&self, from: PortId, asked: Weak<dyn Asked>, port: PortId) {
        lock(&self.heard).onward.push((from, asked, port));
    }

    /// One of the replies was answered, or dropped.
    pub(crate) fn answered(&self) {
        let mut heard = lock(&self.heard);
        heard.open = heard.open.saturating_sub(1);
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request").field("from", &self.from).field("until", &self.until()).finish_non_exhaustive()
    }
}

/// Later by so much, or by a day if that is beyond what there is.
fn after(instant: Instant, wait: Duration) -> Instant {
    instant.checked_add(wait).unwrap_or_else(|| instant + Duration::from_secs(24 * 3600))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        address::{Address, AddressOf, CallAddress, SendError},
        call::call,
        reply::Reply,
        route::Port,
    };

    /// What a node was told.
    #[derive(Default)]
    struct Told(Mutex<Vec<(PortId, Option<Duration>)>>);

    impl Asked for Told {
        fn waits(&self, port: PortId, wait: Duration) {
            lock(&self.0).push((port, Some(wait)));
        }

        fn give_up(&self, port: PortId, _: GaveUp) {
            lock(&self.0).push((port, None));
        }
    }

    impl Told {
        fn all(&self) -> Vec<(PortId, Option<Duration>)> {
            std::mem::take(&mut *lock(&self.0))
        }
    }

    /// An address on another node, which keeps the last reply.
    struct Away(Mutex<Option<Reply<u64>>>, Arc<Told>);

    impl AddressOf<Reply<u64>> for Away {}

    impl Address<Reply<u64>> for Away {
        fn tell(&self, reply: Reply<u64>) -> Result<(), SendError<Reply<u64>>> {
            let port: Box<dyn Port> = reply.port_for_tests();
            assert!(port.wait().is_some_and(|wait| wait > Duration::from_secs(4)));
            let told: Arc<dyn Asked> = self.1.clone();
            port.leaves(Arc::downgrade(&told), PortId(7));
            *lock(&self.0) = Some(reply);
            Ok(())
        }

        fn __is_away(&self) -> bool {
            true
        }
    }

    impl CallAddress<Reply<u64>> for Away {}

    fn away() -> Away {
        Away(Mutex::default(), Arc::default())
    }

    /// DESIGN §6: a call that is answered in time costs no word; one that is dropped, one.
    #[tokio::test(start_paused = true)]
    async fn only_what_changes_is_told() {
        let away = away();
        let told = || away.1.all();
        let answered = call(&away, |reply| reply);
        lock(&away.0).take().unwrap().send(1);
        assert_eq!((answered.await, told()), (Ok(1), vec![]));

        let mut shorter = call(&away, |reply| reply).timeout(Duration::from_secs(2));
        let polled = std::future::poll_fn(|task| std::task::Poll::Ready(std::pin::Pin::new(&mut shorter).poll(task)));
        assert!(polled.await.is_pending());
        lock(&away.0).take().unwrap().send(2);
        assert_eq!((shorter.await, told()), (Ok(2), vec![]));

        drop(call(&away, |reply| reply));
        assert_eq!(told(), [(PortId(7), None)]);
        let longer = Duration::from_secs(60);
        let late = call(&away, |reply| reply).timeout(longer).await;
        assert_eq!(late, Err(crate::CallError::Deadline(longer)));
        assert_eq!(told(), [(PortId(7), Some(longer)), (PortId(7), None)]);
    }

    /// S6: what a request has heard of its callers, port by port; those who hold a reply now are told in turn.
    #[test]
    fn a_request_hears_of_each_of_its_callers() {
        let request = Request::new("a@h:1".parse().unwrap(), 2, Some(Duration::from_secs(5)));
        let told: Arc<Told> = Arc::default();
        let asked: Arc<dyn Asked> = told.clone();
        request.leaves(PortId(1), Arc::downgrade(&asked), PortId(30));
        request.given_up(PortId(2), GaveUp::Late);
        assert!(request.is_given_up(PortId(2)) && !request.is_given_up(PortId(1)) && !request.is_late());
        request.given_up(PortId(2), GaveUp::Late);
        assert!(!request.is_late() && told.all().is_empty());
        request.given_up(PortId(1), GaveUp::Late);
        assert!(request.is_late());
        assert_eq!(told.all(), [(PortId(30), None)]);
    }

    /// Who has answered all serves nobody any more, and has all its time; so has whoever's callers wait on without a word.
    #[test]
    fn what_is_left_ends_with_the_answers() {
        let request = |wait| Request::new("a@h:1".parse().unwrap(), 2, wait);
        assert_eq!(request(None).left(), None);
        assert_eq!(request(Some(Duration::ZERO)).left(), None);
        let served = request(Some(Duration::from_secs(5)));
        served.answered();
        assert!(served.left().is_some());
        served.waits(Duration::from_secs(60));
        assert!(served.left().is_some_and(|left| left > Duration::from_secs(50)));
        served.waits(Duration::from_secs(1));
        assert!(served.left().is_some_and(|left| left > Duration::from_secs(50)), "it was said once");
        served.answered();
        assert_eq!(served.left(), None);
    }
}
