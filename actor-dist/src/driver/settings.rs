//! What a node is made of, settled before it starts; only its cookies change. Decides nothing.

use std::{
    sync::{PoisonError, RwLock},
    time::Duration,
};

use actor_core::{
    System,
    wire::{EncodeError, Limits, SchemaTable},
};

use crate::{
    frame::Schemas,
    proto::{
        dialing::Mode,
        handshake::{Cookie, Cookies, Local},
        membership::Topology,
        schema::Table,
    },
};

/// What a node tells of its types, and the frame that says so.
pub(crate) struct Told {
    pub(crate) told: Schemas,
    pub(crate) frame: Vec<u8>,
}

impl Told {
    pub(crate) fn new(schemas: &SchemaTable, strict: bool) -> Result<Self, EncodeError> {
        let (told, mut frame) = (Schemas { table: Table::of(schemas), strict }, Vec::new());
        told.encode(&mut frame)?;
        Ok(Told { told, frame })
    }
}

/// What a node is made of, settled before it starts.
pub(crate) struct Settings {
    pub(crate) local: Local,
    pub(crate) schemas: Told,
    cookies: RwLock<Cookies>,
    pub(crate) system: System,
    pub(crate) max_frame: usize,
    pub(crate) limits: Limits,
    pub(crate) topology: Topology,
    pub(crate) connect: Mode,
    /// Chance, for waits that are not to keep step with other nodes'.
    pub(crate) seed: u64,
    /// After how long without use a session ends, if it does.
    pub(crate) idle: Option<Duration>,
}

impl Settings {
    pub(crate) fn new(
        local: Local,
        schemas: Told,
        cookies: Cookies,
        system: System,
        max_frame: usize,
        limits: Limits,
        topology: Topology,
    ) -> Self {
        let (cookies, connect, seed, idle) = (RwLock::new(cookies), Mode::Always, 0, None);
        Settings { local, schemas, cookies, system, max_frame, limits, topology, connect, seed, idle }
    }

    /// When it connects unasked, chance for how long it waits, and after how long without use a session ends.
    pub(crate) fn connecting(mut self, connect: Mode, seed: u64, idle: Option<Duration>) -> Self {
        (self.connect, self.seed, self.idle) = (connect, seed, idle);
        self
    }

    pub(crate) fn cookies(&self) -> Cookies {
        self.cookies.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn change_cookie(&self, cookie: Cookie) {
        let mut cookies = self.cookies.write().unwrap_or_else(PoisonError::into_inner);
        let previous = std::mem::replace(&mut cookies.current, cookie);
        cookies.previous = Some(previous);
    }
}
