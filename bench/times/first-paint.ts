import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { chromium, type Browser } from "playwright-core";
import { ensurePrograms } from "../../start/machine/debian-packages.ts";
import { startRegistry, testPackages } from "../../test/system/registry.ts";
import type { Measure } from "./measure.ts";

const ROUNDS = 3;
const BUDGET_MS = 1000;
const PATHS = ["/", "/?name=shell/hello", "/images/hello/world", "/docs/settings"];

/** The time until pages first paint, in Chromium, with a registry on this machine. */
export async function measureFirstPaint({ directory, print }: Measure): Promise<void> {
  const install = { path: process.env["PATH"] ?? "", isRoot: process.getuid?.() === 0, log: console.log };
  await ensurePrograms([{ program: "chromium", debianPackage: "chromium" }], install);
  await using running = new AsyncDisposableStack();
  const env = await testPackages(directory, randomUUID());
  const registry = running.adopt(await startRegistry({ stateDirectory: join(directory, "state"), env }), (started) =>
    started.stop(),
  );
  await (await fetch(`http://${registry.host}/v2/hello/world/manifests/latest`)).body?.cancel();
  const options = { executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] };
  const browser = running.adopt(await chromium.launch(options), (started) => started.close());
  for (const path of PATHS) {
    const times: number[] = [];
    for (let round = 0; round < ROUNDS; round++)
      times.push(await firstPaint(browser, `http://${registry.host}${path}`));
    print(`first paint of ${path}`, BUDGET_MS, Math.min(...times));
  }
}

/** In milliseconds, with an empty cache. */
async function firstPaint(browser: Browser, url: string): Promise<number> {
  const page = await browser.newPage();
  try {
    await page.goto(url, { waitUntil: "networkidle" });
    return await page.evaluate(() => performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? Infinity);
  } finally {
    await page.close();
  }
}
