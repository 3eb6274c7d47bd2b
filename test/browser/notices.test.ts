import { randomUUID } from "node:crypto";
import { mkdir, mkdtemp, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { output } from "../system/program.ts";
import { type Registry, startRegistry, testPackages } from "../system/registry.ts";
import { removeFolder } from "../remove-folder.ts";
import { expectAccessibleInBothSchemes } from "./accessibility.ts";
import { expectCleanVisit, expectNoLayoutShift, expectNoSidewaysScroll, PHONE, type Visit, visit } from "./browser.ts";

const MIB = 1_048_576;
const DISK_MIB = 64;
/** Leaves 15 percent free: less than twice a tenth, so the disk is nearly full, and more than a tenth, so it is not full. */
const BALLAST_MIB = 54;
const NOTICE =
  "The disk of the build service is nearly full. Images that are already built still work. New builds may fail.";

let directory: string;
let disk: string;
let registry: Registry;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "cornice-notices-"));
  disk = join(directory, "disk");
  const state = join(directory, "state");
  await mkdir(disk);
  await mkdir(state, { mode: 0o700 });
  await output("mount", ["-t", "tmpfs", "-o", `size=${DISK_MIB}m`, "tmpfs", disk]);
  await writeFile(join(disk, "ballast"), Buffer.alloc(BALLAST_MIB * MIB));
  await mkdir(join(disk, "spool"));
  // `npm start` has its spool here. The rest of the state stays on the disk of the machine.
  await symlink(join(disk, "spool"), join(state, "spool"));
  registry = await startRegistry({ stateDirectory: state, env: await testPackages(directory, randomUUID()) });
  await registry.logged("warning: the disk of the spool has");
});

afterAll(async () => {
  await registry.stop();
  await output("umount", ["--lazy", disk]);
  await removeFolder(directory);
});

function at(path: string): string {
  return `http://${registry.host}${path}`;
}

/** Expects the notice in the window, without a scroll. It has moved nothing, and does not hide the end of the page. */
async function expectNotice({ page }: Visit): Promise<void> {
  const notice = page.getByRole("status").getByText(NOTICE);
  await notice.waitFor();
  const { bottom, height } = await notice.evaluate((element) => ({
    bottom: element.getBoundingClientRect().bottom,
    height: innerHeight,
  }));
  expect(bottom).toBeLessThanOrEqual(height);
  await expectNoSidewaysScroll(page);
  await expectNoLayoutShift(page);
  await page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight));
  const footer = await page.locator("footer").boundingBox();
  const place = await notice.boundingBox();
  expect((place?.y ?? Infinity) + (place?.height ?? Infinity)).toBeLessThanOrEqual(footer?.y ?? 0);
}

describe("while the builder's disk is nearly full", () => {
  it("nothing is refused yet", async () => {
    expect((await fetch(`${registry.originUrl}/readyz`)).status).toBe(200);
  });

  it.each([{ width: 1280, height: 860 }, PHONE])(
    "the start page says so, without details ($width)",
    async (viewport) => {
      await using visited = await visit(at("/"), { viewport });
      await expectNotice(visited);
      await expectAccessibleInBothSchemes(visited.page);
      expect(await (await fetch(at("/api/notices"))).text()).toBe('{"notices":["low-disk"]}');
      expectCleanVisit(visited, registry.host);
    },
  );

  it("a build goes on, and its page and that of the image say so", async () => {
    await using visited = await visit(at("/images/hello"));
    const { page } = visited;
    await expectNotice(visited);
    await page.getByRole("button", { name: "Build it now" }).click();
    await page.waitForURL("**/builds/*");
    await page.getByRole("status").getByText("Done in").waitFor({ timeout: 120_000 });
    await expectNotice(visited);
    expectCleanVisit(visited, registry.host);
  });

  it("the documentation does not ask", async () => {
    await using visited = await visit(at("/docs/settings"));
    await visited.page.waitForLoadState("networkidle");
    expect(visited.requests.filter((url) => url.includes("/api/"))).toEqual([]);
  });

  it("a page without an answer about notices works as ever", async () => {
    await using visited = await visit("about:blank");
    const { page } = visited;
    await page.route("**/api/notices", () => undefined);
    await page.goto(at("/?name=hello"));
    await page.getByRole("tabpanel").getByText(`docker pull ${registry.host}/hello`).waitFor();
    await page.getByRole("button", { name: /^Copy the/ }).click();
    expect(await page.locator(".notices p").count()).toBe(0);
  });
});
