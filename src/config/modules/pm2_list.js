// LIBRARY HOME NAME CONFIG, after pm2_monitor.js: prints a line for each entry of that pm2, of parts with a tab between them:
// its number, its process (0: none), what it is to NAME, its logs (output, errors), its name. What it is: `same` name; `twin`,
// which runs what CONFIG says of NAME under another name; `here`, in the folder of NAME; `other`.
const [library, home, name, config] = process.argv.slice(1), path = require("path");
const line = (script, args) => [path.basename(String(script))].concat(args || []).join(" ");
const plain = text => String(text === undefined ? "" : text).replace(/[\x00-\x1f\x7f]/g, "?") || "-";
let apps = [];
try { apps = require(config).apps; } catch (_) {} // another user's pm2 cannot read it
const app = apps.find(a => a.name === name) || {};
const inside = place => app.cwd && (String(place) + "/").startsWith(app.cwd.replace(/\/*$/, "/"));
const kind = p => {
    const e = p.pm2_env, env = e.env || {};
    // `pm2 serve FOLDER` runs where it was typed, and tells its own program what it serves.
    const served = e.PM2_SERVE_PATH || env.PM2_SERVE_PATH;
    if (p.name === name) return "same";
    if (apps.some(a => a.name === p.name)) return "other"; // another instance, with a port of its own
    if (e.pm_cwd === app.cwd && line(e.pm_exec_path, e.args).endsWith(line(app.script, app.args))) return "twin";
    return inside(served === undefined ? e.pm_cwd : path.resolve(e.pm_cwd, served)) ? "here" : "other";
};
ask(library, home, list => list.forEach(p =>
    console.log([p.pm_id, p.pid || 0, kind(p), p.pm2_env.pm_out_log_path, p.pm2_env.pm_err_log_path, p.name].map(plain).join("\t"))));
