//! Domains that browsers open with https only, whatever is typed: their whole top-level domain is on the list that is built
//! into browsers.

/// The top-level domains on that list, sorted: the entries without a dot of Chromium's
/// `net/http/transport_security_state_static.json` that have `force-https` and `include_subdomains`. Firefox, Safari and Edge
/// take theirs from it. As of version 2025.1.1 of the package `hstspreload` on PyPI, which is generated from that file.
const TOP_LEVEL: [&str; 51] = [
    "amazon",
    "android",
    "app",
    "audible",
    "azure",
    "bank",
    "bing",
    "boo",
    "channel",
    "chrome",
    "dad",
    "day",
    "dev",
    "eat",
    "esq",
    "fire",
    "fly",
    "foo",
    "fujitsu",
    "gle",
    "gmail",
    "google",
    "hangout",
    "hotmail",
    "imdb",
    "ing",
    "insurance",
    "kindle",
    "meet",
    "meme",
    "microsoft",
    "mov",
    "new",
    "nexus",
    "office",
    "page",
    "phd",
    "play",
    "prime",
    "prof",
    "rsvp",
    "search",
    "silk",
    "skype",
    "windows",
    "xbox",
    "xn--cckwcxetd",
    "xn--jlq480n2rg",
    "youtube",
    "zappos",
    "zip",
];

/// The top-level domain because of which browsers open this domain with https only; `None` where they do as they are told.
pub fn forced_to_https(domain: &str) -> Option<&'static str> {
    let last = domain.trim_end_matches('.').rsplit('.').next()?.to_ascii_lowercase();
    TOP_LEVEL.into_iter().find(|top| *top == last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_part_decides() {
        for (domain, forced) in [
            ("demo.dev", Some("dev")),
            ("a.b.APP.", Some("app")),
            ("flix.page", Some("page")),
            ("flix.zip", Some("zip")),
            ("dev.lab.test", None),
            ("app.budi.studentdumbways.my.id", None),
            ("mydev", None),
            ("demo.xyz", None),
            ("", None),
        ] {
            assert_eq!(forced_to_https(domain), forced, "{domain}");
        }
        assert!(TOP_LEVEL.is_sorted());
    }
}
