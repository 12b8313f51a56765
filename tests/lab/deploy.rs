//! A new version comes to a lab that serves, ten visitors a second: nobody may notice, whatever the version is worth.

use super::class::Class;
use super::seen::Seen;
use super::web::http;
use std::collections::BTreeMap;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// As react-scripts does: it takes connections at once, and answers when it has compiled. Then it watches its source.
const COMPILES: &str = r#"
const http = require("http"), fs = require("fs"), path = require("path");
const page = () => { delete require.cache[require.resolve("./page")]; return require("./page"); };
let ready = false, waiting = [], text = "";
const compile = ms => { ready = false; setTimeout(() => { text = page(); ready = true; waiting.splice(0).forEach(go => go()); }, ms); };
http.createServer((_, answer) => {
    const go = () => answer.end(`<div id="root">${text} of ${process.pid}</div>`);
    if (ready) go(); else waiting.push(go);
}).listen(process.env.PORT, process.env.HOST, () => compile(20000));
fs.watch(__dirname, () => compile(3000));
"#;

/// A visitor every 100 ms, each on their own: what they met, and how long the slowest waited.
struct Visitors {
    stop: Arc<AtomicBool>,
    all: std::thread::JoinHandle<(BTreeMap<String, usize>, Duration)>,
}

impl Visitors {
    fn begin(address: &str) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let (told, address) = (stop.clone(), address.to_owned());
        let all = std::thread::spawn(move || {
            let mut under_way = Vec::new();
            while !told.load(Ordering::Relaxed) {
                let address = address.clone();
                under_way.push(std::thread::spawn(move || {
                    let began = Instant::now();
                    let met = http(&address, "demo.lab.test", "/");
                    let met = met.map_or_else(|error| error.to_string(), |answer| answer.status.to_string());
                    (met, began.elapsed())
                }));
                std::thread::sleep(Duration::from_millis(100));
            }
            let mut met = BTreeMap::new();
            let mut slowest = Duration::ZERO;
            for one in under_way {
                let (what, took) = one.join().unwrap();
                *met.entry(what).or_default() += 1;
                slowest = slowest.max(took);
            }
            (met, slowest)
        });
        Self { stop, all }
    }

    /// Nobody was lost, and nobody waited longer than the template promises.
    fn were_served(self, when: &str, at_least: usize) {
        self.stop.store(true, Ordering::Relaxed);
        let (met, slowest) = self.all.join().unwrap();
        eprintln!("{when}: {met:?}, slowest {slowest:?}");
        assert_eq!(met.keys().collect::<Vec<_>>(), ["200"], "{when}: {met:?}");
        assert!(met["200"] >= at_least && slowest < Duration::from_millis(3500), "{when}: {met:?}, {slowest:?}");
    }
}

fn commit(class: &Class, what: &str) {
    let line = "git init -q -b main . 2> /dev/null; git add -A && git -c user.name=t -c user.email=t@t commit -q -m";
    let done =
        Command::new("sh").args(["-c", &format!("{line} \"$0\""), what]).current_dir(class.path("demo")).output();
    assert!(done.unwrap().status.success(), "{what}");
}

fn pids(class: &Class) -> Vec<String> {
    ["app1", "app2"].map(|host| class.on(host, "pgrep -f 'node src/index.j[s]' || true").trim().to_owned()).to_vec()
}

fn pages(class: &Class) -> Vec<String> {
    let page = |host: &str| class.on("web", &format!("curl -s -m 10 http://{}:3000/", class.address(host)));
    ["app1", "app2"].map(page).to_vec()
}

pub fn nobody_notices_a_deploy(class: &Class) {
    let web = class.address("web").to_owned();
    class.write("demo/src/index.js", COMPILES);
    class.write("demo/src/page.js", "module.exports = 'one';\n");
    commit(class, "one");
    let visitors = Visitors::begin(&web);
    let up = class.labctl(&["up"]);
    assert_eq!(up.code, 0, "{up}");
    assert!(up.err.contains("app1: web gets its page, and sends it visitors again"), "{up}");
    visitors.were_served("a restart that takes 20 s", 200);
    assert!(pages(class).iter().all(|page| page.contains("one of")), "{:?}", pages(class));
    assert_eq!(class.labctl(&["check"]).code, 0);

    // A version that cannot start: the first server stays down, and the second serves on.
    let before = pids(class);
    class.write("demo/src/index.js", "throw new Error('no');\n");
    commit(class, "broken");
    let visitors = Visitors::begin(&web);
    let up = class.labctl(&["up"]);
    assert!(up.code == 1 && up.out.contains("app1"), "{up}");
    visitors.were_served("a version that cannot start", 30);
    assert_eq!(pids(class)[1], before[1], "app2 is as it was");

    class.write("demo/src/index.js", COMPILES);
    // As the application of the exercise says it: this server watches its source.
    let start = "echo react-scripts start > /dev/null; exec node src/index.js";
    let package = class.read("demo/package.json").replace("node src/index.js\"\n  }", &format!("{start}\"\n  }}"));
    assert!(package.contains("react-scripts start"));
    class.write("demo/package.json", &package);
    commit(class, "watches");
    let visitors = Visitors::begin(&web);
    let up = class.labctl(&["up"]);
    assert_eq!(up.code, 0, "{up}");
    visitors.were_served("back again", 200);
    let before = pids(class);
    class.write("demo/src/page.js", "module.exports = 'two';\n");
    commit(class, "two");
    let visitors = Visitors::begin(&web);
    let up: Seen = class.labctl(&["up"]);
    assert_eq!(up.code, 0, "{up}");
    visitors.were_served("files that the server takes in by itself", 60);
    assert_eq!(pids(class), before, "nothing was restarted: {up}");
    assert!(pages(class).iter().all(|page| page.contains("two of")), "{:?}", pages(class));
    assert_eq!(class.labctl(&["check"]).code, 0);
}
