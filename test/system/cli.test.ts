import { type ChildProcess, spawn } from "node:child_process";
import { createHash, randomUUID } from "node:crypto";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { JsonObject } from "../../protocol/json-object.ts";
import { objectOf, textAt } from "../json.ts";
import { removeFolder } from "../remove-folder.ts";
import { type DockerEngine, startDockerEngine } from "./docker-engine.ts";
import { pathExists } from "../../origin/system/path-exists.ts";
import { type Outcome, output, processesWith, run } from "./program.ts";
import { REPOSITORY, testPackages } from "./registry.ts";

const PROGRAM = join(REPOSITORY, "bin/cornice");
/** Part of the command lines of all builders that wait without end. */
const SALT = randomUUID();
const POLL = { timeout: 30_000, interval: 50 };

let directory: string;
let env: Record<string, string | undefined>;
let engine: DockerEngine;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "cornice-cli-"));
  const packages = await testPackages(directory, SALT);
  env = { ...process.env, ...packages, XDG_CACHE_HOME: join(directory, "cache") };
  engine = await startDockerEngine();
});

afterAll(async () => {
  await engine.stop();
  await removeFolder(directory);
});

function cornice(...args: readonly string[]): Promise<Outcome> {
  return run(PROGRAM, args, { env, cwd: directory });
}

async function succeed(...args: readonly string[]): Promise<Outcome> {
  const outcome = await cornice(...args);
  expect(outcome).toMatchObject({ code: 0 });
  return outcome;
}

async function sha256(name: string): Promise<string> {
  return createHash("sha256")
    .update(await readFile(join(directory, name)))
    .digest("hex");
}

function lastEvent({ stdout }: Outcome): JsonObject {
  return objectOf(stdout.trimEnd().split("\n").at(-1) ?? "");
}

describe("cornice build", () => {
  it("writes an archive, and prints its progress and a summary", async () => {
    const { stdout, stderr } = await succeed("build", "world", "-o", "world.tar");
    expect(stdout).toMatch(/^world\.tar: sha256:[0-9a-f]{64}, 2 layers, [\d.]+ k?B\n$/);
    for (const phase of ["prepare", "resolve", "evaluate", "realise", "group", "pack", "write"])
      expect(stderr).toContain(`cornice: ${phase}\n`);
    expect(stderr).toContain("2 layers packed, 0 known");
  });

  it("builds again what somebody has removed from the cache", async () => {
    const { stdout } = await succeed("build", "world", "-o", "world.tar");
    await rm(join(directory, "cache/cornice/store/blobs"), { recursive: true });
    expect((await succeed("build", "world", "-o", "world.tar")).stdout).toBe(stdout);
  });

  it("packs nothing the second time, but writes the same bytes", async () => {
    const { stderr } = await succeed("build", "world", "-o", "again.tar");
    expect(stderr).not.toContain("cornice: pack");
    expect(await sha256("again.tar")).toBe(await sha256("world.tar"));
  });

  it("writes the same bytes without a cache, and leaves no cache behind", async () => {
    const temporary = join(directory, "temporary");
    await mkdir(temporary);
    const args = ["build", "world", "-o", "fresh.tar", "--no-cache"];
    const { code, stderr } = await run(PROGRAM, args, { env: { ...env, TMPDIR: temporary }, cwd: directory });
    expect([code, stderr]).toEqual([0, expect.stringContaining("2 layers packed, 0 known")]);
    expect(await sha256("fresh.tar")).toBe(await sha256("world.tar"));
    expect(await readdir(temporary)).toEqual([]);
  });

  it("packs only new layers when a package is added", async () => {
    const { stderr } = await succeed("build", "world/7zz", "-o", "both.tar");
    expect(stderr).toMatch(/[12] layers packed, \d known/);
  });

  it("writes to standard output", async () => {
    await output("sh", ["-c", '"$0" build world -o - > piped.tar', PROGRAM], { env, cwd: directory });
    expect(await sha256("piped.tar")).toBe(await sha256("world.tar"));
  });

  it("writes a layout", async () => {
    await succeed("build", "world", "-o", "world-layout/");
    const [archive, layout] = [await cornice("inspect", "world.tar"), await cornice("inspect", "world-layout")];
    expect(layout).toEqual(archive);
  });

  it("prints JSON that ends with the image", async () => {
    const outcome = await succeed("build", "world", "-o", "json.tar", "--json");
    const events = outcome.stdout.trimEnd().split("\n");
    expect(events.slice(0, -1).map((line) => objectOf(line))).toContainEqual({
      event: "phase",
      phase: "evaluate",
    });
    expect(lastEvent(outcome)).toMatchObject({
      event: "image",
      reference: "localhost/world:latest",
      source: "test",
      revision: "unversioned",
      packages: ["World"],
      output: "json.tar",
    });
    expect(outcome.stderr).toBe("");
  });
});

