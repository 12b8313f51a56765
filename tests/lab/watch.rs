//! The live page in a browser: a lab is built, broken and mended while somebody looks; then labctl itself goes away and
//! comes back.

use super::class::Class;
use super::harness::Browser;
use super::seen::{Running, Seen, interrupt};
use crate::skip::skip;
use serde_json::Value;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

fn free_port() -> String {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port().to_string()
}

fn ended(mut watch: Running) -> Seen {
    interrupt(&watch);
    Seen::of(watch.wait_with_output_within(Duration::from_secs(30)))
}

/// Waits for a file, the cue of the browser's script; the script must go on meanwhile.
fn cue(folder: &Path, name: &str, script: &std::thread::JoinHandle<Value>) {
    let end = Instant::now() + Duration::from_secs(600);
    while !folder.join(format!("{name}.cue")).exists() {
        assert!(!script.is_finished(), "the script ended before `{name}`");
        assert!(Instant::now() < end, "no cue `{name}`");
        std::thread::sleep(Duration::from_millis(100));
    }
}

#[test]
fn a_class_sees_a_lab_being_built_broken_and_mended() {
    let Some(browser) = Browser::begin() else { return };
    let Some(class) = Class::begin("watch") else { return };
    let port = free_port();
    let words = ["watch", "--port", &port, "--every", "2"];
    let watch = class.begin_labctl(&words);
    let url = format!("http://127.0.0.1:{port}/");
    class.until("the page is there", || TcpStream::connect(format!("127.0.0.1:{port}")).is_ok());
    // Pictures stay in the target folder, to be looked at.
    let shots = Path::new(&browser.shots()).join("watch");
    let _ = std::fs::remove_dir_all(&shots);
    let folder = shots.clone();
    let script = std::thread::spawn(move || {
        browser.run("watch.mjs", &[folder.to_str().unwrap(), &url, "app1", "app2", "demo.lab.test"])
    });

    cue(&shots, "ready", &script);
    let up = class.labctl(&["up"]);
    assert_eq!(up.code, 0, "{up}");
    cue(&shots, "calm", &script);
    let drill = class.labctl(&["drill", "--mode", "kill", "--host", "app1", "--seconds", "8"]);
    assert_eq!(drill.code, 0, "{drill}");
    cue(&shots, "whole", &script);
    let check = class.labctl(&["check"]);
    assert_eq!(check.code, 0, "looking has changed nothing: {check}");
    let first = ended(watch);
    assert_eq!(first.code, 130, "{first}");
    assert!(first.out.contains(&format!("http://127.0.0.1:{port}/")), "{first}");
    cue(&shots, "lost", &script);
    let watch = class.begin_labctl(&words);
    let seen = script.join().unwrap();
    assert_eq!(ended(watch).code, 130);
    judged(&seen);

    let down = class.labctl(&["down"]);
    assert_eq!(down.code, 0, "{down}");
    class.assert_nothing_left();
}

fn judged(seen: &Value) {
    let text = |part: &str, key: &str| seen[part][key].as_str().unwrap_or_default().to_owned();
    let total = |part: &str, host: &str| seen[part]["rows"][host]["total"].as_u64().unwrap();
    let count = |part: &str, site: &str, key: &str| seen[part]["counts"][site][key].as_u64().unwrap();
    for (part, none) in seen["against"].as_object().unwrap() {
        assert_eq!(none.as_array().map(Vec::len), Some(0), "{part}: {none:#}");
    }
    assert_eq!(seen["against"].as_object().unwrap().len(), 5);
    assert_eq!((&seen["complaints"], &seen["outside"]), (&serde_json::json!([]), &serde_json::json!([])));
    assert!(seen["stops"].as_array().unwrap().len() >= 5, "{}", seen["stops"]);

    // Before there is anything: the reason and the next command, and nobody was asked.
    assert!(text("unmade", "trouble").contains("has not been made"), "{}", text("unmade", "trouble"));
    assert_eq!(count("unmade", "demo.lab.test", "sent"), 0, "the addresses might be somebody else's");
    assert!(text("up", "news").contains("labctl up is running"));
    assert!(
        text("built", "run").contains("● changed") && !text("built", "run").contains('✗'),
        "{}",
        text("built", "run")
    );
    assert!(text("calm", "look").contains("nginx: runs, and has loaded what is on disk"), "{}", text("calm", "look"));

    // The server dies, the other one takes over, nobody who asks for the site of both loses a request.
    assert!(text("down", "news").contains("Drill: kill on app1"));
    assert_eq!(total("moved", "app1"), total("down", "app1"), "a dead server answers nobody");
    assert!(total("moved", "app2") > total("down", "app2") + 30);
    assert_eq!(seen["moved"]["nodes"]["app2"]["title"], "✓ app2");
    let lost = |part| count(part, "demo.lab.test", "requestsLost");
    assert_eq!(lost("shared"), lost("calm"));
    // Its own site has nobody else.
    assert!(count("moved", "app1.lab.test", "requestsLost") > count("calm", "app1.lab.test", "requestsLost"));
    let drilled = text("over", "news");
    assert!(drilled.contains("app1 was killed") && drilled.contains(" 0 lost"), "{drilled}");
    assert!(total("shared", "app1") >= total("back", "app1") + 20);

    assert_eq!(seen["still"]["dots"], 0, "who wants no motion sees none");
    assert!(text("lost", "lost").contains("labctl watch") && text("lost", "link").starts_with('✗'));
    assert!(text("again", "link").starts_with('✓'));
}

