import { mkdtemp, readdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { output } from "../system/program.ts";
import { LISTED, type Registry, startRegistry } from "../system/registry.ts";
import { removeFolder } from "../remove-folder.ts";
import { expectCleanVisit, visit } from "./browser.ts";

const BUILD_TIMEOUT_MS = 170_000;
/** The folder for the README's pictures. `npm run pictures` sets it. If it is unset, the test takes no pictures. */
const PICTURES = process.env["CORNICE_PICTURES"];
/** The pictures show these ports. */
const USUAL_PORTS = [8787, 8788] as const;

let directory: string;
let registry: Registry;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "cornice-newcomer-"));
  const options = { stateDirectory: join(directory, "state"), env: LISTED };
  registry = await startRegistry(PICTURES === undefined ? options : { ...options, ports: USUAL_PORTS });
  await registry.logged("The package index has");
});

afterAll(async () => {
  await registry.stop();
  await removeFolder(directory);
});

async function takePicture(page: Page, name: string): Promise<void> {
  // Removes the focus and the pointer's effects, so that the picture shows the page at rest.
  await page.mouse.move(0, 0);
  await page.evaluate(() => document.activeElement instanceof HTMLElement && document.activeElement.blur());
  if (PICTURES !== undefined) await page.screenshot({ path: join(PICTURES, `${name}.png`) });
}

it("a newcomer finds ripgrep, adds a shell, copies the command, watches the build, pulls, and reads the layers", async () => {
  await using visited = await visit(`http://${registry.host}/`, { permissions: ["clipboard-read", "clipboard-write"] });
  const { page } = visited;
  const search = page.getByRole("combobox", { name: "Add a package" });

  await search.fill("ripgrep");
  await page.getByRole("option", { name: /^ripgrep \d/ }).click();
  await search.fill("json");
  await page.getByRole("option", { name: /^jq \d/ }).click();
  await page.getByRole("switch").check();
  await page.getByText("Not built yet.").waitFor();
  await page.getByRole("button", { name: "Copy the Docker command" }).click();
  await page.getByText("Copied").first().waitFor();
  const command = await page.evaluate(() => navigator.clipboard.readText());
  expect(command).toBe(`docker run --rm -it ${registry.host}/shell/jq/ripgrep`);
  await takePicture(page, "compose");

  await page.getByRole("button", { name: "Build it now" }).click();
  await page.getByRole("heading", { level: 1, name: "shell/jq/ripgrep:latest" }).waitFor();
  await page.getByRole("heading", { name: "It is ready" }).waitFor({ timeout: BUILD_TIMEOUT_MS });

  await page.getByRole("link", { name: "See its layers" }).click();
  const rows = page.locator(".layer-table tbody tr");
  await rows.first().waitFor();
  const pulled = join(directory, "pulled");
  await output("skopeo", ["copy", "--src-tls-verify=false", `docker://${command.split(" ").at(-1)}`, `oci:${pulled}`]);
  // Layers, config and manifest.
  expect((await readdir(join(pulled, "blobs/sha256"))).length).toBe((await rows.count()) + 2);
  await page.locator(".layer-table summary").filter({ hasText: "ripgrep" }).first().waitFor();
  await page.locator(".legend").getByText("ripgrep").waitFor();
  await page.getByRole("heading", { name: "Where the bytes are" }).evaluate((heading) => heading.scrollIntoView());
  await takePicture(page, "image");

  const cells = page.locator(".treemap a");
  await cells.first().focus();
  for (const key of ["ArrowRight", "ArrowDown", "ArrowRight", "Enter"]) await page.keyboard.press(key);
  const hash = new URL(page.url()).hash;
  expect(hash).toMatch(/^#layer-[1-9]\d*$/);
  await expect.poll(() => page.locator(hash).isVisible()).toBe(true);
  expect(await cells.evaluateAll((all) => all.filter((cell) => cell.tabIndex === 0).length)).toBe(1);
  expectCleanVisit(visited, registry.host);
});