describe("the written image", () => {
  it("can be copied by skopeo under its digest, as archive and as layout", async () => {
    const digest = textAt(lastEvent(await succeed("inspect", "world.tar", "--json")), "manifest", "digest");
    for (const source of ["oci-archive:world.tar", "oci-archive:world.tar:latest", "oci:world-layout:latest"]) {
      const target = join(directory, `copy-${randomUUID()}`);
      await output("skopeo", ["copy", source, `dir:${target}`], { cwd: directory });
      const manifest = await readFile(join(target, "manifest.json"));
      expect(`sha256:${createHash("sha256").update(manifest).digest("hex")}`).toBe(digest);
    }
  });

  it("can be read as a Docker archive, too", async () => {
    await output("skopeo", ["copy", "docker-archive:world.tar", `dir:${join(directory, "docker-copy")}`], {
      cwd: directory,
    });
    expect(await readdir(join(directory, "docker-copy"))).toContain("manifest.json");
  });

  it("can be loaded by a Docker Engine as the same image", async () => {
    const loaded = await engine.docker("load", "--input", join(directory, "world.tar"));
    expect(loaded).toContain("Loaded image: localhost/world:latest");
    const digest = textAt(lastEvent(await succeed("inspect", "world.tar", "--json")), "config", "digest");
    const id = await engine.docker("image", "inspect", "--format", "{{.Id}}", "localhost/world:latest");
    expect(id.trim()).toBe(digest);
  });
});

describe("cornice inspect", () => {
  it("prints a table of an archive", async () => {
    const { stdout } = await succeed("inspect", "world.tar");
    expect(stdout).toMatch(/^image {5}localhost\/world:latest$/m);
    expect(stdout).toMatch(/^revision {2}unversioned$/m);
    expect(stdout).toMatch(/^packages {2}World$/m);
    expect(stdout).toMatch(/^ *\d+ B {2}sha256:[0-9a-f]{12} {2}root$/m);
  });

  it("prints the same for a name, and builds the image if needed", async () => {
    const [named, written] = [
      await succeed("inspect", "world", "--json"),
      await succeed("inspect", "world.tar", "--json"),
    ];
    expect(lastEvent(named)).toMatchObject(lastEvent(written));
    // A folder of the same name is not an image.
    await mkdir(join(directory, "nested.deep.thing"));
    expect((await succeed("inspect", "nested.deep.thing")).stdout).toContain("packages  nested.Deep.thing\n");
  });
});

