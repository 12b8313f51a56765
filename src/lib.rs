//! labctl (map to be written)
pub mod inventory;
pub mod machines;
pub mod modules;
pub mod name;
pub mod payload;
pub mod playbook;
pub mod problem;
pub mod secret;
pub mod shape;
pub mod transport;
pub mod yaml;
