// LIBRARY HOME KEY: asks the pm2 daemon of HOME over its socket, with pm2's own LIBRARY, and prints a line `see.KEY.N {…}` for
// each of its entries. It starts no daemon, and gives up after four seconds. Node.js 10 and later.
const [library, home, key] = process.argv.slice(1);
const axon = require(library + "/node_modules/pm2-axon"), rpc = require(library + "/node_modules/pm2-axon-rpc");
const fs = require("fs"), socket = axon.socket("req"), client = new rpc.Client(socket);
const end = () => process.exit(0);
setTimeout(end, 4000);
socket.on("error", end);
const tail = file => {
    try { return fs.readFileSync(file, "utf8").slice(-3000).trim().split("\n").slice(-12).map(l => l.slice(0, 200)); }
    catch (_) { return []; }
};
socket.on("connect", () => client.call("getMonitorData", {}, (error, list) => {
    (list || []).slice(0, 20).forEach((p, n) => {
        const e = p.pm2_env, env = e.env || {};
        console.log(`see.${key}.${n} ` + JSON.stringify({
            name: p.name, id: p.pm_id, pid: p.pid, status: e.status, restarts: e.restart_time, since: e.pm_uptime ? Date.now() - e.pm_uptime : 0,
            exit: e.exit_code, cwd: e.pm_cwd, script: e.pm_exec_path, args: [].concat(e.args || []).map(String),
            port: String(e.PORT || env.PORT || ""), host: String(e.HOST || env.HOST || ""),
            errors: tail(e.pm_err_log_path), out: tail(e.pm_out_log_path),
        }));
    });
    end();
}));
socket.connect("unix://" + home + "/rpc.sock");
