//! Suites that cross crates and processes; the code is in `tests/` and the helper processes in `src/bin`.
