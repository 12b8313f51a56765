//! Words of nginx that people write in this exercise, to recognise a slip in one; and of a sentence, what stands between two others.

use crate::model::message::{Message, message};

/// Directives of this exercise, to recognise a slip in one.
pub(super) const DIRECTIVES: &[&str] = &[
    "server",
    "location",
    "upstream",
    "listen",
    "server_name",
    "proxy_pass",
    "proxy_set_header",
    "proxy_http_version",
    "include",
    "root",
    "index",
    "return",
    "rewrite",
    "try_files",
    "error_page",
    "access_log",
    "error_log",
    "add_header",
    "proxy_read_timeout",
    "proxy_connect_timeout",
    "proxy_redirect",
    "proxy_buffering",
    "proxy_cache_bypass",
    "proxy_next_upstream",
    "keepalive",
    "least_conn",
    "ip_hash",
    "client_max_body_size",
    "ssl_certificate",
    "ssl_certificate_key",
    "http",
    "events",
    "worker_connections",
    "gzip",
    "expires",
    "types_hash_max_size",
    "server_names_hash_bucket_size",
    "sendfile",
    "keepalive_timeout",
    "default_type",
    "user",
    "alias",
];
/// Variables of this exercise.
pub(super) const VARIABLES: &[&str] = &[
    "host",
    "http_host",
    "remote_addr",
    "proxy_add_x_forwarded_for",
    "scheme",
    "http_upgrade",
    "http_connection",
    "connection_upgrade",
    "uri",
    "request_uri",
    "args",
    "server_name",
    "upstream_addr",
    "http_x_forwarded_for",
    "http_x_forwarded_proto",
    "document_root",
];

/// Parameters of `listen` and of an upstream's `server`.
pub(super) const PARAMETERS: &[&str] =
    &["weight", "max_fails", "fail_timeout", "backup", "down", "default_server", "ssl", "http2", "reuseport"];

/// What stands in `words` between two texts.
pub(super) fn between<'a>(words: &'a str, before: &str, after: &str) -> Option<&'a str> {
    words.split_once(before)?.1.split_once(after).map(|(inner, _)| inner)
}

/// Names, one after the other.
pub(super) fn or_nothing(names: &[String]) -> Message {
    if names.is_empty() { message!("nothing") } else { Message::from(names.join(", ")) }
}
