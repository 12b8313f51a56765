//! What doctor types to edit nginx's files is tried on the very file: it must find what it changes there.

use super::*;
use std::fs;
use std::process::Command;

/// nginx's files on a machine, what nginx says of them, and what they are after the first finding's commands were typed.
pub(super) struct Edited {
    pub(super) cause: &'static str,
    pub(super) file: String,
}

pub(super) const MAIN: &str = "events {}\nhttp {\n    include /etc/nginx/dumbways/*.conf;\n}\n";
pub(super) const SITE: &str = "upstream two {\n    server 10.0.0.2:3000;\n    server 10.0.0.3:3000;\n}\nserver {\n    listen 80;\n    server_name a.b;\n    location / {\n        proxy_pass http://two;\n    }\n}\n";

/// A site, changed; `message` is what nginx refuses it for (empty: it takes it), `more` what else was seen on the web server.
pub(super) fn typed_on(site: &str, main: &str, message: &str, more: &[(&str, &str)]) -> Edited {
    let files = [("/etc/nginx/nginx.conf", main), ("/etc/nginx/dumbways/a.conf", site)];
    let mut facts: Vec<(String, String)> = Vec::new();
    let mut at = 0;
    for (file, text) in files {
        for (number, line) in (1..).zip(text.lines()) {
            at += 1;
            facts.push((format!("see.nginx.conf#{at:05}"), format!("{file}\t{number}\t{}", line.trim_start())));
        }
        facts.push((format!("see.nginx.loaded#{at:04}"), file.to_owned()));
    }
    // What the healthy lab said beyond these lines is gone.
    facts.extend(std::iter::once(0).chain(at + 1..=30).map(|n| (format!("see.nginx.conf#{n:05}"), String::new())));
    facts.push(("see.nginx.test".into(), if message.is_empty() { "0" } else { "1" }.into()));
    facts.push(("see.nginx.says#0001".into(), format!("nginx: [emerg] {message}")));
    facts.extend(more.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())));
    let facts: Vec<(&str, &str, &str)> =
        facts.iter().map(|(key, value)| ("web", key.as_str(), value.as_str())).collect();
    let findings = diagnose(&lab(), &evidence(&facts));
    let first = findings.first().unwrap_or_else(|| panic!("{message}: nothing was found in\n{site}"));
    let root = tempfile::tempdir().unwrap();
    for (file, text) in files {
        let path = root.path().join(&file[1..]);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    fs::create_dir_all(root.path().join("var/backups")).unwrap();
    for next in first.next.iter().filter(|next| next.command != RELOAD && !next.command.contains("restart nginx")) {
        let line = next.command.replace("sudo ", "").replace(" /etc/", &format!(" {}/etc/", root.path().display()));
        let line = line.replace(" /var/", &format!(" {}/var/", root.path().display()));
        let output = Command::new("sh").args(["-ec", &line]).output().unwrap();
        assert!(output.status.success() && !line.contains("nano"), "{}: {line}: {output:?}", first.cause);
    }
    let own = root.path().display().to_string();
    let read = |file: &str| fs::read_to_string(root.path().join(&file[1..])).unwrap_or_default().replace(&own, "");
    let changed = files.iter().map(|(file, text)| (read(file), *text)).find(|(now, before)| now != before);
    let (file, _) = changed.unwrap_or_else(|| panic!("{}: nothing was changed by {:?}", first.cause, first.next));
    Edited { cause: first.cause, file }
}

/// The lines that differ.
pub(super) fn difference(before: &str, after: &str) -> Vec<String> {
    let diff = similar::TextDiff::from_lines(before, after);
    let changes = diff.iter_all_changes().filter(|change| change.tag() != similar::ChangeTag::Equal);
    changes.map(|change| format!("{}{}", change.tag(), change.value().trim())).collect()
}

