//! The standard types as wire values. Never allocates on a sender's word: every length is charged first.

mod container;
mod map;
mod net;
mod number;
mod pointer;
mod text;
mod time;
mod tuple;
