//! Which files a worker counts next: guided self-scheduling, and what is to be done again when a worker is lost.
//! Pure: never counts, sends or asks the time; the coordinator asks it and carries out what it says.
//!
//! A batch takes a fixed part of what is left (Polychronopoulos and Kuck, 1987), up to a limit: large at first, because
//! each batch sends its words once, and small at the end, so that the workers finish together.

use std::collections::{BTreeMap, VecDeque};

/// What opening a file costs, in bytes counted in the same time.
const FILE_COST: u64 = 4 << 10;
/// The most that one batch costs. The words of so much text fit in a processor's cache: with larger batches, counting slows
/// down by more than fewer messages save, and a lost worker loses more.
const BATCH_COST: u64 = 4 << 20;
/// The most files in a batch, so that their paths fit in a message.
const BATCH_FILES: usize = 16 << 10;
/// The smallest batch is this part of the whole input.
const SMALLEST: u64 = 64;

/// A file to count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct File {
    pub(crate) path: String,
    pub(crate) bytes: u64,
}

/// A worker, as a position in the coordinator's list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct WorkerId(pub(crate) usize);

/// Files that one worker is to count.
#[derive(Debug)]
pub(crate) struct Batch {
    pub(crate) id: u64,
    pub(crate) files: Vec<String>,
}

/// What a lost worker had not finished.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Unfinished {
    pub(crate) files: usize,
    pub(crate) bytes: u64,
}

#[derive(Debug)]
pub(crate) struct Schedule {
    files: Vec<File>,
    /// Positions in `files`.
    waiting: VecDeque<usize>,
    waiting_cost: u64,
    whole_cost: u64,
    closed_cost: u64,
    open: BTreeMap<u64, Open>,
    next: u64,
}

#[derive(Debug)]
struct Open {
    worker: WorkerId,
    files: Vec<usize>,
}

impl Schedule {
    /// All files are to be counted, `repeat` times.
    pub(crate) fn new(mut files: Vec<File>, repeat: usize) -> Self {
        let once: u64 = files.iter().map(cost).sum();
        let whole_cost = once * repeat as u64;
        // The largest first: one that is counted last and alone keeps everybody waiting.
        files.sort_by_key(|file| cost(file) < whole_cost / SMALLEST);
        let waiting = (0..repeat).flat_map(|_| 0..files.len()).collect();
        Schedule {
            files,
            waiting,
            waiting_cost: whole_cost,
            whole_cost,
            closed_cost: 0,
            open: BTreeMap::new(),
            next: 0,
        }
    }

    /// Opens the next batch for `worker`, who is one of `workers`; `None` while nothing waits.
    pub(crate) fn hand_out(&mut self, worker: WorkerId, workers: usize) -> Option<Batch> {
        let share = self.waiting_cost / (2 * workers.max(1) as u64);
        let target = share.max(self.whole_cost / SMALLEST).min(BATCH_COST);
        let (mut taken, mut files) = (0, Vec::new());
        while files.is_empty() || (taken < target && files.len() < BATCH_FILES) {
            let Some(file) = self.waiting.pop_front() else {
                break;
            };
            taken += cost(&self.files[file]);
            files.push(file);
        }
        if files.is_empty() {
            return None;
        }
        self.waiting_cost -= taken;
        let id = self.next;
        self.next += 1;
        let batch = Batch { id, files: files.iter().map(|file| self.files[*file].path.clone()).collect() };
        self.open.insert(id, Open { worker, files });
        Some(batch)
    }

    /// A batch was counted; returns its bytes.
    pub(crate) fn close(&mut self, batch: u64) -> u64 {
        let Some(open) = self.open.remove(&batch) else {
            return 0;
        };
        let files = open.files.iter().map(|file| &self.files[*file]);
        self.closed_cost += files.clone().map(cost).sum::<u64>();
        files.map(|file| file.bytes).sum()
    }

    /// Who has this batch; nobody if it is counted or given up.
    pub(crate) fn worker(&self, batch: u64) -> Option<WorkerId> {
        self.open.get(&batch).map(|open| open.worker)
    }

    /// Whether the worker has nothing to do.
    pub(crate) fn is_idle(&self, worker: WorkerId) -> bool {
        self.open.values().all(|open| open.worker != worker)
    }

    /// A worker is lost: its open batches wait again, before the rest.
    pub(crate) fn give_up(&mut self, worker: WorkerId) -> Unfinished {
        let mut unfinished = Unfinished::default();
        let (lost, kept) = std::mem::take(&mut self.open).into_iter().partition(|(_, open)| open.worker == worker);
        self.open = kept;
        for open in BTreeMap::into_values(lost).rev() {
            for position in open.files.into_iter().rev() {
                let file = &self.files[position];
                unfinished.files += 1;
                unfinished.bytes += file.bytes;
                self.waiting_cost += cost(file);
                self.waiting.push_front(position);
            }
        }
        unfinished
    }

