// LIBRARY HOME KEY, after pm2_monitor.js: prints a line `see.KEY.N {…}` for each entry of that pm2.
const [library, home, key] = process.argv.slice(1), fs = require("fs");
// What tells why a program ended: the first lines of what Node.js prints as well as npm's last. Of a program that runs, what
// an earlier start said is no news; of one that has only just been started again, it is the reason, if it was written just before.
const telling = /rror|ERR!|not found|annot|EADDR|ENOENT|EACCES|already|heap|[Mm]issing|denied|nvalid|^\/.*:\d+$/;
const tail = (file, e) => {
    try {
        const settled = e.status === "online" && Date.now() - e.pm_uptime > 10000;
        const before = settled ? 1000 : 20000 + (Number(e.restart_delay) || 0);
        if (fs.statSync(file).mtimeMs < e.pm_uptime - before) return [];
        const all = fs.readFileSync(file, "utf8").slice(-16000).replace(/\x1b\[[0-9;]*[A-Za-z]/g, "").trim().split("\n");
        const kept = all.filter((l, n) => telling.test(l) || n > all.length - 4);
        return kept.slice(-14).map(l => l.slice(0, 200));
    } catch (_) { return []; }
};
const age = l => Date.now() - new Date(l.slice(0, 19));
// What pm2 wrote down of the last ten minutes: that it ended an application itself, by a rule that it was given.
const ended = (p) => {
    try {
        const cron = p.pm2_env.cron_restart ? ` Stopping app:${p.name} id:${p.pm_id}` : "\n";
        const rules = [cron, ` for app ${p.name} - restarting`, `Process ${p.pm_id} restarted because it exceeds`];
        const lines = fs.readFileSync(`${home}/pm2.log`, "utf8").slice(-64000).split("\n");
        return lines.filter(l => rules.some(rule => l.includes(rule)) && age(l) < 600000);
    } catch (_) { return []; }
};
// How often it ended within the last minute without being told to, and whether it did so last.
const died = (p) => {
    try {
        const own = [` App [${p.name}:${p.pm_id}] exited with code`, ` Stopping app:${p.name} id:${p.pm_id}`];
        const lines = fs.readFileSync(`${home}/pm2.log`, "utf8").slice(-64000).split("\n").filter(l => own.some(w => l.includes(w)));
        const ends = lines.filter((l, n) => l.includes(own[0]) && !(lines[n - 1] || "").includes(own[1]));
        return [ends.filter(l => age(l) < 60000).length, lines.length > 0 && ends.pop() === lines.pop()];
    } catch (_) { return [0, false]; }
};
ask(library, home, list => list.filter(p => !p.pm2_env.pmx_module).slice(0, 20).forEach((p, n) => {
    const e = p.pm2_env, env = e.env || {}, rule = ended(p), [deaths, alone] = died(p);
    console.log(`see.${key}.${n} ` + JSON.stringify({
        name: p.name, id: p.pm_id, pid: p.pid, status: e.status, restarts: e.restart_time, since: e.pm_uptime ? Date.now() - e.pm_uptime : 0,
        exit: e.exit_code, mode: e.exec_mode, cwd: e.pm_cwd, script: e.pm_exec_path, args: [].concat(e.args || []).map(String),
        port: String(e.PORT || env.PORT || ""), host: String(e.HOST || env.HOST || ""),
        cron: String(e.cron_restart || ""), missing: /^\//.test(e.exec_interpreter || "") && !fs.existsSync(e.exec_interpreter) ? e.exec_interpreter : "",
        interpreter: String(e.exec_interpreter || "").replace(/^.*\//, ""), options: [].concat(e.node_args || [], e.interpreter_args || []).map(String), ours: Boolean(e.LABCTL_SPEC || env.LABCTL_SPEC),
        watch: Boolean(e.watch), limit: Number(e.max_memory_restart) || 0, died: deaths, alone, final: e.autorestart === false || [].concat(e.stop_exit_codes || []).length > 0, ended: rule.length, ending: (rule.pop() || "").slice(0, 200),
        errors: tail(e.pm_err_log_path, e), out: tail(e.pm_out_log_path, e),
    }));
}));