/// A web server that says that each of its answers is from the next of thirty, on an address of this computer.
struct Thirty {
    folder: tempfile::TempDir,
    watch: Option<Child>,
    url: String,
}

impl Drop for Thirty {
    fn drop(&mut self) {
        if let Some(watch) = &mut self.watch {
            let _ = watch.kill();
            let _ = watch.wait();
        }
    }
}

const NASTY: &str = "<img src=x onerror=alert(1)><script>document.title='evil'</script>";

impl Thirty {
    /// `None` where no port below 1024 may be taken.
    fn begin(more: &[&str]) -> Option<Self> {
        let Ok(listener) = TcpListener::bind("127.77.30.1:80") else {
            skip("port 80 of 127.77.30.1 cannot be taken here");
            return None;
        };
        std::thread::spawn(move || {
            let mut n = 0;
            for stream in listener.incoming() {
                let Ok(mut stream) = stream else { continue };
                let mut request = [0; 4096];
                let length = stream.read(&mut request).unwrap_or(0);
                let named = |n: usize| {
                    format!("HTTP/1.1 200 OK\r\nX-Upstream: 127.77.31.{n}:3000\r\nContent-Length: 0\r\n\r\n")
                };
                let answer = if String::from_utf8_lossy(&request[..length]).contains("small.lab.test") {
                    named(1)
                } else {
                    n += 1;
                    match n % 40 {
                        30..35 => "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n".to_owned(),
                        35 => format!("HTTP/1.1 200 OK\r\nX-Upstream: {NASTY}\r\nContent-Length: 0\r\n\r\n"),
                        n => named(n % 30 + 1),
                    }
                };
                let _ = stream.write_all(answer.as_bytes());
            }
        });
        let folder = tempfile::tempdir().unwrap();
        let mut lab = "lab: thirty\nssh: { user: nobody, port: 1, connect_timeout: 2s }\nhosts:\n".to_owned();
        lab.push_str("  web: { address: 127.77.30.1, groups: [web] }\n");
        (1..=30).for_each(|n| lab.push_str(&format!("  app{n}: {{ address: 127.77.31.{n}, groups: [app] }}\n")));
        lab.push_str("vars:\n  sites:\n    - { domain: big.lab.test, upstream: [app], balance: least_conn }\n");
        lab.push_str("    - { domain: small.lab.test, upstream: [app1] }\n");
        std::fs::write(folder.path().join("inventory.yaml"), lab).unwrap();
        let runs = folder.path().join(".labctl/thirty/runs");
        std::fs::create_dir_all(&runs).unwrap();
        std::fs::write(runs.join("1700000000-1.jsonl"), recorded()).unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_labctl"))
            .args([&["watch", "--rate", "40", "--every", "1"], more].concat())
            .current_dir(folder.path())
            .env("LABCTL_HOSTS_FILE", folder.path().join("hosts"))
            .env_remove("LABCTL_INVENTORY")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        std::io::BufRead::read_line(&mut std::io::BufReader::new(child.stdout.as_mut().unwrap()), &mut line).unwrap();
        let url = line.split_whitespace().find(|word| word.starts_with("http://")).expect("an address").to_owned();
        Some(Self { folder, watch: Some(child), url })
    }

    fn address(&self) -> &str {
        self.url.trim_start_matches("http://").trim_end_matches('/')
    }

