import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freePort } from "../../start/machine/ports.ts";
import { writeTree } from "../origin/fixtures.ts";
import { startStandIn } from "../stand-in/server.ts";
import { type CachedSet, cachedSet } from "./cached-set.ts";
import { type DockerEngine, startDockerEngine } from "./docker-engine.ts";
import { startDeployment } from "./local-deployment.ts";
import { type ComposedOrigin, startComposedOrigin } from "./composed-origin.ts";
import { output } from "./program.ts";
import { REPOSITORY, temporaryDirectory } from "./registry.ts";
import { SYSTEM } from "./source-pull.ts";

const MB = 1e6;
type Env = Readonly<Record<string, string>>;

/** A set whose packages any Nix can build, with a shell alone. */
function ownSet(...names: readonly string[]): string {
  const build = (name: string) =>
    `${name} = derivation { name = "${name}"; inherit system; builder = "/bin/sh"; args = [ "-c" "echo $name > $out" ]; };`;
  return `{ system, ... }: { ${names.map(build).join("\n")} }`;
}

/** A server of the set's binary cache, and the settings for it. */
async function startCache({ cache }: CachedSet) {
  const server = await startStandIn({ cache: cache.folder });
  const settings = { CORNICE_NIX_SUBSTITUTERS: server.cacheUrl("ok"), CORNICE_NIX_TRUSTED_KEYS: cache.publicKey };
  return { settings, [Symbol.asyncDispose]: () => server.stop() };
}

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
let engine: DockerEngine;

beforeAll(async () => {
  directory = await temporaryDirectory();
  await output(process.execPath, [join(REPOSITORY, "deploy/images/main.ts"), directory.path]);
  engine = await startDockerEngine();
  for (const name of ["origin", "origin-without-nix"])
    await engine.docker("load", "--input", join(directory.path, `${name}.tar`));
});

afterAll(async () => {
  await engine.stop();
  await directory[Symbol.asyncDispose]();
});

interface Started extends AsyncDisposable {
  readonly origin: ComposedOrigin;
  /** Returns the status of a pull from the Worker. */
  pull(packages: string): Promise<number>;
}

interface StartOptions {
  readonly profile: "nix" | "without-nix";
  /** The folder of the package set. */
  readonly set: string;
  readonly env: (stores: Env) => Promise<Env>;
}

/** The Worker, and behind it an origin that Docker Compose runs. */
async function start({ profile, set, env }: StartOptions): Promise<Started> {
  const port = await freePort();
  const deployment = await startDeployment(join(directory.path, `state-${profile}`), {
    ORIGIN_URL: `http://127.0.0.1:${port}`,
  });
  const settings = { ...deployment.env, ...(await env(deployment.env)) };
  const origin = await startComposedOrigin(engine, { profile, port, set, env: settings });
  return {
    origin,
    pull: async (packages) => (await fetch(`${deployment.url}/v2/${packages}/manifests/latest`)).status,
    async [Symbol.asyncDispose]() {
      await origin[Symbol.asyncDispose]();
      await deployment.stop();
    },
  };
}

/** The numbers of the users who build. */
async function readBuilders(origin: ComposedOrigin): Promise<number[]> {
  const script = 'process.stdout.write(require("node:fs").readFileSync("/etc/passwd"))';
  const users = (await origin.exec("node", "--eval", script)).matchAll(/^nixbld\d+:[^:]*:(\d+):/gm);
  return Array.from(users, ([, id]) => Number(id)).toSorted((a, b) => a - b);
}

describe("the packages of the images", () => {
  it("are the same bytes if they are built again", async () => {
    const revisions = await readdir(join(directory.path, "base/starter"));
    const starter = revisions.find((name) => /^[0-9a-f]{64}$/.test(name)) ?? "";
    const pkgs = `import ${join(directory.path, "base/starter", starter)} { }`;
    const args = ["--arg", "pkgs", pkgs, "--argstr", "system", SYSTEM, "--attr", "images.origin.packages"];
    const packages = (await output("nix-instantiate", [join(directory.path, "set"), ...args])).trim().split("\n");
    const own = packages.filter((path) => /-(?:cornice|node)(?:-[a-z0-9.]+)?\.drv$/.test(path));
    expect(own).toHaveLength(3);
    await output("nix-store", ["--option", "sandbox", "false", "--realise", "--check", ...own]);
  });
});

describe("the image of an origin with Nix", () => {
  it("builds in Nix's sandbox, with a read-only root and a volume as store", async () => {
    const set = join(directory.path, "own-set");
    await writeTree(set, { "default.nix": ownSet("hello", "world") });
    const settings = { CORNICE_SOURCE_NAME: "test", CORNICE_NIX_SUBSTITUTERS: "" };
    await using started = await start({ profile: "nix", set, env: async () => settings });
    expect(await started.pull("hello")).toBe(200);
    // Nix's garbage collector knows the paths of the image.
    await started.origin.exec("nix-store", "--gc");
    expect(await started.pull("world")).toBe(200);
    // A Nix of the machine kills all processes of its own builders' users, also those in containers.
    expect(await readBuilders(started.origin)).toEqual(Array.from({ length: 16 }, (_, index) => 59_101 + index));
    const log = await started.origin.log();
    expect(log).toContain("evaluates as cornice-nix, in a jail; builders run as members of nixbld");
    expect(log).not.toContain("warning:");
  });
});

describe("the image of an origin without Nix", () => {
  it("has less than 150 MB", async () => {
    const size = await engine.docker(
      "image",
      "inspect",
      "--format",
      "{{.Size}}",
      "localhost/images/origin-without-nix",
    );
    expect(Number(size) / MB).toBeLessThan(150);
  });

  it("serves from binary caches, with no privilege and a read-only root", async () => {
    await using set = await cachedSet({ compression: "xz" });
    await using server = await startCache(set);
    const env = async (stores: Env) => {
      const settings = { ...set.env, ...server.settings };
      // On a machine with Nix, which this one is.
      await output(join(REPOSITORY, "bin/cornice"), ["index"], { env: { ...process.env, ...stores, ...settings } });
      return { ...settings, CORNICE_SPOOL_DIR: "/var/cache/cornice/spool" };
    };
    await using started = await start({ profile: "without-nix", set: join(set.directory, "set"), env });
    expect(await started.pull("gamma")).toBe(200);
    expect(await started.origin.log()).toContain("there is no Nix on this machine");
  });
});
