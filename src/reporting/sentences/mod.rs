//! What people read, made from what happened: pure functions from a typed value to a text. A sentence stands here and
//! nowhere else, and nothing reads it again.

pub mod balance;
pub mod drill;
pub mod symptom;
pub mod unreachable;
pub mod visitor;

use crate::planning::graph::PictureWording;

/// The words of a picture.
pub const WORDING: PictureWording = PictureWording { unreachable: unreachable::reason, site: balance::site };
