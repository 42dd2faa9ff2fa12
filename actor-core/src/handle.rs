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

/// One handle. Empty only while it is being turned into another one.
pub(crate) struct Handle<T: Counted + ?Sized>(Option<Arc<T>>);

impl<T: Counted + ?Sized> Handle<T> {
    /// A handle that was counted already.
    pub(crate) fn counted(held: Arc<T>) -> Self {
        Handle(Some(held))
    }

    /// The same handle, seen as something else.
    pub(crate) fn erase<U: Counted + ?Sized>(mut self, view: impl FnOnce(Arc<T>) -> Arc<U>) -> Handle<U> {
        Handle(self.0.take().map(view))
    }

    /// What is held, without holding it.
    pub(crate) fn uncounted(&self) -> Arc<T> {
        Arc::clone(self.held())
    }

    fn held(&self) -> &Arc<T> {
        self.0.as_ref().expect("invariant: a handle is empty only while it is consumed")
    }
}

impl<T: Counted + ?Sized> Clone for Handle<T> {
    fn clone(&self) -> Self {
        self.held().retain();
        Handle(self.0.clone())
    }
}

impl<T: Counted + ?Sized> Drop for Handle<T> {
    fn drop(&mut self) {
        if let Some(held) = &self.0 {
            held.release();
        }
    }
}

impl<T: Counted + ?Sized> Deref for Handle<T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.held()
    }
}
