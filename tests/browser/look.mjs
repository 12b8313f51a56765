// Opens pages in headless Chromium, in light and in dark, and prints what it saw as one JSON array.
//
//   node look.mjs FOLDER PAGE...        PAGE: a file or a URL; screenshots go to FOLDER
//
// Each entry: page, scheme, title, complaints (console errors, errors of the page), outside (requests to anywhere else),
// violations (axe-core, contrast of colours included), stops (what the Tab key reaches), overflow (wider than the window).
import { readFile, mkdir, mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const AXE = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const FLAGS = [
  "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync",
];

/** Calls `act` with a browser that has a new, empty profile; both are gone afterwards. */
export async function withBrowser(scheme, act) {
  const profile = await mkdtemp(join(tmpdir(), "labctl-browser-"));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    headless: true,
    args: FLAGS,
    colorScheme: scheme,
    viewport: { width: 1280, height: 900 },
  });
  try {
    return await act(context);
  } finally {
    await context.close();
    await rm(profile, { recursive: true, force: true });
  }
}

/** Opens `url` in a new tab and listens: complaints of the page, and requests to anybody but the page's own server. */
export async function open(context, url) {
  const page = await context.newPage();
  const seen = { complaints: [], outside: [] };
  const own = new URL(url);
  page.on("console", (said) => ["error", "warning"].includes(said.type()) && seen.complaints.push(said.text()));
  page.on("pageerror", (error) => seen.complaints.push(String(error)));
  page.on("request", (request) => {
    const to = new URL(request.url());
    const inside = to.protocol === "data:" || (own.protocol === "file:" ? to.href === own.href : to.origin === own.origin);
    if (!inside) seen.outside.push(to.href);
  });
  // A live page never comes to rest; what it shows is waited for by whoever looks.
  await page.goto(url, { waitUntil: "load" });
  return { page, seen };
}

/**
 * Takes a picture of the page, for people to look at. Chromium has at times no frame to give yet and says that it is unable,
 * then takes the very same picture a moment later: it is asked again, and only for that reason.
 */
export async function picture(page, path, how = {}) {
  for (let left = 5; ; left--) {
    try {
      return await page.screenshot({ path, ...how });
    } catch (error) {
      if (left === 1 || !String(error).includes("Unable to capture screenshot")) throw error;
      await page.waitForTimeout(500);
    }
  }
}

/** What axe-core has against the page as it is now. */
export async function violations(page) {
  await page.evaluate(AXE);
  const found = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
  return found.violations.flatMap(({ id, help, nodes }) =>
    nodes.map((node) => `${id}: ${help}: ${node.html.slice(0, 300)} ${node.failureSummary?.slice(0, 400) ?? ""}`));
}

/** What the Tab key reaches, in order: the element's name and the first words in it. */
export async function stops(page, most = 400) {
  const reached = [];
  for (let n = 0; n < most; n++) {
    await page.keyboard.press("Tab");
    const now = await page.evaluate(() => {
      const at = document.activeElement;
      if (!at || at === document.body) return null;
      const again = at.dataset.labctlSeen === "1";
      at.dataset.labctlSeen = "1";
      return again ? null : `${at.tagName.toLowerCase()} ${(at.getAttribute("aria-label") ?? at.textContent).trim().slice(0, 60)}`;
    });
    if (now === null) break;
    reached.push(now);
  }
  return reached;
}

async function looked(context, file, folder, scheme) {
  const url = /^https?:/.test(file) ? file : pathToFileURL(resolve(file)).href;
  const { page, seen } = await open(context, url);
  const shot = (name) => join(folder, `${basename(file).replace(/\W+/g, "-")}-${scheme}${name}.png`);
  await picture(page, shot(""));
  const reached = await stops(page);
  await page.evaluate(() => document.querySelectorAll("details").forEach((each) => (each.open = true)));
  const against = await violations(page);
  const size = await page.evaluate(() => {
    const { scrollWidth, clientWidth, scrollHeight } = document.documentElement;
    return { overflow: scrollWidth - clientWidth, height: scrollHeight };
  });
  // Of a book of pages, a picture takes seconds and helps nobody.
  if (size.height < 8000) await picture(page, shot("-open"), { fullPage: true });
  const title = await page.title();
  await page.close();
  return { page: file, scheme, title, ...seen, violations: against, stops: reached, overflow: size.overflow };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const [folder, ...pages] = process.argv.slice(2);
  await mkdir(folder, { recursive: true });
  const all = [];
  for (const scheme of ["light", "dark"]) {
    await withBrowser(scheme, async (context) => {
      for (const file of pages) all.push(await looked(context, file, folder, scheme));
    });
  }
  console.log(JSON.stringify(all, null, 1));
}
