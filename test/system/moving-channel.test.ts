import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createR2Store } from "../../origin/stores/r2-store.ts";
import { packageIndexKey } from "../../protocol/storage-keys.ts";
import { packArchive } from "../stand-in/archive.ts";
import { packageNames, writePackageSet } from "../stand-in/package-set.ts";
import { type Release, type StandIn, startStandIn } from "../stand-in/server.ts";
import { removeFolder } from "../remove-folder.ts";
import { edgeAccess } from "./edge-access.ts";
import { LISTED, type Registry, startRegistry } from "./registry.ts";

const CHANNEL = "nixos-25.11";
const channels = new Map<string, Release>();
let directory: string;
let world: StandIn;
let registry: Registry;

/** Moves the channel to a revision with so many packages. */
async function moveTo(digit: string, packages: number): Promise<void> {
  const [set, archive, revision] = [
    join(directory, `set-${digit}`),
    join(directory, `${digit}.tar.gz`),
    digit.repeat(40),
  ];
  await writePackageSet(set, { packages, mayBuild: join(directory, "may-build") });
  await packArchive(set, revision, archive);
  channels.set(CHANNEL, { revision, archive });
}

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "cornice-moving-"));
  await moveTo("a", 3);
  world = await startStandIn({ channels });
  const env = {
    ...world.channelSettings(CHANNEL),
    ...LISTED,
    CORNICE_INDEX_INTERVAL: "1",
    CORNICE_NIX_SUBSTITUTERS: "",
  };
  registry = await startRegistry({ stateDirectory: join(directory, "state"), env });
});

afterAll(async () => {
  await registry.stop();
  await world.stop();
  await removeFolder(directory);
});

/** The list in R2. The Worker keeps a copy for up to five minutes. */
async function listed(): Promise<string> {
  const { r2 } = await edgeAccess(join(directory, "state"));
  const stream = await createR2Store(r2).open(await packageIndexKey(`channel:${CHANNEL}`));
  return stream ? gunzipSync(await buffer(stream)).toString() : "";
}

describe("the page's list of packages", () => {
  it("is made anew when the channel has moved", async () => {
    const [, , , fourth = ""] = packageNames(4);
    await registry.logged("The package index has ");
    expect(await listed()).not.toContain(`"${fourth}"`);
    await moveTo("b", 4);
    await expect.poll(() => registry.log().split("The package index has ").length, { timeout: 60_000 }).toBe(3);
    expect(await listed()).toContain(`"${fourth}"`);
  });

  it("stays as it is while the channel cannot be read, and a line says so once", async () => {
    const release = channels.get(CHANNEL);
    channels.clear();
    await registry.logged("There is no new package index: no such tag: nixos-25.11; there is no channel", 30_000);
    const asked = world.counts.get("channel missing")?.requests ?? 0;
    await expect
      .poll(() => world.counts.get("channel missing")?.requests ?? 0, { timeout: 20_000 })
      .toBeGreaterThan(asked + 1);
    expect(registry.log().split("There is no new package index").length).toBe(2);
    if (release) channels.set(CHANNEL, release);
  });
});
