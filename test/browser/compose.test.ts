import { randomUUID } from "node:crypto";
import { mkdtemp, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createRepository } from "../origin/sources/git-repository.ts";
import { LISTED, type Registry, startRegistry, testPackages } from "../system/registry.ts";
import { removeFolder } from "../remove-folder.ts";
import { expectAccessibleInBothSchemes } from "./accessibility.ts";
import { expectCleanVisit, expectNoSidewaysScroll, PHONE, visit } from "./browser.ts";

let directory: string;
let settings: Record<string, string>;
let registry: Registry;
let home: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "cornice-compose-"));
  settings = { ...(await testPackages(directory, randomUUID())), ...LISTED };
  const env = await versioned(settings);
  registry = await startRegistry({ stateDirectory: join(directory, "state"), env });
  home = `http://${registry.host}/`;
  await registry.logged("The package index has");
});

afterAll(async () => {
  await registry.stop();
  await removeFolder(directory);
});

/** The test packages and a shell in a repository. A repository has tags, and may have packages for any architecture. */
async function versioned({ CORNICE_PKGS_PATH = "", ...others }: Record<string, string>) {
  const shell = ["bashInteractive", "coreutils", "moreutils", "nano"].map((name) => `${name} = set.hello;`).join(" ");
  const files = {
    "set.nix": await readFile(join(directory, "set.nix"), "utf8"),
    "packages.nix": await readFile(CORNICE_PKGS_PATH, "utf8"),
    "default.nix": `{ config }: let set = import ./packages.nix { inherit config; }; in set // { ${shell} }\n`,
  };
  const repository = await createRepository(directory);
  await repository.commit(files, "main");
  return { ...others, CORNICE_PKGS_REPO: repository.url };
}

function searchField(page: Page) {
  return page.getByRole("combobox", { name: "Add a package" });
}

/** Types into the search, and waits until the page has its list of packages. Before, it only repeats the typed name. */
async function find(page: Page, text: string): Promise<void> {
  await searchField(page).fill(text);
  await expect.poll(() => page.getByRole("option").count()).toBeGreaterThan(0);
  await expect.poll(() => page.locator(".results .hint").textContent()).not.toContain("on its way");
}

function command(page: Page): Promise<string | null> {
  return page.getByRole("tabpanel").locator("code").textContent();
}

describe("composing", () => {
  it("goes from a search to the command on the clipboard, and back with the browser's buttons", async () => {
    await using visited = await visit(home, { permissions: ["clipboard-read", "clipboard-write"] });
    const { page } = visited;
    await find(page, "hel");
    await page.getByRole("option", { name: /^hello/ }).click();
    await find(page, "wor");
    await page.getByRole("option", { name: /^world/ }).click();
    await page.getByRole("switch").check();
    await page.getByLabel("arm64").check();
    expect(new URL(page.url()).search).toBe("?name=arm64/shell/hello/world");
    await page.getByLabel("default").check();
    await page.getByLabel("Tag").fill("v1");
    await page.getByLabel("Tag").press("Enter");
    expect(await command(page)).toBe(`docker run --rm -it ${registry.host}/shell/hello/world:v1`);
    await page.getByRole("tab", { name: "Podman" }).click();
    await page.getByRole("button", { name: "Copy the Podman command" }).click();
    await page.getByRole("button", { name: "Copy the Podman command" }).getByText("Copied").waitFor();
    const copied = await page.evaluate(() => navigator.clipboard.readText());
    expect(copied).toBe(`podman run --tls-verify=false --rm -it ${registry.host}/shell/hello/world:v1`);
    await page.goBack();
    await expect.poll(() => command(page)).toBe(`docker run --rm -it ${registry.host}/shell/hello/world`);
    await page.goForward();
    await expect.poll(() => command(page)).toBe(copied);
    await page.reload();
    await expect.poll(() => command(page)).toBe(copied);
    expectCleanVisit(visited, registry.host);
  });

  it("needs no mouse", async () => {
    await using visited = await visit(home);
    const { page } = visited;
    const type = (...keys: string[]) =>
      keys.reduce((before, key) => before.then(() => page.keyboard.press(key)), Promise.resolve());
    await searchField(page).waitFor();
    await type("Tab", "Enter", "Tab");
    await expect.poll(() => searchField(page).evaluate((field) => field === document.activeElement)).toBe(true);
    await page.keyboard.type("lar");
    await expect.poll(() => page.getByRole("option", { name: /^large/ }).count()).toBe(1);
    await type("ArrowDown", "ArrowUp", "Enter");
    await page.keyboard.type("hello");
    await expect.poll(() => page.getByRole("option", { name: /^hello/ }).count()).toBe(1);
    await type("Enter", "Escape");
    expect(await command(page)).toBe(`docker pull ${registry.host}/hello/large`);
    // Delete removes the chip with the focus. Backspace in the empty field removes the last chip.
    await type("Shift+Tab", "Shift+Tab", "Delete");
    expect(await command(page)).toBe(`docker pull ${registry.host}/large`);
    await type("Backspace");
    await page.getByText("The command that pulls the image then stands here.").waitFor();
    expect(await page.getByText("docker pull").count()).toBe(0);
    // The shell, the platform, the tag, then the tools.
    await type("Tab", "Space", "Tab", "ArrowRight", "Tab", "Tab", "ArrowRight", "ArrowRight");
    expect(await command(page)).toBe(`nerdctl --insecure-registry run --rm -it ${registry.host}/amd64/shell`);
    expectCleanVisit(visited, registry.host);
  });

  it("accepts typed names, and says what is wrong with them", async () => {
    await using visited = await visit(home);
    const { page } = visited;
    await searchField(page).fill("Shell/nested.deep.thing/7zz");
    await searchField(page).press("Enter");
    expect(await command(page)).toBe(`docker run --rm -it ${registry.host}/shell/7zz/nested.deep.thing`);
    await searchField(page).fill("no!name");
    await searchField(page).press("Enter");
    await page.getByRole("alert").getByText('"no!name" cannot be part of an image name').waitFor();
    await page.getByLabel("Tag").fill("a..b");
    await page.getByText('"a..b" cannot be a channel, branch or commit').waitFor();
    expectCleanVisit(visited, registry.host);
  });

  it("suggests a package for a typing mistake", async () => {
    await using visited = await visit(home);
    await find(visited.page, "hlelo");
    await visited.page.getByText("No package is called that. Close to it:").first().waitFor();
    await visited.page.getByRole("option", { name: /^hello/ }).waitFor();
  });

  it("shows a package's description and version as text", async () => {
    await using visited = await visit(home);
    const { page } = visited;
    await find(page, "markup");
    await page.getByRole("option").getByText("<img src=x onerror=document.title='harmed'> & <b>bold</b>").waitFor();
    await page.getByRole("option").getByText("<i>1</i>").waitFor();
    expect(await page.title()).not.toBe("harmed");
    expect(await page.locator("main img").count()).toBe(0);
    expectCleanVisit(visited, registry.host);
  });

  it("works with typed names if the registry lists no packages", async () => {
    const env = { ...settings, CORNICE_INDEX: "false" };
    const unlisted = await startRegistry({ stateDirectory: join(directory, "unlisted"), env });
    try {
      await using visited = await visit(`http://${unlisted.host}/`);
      const { page } = visited;
      await searchField(page).fill("hello");
      await page.getByText("This registry has no list of packages. Type exact names.").first().waitFor();
      await searchField(page).press("Enter");
      expect(await command(page)).toBe(`docker pull ${unlisted.host}/hello`);
      expectCleanVisit(visited, unlisted.host);
    } finally {
      await unlisted.stop();
    }
  });
});

