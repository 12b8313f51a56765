//! The keys of an inventory. `labctl schema` prints this table, and reading checks against it.

use super::{ProviderKind, System};
use crate::config::shape::{Field, Shape, field, required};
use crate::model::name::machine;
use crate::model::site::BalanceMethod;

const SECRET: Shape = Shape::Either(&[
    Shape::Choice(&["prompt"]),
    Shape::Map(&[
        field("env", Shape::Name(&machine::VARIABLE), "an environment variable of labctl"),
        field("file", Shape::Name(&machine::LINE), "a file whose first line is the secret; only its owner may read it"),
        field("command", Shape::Text, "a line of shell on this computer that prints the secret"),
    ]),
]);

/// How to log in.
pub const SSH: &[Field] = &[
    field("user", Shape::Name(&machine::USER), "the user to log in as"),
    field("port", Shape::Integer(1, 65535), "the TCP port of sshd (22)"),
    field("key", Shape::Name(&machine::LINE), "a private key file"),
    field("passphrase", SECRET, "opens the key: prompt, {env: NAME}, {file: PATH} or {command: LINE}"),
    field("password", SECRET, "for servers that want one: prompt, {env: NAME}, {file: PATH} or {command: LINE}"),
    field("sudo_password", SECRET, "what sudo asks for; without it, sudo must not ask"),
    field("jump", Shape::Name(&machine::JUMP), "[user@]host[:port] of a bastion"),
    field("known_hosts", Shape::Name(&machine::LINE), "the file of host keys (the lab's own)"),
    field("host_keys", Shape::Choice(&["accept-new", "strict"]), "what to do with a key never seen before"),
    field(
        "config",
        // A text may also be true or false.
        Shape::Text,
        "true or false: whether ~/.ssh/config fills what is left out; or a file of that kind",
    ),
    field(
        "connect_timeout",
        Shape::Duration,
        "for TCP, key exchange and login together (10s); the login shell may take twice as long to start",
    ),
    field("keepalive", Shape::Duration, "a link silent for three times this long is given up (15s)"),
];

/// The keys of one host under `hosts:`.
pub const HOST: &[Field] = &[
    field("address", Shape::Text, "an IP address or a name that resolves"),
    field("groups", Shape::List(&Shape::Text), "the groups it belongs to, such as web or app"),
    field("connection", Shape::Choice(&["ssh", "local"]), "local: this very computer"),
    field("ssh", Shape::Map(SSH), "how to log in to this host"),
    field("vars", Shape::Open(VARS), "variables of this host"),
];

const GROUP: &[Field] = &[
    field("ssh", Shape::Map(SSH), "how to log in to the hosts of this group"),
    field("vars", Shape::Open(VARS), "variables of the hosts of this group"),
];

/// A domain, and who answers for it.
pub const SITE: &[Field] = &[
    required("domain", Shape::Text, "the name that a browser asks for"),
    required(
        "upstream",
        Shape::List(&Shape::Either(&[
            Shape::Text,
            Shape::Map(&[
                required("host", Shape::Text, "a host or a group"),
                field("weight", Shape::Integer(1, 1000), "its share of the requests (1)"),
            ]),
        ])),
        "the hosts or groups that answer: one is a reverse proxy, several are a load balancer",
    ),
    field("balance", Shape::Choice(BalanceMethod::CHOICES), "how requests are shared out (round_robin)"),
];

