// LIBRARY HOME NAME CONFIG FOLDER, after pm2_monitor.js: prints a line for each entry of that pm2, of parts with a tab between them:
// its number, its process (0: none), what has its port (`process`, or `daemon` where pm2 itself listens for it: cluster mode), what
// it is to NAME, its logs (output, errors), what it runs or serves, its name. What it is: `same` name; `twin`, which runs what
// CONFIG says of NAME under another name; `here`, in the folder of NAME (FOLDER, where nobody has written CONFIG yet); `other`.
const [library, home, name, config, folder] = process.argv.slice(1), path = require("path");
const line = (script, args) => [path.basename(String(script))].concat(args || []).join(" ");
const plain = text => String(text === undefined ? "" : text).replace(/[\x00-\x1f\x7f]/g, "?") || "-";
let apps = [];
try { apps = require(config).apps; } catch (_) {} // another user's pm2 cannot read it
const own = apps.find(a => a.name === name), app = own || { cwd: folder };
const inside = place => app.cwd && (String(place) + "/").startsWith(app.cwd.replace(/\/*$/, "/"));
// `pm2 serve FOLDER` runs where it was typed, and tells its own program what it serves.
const place = ({ pm_cwd, env, PM2_SERVE_PATH }) => {
    const served = PM2_SERVE_PATH || (env || {}).PM2_SERVE_PATH;
    return served === undefined ? pm_cwd : path.resolve(pm_cwd, served);
};
const kind = p => {
    const e = p.pm2_env;
    if (p.name === name) return "same";
    // Another instance, with a port of its own. Where CONFIG does not know NAME yet, it is of an earlier inventory, and so is p.
    if (own && apps.some(a => a.name === p.name)) return "other";
    if (e.pm_cwd === app.cwd && line(e.pm_exec_path, e.args).endsWith(line(app.script, app.args))) return "twin";
    return inside(place(e)) ? "here" : "other";
};
const listens = e => e.exec_mode === "cluster_mode" ? "daemon" : "process";
ask(library, home, list => list.forEach(({ pm_id, pid, name, pm2_env: e }) =>
    console.log([pm_id, pid || 0, listens(e), kind({ name, pm2_env: e }), e.pm_out_log_path, e.pm_err_log_path, place(e), name].map(plain).join("\t"))));
