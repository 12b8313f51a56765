//! labctl (map to be written)
pub mod inventory;
pub mod machines;
pub mod name;
pub mod secret;
pub mod transport;
