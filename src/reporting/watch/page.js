// Shows what labctl tells: first how everything is, then what changes. Nothing is ever sent back.
// Whatever comes from machines becomes text, never markup.
"use strict";

const STATES = { good: "✓", bad: "✗", unsure: "?", new: "●" };
const SVG = "http://www.w3.org/2000/svg";
const DOTS = 160; // at once
const SPEED = 900; // units of the picture a second
const QUIET_RUN = 180; // seconds without a word of a run that has no end

const words = JSON.parse(document.getElementById("words").textContent); // in the language of the page
const t = (key, ...values) => words[key].replace(/\{(\d)\}/g, (_, n) => String(values[n]));
const at = (id) => document.getElementById(id);

/** A new element; strings among its children become text. */
function make(tag, attributes = {}, ...children) {
  const element = ["path", "line", "svg", "circle", "g"].includes(tag)
    ? document.createElementNS(SVG, tag)
    : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** Sets a text only if it changed: what did not change is not laid out again. */
function text(element, words) {
  if (element.textContent !== words) element.textContent = words;
}
function mark(element, name, value) {
  if (value === null) element.removeAttribute(name);
  else if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}
const LANGUAGE = document.documentElement.lang;
const clock = (ms) => new Date(ms).toLocaleTimeString(LANGUAGE, { hourCycle: "h23" });
const tenths = (n) => n.toLocaleString(LANGUAGE, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
/** The word for an outcome. */
const outcome = (word) => words.outcomes[word] ?? word;
const signed = (state, word) => `${STATES[state]} ${word}`;

// ---- what is said aloud: changes only, together, at most every three seconds

let unannounced = [];
function say(words) {
  if (!unannounced.includes(words)) unannounced.push(words);
}
setInterval(() => {
  if (unannounced.length === 0) return;
  at("said").textContent = unannounced.slice(-6).join("; ");
  unannounced = [];
}, 3000);

// ---- the picture

let hello = null;
let sites = [];
let nodes = []; // for each node: how the last look found it
const silentHosts = new Set();
const ways = new Map();

/** The points of an edge from left to right. */
function points(edge) {
  const line = document.querySelector(`#e${edge} .line`);
  if (!line) return [];
  const length = line.getTotalLength();
  const steps = Math.max(2, Math.ceil(length / 8));
  return Array.from({ length: steps + 1 }, (_, n) => {
    const { x, y } = line.getPointAtLength((length * n) / steps);
    return [x, y];
  });
}

/** The way of a request: to its upstream, and to every server that was tried; back again from all but the last. */
function way(site, via) {
  const key = `${site} ${via}`;
  if (ways.has(key)) return ways.get(key);
  const { trunk, ends } = hello.routes[site];
  const all = trunk.flatMap(points);
  via.forEach((server, n) => {
    const there = points(ends[server].edge);
    all.push(...there);
    if (n < via.length - 1) all.push(...there.reverse());
  });
  const sums = [0];
  for (let n = 1; n < all.length; n++) {
    sums.push(sums[n - 1] + Math.hypot(all[n][0] - all[n - 1][0], all[n][1] - all[n - 1][1]));
  }
  const made = { points: all, sums, length: sums[sums.length - 1] ?? 0 };
  if (ways.size > 4000) ways.clear();
  ways.set(key, made);
  return made;
}

const calm = matchMedia("(prefers-reduced-motion: reduce)");
let still = calm.matches;
const hold = () => {
  at("still").setAttribute("aria-pressed", String(still));
  if (still) {
    dots.splice(0).forEach((dot) => dot.element.remove());
  }
};
const dots = [];
let waitingDots = 0;
let moving = false;

function travel(site, via, end) {
  const path = way(site, via);
  if (path.points.length < 2) return;
  const last = via[via.length - 1];
  const color = end === "lost" || last === undefined ? "cx" : `c${hello.routes[site].ends[last].color}`;
  const element = make("circle", { class: `dot ${color} ${end}`, cx: 0, cy: 0 });
  const node = last === undefined ? null : hello.routes[site].ends[last].node;
  dots.push({ path, element, end, node, begun: performance.now(), at: 1 });
  at("moving").append(element);
  if (!moving) {
    moving = true;
    requestAnimationFrame(move);
  }
}

function move(now) {
  for (let n = dots.length - 1; n >= 0; n--) {
    const dot = dots[n];
    const { points, sums, length } = dot.path;
    const gone = ((now - dot.begun) / 1000) * (dot.end === "slow" ? SPEED / 2 : SPEED);
    if (gone >= length) {
      dot.element.remove();
      dots.splice(n, 1);
      arrive(dot, points[points.length - 1]);
      continue;
    }
    while (sums[dot.at] < gone) dot.at++;
    const [x1, y1] = points[dot.at - 1];
    const [x2, y2] = points[dot.at];
    const part = (gone - sums[dot.at - 1]) / (sums[dot.at] - sums[dot.at - 1] || 1);
    dot.element.setAttribute("transform", `translate(${x1 + (x2 - x1) * part} ${y1 + (y2 - y1) * part})`);
  }
  moving = dots.length > 0;
  if (moving) requestAnimationFrame(move);
}

function arrive(dot, [x, y]) {
  if (dot.end === "lost") {
    const cross = make("path", { class: "cross", d: "M-7 -7L7 7M-7 7L7 -7", transform: `translate(${x} ${y})` });
    at("moving").append(cross);
    setTimeout(() => cross.remove(), 1200);
  } else if (dot.node !== null) {
    const inner = at(`n${dot.node}`)?.firstElementChild;
    inner?.classList.add("answering");
    setTimeout(() => inner?.classList.remove("answering"), 120);
  }
}

/** Lets what came since the last tick travel, spread over the time until the next one. */
function flowing(tick) {
  if (still || document.hidden) return;
  tick.sites.forEach((site, n) => {
    for (const [via, end, count] of site.paths) {
      for (let each = 0; each < count && dots.length + waitingDots < DOTS; each++) {
        waitingDots++;
        setTimeout(() => {
          waitingDots--;
          if (!still) travel(n, via, end);
        }, Math.random() * 250);
      }
    }
  });
}

/** Every node by what the last look found, and by who falls silent just now. */
function paint() {
  hello.nodes.forEach((title, n) => {
    const group = at(`n${n}`);
    const inner = group?.firstElementChild;
    if (!inner) return;
    const silent = hello.routes.some((route) =>
      route.ends.some((end) => end.node === n && silentHosts.has(end.host)));
    const state = silent ? "bad" : nodes[n]?.state ?? (inner.classList.contains("plain") ? "plain" : "unsure");
    const answering = inner.classList.contains("answering") ? " answering" : "";
    mark(inner, "class", state + answering);
    mark(group, "data-silent", silent ? "yes" : null);
    text(inner.querySelector(".title"), state === "plain" ? title : signed(state, title));
    const why = silent ? t("announceSilent", title) : nodes[n]?.why;
    text(inner.querySelector("title"), why ? `${title}: ${why}` : title);
  });
  for (const { ends } of hello.routes) {
    for (const end of ends) at(`e${end.edge}`)?.classList.toggle("off", silentHosts.has(end.host));
  }
}

// ---- the numbers

function card(route, index) {
  const number = (key) => {
    const dd = make("dd", {}, "0");
    return [dd, make("div", {}, make("dt", {}, t(key)), dd)];
  };
  const counts = {};
  const list = make("dl", { class: "counts" });
  for (const key of ["sent", "answered", "requestsLost", "slow", "waiting"]) {
    const [dd, row] = number(key);
    counts[key] = dd;
    dd.dataset.count = key;
    list.append(row);
  }
  const servers = route.ends.map((end, n) => {
    const name = make("b", {}, end.host);
    const how = make("span", {}, t("notyet"));
    const bars = make("path", { class: `c${end.color}` });
    const gone = make("path", { class: "gone" });
    const marks = make("g", { class: "marks" });
    const curve = make("svg", { class: "curve", viewBox: "0 0 60 20", preserveAspectRatio: "none", role: "img" }, bars, gone, marks);
    const now = make("b", {}, "0");
    const share = make("span", {}, "");
    const total = make("b", {}, "0");
    const row = make("li", { class: "server", "data-host": end.host, "data-site": route.domain },
      make("div", { class: "who" }, name, how), curve,
      make("div", { class: "now" }, now, t("persec"), " ", share),
      make("div", { class: "all" }, total, " ", t("all")));
    total.dataset.total = "";
    now.dataset.now = "";
    return { host: end.host, n, name, how, bars, gone, marks, curve, now, share, total, row, silences: new Set(), silent: false };
  });
  const why = make("p", { class: "hint" });
  const element = make("article", { class: route.ends.length > 8 ? "site many" : "site", "aria-labelledby": `site${index}` },
    make("h3", { id: `site${index}` }, route.domain, " ", make("small", {}, route.balance)),
    list, make("ul", { class: "servers" }, ...servers.map((server) => server.row)), why);
  return { element, counts, servers, why, seconds: new Map(), lost: 0 };
}

function keep(site, seconds, now) {
  for (const [second, counts] of seconds) site.seconds.set(second, counts);
  for (const old of site.seconds.keys()) if (old < now - hello.minute - 5) site.seconds.delete(old);
}

function flow(tick) {
  tick.sites.forEach((news, n) => {
    const site = sites[n];
    if (!site) return;
    keep(site, news.seconds, tick.second);
    const { counts } = site;
    text(counts.sent, String(news.sent));
    text(counts.answered, String(news.good));
    text(counts.requestsLost, news.lost === 0 ? "✓ 0" : `✗ ${news.lost}`);
    mark(counts.requestsLost, "data-state", news.lost === 0 ? "good" : "bad");
    text(counts.slow, String(news.slow));
    mark(counts.slow, "data-state", news.slow === 0 ? null : "unsure");
    text(counts.waiting, String(news.stalled));
    mark(counts.waiting, "data-state", news.stalled === 0 ? null : "unsure");
    const reasons = news.why.map(([why, count]) => `${why} (${count})`);
    const remarks = reasons.length > 0 ? [t("why", reasons.slice(0, 5).join("; "))] : [];
    if (news.unnamed > 0) remarks.push(`${news.unnamed} ${t("unnamed")}`);
    if (site.servers.some((row) => row.marks.childElementCount > 0)) remarks.push(t("marks"));
    text(site.why, remarks.map((remark) => `${remark}.`).join(" "));
    if (news.lost > site.lost && site.seen) say(t("announceLost", hello.routes[n].domain));
    [site.lost, site.seen] = [news.lost, true];
    news.servers.forEach((server, place) => serve(site.servers[place], server, site, tick.second));
    if (site.drawn !== tick.second) {
      site.drawn = tick.second;
      draw(site, tick.second);
    }
  });
  const now = new Set(sites.flatMap((site) => site.servers.filter((one) => one.silent).map((one) => one.host)));
  const changed = now.size !== silentHosts.size || [...now].some((host) => !silentHosts.has(host));
  if (changed) {
    for (const host of now) if (!silentHosts.has(host)) say(t("announceSilent", host));
    for (const host of silentHosts) if (!now.has(host)) say(t("announceBack", host));
    silentHosts.clear();
    now.forEach((host) => silentHosts.add(host));
    paint();
  }
}

function serve(row, news, site, second) {
  row.silent = news.silent !== null;
  for (let back = 0; row.silent && back <= Math.min(news.silent, hello.minute); back++) row.silences.add(second - back);
  text(row.total, String(news.total));
  const [state, how] = row.silent
    ? ["bad", t("silent", news.silent)]
    : news.total > 0 ? ["good", t("yes")] : ["unsure", t("notyet")];
  const passed = news.passed > 0 ? `, ${t("passed", news.passed)}` : "";
  text(row.how, signed(state, how) + passed);
  mark(row.how, "data-state", state);
  mark(row.row, "data-is", state);
}

function draw(site, second) {
  const column = (n) => site.seconds.get(second - hello.minute + n);
  const columns = Array.from({ length: hello.minute }, (_, n) => column(n));
  // So high that a server has room to take over for one other.
  const room = Math.min(hello.rate, (2 * hello.rate) / site.servers.length);
  const most = Math.max(1, room, ...columns.flatMap((counts) => counts?.slice(0, site.servers.length) ?? [])) * 1.05;
  const recent = columns.slice(-4);
  const all = recent.reduce((sum, counts) => sum + (counts?.slice(0, -1).reduce((a, b) => a + b, 0) ?? 0), 0);
  for (const row of site.servers) {
    let [bars, gone] = ["", ""];
    columns.forEach((counts, n) => {
      const height = ((counts?.[row.n] ?? 0) / most) * 20;
      if (height > 0) bars += `M${n + 0.1} 20V${(20 - height).toFixed(2)}H${n + 0.9}V20Z`;
      else if (row.silences.has(second - hello.minute + n)) gone += `M${n} 20V17.5H${n + 1}V20Z`;
    });
    for (const old of row.silences) if (old < second - hello.minute) row.silences.delete(old);
    mark(row.bars, "d", bars);
    mark(row.gone, "d", gone);
    const own = recent.reduce((sum, counts) => sum + (counts?.[row.n] ?? 0), 0);
    const rate = (own / recent.length).toFixed(own >= 10 * recent.length ? 0 : 1).replace(/\.0$/, "");
    text(row.now, rate);
    text(row.share, all > 0 ? `${Math.round((own / all) * 100)} %` : "");
    mark(row.curve, "aria-label", t("curve", row.host, rate));
    row.marks.replaceChildren(...turns(row.host, second).map((x) => make("line", { class: "mark", x1: x, x2: x, y1: 0, y2: 20 })));
  }
}

// ---- the run

let run = null;
let runHeard = 0; // when there was last news of it
let runFirst = true;

/** Where the turns of a drill on this host stand in its curve. */
function turns(host, second) {
  if (!run?.drill || run.drill.host !== host) return [];
  return run.drill.turns
    .filter(({ turn }) => ["broken", "left_out", "back"].includes(turn))
    .map(({ at_ms }) => hello.minute - (Date.now() - (run.started * 1000 + at_ms)) / 1000)
    .filter((x) => x > 0 && x < hello.minute);
}

const command = () => `labctl ${run.verb || (run.mode === "check" ? "check" : "up")}`;
const quiet = () => run.end === null && (Date.now() - runHeard) / 1000 > QUIET_RUN;

function runNews(news) {
  const before = run?.id === news.id ? run : null;
  run = news;
  runHeard = Date.now();
  if (!runFirst) {
    if (!before) say(t("announceBegan", command()));
    if (run.end && !before?.end) say(t("announceOver", command()));
    const known = before?.drill?.turns.length ?? 0;
    for (const { turn, text } of run.drill?.turns.slice(known) ?? []) if (turn !== "note") say(text);
  }
  runFirst = false;
  runShow();
}

const RUN = { ok: "good", changed: "new", failed: "bad", skipped: "unsure", unknown: "unsure", unreachable: "bad" };

/** Whether a host has a part in a step, as the last look tells; before it, only what has begun is known. */
const part = (step, host) =>
  look?.cells.some((cell) => cell.step === step && cell.host === host) ?? false;

/** The steps that somebody is not through with. */
const open = () => run.steps.filter((step, s) => run.hosts.some((host, h) => {
  const cell = run.cells[s][h];
  return !cell.through && (cell.tasks > 0 || part(step, host));
}));

function runCell(cells, step, host) {
  const cell = cells[step][host];
  const name = run.hosts[host];
  const next = !run.end && !quiet() && part(run.steps[step], name)
    && cells.findIndex((row, n) => !row[host].through && part(run.steps[n], name)) === step;
  if (!cell.through && (cell.tasks > 0 || next)) {
    return cell.word === "failed" ? ["bad", outcome("failed")] : ["new", cell.tasks > 0 ? `${t("work")}: ${cell.tasks}` : "…"];
  }
  if (!cell.word) return null;
  return [RUN[cell.word] ?? "unsure", outcome(run.mode === "check" && cell.word === "changed" ? "would change" : cell.word)];
}

function runShow() {
  const key = quiet() ? "runQuiet" : run.end === null ? "runOn" : run.end.interrupted ? "runBroken" : "runOver";
  const took = run.end ? tenths(run.end.took_ms / 1000) : "";
  text(at("run-what"), t(key, command(), clock(run.started * 1000), took));
  const more = [];
  if (run.steps.length > 0) {
    const lookup = (step, host) => runCell(run.cells, run.steps.indexOf(step), run.hosts.indexOf(host));
    more.push(grid(t("steps"), run.hosts, run.steps, lookup));
  }
  const lines = run.unreachable.map(([host, why]) => `${host}: ${t("unreachable", why)}`)
    .concat(run.failed.map((each) => `${each.step}, ${each.host}: ${each.task}: ${each.why}`));
  if (lines.length > 0) {
    more.push(make("ul", { class: "open" }, ...lines.map((line) => make("li", { "data-state": "bad" }, signed("bad", line)))));
  }
  if (run.drilled.length > 0) more.push(make("ul", { class: "open" }, ...run.drilled.map((each) => make("li", {}, measured(each)))));
  at("run-more").replaceChildren(...more);
  newsShow();
}

const measured = (each) =>
  t("verdict", each.mode, each.host, each.sent, each.lost, each.max_ms, each.verdict);

/** What everybody should look at: a run or a drill that is under way, or was over a moment ago. */
function newsShow() {
  const ended = run?.end ? run.started * 1000 + run.end.took_ms : null;
  const fresh = run && !quiet() && (ended === null || Date.now() - ended < 60000);
  at("news").hidden = !fresh || (run.drill === null && ended !== null);
  if (at("news").hidden) return;
  const { drill } = run;
  if (drill === null) {
    text(at("h-news"), t("upOn", command()));
    const [step] = open();
    text(at("news-what"), step ? t("upStep", step) : "");
    at("news-turns").replaceChildren();
    mark(at("news"), "data-state", null);
    return;
  }
  text(at("h-news"), t("drill", drill.mode, drill.host));
  const had = (turn) => drill.turns.some((news) => news.turn === turn);
  const result = run.drilled.findLast((each) => each.mode === drill.mode && each.host === drill.host);
  let [state, what] = [null, t("drillWhat", drill.rate, drill.site, drill.seconds)];
  if (drill.failed !== null) [state, what] = ["bad", t("drillFailed", drill.failed)];
  else if (drill.over && result) [state, what] = [result.lost === 0 ? "good" : "bad", measured(result)];
  else if (had("back")) [state, what] = ["good", t("drillBack", drill.host)];
  else if (had("broken")) [state, what] = ["bad", t("drillDown", drill.host, drill.mode)];
  mark(at("news"), "data-state", state);
  text(at("news-what"), what);
  const line = ({ at_ms, text }) => make("li", {}, make("b", {}, `${tenths(at_ms / 1000)} s`), text);
  at("news-turns").replaceChildren(...drill.turns.slice(-8).map(line));
}

// ---- the machines

let look = null;
let wait = "";

const LOOK = { ok: "good", "would change": "unsure", failed: "bad", skipped: "unsure", unknown: "unsure", unreachable: "bad" };

/** A table that a keyboard can scroll; `cell` gives a state and a word, or nothing. */
function grid(caption, hosts, steps, cell) {
  const head = make("tr", {}, make("th", { scope: "col" }, t("host")), ...steps.map((step) => make("th", { scope: "col" }, step)));
  const rows = hosts.map((host) => make("tr", {}, make("th", { scope: "row" }, host), ...steps.map((step) => {
    const found = cell(step, host);
    return found ? make("td", { "data-state": found[0] }, signed(found[0], found[1])) : make("td", { class: "empty" }, "");
  })));
  return scroll(caption, make("thead", {}, head), rows);
}

function scroll(caption, head, rows) {
  const table = make("table", {}, make("caption", { class: "unseen" }, caption), head, make("tbody", {}, ...rows));
  return make("div", { class: "scroll", role: "region", "aria-label": caption, tabindex: 0 }, table);
}

function lookNews(news) {
  look = news;
  nodes = news.nodes;
  const cells = new Map(news.cells.map((cell) => [`${cell.step} ${cell.host}`, cell]));
  const found = (step, host) => {
    const cell = cells.get(`${step} ${host}`);
    return cell ? [LOOK[cell.word] ?? "unsure", outcome(cell.word)] : null;
  };
  const waits = news.cells.filter((cell) => cell.open).map((cell) =>
    make("li", { "data-state": LOOK[cell.word] }, signed(LOOK[cell.word] ?? "unsure", `${cell.step}, ${cell.host}: ${outcome(cell.word)}: ${cell.open}`)));
  const served = news.served.map(({ state, what, why }) => {
    return make("li", { "data-state": state }, signed(state, `${what}: ${why}`));
  });
  const heads = ["machine", "memory", "disk", "uload", "up", "clock"].map((key) => make("th", { scope: "col" }, t(key)));
  const machines = news.machines.map(({ host, unreachable, says }) => make("tr", {}, make("th", { scope: "row" }, host),
    ...(unreachable
      ? [make("td", { colspan: 5, class: "long", "data-state": "bad" }, signed("bad", [t("unreachable", unreachable[0]), ...unreachable[1]].join("; ")))]
      : says.map((said) => make("td", {}, said)))));
  // Where the reader has scrolled to, and the focus, stay.
  const focused = document.activeElement?.getAttribute("aria-label");
  at("look-more").replaceChildren(
    grid(t("health"), news.hosts, news.steps, found),
    make("ul", { class: "open" }, ...waits),
    make("ul", { class: "served" }, ...served),
    scroll(t("facts"), make("thead", {}, make("tr", {}, ...heads)), machines));
  if (focused) for (const each of at("look-more").children) if (each.getAttribute("aria-label") === focused) each.focus();
  paint();
  ages();
}

function trouble(news) {
  const element = at("trouble");
  if (news && element.hidden) say(t("trouble", news));
  element.hidden = !news;
  text(element, news ? t("trouble", news) : "");
}

/** What grows with time alone. */
function ages() {
  const seen = look ? t("looked", Math.max(0, Math.round((Date.now() - look.at) / 1000)), hello.every) : t("nolook");
  const waits = wait === "" ? "" : wait === "run" ? t("heldRun") : t("held", wait);
  text(at("look-what"), waits ? `${seen}. ${waits}.` : `${seen}.`);
  if (!run) text(at("run-what"), t("norun"));
  else {
    newsShow();
    if (quiet() && !run.news) {
      run.news = true;
      runShow();
    }
  }
}

// ---- the beginning, and the connection

function greet(news) {
  if (news.watch !== document.querySelector("main").dataset.watch) {
    // labctl was started anew, perhaps for another lab.
    location.reload();
    return;
  }
  hello = news;
  const hosts = [...new Set(news.routes.flatMap((route) => route.ends.map((end) => end.host)))];
  for (const route of news.routes) for (const end of route.ends) end.color = hosts.indexOf(end.host) % 6;
  sites = news.routes.map(card);
  at("sites").replaceChildren(...sites.map((site) => site.element));
  text(at("load"), news.rate > 0 ? t("load", news.rate) : t("noload"));
  text(at("stage-hint"), news.rate > 0 ? t("dots") : t("noload"));
  const picture = document.querySelector(".picture svg").viewBox.baseVal;
  document.querySelector("main").classList.toggle("tall", picture.height > picture.width * 0.6);
  silentHosts.clear();
  runFirst = true;
  paint();
  ages();
}

function past(news) {
  news.sites.forEach((seconds, n) => {
    if (!sites[n]) return;
    sites[n].seconds = new Map(seconds);
  });
  flow(news.tick);
}

const HEAR = {
  hello: greet,
  past,
  flow: (news) => {
    flow(news);
    flowing(news);
  },
  run: runNews,
  look: lookNews,
  wait: (news) => {
    wait = news;
    ages();
  },
  trouble,
};

let heard = 0; // when anything was last heard
let connected = null;
let source = null;

function connection(good) {
  if (good === connected) return;
  mark(at("link"), "data-state", good ? "good" : "bad");
  text(at("link"), t(good ? "live" : "gone"));
  at("lost").hidden = good;
  if (!good) text(at("lost"), t("lost", clock(heard || Date.now())));
  if (connected !== null) say(t(good ? "announceHere" : "announceGone"));
  connected = good;
}

function listen() {
  source?.close();
  source = new EventSource("/events");
  for (const [name, hear] of Object.entries(HEAR)) {
    source.addEventListener(name, (event) => {
      heard = Date.now();
      if (name !== "hello" && !hello) return;
      hear(JSON.parse(event.data));
      connection(true);
    });
  }
  source.addEventListener("error", () => connection(false));
}

at("still").addEventListener("click", () => {
  still = !still;
  hold();
});
calm.addEventListener("change", () => {
  still = calm.matches;
  hold();
});
hold();
setInterval(() => {
  // The flow is news of four times a second, also where nothing flows.
  if (heard > 0 && Date.now() - heard > 5000) connection(false);
  // After an answer that is not a stream, a browser gives up.
  if (source.readyState === EventSource.CLOSED) listen();
  if (hello) ages();
}, 1000);
listen();
