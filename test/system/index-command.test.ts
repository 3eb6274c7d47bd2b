import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, realpath } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { R2Settings } from "../../origin/stores/settings.ts";
import { createR2Store } from "../../origin/stores/r2-store.ts";
import { packageIndexKey } from "../../protocol/storage-keys.ts";
import { listAt, objectOf, textAt } from "../json.ts";
import { writeTree } from "../origin/fixtures.ts";
import { removeFolder } from "../remove-folder.ts";
import { edgeAccess } from "./edge-access.ts";
import { descendantWith, output, processesWith, run } from "./program.ts";
import { LISTED, type Registry, REPOSITORY, startRegistry, testPackages } from "./registry.ts";

const PROGRAM = join(REPOSITORY, "bin/cornice");
const STOP_LIMIT_MS = 5000;

let directory: string;
let packages: Record<string, string>;

beforeAll(async () => {
  directory = await mkdtemp(join(await realpath(tmpdir()), "cornice-index-"));
  packages = { ...(await testPackages(directory, randomUUID())), ...LISTED, CORNICE_SOURCE_REVISION: "r1" };
});

afterAll(() => removeFolder(directory));

function environment(settings: Readonly<Record<string, string>>) {
  return { ...process.env, XDG_CACHE_HOME: join(directory, "cache"), ...settings };
}

function cornice(args: readonly string[], settings: Readonly<Record<string, string>> = packages) {
  return run(PROGRAM, ["index", ...args], { env: environment(settings), cwd: directory });
}

function namesOf(json: string): string[] {
  return listAt(JSON.parse(json), "packages").map((row) => textAt(row, 0));
}

/** A package set with an attribute that waits for ever. The command line of its process has the folder's name. */
async function slowPackages(): Promise<Record<string, string>> {
  const set = await writeTree(join(directory, "slow"), { "default.nix": "{ waits = builtins.readFile ./pipe; }" });
  await output("mkfifo", [join(set, "pipe")]);
  return { CORNICE_PKGS_PATH: set };
}

describe("cornice index -o", () => {
  it("writes a file", async () => {
    const { code, stdout, stderr } = await cornice(["-o", "index.json"]);
    expect([code, stdout]).toEqual([
      0,
      expect.stringMatching(/^index\.json: \d+ packages, 1 attribute left out; test at r1\n$/),
    ]);
    expect(stderr).toContain("cornice: evaluate\nmissing is left out: ");
    const json = await readFile(join(directory, "index.json"), "utf8");
    expect(JSON.parse(json)).toMatchObject({ source: "test", revision: "r1" });
    expect(namesOf(json)).toEqual(expect.arrayContaining(["7zz", "hello", "large", "world"]));
    expect(namesOf(json)).not.toContain("unfree");
    expect((await readdir(directory)).filter((name) => name.includes("partial"))).toEqual([]);
  });

  it("writes the index, and nothing else, to standard output", async () => {
    const { stdout, stderr } = await cornice(["-o", "-"]);
    expect(stdout).toBe(await readFile(join(directory, "index.json"), "utf8"));
    expect(stderr).toMatch(/^-: \d+ packages/m);
  });

  it("prints its progress as JSON", async () => {
    const { stdout, stderr } = await cornice(["-o", "again.json", "--json"]);
    const events = stdout
      .trimEnd()
      .split("\n")
      .map((line) => objectOf(line));
    expect(events).toContainEqual({ event: "phase", phase: "evaluate" });
    expect(events.at(-1)).toMatchObject({
      event: "index",
      source: "test",
      revision: "r1",
      failures: 1,
      isNew: true,
      place: "again.json",
    });
    expect(stderr).toBe("");
  });

  it("lists the starter set if there is no package source", async () => {
    const { code, stderr } = await cornice(["-o", "starter.json"], {});
    expect([code, stderr]).toEqual([0, expect.not.stringContaining("left out")]);
    const index = await readFile(join(directory, "starter.json"), "utf8");
    const rows = listAt(JSON.parse(index), "packages");
    expect(rows.length).toBeGreaterThan(300);
    expect(rows).toContainEqual([
      "git",
      expect.stringMatching(/^\d+\.\d/),
      "fast, scalable, distributed revision control system",
    ]);
    expect(namesOf(index)).toContain("python3packages.requests");
  });

  it("leaves the old file when it is stopped, and ends within five seconds", async () => {
    const env = environment(await slowPackages());
    const before = await readFile(join(directory, "index.json"), "utf8");
    const child = spawn(PROGRAM, ["index", "-o", "index.json"], { env, cwd: directory, stdio: "ignore" });
    const ended = once(child, "close");
    const listing = () => descendantWith(child.pid, " repl --option");
    await expect.poll(listing, { timeout: 30_000 }).not.toBe(undefined);
    const began = Date.now();
    child.kill("SIGINT");
    expect(await ended).toEqual([130, null]);
    expect(Date.now() - began).toBeLessThan(STOP_LIMIT_MS);
    expect(await processesWith(join(directory, "slow"))).toEqual([]);
    expect(await readFile(join(directory, "index.json"), "utf8")).toBe(before);
  });

  it("fails before it lists anything, if it cannot write", async () => {
    const { code, stderr } = await cornice(["-o", "none/index.json"]);
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(/^cornice: cannot write none\/index\.json: ENOENT[^\n]*\n$/),
    ]);
  });
});

