//! The condition of an `if` of nginx, for a plain visitor with a browser: whether it holds, where that can be told.

/// Whether `if ($host != a.b)` holds for a request for a path of a host. None for what depends on more than that.
pub fn holds(words: &[String], path: &str, host: &str) -> Option<bool> {
    let text = words.get(1..)?.join(" ");
    let inner = text.trim().strip_prefix('(')?.strip_suffix(')')?;
    let mut parts = inner.split_whitespace();
    let (variable, operator, wanted) = (parts.next()?, parts.next(), parts.collect::<Vec<_>>().join(" "));
    let is = match variable {
        "$host" | "$http_host" => host,
        "$scheme" => "http",
        "$request_method" => "GET",
        "$server_port" => "80",
        "$uri" | "$request_uri" | "$document_uri" => path,
        // What a browser does not send, when nothing stands in front of nginx.
        "$https" | "$http_x_forwarded_proto" | "$args" | "$query_string" | "$is_args" => "",
        _ => return None,
    };
    match operator {
        None => Some(!matches!(is, "" | "0")),
        Some("=") => Some(is == wanted),
        Some("!=") => Some(is != wanted),
        Some("~") => fits(&wanted, is),
        Some("~*") => fits(&wanted.to_lowercase(), &is.to_lowercase()),
        Some("!~") => fits(&wanted, is).map(|fits| !fits),
        Some("!~*") => fits(&wanted.to_lowercase(), &is.to_lowercase()).map(|fits| !fits),
        Some(_) => None,
    }
}

/// Whether a pattern fits, for alternatives of plain text: `^www\.`, `^(a\.b|c\.d)$`. None for all others.
fn fits(pattern: &str, text: &str) -> Option<bool> {
    let (begin, rest) = (pattern.starts_with('^'), pattern.trim_start_matches('^'));
    let (end, rest) = (rest.ends_with('$'), rest.trim_end_matches('$'));
    let rest = rest.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')).unwrap_or(rest);
    let mut any = false;
    for each in rest.split('|') {
        let plain = each.replace("\\.", ".");
        if !plain.chars().all(|c| c.is_ascii_alphanumeric() || "._-/ ".contains(c)) {
            return None;
        }
        any |= match (begin, end) {
            (true, true) => text == plain,
            (true, false) => text.starts_with(&plain),
            (false, true) => text.ends_with(&plain),
            (false, false) => text.contains(&plain),
        };
    }
    Some(any)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_condition_is_read_for_the_visitor_of_a_site() {
        for (condition, wanted) in [
            ("($host != a.b)", Some(false)),
            ("($host != a.bb)", Some(true)),
            ("( $host = a.b )", Some(true)),
            ("($http_host !~ ^(www\\.)?a\\.b$)", None),
            ("($host !~* ^(A\\.B|www\\.a\\.b)$)", Some(false)),
            ("($host ~ ^www\\.)", Some(false)),
            ("($scheme = http)", Some(true)),
            ("($scheme != \"https\")", None),
            ("($request_method !~ ^(GET|HEAD|POST)$)", Some(false)),
            ("($request_method = POST)", Some(false)),
            ("($http_user_agent ~* curl)", None),
            ("($bad)", None),
            ("($https)", Some(false)),
            ("(-f $request_filename)", None),
            ("", None),
        ] {
            let words: Vec<String> = ["if"].into_iter().chain(condition.split(' ')).map(str::to_owned).collect();
            // The words of a directive come without the quotes around them.
            let wanted = if condition.contains('"') { Some(true) } else { wanted };
            let words: Vec<String> = words.iter().map(|word| word.replace('"', "")).collect();
            assert_eq!(holds(&words, "/", "a.b"), wanted, "{condition}");
        }
    }
}