    fn asked(&self, request: &str) -> String {
        let mut stream = TcpStream::connect(self.address()).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }
}

/// A run in which a machine said something nasty.
fn recorded() -> String {
    let nasty = serde_json::to_string(NASTY).unwrap();
    format!(
        "{{\"at_ms\":0,\"event\":\"run_started\",\"version\":\"1\",\"lab\":\"thirty\",\"mode\":\"apply\",\"steps\":[\"nginx\"],\
         \"hosts\":[\"web\"],\"started\":1700000000}}\n\
         {{\"at_ms\":1,\"event\":\"task_finished\",\"host\":\"web\",\"step\":\"nginx\",\"task\":{nasty},\"outcome\":\"failed\",\
         \"took_ms\":1,\"reason\":{nasty}}}\n\
         {{\"at_ms\":2,\"event\":\"host_unreachable\",\"host\":\"web\",\"reason\":{nasty}}}\n\
         {{\"at_ms\":3,\"event\":\"run_finished\",\"took_ms\":3,\"interrupted\":false}}\n"
    )
}

#[test]
fn thirty_servers_and_nasty_words() {
    let Some(mut lab) = Thirty::begin(&[]) else { return };
    nobody_else_is_answered(&lab);
    if let Some(browser) = Browser::begin() {
        let shots = browser.shots();
        let pages = browser.run("many.mjs", &[&shots, &lab.url]);
        for page in pages.as_array().unwrap() {
            for none in ["complaints", "outside", "violations"] {
                assert_eq!(page[none].as_array().map(Vec::len), Some(0), "{none}: {page:#}");
            }
            assert_eq!((&page["overflow"], &page["title"]), (&0.into(), &"thirty - labctl watch".into()), "{page:#}");
            let text = page["text"].as_str().unwrap();
            assert!(
                text.contains(&format!("nginx, web: {NASTY}: {NASTY}")),
                "what was said is read, not obeyed: {text}"
            );
            assert!(text.contains("lost because: answered 502") && text.contains("do not name their server"), "{text}");
            assert!(text.contains("unreachable: "), "a failed look is shown: {text}");
            assert_eq!(page["answering"], 31, "each server of each site: {page:#}");
        }
    }
    let other = Command::new(env!("CARGO_BIN_EXE_labctl"))
        .args(["watch", "inventory.yaml", "--port", lab.address().rsplit(':').next().unwrap()])
        .current_dir(lab.folder.path())
        .output()
        .unwrap();
    let seen = Seen::of(other);
    assert!(seen.code == 2 && seen.err.contains("without --port"), "a port that is taken: {seen}");

    let watch = lab.watch.as_mut().unwrap();
    assert!(Command::new("kill").args(["-INT", &watch.id().to_string()]).status().unwrap().success());
    let end = Instant::now() + Duration::from_secs(30);
    while watch.try_wait().unwrap().is_none() {
        assert!(Instant::now() < end, "Ctrl-C ends it");
        std::thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(watch.wait().unwrap().code(), Some(130));
    assert!(TcpStream::connect(lab.address()).is_err(), "nothing listens any more");
    let left: Vec<_> = std::fs::read_dir(lab.folder.path().join(".labctl/thirty/runs")).unwrap().collect();
    assert_eq!(left.len(), 1, "looking is not recorded");
}

fn nobody_else_is_answered(lab: &Thirty) {
    let page = lab.asked("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
    assert!(page.starts_with("HTTP/1.1 200 OK\r\n") && page.contains("<title>thirty - labctl watch</title>"), "{page}");
    assert!(page.contains("Content-Security-Policy: default-src 'none';") && !page.contains("unsafe"), "{page}");
    for (request, status) in [
        ("GET / HTTP/1.1\r\nHost: evil.test\r\n\r\n", 403),
        ("GET /events HTTP/1.1\r\nHost: 127.0.0.1\r\nOrigin: http://evil.test\r\n\r\n", 403),
        ("GET /../inventory.yaml HTTP/1.1\r\nHost: localhost\r\n\r\n", 404),
        ("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n", 405),
        ("DELETE /events HTTP/1.1\r\nHost: localhost\r\n\r\n", 405),
    ] {
        let answer = lab.asked(request);
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{request}: {answer}");
    }
    // Only 127.0.0.1 listens, also on this computer.
    let port = lab.address().rsplit(':').next().unwrap();
    assert!(TcpStream::connect(format!("127.77.30.9:{port}")).is_err());
}
