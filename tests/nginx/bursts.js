// The two ends of a burst, in one file: `servers N` are N applications of Node's own defaults; `visitors SITES ROUNDS` come to
// each site 16 at once, again and again, just when Node closes the connections of the last time. Prints what became of them.
const http = require("http"), net = require("net");
const [role, count, rounds] = [process.argv[2], Number(process.argv[3]), Number(process.argv[4])];

function serve() {
    for (let n = 1; n <= count; n++) http.createServer((_, answer) => answer.end("page")).listen(3000, "127.0.1." + n);
}

// After how many milliseconds this Node really closes a connection that nobody uses: 5000 or 6000, by its version.
const patience = () => new Promise(done => {
    const server = http.createServer((_, answer) => answer.end("page")).listen(0, "127.0.0.1", () => {
        const client = net.connect(server.address().port, "127.0.0.1", () => client.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
        let answered;
        client.once("data", () => { answered = Date.now(); });
        client.on("end", () => { client.destroy(); server.close(); done(Date.now() - answered); });
    });
});
const later = ms => new Promise(done => setTimeout(done, ms));

async function visit() {
    const every = await patience();
    const seen = { every, sent: 0, lost: 0, slow: 0, moved: 0, by: {} };
    const ask = site => new Promise(done => {
        const began = Date.now();
        const ended = what => {
            if (what) { seen.lost++; seen.by[what] = (seen.by[what] || 0) + 1; }
            if (Date.now() - began > 3500) seen.slow++;
            done();
        };
        seen.sent++;
        // As a browser does: it wants to keep its connection.
        const headers = { Host: `s${site}.lab`, Connection: "keep-alive" };
        http.get({ host: "127.0.0.1", port: 80, agent: false, headers }, answer => {
            if ((answer.headers["x-upstream"] || "").includes(",")) seen.moved++;
            answer.resume().on("end", () => ended(answer.statusCode === 200 ? "" : answer.statusCode));
        }).on("error", error => ended(error.code));
    });
    const site = async n => {
        for (let round = 0; round < rounds; round++) {
            // A little earlier at one site, a little later at another.
            const next = Date.now() + every + (n - count / 2) * 2;
            await Promise.all(Array.from({ length: 16 }, () => later(Math.random() * 20).then(() => ask(n))));
            await later(next - Date.now());
        }
    };
    await Promise.all(Array.from({ length: count }, (_, n) => site(n + 1)));
    console.log(JSON.stringify(seen));
}

if (role === "servers") serve(); else visit();
