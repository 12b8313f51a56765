//! A site: a domain, the application servers behind it, and how the web server shares requests among them. Everyone who
//! speaks of a site uses this type: the inventory, templates, modules, pictures, the doctor, drills and recordings.

use crate::model::name::{BackendName, HostName};
use serde::{Deserialize, Serialize};
use std::fmt;

/// A domain that the web server answers for. With one server it is a reverse proxy, with several a load balancer.
///
/// As JSON (in templates and recordings) it also has its [`Site::identifier`], as `name`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "SiteRecord", into = "SiteRecord")]
pub struct Site {
    /// The name that a browser asks for, in lower case.
    pub domain: String,
    /// How requests are shared among the servers, as the inventory says. See [`Site::method`].
    pub balance: BalanceMethod,
    /// The application servers, in the order of the inventory.
    pub servers: Vec<Server>,
    /// A checksum of the site's nginx configuration, once that has been rendered.
    pub config_hash: Option<String>,
}

/// An application server of a site.
///
/// As JSON it also has its [`Server::host`] and its [`Server::socket`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "ServerRecord", into = "ServerRecord")]
pub struct Server {
    /// Its name: that of the host it runs on, with the port where several run there.
    pub name: BackendName,
    /// The host's address. `None` until a provider has made the machine.
    pub address: Option<String>,
    /// The TCP port of the application.
    pub port: u16,
    /// Its share of the requests, relative to the other servers: 1 to 1000.
    pub weight: u16,
}

/// How nginx picks the server for the next request.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BalanceMethod {
    /// The servers take turns, by weight.
    #[default]
    RoundRobin,
    /// The server with the fewest open requests.
    LeastConn,
    /// Always the same server for one client (to be exact: for its network).
    IpHash,
    /// The less busy of two servers drawn at random.
    Random,
    /// There is only one server.
    Proxy,
}

impl BalanceMethod {
    /// What an inventory can ask for. A single server needs no method.
    pub const CHOICES: &[&str] =
        &[Self::RoundRobin.word(), Self::LeastConn.word(), Self::IpHash.word(), Self::Random.word()];

    /// Its name in inventories and reports; nginx's own, except for `proxy`.
    pub const fn word(self) -> &'static str {
        match self {
            Self::RoundRobin => "round_robin",
            Self::LeastConn => "least_conn",
            Self::IpHash => "ip_hash",
            Self::Random => "random",
            Self::Proxy => "proxy",
        }
    }

    /// The method of this name.
    pub fn named(word: &str) -> Option<Self> {
        let all = [Self::RoundRobin, Self::LeastConn, Self::IpHash, Self::Random, Self::Proxy];
        all.into_iter().find(|method| method.word() == word)
    }
}

impl fmt::Display for BalanceMethod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

impl Site {
    /// The domain as an nginx identifier: `app.budi.id` is `app_budi_id`.
    pub fn identifier(&self) -> String {
        self.domain.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect()
    }

    /// The method that is at work: [`BalanceMethod::Proxy`] if there is only one server, whatever the inventory says.
    pub fn method(&self) -> BalanceMethod {
        if self.is_balanced() { self.balance } else { BalanceMethod::Proxy }
    }

    /// Whether several servers share the requests.
    pub fn is_balanced(&self) -> bool {
        self.servers.len() > 1
    }

    /// The names of its servers.
    pub fn names(&self) -> impl Iterator<Item = &BackendName> {
        self.servers.iter().map(|server| &server.name)
    }

    /// The hosts of its servers. One on which several run is there as often.
    pub fn hosts(&self) -> impl Iterator<Item = &HostName> {
        self.servers.iter().map(Server::host)
    }

    /// Whether one of its servers runs on this host.
    pub fn is_served_by(&self, host: &HostName) -> bool {
        self.hosts().any(|server| server == host)
    }
}

impl Server {
    /// The host it runs on.
    pub fn host(&self) -> &HostName {
        self.name.host()
    }

    /// Address and port as they stand in a URL: `10.0.0.2:3000`, `[fd00::2]:3000`. Without an address: `:3000`.
    pub fn socket(&self) -> String {
        let address = self.address.as_deref().unwrap_or_default();
        // An IPv6 address needs brackets before a port.
        if address.contains(':') { format!("[{address}]:{}", self.port) } else { format!("{address}:{}", self.port) }
    }
}

/// A site as JSON.
#[derive(Serialize, Deserialize)]
struct SiteRecord {
    domain: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    balance: BalanceMethod,
    #[serde(default)]
    servers: Vec<Server>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    config_hash: Option<String>,
}

