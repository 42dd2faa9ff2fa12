//! Runnable examples; see `README.md` for the reading order.
