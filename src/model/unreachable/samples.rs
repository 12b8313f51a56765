//! One of every kind, for tests. Wherever a machine or a program speaks, it says `hush`.

use super::*;

fn hush() -> String {
    "hush".to_owned()
}

/// Where all of them happen.
pub fn endpoint() -> Endpoint {
    Endpoint { user: "student".into(), host: "10.0.0.7".into(), port: 2222 }
}

fn secrets() -> Vec<NoSecret> {
    let (name, file) = (|| "LAB_PASSWORD".to_owned(), || "/home/me/pass".to_owned());
    let what = SecretUse::Password { user: "student".into() };
    [
        SecretFailure::VariableMissing { name: name() },
        SecretFailure::VariableEmpty { name: name() },
        SecretFailure::VariableNotText { name: name() },
        SecretFailure::FileUnreadable { file: file(), error: hush() },
        SecretFailure::FileOpen { file: file(), mode: 0o644 },
        SecretFailure::FileEmpty { file: file() },
        SecretFailure::CommandTimeout { seconds: 120 },
        SecretFailure::CommandNotRun { error: hush() },
        SecretFailure::CommandFailed { status: hush() },
        SecretFailure::CommandEmpty,
        SecretFailure::NoTerminal,
        SecretFailure::NotGiven,
        SecretFailure::Stopping,
    ]
    .map(|why| NoSecret { what: what.clone(), why })
    .to_vec()
}

fn keys() -> Vec<KeyFailure> {
    let file = || "/home/me/.ssh/lab".to_owned();
    vec![
        KeyFailure::Missing { file: file() },
        KeyFailure::Unreadable { file: file(), error: hush() },
        KeyFailure::Locked { file: file() },
        KeyFailure::WrongPassphrase { file: file() },
        KeyFailure::NoPassphrase { secret: secrets().swap_remove(3) },
        KeyFailure::NotAKey { file: file(), error: hush() },
        KeyFailure::NotAKey { file: "/home/me/.ssh/lab.pub".into(), error: hush() },
    ]
}

fn setups() -> Vec<SetupFailure> {
    let host = || "web".parse().unwrap();
    let address = || "web.example".to_owned();
    let config = [
        SshConfigFailure::Timeout { seconds: 10 },
        SshConfigFailure::NotRun { error: hush() },
        SshConfigFailure::Failed { output: hush() },
        SshConfigFailure::Failed { output: String::new() },
    ];
    let mut all = vec![
        SetupFailure::Nowhere,
        SetupFailure::NotInInventory { host: host() },
        SetupFailure::NoAddress { host: host() },
        SetupFailure::BadAddress { address: "-x".into() },
        SetupFailure::NoUser { address: address() },
        SetupFailure::BadJump { list: "a,,b".into(), word: String::new() },
        SetupFailure::TooManyBastions { address: address(), most: 8 },
        SetupFailure::NoSshClient { error: hush() },
        SetupFailure::NoLocalShell { host: host() },
    ];
    all.extend(config.map(|why| SetupFailure::SshConfig { address: address(), why }));
    all
}

fn host_keys() -> Vec<HostKeyFailure> {
    let (file, print) = (|| "/lab/known_hosts".to_owned(), |n: u8| format!("SHA256:{n}"));
    let (host, inventory) = (|| "web".parse().unwrap(), Some("my lab.yaml".to_owned()));
    vec![
        HostKeyFailure::FileUnreadable { file: file(), error: hush() },
        HostKeyFailure::FileNotWritable { file: file(), error: hush() },
        HostKeyFailure::Unknown {
            file: file(),
            shown: print(1),
            skipped: vec!["3: hush".into()],
            host: host(),
            inventory: inventory.clone(),
        },
        HostKeyFailure::Changed { file: file(), line: 2, known: print(2), shown: print(1), host: host(), inventory },
        HostKeyFailure::Revoked { file: file(), line: 2, shown: print(1) },
        HostKeyFailure::Certificate { file: file(), error: hush() },
    ]
}

fn ends() -> Vec<LinkEnd> {
    vec![
        LinkEnd::Silent { waited_ms: 1500 },
        LinkEnd::ByServer { output: hush() },
        LinkEnd::Broken { error: hush() },
        LinkEnd::Unknown,
    ]
}

fn logins() -> Vec<LoginFailure> {
    let denied = |takes: &[&str], password| LoginFailure::Denied {
        tried: vec!["/home/me/.ssh/lab".into(), "hush (agent)".into()],
        passed_over: keys(),
        takes: takes.iter().map(|method| (*method).to_owned()).collect(),
        own_key: Some("/home/me/.ssh/lab".into()),
        password,
    };
    let mut all = vec![
        denied(&["publickey", "password"], false),
        denied(&["keyboard-interactive"], true),
        denied(&["publickey"], false),
        LoginFailure::Silent { waited_ms: 10_000 },
    ];
    let accounts = [AccountFailure::Expired, AccountFailure::NotYet, AccountFailure::Other];
    all.extend(accounts.map(|why| LoginFailure::Account { why, output: hush() }));
    all.extend(ends().into_iter().map(|end| LoginFailure::HungUp { end, tried: vec![hush()], too_many: false }));
    all.push(LoginFailure::HungUp { end: LinkEnd::Unknown, tried: Vec::new(), too_many: true });
    all.extend(keys().into_iter().map(|key| LoginFailure::Key { key }));
    all
}

