import { randomUUID } from "node:crypto";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { descendantWith } from "../system/program.ts";
import { type Registry, startRegistry, testPackages } from "../system/registry.ts";
import { removeFolder } from "../remove-folder.ts";
import { expectAccessibleInBothSchemes } from "./accessibility.ts";
import { expectCleanVisit, expectNoLayoutShift, expectNoSidewaysScroll, PHONE, visit } from "./browser.ts";
import { layLine } from "../system/line.ts";

/** The most lines of a log that a page may hold. */
const MAX_LINES = 510;
const BUILD_TIMEOUT_MS = 120_000;

let directory: string;
let registry: Registry;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "cornice-live-"));
  const env = { ...(await testPackages(directory, randomUUID())), NIX_TIMEOUT: "300" };
  registry = await startRegistry({ stateDirectory: join(directory, "state"), env });
});

afterAll(async () => {
  await registry.stop();
  await removeFolder(directory);
});

function imageUrl(name: string, host = registry.host): string {
  return `http://${host}/images/${name}`;
}

async function begin(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Build it now" }).click();
  await page.waitForURL("**/builds/*");
}

function status(page: Page, text: string) {
  return page.getByRole("status").getByText(text);
}

/** Lets a test give the page the last message of its WebSocket once more, at a time of the test's choice. */
function offerToRepeatMessages(): void {
  globalThis.WebSocket = class extends WebSocket {
    constructor(url: string | URL) {
      super(url);
      let last = "";
      this.addEventListener("message", ({ data }) => (last = String(data)));
      addEventListener("repeat-message", () => this.dispatchEvent(new MessageEvent("message", { data: last })));
    }
  };
}

describe("a build", () => {
  it("of a cold image can be followed from its first step to its layers", async () => {
    await using visited = await visit(imageUrl("slow15/large"));
    const { page } = visited;
    await page.getByText("Nobody has pulled this image under this tag yet.").waitFor();
    await expectAccessibleInBothSchemes(page);
    await begin(page);
    await page.getByRole("heading", { level: 1, name: "large/slow15:latest" }).waitFor();
    await status(page, "Building for").waitFor();
    await page.locator(".work .running").getByText("slow15").waitFor();
    const realise = page.locator(".phases .running");
    await realise.getByText("Build and download").waitFor();
    const before = Number.parseFloat((await realise.locator(".size").textContent()) ?? "");
    await expect
      .poll(async () => Number.parseFloat((await realise.locator(".size").textContent()) ?? ""))
      .toBeGreaterThan(before);
    await expectAccessibleInBothSchemes(page);
    await status(page, "Done in").waitFor({ timeout: BUILD_TIMEOUT_MS });
    await expectNoLayoutShift(page);
    expect(await page.locator(".phases .over").count()).toBe(6);
    await page.getByText(/^\d+ built, 0 downloaded$/).waitFor();
    await page.getByText(/^3 of 3 layers/).waitFor();
    expect(await page.locator(".layer-list li").count()).toBe(3);
    expect(await page.locator(".outcome code").textContent()).toBe(`docker pull ${registry.host}/large/slow15`);
    await expectAccessibleInBothSchemes(page);
    await page.getByRole("link", { name: "See its layers" }).click();
    await page.getByRole("heading", { name: "Where the bytes are" }).waitFor();
    expectCleanVisit(visited, registry.host);
  });

  it("marks layers that were known before", async () => {
    expect((await fetch(`http://${registry.host}/v2/world/manifests/latest`)).status).toBe(200);
    await using visited = await visit(imageUrl("world/7zz"));
    await begin(visited.page);
    await status(visited.page, "Done in").waitFor({ timeout: BUILD_TIMEOUT_MS });
    await visited.page.getByText(/^\d+ of \d+ layers; [1-9]\d* already known$/).waitFor();
    // If it existed, Preact would move rows by this function, and Chromium would show them with colours of their old class.
    expect(await visited.page.evaluate(() => typeof Reflect.get(Element.prototype, "moveBefore"))).toBe("undefined");
  });

  it("that fails shows why, and what to do", async () => {
    await using visited = await visit(imageUrl("dependent"), { viewport: PHONE });
    const { page } = visited;
    await begin(page);
    await status(page, "Failed after").waitFor({ timeout: BUILD_TIMEOUT_MS });
    await page.getByText("the compiler is unhappy with hello").first().waitFor();
    await page.getByText("Correct the name or the tag, or leave the package out.").waitFor();
    await page.locator(".work .failed").getByText("failing-1.2").waitFor();
    await page.getByText(/^[01] built, 0 downloaded, 1 failed$/).waitFor();
    await page.locator(".phases .failed").getByText("Build and download").waitFor();
    await page.getByText("No layer was made").waitFor();
    await page.getByRole("button", { name: "Build it again" }).waitFor();
    expect(await page.getByText(/so far|not known yet|under way/).count()).toBe(0);
    await expectNoSidewaysScroll(page);
    await expectAccessibleInBothSchemes(page);
    await page.getByRole("link", { name: "Change the image" }).click();
    await page.getByRole("button", { name: "Remove dependent" }).waitFor();
    expectCleanVisit(visited, registry.host);
  });

  it("of an unknown package says so, and suggests a name", async () => {
    await using visited = await visit(imageUrl("hlelo"));
    await begin(visited.page);
    await visited.page.getByText("no such package: hlelo; did you mean hello?").waitFor({ timeout: BUILD_TIMEOUT_MS });
    expectCleanVisit(visited, registry.host);
  });

  it("shows markup in a log as text, and follows the log's end unless the user scrolls back", async () => {
    await using visited = await visit(imageUrl("markup-log"));
    const { page } = visited;
    await begin(page);
    const log = page.getByRole("log");
    await log.getByText('<img src=x onerror=document.title="harmed"><script>').waitFor({ timeout: BUILD_TIMEOUT_MS });
    await status(page, "Done in").waitFor({ timeout: BUILD_TIMEOUT_MS });
    expect(await page.title()).not.toBe("harmed");
    expect(await log.locator("img, script").count()).toBe(0);
    expectCleanVisit(visited, registry.host);
  });

  it("keeps only the last lines of a log of 25 MB", async () => {
    await using visited = await visit(imageUrl("loud"));
    const { page } = visited;
    await page.addInitScript(offerToRepeatMessages);
    await begin(page);
    const log = page.getByRole("log");
    await log.getByText(/… .* lines before these/).waitFor({ timeout: BUILD_TIMEOUT_MS });
    await log.evaluate((box) => {
      box.scrollTo(0, 0);
      // The page draws new lines before the browser tells it of the scrolling.
      dispatchEvent(new Event("repeat-message"));
    });
    await page.getByRole("button", { name: "Follow the end" }).waitFor();
    await status(page, "Done in").waitFor({ timeout: BUILD_TIMEOUT_MS });
    expect(await log.evaluate((box) => box.scrollTop)).toBe(0);
    await page.getByRole("button", { name: "Follow the end" }).click();
    await expect.poll(() => log.evaluate((box) => box.scrollHeight - box.scrollTop - box.clientHeight)).toBeLessThan(2);
    const text = (await log.textContent()) ?? "";
    expect(text).toContain("300000 a line");
    expect(text.split("\n").length).toBeLessThan(MAX_LINES);
  });
});

