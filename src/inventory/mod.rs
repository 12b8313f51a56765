//! What the user wrote about the lab.
mod host;
pub use host::{Connection, Host, HostKeys, Login, SecretSource, SshConfig};
