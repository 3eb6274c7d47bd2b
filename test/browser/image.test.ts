import { randomUUID } from "node:crypto";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { JsonObject } from "../../protocol/json-object.ts";
import { listAt, objectOf, textAt } from "../json.ts";
import { output } from "../system/program.ts";
import { LISTED, type Registry, startRegistry, testPackages } from "../system/registry.ts";
import { removeFolder } from "../remove-folder.ts";
import { expectAccessibleInBothSchemes } from "./accessibility.ts";
import { expectCleanVisit, expectNoSidewaysScroll, PHONE, visit } from "./browser.ts";

let directory: string;
let registry: Registry;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "cornice-image-"));
  const env = { ...(await testPackages(directory, randomUUID())), ...LISTED, CORNICE_CATALOG: "true" };
  registry = await startRegistry({ stateDirectory: join(directory, "state"), env });
  for (const name of ["world/large", "world", "large"])
    expect((await fetch(`http://${registry.host}/v2/${name}/manifests/latest`)).status).toBe(200);
});

afterAll(async () => {
  await registry.stop();
  await removeFolder(directory);
});

function imageUrl(name: string): string {
  return `http://${registry.host}/images/${name}`;
}

describe("an image that was built", () => {
  it("is shown with the digests of its manifest", async () => {
    const inspected = objectOf(
      await output("skopeo", ["inspect", "--tls-verify=false", `docker://${registry.host}/large/world`]),
    );
    const digest = textAt(inspected, "Digest");
    const layers = listAt(inspected, "Layers");
    await using visited = await visit(imageUrl("world/large"));
    const { page } = visited;
    await page.getByRole("heading", { level: 1, name: "world/large:latest" }).waitFor();
    await page.locator(".details").getByText(digest).waitFor();
    const digests = page.locator(".layer-table tbody td code[title]");
    await expect.poll(() => digests.count()).toBe(layers.length);
    expect(await digests.evaluateAll((cells) => cells.map((cell) => cell.getAttribute("title")))).toEqual(layers);
    expect(await page.getByText(`docker pull ${registry.host}/large/world@${digest}`).count()).toBe(1);
    await page.getByText("Manifest", { exact: true }).click();
    await page.getByText('"schemaVersion": 2').waitFor();
    expectCleanVisit(visited, registry.host);
  });

  it("has a note if it leaves few layers for a Dockerfile", async () => {
    await using visited = await visit("about:blank");
    const { page } = visited;
    const note = page.getByText(/leaves 24 more layers: Docker allows 125/);
    await page.goto(imageUrl("world/large"));
    await page.locator(".figures").waitFor();
    expect(await note.count()).toBe(0);
    await page.route("**/api/images/**", async (route) => {
      const text = await (await route.fetch()).text();
      const layers = JSON.stringify(listAt(objectOf(text), "built", "manifest", "layers"));
      const [first] = listAt(objectOf(text), "built", "manifest", "layers");
      await route.fulfill({ json: objectOf(text.replace(layers, JSON.stringify(Array(101).fill(first)))) });
    });
    await page.reload();
    await note.waitFor();
    const link = await page.getByRole("link", { name: "How to count" }).getAttribute("href");
    const [address = "", anchor = ""] = (link ?? "").split("#");
    expect(await (await fetch(`http://${registry.host}${address}`)).text()).toContain(`id="${anchor}"`);
  });

  it("is a picture whose cells have names, and lead to their layers by keyboard", async () => {
    await using visited = await visit(imageUrl("world/large"));
    const { page } = visited;
    const cells = page.locator(".treemap a");
    await cells.first().waitFor();
    expect(await page.getByRole("link", { name: /^large, 8\.\d MB, layer 1, for large$/ }).count()).toBe(1);
    const names = await cells.evaluateAll((all) => all.map((cell) => cell.getAttribute("aria-label")));
    expect(names.every((name) => name !== null && name.length > 0)).toBe(true);
    await cells.first().focus();
    await page.keyboard.press("Enter");
    expect(new URL(page.url()).hash).toBe("#layer-0");
  });

  it("shows dependencies as a graph and as a list", async () => {
    await using visited = await visit(imageUrl("world/large"));
    const { page } = visited;
    await page.getByLabel("What is needed by").selectOption("World");
    await page.locator(".graph .node").nth(1).waitFor();
    expect(await page.locator(".graph .edge").count()).toBe(1);
    await page.getByText("The same as a list").click();
    await page.getByText("world needs hello").waitFor();
    expectCleanVisit(visited, registry.host);
  });

  it("can be compared with other images", async () => {
    await using visited = await visit(imageUrl("world/large"));
    const { page } = visited;
    await page.getByLabel("An image that you already have").fill("large");
    await page.getByLabel("An image that you already have").press("Enter");
    const result = page
      .locator(".comparisons li")
      .filter({ has: page.getByRole("link", { name: "large", exact: true }) });
    await result.getByText(/^1 layer in common: .* of .* saved$/).waitFor();
    await page.getByLabel("An image that you already have").fill("7zz");
    await page.getByRole("button", { name: "Compare" }).click();
    await page.getByText("was not built yet").waitFor();
    await page.getByLabel("An image that you already have").fill("NO!");
    await page.getByRole("button", { name: "Compare" }).click();
    await page.getByText('"no!" cannot be part of an image name').waitFor();
  });

  it.each([undefined, PHONE])("is accessible, light and dark (%j)", async (viewport) => {
    await using visited = await visit(imageUrl("world/large"), viewport ? { viewport } : {});
    const { page } = visited;
    await page.locator(".graph .node").first().waitFor();
    await page.locator(".layer-table summary").first().click();
    await page.getByText("Config", { exact: true }).click();
    await expectNoSidewaysScroll(page);
    await expectAccessibleInBothSchemes(page);
    expectCleanVisit(visited, registry.host);
  });
});

