//! What people read, made from what happened: pure functions from a typed value to a text. A sentence stands here and
//! nowhere else.

pub mod unreachable;
