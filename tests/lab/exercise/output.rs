//! What is said is the same, however it is said.

use super::super::class::Class;
use super::super::seen::{without_time, without_times};
use super::SITE;

/// The same work for every run that is compared: a missing file, an edited file, and an edited site.
fn breaks_by_hand(class: &Class) {
    class.on("app1", "rm -f ~/.labctl/demo.config.js");
    let once =
        |line: &str, file: &str| format!("grep -qxF '{line}' {file} || echo '{line}' | sudo tee -a {file} > /dev/null");
    class.on("app2", &once("// by hand", "~/.labctl/demo.config.js"));
    class.on("web", &once("# by hand", &format!("/etc/nginx/dumbways/{SITE}.conf")));
}

pub fn output_is_the_same_for_any_forks(class: &Class) {
    for format in ["human", "json"] {
        breaks_by_hand(class);
        let [one, many] = ["1", "50"].map(|forks| class.labctl(&["check", "--forks", forks, "--format", format]));
        assert_eq!((one.code, many.code), (3, 3), "{one}");
        assert_eq!(without_times(&one.out), without_times(&many.out));
        let [one, many] = ["1", "50"].map(|forks| {
            breaks_by_hand(class);
            class.labctl(&["up", "--forks", forks, "--format", format])
        });
        // With one slot it ends at all: waiting hosts hold none.
        assert_eq!((one.code, many.code), (0, 0), "{one}");
        assert!(one.out.contains("changed"), "{one}");
        assert_eq!(without_times(&one.out), without_times(&many.out));
    }
}

pub fn json_says_what_the_terminal_says(class: &Class) {
    for verb in ["check", "up"] {
        breaks_by_hand(class);
        let json = class.labctl(&[verb, "--format", "json"]);
        breaks_by_hand(class);
        let people = class.labctl(&[verb, "-v"]);
        let mut said: Vec<(String, String)> = Vec::new();
        for line in json.out.lines() {
            let event: serde_json::Value = serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"));
            if event["event"] == "task_finished" {
                said.push((event["outcome"].as_str().unwrap().into(), event["task"].as_str().unwrap().into()));
            }
        }
        let shown: Vec<(String, String)> = people
            .out
            .lines()
            .filter_map(|line| line.strip_prefix("             "))
            .filter_map(|line| line.split_once(' '))
            .filter(|(word, _)| ["ok", "changed", "failed", "skipped", "unknown"].contains(word))
            .map(|(word, task)| (word.to_owned(), without_time(task.trim())))
            .collect();
        assert!(said.len() > 15, "{json}");
        assert_eq!(said, shown, "{people}");
        assert!(said.iter().filter(|(outcome, _)| outcome == "changed").count() > 2, "{json}");
    }
    assert_eq!(class.labctl(&["check"]).code, 0);
}
