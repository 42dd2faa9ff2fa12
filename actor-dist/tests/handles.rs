//! Handles on the wire: which protocol they are of, and what an actor of several protocols, some of them none, is known by.

mod support;

use actor_core::{
    ActorAddress, CallError, DeadLetterReason, Handles,
    prelude::*,
    route::Way,
    wire::{DecodeError, Decoder, Edge, EncodeError, Encoder},
};
use actor_dist::AtNode;
use support::{Note, NoteClient as _, Peer, peer, soon};
use tokio::sync::mpsc;

/// Leaves as a handle of one protocol and is read as one of another.
struct Mistaken(Option<Subject<Post>>);

impl Wire for Mistaken {
    const EDGE: Edge = Edge::of("test.Mistaken", &[]);

    fn encode(&self, e: &mut Encoder<'_>) -> Result<(), EncodeError> {
        self.0.as_ref().expect("it holds one").encode(e)
    }

    fn decode(d: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        Subject::<Note>::decode(d).map(|_| Mistaken(None))
    }
}

/// Bytes that claim to be a handle of `Note`, and by which way.
enum Forged {
    Claimed(ActorAddress, u64),
    Read(Subject<Note>),
}

impl Wire for Forged {
    const EDGE: Edge = Edge::of("test.Forged", &[]);

    fn encode(&self, e: &mut Encoder<'_>) -> Result<(), EncodeError> {
        let Forged::Claimed(ActorAddress { node, actor, .. }, via) = self else { panic!("it was read") };
        node.encode(e)?;
        actor.encode(e)?;
        e.raw(&Note::EDGE.bits().to_le_bytes());
        Note::VERSION.encode(e)?;
        via.encode(e)
    }

    fn decode(d: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        Wire::decode(d).map(Forged::Read)
    }
}

#[derive(Protocol)]
#[wire(uri = "test.Post", version = 1)]
enum Post {
    Mistaken { handle: Mistaken, reply: Reply<u64> },
    Forged { handle: Forged, reply: Reply<u64> },
    Note { reply: Reply<Subject<Note>> },
    Tick { n: u64 },
}

/// Stays in its system: it is no protocol.
struct Tick(u64, Box<dyn FnOnce() -> String + Send>);

/// Says what it gets.
#[derive(Actor)]
#[actor(handles(Post, Note, Tick))]
struct Poster(mpsc::UnboundedSender<String>);

impl Handler<Post> for Poster {
    async fn handle(&mut self, msg: Post, cx: &mut Context<Self>) -> Result<(), Error> {
        match msg {
            Post::Mistaken { reply, .. } => reply.send(1),
            Post::Forged { handle: Forged::Read(note), reply } => {
                note.number(9)?;
                reply.send(2);
            }
            Post::Forged { .. } => return Err(Error::new("it was not read")),
            Post::Note { reply } => reply.send(subject(cx)?),
            Post::Tick { n } => subject(cx)?.tell(Tick(n, Box::new(|| "tock".to_owned())))?,
        }
        Ok(())
    }
}

fn subject<M: Send + 'static>(cx: &Context<Poster>) -> Result<Subject<M>, Error>
where
    Poster: Handles<M>,
{
    cx.subject().ok_or_else(|| Error::new("no handle is left"))
}

impl Handler<Note> for Poster {
    async fn handle(&mut self, Note::Number { n }: Note, _: &mut Context<Self>) -> Result<(), Error> {
        Ok(self.0.send(format!("note {n}"))?)
    }
}

impl Handler<Tick> for Poster {
    async fn handle(&mut self, Tick(n, say): Tick, _: &mut Context<Self>) -> Result<(), Error> {
        Ok(self.0.send(format!("{} {n}", say()))?)
    }
}

const POST: LocalName<Post> = LocalName::new("post");

/// A poster on that node, by its local name.
fn poster(peer: &Peer) -> (ActorRef<Poster>, mpsc::UnboundedReceiver<String>) {
    let (sender, seen) = mpsc::unbounded_channel();
    let poster = peer.node.system().spawn(Poster(sender));
    peer.node.system().register(&POST, &poster.subject()).expect("the name is free");
    (poster, seen)
}

