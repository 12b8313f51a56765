//! Computers as they could be, and what is said of them.

use super::*;
use crate::model::computer::{
    AgentSeen, Disk, DiskRole, HostsAccess, HostsOwner, HostsSeen, KeyFault, KeyFile, NamesSeen, Platform, Program,
    Room,
};

/// A computer with nothing to put right.
fn computer() -> Computer {
    let own = HostsSeen { file: "/etc/hosts".into(), owner: HostsOwner::System, access: HostsAccess::Writable };
    Computer {
        platform: Platform::Linux,
        processor: "x86_64".into(),
        ssh: Program::Version("OpenSSH_9.2p1".into()),
        agent: AgentSeen::None,
        git: Program::Version("git version 2.39.5".into()),
        autocrlf: false,
        keys: Some(vec![KeyFile { file: "/home/v/.ssh/id_ed25519".into(), fault: None }]),
        hosts: vec![own],
        names: NamesSeen {
            localhost: vec!["::1".parse().unwrap(), "127.0.0.1".parse().unwrap()],
            unknown: "x.lab.test".into(),
            found: Some(Vec::new()),
            patience: 3,
            without_hosts_file: None,
        },
        makers: vec!["QEMU"],
        sandbox: SandboxHere::Possible { now: true, installs: Vec::new() },
        memory: Some(Room { free: 8 << 30, total: 16 << 30 }),
        disks: vec![
            Disk { role: DiskRole::Work, folder: "/home/v".into(), free: 1 << 30 },
            Disk { role: DiskRole::Machines, folder: "/var/lib".into(), free: 9 << 30 },
        ],
    }
}

fn hosts(owner: HostsOwner, access: HostsAccess) -> HostsSeen {
    HostsSeen { file: "hosts".into(), owner, access }
}

/// The parts of a changed computer that are not as those of the good one.
fn told(change: impl FnOnce(&mut Computer)) -> Vec<Part> {
    let before = parts(&computer());
    let mut changed = computer();
    change(&mut changed);
    parts(&changed).into_iter().filter(|part| !before.contains(part)).collect()
}

#[test]
fn a_good_computer_is_told_so_part_by_part() {
    let parts = parts(&computer());
    assert!(parts.iter().all(|part| part.state == PartState::Well && part.next.is_empty()), "{parts:#?}");
    let about: Vec<About> = parts.iter().map(|part| part.about).collect();
    let mut sorted = about.clone();
    sorted.sort();
    assert_eq!(about, sorted, "in the order of the list");
    sorted.dedup();
    assert_eq!(sorted.len(), 11, "each part is looked at: {about:?}");
    let disks: Vec<String> =
        parts.iter().filter(|part| part.about == About::Disk).map(|part| part.sentence.english()).collect();
    assert_eq!(disks, ["1 GiB are free in /home/v.", "9 GiB are free in /var/lib."]);
}

