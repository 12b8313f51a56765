// DIR LOCK_FILE: what keeps npm from reading the two files of an application, as one line for each: `markers FILE LINE` (a merge that
// nobody has finished), `broken FILE MESSAGE` (no JSON), `format FILE NUMBER` (how its lock file is written). Node.js 10 and later.
const fs = require("fs"), path = require("path");
const [dir, lockFile] = process.argv.slice(1);
for (const file of [path.join(dir, "package.json"), lockFile].filter(Boolean)) {
    const text = fs.readFileSync(file, "utf8").replace(/^\uFEFF/, "");
    const marker = text.split("\n").findIndex(line => /^(<{7}|>{7})( |\r?$)/.test(line));
    if (marker >= 0) { console.log("markers", file, marker + 1); continue; }
    try {
        const version = JSON.parse(text).lockfileVersion;
        if (file === lockFile && version) console.log("format", file, version);
    } catch (error) { console.log("broken", file, error.message.split("\n")[0]); }
}