describe("the page offers", () => {
  it("examples, a platform and a tag that the package set has", async () => {
    await using visited = await visit(home);
    const { page } = visited;
    const examples = page.locator(".examples code");
    await examples.first().waitFor();
    const names = await examples.allTextContents();
    for (const name of names) expect((await fetch(`${home}v2/${name}/manifests/latest`)).status).toBe(200);
    expect(names).toHaveLength(3);
    await page.getByLabel("arm64").waitFor();
    await page.getByLabel("Tag").waitFor();
  });

  it("no shell, platform or tag if the package set lacks them", async () => {
    const plain = await startRegistry({ stateDirectory: join(directory, "plain"), env: settings });
    try {
      await plain.logged("The package index has");
      await using visited = await visit(`http://${plain.host}/`);
      const { page } = visited;
      await page.locator(".examples").waitFor();
      await page.getByText("the package set test").waitFor();
      expect(await page.locator(".options fieldset").count()).toBe(0);
      await page.goto(`http://${plain.host}/?name=arm64/shell/hello&tag=v1`);
      await page.getByRole("tabpanel").waitFor();
      expect(await page.locator(".options fieldset").count()).toBe(3);
      expectCleanVisit(visited, plain.host);
    } finally {
      await plain.stop();
    }
  });
});

describe("a narrow screen", () => {
  it("shows a whole row of a table of settings, and no command is cut", async () => {
    await using visited = await visit(new URL("/docs/settings", home).href, { viewport: { width: 390, height: 844 } });
    const { page } = visited;
    const table = page.locator("article .scrolled").first();
    expect(await table.evaluate((box) => box.scrollWidth - box.clientWidth)).toBe(0);
    expect(
      await page
        .locator("article td")
        .nth(3)
        .evaluate((cell) => getComputedStyle(cell, "::before").content),
    ).toBe('"meaning: "');
    await page.goto(new URL("/?name=shell/hello/large/nested.deep.thing/world&tag=v1", home).href);
    const text = page.locator(".command pre");
    await text.waitFor();
    expect(await text.evaluate((box) => box.scrollWidth - box.clientWidth)).toBe(0);
  });
});

describe("the page", () => {
  it.each(["/", "/?name=shell/hello&tag=v1", "/docs/", "/docs/settings", "/docs/performance", "/nothing/here"])(
    "%s is accessible, light and dark, and fits on a phone",
    async (path) => {
      await using visited = await visit(new URL(path, home).href, { viewport: PHONE });
      const { page } = visited;
      await page.getByRole("heading", { level: 1 }).waitFor();
      if (path === "/") await find(page, "l");
      await page.waitForLoadState("networkidle");
      await expectNoSidewaysScroll(page);
      await expectAccessibleInBothSchemes(page);
      await page.setViewportSize({ width: 1280, height: 860 });
      await expectAccessibleInBothSchemes(page);
      expectCleanVisit(visited, registry.host);
    },
  );

  it("answers terminals with a line of text", async () => {
    const response = await fetch(home);
    expect(response.headers.get("Content-Type")).toMatch(/^text\/plain/);
    expect(await response.text()).toContain(`docker pull ${registry.host}/NAME, with the name of a package`);
  });
});
