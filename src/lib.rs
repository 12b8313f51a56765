//! labctl (map to be written)
pub mod event;
pub mod inventory;
pub mod machines;
pub mod modules;
pub mod name;
pub mod payload;
pub mod plan;
pub mod playbook;
pub mod problem;
pub mod script;
pub mod secret;
pub mod shape;
pub mod summary;
pub mod transport;
pub mod yaml;
