import { randomUUID } from "node:crypto";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type JsonObject } from "../../protocol/json-object.ts";
import { listAt, objectOf, textAt } from "../json.ts";
import { type Registry, startRegistry, testPackages } from "../system/registry.ts";
import { removeFolder } from "../remove-folder.ts";
import { expectAccessibleInBothSchemes } from "./accessibility.ts";
import { expectCleanVisit, expectNoSidewaysScroll, PHONE, visit } from "./browser.ts";

let directory: string;
let registry: Registry;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "cornice-documents-"));
  const env = await testPackages(directory, randomUUID());
  registry = await startRegistry({ stateDirectory: join(directory, "state"), env });
  expect((await fetch(`http://${registry.host}/v2/world/large/manifests/latest`)).status).toBe(200);
});

afterAll(async () => {
  await registry.stop();
  await removeFolder(directory);
});

const PAGE_PATH = "/images/world/large";
const BILL = "**/api/documents/*/cyclonedx";

async function openPart(page: Page, title: string): Promise<void> {
  await page.locator(".treemap a").first().waitFor();
  await page.getByRole("heading", { level: 2, name: title }).scrollIntoViewIfNeeded();
}

function rowsOf(page: Page) {
  return page.locator(".bill-table tbody tr");
}

/** The components of the bill that the page shows, replaced. */
async function showComponents(page: Page, replace: (component: JsonObject) => readonly object[]): Promise<void> {
  await page.route(BILL, async (route) => {
    const bill = objectOf(await (await route.fetch()).text());
    const [component] = listAt(bill, "components");
    await route.fulfill({ json: { ...bill, components: replace(objectOf(JSON.stringify(component))) } });
  });
  await page.goto(`http://${registry.host}${PAGE_PATH}`);
  await openPart(page, "Bill of materials");
}

