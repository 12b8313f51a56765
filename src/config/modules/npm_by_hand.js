// DIR LOCK_FILE: ends with 0 if every package that the lock file asks for on this machine is in DIR at exactly its version.
// Node.js 10 and later.
const fs = require("fs"), path = require("path");
const [dir, lockFile] = process.argv.slice(1);
const read = file => JSON.parse(fs.readFileSync(file, "utf8"));
const there = (at, wanted) => {
    let found;
    try { found = read(path.join(dir, at, "package.json")).version; } catch (_) { return wanted.optional; }
    return wanted.link || found === wanted.version;
};
const old = (packages, at) => Object.entries(packages || {}).every(([name, wanted]) =>
    there(at + "node_modules/" + name, wanted) && old(wanted.dependencies, at + "node_modules/" + name + "/"));
const lock = read(lockFile);
const right = lock.packages
    ? Object.entries(lock.packages).every(([at, wanted]) => at === "" || there(at, wanted))
    : old(lock.dependencies, "");
process.exit(right ? 0 : 1);
