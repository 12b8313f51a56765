//! The world: the only floor that opens sockets and starts processes.

pub mod artifacts;
pub mod computer;
pub mod hosts_file;
pub mod machines;
pub mod neighbours;
pub mod transport;
