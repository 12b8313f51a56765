use super::*;
use proptest::prelude::*;

fn entries(list: &[(&str, &str)]) -> Vec<HostsEntry> {
    list.iter().map(|(address, name)| HostsEntry { address: address.parse().unwrap(), name: (*name).into() }).collect()
}

fn ours() -> Vec<HostsEntry> {
    entries(&[("10.0.0.1", "a.lab"), ("fd00::1", "b.lab")])
}

const BLOCK: &str = "# BEGIN labctl one\n10.0.0.1\ta.lab\nfd00::1\tb.lab\n# END labctl one\n";

#[test]
fn the_block_is_added_or_put_right_in_its_place() {
    let stale = "# BEGIN labctl one\n9.9.9.9 old.lab\n# END labctl one\n";
    let other = "# BEGIN labctl two\n10.0.0.9 x.lab\n# END labctl two\n";
    // What has no line end yet gets the system's own.
    let alone = if cfg!(windows) { BLOCK.replace('\n', "\r\n") } else { BLOCK.to_owned() };
    for (old, new) in [
        (String::new(), alone.clone()),
        ("127.0.0.1 localhost\n".into(), format!("127.0.0.1 localhost\n{BLOCK}")),
        (format!("a\n{stale}b\n"), format!("a\n{BLOCK}b\n")),
        (format!("{stale}{other}"), format!("{BLOCK}{other}")),
        ("\u{feff}".into(), format!("\u{feff}{alone}")),
        (format!("\u{feff}{stale}"), format!("\u{feff}{BLOCK}")),
        ("127.0.0.1 x\r\n".into(), format!("127.0.0.1 x\r\n{}", BLOCK.replace('\n', "\r\n"))),
        ("10.0.0.1 A.LAB # mine\n".into(), format!("10.0.0.1 A.LAB # mine\n{BLOCK}")),
        ("# 1.2.3.4 a.lab\n".into(), format!("# 1.2.3.4 a.lab\n{BLOCK}")),
    ] {
        let got = HostsText::parse(old.as_bytes()).apply("one", &ours()).unwrap();
        assert_eq!(String::from_utf8(got).unwrap(), new, "{old:?}");
    }
}

#[test]
fn lines_that_somebody_typed_are_enough_and_stay_theirs() {
    let typed = "127.0.0.1 localhost\n10.0.0.1 x A.lab # mine\nfd00::1 b.lab";
    let same = HostsText::parse(typed.as_bytes()).apply("one", &ours()).unwrap();
    assert_eq!(String::from_utf8(same).unwrap(), typed);
    assert_eq!(HostsText::parse(typed.as_bytes()).remove("one").unwrap(), typed.as_bytes());
}

#[test]
fn what_cannot_be_told_or_shared_is_shown_with_its_line() {
    for (old, line, message) in [
        ("# BEGIN labctl one\n1.1.1.1 x\n", 1, "a block without end"),
        ("x\n# END labctl one\n", 2, "has no beginning"),
        ("# BEGIN labctl one\n# BEGIN labctl one\n# END labctl one\n", 2, "has no end"),
        ("# BEGIN labctl one\n# BEGIN labctl two\n# END labctl one\n", 2, "another lab"),
        ("# BEGIN labctl one\n# END labctl one\n# BEGIN labctl one\n# END labctl one\n", 3, "a second block"),
        ("\n1.2.3.4 www a.lab\n", 2, "`1.2.3.4 www a.lab`: gives a.lab another address; this lab needs 10.0.0.1"),
        ("::1 a.lab", 1, "another address"),
        ("# BEGIN labctl two\n10.0.0.1 b.lab\n# END labctl two\n", 2, "b.lab belongs to the lab two"),
    ] {
        let conflicts = HostsText::parse(old.as_bytes()).apply("one", &ours()).unwrap_err();
        assert_eq!(conflicts.len(), 1, "{conflicts:?}");
        assert_eq!(conflicts[0].line, line, "{old:?}");
        assert!(conflicts[0].to_string().contains(message), "{}", conflicts[0]);
    }
}

