import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { chmod, mkdir, mkdtemp, readdir, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DRAIN_TIMEOUT_S } from "../../origin/service/config.ts";
import { ensurePrograms } from "../../start/machine/debian-packages.ts";
import { freePort } from "../../start/machine/ports.ts";
import { containing } from "../matchers.ts";
import { removeFolder } from "../remove-folder.ts";
import { descendantWith, processesWith, run } from "./program.ts";
import { REPOSITORY } from "./registry.ts";
import { SYSTEM } from "./source-pull.ts";

const UNITS = join(REPOSITORY, "deploy/systemd");
/** Where the units expect the clone. */
const CLONE = "/opt/cornice";
const STATE = "/var/lib/cornice";
const CACHE = "/var/cache/cornice";
/** The exposure that `systemd-analyze security` may find, in tenths. Lower is better. */
const MAX_EXPOSURE = { "cornice.service": 50, "cornice-origin.service": 50, "cornice-gc.service": 25 };

/** Nix says so, and tries again, while other tests use the same store. */
const STORE_IS_BUSY = /^.*warning: error: SQLite database '\S+' is busy$/gm;

let directory: string;

beforeAll(async () => {
  const requirements = [{ program: "systemd-analyze", debianPackage: "systemd" }];
  await ensurePrograms(requirements, { path: process.env["PATH"] ?? "", isRoot: true, log: console.log });
  directory = await mkdtemp(join(tmpdir(), "cornice-units-"));
  await chmod(directory, 0o755);
});

afterAll(() => removeFolder(directory));

function unit(name: string): Promise<string> {
  return readFile(join(UNITS, name), "utf8");
}

/** The words of all lines of a directive. */
function words(text: string, directive: string): string[] {
  return [...text.matchAll(new RegExp(`^${directive}=(.*)$`, "gm"))].flatMap(([, value = ""]) => value.split(" "));
}

/** The lines of a unit that say what its processes may do. */
function hardening(text: string): string {
  return text.slice(text.indexOf("ProtectSystem="), text.indexOf("[Install]"));
}

it("systemd takes each line of the units", async () => {
  const names = await readdir(UNITS);
  for (const name of names)
    await writeFile(
      join(directory, name),
      (await unit(name)).replaceAll(CLONE, REPOSITORY).replace("file:///", "file:/"),
    );
  const files = names.map((name) => join(directory, name));
  expect(await run("systemd-analyze", ["verify", "--man=no", ...files])).toEqual({ code: 0, stdout: "", stderr: "" });
});

it.each(Object.entries(MAX_EXPOSURE))("%s exposes at most %i tenths", async (name, most) => {
  const args = ["security", "--offline=true", "--no-pager", `--threshold=${most}`, join(UNITS, name)];
  expect(await run("systemd-analyze", args)).toMatchObject({ code: 0 });
});

it("the registry and the origin may do the same", async () => {
  expect(hardening(await unit("cornice.service"))).toBe(hardening(await unit("cornice-origin.service")));
});

it("the time to stop is longer than what draining takes", async () => {
  for (const [name, phases] of [
    ["cornice.service", 2],
    ["cornice-origin.service", 1],
  ] as const)
    expect(Number(words(await unit(name), "TimeoutStopSec")[0])).toBeGreaterThan(
      phases * DRAIN_TIMEOUT_S.fallback + 10,
    );
});

/** bubblewrap has the same means as systemd: a read-only root, folders of its own, few capabilities, no new privileges. */
function confined(text: string, folders: { readonly state: string; readonly cache: string }): string[] {
  const writable = words(text, "ReadWritePaths").flatMap((path) => ["--bind", path, path]);
  const own = [
    "--tmpfs",
    "/var/lib",
    "--bind",
    folders.state,
    STATE,
    "--tmpfs",
    "/var/cache",
    "--bind",
    folders.cache,
    CACHE,
  ];
  const temporary = ["--tmpfs", "/tmp", "--tmpfs", "/var/tmp"];
  // The units expect the clone in /opt. Here it may stand in a temporary folder.
  const clone = ["--ro-bind", REPOSITORY, REPOSITORY];
  const capabilities = words(text, "CapabilityBoundingSet").flatMap((name) => ["--cap-add", name]);
  const system = ["--ro-bind", "/", "/", "--dev", "/dev", "--dev-bind", "/proc", "/proc"];
  return [
    ...system,
    ...writable,
    ...own,
    ...temporary,
    ...clone,
    "--cap-drop",
    "ALL",
    ...capabilities,
    "--die-with-parent",
  ];
}

describe("with the paths and the capabilities of its unit, the registry", () => {
  let child: ChildProcess;
  let log = "";

  afterAll(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill("SIGKILL");
    await once(child, "exit");
  });

  it("starts, and builds", async () => {
    const text = await unit("cornice.service");
    const [state, cache] = [join(directory, "state"), join(directory, "cache")];
    await mkdir(state, { mode: 0o700 });
    await mkdir(cache);
    const script = `mkdir $out; echo ${randomUUID()} > $out/file`;
    const set = `{ fresh = derivation { name = "fresh"; system = "${SYSTEM}"; builder = "/bin/sh"; PATH = "/usr/bin:/bin";
      args = [ "-c" ${JSON.stringify(script)} ]; }; }`;
    await writeFile(join(cache, "set.nix"), set);
    const [port, originPort] = [String(await freePort()), String(await freePort())];
    const settings = {
      CORNICE_REGISTRY_URL: "https://registry.example",
      CORNICE_PKGS_PATH: join(CACHE, "set.nix"),
      CORNICE_SOURCE_NAME: "test",
      CORNICE_NIX_SANDBOX: "false",
      CORNICE_NIX_SUBSTITUTERS: "",
      CORNICE_INDEX: "false",
      CORNICE_PORT: port,
      CORNICE_ORIGIN_PORT: originPort,
    };
    const command = [join(REPOSITORY, "bin/cornice"), "serve"];
    child = spawn("bwrap", [...confined(text, { state, cache }), ...command], {
      env: { ...process.env, ...settings },
      stdio: ["ignore", "pipe", "pipe"],
    });
    for (const stream of [child.stdout, child.stderr])
      stream?.setEncoding("utf8").on("data", (chunk: string) => {
        log += chunk;
      });
    await expect.poll(() => log, { timeout: 60_000 }).toContain("Cornice serves");
    const pulled = await fetch(`http://127.0.0.1:${port}/v2/fresh/manifests/latest`);
    expect([pulled.status, await pulled.text()], log).toEqual([200, containing("layers")]);
    expect(log).toContain("fresh: built in");
    // Nothing that the log calls an error, and no part of the isolation that the unit takes away.
    expect(log.replaceAll(STORE_IS_BUSY, "")).not.toMatch(
      /error|EROFS|EPERM|warning: (?!builders run without Nix's sandbox)/i,
    );
    expect(await readdir(state)).toContain("signing-key.pem");
  });

  it("ends with all of its processes when it is told to", async () => {
    const runtime = await descendantWith(child.pid, "workerd");
    const ended = once(child, "exit");
    process.kill((await descendantWith(child.pid, "cli/main.ts")) ?? 0, "SIGTERM");
    expect(await ended, log).toEqual([0, null]);
    expect(await processesWith("workerd")).not.toContain(runtime);
  });
});
