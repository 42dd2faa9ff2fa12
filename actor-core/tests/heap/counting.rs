//! An allocator that counts what each thread takes. Counts the bytes asked for, and not what the system's allocator adds.
#![expect(unsafe_code, reason = "an allocator is unsafe by its trait; this one passes everything on as it is")]

use std::{
    alloc::{GlobalAlloc, Layout, System},
    cell::Cell,
};

/// What a thread has taken since it began to count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Taken {
    /// The most bytes that were held at once.
    pub(crate) peak: usize,
    /// All bytes that were asked for.
    pub(crate) total: usize,
    /// How often bytes were asked for.
    pub(crate) times: usize,
}

thread_local! {
    static HELD: Cell<isize> = const { Cell::new(0) };
    static PEAK: Cell<isize> = const { Cell::new(0) };
    static TOTAL: Cell<usize> = const { Cell::new(0) };
    static TIMES: Cell<usize> = const { Cell::new(0) };
}

/// What the work takes on this thread.
pub(crate) fn taken<T>(work: impl FnOnce() -> T) -> (T, Taken) {
    let (held, total, times) = (HELD.get(), TOTAL.get(), TIMES.get());
    PEAK.set(held);
    let done = work();
    let peak = usize::try_from(PEAK.get() - held).expect("the peak is not below the start");
    (done, Taken { peak, total: TOTAL.get() - total, times: TIMES.get() - times })
}

struct Counting;

#[global_allocator]
static COUNTING: Counting = Counting;

fn add(bytes: usize) {
    TOTAL.set(TOTAL.get() + bytes);
    TIMES.set(TIMES.get() + 1);
    hold(bytes as isize);
}

fn hold(bytes: isize) {
    HELD.set(HELD.get() + bytes);
    PEAK.set(PEAK.get().max(HELD.get()));
}

unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        add(layout.size());
        // SAFETY: the caller's promises are those that the system's allocator asks for.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        add(layout.size());
        // SAFETY: as above.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        hold(-(layout.size() as isize));
        // SAFETY: as above; the memory is the system allocator's.
        unsafe { System.dealloc(at, layout) }
    }

    /// Both at once, as when it has to be moved.
    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        add(size);
        hold(-(layout.size() as isize));
        // SAFETY: as above; the memory is the system allocator's.
        unsafe { System.realloc(at, layout, size) }
    }
}
