import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, realpath, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createR2Store } from "../../origin/stores/r2-store.ts";
import type { ObjectStore } from "../../origin/stores/object-store.ts";
import { objectOf } from "../json.ts";
import { removeFolder } from "../remove-folder.ts";
import { edgeAccess } from "./edge-access.ts";
import { type Outcome, processesWith, run } from "./program.ts";
import { type Registry, REPOSITORY, startRegistry, testPackages } from "./registry.ts";
import { checkStores } from "./stored-objects.ts";

const PROGRAM = join(REPOSITORY, "bin/cornice");
/** Part of the command lines of all builders that wait without end. */
const SALT = randomUUID();
const STOP_LIMIT_MS = 5000;
const PACKED = / layers packed, /;

let directory: string;
let registry: Registry;
let access: Awaited<ReturnType<typeof edgeAccess>>;
let store: ObjectStore;
let env: Record<string, string | undefined>;

beforeAll(async () => {
  directory = await mkdtemp(join(await realpath(tmpdir()), "cornice-warm-"));
  const packages = { ...(await testPackages(directory, SALT)), CORNICE_SOURCE_REVISION: "r1" };
  const stateDirectory = join(directory, "state");
  // The origin of this registry makes no bundles, so all bundles come from the command.
  registry = await startRegistry({ stateDirectory, env: { ...packages, CORNICE_BUNDLES: "off" } });
  access = await edgeAccess(stateDirectory);
  store = createR2Store(access.r2);
  env = { ...process.env, ...packages, ...access.env, XDG_CACHE_HOME: join(directory, "cache") };
});

afterAll(async () => {
  await registry.stop();
  await removeFolder(directory);
});

async function list(...lines: readonly string[]): Promise<string> {
  const path = join(directory, `${randomUUID()}.txt`);
  await writeFile(path, lines.join("\n"));
  return path;
}

function warm(...args: readonly string[]): Promise<Outcome> {
  return run(PROGRAM, ["warm", ...args], { env, cwd: directory });
}

async function pull(name: string): Promise<Response> {
  const answer = await fetch(`http://${registry.host}/v2/${name}/manifests/latest`);
  await answer.text();
  return answer;
}

describe("cornice warm", () => {
  it("refuses a list with bad lines before it builds anything", async () => {
    const path = await list("hello", "", "Hello", "git:a/b");
    const { code, stdout, stderr } = await warm(path);
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr.trimEnd().split("\n")).toEqual([
      expect.stringMatching(/^cornice: \S+\.txt, line 3: "Hello" cannot be part of an image name/),
      expect.stringMatching(/^cornice: \S+\.txt, line 4: /),
    ]);
  });

  it("makes the bundles of an image that is known already", async () => {
    expect((await pull("hello")).status).toBe(200);
    expect(await store.hasAny("bundles/")).toBe(false);
    const { code, stdout, stderr } = await warm(await list("hello"));
    expect([code, stdout]).toEqual([0, "1 image: 1 known already, 1 bundle written; test\n"]);
    expect(stderr).not.toMatch(PACKED);
    expect(await store.hasAny("bundles/")).toBe(true);
  });

  it("builds the other images if one fails, and ends with 1", async () => {
    const { code, stdout, stderr } = await warm(await list("world/hello", "gti", "large # 9 MB", "hello/world"));
    expect([code, stdout.split("\n")]).toEqual([
      1,
      [
        "3 images: 2 built, 1 failure, 2 bundles written; test",
        expect.stringMatching(/^failed: gti: no such package: gti/),
        "",
      ],
    ]);
    expect(stderr).toMatch(/^gti: failed: no such package: gti/m);
    expect(await checkStores(access.r2, access.kv)).toMatchObject({ broken: [], tags: 3 });
  });

  it("packs and writes nothing the second time", async () => {
    const { code, stdout, stderr } = await warm(await list("world/hello", "large"), "--json");
    const events = stdout
      .trimEnd()
      .split("\n")
      .map((line) => objectOf(line));
    expect([code, stderr, events.at(-1)]).toEqual([
      0,
      "",
      { event: "warm", source: "test", images: 2, built: 0, known: 2, bundles: 0, failures: [] },
    ]);
    expect(events).toContainEqual({ event: "progress", phase: "build", done: 2, total: 2, unit: "images" });
    expect(stdout).not.toMatch(PACKED);
  });

  it("lets the edge make a combination that nobody has pulled", async () => {
    const answer = await pull("large/world/hello");
    expect([answer.status, answer.headers.get("Cornice-Cache")]).toEqual([200, "edge"]);
  });

  it("builds the most popular packages", async () => {
    const popularity = join(directory, "popularity.json");
    await writeFile(popularity, JSON.stringify({ packages: {}, roots: { hello: 0.1, World: 0.5 } }));
    const settings = { ...env, CORNICE_POPULARITY_URL: popularity };
    const { stdout, stderr } = await run(PROGRAM, ["warm", "--popular", "1"], { env: settings, cwd: directory });
    expect(stdout).toBe("1 image: 1 built, 1 bundle written; test\n");
    expect(stderr).toContain("world: built (1 of 1 image)");
  });
});

describe("an interrupted call", () => {
  it("ends within five seconds, and leaves no process behind", async () => {
    const child = spawn(PROGRAM, ["warm", await list("talkative", "endless"), "--jobs", "1"], {
      env,
      stdio: ["ignore", "ignore", "pipe"],
    });
    let text = "";
    child.stderr.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
    const ended = once(child, "close");
    await expect.poll(() => processesWith(`sleep 98765; :' ${SALT}`), { timeout: 60_000 }).not.toEqual([]);
    const began = Date.now();
    child.kill("SIGINT");
    expect(await ended).toEqual([130, null]);
    expect(Date.now() - began).toBeLessThan(STOP_LIMIT_MS);
    expect(text).toMatch(/^stopped at 1 of 2 images; run the command again to go on\ncornice: stopped$/m);
    expect(await processesWith(SALT)).toEqual([]);
  });

  it("that was killed leaves whole stores, and the next call goes on", async () => {
    const path = await list("7zz", "nested.deep.thing", "markup");
    const child = spawn(PROGRAM, ["warm", path, "--jobs", "1"], { env, stdio: ["ignore", "ignore", "pipe"] });
    const ended = once(child, "close");
    child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
      if (chunk.includes(" built (1 of 3 images)")) child.kill("SIGKILL");
    });
    expect(await ended).toEqual([null, "SIGKILL"]);
    expect((await checkStores(access.r2, access.kv)).broken).toEqual([]);
    expect(await warm(path)).toMatchObject({ code: 0 });
    expect((await warm(path)).stdout).toBe("3 images: 3 known already, 0 bundles written; test\n");
    expect((await checkStores(access.r2, access.kv)).broken).toEqual([]);
  });
});
