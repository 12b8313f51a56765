//! The world: the only floor that opens sockets and starts processes.

pub mod hosts_file;
pub mod machines;
pub mod stock;
pub mod transport;
