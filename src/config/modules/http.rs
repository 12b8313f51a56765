//! An address that answers.

use super::{Call, Limits, ManualStep, Module, Purpose, Shell, written};
use crate::config::shape::{Shape, duration, field, required};
use crate::model::quote::quote;

/// `http: { url: http://127.0.0.1/, status: 200 }`
pub const MODULE: Module = Module {
    name: "http",
    doc: "an address answers as expected; labctl waits for it",
    example: "  - http: { url: \"http://127.0.0.1/\", host: x.test, status: 200, within: 30s }\n",
    shape: Shape::Map(&[
        required("url", Shape::Text, "the address, as seen from the host"),
        field("host", Shape::Text, "the Host header"),
        field("status", Shape::Text, "the expected status (200)"),
        field("contains", Shape::Text, "a text that the body must hold"),
        field("within", Shape::Text, "how long to wait for it (30s)"),
    ]),
    shell: Shell::new("http", include_str!("http.sh")),
    limits: Limits::seconds(600, 600),
    label: |node| format!("{} answers", written(node, "url")),
    call: |args| {
        let within = args.text_or("within", "30s")?;
        let Some(seconds) = duration(&within).map(|d| d.as_secs().max(1)) else {
            return Err(args.problem("within", format!("`{within}` is not a duration"), "write it as 30s or 2m"));
        };
        let words = [
            args.text("url")?.into(),
            args.text("host")?.into(),
            args.text_or("status", "200")?.into(),
            args.text("contains")?.into(),
            seconds.to_string().into(),
        ];
        Ok(Call::new(MODULE.shell, words))
    },
    by_hand: |call, _| {
        let host = if call.word(1).is_empty() {
            String::new()
        } else {
            format!("-H {} ", quote(&format!("Host: {}", call.word(1))))
        };
        vec![ManualStep::there(Purpose::Look, format!("curl -i {host}{}", call.typed(0)))]
    },
};
