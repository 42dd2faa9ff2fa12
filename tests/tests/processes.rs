//! Real processes over real sockets: killed, stopped, blocked, and strangers at the port.

use std::{
    io::{Read, Write},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::mpsc as blocking,
    time::Duration,
};

use actor_core::{NodeDownCause, prelude::*};
use actor_dist::{AtNode, Events, GlobalName, Node, NodeEvent};
use tests::{Helper, MEMBERS, REMOTE, Remote, RemoteClient};
use tokio::sync::mpsc;

const HELPER: &str = env!("CARGO_BIN_EXE_helper");
const COOKIE: &str = "the cookie of these tests";

/// Watches actors for a test.
#[derive(Actor)]
#[actor(handles(Watch, Down))]
struct Watcher(mpsc::UnboundedSender<Option<ExitReason>>);

struct Watch(Subject<Remote>);

impl Handler<Watch> for Watcher {
    async fn handle(&mut self, Watch(to): Watch, cx: &mut Context<Self>) -> Result<(), Error> {
        cx.monitor(&to);
        self.0.send(None)?;
        Ok(())
    }
}

impl Handler<Down> for Watcher {
    async fn handle(&mut self, msg: Down, _: &mut Context<Self>) -> Result<(), Error> {
        self.0.send(Some(msg.reason))?;
        Ok(())
    }
}

async fn node(short: &str, window: Duration) -> Node {
    let builder = Node::builder(short).system(System::new()).window(window).cookie(COOKIE).expect("it is a cookie");
    builder.start().await.expect("the node starts")
}

/// A watcher of the helper's actor whose monitor is known to stand on the helper's side.
async fn watching(node: &Node, helper: &Helper) -> (ActorRef<Watcher>, mpsc::UnboundedReceiver<Option<ExitReason>>) {
    let remote = REMOTE.at(node, &helper.name).handle().await.expect("the helper answers");
    let (told, mut heard) = mpsc::unbounded_channel();
    let watcher = node.system().spawn(Watcher(told));
    watcher.subject().tell(Watch(remote.clone())).expect("the watcher runs");
    assert_eq!(heard.recv().await, Some(None));
    remote.echo("barrier".into()).await.expect("the helper answers");
    (watcher, heard)
}

async fn within<T>(time: Duration, future: impl Future<Output = T>) -> T {
    tokio::time::timeout(time, future).await.unwrap_or_else(|_| panic!("it happens within {time:?}"))
}

/// The next event that is not about strangers.
async fn event(events: &mut Events) -> NodeEvent {
    loop {
        match events.next().await.expect("the node lives") {
            NodeEvent::Refused { .. } => {}
            event => return event,
        }
    }
}

/// E1, M1, E4, S4: kill -9 gives exactly one down at each monitor and one node event, within a second.
#[tokio::test(flavor = "multi_thread")]
async fn kill_nine_gives_one_down_and_one_event_within_a_second() {
    let node = node("watcher", Duration::from_secs(10)).await;
    let mut events = node.events();
    let mut killed = Helper::start(HELPER, "killed", COOKIE, 10_000);
    let other = Helper::start(HELPER, "other", COOKIE, 10_000);
    let (_watcher, mut heard) = watching(&node, &killed).await;
    node.connect(&other.name).await.unwrap();
    assert!(matches!(event(&mut events).await, NodeEvent::Up { .. }));
    assert!(matches!(event(&mut events).await, NodeEvent::Up { .. }));
    let waiting = REMOTE.at(&node, &killed.name).keep().timeout(Duration::from_secs(3600));
    REMOTE.at(&node, &killed.name).echo("it has the request".into()).await.unwrap();
    killed.kill();
    within(Duration::from_secs(1), async {
        let closed = ExitReason::NodeDown(NodeDownCause::Closed);
        assert_eq!(heard.recv().await, Some(Some(closed)));
        let down = event(&mut events).await;
        assert!(
            matches!(&down, NodeEvent::Down { node, cause: NodeDownCause::Closed, .. } if node.name == killed.name)
        );
        assert!(matches!(waiting.await, Err(CallError::NodeDown { .. })));
    })
    .await;
    // Nothing comes after: what the other helper says next comes behind anything that was still on its way.
    REMOTE.at(&node, &other.name).echo("later".into()).await.unwrap();
    assert!(heard.try_recv().is_err());
    assert_eq!(node.nodes(), std::slice::from_ref(&other.name));
    node.disconnect(&other.name);
    let next = event(&mut events).await;
    assert!(matches!(&next, NodeEvent::Down { node, .. } if node.name == other.name), "{next:?}");
}