    /// What nobody has counted.
    pub(crate) fn unfinished(&self) -> Unfinished {
        let open = self.open.values().flat_map(|open| &open.files);
        let bytes = |position: &usize| self.files[*position].bytes;
        Unfinished {
            files: self.waiting.len() + open.clone().count(),
            bytes: self.waiting.iter().chain(open).map(bytes).sum(),
        }
    }

    /// Whether half of the input is counted, or all of it handed out, which comes first if there are few files.
    pub(crate) fn is_half_way(&self) -> bool {
        self.closed_cost * 2 >= self.whole_cost || self.waiting.is_empty()
    }

    /// Whether everything is counted.
    pub(crate) fn is_finished(&self) -> bool {
        self.waiting.is_empty() && self.open.is_empty()
    }
}

fn cost(file: &File) -> u64 {
    file.bytes + FILE_COST
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: WorkerId = WorkerId(0);
    const B: WorkerId = WorkerId(1);

    fn files(sizes: impl IntoIterator<Item = u64>) -> Vec<File> {
        sizes.into_iter().enumerate().map(|(n, bytes)| File { path: format!("f{n}"), bytes }).collect()
    }

    #[test]
    fn batches_shrink_and_hold_every_file_once() {
        let mut schedule = Schedule::new(files((0..1000).map(|n| n * 100)), 1);
        let batches: Vec<Batch> = std::iter::from_fn(|| schedule.hand_out(A, 3)).collect();
        let sizes: Vec<usize> = batches.iter().map(|batch| batch.files.len()).collect();
        assert!(batches.len() < 64, "few batches: {sizes:?}");
        assert!(sizes[0] > *sizes.last().unwrap() * 4, "large ones first: {sizes:?}");
        let mut paths: Vec<&String> = batches.iter().flat_map(|batch| &batch.files).collect();
        paths.sort();
        paths.dedup();
        assert_eq!(paths.len(), 1000);
        assert!(!schedule.is_finished());
        let bytes: u64 = batches.iter().map(|batch| schedule.close(batch.id)).sum();
        assert_eq!(bytes, (0..1000).map(|n| n * 100).sum::<u64>());
        assert!(schedule.is_finished());
    }

    #[test]
    fn a_repeated_input_is_handed_out_so_many_times() {
        let mut schedule = Schedule::new(files([10, 20]), 3);
        let handed = std::iter::from_fn(|| schedule.hand_out(A, 1)).flat_map(|batch| batch.files).count();
        assert_eq!(handed, 6);
    }

    #[test]
    fn the_files_of_a_lost_worker_go_to_the_others() {
        let mut schedule = Schedule::new(files([100; 8]), 1);
        let first = schedule.hand_out(A, 2).unwrap();
        let second = schedule.hand_out(A, 2).unwrap();
        let other = schedule.hand_out(B, 2).unwrap();
        let lost = first.files.len() + second.files.len();
        assert_eq!(schedule.give_up(A), Unfinished { files: lost, bytes: lost as u64 * 100 });
        assert_eq!((schedule.worker(first.id), schedule.worker(other.id)), (None, Some(B)));
        assert!(schedule.is_idle(A) && !schedule.is_idle(B));
        assert_eq!(schedule.close(first.id), 0, "a result that comes too late does not count");
        schedule.close(other.id);

        let mut counted = other.files;
        while let Some(batch) = schedule.hand_out(B, 1) {
            schedule.close(batch.id);
            counted.extend(batch.files);
        }
        counted.sort();
        assert_eq!(counted, (0..8).map(|n| format!("f{n}")).collect::<Vec<_>>());
        assert!(schedule.is_finished());
        assert_eq!(schedule.unfinished(), Unfinished::default());
    }

    #[test]
    fn half_way_is_half_of_the_bytes_or_the_last_batch() {
        let mut schedule = Schedule::new(files([1 << 20; 100]), 1);
        let mut counted = 0;
        while !schedule.is_half_way() {
            let batch = schedule.hand_out(A, 4).unwrap();
            counted += batch.files.len();
            schedule.close(batch.id);
        }
        assert!((50..63).contains(&counted), "{counted}");

        let mut few = Schedule::new(files([5, 5]), 1);
        few.hand_out(A, 2);
        assert!(!few.is_half_way());
        few.hand_out(B, 2);
        assert!(few.is_half_way());
    }

    #[test]
    fn large_files_come_first() {
        let mut schedule = Schedule::new(files([1, 1, 1, 50 << 20]), 1);
        assert_eq!(schedule.hand_out(A, 3).unwrap().files, ["f3"]);
    }
}
