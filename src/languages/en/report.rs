//! The page of a run in English.

use super::plural;
use crate::languages::{
    BalanceTexts, CommonTexts, CurveTexts, DrillTexts, HeadTexts, PartTexts, ReportTexts, RunTexts,
};

pub const REPORT: ReportTexts = ReportTexts {
    parts: PartTexts {
        status: "Status",
        lab: "The lab",
        timeline: "Timeline",
        balance: "Balance",
        drill: "The drill",
        tasks: "Tasks",
        trouble: "What went wrong",
    },
    head: HEAD,
    common: CommonTexts {
        picture: "The lab as a picture",
        not_finished: "not finished",
        letters_left_out: |n| format!("… {n} letters are left out here; the recording has them …"),
        made_by: |version, recording| format!("Made by labctl {version} from the recording <code>{recording}</code>."),
        never: "never",
    },
    run: RUN,
    balance: BalanceTexts {
        holds: "as promised",
        off: "not as promised",
        caption: |site| format!("Who answered for {site}"),
        heads: ["backend", "share", "answers", "promised"],
        nameless: "(no address named)",
        stranger: "0: no backend of this site",
        range: |least, most| format!("{least} to {most}"),
        weight: |weight| format!(", weight {weight}"),
        sent: |sent, method| format!("{sent} requests, {method}."),
        seen_here: |address| {
            format!("Seen from the computer that ran labctl, at {address}, as a browser there would find it.")
        },
        warning: "warning",
        none_lost: "None was lost.",
        lost: |n| format!("{n} lost"),
    },
    drill: DRILL,
    curves: CurveTexts {
        drawn: |time| {
            format!(
                "Answers of each server, waiting times and lost requests over {time}; the table below says the same"
            )
        },
        most_a_second: |n| format!("to {n}/s"),
        lost_and_waiting: "lost and waiting",
        none: "none",
        most: |n| format!("up to {n}"),
        lost: "lost",
        waiting: "waiting",
        waiting_time: "waiting time",
        lines: ["slowest", "99 of 100", "half"],
        turns: ["the fault is there", "the server is ejected", "the fault is undone", "the server answers again"],
    },
};

const HEAD: HeadTexts = HeadTexts {
    parts: "Parts of this page",
    incomplete: "This report is not complete.",
    tasks_failed: |n| format!("{} failed", plural(n, "task")),
    unreachable: |first, more| {
        let others = if more == 0 { String::new() } else { format!(" and {more} more") };
        format!("{first}{others} could not be reached")
    },
    nothing_drilled: "Nothing was drilled",
    sites_off: |n| format!("Requests not shared out as promised: {}", plural(n, "site")),
    interrupted: "The run was interrupted",
    cut: "The recording is not complete",
    would_change: |n| format!("{} would change", plural(n, "thing")),
    nothing_would_change: "Nothing would change",
    sites_hold: "Every site is shared out as promised",
    changed: |n| format!("Everything is in place: {} changed", plural(n, "thing")),
    in_place: "Everything was in place already",
    drills_failed: |n| format!("{} gave no figures", plural(n, "drill")),
    requests_lost: |lost, sent| format!("{lost} of {} were lost", plural(sent, "request")),
    requests_slow: |slow, sent| format!("No visitor was lost, {slow} of {sent} had to wait"),
    unnoticed: |sent| format!("No visitor noticed: {} answered", plural(sent, "request")),
    run: |run| {
        let (did, changed) = if run.check { ("looked at", "would change") } else { ("worked on", "changed") };
        let list = run.list(["already in place", changed, "failed", "skipped", "not known yet"]);
        let of = if run.tasks == 0 { String::new() } else { format!(": of {}, {list}", plural(run.tasks, "task")) };
        format!("labctl {} {did} {} for {}{of}.", run.verb, plural(run.machines, "machine"), run.took)
    },
    drills: |count, modes, first, took| {
        format!(
            "{} of {} under {} requests a second to http://{}/ ({modes}), in {took}.",
            plural(count, "fault"),
            first.host,
            first.rate,
            first.site,
        )
    },
    balances: |sent, sites, took| {
        format!("{sent} requests to {}, counted by who answered, in {took}.", plural(sites, "site"))
    },
    halted: |failed, hosts, max_fail| {
        format!(
            "{failed} of {hosts} hosts failed or were not reached, more than --max-fail {max_fail}: nothing more was started"
        )
    },
};

const RUN: RunTexts = RunTexts {
    step: "step",
    host: "host",
    steps: "How each step came out on each host",
    no_part: "not involved",
    reached: |hosts| format!("Reached: {hosts}."),
    unreachable: |host, why| format!("<strong>{host}</strong> could not be reached: {why}"),
    failed: |task, host, step, why| {
        format!("<strong>{task}</strong> on <strong>{host}</strong>, in the step {step}: {why}")
    },
    drill_failed: |mode, why| format!("The drill <strong>{mode}</strong>: {why}"),
    what_to_do: "What to do:",
    note: |note| format!("Note: {note}"),
    diff: "What changes in the file:",
    output: "What its programs printed:",
    drawing: "The timeline as a drawing",
    drawn: "Which step ran when, a lane for each host; the table below says the same",
    on: |step, host| format!("{step} on {host}"),
    as_table: "The timeline as a table",
    when: "When each step ran",
    began: "began after",
    took: "took",
    outcome: "outcome",
};

const DRILL: DrillTexts = DrillTexts {
    compared: "The faults side by side",
    heads: ["fault", "sent", "lost", "waited", "longest gap", "p50", "p99", "slowest", "ejected after", "back after"],
    defaults: ", with nginx's own defaults",
    asked: |drill| {
        format!(
            "{} a second to http://{}/, the fault for {}.",
            plural(drill.rate as usize, "request"),
            drill.site,
            plural(usize::try_from(drill.seconds).unwrap_or(usize::MAX), "second"),
        )
    },
    no_figures: |why| format!("No figures: {why}"),
    cut: "The recording ends before this drill did.",
    figures: [
        "sent",
        "lost",
        "waited over 1 s",
        "longest silence",
        "half within",
        "99 of 100 within",
        "slowest",
        "ejected after",
        "back after",
    ],
    shares: "Who answered how much",
    shares_heads: ["when", "shares"],
    shares_rows: ["before", "during the fault", "after"],
    curves: |number, mode| format!("Curves of the drill {number} {mode}"),
    as_table: "The curves as a table, second by second",
    by_second: "The load, second by second",
    second_heads: ["second", "sent"],
    last_heads: ["lost", "wait on", "p50", "p99", "slowest", "what happened"],
};