/// E2: handlers that block every worker of a node for fifteen seconds never make it look dead, and its control plane answers.
#[tokio::test(flavor = "multi_thread")]
async fn blocked_workers_do_not_stop_heartbeats() {
    let node = node("calm", Duration::from_secs(10)).await;
    let mut events = node.events();
    let helper = Helper::start(HELPER, "blocked", COOKIE, 10_000);
    let (_watcher, mut heard) = watching(&node, &helper).await;
    assert!(matches!(event(&mut events).await, NodeEvent::Up { .. }));
    let remote = REMOTE.at(&node, &helper.name);
    assert!(remote.block_workers(15_000).await.unwrap() >= 1);
    within(Duration::from_secs(5), async {
        while remote.echo("not yet".into()).timeout(Duration::from_millis(500)).await.is_ok() {}
    })
    .await;
    within(Duration::from_secs(2), node.ping(&helper.name)).await.unwrap();
    let after = remote.echo("after".into()).timeout(Duration::from_secs(40));
    tokio::select! {
        event = event(&mut events) => panic!("a node with blocked workers is not down: {event:?}"),
        down = heard.recv() => panic!("its actors are not down: {down:?}"),
        answer = after => assert_eq!(answer.unwrap(), "after"),
    }
}

/// E1, E2: a frozen process is silent, which is found in time; thawed, it connects anew.
#[tokio::test(flavor = "multi_thread")]
async fn a_frozen_process_is_found_and_comes_back() {
    let node = node("judge", Duration::from_secs(1)).await;
    let mut events = node.events();
    let helper = Helper::start(HELPER, "frozen", COOKIE, 1000);
    let (_watcher, mut heard) = watching(&node, &helper).await;
    assert!(matches!(event(&mut events).await, NodeEvent::Up { .. }));
    helper.signal("STOP");
    within(Duration::from_secs(5), async {
        assert_eq!(heard.recv().await, Some(Some(ExitReason::NodeDown(NodeDownCause::Silent))));
        assert!(matches!(event(&mut events).await, NodeEvent::Down { cause: NodeDownCause::Silent, .. }));
    })
    .await;
    helper.signal("CONT");
    let answer = within(Duration::from_secs(10), async {
        loop {
            match REMOTE.at(&node, &helper.name).echo("back".into()).await {
                Ok(text) => break text,
                Err(_) => tokio::task::yield_now().await,
            }
        }
    });
    assert_eq!(answer.await, "back");
}

/// H1, H2, N5: a process with another cookie is refused with a typed error on both sides, and sees nothing of the
/// responder's names, groups and peers.
#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_cookie_sees_nothing() {
    const SECRET: GlobalName<Remote> = GlobalName::new("a-name-nobody-should-see");
    let (proxy, tap) = tap();
    let inner = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let builder = Node::builder("guarded").system(System::new()).bind(inner.to_string());
    let guarded = builder.advertise(proxy.to_string()).cookie(COOKIE).unwrap().start().await.unwrap();
    let mut events = guarded.events();
    let friend = Helper::start(HELPER, "friend-nobody-should-see", COOKIE, 10_000);
    REMOTE.at(&guarded, &friend.name).join().await.unwrap();
    let named = REMOTE.at(&guarded, &friend.name).handle().await.unwrap();
    assert!(guarded.global().register(&SECRET, &named).await.is_err(), "it lives elsewhere");
    let local = guarded.system().spawn(Answerless).subject::<Remote>();
    guarded.global().register(&SECRET, &local).await.unwrap();
    assert!(matches!(events.next().await, Some(NodeEvent::Up { .. })));

    let stranger = Helper::start(HELPER, "stranger", "another cookie", 10_000);
    let own = Node::builder("own").system(System::new()).cookie("another cookie").unwrap().start().await.unwrap();
    let (to_inner, captured) = tap.serve(inner);
    let refused = REMOTE.at(&own, &stranger.name).connect(guarded.name().clone()).await.unwrap();
    assert!(refused.is_some_and(|error| error.contains("WrongCookie")), "the initiator gets a typed error");
    let event = within(Duration::from_secs(5), events.next()).await;
    assert!(matches!(event, Some(NodeEvent::Refused { unproven: true, .. })), "{event:?}");
    let seen = captured.recv_timeout(Duration::from_secs(10)).unwrap();
    drop(to_inner);
    assert!(!seen.is_empty() && seen.len() < 1024, "{} bytes were shown", seen.len());
    let text = String::from_utf8_lossy(&seen);
    assert!(text.contains("guarded@"), "the responder says who it is");
    for hidden in ["nobody-should-see", "members", "tests.Remote", COOKIE] {
        assert!(!text.contains(hidden), "the stranger saw `{hidden}`");
    }
    assert!(guarded.groups().members(&MEMBERS).len() == 1);
}

