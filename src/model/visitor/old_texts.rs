//! Recordings made before losses had a type hold the sentences of that time. They never change any more, so this list
//! never grows: whatever is not in it keeps its words.

use super::{Asked, VisitError};

impl VisitError {
    /// What such a sentence stood for.
    pub fn of_old_text(text: &str) -> Self {
        let status = |rest: &str| rest.parse().ok();
        if let Some(status) = text.strip_prefix("status ").and_then(status) {
            return Self::Status { status, asked: Asked::Unknown };
        }
        if let Some((code, asked)) =
            text.strip_prefix("answered ").map(|rest| rest.split_once(' ').unwrap_or((rest, "")))
            && let (Some(status), Some(asked)) = (status(code), asked_of(asked))
        {
            return Self::Status { status, asked };
        }
        match text {
            "the web server took no connection" => Self::ConnectTimeout,
            "the web server refused the connection" | "refused the connection" => Self::Refused,
            "no answer in time" | "gave no answer in time" => Self::AnswerTimeout,
            "the connection was reset" => Self::Reset,
            "the answer was cut short" => Self::Truncated,
            "no HTTP answer" => Self::NotHttp,
            "the page has no end" => Self::Endless,
            "answered from another configuration than that of the inventory" => Self::OtherConfiguration,
            "took more than 40 s for its requests" => Self::TooSlow { seconds: 40 },
            "under way" => Self::UnderWay,
            text => Self::Other { text: text.to_owned() },
        }
    }
}

fn asked_of(text: &str) -> Option<Asked> {
    match text {
        "" => Some(Asked::Unknown),
        "(asked nobody)" => Some(Asked::Nobody),
        text => {
            let (host, port) = text.strip_prefix("(asked: ")?.strip_suffix(')')?.rsplit_once(':')?;
            Some(Asked::Server { host: host.parse().ok()?, port: port.to_owned() })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_sentences_become_types_again() {
        for (text, wanted) in [
            ("status 502", VisitError::Status { status: 502, asked: Asked::Unknown }),
            ("answered 404", VisitError::Status { status: 404, asked: Asked::Unknown }),
            ("answered 502 (asked nobody)", VisitError::Status { status: 502, asked: Asked::Nobody }),
            ("the web server refused the connection", VisitError::Refused),
            ("answered strangely", VisitError::Other { text: "answered strangely".into() }),
            ("No route to host (os error 113)", VisitError::Other { text: "No route to host (os error 113)".into() }),
        ] {
            assert_eq!(VisitError::of_old_text(text), wanted, "{text}");
        }
    }
}
