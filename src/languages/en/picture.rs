//! The picture in English.

use crate::languages::PictureTexts;

pub const PICTURE: PictureTexts = PictureTexts {
    columns: ["who asks", "domain", "web server", "upstream", "application"],
    user: "user",
    browser: "browser",
    http: "http, port 80",
    in_no_site: "in no site",
    for_site: |domain| format!("for {domain}"),
    weight: |weight| format!("weight {weight}"),
    title: |lab| format!("Topology of {lab}"),
    described: |domains, web, apps| {
        let or = |text: &str, none: &str| if text.is_empty() { none.to_owned() } else { text.to_owned() };
        format!(
            "A user opens {}; the web server {} answers and passes on to the application servers {}.",
            or(domains, "no domain"),
            or(web, "(none)"),
            or(apps, "(none)"),
        )
    },
};
