//! The promises about names within one system.

mod support;

use actor_core::{LocalRegisterError, prelude::*};
use support::{Counter, CounterClient as _, Puppet, counter};

const NAME: LocalName<Counter> = LocalName::new("counter");

/// V2, M5: a local name finds its actor, keeps it alive, refuses a second holder, and is gone before the down.
#[tokio::test]
async fn a_local_name_lives_as_long_as_its_actor() {
    let system = System::new();
    let count = counter(&system);
    let mut watcher = Puppet::watching(&system, &count).await;
    system.register(&NAME, &count).unwrap();
    system.register(&NAME, &count).unwrap();
    let other = counter(&system);
    assert_eq!(system.register(&NAME, &other), Err(LocalRegisterError::Taken("counter".into())));
    drop(count);
    let found = system.whereis(&NAME).expect("the name keeps the actor alive");
    found.add(3).unwrap();
    assert_eq!(found.total().await, Ok(3));
    found.finish().unwrap();
    assert_eq!(watcher.down().await, ExitReason::Normal);
    assert!(system.whereis(&NAME).is_none());
    assert_eq!(system.register(&NAME, &found), Err(LocalRegisterError::Stopped("counter".into())));
    assert!(system.whereis(&NAME).is_none());
    system.register(&NAME, &other).unwrap();
    assert!(system.unregister(&NAME));
}

/// A system names its own actors only: another system's may have the same id.
#[tokio::test]
async fn another_systems_actor_is_not_named() {
    let elsewhere = counter(&System::new());
    assert_eq!(System::new().register(&NAME, &elsewhere), Err(LocalRegisterError::NotLocal("counter".into())));
}
