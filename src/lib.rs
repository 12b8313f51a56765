//! labctl (map to be written)
pub mod inventory;
pub mod machines;
pub mod name;
pub mod problem;
pub mod secret;
pub mod shape;
pub mod transport;
pub mod yaml;