describe("a connection", () => {
  it("that is lost is opened again, and no event is missed", async () => {
    await using line = await layLine(registry.host);
    await using visited = await visit(imageUrl("slow40/talkative", line.host));
    const { page } = visited;
    await begin(page);
    await status(page, "Building for").waitFor();
    line.cut();
    await status(page, "Connection lost; trying again").waitFor();
    await expectAccessibleInBothSchemes(page);
    await registry.logged("second line");
    line.mend();
    await page.getByRole("log").getByText("second line").waitFor();
    await status(page, "Connection lost; trying again").waitFor({ state: "detached" });
    await status(page, "Done in").waitFor({ timeout: BUILD_TIMEOUT_MS });
    expectCleanVisit(visited, line.host);
  });

  it("that does not open is given up, and opened again", async () => {
    await using line = await layLine(registry.host);
    await using visited = await visit(imageUrl("hello", line.host));
    const { page } = visited;
    line.swallowWebSocket();
    await begin(page);
    await status(page, "Done in").waitFor({ timeout: BUILD_TIMEOUT_MS });
    expectCleanVisit(visited, line.host);
  });

  it("to an unknown build offers a way to compose an image", async () => {
    await using visited = await visit(`http://${registry.host}/builds/${"0".repeat(64)}`);
    await visited.page.getByRole("heading", { name: "No such build is known here" }).waitFor();
    await expectAccessibleInBothSchemes(visited.page);
    await visited.page.getByRole("link", { name: "Compose an image" }).click();
    await visited.page.getByRole("heading", { name: "The name is the image." }).waitFor();
  });
});

describe("while the origin is down", () => {
  it("the page says so, and still shows images that were built before", async () => {
    expect((await fetch(`http://${registry.host}/v2/hello/manifests/latest`)).status).toBe(200);
    await using visited = await visit(imageUrl("nested.deep.thing"));
    const { page } = visited;
    const build = page.getByRole("button", { name: "Build it now" });
    await build.waitFor();
    const origin = await descendantWith(registry.process.pid, "origin/service/main.ts");
    process.kill(origin ?? 0, "SIGKILL");
    await build.click();
    await page.getByText("The part that builds is down or busy").waitFor();
    await page.goto(imageUrl("hello"));
    await page.getByRole("heading", { name: "Where the bytes are" }).waitFor();
    expectCleanVisit(visited, registry.host);
  });
});
