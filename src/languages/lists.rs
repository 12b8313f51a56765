//! Lists of names that stay readable: of many, the first and the last, and how many there are.

/// So many are written out.
pub const FEW: usize = 8;

/// `app1, app2, app3`; of many `app1, app2 … app30 (30)`.
pub fn listed(names: &[&str], between: &str) -> String {
    match names {
        [first, second, .., last] if names.len() > FEW => {
            format!("{first}{between}{second} … {last} ({})", names.len())
        }
        _ => names.join(between),
    }
}

/// `6 to 8`, or `7` where all are the same, in the words of a language.
pub fn range(numbers: impl Iterator<Item = u64> + Clone, to: &str) -> String {
    let (least, most) = (numbers.clone().min().unwrap_or(0), numbers.max().unwrap_or(0));
    if least == most { least.to_string() } else { format!("{least} {to} {most}") }
}

/// Lines that stand apart from the sentence before them.
pub fn indented<T: AsRef<str>>(lines: impl IntoIterator<Item = T>) -> String {
    lines.into_iter().map(|line| format!("  {}", line.as_ref())).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_names_are_a_few_and_a_number() {
        let names: Vec<String> = (1..=30).map(|n| format!("app{n}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        assert_eq!(listed(&names, ", "), "app1, app2 … app30 (30)");
        assert_eq!(listed(&names[..3], " "), "app1 app2 app3");
        assert_eq!((listed(&[], " "), listed(&names[..FEW], "").len()), (String::new(), FEW * 4));
        assert_eq!(
            (range([7, 6, 8].into_iter(), "to"), range([7, 7].into_iter(), "to")),
            ("6 to 8".into(), "7".into())
        );
    }
}
