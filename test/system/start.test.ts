import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:net";
import { mkdtemp, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { removeFolder } from "../remove-folder.ts";
import { descendantWith, output, processesWith } from "./program.ts";
import { freePort } from "../../start/machine/ports.ts";
import { launchRegistry, NPM_START, type Registry, startRegistry, testPackages } from "./registry.ts";

const STOP_LIMIT_MS = 5000;
/** Part of the command lines of all builders that wait without end. */
const SALT = randomUUID();

let directory: string;
let state: string;
let env: Record<string, string>;
let running: Registry[] = [];

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "cornice-start-"));
  state = join(directory, "state");
  env = await testPackages(directory, SALT);
});

afterEach(async () => {
  await Promise.all(running.map((registry) => registry.stop()));
  running = [];
});

afterAll(() => removeFolder(directory));

async function start(): Promise<Registry> {
  const registry = await startRegistry({ stateDirectory: state, env, command: NPM_START });
  running.push(registry);
  return registry;
}

function pull({ host }: Registry, reference: string): Promise<Response> {
  const [name, tag = "latest"] = reference.split(":");
  return fetch(`http://${host}/v2/${name}/manifests/${tag}`);
}

describe("npm start", () => {
  it("says where it is, what it serves, and what to try", async () => {
    const registry = await start();
    expect(registry.log()).toContain(`Cornice serves http://${registry.host}`);
    expect(registry.log()).toContain("packages  test");
    // The set has neither git nor htop.
    expect(registry.log()).toContain("the page has the command that pulls it");
    expect(registry.log()).not.toContain("docker run");
  });

  it("gives no access to its storage on the registry's port", async () => {
    const { host } = await start();
    const local = `http://${host}/cdn-cgi/local`;
    const namespace = `${local}/explorer/api/storage/kv/namespaces/${"0".repeat(32)}`;
    const write = { method: "PUT", headers: { "Content-Type": "application/json" }, body: '[{"key":"x","value":"x"}]' };
    expect((await fetch(`${namespace}/bulk`, write)).ok).toBe(false);
    const paths = ["explorer/", "explorer/api/r2/buckets", "r2/public/cornice/x", "r2/s3/cornice/x", "scheduled"];
    for (const url of [`${namespace}/keys`, ...paths.map((path) => `${local}/${path}`)]) {
      expect((await fetch(url)).status, url).toBe(404);
    }
  });

  it("lets only the owner enter its state folder, and keeps files below it readable, with any umask", async () => {
    const stateDirectory = join(directory, "masked");
    const umask = process.umask(0o077);
    try {
      running.push(await startRegistry({ stateDirectory, env }));
    } finally {
      process.umask(umask);
    }
    const modeOf = async (name: string) => ((await stat(join(stateDirectory, name))).mode & 0o777).toString(8);
    expect(await modeOf("")).toBe("700");
    expect(await modeOf("spool")).toBe("755");
    for (const name of ["secrets.json", "stores.json", "wrangler.json"]) expect(await modeOf(name), name).toBe("600");
  });

  it("ends on Ctrl-C within five seconds and leaves no process behind", async () => {
    const registry = await start();
    const began = Date.now();
    await registry.stop();
    expect(Date.now() - began).toBeLessThan(STOP_LIMIT_MS);
    expect(await processesWith(state)).toEqual([]);
    await expect(fetch(`http://${registry.host}/v2/`)).rejects.toThrow();
  });

  it("ends, too, when only npm gets the signal, as from a service manager", async () => {
    const registry = await start();
    registry.process.kill("SIGTERM");
    await once(registry.process, "close", { signal: AbortSignal.timeout(STOP_LIMIT_MS) });
    expect(await processesWith(state)).toEqual([]);
  });

  it("ends a running build and its builder on Ctrl-C", async () => {
    const registry = await start();
    const pulling = pull(registry, "endless").catch(() => undefined);
    await registry.logged("endless: building");
    expect(await processesWith(SALT)).not.toEqual([]);
    await registry.stop();
    await pulling;
    // The kernel may take a moment for a process that was killed.
    await expect.poll(() => processesWith(SALT), { timeout: 10_000 }).toEqual([]);
  });

  it("serves an image that was pulled before a restart, without a build", async () => {
    const first = await start();
    const manifest = await (await pull(first, "world")).text();
    await first.stop();
    const second = await start();
    expect(await (await pull(second, "world")).text()).toBe(manifest);
    expect(second.log()).not.toContain("built in");
  });

  it("goes on serving when the origin dies, and starts it again", async () => {
    const registry = await start();
    expect((await pull(registry, "hello")).status).toBe(200);
    const origin = await descendantWith(registry.process.pid, "origin/service/main.ts");
    process.kill(origin ?? 0, "SIGKILL");
    await registry.logged("the origin ended (SIGKILL); starting it again in 1 s");
    expect((await pull(registry, "hello")).status).toBe(200);
    const cold = await pull(registry, "7zz");
    expect(cold.status).toBe(503);
    expect(cold.headers.get("Retry-After")).toMatch(/^\d+$/);
    await expect.poll(async () => (await pull(registry, "7zz")).status, { timeout: 20_000 }).toBe(200);
  });

  it("logs what it did, but prints no line for each request", async () => {
    const registry = await start();
    expect((await pull(registry, "large")).status).toBe(200);
    const ask = async (path: string) => (await fetch(`${registry.originUrl}${path}`)).text();
    expect(await ask("/readyz")).toBe("ready");
    const metrics = await ask("/metrics");
    expect(metrics).toContain('cornice_builds_total{result="image"} 1\n');
    expect(metrics).toContain('cornice_build_phase_seconds_count{phase="realise"} 1\n');
    expect(metrics).toContain('cornice_layers_total{outcome="packed"} 2\n');
    expect(registry.log()).toMatch(/^origin: large: asked for, trace [0-9a-f]{32}$/m);
    expect(registry.log()).not.toContain("/v2/large");
    expect(registry.log()).not.toContain('"message":"request"');
  });

  it("builds an image once for any number of clients", async () => {
    const registry = await start();
    const pulls = Array.from({ length: 20 }, () => pull(registry, "nested.deep.thing"));
    const digests = (await Promise.all(pulls)).map(({ headers }) => headers.get("Docker-Content-Digest"));
    expect(new Set(digests).size).toBe(1);
    expect(registry.log().match(/built in/g)).toHaveLength(1);
  });

  it("makes the same image in two registries that share only the packages", async () => {
    const digests: (string | null)[] = [];
    for (const name of ["one", "two"]) {
      const registry = await startRegistry({ stateDirectory: join(directory, name), env });
      running.push(registry);
      digests.push((await pull(registry, "world/hello")).headers.get("Docker-Content-Digest"));
      expect(registry.log()).toContain("built in");
    }
    expect(digests[0]).toMatch(/^sha256:/);
    expect(digests[1]).toBe(digests[0]);
  });
});

