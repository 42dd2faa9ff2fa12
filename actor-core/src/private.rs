//! What the derives write calls: generic code that asks about a type where the derive stands. Not for people.

use std::{any::type_name, marker::PhantomData};

pub use crate::{
    call::call,
    protocol::With,
    wire::lock::{
        keeper::keep,
        release::{Release, holds, is_foreign, least},
        stub::Stub,
    },
};
use crate::{protocol::Protocol, wire::Wire};
#[cfg(feature = "chrono")]
pub use chrono;
pub use inventory;
#[cfg(feature = "jiff")]
pub use jiff;
#[cfg(feature = "serde_json")]
pub use serde_json;
#[cfg(feature = "url")]
pub use url;
#[cfg(feature = "uuid")]
pub use uuid;

/// Finds out what a type is: an inherent method wins over the trait's of the same name, if the type has what it asks for.
#[derive(Debug)]
pub struct Probe<T>(pub PhantomData<T>);

impl<T: Clone> Probe<T> {
    pub fn duplicator(&self) -> Option<fn(&T) -> T> {
        Some(T::clone)
    }
}

/// The other answer.
pub trait NotClone<T> {
    fn duplicator(&self) -> Option<fn(&T) -> T> {
        None
    }
}

impl<T> NotClone<T> for &Probe<T> {}

impl<T: Wire> Probe<T> {
    /// Whether it may not be named as foreign.
    pub const IS_WIRE: bool = !T::IS_OF_FEATURE;
}

/// The other answer.
pub trait NotWire {
    const IS_WIRE: bool = false;
}

impl<T> NotWire for Probe<T> {}

impl<T: Protocol> Probe<T> {
    pub fn index(&self, message: &T) -> u32 {
        message.index()
    }

    pub fn name(&self, index: u32) -> &'static str {
        T::MESSAGES.get(index as usize).copied().unwrap_or(T::URI)
    }
}

/// The other answer: a local message has the name of its type.
pub trait NotProtocol<T> {
    fn index(&self, _: &T) -> u32 {
        0
    }

    fn name(&self, _: u32) -> &'static str {
        let whole = type_name::<T>();
        match whole.contains('<') {
            true => whole,
            false => whole.rsplit("::").next().unwrap_or(whole),
        }
    }
}

impl<T> NotProtocol<T> for &Probe<T> {}

/// The number of a message: the place of its type in the actor's list, and its place in its protocol.
#[inline]
pub fn index(place: u32, index: u32) -> u32 {
    place << PLACE | index.min((1 << PLACE) - 1)
}

/// The two parts of a number.
pub fn place(index: u32) -> (u32, u32) {
    (index >> PLACE, index & ((1 << PLACE) - 1))
}

const PLACE: u32 = 20;
