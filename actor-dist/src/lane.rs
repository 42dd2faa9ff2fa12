//! The way out to one node, under a lock: what waits to be written, and who waits for answers. Made at the first mention of the node,
//! taken over by the session that comes about, and failed with it. Decides nothing, `proto::flow::outlet` does; opens no socket:
//! `net::lane` writes what is taken from here.
//!
//! One lock orders every frame to the node (S1); a frame and the ports that leave with it go in together.

mod hold;
mod room;

use std::{
    collections::VecDeque,
    fmt,
    sync::{
        Arc, Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use actor_core::{
    CallError, Incarnation, SendFailure,
    route::{Outgoing, Port, PortId},
    wire::Versions,
};
use bytes::Bytes;
use tokio::sync::Notify;

use crate::{
    net::within,
    packet::Packet,
    parked::{Leftovers, Parked, Trial},
    proto::{
        flow::{
            BODIES, CHUNK, Recipient, SMALL,
            bodies::Chunk,
            outlet::{self, Bounds, Cargo, Outlet, Taken, Waiting, Wakes, What},
        },
        handshake::Capability,
    },
    stall::Stalls,
};

/// How many bytes of users' messages may wait for the writer; the one that goes over it is still taken. As much as is written while
/// it is still in the processor's cache, and soon enough for who comes behind it. Calls, of which each caller has one, may take as
/// much again, so that those who flood a node do not keep others from calling there.
pub(crate) const HIGH_WATER: usize = 1 << 20;
/// The same while there is no session yet.
pub(crate) const PENDING_HIGH_WATER: usize = 1 << 20;

/// So many bytes written at once are of a stream of messages, and more of it is to come.
const STREAM: usize = 4 << 10;
/// As much of a stream is worth to wake the writer.
const ENOUGH: usize = 16 << 10;
/// The end of a stream, which is less, is written so soon.
const SOON: Duration = Duration::from_millis(1);

/// What a message that waits is counted for beside its bytes.
const PARKED: usize = 256;

pub(crate) use crate::{chunks::Chunks, proto::flow::outlet::Refused};

pub(crate) type Ports = outlet::Ports<Packets>;
pub(crate) type Moved = outlet::Moved<Packets>;

/// How many bytes may wait in all, what must always arrive included. A peer that asks for so much and reads none of it is
/// lost.
pub(crate) const CEILING: usize = 256 << 20;

/// Frames and ports on their way out to a node.
pub(crate) struct Lane {
    outlet: Mutex<Outlet<Packets>>,
    /// How messages are written, once a session stands.
    terms: OnceLock<Terms>,
    /// What both nodes can do, as bits, known before the terms are.
    capabilities: AtomicU64,
    /// For the writer: there is something to take, or there will be nothing more.
    written: Notify,
    /// The same for the writer of bodies.
    bodied: Notify,
    /// For those who wait for room.
    room: Notify,
    pub(crate) stalls: Stalls,
}

/// What a session has agreed on.
struct Terms {
    /// In which versions messages are written.
    versions: Arc<Versions>,
    /// Whether what is large goes by a connection of its own, and full mailboxes stop their senders.
    flow: bool,
}

/// What a lane carries: frames in bytes.
pub(crate) struct Packets;

impl Cargo for Packets {
    type Frame = Packet;
    type Row = Chunks;
    type Port = Box<dyn Port>;
    type Message = Parked;
    type Go = Arc<Notify>;

    const BOUNDS: Bounds = Bounds {
        high_water: HIGH_WATER,
        pending: PENDING_HIGH_WATER,
        ceiling: CEILING,
        bodies: BODIES,
        chunk: CHUNK,
        enough: ENOUGH,
    };

    fn total(packet: &Packet) -> usize {
        packet.total()
    }

    fn is_token(packet: &Packet) -> bool {
        !packet.body.is_empty()
    }

    fn load(chunks: &mut Chunks, packet: &mut Packet) -> Option<Vec<Bytes>> {
        chunks.append(packet);
        Self::is_token(packet).then(|| std::mem::take(&mut packet.body))
    }

    fn bytes(chunks: &Chunks) -> usize {
        chunks.bytes()
    }

    fn waits(packet: &mut Packet, to: Option<&Recipient<'_>>) {
        packet.to = to.map(Recipient::to_owned);
    }

    fn is_abandoned(port: &Box<dyn Port>) -> bool {
        port.is_abandoned()
    }
}

impl Lane {
    pub(crate) fn new() -> Self {
        Lane {
            outlet: Mutex::new(Outlet::default()),
            terms: OnceLock::new(),
            capabilities: AtomicU64::new(0),
            written: Notify::new(),
            bodied: Notify::new(),
            room: Notify::new(),
            stalls: Stalls::default(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Outlet<Packets>> {
        self.outlet.lock().unwrap_or_else(PoisonError::into_inner)
    }

    #[inline]
    fn wake(&self, wakes: Wakes) {
        if wakes.writer {
            self.written.notify_one();
        }
        if wakes.bodies {
            self.bodied.notify_one();
        }
        if wakes.room {
            self.room.notify_waiters();
        }
    }

    /// What both nodes can do, as bits; said before the lane opens.
    pub(crate) fn enable(&self, capabilities: u64) {
        self.capabilities.store(capabilities, Ordering::Relaxed);
    }

    /// Whether both nodes can do this. Nothing while no session has opened.
    pub(crate) fn can(&self, capability: Capability) -> bool {
        self.capabilities.load(Ordering::Relaxed) & capability.bit() != 0
    }

    /// A session with this run of the node stands, in which these versions are written, and with `flow` large messages apart;
    /// `None` if the lane is of an earlier session. What waits goes out, but for what was meant for another run: its callers
    /// are told.
    pub(crate) fn open(&self, run: Incarnation, versions: Arc<Versions>, flow: bool) -> Option<Leftovers> {
        let mut outlet = self.lock();
        let (stale, wakes) = outlet.open(run)?;
        let first = self.terms.set(Terms { versions, flow }).is_ok();
        debug_assert!(first, "invariant: a lane opens once");
        drop(outlet);
        self.wake(wakes);
        Some(never_left(stale, &SendFailure::Stopped))
    }

    /// In which versions messages are written for the node; none while no session has opened.
    pub(crate) fn versions(&self) -> Option<&Arc<Versions>> {
        self.terms.get().map(|terms| &terms.versions)
    }

    /// Whether what is large goes by a connection of its own, and full mailboxes stop their senders.
    pub(crate) fn has_flow(&self) -> bool {
        self.terms.get().is_some_and(|terms| terms.flow)
    }

    /// Puts a user's frame and its ports on their way to this run of the node, or to any, unless who it is for takes no more. The
    /// bytes are taken if it succeeds.
    pub(crate) fn push(
        &self,
        run: Option<Incarnation>,
        to: Option<&Recipient<'_>>,
        packet: &mut Packet,
        ports: Ports,
    ) -> Result<(), Refused> {
        self.put(run, to, packet, ports, false)
    }

    /// The same for what must always arrive, and what answers a peer: it goes past the bound for users, up to the ceiling.
    pub(crate) fn push_always(
        &self,
        run: Option<Incarnation>,
        packet: &mut Packet,
        ports: Ports,
    ) -> Result<(), Refused> {
        self.put(run, None, packet, ports, true)
    }

    fn put(
        &self,
        run: Option<Incarnation>,
        to: Option<&Recipient<'_>>,
        packet: &mut Packet,
        mut ports: Ports,
        always: bool,
    ) -> Result<(), Refused> {
        self.part(packet);
        let put = self.lock().put(run, to, packet, &mut ports, always);
        self.wake(put.map_err(|refused| self.refused(refused))?);
        Ok(())
    }

    /// What is large goes apart, if it can.
    fn part(&self, packet: &mut Packet) {
        if packet.len() > SMALL && self.has_flow() {
            packet.part();
        }
    }

    /// Takes a message away to wait for a session, unless one has opened.
    pub(crate) fn park(
        &self,
        run: Option<Incarnation>,
        to: &Recipient<'_>,
        trial: Trial,
        message: &mut dyn Outgoing,
    ) -> Result<(), Refused> {
        let size = trial.size + PARKED;
        let parked = self.lock().park(run, size, || Parked::new(to.to_owned(), message.park(), trial));
        parked.map_err(|refused| self.refused(refused))
    }

    /// For the writer, when the session stands: the next message that waited for it. What stands before it goes out.
    pub(crate) fn next_parked(&self) -> Option<Parked> {
        let (parked, wakes) = self.lock().next_message();
        self.wake(wakes);
        parked
    }

    /// A message that waited, written: it goes out before all that is behind it. Gives its ports back if the session is over.
    pub(crate) fn unparked(&self, mut packet: Packet, mut ports: Ports) -> Result<(), Ports> {
        self.part(&mut packet);
        let taken = self.lock().unparked(&mut packet, &mut ports);
        self.wake(taken.ok_or(ports)?);
        Ok(())
    }

    /// For the writer of bodies: the next chunk of the bodies before this one, if there is any.
    pub(crate) fn next_chunk(&self, before: u64) -> Option<Chunk> {
        let chunk = self.lock().next_chunk(before)?;
        self.room.notify_waiters();
        Some(chunk)
    }

    /// How many bodies there were, ever, and whether any of them waits.
    pub(crate) fn bodies(&self) -> (u64, bool) {
        let outlet = self.lock();
        (outlet.bodies().count(), !outlet.bodies().is_empty())
    }

    /// Resolves when there may be bodies to write, or there will be no more.
    pub(crate) async fn bodied(&self) {
        self.bodied.notified().await;
    }

    /// For the writer: waits for bytes and swaps them with the empty `out`; false when there will be no more.
    pub(crate) async fn take(&self, out: &mut Chunks) -> bool {
        let mut streams = out.taken() >= STREAM;
        loop {
            let taken = self.lock().take(out, streams);
            match taken {
                Taken::Frames => {
                    self.room.notify_waiters();
                    return true;
                }
                Taken::End => return false,
                Taken::Nothing if std::mem::take(&mut streams) => drop(within(SOON, self.written.notified()).await),
                Taken::Nothing => self.written.notified().await,
            }
        }
    }

    /// Who waits behind a port; whoever takes it answers or fails it.
    pub(crate) fn port(&self, port: PortId) -> Option<Box<dyn Port>> {
        self.lock().port(port)
    }

    /// Nothing more goes in.
    pub(crate) fn finish(&self) {
        let (stopped, wakes) = self.lock().finish();
        self.finished(&stopped, wakes);
    }

    fn finished(&self, stopped: &[Arc<Notify>], wakes: Wakes) {
        self.wake(wakes);
        stopped.iter().for_each(|waits| waits.notify_waiters());
    }

    /// The end: everybody who waits for an answer is told. What still waits has surely not left.
    pub(crate) fn fail(&self, why: &CallError) -> Leftovers {
        self.finish();
        let (ports, waiting) = self.lock().end();
        for port in ports.into_values() {
            port.fail(why.clone());
        }
        never_left(waiting, &SendFailure::Disconnected)
    }
}

/// Tells everybody who waits for an answer to what never left.
fn never_left(waiting: VecDeque<Waiting<Packets>>, why: &SendFailure) -> Leftovers {
    let mut leftovers = Leftovers::default();
    for waiting in waiting {
        match waiting.what {
            What::Frame(packet, ports) => {
                ports.into_iter().for_each(|(_, port)| port.fail(CallError::NotDelivered(why.clone())));
                leftovers.add_frame(packet);
            }
            What::Message(mut parked) => {
                parked.fail(why);
                leftovers.add(parked);
            }
        }
    }
    leftovers
}

impl fmt::Debug for Lane {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let outlet = self.lock();
        f.debug_struct("Lane").field("bytes", &outlet.waits()).field("ports", &outlet.ports().len()).finish()
    }
}

#[cfg(test)]
mod tests {
    use actor_core::{
        ActorId,
        route::Way,
        wire::{Edge, EncodeError, Encoder},
    };
    use bytes::Bytes;

    use super::*;
    use crate::chunks::LARGE;

    /// A message that is taken away.
    struct Marked;

    impl Outgoing for Marked {
        fn way(&self) -> Way {
            Way::direct(Edge::of("test.Marked", &[]))
        }

        fn version(&self) -> u16 {
            1
        }

        fn uri(&self) -> &'static str {
            "test.Marked"
        }

        fn encode(&self, _: &mut Encoder<'_>) -> Result<(), EncodeError> {
            Ok(())
        }

        fn park(&mut self) -> Box<dyn Outgoing> {
            Box::new(Marked)
        }
    }

    const RUN: Incarnation = Incarnation(1);

    fn park(lane: &Lane, run: Option<Incarnation>, size: usize) -> Result<(), Refused> {
        lane.park(run, &Recipient::Actor(ActorId(1)), Trial { size, ..Trial::default() }, &mut Marked)
    }

    fn push(lane: &Lane, byte: u8) {
        assert!(lane.push(Some(RUN), None, &mut vec![byte].into(), Ports::new()).is_ok());
    }

    async fn taken(lane: &Lane) -> Vec<u8> {
        let mut out = Chunks::default();
        assert!(lane.take(&mut out).await);
        out.iter().collect::<Vec<_>>().concat()
    }

    /// S1, F1: what is large is not copied, and keeps its place among the small.
    #[tokio::test]
    async fn what_is_large_goes_out_as_it_is() {
        let lane = Lane::new();
        drop(lane.open(RUN, Arc::default(), false));
        let (large, shared) = (vec![2; LARGE], Bytes::from(vec![5; LARGE]));
        let place = large.as_ptr();
        let mut inside = Packet { bytes: vec![4, 6], shared: vec![(1, shared.clone())], ..Packet::default() };
        push(&lane, 1);
        assert!(lane.push(Some(RUN), None, &mut large.into(), Ports::new()).is_ok());
        push(&lane, 3);
        assert!(lane.push(Some(RUN), None, &mut inside, Ports::new()).is_ok());
        push(&lane, 7);
        assert_eq!((lane.lock().waits(), inside.len()), (2 * LARGE + 5, 0));
        let mut out = Chunks::default();
        assert!(lane.take(&mut out).await);
        let chunks: Vec<_> = out.iter().collect();
        assert_eq!((chunks[0], chunks[2], chunks[4]), (&[1][..], &[3, 4][..], &[6, 7][..]));
        assert_eq!((chunks[1].as_ptr(), chunks[1].len()), (place, LARGE));
        assert_eq!((chunks[3].as_ptr(), chunks[3].len()), (shared.as_ptr(), LARGE));
        out.clear(1);
        assert!(out.bytes() == 0 && out.iter().next().is_none());
    }

    /// S1: what waits, as bytes or as a message, and what comes while it is written, leaves in the order in which it came.
    #[tokio::test]
    async fn what_waits_leaves_in_order() {
        let lane = Lane::new();
        push(&lane, 1);
        assert!(park(&lane, Some(RUN), 1).is_ok());
        push(&lane, 3);
        assert!(park(&lane, None, 1).is_ok());
        assert!(lane.versions().is_none());
        drop(lane.open(RUN, Arc::default(), false).expect("it opens once"));
        assert!(lane.versions().is_some() && lane.open(RUN, Arc::default(), false).is_none());
        assert!(matches!(park(&lane, Some(RUN), 1), Err(Refused::Opened)));
        push(&lane, 5);
        for byte in [2, 4] {
            assert!(lane.next_parked().is_some());
            assert!(lane.unparked(vec![byte].into(), Ports::new()).is_ok());
        }
        push(&lane, 6);
        assert!(lane.next_parked().is_none());
        push(&lane, 7);
        assert_eq!(taken(&lane).await, [1, 2, 3, 4, 5, 6, 7]);
    }

    /// S1, S2: the end of a session that has just begun does not lose what waited for it, unless nobody reads any more.
    #[tokio::test]
    async fn what_waits_is_written_after_the_last_word_too() {
        let lane = Lane::new();
        assert!(park(&lane, Some(RUN), 1).is_ok() && park(&lane, Some(RUN), 1).is_ok());
        push(&lane, 3);
        drop(lane.open(RUN, Arc::default(), false));
        lane.finish();
        assert!(matches!(park(&lane, Some(RUN), 1), Err(Refused::Finished)));
        assert!(lane.next_parked().is_some());
        assert!(lane.unparked(vec![1].into(), Ports::new()).is_ok());
        assert_eq!(taken(&lane).await, [1]);
        assert!(lane.next_parked().is_some());
        drop(lane.fail(&CallError::NoReply));
        assert!(lane.next_parked().is_none());
        assert!(lane.unparked(vec![2].into(), Ports::new()).is_err());
        assert!(!lane.take(&mut Chunks::default()).await, "nothing of it is written");
    }

    /// S2, F3: what is large and comes while the last message that waited is written is not forgotten.
    #[tokio::test]
    async fn a_body_behind_what_waits_is_told_of() {
        let lane = Lane::new();
        assert!(park(&lane, Some(RUN), 1).is_ok());
        drop(lane.open(RUN, Arc::default(), true));
        assert!(lane.next_parked().is_some());
        let mut token = Packet { bytes: vec![1], body: vec![Bytes::from_static(b"large")], ..Packet::default() };
        assert!(lane.push(Some(RUN), None, &mut token, Ports::new()).is_ok());
        // Who writes bodies looks, and finds nothing yet.
        while within(Duration::ZERO, lane.bodied()).await.is_some() {}
        assert!(!lane.bodies().1);
        assert!(lane.unparked(vec![2].into(), Ports::new()).is_ok() && lane.next_parked().is_none());
        assert!(lane.bodies().1 && within(Duration::ZERO, lane.bodied()).await.is_some());
    }

    /// F1: what found no room is counted, and so is who waits for it, however the wait ends.
    #[tokio::test]
    async fn stalls_are_counted() {
        let lane = Lane::new();
        drop(lane.open(RUN, Arc::default(), false));
        lane.room(&Recipient::Actor(ActorId(1))).await;
        assert_eq!((lane.counts(), lane.stalls.read().0), ((0, 0), 0));
        assert!(lane.push(Some(RUN), None, &mut vec![0; HIGH_WATER].into(), Ports::new()).is_ok());
        assert!(matches!(lane.push(Some(RUN), None, &mut vec![1].into(), Ports::new()), Err(Refused::Full)));
        assert!(
            crate::net::within(std::time::Duration::from_millis(1), lane.room(&Recipient::Actor(ActorId(1))))
                .await
                .is_none(),
            "it is full"
        );
        assert_eq!(lane.counts(), (1, HIGH_WATER));
        let (refused, waits, waited) = lane.stalls.read();
        assert!((refused, waits) == (1, 1) && waited >= std::time::Duration::from_millis(1));
    }

    /// S1, N1: messages that wait are counted by the size they were found to have, and those for an earlier run go no further.
    #[tokio::test]
    async fn what_waits_is_bounded_and_for_one_run() {
        let lane = Lane::new();
        assert!(park(&lane, Some(Incarnation(0)), PENDING_HIGH_WATER).is_ok());
        assert!(matches!(park(&lane, Some(RUN), 1), Err(Refused::Full)));
        assert!(matches!(lane.push(Some(RUN), None, &mut vec![1].into(), Ports::new()), Err(Refused::Full)));
        assert!(lane.push_always(Some(RUN), &mut vec![2].into(), Ports::new()).is_ok());
        drop(lane.open(RUN, Arc::default(), false));
        assert!(lane.next_parked().is_none(), "it was for another run");
        push(&lane, 3);
        assert_eq!(taken(&lane).await, [2, 3]);
    }
    /// F1, S3: of what waits and never leaves, users' messages are told, whether they wait as bytes or as themselves.
    #[tokio::test]
    async fn what_waits_and_never_leaves_is_told() {
        let users = || Packet { bytes: vec![1], uri: Some("test.Sent"), ..Packet::default() };
        let to = Recipient::Actor(ActorId(7));
        let told = |leftovers: Leftovers| {
            let told: Vec<_> = leftovers.iter().map(|(to, uri)| (to.cloned(), uri)).collect();
            assert_eq!(told, [(Some(to.clone()), "test.Sent"), (Some(Recipient::Actor(ActorId(1))), "test.Marked")]);
        };
        for restarted in [true, false] {
            let lane = Lane::new();
            assert!(lane.push(Some(RUN), Some(&to), &mut users(), Ports::new()).is_ok());
            assert!(park(&lane, Some(RUN), 1).is_ok());
            assert!(lane.push_always(Some(RUN), &mut vec![2].into(), Ports::new()).is_ok());
            if restarted {
                told(lane.open(Incarnation(2), Arc::default(), false).expect("it opens once"));
            }
            let left = lane.fail(&CallError::NoReply);
            match restarted {
                true => assert_eq!(left.iter().count(), 0),
                false => told(left),
            }
        }
    }
}
