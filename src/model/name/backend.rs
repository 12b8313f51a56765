//! The name of a backend.

use super::{HostName, NameError};
use std::fmt;
use std::str::FromStr;

/// A backend of a site: the application on a host. It has the host's name, `app1`; where several instances of it run on one host,
/// each has its port behind that: `app1:3001`. Recordings call it `host`, as they did before there were instances.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BackendName {
    host: HostName,
    port: Option<u16>,
    text: String,
}

impl BackendName {
    /// The instance at a port of a host that runs several.
    pub fn instance(host: HostName, port: u16) -> Self {
        Self { text: format!("{host}:{port}"), host, port: Some(port) }
    }

    /// The host that it runs on.
    pub fn host(&self) -> &HostName {
        &self.host
    }

    /// Its port, if that is a part of its name.
    pub fn port(&self) -> Option<u16> {
        self.port
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl From<HostName> for BackendName {
    fn from(host: HostName) -> Self {
        Self { text: host.to_string(), host, port: None }
    }
}

impl FromStr for BackendName {
    type Err = NameError;
    fn from_str(text: &str) -> Result<Self, NameError> {
        // A port as it is written in one way only.
        let port = |port: &str| port.parse::<u16>().ok().filter(|n| *n > 0 && n.to_string() == port);
        match text.rsplit_once(':').and_then(|(host, own)| Some((host, port(own)?))) {
            Some((host, port)) => Ok(Self::instance(host.parse()?, port)),
            None => Ok(text.parse::<HostName>()?.into()),
        }
    }
}

impl fmt::Display for BackendName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

impl serde::Serialize for BackendName {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&self.text)
    }
}

impl<'de> serde::Deserialize<'de> for BackendName {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(from)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_backend_is_a_host_or_one_of_its_ports() {
        let name = |text: &str| text.parse::<BackendName>();
        for (text, host, port) in
            [("app1", "app1", None), ("app1:3001", "app1", Some(3001)), ("a:65535", "a", Some(65535))]
        {
            let read = name(text).unwrap();
            assert_eq!((read.host().as_str(), read.port(), read.as_str()), (host, port, text));
            assert_eq!(serde_json::from_str::<BackendName>(&serde_json::to_string(&read).unwrap()).unwrap(), read);
        }
        for bad in
            ["", ":3001", "app1:", "app1:0", "app1:03001", "app1:+1", "app1:65536", "app1:x", "10.0.0.1:80", "a:1:2"]
        {
            assert!(name(bad).is_err(), "{bad:?}");
        }
        let host: HostName = "app1".parse().unwrap();
        assert_eq!(BackendName::from(host.clone()).to_string(), "app1");
        assert!(BackendName::instance(host, 999) < name("app1:3000").unwrap(), "in the order of their ports");
    }
}