#[test]
fn each_trouble_is_told_at_its_part_with_what_to_type() {
    use PartState::{Noted, Prevents, Well, Wrong};
    let key = |fault| Some(vec![KeyFile { file: "/home/v/.ssh/my key".into(), fault: Some(fault) }]);
    let silent = |file: &str| Program::Silent { file: file.into() };
    type Change = Box<dyn FnOnce(&mut Computer)>;
    let of = |change: fn(&mut Computer)| -> Change { Box::new(change) };
    let cases: Vec<(Change, About, PartState, &str, &str)> = vec![
        (of(|c| c.platform = Platform::Wsl), About::System, Noted, "your browser is on Windows", ""),
        (of(|c| c.ssh = Program::Absent), About::Ssh, Noted, "no ssh here", "sudo apt install openssh-client"),
        (Box::new(move |c| c.ssh = silent("/bin/ssh")), About::Ssh, Noted, "/bin/ssh does not tell", ""),
        (of(|c| c.agent = AgentSeen::Keys(0)), About::Agent, Well, "holds no key", ""),
        (of(|c| c.agent = AgentSeen::Keys(2)), About::Agent, Well, "holds 2 keys", ""),
        (
            of(|c| c.agent = AgentSeen::Silent { socket: "/tmp/gone".into() }),
            About::Agent,
            Noted,
            "names /tmp/gone, but",
            "eval \"$(ssh-agent)\" && ssh-add",
        ),
        (of(|c| c.keys = Some(Vec::new())), About::Keys, Noted, "no private key", "ssh-keygen -t ed25519"),
        (
            Box::new(move |c| c.keys = key(KeyFault::Open { mode: 0o644 })),
            About::Keys,
            Wrong,
            "(rights 0644)",
            "chmod 600 '/home/v/.ssh/my key'",
        ),
        (
            Box::new(move |c| c.keys = key(KeyFault::Unreadable)),
            About::Keys,
            Wrong,
            "belongs to another user",
            "sudo chown \"$USER\" '/home/v/.ssh/my key'",
        ),
        (of(|c| c.git = Program::Absent), About::Git, Noted, "no git here", "sudo apt install git"),
        (of(|c| c.autocrlf = true), About::Git, Noted, "core.autocrlf", "git config --global core.autocrlf input"),
        (
            of(|c| c.hosts = vec![hosts(HostsOwner::System, HostsAccess::Denied)]),
            About::HostsFile,
            Noted,
            "Only root can write hosts.",
            "",
        ),
        (
            of(|c| c.hosts.push(hosts(HostsOwner::Windows, HostsAccess::Denied))),
            About::HostsFile,
            Noted,
            "Only an administrator of Windows",
            "Start-Process powershell -Verb RunAs",
        ),
        (
            of(|c| c.hosts = vec![hosts(HostsOwner::Nobody, HostsAccess::Writable)]),
            About::HostsFile,
            Noted,
            "no browser reads it",
            "",
        ),
        (
            of(|c| c.hosts = vec![hosts(HostsOwner::System, HostsAccess::Refused { why: "line 3".into() })]),
            About::HostsFile,
            Prevents,
            "does not change hosts: line 3",
            "",
        ),
        (
            of(|c| c.names.without_hosts_file = Some("hosts: dns".into())),
            About::Names,
            Prevents,
            "`hosts: dns`",
            "sudo sed -i 's/^hosts:/hosts: files/' /etc/nsswitch.conf",
        ),
        (
            of(|c| c.names.localhost = vec!["192.0.2.1".parse().unwrap()]),
            About::Names,
            Wrong,
            "localhost leads to 192.0.2.1,",
            "echo '127.0.0.1 localhost' | sudo tee -a /etc/hosts",
        ),
        (
            of(|c| c.names.localhost.clear()),
            About::Names,
            Wrong,
            "localhost leads to nowhere,",
            "echo '127.0.0.1 localhost' | sudo tee -a /etc/hosts",
        ),
        (of(|c| c.names.found = None), About::Names, Noted, "within 3 s", ""),
        (
            of(|c| c.names.found = Some(vec!["198.51.100.7".parse().unwrap()])),
            About::Names,
            Noted,
            "(x.lab.test leads to 198.51.100.7)",
            "",
        ),
        (of(|c| c.sandbox = SandboxHere::NotLinux), About::Sandbox, Noted, "needs Linux", ""),
        (of(|c| c.sandbox = SandboxHere::Confined), About::Sandbox, Noted, "is a container", ""),
        (of(|c| c.sandbox = SandboxHere::NoOverlay), About::Sandbox, Noted, "overlay", "sudo modprobe overlay"),
        (
            of(|c| c.sandbox = SandboxHere::Lacks(vec!["mmdebstrap".into()])),
            About::Sandbox,
            Noted,
            "Debian packages: mmdebstrap.",
            "",
        ),
        (
            of(|c| {
                c.sandbox = SandboxHere::Possible { now: false, installs: vec!["mmdebstrap".into(), "nftables".into()] }
            }),
            About::Sandbox,
            Well,
            "with sudo, and installs mmdebstrap nftables first",
            "",
        ),
        (of(|c| c.makers.clear()), About::Machines, Well, "No program for virtual machines", ""),
        (
            of(|c| c.memory = Some(Room { free: 700 << 20, total: 4 << 30 })),
            About::Memory,
            Noted,
            "700 MiB of 4 GiB are free: three machines on this computer want 2 GiB.",
            "",
        ),
        (of(|c| c.disks[0].free = 5 << 20), About::Disk, Prevents, "5 MiB are free in /home/v", ""),
        (of(|c| c.disks[1].free = 1 << 30), About::Disk, Noted, "1 GiB are free in /var/lib", ""),
    ];
    for (change, about, state, sentence, command) in cases {
        let told = told(change);
        let [part] = told.as_slice() else { panic!("{sentence}: {told:#?}") };
        assert_eq!((part.about, part.state), (about, state), "{part:#?}");
        assert!(part.sentence.english().contains(sentence), "{}: {sentence}", part.sentence.english());
        assert_eq!(part.next.first().map_or("", |next| next.command.as_str()), command, "{part:#?}");
    }
}

