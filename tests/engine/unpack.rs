//! An archive of Node.js is unpacked by root: whatever is in it, it stays in its folder.

use super::host::Engine;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

const VERSION: &str = "14.21.3";

/// Packs, by lines of shell, `node-vVERSION-linux-ARCH` for a mirror of our own, and lets the engine fetch it from there.
fn unpacked(engine: &Engine, lines: &str) -> String {
    let root = engine.root.path();
    let program = |name: &str, text: &str| {
        let path = root.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, format!("#!/bin/sh\n{text}\n")).unwrap();
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    };
    let mirror = engine.path("mirror");
    program(
        "bin/curl",
        &format!("for url; do :; done\nwhile [ \"$1\" != -o ]; do shift; done\ncp {mirror}/${{url##*/}} \"$2\""),
    );
    program("pack/node/bin/node", "echo v14");
    program("pack/node/lib/npm-cli.js", "echo 6");
    let pack = format!(
        "set -eu; cd {}; ln -s ../lib/npm-cli.js node/bin/npm; ln -s ../lib/npm-cli.js node/bin/npx\n{lines}\nmkdir {mirror}\n\
         for arch in x64 arm64; do cp node.tar.gz {mirror}/node-v{VERSION}-linux-$arch.tar.gz; done\n\
         cd {mirror}; sha256sum * > SHASUMS256.txt",
        engine.path("pack")
    );
    let packed = Command::new("sh").args(["-c", &pack]).output().unwrap();
    assert!(packed.status.success(), "{lines}: {}", String::from_utf8_lossy(&packed.stderr));
    fs::create_dir(root.join("links")).unwrap();
    fetched(engine)
}

/// Lets the engine bring Node.js from that mirror, where it is not there yet.
fn fetched(engine: &Engine) -> String {
    let book = format!("  - node: {{ version: {VERSION}, source: \"http://mirror.test/dist\" }}\n");
    let script = engine.book(&book, 60).replace("/opt/node", &engine.path("opt"));
    let script = script.replace("/usr/local/bin/$node_name", &engine.path("links/$node_name"));
    let script = script.replace("/usr/local/bin/np", &engine.path("links/np"));
    let script = script.replace("/usr/local/bin/node ", &format!("{} ", engine.path("links/node")));
    let script = script.replacen("PATH='", &format!("PATH='{}:", engine.path("bin")), 1);
    // curl runs as somebody with the machine's proxies, and so with a path of its own.
    let script = script.replace("as_path=/usr", &format!("as_path={}:/usr", engine.path("bin")));
    engine.said(engine.begin(&script))
}

#[test]
fn an_archive_as_it_should_be_is_unpacked_for_everybody() {
    for shell in ["dash", "bash"] {
        let Some(engine) = Engine::new(shell) else { return };
        let text = unpacked(
            &engine,
            "chmod 777 node/lib; chown -R 1234 node; chmod 4777 node/lib/npm-cli.js; tar -czf node.tar.gz node",
        );
        assert!(text.contains("@k changed 0"), "{shell}: {text}");
        let of = |file: &str| {
            let of = fs::metadata(engine.path(&format!("opt/v{VERSION}/{file}"))).unwrap();
            (of.permissions().mode() & 0o7777, std::os::unix::fs::MetadataExt::uid(&of))
        };
        // Neither the owner nor the rights that the archive names: root's alone to change, and nobody becomes root by it.
        assert_eq!(["", "lib", "bin/node", "bin/npm"].map(of), [(0o755, 0); 4], "{shell}");
        assert!(Path::new(&engine.path("links/npm")).exists(), "{shell}");
    }
}

