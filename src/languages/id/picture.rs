//! The picture in Indonesian.

use crate::languages::PictureTexts;

pub const PICTURE: PictureTexts = PictureTexts {
    columns: ["pengunjung", "domain", "web server", "upstream", "aplikasi"],
    user: "pengunjung",
    browser: "browser",
    http: "http, port 80",
    in_no_site: "tidak dipakai situs",
    for_site: |domain| format!("untuk {domain}"),
    weight: |weight| format!("bobot {weight}"),
    title: |lab| format!("Topologi {lab}"),
    described: |domains, web, apps| {
        let or = |text: &str, none: &str| if text.is_empty() { none.to_owned() } else { text.to_owned() };
        format!(
            "Pengunjung membuka {}; web server {} menjawab dan meneruskan permintaan ke server aplikasi {}.",
            or(domains, "(belum ada domain)"),
            or(web, "(belum ada)"),
            or(apps, "(belum ada)"),
        )
    },
};