/// H4, G7: a handle that arrives where one of another protocol is expected is refused, and both are named.
#[tokio::test(flavor = "multi_thread")]
async fn a_handle_of_another_protocol_is_refused_by_name() {
    let (a, b) = (peer("a").await, peer("b").await);
    let (mine, _seen) = poster(&a);
    let (_theirs, _heard) = poster(&b);
    let refused = soon(POST.at(&a.node, b.name()).mistaken(Mistaken(Some(mine.subject())))).await;
    let why = "expected a handle for `test.Note`, got one for `test.Post`";
    assert_eq!(refused, Err(CallError::Undecodable(why.into())));
}

/// Nothing a peer says is believed: a handle claimed for a protocol by which the actor is not known is refused at its home,
/// where it is read or where it is used.
#[tokio::test(flavor = "multi_thread")]
async fn a_forged_handle_gives_no_way_in() {
    let (home, a, b) = (peer("home").await, peer("a").await, peer("b").await);
    let ((target, mut seen), (_other, _heard)) = (poster(&home), poster(&b));
    soon(a.node.connect(home.name())).await.unwrap();
    let actor = target.subject::<Post>().export().unwrap().actor;
    let address = ActorAddress { node: home.node.id().clone(), actor };
    for via in [0, 1, Post::EDGE.bits(), Way::direct(Post::EDGE).through(Note::EDGE).via()] {
        let forged = || Forged::Claimed(address.clone(), via);
        let read_at_home = soon(POST.at(&a.node, home.name()).forged(forged())).await;
        let why = "expected a handle for `test.Note`, got one for `test.Post`";
        assert_eq!(read_at_home, Err(CallError::Undecodable(why.into())), "{via}");

        let mut letters = home.node.system().dead_letters().subscribe();
        assert_eq!(soon(POST.at(&a.node, b.name()).forged(forged())).await, Ok(2), "who is not at home cannot know");
        let letter = soon(letters.next()).await.unwrap();
        assert_eq!((letter.message.as_str(), letter.to), ("test.Note", Some(actor)));
        let why = "expected a handle for `test.Post`, got one for `test.Note`";
        assert_eq!(letter.reason, DeadLetterReason::NotTaken(why.into()));
    }
    assert!(seen.try_recv().is_err());
    let note = soon(POST.at(&a.node, home.name()).note()).await.unwrap();
    note.number(1).unwrap();
    assert_eq!(soon(seen.recv()).await.unwrap(), "note 1", "by now it is known by that protocol");
}

/// One actor is known by each protocol of which a handle was shipped; what it also handles stays on its node.
#[tokio::test(flavor = "multi_thread")]
async fn an_actor_of_several_protocols_is_used_by_each() {
    let (home, a) = (peer("home").await, peer("a").await);
    let (poster, mut seen) = poster(&home);
    let post = POST.at(&a.node, home.name());
    let note = soon(post.note()).await.unwrap();
    note.number(1).unwrap();
    post.tick(2).unwrap();
    note.number(3).unwrap();
    // The tick goes to the actor's own mailbox, behind what waits there.
    let mut heard = Vec::new();
    for _ in 0..3 {
        heard.push(soon(seen.recv()).await.unwrap());
    }
    heard.sort();
    assert_eq!(heard, ["note 1", "note 3", "tock 2"]);
    let actor = poster.id();
    assert_eq!(note.address(), Some(ActorAddress { node: home.node.id().clone(), actor }));
    let exports = home.node.system().exports();
    assert!(exports.inlet(actor, Way::direct(Note::EDGE)).is_ok());
    assert!(exports.inlet(actor, Way::direct(Post::EDGE)).is_err(), "by name alone it is not known by the other");
    soon(post.note()).await.unwrap();
    poster.subject::<Post>().export().unwrap();
    assert!(exports.inlet(actor, Way::direct(Post::EDGE)).is_ok());
}
