//! What the whole house speaks of: names, events and what folds over them, mistakes and their places.

pub mod application;
pub mod balance;
pub mod classroom;
pub mod color;
pub mod computer;
pub mod event;
pub mod glob;
pub mod health;
pub mod https_only;
pub mod layer;
pub mod message;
pub mod name;
pub mod notice;
pub mod page;
pub mod problem;
pub mod proxy;
pub mod quote;
pub mod recording;
pub mod secret;
pub mod shard;
pub mod site;
pub mod summary;
pub mod symptom;
pub mod unreachable;
pub mod userinfo;
pub mod visitor;
