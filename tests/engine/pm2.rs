//! What somebody writes into the files of their own pm2, root reads: as numbers of processes, and as nothing else.

use super::host::Engine;
use std::fs;
use std::os::unix::fs::PermissionsExt;

#[test]
fn a_pid_file_that_leads_elsewhere_runs_nothing() {
    for shell in ["dash", "bash"] {
        let Some(engine) = Engine::new(shell) else { return };
        let root = engine.root.path().display().to_string();
        let put = |file: &str, text: &str| {
            let path = engine.root.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        put("bin/pm2", "#!/bin/sh\n");
        fs::set_permissions(engine.path("bin/pm2"), PermissionsExt::from_mode(0o755)).unwrap();
        put("a.config.js", "");
        put("home/.pm2/pm2.pid", "1\n");
        put("home/.pm2/pids/a-0.pid", &format!("..{root}/his\n"));
        // bash looks for commands in whatever becomes a part of a sum.
        put("his/stat", &format!("1 (x) S 1{} PATH[$(>{root}/witness)]\n", " 0".repeat(17)));
        let task = format!("  - pm2: {{ name: a, config: {root}/a.config.js, dir: {root}, port: 3999 }}\n");
        let script = engine.book(&task, 60);
        let script = script.replace("\nsurvey\n", &format!("\nhome={root}/home PATH={root}/bin:$PATH\nsurvey\n"));
        let text = engine.said(engine.begin(&script));
        assert!(text.contains("pm2 could not start"), "{shell}: {text}");
        assert!(!fs::exists(engine.path("witness")).unwrap(), "{shell}: {text}");
    }
}
