//! What a command works with, and how it ends.

pub mod error;
pub mod signal;