impl From<Site> for SiteRecord {
    fn from(site: Site) -> Self {
        let name = site.identifier();
        Self { name, domain: site.domain, balance: site.balance, servers: site.servers, config_hash: site.config_hash }
    }
}

impl From<SiteRecord> for Site {
    fn from(record: SiteRecord) -> Self {
        let SiteRecord { domain, balance, servers, config_hash, name: _ } = record;
        Self { domain, balance, servers, config_hash }
    }
}

/// A server as JSON. Recordings of the first version have the socket alone.
#[derive(Serialize, Deserialize)]
struct ServerRecord {
    name: BackendName,
    /// For templates. Who reads it knows it from the name.
    #[serde(default)]
    host: String,
    #[serde(default)]
    address: String,
    #[serde(default)]
    port: Option<u16>,
    #[serde(default)]
    socket: String,
    #[serde(default = "one")]
    weight: u16,
}

fn one() -> u16 {
    1
}

impl From<Server> for ServerRecord {
    fn from(server: Server) -> Self {
        Self {
            socket: server.socket(),
            host: server.host().to_string(),
            name: server.name,
            address: server.address.unwrap_or_default(),
            port: Some(server.port),
            weight: server.weight,
        }
    }
}

/// A recorded server that names its port neither by itself nor in its socket.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("server {0} has no port")]
pub struct NoPort(BackendName);

impl TryFrom<ServerRecord> for Server {
    type Error = NoPort;

    fn try_from(record: ServerRecord) -> Result<Self, NoPort> {
        let ServerRecord { name, host: _, address, port, socket, weight } = record;
        let (address, port) = match port {
            Some(port) => (address, port),
            None => {
                let (address, port) = socket.rsplit_once(':').unwrap_or((&socket, ""));
                let port = port.parse().map_err(|_| NoPort(name.clone()))?;
                (address.trim_start_matches('[').trim_end_matches(']').to_owned(), port)
            }
        };
        Ok(Self { name, address: (!address.is_empty()).then_some(address), port, weight: weight.max(1) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn site() -> Site {
        let server = |host: &str, address: &str, weight| Server {
            name: host.parse().unwrap(),
            address: Some(address.to_owned()),
            port: 3000,
            weight,
        };
        let servers = vec![server("app1", "10.0.0.2", 3), server("app2", "fd00::2", 1)];
        Site { domain: "app.budi.id".into(), balance: BalanceMethod::LeastConn, servers, config_hash: None }
    }

    #[test]
    fn templates_see_the_names_that_they_always_saw() {
        let seen = json!({
            "domain": "app.budi.id", "name": "app_budi_id", "balance": "least_conn",
            "servers": [
                {"name": "app1", "host": "app1", "address": "10.0.0.2", "port": 3000, "socket": "10.0.0.2:3000", "weight": 3},
                {"name": "app2", "host": "app2", "address": "fd00::2", "port": 3000, "socket": "[fd00::2]:3000", "weight": 1},
            ],
        });
        assert_eq!(serde_json::to_value(site()).unwrap(), seen);
        assert_eq!(serde_json::from_value::<Site>(seen).unwrap(), site());
        let hashed = serde_json::to_value(Site { config_hash: Some("ab".into()), ..site() }).unwrap();
        assert_eq!(hashed["config_hash"], "ab");
    }

    #[test]
    fn sites_of_the_first_recordings_are_read() {
        let recorded = json!({
            "domain": "app.budi.id", "name": "app_budi_id", "balance": "least_conn",
            "servers": [
                {"name": "app1", "socket": "10.0.0.2:3000", "weight": 3},
                {"name": "app2", "socket": "[fd00::2]:3000", "weight": 1},
            ],
        });
        assert_eq!(serde_json::from_value::<Site>(recorded).unwrap(), site());
        let nowhere = json!({"name": "app1", "socket": ":3000", "weight": 1});
        assert_eq!(serde_json::from_value::<Server>(nowhere).unwrap().address, None);
        assert!(serde_json::from_value::<Server>(json!({"name": "app1", "socket": "here"})).is_err());
    }

    #[test]
    fn one_server_is_a_proxy() {
        let mut site = site();
        assert_eq!(site.method(), BalanceMethod::LeastConn);
        site.servers.pop();
        assert_eq!((site.method(), site.balance), (BalanceMethod::Proxy, BalanceMethod::LeastConn));
        for word in BalanceMethod::CHOICES.iter().copied().chain(["proxy"]) {
            assert_eq!(BalanceMethod::named(word).unwrap().word(), word);
        }
        assert_eq!(BalanceMethod::named("turns"), None);
    }
}
