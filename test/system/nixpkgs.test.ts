import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { packArchive } from "../stand-in/archive.ts";
import { makeCache } from "../stand-in/binary-cache.ts";
import { writePackageSet } from "../stand-in/package-set.ts";
import { type StandIn, startStandIn } from "../stand-in/server.ts";
import { removeFolder } from "../remove-folder.ts";
import { type DockerEngine, startDockerEngine } from "./docker-engine.ts";
import { type Registry, startRegistry } from "./registry.ts";

const CHANNEL = "nixos-25.11";
const REVISION = "1".repeat(40);
/** As today's nixpkgs. Debian 12 has 2.8. */
const MINIMUM_NIX = "2.18";
const SHELL = ["bashInteractive", "coreutils", "moreutils", "nano", "cacert", "iana-etc"];

let directory: string;
let world: StandIn;
let registry: Registry;
let engine: DockerEngine;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "cornice-nixpkgs-"));
  const [set, archive, mayBuild] = ["set", "set.tar.gz", "may-build"].map((name) => join(directory, name));
  if (!set || !archive || !mayBuild) throw new Error("no paths");
  await writePackageSet(set, { mayBuild, minimumNix: "2.3" });
  const cache = await makeCache(directory, { set, mayBuild, attributes: [...SHELL, "git", "htop"] });
  // The machine's own Nix makes the cache. Only then the set needs a newer one.
  await writePackageSet(set, { mayBuild, minimumNix: MINIMUM_NIX });
  await packArchive(set, REVISION, archive);
  world = await startStandIn({
    channels: new Map([[CHANNEL, { revision: REVISION, archive }]]),
    cache: cache.folder,
  });
  const env = {
    ...world.channelSettings(CHANNEL),
    CORNICE_NIX_SUBSTITUTERS: world.cacheUrl(),
    CORNICE_NIX_TRUSTED_KEYS: cache.publicKey,
  };
  registry = await startRegistry({ stateDirectory: join(directory, "state"), env });
  engine = await startDockerEngine();
});

afterAll(async () => {
  await registry.stop();
  await engine.stop();
  await world.stop();
  await removeFolder(directory);
});

describe("a channel that needs a newer Nix than the machine has", () => {
  it("is served: docker pulls the image, and runs it", async () => {
    const image = `${registry.host}/shell/git/htop`;
    expect(await engine.docker("run", "--rm", "--network", "none", image, "git")).toBe("git-1.0\n");
    expect(await engine.docker("run", "--rm", "--network", "none", image, "sh", "-c", "htop")).toBe("htop-1.0\n");
  });

  it("is fetched once, and its packages come from the cache", () => {
    expect(world.counts.get("archive")?.requests).toBe(1);
    expect(world.counts.get("nar")?.requests).toBeGreaterThan(SHELL.length);
  });
});
