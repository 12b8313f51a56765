//! What the domains mean on this computer.

use super::*;
use std::net::IpAddr;

/// The finding for `a.b`, which leads to these addresses, with these lines of the hosts file.
fn diagnose_names(
    addresses: &[&str],
    lines: &[(usize, &str, bool)],
) -> Option<(&'static str, Vec<String>, Vec<String>)> {
    let mut evidence = evidence(&[]);
    evidence.names.web = Some("10.0.0.1".parse().unwrap());
    evidence.names.file = "/etc/hosts".into();
    evidence.names.others = vec![("a.bb".into(), "10.0.0.1".parse().unwrap())];
    evidence.options.hosts_file = " --hosts-file /h".into();
    let addresses: Vec<IpAddr> = addresses.iter().map(|address| address.parse().unwrap()).collect();
    let lines =
        lines.iter().map(|(number, text, ours)| HostsLine { number: *number, text: (*text).into(), ours: *ours });
    evidence.names.seen = vec![NameSeen { domain: "a.b".into(), addresses, lines: lines.collect() }];
    let found = diagnose(&lab(), &evidence);
    let first = found.first()?;
    let seen = first.seen.iter().map(|clue| match clue {
        Clue::Text(text) => text.english(),
        other => format!("{other:?}"),
    });
    Some((first.cause, seen.collect(), first.next.iter().map(|next| next.command.clone()).collect()))
}

const STEP: &str = "labctl up -i t.yaml --hosts-file /h";

#[test]
fn what_resolves_counts_and_not_who_wrote_the_line() {
    assert_eq!(diagnose_names(&["10.0.0.1"], &[(3, "10.0.0.1 a.b # mine", false)]), None);
    assert_eq!(diagnose_names(&["10.0.0.1"], &[]), None, "a name server knows it");
    // A public address in front of a private one may be the same machine.
    assert_eq!(diagnose_names(&["203.0.113.7"], &[]), None);
    assert_eq!(
        diagnose_names(&["10.0.0.1", "10.0.0.9"], &[(1, "10.0.0.1 a.b", true), (2, "10.0.0.9 a.b", false)]),
        None
    );
}

#[cfg(windows)]
#[test]
fn on_windows_an_editor_shows_the_line() {
    let (cause, seen, next) = diagnose_names(&["10.0.0.9"], &[(4, "10.0.0.9 a.b", false)]).unwrap();
    assert_eq!((cause, seen[0].as_str()), ("name-elsewhere", "/etc/hosts:4: 10.0.0.9 a.b"));
    assert_eq!(next, ["notepad /etc/hosts", STEP]);
}

#[cfg(unix)] // there is no sed on Windows
#[test]
fn the_line_that_is_wrong_is_shown_and_goes() {
    let (cause, seen, next) = diagnose_names(&["10.0.0.9"], &[(4, "10.0.0.9 a.b", false)]).unwrap();
    assert_eq!((cause, seen[0].as_str()), ("name-elsewhere", "/etc/hosts:4: 10.0.0.9 a.b"));
    assert_eq!(
        next,
        [
            "sudo cp /etc/hosts /etc/hosts.before && sed -e '4d' /etc/hosts.before | sudo tee /etc/hosts > /dev/null",
            STEP
        ]
    );
    let (_, _, next) = diagnose_names(&["10.0.0.9"], &[(4, "10.0.0.9 x a.b", false)]).unwrap();
    assert!(next[0].contains(r"-e '4s/[[:space:]]a\.b\([[:space:]]\|$\)/ /'"), "{next:?}");
    // The block of the lab is put right as a whole.
    let (_, _, next) = diagnose_names(&["10.0.0.9"], &[(4, "10.0.0.9 a.b", true)]).unwrap();
    assert_eq!(next, [STEP]);
    assert_eq!(diagnose_names(&["10.0.0.9"], &[]).unwrap().0, "name-elsewhere", "another private address");
    assert_eq!(diagnose_names(&["127.0.0.1"], &[(1, "127.0.0.1 a.b", false)]).unwrap().0, "name-elsewhere");
}

#[test]
fn a_line_that_gives_nothing_says_why() {
    for (line, why) in [
        ("#10.0.0.1 a.b", "the # turns it into a comment"),
        ("10.0.0.1 http://a.b", "leave out `http://`"),
        ("10.0.0.1 a.b:3000", "not ports"),
        ("a.b 10.0.0.1", "the address comes first, and a.b is not an address"),
        ("10.0.0.256 a.b", "10.0.0.256 is not an address"),
        ("10.0.0.1 x # a.b", "a separate word"),
    ] {
        let (cause, seen, next) = diagnose_names(&[], &[(2, line, false)]).unwrap();
        assert_eq!((cause, next), ("name-missing", vec![STEP.to_owned()]));
        assert!(seen[0].starts_with(&format!("/etc/hosts:2: {line}: ")) && seen[0].contains(why), "{seen:?}");
    }
    let (_, seen, _) = diagnose_names(&[], &[]).unwrap();
    assert_eq!(seen, ["/etc/hosts gives 10.0.0.1 to a.bb, but the site is a.b: is that a typing mistake?"]);
}

#[cfg(unix)] // there is no sed on Windows
#[test]
fn an_address_in_front_of_the_right_one_is_named() {
    let lines = [(1, "::1 a.b", false), (2, "10.0.0.1 a.b", true)];
    let (cause, seen, next) = diagnose_names(&["::1", "10.0.0.1"], &lines).unwrap();
    assert_eq!((cause, seen.as_slice()), ("name-twice", ["/etc/hosts:1: ::1 a.b".to_owned()].as_slice()));
    assert!(next[0].contains("sed -e '1d'"), "{next:?}");
    // Behind it, nobody meets it.
    assert_eq!(diagnose_names(&["10.0.0.1", "::1"], &lines), None);
}
