//! What a container takes of the heap while foreign code fills it, item by item, without saying how. A list grows by doubling, and
//! both are there while it moves; an ordered map has nodes that are half empty; anything else is taken for a hash table, which takes
//! the most. Which it is says the name of its type; another name only costs more. Never allocates.

use crate::wire::{DecodeError, Decoder};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    List,
    Tree,
    Other,
}

/// A container that grows.
#[derive(Debug)]
pub(super) struct Growth {
    kind: Kind,
    items: usize,
    /// For how many items a list has memory.
    room: usize,
    /// The bytes of an item of a list.
    size: usize,
    /// What was charged for a list that has moved since.
    moved: usize,
}

impl Growth {
    /// Of a container of the type `C`.
    pub(super) fn of<C>() -> Growth {
        let name = std::any::type_name::<C>();
        let kind = match name {
            _ if LISTS.iter().any(|list| name.starts_with(list)) => Kind::List,
            _ if name.starts_with(TREES) => Kind::Tree,
            _ => Kind::Other,
        };
        Growth { kind, items: 0, room: 0, size: 0, moved: 0 }
    }

    /// Charges for one more item, or one more key or value.
    pub(super) fn grow(&mut self, size: usize, d: &mut Decoder<'_>) -> Result<(), DecodeError> {
        let charge = match self.kind {
            _ if size == 0 => 1,
            Kind::List => return self.lengthen(size, d),
            Kind::Tree => self.first(size) + size / 2 * 5 + BESIDE,
            Kind::Other => self.first(size) + size.div_ceil(2) * 7 + 2 * BESIDE,
        };
        self.items += 1;
        d.charge(charge)
    }

    /// The first node of an ordered map has places for eleven, and the first table for no more. A key and its value are two.
    fn first(&self, size: usize) -> usize {
        if self.items < 2 { size.saturating_mul(11) + 4 * BESIDE } else { 0 }
    }

    fn lengthen(&mut self, size: usize, d: &mut Decoder<'_>) -> Result<(), DecodeError> {
        d.refund(std::mem::take(&mut self.moved));
        if self.items == self.room {
            let least = match size {
                1 => 8,
                2..=1024 => 4,
                _ => 1,
            };
            let room = (self.room * 2).max(least);
            d.charge(room.saturating_mul(size))?;
            self.moved = self.room * size;
            (self.room, self.size) = (room, size);
        }
        self.items += 1;
        Ok(())
    }

    /// Whoever wanted a boxed slice moves a list once more, into memory of its length.
    pub(super) fn finish(&mut self, d: &mut Decoder<'_>) -> Result<(), DecodeError> {
        d.refund(std::mem::take(&mut self.moved));
        let again = self.items * self.size;
        d.charge(again)?;
        d.refund(again);
        Ok(())
    }
}

const LISTS: [&str; 2] = ["alloc::vec::Vec<", "alloc::collections::vec_deque::VecDeque<"];
const TREES: &str = "alloc::collections::btree::";
/// What a node or a table has beside its items, spread over them, in bytes; also what rounds an item up.
const BESIDE: usize = 2 * size_of::<usize>();