#[test]
fn what_nginx_refuses_is_put_right_in_its_line() {
    let at = |line: u32| format!(" in /etc/nginx/dumbways/a.conf:{line}");
    for (from, to, message, wanted) in [
        ("listen 80;", "listen 80", format!("invalid parameter \"server_name\"{}", at(7)), "+listen 80;"),
        (
            "listen 80;",
            "listen 80   # IPv4",
            format!("invalid parameter \"server_name\"{}", at(7)),
            "+listen 80; # IPv4",
        ),
        ("http://two;", "http://two", format!("unexpected \"}}\"{}", at(10)), "+proxy_pass http://two;"),
        ("3000;\n}", "3000\n}", format!("unexpected \"}}\"{}", at(4)), "+server 10.0.0.3:3000;"),
        ("proxy_pass", "proxy_pas", format!("unknown directive \"proxy_pas\"{}", at(9)), "+proxy_pass http://two;"),
        ("server_name", "servername", format!("unknown directive \"servername\"{}", at(7)), "+server_name a.b;"),
        ("listen 80", "Listen 80", format!("unknown directive \"Listen\"{}", at(6)), "+listen 80;"),
        (
            "server 10.0.0.2",
            "server http://10.0.0.2",
            format!("invalid host in upstream \"http://10.0.0.2:3000\"{}", at(2)),
            "+server 10.0.0.2:3000;",
        ),
        (
            "10.0.0.3:3000",
            "10.0.0.3:300000",
            format!("invalid port in upstream \"10.0.0.3:300000\"{}", at(3)),
            "+server 10.0.0.3:3000;",
        ),
        ("http://two", "two", format!("invalid URL prefix{}", at(9)), "+proxy_pass http://two;"),
        ("http://two", "http//two", format!("invalid URL prefix{}", at(9)), "+proxy_pass http://two;"),
        ("http://two", "http:/two", format!("invalid URL prefix{}", at(9)), "+proxy_pass http://two;"),
        (
            "http://two",
            "http://two:3000",
            format!("upstream \"two\" may not have port 3000{}", at(9)),
            "+proxy_pass http://two;",
        ),
        (
            "listen 80",
            "listen 80 default_server",
            format!("a duplicate default server for 0.0.0.0:80{}", at(6)),
            "+listen 80;",
        ),
        (
            "listen 80",
            "listen 808080",
            format!("invalid port in \"808080\" of the \"listen\" directive{}", at(6)),
            "+listen 80;",
        ),
        ("http://two", "http://tow", format!("host not found in upstream \"tow\"{}", at(9)), "+proxy_pass http://two;"),
        (
            "http://two",
            "http://app1:3000",
            format!("host not found in upstream \"app1:3000\"{}", at(9)),
            "+proxy_pass http://10.0.0.2:3000;",
        ),
        (
            "proxy_pass http://two;",
            "proxy_set_header Host $hots;",
            "unknown \"hots\" variable".to_owned(),
            "+proxy_set_header Host $host;",
        ),
    ] {
        let site = SITE.replace(from, to);
        assert_ne!(site, SITE, "{from}");
        let edited = typed_on(&site, MAIN, &message, &[]);
        let found = difference(&site, &edited.file);
        assert!(found.iter().any(|line| line == wanted) && found.len() == 2, "{message}: {}: {found:?}", edited.cause);
    }
}

#[test]
fn spaces_that_are_none_for_nginx_become_plain_ones_everywhere_in_the_file() {
    let at = |line: u32| format!(" in /etc/nginx/dumbways/a.conf:{line}");
    for (from, to, says) in [
        ("server_name a.b;", "server_name\u{a0}a.b;", format!("unknown directive \"server_name\u{a0}a.b\"{}", at(7))),
        (
            "    listen 80;",
            "\u{a0}\u{a0}\u{a0}\u{a0}listen 80;",
            format!("unknown directive \"\u{a0}\u{a0}\u{a0}\u{a0}listen\"{}", at(6)),
        ),
        ("upstream two", "\u{feff}upstream two", format!("unknown directive \"\u{feff}upstream\"{}", at(1))),
        (
            "proxy_pass http",
            "proxy_pass\u{202f}http",
            format!("unknown directive \"proxy_pass\u{202f}http://two\"{}", at(9)),
        ),
        ("listen 80;", "listen\u{200b} 80;", format!("unknown directive \"listen\u{200b}\"{}", at(6))),
        // What nginx says comes later than what is wrong.
        ("server 10.0.0.2:3000;", "server 10.0.0.2:3000;\u{a0}", format!("unknown directive \"\u{a0}\"{}", at(3))),
    ] {
        let site = SITE.replacen(from, to, 1);
        assert_ne!(site, SITE, "{from}");
        // All of a file comes from one place.
        let site = site.replace("location /", "location\u{a0}/");
        let edited = typed_on(&site, MAIN, &says, &[]);
        let plain = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!((edited.cause, plain(&edited.file)), ("nginx-syntax", plain(SITE)), "{says}");
        assert!(edited.file.is_ascii(), "{says}");
    }
}