describe("npm start refuses, in one line and with exit code 1,", () => {
  async function refusal(settings: Record<string, string>, ports?: [number, number]): Promise<string> {
    const options = { stateDirectory: join(directory, "refused"), env: { ...env, ...settings }, command: NPM_START };
    const registry = await launchRegistry(ports ? { ...options, ports } : options);
    const [code] = await new Promise<[number | null]>((resolve) => {
      registry.process.once("close", (exitCode: number | null) => resolve([exitCode]));
    });
    expect(code).toBe(1);
    expect(await processesWith(join(directory, "refused"))).toEqual([]);
    return registry.log().trim();
  }

  it("a port that is taken", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    const address = await new Promise<number>((resolve) => {
      server.once("listening", () => {
        const bound = server.address();
        resolve(bound !== null && typeof bound === "object" ? bound.port : 0);
      });
    });
    expect(await refusal({}, [address, await freePort()])).toBe(
      `cornice: port ${address} is taken; free it, or choose another with CORNICE_PORT`,
    );
    expect(await refusal({}, [await freePort(), address])).toContain("CORNICE_ORIGIN_PORT");
    server.close();
  });

  it.each([
    [{ CORNICE_PORT: "http" }, 'cornice: CORNICE_PORT is "http"; it must be a whole number from 1 to 65535'],
    [{ CORNICE_CHANNEL: "nixos-25.11" }, "more than one is set"],
    [{ CORNICE_PKGS_PATH: "relative/path" }, "it must be an absolute path"],
    [{ CORNICE_PKGS_PATH: "/nowhere" }, "cornice: CORNICE_PKGS_PATH: there is no /nowhere"],
  ])("a bad setting: %j", async (settings, message) => {
    const log = await refusal(settings);
    expect(log).toContain(message);
    expect(log.split("\n")).toHaveLength(1);
  });

  it("a setting that only the origin reads, and stops the Worker again", async () => {
    expect(await refusal({ NIX_TIMEOUT: "soon" })).toContain('NIX_TIMEOUT is "soon"');
  });

  it("a Nix that does not work, and says which one would", async () => {
    expect(await refusal({ NIX_REMOTE: "unix:///nowhere" })).toMatch(
      /^origin: Nix's daemon does not answer.*nix-setup-systemd.*\ncornice: the origin did not start; its message is above$/,
    );
  });
});

describe("npm start -- --help", () => {
  it("prints the settings", async () => {
    expect(await output("npm", ["start", "--silent", "--", "--help"])).toContain("CORNICE_PKGS_REPO");
  });
});
