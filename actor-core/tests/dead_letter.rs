//! The promises about messages that reached nobody.

mod support;

use std::{
    future::ready,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use actor_core::{Capacity, DEAD_LETTER_BOUND, DeadLetter, DeadLetterReason, SentBy, prelude::*};
use support::{Count, Counter, CounterClient as _, Note, Puppet, counter, failed, settle};

/// L4: a dead letter says which message it was, for whom, from whom, and why it reached nobody.
#[tokio::test]
async fn a_dead_letter_says_what_it_was() {
    let system = System::new();
    let mut letters = system.dead_letters().subscribe();
    let (count, open) = Count::gated();
    let count = system.spawn(count).subject::<Counter>();
    let to = count.actor_info().unwrap().id;
    count.fail().unwrap();
    let sender = Puppet::new(&system);
    let (other, ended) = (count.clone(), count.ended());
    sender.begin(ready(()), move |_| other.finish().unwrap());
    settle().await;
    count.add(1).unwrap();
    let kept = count.keep();
    open.send(()).await.unwrap();
    assert_eq!(ended.await, failed());
    assert_eq!(kept.await, Err(CallError::NoReply));
    let senders = [SentBy::Actor(sender.actor.id()), SentBy::Outside, SentBy::Outside];
    for (message, from) in ["Counter::Finish", "Counter::Add", "Counter::Keep"].into_iter().zip(senders) {
        let letter = letters.next().await.unwrap();
        assert_eq!((letter.to, letter.message.as_str(), &letter.from), (Some(to), message, &from));
        assert!(letter.receiver.ends_with("::Count"), "{}", letter.receiver);
        assert_eq!(letter.reason, DeadLetterReason::Ended(failed()));
        let text = letter.to_string();
        for part in [message, "Count", &from.to_string(), "invalid digit"] {
            assert!(text.contains(part), "{text} does not say {part}");
        }
    }
    assert_eq!((letters.missed(), system.dead_letters().ended()), (0, 3));
}

/// A local message, which is no protocol, has the name of its type. Signals are no messages.
#[tokio::test]
async fn a_local_message_has_the_name_of_its_type() {
    let system = System::new();
    let mut letters = system.dead_letters().subscribe();
    let count = counter(&system);
    let one = Puppet::watching(&system, &count).await;
    let (_paused, ended) = (one.pause().await, one.actor.ended());
    one.actor.subject().tell(Note(1)).unwrap();
    count.finish().unwrap();
    count.ended().await;
    one.actor.kill();
    ended.await;
    assert_eq!(letters.next().await.unwrap().message, "Note");
    assert_eq!(system.dead_letters().ended(), 1);
}

/// S3: what was handed back to its sender, and what a handler had already, is no dead letter.
#[tokio::test]
async fn what_was_handed_back_or_handled_is_no_dead_letter() {
    let system = System::new();
    let count = system.spawn(Count::new());
    let subject = count.subject::<Counter>();
    subject.hang().await.unwrap();
    count.kill();
    assert_eq!(count.ended().await, ExitReason::Killed);
    assert!(subject.add(1).is_err());
    assert_eq!(system.dead_letters().ended(), 0);
}

/// F1: a subscriber that does not read is told of so many and learns how many it missed; another misses none.
#[tokio::test]
async fn a_subscriber_that_does_not_read_misses_a_count() {
    const BEYOND: usize = 10;
    let system = System::new();
    let (mut slow, mut quick) = (system.dead_letters().subscribe(), system.dead_letters().subscribe());
    let read = std::pin::pin!(async {
        let mut read = 0;
        while read < DEAD_LETTER_BOUND + BEYOND {
            quick.next().await.unwrap();
            read += 1;
        }
        quick.missed()
    });
    let write = async {
        for most in [DEAD_LETTER_BOUND, BEYOND] {
            let count = system.spawn_with(Count::new(), Capacity::Unbounded);
            count.subject().fail().unwrap();
            for n in 0..most {
                count.subject().add(n as u64).unwrap();
            }
            count.ended().await;
            settle().await;
        }
    };
    let (missed, ()) = tokio::join!(read, write);
    assert_eq!((missed, slow.missed()), (0, BEYOND as u64));
    assert_eq!(system.dead_letters().ended(), (DEAD_LETTER_BOUND + BEYOND) as u64);
    for _ in 0..DEAD_LETTER_BOUND {
        slow.next().await.unwrap();
    }
    let count = counter(&system);
    count.fail().unwrap();
    count.release().unwrap();
    assert_eq!(slow.next().await.unwrap().message, "Counter::Release", "what it missed is behind it");
}

/// Nobody looks at a dead letter that nobody wants; it is counted.
#[tokio::test]
async fn without_a_subscriber_dead_letters_are_counted_only() {
    /// Ends by its first message. As the derive would write it, but for a count of how often each message is asked which it is.
    struct Named;

    struct Asked(Arc<AtomicUsize>);

    impl Actor for Named {
        type Inbox = Asked;

        async fn dispatch(&mut self, _: Asked, _: &mut Context<Self>) -> Result<(), Error> {
            Err(Error::new("the first message is the last"))
        }

        fn message_index(asked: &Asked) -> u32 {
            asked.0.fetch_add(1, Ordering::Relaxed);
            0
        }
    }

    impl actor_core::Handles<Asked> for Named {
        fn wrap(asked: Asked) -> Asked {
            asked
        }

        fn unwrap(asked: Asked) -> Option<Asked> {
            Some(asked)
        }
    }

    let system = System::new();
    let letters = || async {
        let (named, first, other) = (system.spawn(Named), Arc::default(), Arc::default());
        for asked in [&first, &other, &other] {
            named.subject().tell(Asked(Arc::clone(asked))).unwrap();
        }
        named.ended().await;
        other.load(Ordering::Relaxed)
    };
    assert_eq!(letters().await, 0);
    assert_eq!(system.dead_letters().ended(), 2);
    let stream = system.dead_letters().subscribe();
    assert_eq!(letters().await, 2);
    drop(stream);
    letters().await;
    assert_eq!(letters().await, 0, "after the first that found the subscriber gone");
    assert_eq!(system.dead_letters().ended(), 8);
}

/// S5: messages that came from elsewhere and were not taken are told in the same stream, each by itself.
#[tokio::test]
async fn what_was_not_taken_is_told_too() {
    let system = System::new();
    let mut letters = system.dead_letters().subscribe();
    let from = SentBy::Node("bob@10.0.0.7:7000".parse().unwrap());
    let letter = || DeadLetter::not_taken("group `news`", "test.News", "the mailbox is full", from.clone());
    system.dead_letters().add_not_taken(2, letter);
    for _ in 0..2 {
        assert_eq!(letters.next().await.unwrap(), letter());
    }
    let letters = system.dead_letters();
    assert_eq!((letters.not_taken(), letters.ended()), (2, 0));
    let text = "`test.News` for group `news` from node `bob@10.0.0.7:7000`: it was not taken: the mailbox is full";
    assert_eq!(letter().to_string(), text);
}
