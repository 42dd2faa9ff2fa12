//! Process groups, typed by protocol: join, leave, members, broadcast. Membership itself is `proto::groups`; nothing here
//! decides who is in.

use std::{fmt, marker::PhantomData, sync::Arc};

use actor_core::{Address, AddressOf, Broadcast, Name, NameError, Protocol, SendError, Subject, wire::EncodeError};

use crate::node::Node;

/// A group's name together with the protocol of its members, one item, checked at compile time.
///
/// ```
/// use actor_core::prelude::*;
/// use actor_dist::GroupKey;
/// # #[derive(Protocol, Clone)] #[wire(uri = "chat.Event", version = 1)] pub enum ChatEvent { Say { text: String } }
/// const ROOM: GroupKey<ChatEvent> = GroupKey::new("room:42");
/// ```
pub struct GroupKey<P> {
    name: Name,
    protocol: PhantomData<fn(P)>,
}

impl<P> GroupKey<P> {
    /// A group known at compile time.
    ///
    /// # Panics
    /// If the name is empty or longer than 255 bytes: in a `const`, a compile error.
    pub const fn new(name: &'static str) -> Self {
        GroupKey { name: Name::new(name), protocol: PhantomData }
    }

    /// A group made at run time.
    ///
    /// # Errors
    /// [`NameError`] for an empty name and for one longer than 255 bytes.
    pub fn named(name: impl Into<Arc<str>>) -> Result<Self, NameError> {
        Ok(GroupKey { name: Name::shared(name)?, protocol: PhantomData })
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        self.name.as_str()
    }
}

impl<P: Protocol> GroupKey<P> {
    /// All members as one address. It takes tells only.
    pub fn on<'a>(&self, node: &'a Node) -> Everyone<'a, P> {
        Everyone { node, group: self.clone() }
    }
}

impl<P> Clone for GroupKey<P> {
    fn clone(&self) -> Self {
        GroupKey { name: self.name.clone(), protocol: PhantomData }
    }
}

impl<P> fmt::Debug for GroupKey<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "GroupKey({:?})", self.name)
    }
}

/// All members of a group as one address.
///
/// # Delivery
/// Every member that this node knows of gets the message at most once, after what this sender sent it before. It crosses
/// each link once. A member that is at its bound misses it, which is counted where it happened.
#[derive(Debug)]
pub struct Everyone<'a, P> {
    node: &'a Node,
    group: GroupKey<P>,
}

impl<P: Protocol> AddressOf<P> for Everyone<'_, P> {}

impl<P: Protocol> Address<P> for Everyone<'_, P>
where
    P::Kind: Broadcast<P>,
{
    fn tell(&self, msg: P) -> Result<(), SendError<P>> {
        self.node.groups().broadcast(&self.group, msg).map(drop)
    }
}

/// How far a broadcast went from this node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reach {
    /// Members of this node that got it.
    pub local: usize,
    /// Other nodes it is on its way to, one copy each.
    pub nodes: usize,
    /// Local members, and nodes, that miss it: their bound was reached, no session stands with the node, or its build cannot
    /// know the message.
    pub missed: usize,
}

/// The groups of the cluster, as this node knows them.
#[derive(Debug)]
pub struct Groups<'a>(pub(crate) &'a Node);

impl Groups<'_> {
    /// Joins an actor of this node to a group. Joined twice, it is a member until it has left twice.
    ///
    /// # Delivery
    /// This node knows at once, the others as soon as the news has crossed. It leaves by itself when it ends. The actor is
    /// known outside from now on, also when the group refuses it, and so lives until it stops.
    ///
    /// # Errors
    /// [`JoinError`]; the group is as before.
    pub fn join<P: Protocol>(&self, group: &GroupKey<P>, member: &Subject<P>) -> Result<(), JoinError> {
        let text = || group.as_str().to_owned();
        let address = member.export().map_err(|error| match error {
            EncodeError::Stopped => JoinError::Stopped { group: text() },
            _ => JoinError::NotLocal { group: text() },
        })?;
        if address.node != *self.0.id() {
            return Err(JoinError::NotLocal { group: text() });
        }
        self.0.driver().join::<P>(group.as_str(), address.actor, member.way().via())
    }

    /// Ends one membership; whether there was one.
    pub fn leave<P: Protocol>(&self, group: &GroupKey<P>, member: &Subject<P>) -> bool {
        member.local_id(self.0.system()).is_some_and(|actor| self.0.driver().leave_group(group.as_str(), actor))
    }

    /// The members that this node knows of, on every node, each once, in no promised order.
    pub fn members<P: Protocol>(&self, group: &GroupKey<P>) -> Vec<Subject<P>> {
        self.0.driver().members::<P>(group.as_str())
    }

    /// Sends a message to every member.
    ///
    /// # Delivery
    /// As [`Everyone`].
    ///
    /// # Errors
    /// [`SendError::Unresolved`] for an empty group, [`SendError::Refused`] for a message that cannot cross, or that the
    /// build of none of the members knows; nobody got it.
    pub fn broadcast<P: Protocol>(&self, group: &GroupKey<P>, msg: P) -> Result<Reach, SendError<P>>
    where
        P::Kind: Broadcast<P>,
    {
        self.0.driver().broadcast(group.as_str(), msg)
    }
}

/// Why an actor did not join.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum JoinError {
    /// The group's members speak another protocol.
    #[error("the members of group `{group}` speak `{registered_as}`, and the new one speaks `{expected}`")]
    WrongProtocol {
        /// The group.
        group: String,
        /// Its members' protocol.
        registered_as: String,
        /// The protocol of the actor that was to join.
        expected: &'static str,
    },
    /// The actor has ended.
    #[error("the actor to join group `{group}` has stopped")]
    Stopped {
        /// The group.
        group: String,
    },
    /// The subject is not an actor of this node's system.
    #[error("the actor to join group `{group}` does not live on this node; let it join on its own")]
    NotLocal {
        /// The group.
        group: String,
    },
}
