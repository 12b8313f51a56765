// CONFIG NAME, and `pm2 jlist` on standard input: prints number and name of each entry under another name that runs what
// CONFIG says of NAME. Node.js 10 and later.
const [file, name] = process.argv.slice(1);
const base = p => String(p).split("/").pop();
const line = (script, args) => [base(script)].concat(args || []).join(" ");
const app = require(file).apps.find(a => a.name === name);
const text = require("fs").readFileSync(0, "utf8");
for (const p of JSON.parse(text.slice(text.search(/^\[(\{|\])/m))))
    if (p.name !== name && p.pm2_env.pm_cwd === app.cwd &&
        line(p.pm2_env.pm_exec_path, p.pm2_env.args).endsWith(line(app.script, app.args)))
        console.log(p.pm_id, p.name);