/** An image whose first package needs many more store paths. */
function withNeeds(info: JsonObject, count: number): JsonObject {
  const paths = listAt(info, "built", "contents", "paths");
  const root = Number(listAt(info, "built", "contents", "packages", 0, "paths")[0]);
  const places = Array.from({ length: count }, (_, place) => paths.length + place);
  const needs = places.map((place) => ({ path: `/nix/store/${"0".repeat(32)}-p${place}`, narSize: 1, references: [] }));
  const needy = { path: textAt(paths[root], "path"), narSize: 1, references: places };
  const text = JSON.stringify(info);
  return objectOf(text.replace(JSON.stringify(paths), JSON.stringify([...paths.with(root, needy), ...needs])));
}

describe("the dependency graph", () => {
  it("opens at its root, and can be fitted, enlarged and scrolled", async () => {
    await using visited = await visit("about:blank", { viewport: PHONE });
    const { page } = visited;
    await page.route("**/api/images/**", async (route) => {
      await route.fulfill({ json: withNeeds(objectOf(await (await route.fetch()).text()), 60) });
    });
    await page.goto(imageUrl("world/large"));
    const [graph, root] = [page.locator(".graph"), page.locator(".graph .root").first()];
    await root.waitFor();
    const inSight = () =>
      root.evaluate((node) => {
        const [inner, outer] = [node.getBoundingClientRect(), node.closest(".graph")?.getBoundingClientRect()];
        return (
          outer !== undefined && inner.left >= outer.left && inner.top >= outer.top && inner.bottom <= outer.bottom
        );
      });
    expect(await inSight()).toBe(true);
    const width = () => graph.locator("svg").evaluate((svg) => svg.clientWidth);
    const before = await width();
    await page.getByRole("button", { name: "Larger" }).click();
    await page.getByRole("button", { name: "Larger" }).click();
    await expect.poll(width).toBeGreaterThan(before * 1.9);
    await page.getByRole("button", { name: "Fit" }).click();
    await expect.poll(() => graph.evaluate((box) => box.scrollWidth - box.clientWidth)).toBeLessThan(2);
    await page.getByRole("button", { name: "Smaller" }).click();
    expectCleanVisit(visited, registry.host);
  });
});

describe("another name", () => {
  it("that is empty has a page of its own", async () => {
    await using visited = await visit(imageUrl(""));
    await visited.page.getByRole("heading", { level: 1, name: "This address names no image" }).waitFor();
    expect(await visited.page.title()).toBe("No image – Cornice");
    await expectAccessibleInBothSchemes(visited.page);
  });

  it("that nobody has pulled offers to build it", async () => {
    await using visited = await visit(imageUrl("shell/hello:v1"));
    const { page } = visited;
    await page.getByRole("heading", { level: 1, name: "shell/hello:v1" }).waitFor();
    await page.getByRole("button", { name: "Build it now" }).waitFor();
    await page.getByRole("link", { name: "Change the image" }).click();
    expect(new URL(page.url()).search).toBe("?name=shell/hello&tag=v1");
  });

  it("that no image can have says why", async () => {
    await using visited = await visit(imageUrl("amd64/arm64/hello"));
    const { page } = visited;
    await page.getByRole("alert").getByText("asks for amd64 and arm64 at once").waitFor();
    await expectAccessibleInBothSchemes(page);
  });
});