#[test]
fn what_to_type_is_of_the_system_that_it_is_typed_on() {
    let on = |platform: Platform| {
        let mut computer = computer();
        (computer.platform, computer.ssh, computer.git) = (platform, Program::Absent, Program::Absent);
        computer.names.localhost.clear();
        computer.agent = AgentSeen::Silent { socket: "x".into() };
        let next = parts(&computer).into_iter().flat_map(|part| part.next);
        next.map(|next| next.command).collect::<Vec<_>>().join("\n")
    };
    let windows = on(Platform::Windows);
    assert!(windows.contains("OpenSSH.Client") && windows.contains("winget") && windows.contains("Start-Service"));
    assert!(!windows.contains("sudo"), "{windows}");
    let mac = on(Platform::Mac);
    assert!(mac.contains("xcode-select") && !mac.contains("apt"), "{mac}");
    assert!(on(Platform::Wsl).contains("apt install openssh-client"));
}

#[test]
fn a_lab_is_reached_by_the_ways_that_are_open() {
    let ways = |change: fn(&mut Computer)| {
        let mut computer = computer();
        change(&mut computer);
        let parts = parts(&computer);
        super::ways(&computer, &parts).into_iter().map(|way| way.command).collect::<Vec<_>>()
    };
    assert_eq!(ways(|_| {}), ["labctl init --sandbox && labctl up", "labctl init"]);
    let sudo = |c: &mut Computer| c.sandbox = SandboxHere::Possible { now: false, installs: Vec::new() };
    assert_eq!(ways(sudo), ["labctl init --sandbox && sudo labctl up", "labctl init"]);
    let no_git = |c: &mut Computer| c.git = Program::Absent;
    assert_eq!(ways(no_git)[0], "apt install git && labctl init --sandbox && labctl up");
    assert_eq!(ways(|c| c.sandbox = SandboxHere::NotLinux), ["labctl init"]);
    let mac =
        |c: &mut Computer| (c.platform, c.sandbox, c.makers[0]) = (Platform::Mac, SandboxHere::NotLinux, "multipass");
    assert_eq!(ways(mac), ["labctl init --multipass && labctl up", "labctl init"]);
    let windows = |c: &mut Computer| {
        (c.platform, c.sandbox, c.makers[0]) = (Platform::Windows, SandboxHere::NotLinux, "multipass");
    };
    assert_eq!(ways(windows)[0], "labctl init --multipass; labctl up");
    assert_eq!(ways(|c| c.disks[0].free = 0), Vec::<String>::new());
    let wrong = |c: &mut Computer| c.names.localhost.clear();
    assert_eq!(ways(wrong).len(), 2, "what is only wrong prevents nothing");
}