/// Found by fuzzing: the new block must not decide how the next one ends its lines.
#[test]
fn the_lines_around_the_block_decide_how_its_lines_end() {
    let old = b"127.0.0.1 localhost\n# BEGIN labctl one\r\n10.0.0.9 x\r\n10.0.0.8 y\r\n# END labctl one\r\n";
    let new = HostsText::parse(old).apply("one", &ours()).unwrap();
    assert!(!new.contains(&b'\r'), "{}", String::from_utf8_lossy(&new));
    assert_eq!(HostsText::parse(&new).apply("one", &ours()).unwrap(), new);
    // Half a line end above it.
    let new = HostsText::parse(b"# x\r").apply("one", &ours()).unwrap();
    assert_eq!(HostsText::parse(&new).apply("one", &ours()).unwrap(), new);
    assert_eq!(HostsText::parse(&new).remove("one").unwrap(), b"# x\r");
    // Nothing but the block: it stays as it is.
    let alone = b"# BEGIN labctl one\r\n10.0.0.9 x\r\n# END labctl one\r\n";
    let new = HostsText::parse(alone).apply("one", &ours()).unwrap();
    assert!(new.ends_with(b"# END labctl one\r\n"), "{}", String::from_utf8_lossy(&new));
}

fn any_text() -> impl Strategy<Value = Vec<u8>> {
    let line = prop_oneof![
        4 => proptest::collection::vec(any::<u8>(), 0..12),
        3 => Just(b"127.0.0.1 localhost".to_vec()),
        1 => Just(b"# BEGIN labctl two\n10.0.0.7 x.lab\n# END labctl two".to_vec()),
        1 => Just(b"# BEGIN labctl one\n10.0.0.7 x.lab\n# END labctl one".to_vec()),
        1 => Just(b"# END labctl one".to_vec()),
        1 => Just(b"\xEF\xBB\xBF".to_vec()),
        1 => Just(b"10.0.0.1 a.lab".to_vec()),
    ];
    let end = prop_oneof![3 => Just("\n"), 2 => Just("\r\n"), 1 => Just("")];
    proptest::collection::vec((line, end), 0..8)
        .prop_map(|lines| lines.into_iter().flat_map(|(line, end)| [line, end.into()].concat()).collect())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4000, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn any_bytes_keep_all_that_is_not_ours(old in any_text()) {
        let text = HostsText::parse(&old);
        if let Ok(new) = text.apply("one", &ours()) {
            let again = HostsText::parse(&new);
            prop_assert_eq!(&again.apply("one", &ours()).unwrap(), &new);
            let removed = again.remove("one").unwrap();
            prop_assert_eq!(&removed, &text.remove("one").unwrap());
            if text.block("one").unwrap().is_none() {
                prop_assert_eq!(&removed, &old);
                prop_assert!(new.starts_with(&old));
            }
        }
    }
}

#[test]
fn a_name_leads_where_the_first_line_says_that_has_it() {
    let text = "\u{feff}# 1.1.1.1 a.lab\n10.0.0.9 other A.LAB\n# BEGIN labctl one\n10.0.0.1\ta.lab\nfd00::1%eth0 b.lab\n# END labctl one\n";
    let read = HostsText::parse(text.as_bytes());
    for (name, wanted) in [("a.lab", Some("10.0.0.9")), ("B.lab", Some("fd00::1")), ("lab", None), ("1.1.1.1", None)] {
        assert_eq!(read.address(name), wanted.map(|address| address.parse().unwrap()), "{name}");
    }
}

#[test]
fn what_a_file_says_of_a_name_is_read_right_or_wrong() {
    let text = HostsText::parse(
        b"127.0.0.1 localhost\n#10.0.0.1 a.b\n10.0.0.1 http://a.b # x\n10.0.0.2 ya.b a.bc\n# BEGIN labctl t\n10.0.0.1\ta.b\n# END labctl t\n",
    );
    let found: Vec<(usize, String)> = text.mentions("A.b").collect();
    let lines: Vec<usize> = found.iter().map(|(number, _)| *number).collect();
    assert_eq!(lines, [2, 3, 6]);
    assert_eq!(found[1].1, "10.0.0.1 http://a.b # x");
    assert!(text.is_ours("t", 6) && !text.is_ours("t", 3) && !text.is_ours("u", 6));
    let names: Vec<String> = text.entries().into_iter().map(|entry| entry.name).collect();
    assert_eq!(names, ["localhost", "http://a.b", "ya.b", "a.bc", "a.b"]);
}