#[derive(Actor)]
#[actor(handles(Remote))]
struct Answerless;

impl Handler<Remote> for Answerless {
    async fn handle(&mut self, _: Remote, _: &mut Context<Self>) -> Result<(), Error> {
        Ok(())
    }
}

/// A listener that passes one connection on and keeps what comes back.
struct Tap(TcpListener);

fn tap() -> (SocketAddr, Tap) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback works");
    (listener.local_addr().expect("loopback works"), Tap(listener))
}

impl Tap {
    fn serve(self, inner: SocketAddr) -> (std::thread::JoinHandle<()>, blocking::Receiver<Vec<u8>>) {
        let (told, captured) = blocking::channel();
        let thread = std::thread::spawn(move || {
            let (mut outside, _) = self.0.accept().expect("loopback works");
            let mut inside = TcpStream::connect(inner).expect("loopback works");
            let (mut from, mut to) =
                (outside.try_clone().expect("loopback works"), inside.try_clone().expect("loopback works"));
            let forth = std::thread::spawn(move || {
                let _hung_up = std::io::copy(&mut from, &mut to);
                let _gone = to.shutdown(Shutdown::Write);
            });
            let (mut seen, mut piece) = (Vec::new(), [0; 4096]);
            while let Ok(length @ 1..) = inside.read(&mut piece) {
                seen.extend_from_slice(&piece[..length]);
                if outside.write_all(&piece[..length]).is_err() {
                    break;
                }
            }
            drop(outside);
            told.send(seen).expect("loopback works");
            drop(forth);
        });
        (thread, captured)
    }
}

/// F5, H5: garbage, a connection that says nothing, and a giant length prefix harm nobody, and are hung up on.
#[tokio::test(flavor = "multi_thread")]
async fn strangers_at_the_port_harm_nobody() {
    let node = node("open", Duration::from_secs(10)).await;
    let mut events = node.events();
    let helper = Helper::start(HELPER, "busy", COOKIE, 10_000);
    node.connect(&helper.name).await.unwrap();
    assert!(matches!(events.next().await, Some(NodeEvent::Up { .. })));
    for target in [node.name(), &helper.name] {
        let address = SocketAddr::from(([127, 0, 0, 1], target.port()));
        let hostile: [&[u8]; 6] = [
            b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
            &[0xff; 4096],
            &[0xff, 0xff, 0xff, 0x7f],
            &[0, 0, 0, 0],
            &[4, 0, 0, 0, 1, 2],
            &[],
        ];
        let attacks = hostile.map(|bytes| {
            let bytes = bytes.to_vec();
            tokio::task::spawn_blocking(move || {
                let mut stream = TcpStream::connect(address).unwrap();
                stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
                stream.write_all(&bytes).unwrap();
                // Hung up on, sooner or later; what comes before that is at most a refusal.
                let mut said = Vec::new();
                let end = stream.read_to_end(&mut said);
                let waited_in_vain = end.is_err_and(|error| error.kind() == std::io::ErrorKind::WouldBlock);
                assert!(!waited_in_vain, "a stranger is not hung up on");
                assert!(said.len() < 1024);
            })
        });
        // All the while the others are served.
        for n in 0..200 {
            let text = format!("{n}");
            assert_eq!(REMOTE.at(&node, &helper.name).echo(text.clone()).await.unwrap(), text);
        }
        for attack in attacks {
            within(Duration::from_secs(30), attack).await.unwrap();
        }
    }
    assert_eq!(REMOTE.at(&node, &helper.name).echo("still".into()).await.unwrap(), "still");
    while let Ok(event) = tokio::time::timeout(Duration::from_millis(1), events.next()).await {
        assert!(matches!(event, Some(NodeEvent::Refused { .. })), "{event:?}");
    }
}

/// F5: many strangers at once are bounded, and those who belong still get in.
#[tokio::test(flavor = "multi_thread")]
async fn a_crowd_of_strangers_does_not_shut_friends_out() {
    let node = node("crowded", Duration::from_secs(10)).await;
    let address = SocketAddr::from(([127, 0, 0, 1], node.name().port()));
    let crowd: Vec<_> = (0..400).map(|_| TcpStream::connect(address).unwrap()).collect();
    let friend = self::node("friend", Duration::from_secs(10)).await;
    // The strangers fill the places for a while; who belongs gets in when the first of them have run out of time.
    within(Duration::from_secs(30), async { while friend.connect(node.name()).await.is_err() {} }).await;
    within(Duration::from_secs(5), friend.ping(node.name())).await.unwrap();
    drop(crowd);
}
