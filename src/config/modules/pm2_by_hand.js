// CONFIG NAME PID DUMP: ends with 0 if the process PID and the saved list DUMP are what CONFIG says of the application NAME.
// Node.js 10 and later.
const fs = require("fs"), path = require("path");
const [config, name, pid, dump] = process.argv.slice(1);
const app = require(config).apps.find(a => a.name === name);
const env = new Set(fs.readFileSync(`/proc/${pid}/environ`, "utf8").split("\0"));
const saved = JSON.parse(fs.readFileSync(dump, "utf8")).filter(p => p.name === name);
const list = words => JSON.stringify([].concat(words || []).map(String));
const entry = saved[0] && (saved[0].pm2_env || saved[0]);
process.exit(saved.length === 1 && fs.readlinkSync(`/proc/${pid}/cwd`) === fs.realpathSync(app.cwd)
    && Object.entries(app.env || {}).every(([k, v]) => v === undefined || env.has(`${k}=${v}`))
    && path.basename(entry.pm_exec_path) === path.basename(app.script)
    && list(entry.args) === list(app.args) ? 0 : 1);
