// DIR WANTED PORTS: where the application in DIR says itself which port or address it takes, whatever its environment asks for.
// PORTS are those that it listens on (`4000 9229`), or `loopback`. Prints a line of parts with a tab between them, FILE LINE
// FROM TO PORT TEXT: in that line, FROM must become TO for it to take WANTED, or every address (PORT is 0). Nothing if it was not found.
// Node.js 10 and later.
const [dir, wanted, ports] = process.argv.slice(1), fs = require("fs"), path = require("path");
const read = file => { try { const s = fs.statSync(file); return s.isFile() && s.size < 300000 ? fs.readFileSync(file, "utf8") : ""; } catch (_) { return ""; } };
const host = "(?:localhost|127\\.0\\.0\\.1|\\[?::1\\]?)";
// What stands for a port or a host in each kind of place: before it, itself, after it. An address (`http://localhost:4000`) is none.
const shell = ports === "loopback"
    ? [["\\bHOST=[\"']?", host, "(?![\\w.:])"], ["--?(?:host|hostname|H)[= ]", host, "(?![\\w.:])"]]
    : [["\\bPORT=[\"']?", "PORTS", "(?!\\d)"], ["(?:--port[= ]|-[pl][= ]?)", "PORTS", "(?!\\d)"], ["\\bserve\\b.* ", "PORTS", "(?!\\d)"]];
const code = ports === "loopback"
    ? [["\\.listen\\(.*[\"'`]", host, "[\"'`]"], ["\\bhost(?:name)?\\b[^\\w:/]{0,3}(?:[:=]|\\|\\|)[^\\w/]{0,3}[\"'`]", host, "[\"'`]"]]
    : [["\\.listen\\(\\s*[\"']?", "PORTS", "(?!\\d)"], ["\\bport\\b.{0,30}?[^\\w:.]", "PORTS", "(?![\\d.])"], ["(?:^|[^\\w:.])", "PORTS", "(?![\\w.])"]];
const found = (file, rules, only) => {
    const lines = read(file).split("\n");
    for (const [before, itself, after] of rules)
        for (const port of itself === "PORTS" ? ports.split(" ").filter(Boolean) : [""]) {
            const rule = new RegExp(`(${before})(${port || itself})${after}`, "i");
            for (let n = 0; n < lines.length; n++) {
                const line = lines[n], hit = !/^\s*(\/\/|\*|#)/.test(line) && (!only || only(line)) && rule.exec(line);
                if (!hit) continue;
                const name = /[A-Za-z]+=["']?$/.exec(hit[1]); // `PORT=`, so that what is to be typed says what it means
                const [from, to] = [hit[2], port ? wanted : "0.0.0.0"].map(value => (name ? name[0] : "") + value);
                console.log([file, n + 1, from, to, Number(port) || 0, line.trim().slice(0, 160).replace(/[\x00-\x1f\x7f]/g, " ")].join("\t"));
                return true;
            }
        }
    return false;
};
// The start script, and the scripts that it calls.
const manifest = path.join(dir, "package.json");
let scripts = {};
try { scripts = JSON.parse(read(manifest)).scripts || {}; } catch (_) {}
const called = ["start"];
for (const name of called)
    for (const script of ["pre" + name, name])
        String(scripts[script] || "").replace(/\b(?:npm|yarn|pnpm)(?: run)? ([\w:.-]+)/g, (_, next) =>
            scripts[next] && !called.includes(next) && called.push(next));
const script = line => called.some(name => new RegExp(`^\\s*"(pre)?${name.replace(/[^\w]/g, "\\$&")}"\\s*:`).test(line));
const files = [];
const walk = (folder, depth) => {
    let names = [];
    try { names = fs.readdirSync(folder).sort(); } catch (_) {}
    for (const name of names) {
        const at = path.join(folder, name);
        if (files.length >= 1000 || /^(node_modules|build|dist|coverage|\..*)$/.test(name)) continue;
        if (/\.([cm]?js|jsx|tsx?)$/.test(name)) files.push(at);
        else if (depth < 5 && !/\./.test(name)) walk(at, depth + 1);
    }
};
const settings = [".env", ".env.local", ".env.development", ".env.development.local", ".env.production"].map(name => path.join(dir, name));
if (!found(manifest, shell, script) && !settings.some(file => found(file, shell.slice(0, 1)))) {
    walk(dir, 0);
    // The surest words first: `listen(4000` in any file before a mere 4000 in another.
    code.some(rule => files.some(file => found(file, [rule])));
}