#[test]
fn braces_are_counted() {
    let at = |line: u32| format!(" in /etc/nginx/dumbways/a.conf:{line}");
    let open = SITE.trim_end().trim_end_matches('}').to_owned();
    let message = format!("unexpected end of file, expecting \"}}\"{}", at(11));
    assert_eq!(difference(&open, &typed_on(&open, MAIN, &message, &[]).file), ["+}"]);
    let more = format!("{SITE}}}\n");
    let message = format!("unexpected \"}}\"{}", at(12));
    assert_eq!(difference(&more, &typed_on(&more, MAIN, &message, &[]).file), ["-}"]);
    // An upstream that is not closed takes the server in.
    let open = SITE.replace("3000;\n}", "3000;\n");
    let message = format!("directive \"server\" is not terminated by \";\"{}", at(5));
    assert!(typed_on(&open, MAIN, &message, &[]).file.contains("3000;\n\n}\nserver {"));
    // What stands behind a server that was closed too early.
    let early = SITE.replace("    server_name a.b;\n", "    server_name a.b;\n}\n");
    let message = format!("\"location\" directive is not allowed here{}", at(9));
    assert_eq!(difference(&early, &typed_on(&early, MAIN, &message, &[]).file), ["-}"]);
    let bare = SITE.replace("    location / {\n", "").replace("two;\n    }\n", "two;\n");
    let message = format!("\"proxy_pass\" directive is not allowed here{}", at(8));
    assert_eq!(
        difference(&bare, &typed_on(&bare, MAIN, &message, &[]).file)[1],
        "+location / { proxy_pass http://two; }"
    );
}

#[test]
fn an_include_goes_into_http() {
    let main = "include /etc/nginx/dumbways/*.conf;\nevents {}\nhttp {\n    sendfile on;\n}\n";
    let message = "\"upstream\" directive is not allowed here in /etc/nginx/dumbways/a.conf:1";
    let edited = typed_on(SITE, main, message, &[]);
    assert_eq!(
        (edited.cause, edited.file.as_str()),
        ("include-place", "events {}\nhttp {\n    include /etc/nginx/dumbways/*.conf;\n    sendfile on;\n}\n")
    );
}

/// Where nginx takes the files, and the page does not come.
#[test]
fn what_keeps_the_page_away_goes() {
    let fails = ("see.ask.a.b", "0 403 other |");
    let cut = ("see.ask.a.b", "0 404 other |");
    let part = [
        ("see.part.a.b", "0 404 other |"),
        ("see.direct.a.b", "0 200 other |"),
        ("see.path.a.b", "/static/js/bundle.js"),
    ];
    for (from, to, more, cause, wanted) in [
        ("listen 80;", "listen 80;\n    return 403;", vec![fails], "site-returns", "-return 403;"),
        (
            "proxy_pass http://two;",
            "return 301 https://$host$request_uri;",
            vec![fails],
            "site-returns",
            "+proxy_pass http://two;",
        ),
        ("proxy_pass http://two;", "return 444;", vec![fails], "site-returns", "+proxy_pass http://two;"),
        ("listen 80;", "listen 80;\n    deny all;", vec![fails], "site-refuses", "-deny all;"),
        (
            "location / {",
            "location / {\n        auth_basic \"who\";",
            vec![("see.ask.a.b", "0 401 other |")],
            "site-refuses",
            "-auth_basic \"who\";",
        ),
        ("http://two", "https://two", vec![fails], "proxy-pass-https", "+proxy_pass http://two;"),
        ("http://two", "http://two/app", vec![cut], "proxy-pass-path", "+proxy_pass http://two;"),
        (
            "proxy_pass http://two;",
            "root /var/www/html;",
            vec![cut],
            "no-proxy-pass",
            "+location / { proxy_pass http://two;",
        ),
        ("proxy_pass http://two;", "try_files $uri =404;", vec![cut], "no-proxy-pass", "+proxy_pass http://two;"),
        (
            "proxy_pass",
            "try_files $uri $uri/ =404;\n        proxy_pass",
            part.to_vec(),
            "site-files",
            "-try_files $uri $uri/ =404;",
        ),
        (
            "location / {",
            "location ~ \\.(js|css)$ {\n        root /srv;\n    }\n    location / {",
            part.to_vec(),
            "site-files",
            "+proxy_pass http://two;",
        ),
        ("10.0.0.3:3000", "10.0.0.99:3000", vec![], "upstream-address", "+server 10.0.0.3:3000;"),
        ("10.0.0.3:3000", "127.0.0.1:3000", vec![], "upstream-address", "+server 10.0.0.3:3000;"),
        ("10.0.0.3:3000", "10.0.0.3:8080", vec![], "upstream-port", "+server 10.0.0.3:3000;"),
        ("    server 10.0.0.3:3000;\n", "", vec![], "backend-missing", "+server 10.0.0.3:3000;"),
        ("http://two", "http://10.0.0.2:3000", vec![], "backend-missing", "+proxy_pass http://two;"),
        ("10.0.0.3:3000", "10.0.0.3:3000 down", vec![], "backend-aside", "+server 10.0.0.3:3000;"),
        ("listen 80", "listen 8080", vec![cut], "listen-port", "+listen 80;"),
        ("a.b;", "a.bb;", vec![cut], "server-name", "+server_name a.b;"),
    ] {
        let site = SITE.replace(from, to);
        assert_ne!(site, SITE, "{from}");
        let edited = typed_on(&site, MAIN, "", &more);
        let found = difference(&site, &edited.file);
        assert_eq!(edited.cause, cause, "{to}");
        assert!(found.iter().any(|line| line == wanted), "{to}: {found:?}");
    }
}

