//! The words in the picture of a lab. Titles are names, which are the same everywhere.

/// The words in the picture of a lab.
pub struct PictureTexts {
    /// Above the columns, from left to right: who asks, domains, the web server, upstreams, applications.
    pub columns: [&'static str; 5],
    /// Whoever opens a site.
    pub user: &'static str,
    /// What they open it with.
    pub browser: &'static str,
    /// How a domain is reached: protocol and port.
    pub http: &'static str,
    /// Marks an application server that serves no site.
    pub in_no_site: &'static str,
    /// Which domain a single server is asked for.
    pub for_site: fn(domain: &str) -> String,
    /// How much of the requests a server gets, compared with others.
    pub weight: fn(u64) -> String,
    /// The name of the picture.
    pub title: fn(lab: &str) -> String,
    /// The picture in a sentence, for whoever cannot see it. Names with commas between them, or nothing.
    pub described: fn(domains: &str, web: &str, apps: &str) -> String,
}