describe("a build that fails says why in one line and ends with 1:", () => {
  it.each([
    [["nosuch/world"], "cornice: no such package: nosuch"],
    [["text"], "cornice: text is not a package"],
    [["world", "--tag", "v1"], "cornice: no such tag: v1; this package source has only the tag latest"],
    [["failing"], "cornice: building failing failed: "],
  ])("%j", async (args, message) => {
    const { code, stdout, stderr } = await cornice("build", ...args, "-o", "failed.tar");
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toContain(message);
    expect(stderr).not.toContain("    at ");
    expect(await readdir(directory)).not.toContain("failed.tar");
  });

  it("and as JSON", async () => {
    const outcome = await cornice("build", "nosuch", "-o", "failed.tar", "--json");
    expect(outcome.code).toBe(1);
    expect(lastEvent(outcome)).toEqual({
      event: "error",
      code: "MANIFEST_UNKNOWN",
      message: "no such package: nosuch",
    });
  });

  it("before it builds, when the output cannot be written", async () => {
    const { code, stderr } = await cornice("build", "endless", "-o", "none/x.tar");
    expect(code).toBe(1);
    expect(stderr).toMatch(/^cornice: cannot write none\/x\.tar: ENOENT[^\n]*\n$/);
  });
});

interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<unknown[]>;
}

function start(args: readonly string[], settings: typeof env): Running {
  const child = spawn(PROGRAM, args, { env: settings, cwd: directory, stdio: "ignore" });
  return { child, ended: once(child, "close") };
}

/** Sends Ctrl-C. The program has five seconds to clean up and end. */
async function interrupt({ child, ended }: Running): Promise<void> {
  const began = Date.now();
  child.kill("SIGINT");
  expect(await ended).toEqual([130, null]);
  expect(Date.now() - began).toBeLessThan(5000);
}

describe("Ctrl-C", () => {
  it("ends Nix with its builders, and leaves nothing", async () => {
    const before = await readdir(directory);
    const build = start(["build", "endless", "-o", "endless.tar"], env);
    await expect.poll(() => processesWith(SALT), POLL).not.toEqual([]);
    await interrupt(build);
    expect(await processesWith(SALT)).toEqual([]);
    expect(await readdir(directory)).toEqual(before);
    expect(await readdir(join(directory, "cache/cornice/spool"))).toEqual([]);
  });
});

describe("cornice build without a package source", () => {
  let starter: Record<string, string | undefined>;
  beforeAll(() => {
    starter = { ...process.env, XDG_CACHE_HOME: join(directory, "starter-cache") };
  });

  it("builds an image from the starter set that a Docker Engine loads and runs", async () => {
    await output(PROGRAM, ["build", "shell/git/htop", "-o", "starter.tar"], { env: starter, cwd: directory });
    const reference = "localhost/shell/git/htop:latest";
    expect(await engine.docker("load", "--input", join(directory, "starter.tar"))).toContain(reference);
    const inContainer = (...command: readonly string[]) =>
      engine.docker("run", "--rm", "--network", "none", reference, ...command);
    expect(await inContainer("git", "--version")).toMatch(/^git version \d/);
    expect(await inContainer("bash", "-c", "echo $PATH")).toBe(
      "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\n",
    );
  });

  it("says so when the reader of its output goes away", async () => {
    const script = '{ "$0" build shell/git/htop -o -; echo "ended with $?" >&2; } | head -c 1';
    const { stderr } = await run("sh", ["-c", script, PROGRAM], { env: starter, cwd: directory });
    expect(stderr).toMatch(/^cornice: write\ncornice: cannot write to standard output: write EPIPE\nended with 1\n$/m);
  });

  it("leaves nothing when it is stopped while it packs", async () => {
    const cache = join(directory, "interrupted-cache");
    const build = start(["build", "shell/git/htop", "-o", "stopped.tar"], { ...starter, XDG_CACHE_HOME: cache });
    await expect.poll(() => pathExists(join(cache, "cornice/store/blobs")), POLL).toBe(true);
    await interrupt(build);
    expect((await readdir(directory)).filter((name) => /stopped|partial/.test(name))).toEqual([]);
    expect(await readdir(join(cache, "cornice/spool"))).toEqual([]);
    const kept = await readdir(join(cache, "cornice"), { recursive: true });
    expect(kept.filter((name) => name.includes("partial"))).toEqual([]);
  });
});
