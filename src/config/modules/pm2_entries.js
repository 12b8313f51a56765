// LIBRARY HOME KEY, after pm2_monitor.js: prints a line `see.KEY.N {…}` for each entry of that pm2.
const [library, home, key] = process.argv.slice(1), fs = require("fs");
const tail = file => {
    try { return fs.readFileSync(file, "utf8").slice(-3000).trim().split("\n").slice(-12).map(l => l.slice(0, 200)); }
    catch (_) { return []; }
};
ask(library, home, list => list.slice(0, 20).forEach((p, n) => {
    const e = p.pm2_env, env = e.env || {};
    console.log(`see.${key}.${n} ` + JSON.stringify({
        name: p.name, id: p.pm_id, pid: p.pid, status: e.status, restarts: e.restart_time, since: e.pm_uptime ? Date.now() - e.pm_uptime : 0,
        exit: e.exit_code, cwd: e.pm_cwd, script: e.pm_exec_path, args: [].concat(e.args || []).map(String),
        port: String(e.PORT || env.PORT || ""), host: String(e.HOST || env.HOST || ""),
        errors: tail(e.pm_err_log_path), out: tail(e.pm_out_log_path),
    }));
}));