describe("the registry's index", () => {
  let registry: Registry;
  let r2: R2Settings;
  let env: Record<string, string>;

  beforeAll(async () => {
    const stateDirectory = join(directory, "state");
    registry = await startRegistry({ stateDirectory, env: packages });
    const access = await edgeAccess(stateDirectory);
    r2 = access.r2;
    env = { ...packages, ...access.env };
  });

  afterAll(() => registry.stop());

  async function published(): Promise<string> {
    const [store, key] = [createR2Store(r2), await packageIndexKey("test")];
    const stream = await store.open(key);
    const stored = stream ? await buffer(stream) : Buffer.of();
    expect(await store.head(key)).toMatchObject({ size: stored.length });
    return gunzipSync(stored).toString();
  }

  it("is made by npm start in the background", async () => {
    await registry.logged("The package index has ");
    expect(registry.log()).toMatch(
      /^The package index has \d+ packages, after \d+\.\d s; 1 attribute left out; \d+ names for \S+ need no evaluation\.$/m,
    );
    expect(registry.log().indexOf("Cornice serves")).toBeLessThan(registry.log().indexOf("The package index"));
    expect(await published()).toBe((await cornice(["-o", "-"])).stdout);
  });

  it("is not made again for the same revision", async () => {
    const { code, stdout } = await cornice([], env);
    expect([code, stdout]).toEqual([0, `${await packageIndexKey("test")}: unchanged; test at r1\n`]);
  });

  it("is made again when the settings allow more", async () => {
    const { stdout } = await cornice([], { ...env, CORNICE_ALLOW_UNFREE: "true" });
    expect(stdout).toMatch(/: \d+ packages, 1 attribute left out, \d+ names indexed for \S+; test at r1\n$/);
    expect(namesOf(await published())).toContain("unfree");
  });

  it("cannot be put with a wrong key, and the error has one line", async () => {
    const { code, stderr } = await cornice([], { ...env, R2_SECRET_ACCESS_KEY: "wrong" });
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(/\ncornice: HEAD package-index\/\S+ failed at R2: [^\n]*\n$/),
    ]);
  });
});

describe("npm start", () => {
  it("goes on without an index, and says why", async () => {
    const set = await writeTree(join(directory, "text"), { "default.nix": '"no set"' });
    const env = { ...packages, CORNICE_PKGS_PATH: set };
    const registry = await startRegistry({ stateDirectory: join(directory, "text-state"), env });
    await registry.logged(
      "There is no new package index: the package set cannot be evaluated: the package source gives a string",
    );
    expect((await fetch(`http://${registry.host}/v2/`)).status).toBe(200);
    await registry.stop();
  });

  it("makes none if CORNICE_INDEX is false", async () => {
    const env = { ...packages, CORNICE_INDEX: "false" };
    const registry = await startRegistry({ stateDirectory: join(directory, "none-state"), env });
    expect((await fetch(`http://${registry.host}/v2/hello/manifests/latest`)).status).toBe(200);
    expect(registry.log()).not.toContain("package index");
    await registry.stop();
  });

  it("makes a list again that the bucket has lost", async () => {
    const stateDirectory = join(directory, "lost-state");
    const registry = await startRegistry({ stateDirectory, env: { ...packages, CORNICE_INDEX_INTERVAL: "1" } });
    await registry.logged("The package index has ");
    const [store, key] = [createR2Store((await edgeAccess(stateDirectory)).r2), await packageIndexKey("test")];
    await store.remove([key]);
    await expect.poll(() => store.head(key), { timeout: 20_000 }).not.toBe(undefined);
    await registry.stop();
  });

  it("can be stopped within five seconds while it makes one, and leaves no process behind", async () => {
    const env = { ...packages, CORNICE_PKGS_PATH: join(directory, "slow") };
    const registry = await startRegistry({ stateDirectory: join(directory, "slow-state"), env });
    await expect.poll(() => processesWith(join(directory, "slow")), { timeout: 30_000 }).not.toEqual([]);
    const began = Date.now();
    await registry.stop();
    expect(Date.now() - began).toBeLessThan(STOP_LIMIT_MS);
    expect(await processesWith(join(directory, "slow"))).toEqual([]);
  });
});
