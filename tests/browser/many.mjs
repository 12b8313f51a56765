// Opens a live page with many servers, in light and in dark and in windows of a projector and of a phone, and prints what
// it saw as one JSON array.
//
//   node many.mjs FOLDER URL
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { open, picture, violations, withBrowser } from "./look.mjs";

const [folder, url] = process.argv.slice(2);
await mkdir(folder, { recursive: true });
const all = [];
for (const [scheme, width, height] of [["light", 1920, 1080], ["dark", 1280, 900], ["light", 400, 800]]) {
  all.push(await withBrowser(scheme, async (context) => {
    const { page, seen } = await open(context, url);
    await page.setViewportSize({ width, height });
    const told = () => /unreachable/.test(document.getElementById("look").innerText)
      && document.getElementById("sites").innerText.includes("do not name");
    const all31 = () => document.querySelectorAll('.server[data-is="good"]').length === 31 ? 31 : null;
    const answering = await (await page.waitForFunction(all31, null, { timeout: 60_000 })).jsonValue();
    await page.waitForFunction(told, null, { timeout: 60_000 });
    const result = {
      scheme, width, title: await page.title(), answering,
      text: await page.evaluate(() => document.body.innerText), violations: await violations(page),
      overflow: await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth),
      ...seen,
    };
    await picture(page, join(folder, `thirty-${scheme}-${width}.png`), { fullPage: true });
    return result;
  }));
}
console.log(JSON.stringify(all, null, 1));