describe("the bill of materials of an image", () => {
  it("is fetched when somebody scrolls to it, and has each store path", async () => {
    await using visited = await visit(`http://${registry.host}${PAGE_PATH}`);
    const { page, requests } = visited;
    const info = objectOf(await (await fetch(`http://${registry.host}/api${PAGE_PATH}`)).text());
    const paths = listAt(info, "built", "contents", "paths").map((path) => textAt(path, "path"));
    await page.getByRole("heading", { level: 1 }).waitFor();
    expect(requests.some((url) => url.includes("/api/documents/"))).toBe(false);
    await openPart(page, "Bill of materials");
    await expect.poll(() => rowsOf(page).count()).toBe(paths.length);
    const shown = await rowsOf(page)
      .locator("th")
      .evaluateAll((cells) => cells.map((cell) => cell.getAttribute("title")));
    expect(new Set(shown)).toEqual(new Set(paths));
    expectCleanVisit(visited, registry.host);
  });

  it("can be searched, sorted by keyboard, and leads to the layers", async () => {
    await using visited = await visit(`http://${registry.host}${PAGE_PATH}`);
    const { page } = visited;
    await openPart(page, "Bill of materials");
    await page.getByLabel("Search names").fill("LARGE");
    await expect.poll(() => rowsOf(page).count()).toBe(1);
    await page.getByText(/^1 of \d+ parts$/).waitFor();
    await page.getByLabel("Search names").fill("");
    await page.getByRole("button", { name: "Size" }).focus();
    await page.keyboard.press("Enter");
    await page.keyboard.press("Enter");
    await page.getByRole("columnheader", { name: "Size" }).and(page.locator('[aria-sort="descending"]')).waitFor();
    expect(await rowsOf(page).first().locator("th").textContent()).toBe("large");
    await rowsOf(page).first().getByRole("link", { name: "1", exact: true }).click();
    expect(new URL(page.url()).hash).toBe("#layer-0");
  });

  it("tells licenses, and shows the parts of one", async () => {
    await using visited = await visit("about:blank");
    const { page } = visited;
    await showComponents(page, (component) => [
      { ...component, "bom-ref": "1", name: "one", licenses: [{ license: { id: "MIT" } }] },
      { ...component, "bom-ref": "2", name: "two" },
    ]);
    await page.getByRole("button", { name: "MIT 1" }).click();
    await expect.poll(() => rowsOf(page).locator("th").allTextContents()).toEqual(["one"]);
    await page.getByRole("button", { name: "unknown 1" }).click();
    await expect.poll(() => rowsOf(page).locator("th").allTextContents()).toEqual(["two"]);
    await page.getByRole("button", { name: "unknown 1" }).click();
    await expect.poll(() => rowsOf(page).count()).toBe(2);
  });

  it("has the rare ones of many licenses behind a press", async () => {
    await using visited = await visit("about:blank");
    const { page } = visited;
    const licenses = Array.from({ length: 40 }, (_, place) => ({ license: { name: `license-${place}` } }));
    await showComponents(page, (component) => [{ ...component, licenses }]);
    await page.getByRole("button", { name: "license-11 1" }).waitFor();
    expect(await page.getByRole("button", { name: "license-12 1" }).isVisible()).toBe(false);
    await page.getByText("28 further licenses").click();
    await page.getByRole("button", { name: "license-39 1" }).click();
    await expect.poll(() => rowsOf(page).count()).toBe(1);
  });

  it("of thousands of parts stays fast", async () => {
    await using visited = await visit("about:blank");
    const { page } = visited;
    await showComponents(page, (component) =>
      Array.from({ length: 5000 }, (_, place) => ({ ...component, name: `part-${place}`, purl: `pkg:nix/p${place}` })),
    );
    await expect.poll(() => rowsOf(page).count()).toBe(100);
    await page.getByRole("button", { name: "Show 100 more" }).click();
    await expect.poll(() => rowsOf(page).count()).toBe(200);
    await page.getByLabel("Search names").fill("part-4999");
    await expect.poll(() => rowsOf(page).locator("th").allTextContents()).toEqual(["part-4999"]);
  });

  it("with hostile names is text", async () => {
    await using visited = await visit("about:blank");
    const { page } = visited;
    const script = "<img src=x onerror=alert(1)><script>alert(2)</script>";
    await showComponents(page, (component) =>
      [script, "right\u202eleft", "bell\u0007", "x".repeat(10_000)].map((name, place) => ({
        ...component,
        name,
        purl: `pkg:nix/${place}`,
        licenses: [{ license: { name } }],
        externalReferences: [{ type: "website", url: "javascript:alert(3)" }],
      })),
    );
    await expect.poll(() => rowsOf(page).count()).toBe(4);
    const names = await rowsOf(page).locator("th").allTextContents();
    expect(names.map((name) => name.slice(0, 60))).toEqual([script.slice(0, 60), "bell", "right left", "x".repeat(60)]);
    expect(await page.locator(".bill-table a[href^='javascript']").count()).toBe(0);
    await expectNoSidewaysScroll(page);
    expectCleanVisit(visited, registry.host);
  });

  it("that cannot be had says so", async () => {
    await using visited = await visit("about:blank");
    const { page } = visited;
    await page.route(BILL, (route) => route.fulfill({ json: { bomFormat: "?" } }));
    await page.goto(`http://${registry.host}${PAGE_PATH}`);
    await openPart(page, "Bill of materials");
    await page.getByRole("alert").getByText("does not understand").waitFor();
  });
});

it("the provenance says in words what was built", async () => {
  await using visited = await visit(`http://${registry.host}${PAGE_PATH}`);
  const { page } = visited;
  await openPart(page, "How it was made");
  await page.locator(".provenance").getByText("large, world").waitFor();
  const built = page.getByText(/^The builder built \d+ store paths? itself\.$/);
  await built.click();
  await page
    .locator(".provenance details[open]")
    .getByText(/-large\.drv$/)
    .waitFor();
  expectCleanVisit(visited, registry.host);
});

it.each([undefined, PHONE])("the documents are accessible, light and dark (%j)", async (viewport) => {
  await using visited = await visit(`http://${registry.host}${PAGE_PATH}`, viewport ? { viewport } : {});
  const { page } = visited;
  await openPart(page, "How it was made");
  await page.locator(".provenance").waitFor();
  await openPart(page, "Bill of materials");
  await rowsOf(page).first().waitFor();
  await page.locator(".license").first().click();
  await expectNoSidewaysScroll(page);
  await expectAccessibleInBothSchemes(page);
});
