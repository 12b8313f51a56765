//! Requests that go round in circles, meet a limit or an `if`, and what nginx refuses without saying where: tried on the very file.

use super::edits::{MAIN, SITE, difference, typed_on};

const FAILS: (&str, &str) = ("see.ask.a.b", "0 500 other |");

#[test]
fn a_request_that_goes_in_circles_or_meets_a_guard_gets_through() {
    let log = |what: &str| {
        format!(
            "2026/11/28 09:00:00 [error] 1#1: *2 rewrite or internal redirection cycle {what}, client: 10.0.0.9, server: a.b"
        )
    };
    let pass = "        proxy_pass";
    for (added, cause, wanted) in [
        ("        rewrite ^(.*)$ /$1 last;\n", "site-circles", "-rewrite ^(.*)$ /$1 last;"),
        ("        try_files $uri /index.html;\n", "site-circles", "-try_files $uri /index.html;"),
        ("        if ($host = a.b) {\n            return 444;\n        }\n", "site-returns", "-return 444;"),
        (
            "        if ($scheme = http) { return 301 https://$host$request_uri; }\n",
            "site-returns",
            "+if ($scheme = http) {  }",
        ),
        ("        if ($host != a.bb) { return 444; }\n", "site-returns", "+if ($host != a.b) { return 444; }"),
    ] {
        let site = SITE.replace(pass, &format!("{added}{pass}"));
        let edited = typed_on(&site, MAIN, "", &[FAILS, ("see.nginx.error#0001", &log("while processing \"/\""))]);
        assert_eq!(edited.cause, cause, "{added}");
        assert!(difference(&site, &edited.file).contains(&wanted.to_owned()), "{added}: {}", edited.file);
    }
}

#[test]
fn a_limit_that_lets_nobody_in_is_lifted() {
    let said = ("see.nginx.error#0001", "2026/11/28 09:00:00 [alert] 1#1: socket() failed (24: Too many open files)");
    for (main, wanted) in [
        (format!("worker_rlimit_nofile 8;\n{MAIN}"), "-worker_rlimit_nofile 8;"),
        (format!("user x; worker_rlimit_nofile 8;\n{MAIN}"), "+user x;"),
    ] {
        let edited = typed_on(SITE, &main, "", &[FAILS, said]);
        assert_eq!(edited.cause, "nginx-open-files");
        assert!(difference(&main, &edited.file).contains(&wanted.to_owned()), "{}", edited.file);
    }
}

#[test]
fn what_nginx_refuses_without_its_place_is_found() {
    let both = SITE.replace("3000;", "3000 backup;");
    let edited = typed_on(&both, MAIN, "no servers in upstream \"two\" in /etc/nginx/dumbways/a.conf:1", &[]);
    assert_eq!(edited.file, SITE);
    let pass = "        proxy_pass";
    for (line, message) in [
        ("proxy_cache mine;", "\"proxy_cache\" zone \"mine\" is unknown in /etc/nginx/nginx.conf:4"),
        ("limit_req zone=mine burst=5;", "zero size shared memory zone \"mine\""),
        ("limit_conn mine 3;", "zero size shared memory zone \"mine\""),
    ] {
        let site = SITE.replace(pass, &format!("        {line}\n{pass}"));
        assert_eq!(typed_on(&site, MAIN, message, &[]).file, SITE, "{line}");
    }
    let secure = SITE.replace(
        "listen 80;",
        "listen 80;\n    listen 443 ssl;\n    ssl_certificate /etc/ssl/a.crt;\n    ssl_certificate_key /etc/ssl/a.key;",
    );
    let mismatch = "SSL_CTX_use_PrivateKey(\"/etc/ssl/a.key\") failed (SSL: error:05800074:x509 certificate routines::key values mismatch)";
    let edited = typed_on(&secure, MAIN, mismatch, &[]);
    assert!(
        edited.file.contains("#     listen 443 ssl;") && edited.file.contains("\n    listen 80;"),
        "{}",
        edited.file
    );
}
