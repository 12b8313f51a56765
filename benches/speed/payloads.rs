//! What has to be sent: a large template, and commits of the application.

use super::app::App;
use super::lab::{Host, Lab, floor};
use super::measure::{Median, Way, by_turns};
use super::{FLOOR, FORKS, Options};

/// What has to be sent.
pub fn payloads(options: &Options) -> Result<String, String> {
    let mut lab = Lab::new("bsend")?;
    lab.up()?;
    let mut text = String::from(
        "## What has to be sent: new content, to two hosts\n\n| what | labctl s | least to most s | the floor s | x the floor | `git push` s |\n\
         |---|---:|---:|---:|---:|---:|\n",
    );
    for bytes in [1_000, 100_000, 1_000_000, 10_000_000] {
        lab.write("templates/big.j2", "")?;
        lab.write("playbooks/big.yaml", "hosts: app\ntasks:\n  - template: { src: big.j2, path: /srv/big }\n")?;
        let words = ["step", "big", "-i", "existing.yaml", "-q"];
        text.push_str(&sent(
            options,
            &lab,
            &format!("a template of {bytes} bytes"),
            &words,
            Vec::new(),
            |_, round| {
                let line = format!("{round:07} {}\n", "x".repeat(91));
                let content = line.repeat(bytes / line.len());
                lab.write("templates/big.j2", &content)?;
                Ok(content.into_bytes())
            },
        )?);
    }
    for megabytes in [1, 10, 100] {
        let bytes = megabytes * 1_000_000;
        let app = App::begin(&lab, &format!("app{megabytes}"))?;
        let other = App::begin(&lab, &format!("other{megabytes}"))?;
        let repo = format!("app.repo={}", app.folder.display());
        let dir = format!("app.dir=/home/student/app{megabytes}");
        let words = ["step", "dumbflix", "-i", "existing.yaml", "-q", "--set", &repo, "--set", &dir];
        lab.run(&words)?;
        let by_hand = other.pushed_by_hand(&lab)?;
        let title = format!("a commit of {megabytes} MB in the application's repository");
        // Each has a repository of its own, so that each has one commit to send.
        let grow = |way, _| match way {
            0 => Ok(app.random(bytes)),
            1 => app.grow(bytes),
            _ => other.grow(bytes),
        };
        text.push_str(&sent(options, &lab, &title, &words, vec![by_hand], grow)?);
    }
    Ok(text)
}

/// Sends what `make` makes anew for each run (for which way, in which round): by the floor into a file, by labctl, and in other ways.
fn sent(
    options: &Options,
    lab: &Lab,
    title: &str,
    words: &[&str],
    others: Vec<Way>,
    make: impl Fn(usize, usize) -> Result<Vec<u8>, String>,
) -> Result<String, String> {
    let hosts = |content: Vec<u8>| -> Vec<Host> {
        let script = [&content[..], b"\nend .\n"].concat();
        let to =
            |host: &Host| Host { command: "tee /tmp/sent | tail -n 1".into(), script: script.clone(), ..host.clone() };
        lab.hosts()[1..].iter().map(to).collect()
    };
    // The list names the file of what is sent; it is written anew before each run.
    let anew = |content| floor(FLOOR, &hosts(content), lab.folder.path(), FORKS);
    let mut ways = vec![anew(make(0, 0)?)?, Way::new("labctl", lab.labctl(words))];
    ways.extend(others);
    let mut round = 0;
    let rows = by_turns(&mut ways, options.rounds, |way| {
        round += 1;
        anew(make(way, round)?).map(drop)
    })?;
    let wall = |row: &Median| row.taken.wall.as_secs_f64();
    let (floor, labctl) = (&rows[0], &rows[1]);
    let push = rows.get(2).map(|push| format!("{:.3}", wall(push))).unwrap_or_default();
    let (least, most) = (labctl.range.0.as_secs_f64(), labctl.range.1.as_secs_f64());
    let ratio = wall(labctl) / wall(floor);
    Ok(format!(
        "| {title} | {:.3} | {least:.3} to {most:.3} | {:.3} | {ratio:.2} | {push} |\n",
        wall(labctl),
        wall(floor)
    ))
}