#[test]
fn a_program_that_was_emptied_or_replaced_is_unpacked_again() {
    let Some(engine) = Engine::new("dash") else { return };
    assert!(unpacked(&engine, "tar -czf node.tar.gz node").contains("@k changed 0"));
    let text = fetched(&engine);
    assert!(text.contains("@k ok 0"), "{text}");
    let program = engine.path(&format!("opt/v{VERSION}/bin/node"));
    // A disk that was full, and a program for another processor.
    for broken in [&b""[..], b"\x7fELF\x02\x01\x01 of another processor"] {
        fs::write(&program, broken).unwrap();
        let text = fetched(&engine);
        assert!(text.contains("@k changed 0") && text.contains("is not what was unpacked there"), "{text}");
        assert_eq!(Command::new(&program).output().unwrap().stdout, b"v14\n");
        assert!(fetched(&engine).contains("@k ok 0"));
    }
    // What was unpacked before sizes were written down is taken as it is.
    fs::remove_file(engine.path(&format!("opt/v{VERSION}/.labctl-size"))).unwrap();
    assert!(fetched(&engine).contains("@k ok 0"));
}

#[test]
fn the_packages_program_is_not_hidden_by_one_that_does_not_run_or_is_another() {
    let Some(engine) = Engine::new("dash") else { return };
    let program = |name: &str, text: &str| {
        let path = engine.root.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    };
    program("usr/node", "#!/bin/sh\necho v18.20.4\n");
    program("usr/npm", "#!/bin/sh\n");
    program("bin/dpkg-query", "#!/bin/sh\nprintf 18.20.4+dfsg-1\n");
    program("bin/apt-cache", "#!/bin/sh\necho '  Candidate: 18.20.4+dfsg-1'\n");
    program("bin/apt-get", &format!("#!/bin/sh\necho \"$@\" >> {}\n", engine.path("apt")));
    let run = |version: &str| {
        let book = format!("  - node: {{ version: \"{version}\", source: distribution }}\n");
        let script = engine.book(&book, 60).replace("/usr/local/bin/", &engine.path("local/"));
        let script =
            script.replace("/usr/bin/no", &engine.path("usr/no")).replace("/usr/bin/np", &engine.path("usr/np"));
        engine.said(engine.begin(&script.replacen("PATH='", &format!("PATH='{}:", engine.path("bin")), 1)))
    };
    fs::create_dir_all(engine.path("local")).unwrap();
    for version in ["", "18"] {
        let text = run(version);
        assert!(text.contains("@k ok 0"), "{version}: {text}");
        for own in ["", "not a program", "#!/bin/sh\nexit 127\n"] {
            program("local/node", own);
            let text = run(version);
            assert!(text.contains("@k changed 0") && text.contains("node.before-labctl"), "{own}: {text}");
            assert!(!Path::new(&engine.path("local/node")).exists());
        }
        // One that runs is somebody's choice, as long as nobody asks for another.
        program("local/node", "#!/bin/sh\necho v20.1.0\n");
        let text = run(version);
        assert!(text.contains(if version.is_empty() { "@k ok 0" } else { "@k changed 0" }), "{version}: {text}");
        let _ = fs::remove_file(engine.path("local/node"));
    }
}

#[test]
fn an_archive_that_means_harm_is_refused() {
    for (name, lines) in [
        ("a name with `..`", "echo x > x; tar -cPf node.tar --transform 's,^x,node/../../../victim/x,' node x"),
        (
            "a link out, and a file behind it",
            "ln -s VICTIM node/out; echo x > x; tar -cPf node.tar --transform 's,^x,node/out/x,' node x",
        ),
        ("a link far up", "ln -s ../../../victim node/up; tar -cf node.tar node"),
        ("a link by an odd name", "ln -s VICTIM \"$(printf 'node/lib\\nx')\"; tar -cf node.tar node"),
        ("a device", "mknod node/null c 1 3; tar -cf node.tar node"),
    ] {
        let Some(engine) = Engine::new("dash") else { return };
        let victim = engine.path("victim");
        fs::create_dir(&victim).unwrap();
        let lines = lines.replace("VICTIM", &victim);
        let text = unpacked(&engine, &format!("{lines}; gzip node.tar"));
        assert!(text.contains("is not as such an archive should be") && text.contains("@k failed 0"), "{name}: {text}");
        assert_eq!(fs::read_dir(&victim).unwrap().count(), 0, "{name}: nothing is written outside");
        assert_eq!(fs::read_dir(engine.path("opt")).unwrap().count(), 0, "{name}: nothing of it stays");
        assert_eq!(fs::read_dir(engine.path("links")).unwrap().count(), 0, "{name}");
    }
}
