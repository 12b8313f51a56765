// Opens the live page of `labctl watch` and says what is to be seen while somebody else breaks a server and ends labctl.
//
//   node watch.mjs FOLDER URL HOST OTHER DOMAIN
//
// HOST is the server that will be broken, OTHER the one that takes over, DOMAIN their site. After each part a file is
// made in FOLDER (`ready`, `calm`, `whole`, `lost`): the cue for whoever builds and breaks things. Prints one JSON object.
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { open, picture, stops, violations, withBrowser } from "./look.mjs";

const [folder, url, host, other, domain] = process.argv.slice(2);
const PATIENCE = 400_000;
await mkdir(folder, { recursive: true });

/** What the page says just now. */
const read = (page) => page.evaluate(([domain]) => {
  const row = (host) => {
    const row = document.querySelector(`.server[data-site="${domain}"][data-host="${host}"]`);
    return {
      total: Number(row?.querySelector("[data-total]").textContent), now: Number(row?.querySelector("[data-now]").textContent),
      is: row?.dataset.is, how: row?.querySelector(".who span").textContent,
    };
  };
  const node = (name) => [...document.querySelectorAll(".lab g[id^=n]")]
    .map((group) => ({ silent: group.dataset.silent === "yes", title: group.querySelector(".title").textContent }))
    .find(({ title }) => title.endsWith(` ${name}`));
  const hosts = [...document.querySelectorAll(`.server[data-site="${domain}"]`)].map((row) => row.dataset.host);
  const text = (id) => document.getElementById(id).hidden ? null : document.getElementById(id).innerText;
  return {
    rows: Object.fromEntries(hosts.map((host) => [host, row(host)])),
    nodes: Object.fromEntries(hosts.map((host) => [host, node(host)])),
    counts: Object.fromEntries([...document.querySelectorAll("article.site")].map((site) => [
      site.querySelector("h3").firstChild.textContent,
      Object.fromEntries([...site.querySelectorAll("dd")].map((dd) => [dd.dataset.count, Number(dd.textContent.replace(/\D/g, ""))])),
    ])),
    news: text("news"), lost: text("lost"), link: text("link"), run: text("run"), look: text("look"), said: text("said"), trouble: text("trouble"),
    dots: document.querySelectorAll(".dot").length,
  };
}, [domain]);

const seen = await withBrowser("light", async (context) => {
  const { page, seen } = await open(context, url);
  let reloads = false;
  const until = async (what, holds) => {
    const end = Date.now() + PATIENCE;
    for (;;) {
      // A page that finds another labctl loads itself anew: what is read at that moment is read again.
      const now = await read(page).catch((error) => {
        if (!reloads || !/context was destroyed|navigation/.test(String(error))) throw error;
        return null;
      });
      if (now && holds(now)) return now;
      if (Date.now() > end) throw new Error(`not to be seen within ${PATIENCE / 1000} s: ${what}: ${JSON.stringify(now, null, 1)}`);
      await page.waitForTimeout(100);
    }
  };
  const shot = (name) => picture(page, join(folder, `${name}.png`), { fullPage: true });
  const told = { against: {} };
  const judge = async (name) => {
    told.against[name] = await violations(page);
    await shot(name);
  };

  await until("the page knows the lab", (now) => now.link !== null && now.rows[host]);
  told.unmade = await until("the machines are not there yet", (now) => now.trouble !== null);
  await judge("unmade");
  await writeFile(join(folder, "ready.cue"), "");
  told.up = await until("the run is seen at work", ({ news, run }) => news?.includes("labctl up") && /● (changed|running)/.test(run));
  await shot("up");
  told.built = await until("the run is over", ({ run }) => /labctl up.*finished after/.test(run));
  await until("the site answers", ({ rows }) => rows[host].total > 0 && rows[other].total > 0);
  const before = await read(page);
  told.calm = await until("both servers answer, and the machines were looked at", ({ rows, nodes }) =>
    [host, other].every((name) => rows[name].total > before.rows[name].total + 20 && rows[name].is === "good" && nodes[name].title.startsWith("✓")));
  await until("requests are seen on their way", (now) => now.dots > 0);
  told.stops = await stops(page);
  await judge("calm");

  await writeFile(join(folder, "calm.cue"), "");
  told.broken = await until("the drill is told", (now) => now.news?.includes(`on ${host}`));
  told.down = await until("the server is marked", ({ rows, nodes }) =>
    rows[host].is === "bad" && nodes[host].silent && nodes[host].title.startsWith("✗"));
  await judge("down");
  told.moved = await until("the other one answers everything", ({ rows }) =>
    rows[other].total > told.down.rows[other].total + 30 && rows[other].now > told.calm.rows[other].now * 1.5);
  await shot("moved");
  told.back = await until("the server answers again", ({ rows, nodes }) => rows[host].is === "good" && !nodes[host].silent);
  told.over = await until("the verdict", ({ news, nodes }) => /\d+ sent, \d+ lost/.test(news ?? "") && nodes[host].title.startsWith("✓"));
  told.shared = await until("both share the work", ({ rows }) => rows[host].total > told.back.rows[host].total + 20);
  await page.emulateMedia({ colorScheme: "dark" });
  await judge("over");

  await page.emulateMedia({ colorScheme: "dark", reducedMotion: "reduce" });
  await page.waitForTimeout(500);
  const still = await read(page);
  told.still = await until("numbers go on without motion", ({ rows }) => rows[host].total > still.rows[host].total + 10);
  await page.emulateMedia({ colorScheme: "light", reducedMotion: "no-preference" });

  // What the browser itself says of a server that is gone is no complaint of the page.
  told.complaints = [...seen.complaints];
  await writeFile(join(folder, "whole.cue"), "");
  told.lost = await until("the page says that it hears nothing", (now) => now.lost !== null);
  await judge("lost");
  reloads = true;
  await writeFile(join(folder, "lost.cue"), "");
  told.again = await until("the page comes back by itself", ({ lost, rows }) => lost === null && rows[host]?.total > 0);
  return { ...told, outside: seen.outside };
});
console.log(JSON.stringify(seen, null, 1));