fn not_started(output: &str, how: ShellFailure, file: Option<&str>) -> Lost {
    let line = file.map(|file| Box::new(StartupLine { file: file.into(), line: 3, text: hush() }));
    Lost::NotStarted { at: endpoint(), output: output.into(), how, line }
}

fn lost() -> Vec<Lost> {
    let at = endpoint;
    let mut all = vec![
        Lost::NoSession { at: at(), error: hush() },
        Lost::NoMoreSessions { at: at() },
        Lost::CommandRefused { at: at() },
        Lost::NoExitStatus { at: at() },
        not_started("hush", ShellFailure::Ended, None),
        not_started("", ShellFailure::Ended, None),
        not_started("hush", ShellFailure::NoLogin, None),
        not_started("hush", ShellFailure::PasswordExpired, None),
        not_started("", ShellFailure::Taken, None),
        not_started("hush", ShellFailure::Taken, Some("/home/student/.bashrc")),
        not_started("", ShellFailure::Ended, Some("/etc/bash.bashrc")),
        not_started("", ShellFailure::Taken, Some("/home/student/.config/fish/config.fish")),
        Lost::Input { file: "/lab/app.tar".into(), error: hush() },
        Lost::LocalShell { error: hush() },
    ];
    all.extend(ends().into_iter().map(|end| Lost::Link { at: at(), end }));
    all
}

/// One of every kind.
pub fn samples() -> Vec<Unreachable> {
    let at = endpoint;
    let connections = [
        ConnectionFailure::Unresolved { error: hush() },
        ConnectionFailure::NameServerSilent { waited_ms: 10_000 },
        ConnectionFailure::Refused,
        ConnectionFailure::Silent { waited_ms: 10_000 },
        ConnectionFailure::NoRoute { error: hush() },
        ConnectionFailure::Forbidden { error: hush() },
        ConnectionFailure::Other { error: hush() },
    ];
    let handshakes = [
        HandshakeFailure::NoGreeting { waited_ms: 10_000 },
        HandshakeFailure::KeyExchangeSilent { waited_ms: 10_000 },
        HandshakeFailure::ClosedAtOnce { error: hush() },
        HandshakeFailure::TooManyLogins { output: hush() },
        HandshakeFailure::Barred { output: hush() },
        HandshakeFailure::NotSsh { output: hush() },
        HandshakeFailure::NoAlgorithm { algorithm: "Cipher".into(), offered: vec![hush()] },
        HandshakeFailure::Other { error: hush(), output: hush() },
    ];
    let tunnels = [TunnelFailure::Silent { waited_ms: 10_000 }, TunnelFailure::Forbidden, TunnelFailure::NoConnection];
    let roots = [
        RootFailure::WrongPassword,
        RootFailure::WantsPassword,
        RootFailure::WantsTerminal,
        RootFailure::NotAllowed,
        RootFailure::Expired,
        RootFailure::NoSudo,
        RootFailure::Broken,
        RootFailure::NoPrograms,
        RootFailure::Unclear,
    ];
    let scripts = [
        ScriptFailure::NoUser { user: hush() },
        ScriptFailure::NotRoot { folder: hush() },
        ScriptFailure::StoppedWaiting,
        ScriptFailure::Stopped { output: hush() },
        ScriptFailure::SaidTooMuch { megabytes: 64 },
        ScriptFailure::GivenUp,
        ScriptFailure::Killed { signal: hush() },
        ScriptFailure::BrokeOff { status: Some(1) },
        ScriptFailure::BrokeOff { status: None },
        ScriptFailure::NoLock { host: "web".into() },
    ];
    let payloads = [PayloadFailure::NotPacked { error: hush() }, PayloadFailure::Incomplete { output: hush() }];
    let mut all: Vec<Unreachable> = setups().into_iter().map(Into::into).collect();
    all.extend(secrets().into_iter().map(Unreachable::from));
    all.extend(connections.map(|why| Unreachable::Connection { at: at(), why }));
    all.extend(tunnels.map(|why| Unreachable::Tunnel { at: at(), bastion: Box::new(at()), why }));
    all.extend(handshakes.map(|why| Unreachable::Handshake { at: at(), why }));
    all.extend(host_keys().into_iter().map(|why| Unreachable::HostKey { at: at(), why: Box::new(why) }));
    all.extend(logins().into_iter().map(|why| Unreachable::Login { at: at(), why: Box::new(why) }));
    all.extend(roots.map(|why| Unreachable::Root { why, output: hush() }));
    all.push(Unreachable::Root { why: RootFailure::Unclear, output: String::new() });
    all.extend(scripts.map(|why| Unreachable::Script { why }));
    all.extend(payloads.map(|why| Unreachable::Payload { id: "app.bundle".into(), why }));
    all.extend(lost().into_iter().map(Unreachable::from));
    all.push(Unreachable::OutputGone { error: hush() });
    let behind = all.clone().into_iter().map(|why| Unreachable::Bastion { why: Box::new(why) });
    all.extend(behind.collect::<Vec<_>>());
    all.push(Unreachable::Words { reason: hush(), hints: vec![hush()] });
    all
}
