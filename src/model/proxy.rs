//! The way to the internet where a network, such as a campus, lets nobody out directly.

/// A proxy for downloads.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Proxy {
    /// Its address, such as `http://proxy.campus.ac.id:8080`; never with a password in it.
    pub url: String,
    /// Who is asked directly: names, addresses and endings of names, with commas between them.
    pub except: String,
}
