//! A counted hold on an actor: while one is left the actor lives. Counts in the actor's own cell, so that a handle is one
//! pointer and an actor one allocation; the weak view is the cell itself.

use std::{ops::Deref, sync::Arc};

/// Something that is held by handles.
pub(crate) trait Counted {
    /// One handle more.
    fn retain(&self);
    /// One handle less.
    fn release(&self);
}

/// One handle.
pub(crate) struct Handle<T: Counted + ?Sized>(Arc<T>);

impl<T: Counted + ?Sized> Handle<T> {
    /// A handle that was counted already.
    pub(crate) fn counted(held: Arc<T>) -> Self {
        Handle(held)
    }

    /// The same handle, seen as something else.
    pub(crate) fn erase<U: Counted + ?Sized>(self, view: impl FnOnce(Arc<T>) -> Arc<U>) -> Handle<U> {
        self.0.retain();
        Handle(view(Arc::clone(&self.0)))
    }

    /// What is held, without holding it.
    pub(crate) fn uncounted(&self) -> Arc<T> {
        Arc::clone(&self.0)
    }
}

impl<T: Counted + ?Sized> Clone for Handle<T> {
    fn clone(&self) -> Self {
        self.0.retain();
        Handle(Arc::clone(&self.0))
    }
}

impl<T: Counted + ?Sized> Drop for Handle<T> {
    fn drop(&mut self) {
        self.0.release();
    }
}

impl<T: Counted + ?Sized> Deref for Handle<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}
