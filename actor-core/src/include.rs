//! That a protocol includes another, and so a handle of it is good for one of the other. Never sends: the endpoint that
//! wraps messages is in `endpoint`.

use std::any::type_name;

use crate::{protocol::Message, subject::Subject, wire::Edge};

/// Says that every message of `Q` can be one of this type: the derive writes it for a variant `#[wire(include)] Name(Q)` of a
/// protocol. [`Subject::narrow`] asks for it.
///
/// By hand it is for messages that stay on their node, whose subjects are narrowed there:
///
/// ```
/// use actor_core::{Includes, prelude::*};
/// # #[derive(Protocol)] #[wire(uri = "ops.Health", version = 1)] pub enum Health { Ping }
/// enum Work {
///     Health(Health),
///     Tick(std::time::Instant),
/// }
///
/// impl Includes<Health> for Work {
///     fn wrap(msg: Health) -> Self {
///         Work::Health(msg)
///     }
///
///     fn unwrap(self) -> Option<Health> {
///         match self {
///             Work::Health(msg) => Some(msg),
///             Work::Tick(_) => None,
///         }
///     }
/// }
///
/// fn health_of(work: &Subject<Work>) -> Subject<Health> {
///     work.narrow()
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not include `{Q}`",
    label = "no variant of `{Self}` includes `{Q}`",
    note = "add a variant to `{Self}`: `#[wire(include)] Name({Q})`",
    note = "if a protocol that `{Self}` includes has it, narrow step by step: `subject.narrow::<Middle>().narrow::<{Q}>()`"
)]
pub trait Includes<Q: Message>: Message + Sized {
    /// The message as one of this type.
    fn wrap(msg: Q) -> Self;

    /// Back again; `None` if it is another message.
    fn unwrap(self) -> Option<Q>;

    /// The address of an actor by the included messages. Written by the derive, which knows that both cross.
    #[doc(hidden)]
    fn __narrow(subject: &Subject<Self>) -> Subject<Q> {
        // Named by its path, which no uri is like: such a way begins in this process, and need not outlive it.
        subject.through(Edge::of(type_name::<Self>(), &[]))
    }
}
