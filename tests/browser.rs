//! Every page that labctl writes, opened in Chromium in light and in dark: nothing complains, nothing is asked of anybody
//! else, everybody can read it (axe-core, contrast of colours included), and a keyboard reaches all of it.
#![allow(clippy::unwrap_used, clippy::print_stderr)] // a test that cannot go on has failed

#[path = "browser/harness.rs"]
mod harness;
#[path = "report/recorded.rs"]
#[allow(dead_code)] // the report's own tests use the rest
mod recorded;
#[path = "support/skip.rs"]
mod skip;

use harness::Browser;
use labctl::internals::languages::ALL;
use labctl::internals::languages::{ENGLISH, Language};
use labctl::internals::recording::Recording;
use std::fs;
use std::process::Command;

/// Opens these files and asserts on what must hold for every page.
fn good(browser: &Browser, files: &[String]) -> Vec<serde_json::Value> {
    let shots = browser.shots();
    let words: Vec<&str> = std::iter::once(shots.as_str()).chain(files.iter().map(String::as_str)).collect();
    let seen = browser.run("look.mjs", &words).as_array().unwrap().clone();
    assert_eq!(seen.len(), 2 * files.len());
    for page in &seen {
        for none in ["complaints", "outside", "violations"] {
            assert_eq!(page[none].as_array().map(Vec::len), Some(0), "{none}: {page:#}");
        }
        assert_eq!(page["overflow"], 0, "wider than the window: {page:#}");
    }
    seen
}

#[test]
fn the_hand_out_in_both_languages() {
    let Some(browser) = Browser::begin() else { return };
    let folder = tempfile::tempdir().unwrap();
    let mut files = Vec::new();
    for language in ALL.iter().map(|language| language.code) {
        let seen = Command::new(env!("CARGO_BIN_EXE_labctl"))
            .args(["explain", "--as", "html", "--lang", language])
            .current_dir(folder.path())
            .output()
            .unwrap();
        assert!(seen.status.success(), "{}", String::from_utf8_lossy(&seen.stderr));
        let file = folder.path().join(format!("explain-{language}.html"));
        fs::write(&file, seen.stdout).unwrap();
        files.push(file.display().to_string());
    }
    for page in good(&browser, &files) {
        // Every block of commands can be reached, to scroll and to copy.
        let blocks =
            page["stops"].as_array().unwrap().iter().filter(|s| s.as_str().unwrap().starts_with("pre ")).count();
        assert!(blocks > 20, "{page:#}");
    }
}

#[test]
fn the_report_of_a_run_and_of_a_drill() {
    let Some(browser) = Browser::begin() else { return };
    let folder = tempfile::tempdir().unwrap();
    let mut files = Vec::new();
    let indonesian = Language::of_code("id").unwrap();
    for (name, kinds, language) in [
        ("up", recorded::up(""), ENGLISH),
        ("drill", recorded::drills(""), ENGLISH),
        ("id-up", recorded::up(""), indonesian),
        ("id-drill", recorded::drills(""), indonesian),
        ("hostile-up", recorded::up(recorded::HOSTILE), ENGLISH),
        ("hostile-drill", recorded::drills(recorded::HOSTILE), ENGLISH),
    ] {
        let recording = Recording::read(name, recorded::written(&kinds).as_bytes()).unwrap();
        let file = folder.path().join(format!("{name}.html"));
        fs::write(&file, labctl::internals::report::html(&recording, name, language).unwrap()).unwrap();
        files.push(file.display().to_string());
    }
    for page in good(&browser, &files) {
        let stops: Vec<&str> = page["stops"].as_array().unwrap().iter().map(|stop| stop.as_str().unwrap()).collect();
        let name = page["page"].as_str().unwrap();
        let wanted: &[&str] = match (name.contains("id-"), name.contains("drill")) {
            (false, true) => &["a The drill", "div Curves of the drill 1 freeze", "summary The curves as a table"],
            (true, true) => &["a Latihan", "div Kurva latihan 1 freeze", "summary Kurva sebagai tabel"],
            (true, false) => &["a Status", "div Hasil setiap langkah", "summary ✗ gagal run the application", "pre "],
            (false, false) => &[
                "a Status",
                "div How each step came out",
                "div The lab as a picture",
                "summary The timeline as a table",
                "summary ✗ failed run the application",
                "pre ",
            ],
        };
        for begin in wanted {
            assert!(stops.iter().any(|stop| stop.starts_with(begin)), "{begin} is not reached: {stops:#?}");
        }
    }
}

/// Else the other tests would prove nothing.
#[test]
fn what_is_bad_is_seen() {
    let Some(browser) = Browser::begin() else { return };
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("bad.html");
    let bad = "<!doctype html><html lang=\"en\"><head><title>bad</title></head><body><main><h1>bad</h1>\
               <p style=\"color:#999;background:#fff;width:3000px\">weak</p><img src=\"http://127.0.0.1:9/x.png\">\
               <script>console.error('a complaint'); undefined.word</script></main></body></html>";
    fs::write(&file, bad).unwrap();
    let shots = browser.shots();
    for page in browser.run("look.mjs", &[&shots, file.to_str().unwrap()]).as_array().unwrap() {
        for (key, wanted) in [
            ("complaints", "a complaint"),
            ("complaints", "TypeError"),
            ("outside", "http://127.0.0.1:9/x.png"),
            ("violations", "color-contrast"),
            ("violations", "image-alt"),
        ] {
            let found = page[key].as_array().unwrap().iter().any(|one| one.as_str().unwrap().contains(wanted));
            assert!(found, "{wanted}: {page:#}");
        }
        assert!(page["overflow"].as_u64().unwrap() > 1000, "{page:#}");
    }
}
