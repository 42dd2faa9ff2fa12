//! Foreign types between nodes: as themselves, and as no more than their message's trouble when their code fails.

mod support;

use actor_core::{CallError, prelude::*, wire::EncodeError};
use actor_dist::{AtNode, NodeEvent};
use serde::{Deserialize, Deserializer, Serialize, de::Error as _};
use support::*;

/// Of another crate, with a bad day now and then.
#[derive(Serialize, Debug, Clone, Copy, PartialEq)]
struct Mood(u32);

const FAILS: Mood = Mood(13);
const PANICS: Mood = Mood(14);

impl<'de> Deserialize<'de> for Mood {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        match Mood(u32::deserialize(d)?) {
            FAILS => Err(D::Error::custom("it is a bad day")),
            PANICS => panic!("a foreign type panics, on purpose"),
            mood => Ok(mood),
        }
    }
}

#[derive(Protocol)]
#[wire(uri = "test.Moody", version = 1)]
enum Moody {
    Swap {
        #[wire(foreign = "day.Mood/1")]
        moods: Vec<Option<Mood>>,
        #[wire(foreign = "day.Mood/1")]
        reply: Reply<Option<Mood>>,
    },
    Never(#[wire(foreign(serde_json::Value = "any.Value/1"))] serde_json::Value),
}

#[derive(Actor)]
#[actor(handles(Moody))]
struct Swapping;

impl Handler<Moody> for Swapping {
    async fn handle(&mut self, message: Moody, _: &mut Context<Self>) -> Result<(), Error> {
        match message {
            Moody::Swap { moods, reply } => {
                reply.send(moods.first().copied().flatten().map(|mood| if mood == Mood(1) { FAILS } else { mood }));
            }
            Moody::Never(_) => {}
        }
        Ok(())
    }
}

const MOODY: LocalName<Moody> = LocalName::new("moody");

/// V3: a value that its own code refuses, or panics at, costs its message; the session and everybody else go on.
#[tokio::test(flavor = "multi_thread")]
async fn foreign_code_that_fails_costs_its_message_alone() {
    let (mut a, b) = (peer("a").await, peer("b").await);
    let swapping = b.node.system().spawn(Swapping).subject();
    b.node.system().register(&MOODY, &swapping).unwrap();
    let moody = MOODY.at(&a.node, b.name());
    let swap = async |mood| soon(moody.swap(vec![Some(mood)])).await;

    assert_eq!(swap(Mood(7)).await, Ok(Some(Mood(7))));
    let failed = swap(FAILS).await;
    assert!(
        matches!(&failed, Err(CallError::Undecodable(why)) if why == "no valid day.Mood/1: it is a bad day"),
        "{failed:?}"
    );
    let panicked = swap(PANICS).await;
    assert!(matches!(panicked, Err(CallError::Undecodable(_))), "{panicked:?}");
    let answer = swap(Mood(1)).await;
    assert!(matches!(answer, Err(CallError::BadAnswer(_))), "{answer:?}");
    assert_eq!(swap(Mood(8)).await, Ok(Some(Mood(8))));
    assert!(matches!(a.event().await, NodeEvent::Up { .. }));
    assert_eq!(a.node.nodes(), std::slice::from_ref(b.name()));
}

/// DESIGN §4: what these bytes cannot carry comes back from the send, whole.
#[tokio::test(flavor = "multi_thread")]
async fn a_type_without_a_form_is_handed_back() {
    let (a, b) = (peer("a").await, peer("b").await);
    let moody = MOODY.at(&a.node, b.name());
    let value = serde_json::json!({ "any": 1 });
    match moody.never(value.clone()) {
        Err(SendError::Refused(Moody::Never(back), EncodeError::Foreign { name, .. })) => {
            assert_eq!((back, name), (value, "any.Value/1"));
        }
        other => panic!("{other:?}"),
    }
}
