//! What nginx is to open and cannot: certificates, links, folders, logs.

use super::edits::{MAIN, SITE, difference, typed_on};
use super::*;

const PEM: &str = "/etc/letsencrypt/live/a.b/fullchain.pem";
const KEY: &str = "/etc/letsencrypt/live/a.b/privkey.pem";
const TLS: &str = "    ssl_certificate /etc/letsencrypt/live/a.b/fullchain.pem;\n    ssl_certificate_key /etc/letsencrypt/live/a.b/privkey.pem;\n";

#[test]
fn what_wants_a_certificate_that_nobody_has_made_goes_and_the_site_stays() {
    let gone = "BIO_new_file() failed (SSL: error:80000002:system library::No such file or directory)";
    let says = format!("cannot load certificate \"{PEM}\": {gone}");
    // A server of its own for https, behind the one for http and before it.
    let https = format!(
        "server {{\n    listen 443 ssl;\n    server_name a.b;\n{TLS}    location / {{ proxy_pass http://two; }}\n}}\n"
    );
    for site in [format!("{SITE}{https}"), SITE.replace("server {", &format!("{https}server {{"))] {
        let edited = typed_on(&site, MAIN, &says, &[]);
        let kept: String =
            edited.file.lines().filter(|line| !line.starts_with('#')).map(|line| format!("{line}\n")).collect();
        assert_eq!((edited.cause, kept.as_str()), ("nginx-syntax", SITE));
    }
    // One server for both.
    for (listen, says) in [
        ("    listen 443 ssl;\n", says.clone()),
        ("    listen [::]:443 ssl http2;\n", format!("cannot load certificate key \"{KEY}\": {gone}")),
        ("    listen 443 ssl;\n", format!("BIO_new_file(\"{KEY}\") failed (SSL: error:02001002)")),
    ] {
        let site = SITE.replace("    listen 80;\n", &format!("    listen 80;\n{listen}{TLS}"));
        let edited = typed_on(&site, MAIN, &says, &[]);
        let found = difference(&site, &edited.file);
        assert_eq!(found.iter().filter(|line| line.starts_with("+#")).count(), 3, "{found:?}");
        assert!(edited.file.contains("\n    listen 80;\n"), "{}", edited.file);
    }
}

/// What is typed where nginx refuses its files, which are these.
fn typed_for(says: &str, files: &[(&str, &str)]) -> Vec<String> {
    let mut facts = vec![
        ("web", "see.nginx.test".to_owned(), "1".to_owned()),
        ("web", "see.nginx.says#0001".to_owned(), format!("nginx: {says}")),
    ];
    for (n, (file, line)) in files.iter().enumerate() {
        facts.push(("web", format!("see.nginx.conf#{:05}", n + 40), format!("{file}\t17\t{line}")));
        facts.push(("web", format!("see.nginx.loaded#{n:04}"), (*file).to_owned()));
    }
    let facts: Vec<(&str, &str, &str)> =
        facts.iter().map(|(host, key, value)| (*host, key.as_str(), value.as_str())).collect();
    let findings = diagnose(&lab(), &evidence(&facts));
    assert_eq!(findings[0].cause, "nginx-syntax", "{says}");
    findings[0].next.iter().map(|next| next.command.clone()).collect()
}

#[test]
fn links_folders_and_logs_that_nginx_cannot_open() {
    let include = ("/etc/nginx/nginx.conf", "http { include /etc/nginx/sites-enabled/*; }");
    let budi = ("/etc/nginx/sites-available/budi", "server { server_name a.b; }");
    let other = ("/etc/nginx/sites-available/siti", "server { server_name c.d; }");
    let within = ("/etc/nginx/dumbways/a.conf", "server { server_name a.b; }");
    let log = ("/etc/nginx/dumbways/a.conf", "access_log /var/log/nginx/demo/access.log;");
    let link = "[emerg] 9#9: open() \"/etc/nginx/sites-enabled/budi\" failed (2: No such file or directory) in /etc/nginx/nginx.conf:17";
    let folder = "[crit] 9#9: pread() \"/etc/nginx/sites-enabled/dumbways\" failed (21: Is a directory)";
    for (says, files, next) in [
        (
            link,
            &[include, budi, other][..],
            "sudo ln -sfn /etc/nginx/sites-available/budi /etc/nginx/sites-enabled/budi",
        ),
        (link, &[include, other], "sudo rm /etc/nginx/sites-enabled/budi"),
        (folder, &[include], "sudo mv /etc/nginx/sites-enabled/dumbways /etc/nginx/dumbways"),
        (folder, &[include, within], "sudo mv /etc/nginx/sites-enabled/dumbways /var/backups/dumbways"),
        (
            "[emerg] 9#9: open() \"/var/log/nginx/demo/access.log\" failed (2: No such file or directory)",
            &[include, log],
            "sudo mkdir -p /var/log/nginx/demo",
        ),
        (
            "[emerg] 9#9: open() \"/var/log/nginx/error.log\" failed (2: No such file or directory)",
            &[include],
            "sudo mkdir -p /var/log/nginx",
        ),
    ] {
        let typed = typed_for(says, files);
        assert_eq!((typed[0].as_str(), typed.len()), (next, 2), "{says}");
    }
    // A name without a `*` is a slip, or a file that is not there.
    let plain = ("/etc/nginx/nginx.conf", "http { include /etc/nginx/mime.typs; }");
    let says = "[emerg] 9#9: open() \"/etc/nginx/mime.typs\" failed (2: No such file or directory) in /etc/nginx/nginx.conf:17";
    assert!(!typed_for(says, &[plain])[0].contains("rm "));
}
