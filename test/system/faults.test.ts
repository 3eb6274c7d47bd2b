import { randomUUID } from "node:crypto";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { BuildEvent } from "../../protocol/build-events.ts";
import { hostArchitecture } from "../../origin/nix/system.ts";
import { matching } from "../matchers.ts";
import { removeFolder } from "../remove-folder.ts";
import { edgeAccess } from "./edge-access.ts";
import { type OriginProcess, startOrigin } from "./origin-process.ts";
import { output } from "./program.ts";
import { startR2Proxy, type R2Proxy } from "./r2-proxy.ts";
import { type Registry, startRegistry, testPackages } from "./registry.ts";
import { pullFromSource } from "./source-pull.ts";
import { checkStores } from "./stored-objects.ts";

type Fault = "none" | "error" | "cut" | "slow";

let directory: string;
let registry: Registry;
let edge: Awaited<ReturnType<typeof edgeAccess>>;
let proxy: R2Proxy;
/** The faults of the next puts, in order. Later puts have no fault. */
let faults: Fault[] = [];
let origins: OriginProcess[] = [];

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "cornice-faults-"));
  const stateDirectory = join(directory, "state");
  registry = await startRegistry({ stateDirectory, env: await testPackages(directory, randomUUID()) });
  edge = await edgeAccess(stateDirectory);
  proxy = await startR2Proxy(edge.r2.endpoint, meet);
});

afterEach(async () => {
  await Promise.all(origins.map((origin) => origin.kill()));
  origins = [];
  faults = [];
});

afterAll(async () => {
  proxy.close();
  await registry.stop();
  await removeFolder(directory);
});

/** Applies the next fault to a request on its way to R2. */
async function meet(request: IncomingMessage, response: ServerResponse): Promise<boolean> {
  const fault = request.method === "PUT" ? (faults.shift() ?? "none") : "none";
  if (fault === "error") {
    request.resume();
    response.writeHead(500).end("<Error><Code>InternalError</Code></Error>");
  }
  if (fault === "cut") request.once("data", () => request.destroy());
  if (fault === "slow") await setTimeout(SLOW_MS);
  return fault === "error" || fault === "cut";
}

const SLOW_MS = 3000;

/**
 * Builds new packages with an origin that reaches R2 through the proxy. Runs `damage` before the origin starts. Returns
 * the last event.
 */
async function build(
  settings: Readonly<Record<string, string>> = {},
  damage?: (packages: Readonly<Record<string, string>>) => Promise<void>,
): Promise<{ last: BuildEvent | undefined; log: string }> {
  const set = await mkdtemp(join(directory, "set-"));
  const spool = join(set, "spool");
  await mkdir(spool);
  const packages = await testPackages(set, randomUUID());
  await damage?.(packages);
  const origin = await startOrigin({
    ...edge.env,
    ...packages,
    R2_ENDPOINT: proxy.endpoint,
    CORNICE_SPOOL_DIR: spool,
    ...settings,
  });
  origins.push(origin);
  const request = { source: "test", tag: "latest", architecture: hostArchitecture(), packages: ["hello", "large"] };
  const events = await Array.fromAsync(origin.build(request));
  return { last: events.at(-1), log: origin.log() };
}

describe("R2", () => {
  it.each<[string, Fault[]]>([
    ["that answers 500 twice", ["error", "error"]],
    ["that cuts the connection twice", ["cut", "cut"]],
    ["that is slow", ["slow", "slow", "slow"]],
    ["that does a little of everything", ["error", "none", "cut", "slow", "none", "cut"]],
  ])("%s still gets the image", async (_, given) => {
    faults = given;
    const { last, log } = await build();
    expect(last, log).toMatchObject({ event: "image" });
    expect(faults).toEqual([]);
    expect((await checkStores(edge.r2, edge.kv)).broken).toEqual([]);
  });

  it.each<[string, Fault]>([
    ["that answers 500", "error"],
    ["that cuts every connection", "cut"],
  ])("%s all the time is the reason in the client's error", async (_, fault) => {
    faults = Array.from({ length: 200 }, () => fault);
    const { last, log } = await build();
    expect(last).toEqual({
      event: "error",
      code: "UNAVAILABLE",
      message: "the registry's storage did not accept the image; try again later",
    });
    expect(log).toMatch(/PUT \S+ failed at R2/);
    expect((await checkStores(edge.r2, edge.kv)).broken).toEqual([]);
  });
});

/** Calls `run` with a folder that is a disk of its own. */
async function onDisk<T>(kib: number, run: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(directory, "disk-"));
  await output("mount", ["-t", "tmpfs", "-o", `size=${kib}k`, "tmpfs", folder]);
  try {
    return await run(folder);
  } finally {
    await output("umount", ["--lazy", folder]);
  }
}

describe("a full disk", () => {
  it("is the reason in the client's error, and no files are left on it", async () => {
    await onDisk(64, async (spool) => {
      const { last } = await build({ CORNICE_SPOOL_DIR: spool });
      expect(last).toEqual({
        event: "error",
        code: "UNAVAILABLE",
        message: "the build service has no disk space left; try again later, or tell its operator",
      });
      expect(await output("find", [spool, "-type", "f"])).toBe("");
    });
    expect((await checkStores(edge.r2, edge.kv)).broken).toEqual([]);
  });

  it("is no problem if kept layers fill it", async () => {
    // A compressed image has 530 kB.
    await onDisk(900, async (disk) => {
      const kept: string[] = [];
      for (const round of [1, 2, 3]) {
        const { last, log } = await build({ CORNICE_SPOOL_DIR: join(disk, "spool") });
        expect(last, `${round}: ${log}`).toMatchObject({ event: "image" });
        kept.push(await output("find", [`${disk}/spool-kept`, "-type", "f"]));
      }
      expect(new Set(kept).size).toBe(3);
      expect(kept).not.toContain("");
    });
    expect((await checkStores(edge.r2, edge.kv)).broken).toEqual([]);
  });
});

describe("a store path that Nix has, and that", () => {
  it.each<[string, (path: string) => Promise<unknown>, RegExp]>([
    ["is gone from the disk", (path) => rm(path, { recursive: true }), /was removed while it was packed; pull again/],
    [
      "cannot be read",
      async (path) => {
        await rm(join(path, "data"));
        await output("mkfifo", [join(path, "data")]);
      },
      /a store path cannot be packed; try again later, or tell the build service's operator/,
    ],
  ])("%s is the reason in the client's error", async (_, damage, message) => {
    const { last } = await build({}, async (env) => {
      const { packages } = await pullFromSource({ directory, env, name: "large" });
      const path = packages.find(({ name }) => name === "large")?.path ?? "";
      expect(path).toMatch(/^\/nix\/store\/.*-large$/);
      await output("chmod", ["-R", "u+w", path]);
      await damage(path);
    });
    expect(last).toEqual({ event: "error", code: "UNAVAILABLE", message: matching(message) });
    expect((await checkStores(edge.r2, edge.kv)).broken).toEqual([]);
  });
});

it("if popularity data cannot be fetched, the origin ends at its start, with one line", async () => {
  await expect(build({ CORNICE_POPULARITY_URL: "/nowhere/popularity.json" })).rejects.toThrow(
    /^the origin ended:\norigin: CORNICE_POPULARITY_URL: file:\/\/\/nowhere\/popularity\.json cannot be used: ENOENT: [^\n]*\n$/,
  );
});