#[test]
fn a_single_server_becomes_an_upstream() {
    let site =
        "server {\n    listen 80;\n    server_name a.b;\n    location / { proxy_pass http://10.0.0.2:3000; }\n}\n";
    let edited = typed_on(site, MAIN, "", &[]);
    assert_eq!(edited.cause, "backend-missing");
    let wanted = "upstream a_b { server 10.0.0.2:3000; server 10.0.0.3:3000; }\nserver {\n    listen 80;\n    server_name a.b;\n    location / { proxy_pass http://a_b; }\n}\n";
    assert_eq!(edited.file, wanted);
}

/// Which of two files is the copy shows in its name, else in its age; one for another site gets an upstream of its own.
#[test]
fn of_two_upstreams_the_copy_goes() {
    let next = |copy: &str, name: &str, ages: [&str; 2]| {
        let files =
            [("/etc/nginx/nginx.conf", MAIN), (copy, &SITE.replace("a.b", name)), ("/etc/nginx/dumbways/a.conf", SITE)];
        let mut facts: Vec<(String, String)> = Vec::new();
        for (file, text) in files {
            for (number, line) in (1..).zip(text.lines()) {
                facts.push((
                    format!("see.nginx.conf#{:05}", facts.len() + 1),
                    format!("{file}\t{number}\t{}", line.trim_start()),
                ));
            }
        }
        facts.push(("see.nginx.age#0001".into(), format!("{} {copy}", ages[0])));
        facts.push(("see.nginx.age#0002".into(), format!("{} /etc/nginx/dumbways/a.conf", ages[1])));
        facts.push(("see.nginx.test".into(), "1".into()));
        facts.push((
            "see.nginx.says#0001".into(),
            "nginx: [emerg] duplicate upstream \"two\" in /etc/nginx/dumbways/a.conf:1".into(),
        ));
        let facts: Vec<(&str, &str, &str)> =
            facts.iter().map(|(key, value)| ("web", key.as_str(), value.as_str())).collect();
        let findings = diagnose(&lab(), &evidence(&facts));
        (findings[0].cause, findings[0].next[0].command.clone())
    };
    let gone = |file: &str| ("upstream-twice", format!("sudo mv /etc/nginx/dumbways/{file} /var/backups/{file}"));
    assert_eq!(next("/etc/nginx/dumbways/a-copy.conf", "a.b", ["1", "2"]), gone("a-copy.conf"));
    assert_eq!(next("/etc/nginx/dumbways/0.conf", "a.b", ["2", "1"]), gone("0.conf"));
    assert_eq!(next("/etc/nginx/dumbways/9.conf", "a.b", ["1", "2"]), gone("a.conf"));
    let (_, other) = next("/etc/nginx/dumbways/b.conf", "b.b", ["2", "1"]);
    assert!(other.contains("two_2") && other.ends_with("/etc/nginx/dumbways/b.conf"), "{other}");
}
