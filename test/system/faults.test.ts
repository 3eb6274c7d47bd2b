import { randomUUID } from "node:crypto";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import {
  createServer,
  request as sendRequest,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { BuildEvent } from "../../protocol/build-events.ts";
import { hostArchitecture } from "../../origin/nix/system.ts";
import { edgeAccess } from "./edge-access.ts";
import { type OriginProcess, startOrigin } from "./origin-process.ts";
import { output } from "./program.ts";
import { freePort, type Registry, startRegistry, testPackages } from "./registry.ts";
import { checkStores } from "./stored-objects.ts";

type Fault = "none" | "error" | "cut" | "slow";

let directory: string;
let registry: Registry;
let edge: Awaited<ReturnType<typeof edgeAccess>>;
let proxy: Server;
let proxyPort: number;
/** What becomes of the next puts; none after the last. */
let faults: Fault[] = [];
let origins: OriginProcess[] = [];

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "cornice-faults-"));
  const stateDirectory = join(directory, "state");
  registry = await startRegistry({ stateDirectory, env: await testPackages(directory, randomUUID()) });
  edge = await edgeAccess(registry, stateDirectory);
  proxyPort = await freePort();
  proxy = createServer((request, response) => void forward(request, response)).listen(proxyPort, "127.0.0.1");
});

afterEach(async () => {
  await Promise.all(origins.map((origin) => origin.kill()));
  origins = [];
  faults = [];
});

afterAll(async () => {
  proxy.closeAllConnections();
  proxy.close();
  await registry.stop();
  await rm(directory, { recursive: true, force: true });
});

/** The way to R2, on which puts can meet with an accident. */
async function forward(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const fault = request.method === "PUT" ? (faults.shift() ?? "none") : "none";
  if (fault === "error") {
    request.resume();
    response.writeHead(500).end("<Error><Code>InternalError</Code></Error>");
    return;
  }
  if (fault === "cut") {
    request.once("data", () => request.destroy());
    return;
  }
  if (fault === "slow") await setTimeout(SLOW_MS);
  const { pathname, search, port, hostname } = new URL(request.url ?? "", edge.r2.endpoint);
  const { method, headers } = request;
  // The signature covers the host's name.
  const onward = sendRequest({ hostname, port, path: pathname + search, method, headers }, (answer) => {
    response.writeHead(answer.statusCode ?? 500, answer.headers);
    answer.pipe(response);
  });
  onward.on("error", () => response.destroy());
  request.pipe(onward);
}

const SLOW_MS = 3000;

/** Builds new packages with an origin that reaches R2 through the proxy. Returns the last event. */
async function build(
  settings: Readonly<Record<string, string>> = {},
): Promise<{ last: BuildEvent | undefined; log: string }> {
  const set = await mkdtemp(join(directory, "set-"));
  const spool = join(set, "spool");
  await mkdir(spool);
  const endpoint = edge.r2.endpoint.replace(/:\d+/, `:${proxyPort}`);
  const packages = await testPackages(set, randomUUID());
  const origin = await startOrigin({
    ...edge.env,
    ...packages,
    R2_ENDPOINT: endpoint,
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
  ])("%s all the time is the reason that whoever pulls is told", async (_, fault) => {
    faults = Array.from({ length: 200 }, () => fault);
    const { last, log } = await build();
    expect(last).toEqual({
      event: "error",
      code: "UNAVAILABLE",
      message: "the registry's storage did not take the image; try again later",
    });
    expect(log).toMatch(/PUT \S+ failed at R2/);
    expect((await checkStores(edge.r2, edge.kv)).broken).toEqual([]);
  });
});

/** Runs with a folder that is a disk of its own. */
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
  it("is the reason that whoever pulls is told, and is left as it was", async () => {
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

  it("is no reason while it is full of layers that were kept", async () => {
    // Compressed, an image has 530 kB.
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
