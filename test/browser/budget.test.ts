import { randomUUID } from "node:crypto";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LISTED, type Registry, startRegistry, testPackages } from "../system/registry.ts";
import { parseImageInfo } from "../../web/page/answers.ts";
import { removeFolder } from "../remove-folder.ts";
import { expectNoLayoutShift, visit } from "./browser.ts";

/** The most bytes on the wire for everything that a page loads, except the list of packages. */
const MAX_BYTES = 100_000;

let directory: string;
let registry: Registry;
/** The build key of an image that was built. */
let key: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "cornice-budget-"));
  const env = { ...(await testPackages(directory, randomUUID())), ...LISTED };
  registry = await startRegistry({ stateDirectory: join(directory, "state"), env });
  expect((await fetch(`http://${registry.host}/v2/hello/world/manifests/latest`)).status).toBe(200);
  const info = parseImageInfo(await (await fetch(`http://${registry.host}/api/images/hello/world`)).json());
  key = info?.buildKey ?? "";
});

afterAll(async () => {
  await registry.stop();
  await removeFolder(directory);
});

/** Visits a page for the first time, and waits until it is quiet. Returns the number of bytes that it loaded. */
async function load(path: string): Promise<number> {
  await using visited = await visit("about:blank");
  const { page, context } = visited;
  const devtools = await context.newCDPSession(page);
  await devtools.send("Network.enable");
  const urls = new Map<string, string>();
  let bytes = 0;
  devtools.on("Network.requestWillBeSent", ({ requestId, request }) => urls.set(requestId, request.url));
  devtools.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => {
    if (urls.get(requestId)?.endsWith("/api/packages") === false) bytes += encodedDataLength;
  });
  await page.goto(`http://${registry.host}${path}`, { waitUntil: "networkidle" });
  // Longer than any delay on the page before a request to the registry.
  await page.waitForTimeout(1000);
  await expectNoLayoutShift(page);
  // This machine has room on its disks.
  expect(await page.locator(".notices p").count()).toBe(0);
  return bytes;
}

// `npm run bench:times` measures the time of the first paint.
describe("a first visit", () => {
  it.each([
    ["/", () => "/"],
    ["/?name=…", () => "/?name=shell/hello"],
    ["/builds/<key>", () => `/builds/${key}`],
    ["/images/<name>", () => "/images/hello/world"],
    ["/docs/settings", () => "/docs/settings"],
  ])("to %s loads less than 100 kB, and nothing moves", async (_, path) => {
    expect(await load(path())).toBeLessThan(MAX_BYTES);
  });
});