/// The variables that the shipped playbooks use. Others are the user's own.
pub const VARS: &[Field] = &[
    field("user", Shape::NameOrNone(&machine::USER), "whose app it is (the user who logs in)"),
    field(
        "app",
        Shape::Map(&[
            field("name", Shape::Name(&machine::PLAIN), "its name in pm2"),
            field("repo", Shape::Text, "a git URL, or a folder or bare repository on this computer"),
            field("version", Shape::Text, "a branch, tag or commit"),
            field("dir", Shape::NameOrNone(&machine::PATH), "where it is checked out (~/name of the repository)"),
            field("port", Shape::Integer(1, 65535), "the port it listens on; of several instances, the first"),
            field("instances", Shape::Integer(1, 30), "how many of it run on one machine, each on a port of its own"),
            field("start", Shape::Text, "the command that starts it (npm start)"),
            field("env", Shape::Named(&Shape::Text), "environment variables for it"),
            field("files", Shape::Named(&Shape::Text), "files in the checkout, each from a template"),
            field("marker", Shape::Text, "a text in its page that no other page has"),
            field("ready", Shape::Duration, "how long its first answer may take"),
            field("legacy_openssl", Shape::Bool, "start with --openssl-legacy-provider (Node 17 and newer)"),
        ]),
        "the application",
    ),
    field(
        "node",
        Shape::Map(&[
            field("version", Shape::Text, "a version such as 14.21.3"),
            field("source", Shape::Text, "nodejs.org, the URL of a mirror, a folder of that layout, or distribution"),
            field("npm", Shape::NameOrNone(&machine::PLAIN), "an npm version other than the one that comes with it"),
        ]),
        "Node.js",
    ),
    field(
        "pm2",
        Shape::Map(&[field("version", Shape::Name(&machine::PLAIN), "a version of pm2")]),
        "the process manager",
    ),
    field(
        "nginx",
        Shape::Map(&[field("folder", Shape::Name(&machine::PLAIN), "the folder under /etc/nginx")]),
        "the web server",
    ),
    field(
        "update",
        Shape::Map(&[
            field("upgrade", Shape::Bool, "whether packages are upgraded too"),
            field("every", Shape::Duration, "how old the last update may be"),
        ]),
        "apt update and upgrade",
    ),
    field(
        "proxy",
        Shape::Map(&[
            field("url", Shape::NameOrNone(&machine::PROXY), "where apt, git, npm and downloads of Node.js go through"),
            field("except", Shape::Text, "who is asked directly: names, addresses, endings of names"),
        ]),
        "the way to the internet, where a campus lets nobody out directly",
    ),
    field("sites", Shape::List(&Shape::Map(SITE)), "the domains that the web server answers for"),
];

/// How large machines are.
const SIZE: &[Field] = &[
    field("cpus", Shape::Integer(1, 64), "processors (1)"),
    field("memory", Shape::Name(&machine::MEMORY), "memory (1G)"),
    field("disk", Shape::Name(&machine::DISK), "disk (8G)"),
];

/// The top-level keys of an inventory.
pub const INVENTORY: &[Field] = &[
    required("lab", Shape::Text, "the lab's name, such as `lab: dumbflix`"),
    field("provider", Shape::Choice(ProviderKind::NAMES), "who makes the machines"),
    field(
        "system",
        Shape::Choice(System::NAMES),
        "what they run, where labctl makes them (sandbox: the Debian of this computer, or debian 12; multipass: ubuntu 24.04)",
    ),
    field("size", Shape::Map(SIZE), "how large each of them is, with `provider: multipass`"),
    field("ssh", Shape::Map(SSH), "how to log in to all hosts"),
    required(
        "hosts",
        Shape::Named(&Shape::Map(HOST)),
        "name the machines, such as `web: { address: 192.168.56.10, groups: [web] }`",
    ),
    field("groups", Shape::Named(&Shape::Map(GROUP)), "variables and logins by group"),
    field("vars", Shape::Open(VARS), "variables of all hosts"),
];

/// The JSON Schema of an inventory.
pub fn schema() -> serde_json::Value {
    let mut schema = Shape::Map(INVENTORY).schema();
    if let Some(map) = schema.as_object_mut() {
        map.insert("$schema".into(), "http://json-schema.org/draft-07/schema#".into());
        map.insert("title".into(), "labctl inventory".into());
    }
    schema
}
