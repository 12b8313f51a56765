//! Sites that answer, from every one of their backends.

use super::{Args, Call, Hand, Limits, Module, Shell, Why, Word};
use crate::problem::Problem;
use crate::shape::{Shape, duration, field, required};
use serde_json::Value;

/// `answers: { sites: sites }`
pub const MODULE: Module = Module {
    name: "answers",
    doc: "every site answers under its domain, and every backend of it has been seen to answer",
    example: "  - answers: { sites: sites, marker: \"{{ app.marker }}\" }\n",
    shape: Shape::Map(&[
        required("sites", Shape::Text, "the variable that lists the sites"),
        field("marker", Shape::Text, "a text that every page must hold"),
        field("within", Shape::Text, "how long to wait for it (30s)"),
    ]),
    shell: Shell { verb: "answers", text: include_str!("answers.sh") },
    limits: Limits::seconds(600, 600),
    label: |_| "every site answers".into(),
    call,
    by_hand: |call, _| {
        let look = |domain: &str| {
            let curl = format!("curl -s -o /dev/null -D - -H 'Host: {domain}' http://127.0.0.1/");
            format!("for n in 1 2 3 4; do\n    {curl} | grep -iE '^(HTTP|X-Upstream)'\ndone")
        };
        call.words[2..].chunks_exact(4).map(|site| Hand::there(Why::Answers, look(site[0].text()))).collect()
    },
};

fn call(args: &Args<'_>) -> Result<Call, Box<Problem>> {
    let within = args.text_or("within", "30s")?;
    let Some(seconds) = duration(&within).map(|d| d.as_secs().max(1)) else {
        return Err(args.problem("within", format!("`{within}` is no time"), "write it as 30s or 2m"));
    };
    let mut call = Call::new(MODULE.shell, [args.text("marker")?.into(), seconds.to_string().into()]);
    for site in args.variable("sites")?.as_array().into_iter().flatten() {
        let text = |value: &Value, key: &str| match value.get(key) {
            Some(Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
            None => String::new(),
        };
        let servers: Vec<Value> = site.get("servers").and_then(Value::as_array).cloned().unwrap_or_default();
        let all: Vec<String> = servers.iter().map(|s| text(s, "socket")).collect();
        // By ip_hash one client always meets one backend; more cannot be asked of it.
        let seen = if text(site, "balance") == "ip_hash" { 1 } else { all.len() };
        // The rarer a backend's turn is, the more requests it takes to see it: some rounds of the wheel.
        let weights = servers.iter().map(|s| s.get("weight").and_then(Value::as_u64).unwrap_or(1).max(1));
        let (sum, least) = (weights.clone().sum::<u64>(), weights.min().unwrap_or(1));
        let tries = 4 * sum.div_ceil(least);
        let words = [text(site, "domain"), seen.to_string(), all.join(" "), tries.to_string()];
        call.words.extend(words.map(Word::from));
    }
    Ok(call)
}
