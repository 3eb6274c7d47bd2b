import { randomUUID } from "node:crypto";
import { mkdir, mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { BuildEvent } from "../../protocol/build-events.ts";
import type { ImageRequest } from "../../protocol/image-request.ts";
import { hostArchitecture } from "../../origin/nix/system.ts";
import { matching } from "../matchers.ts";
import { removeFolder } from "../remove-folder.ts";
import { edgeAccess } from "./edge-access.ts";
import { type OriginProcess, startOrigin } from "./origin-process.ts";
import { type Registry, startRegistry, testPackages } from "./registry.ts";
import { pullEach } from "./source-pull.ts";
import { checkStores } from "./stored-objects.ts";

const ROUNDS = 25;
/** They build the same image at once. */
const ORIGINS = 4;
/** A round counts if both origins pack the image at the same time. The first round nearly always does. */
const MAX_ROUNDS_AT_ONCE = 5;
/** Packing, uploading and publishing the image takes about this long, if all origins do it at once. */
const MAX_LIFE_MS = 1000;

let directory: string;
let registry: Registry;
let edge: Awaited<ReturnType<typeof edgeAccess>>;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "cornice-crash-"));
  const stateDirectory = join(directory, "state");
  registry = await startRegistry({ stateDirectory, env: await testPackages(directory, randomUUID()) });
  edge = await edgeAccess(stateDirectory);
});

afterAll(async () => {
  await registry.stop();
  await removeFolder(directory);
});

const REQUEST: ImageRequest = {
  source: "test",
  tag: "latest",
  architecture: hostArchitecture(),
  packages: ["hello", "large", "world"],
};

type Settings = Readonly<Record<string, string>>;

/**
 * The settings of an origin with a package set of which no image is built yet. Its packages are realised: if two origins
 * realise the same path, Nix makes one wait for seconds.
 */
async function newPackages(): Promise<Settings> {
  const set = await mkdtemp(join(directory, "set-"));
  const packages = await testPackages(set, randomUUID());
  const spool = join(set, "spool");
  await mkdir(spool);
  const settings = { ...edge.env, ...packages, CORNICE_SPOOL_DIR: spool };
  for (const outcome of await pullEach({ directory, env: settings, name: "" }, REQUEST.packages))
    if ("error" in outcome) throw outcome.error;
  return settings;
}

function startOrigins(settings: Settings, count: number): Promise<OriginProcess[]> {
  return Promise.all(Array.from({ length: count }, () => startOrigin(settings)));
}

/** Runs a build, and kills the origin a random time after packing begins. Returns true if the build was done before. */
async function buildAndKill(origin: OriginProcess): Promise<boolean> {
  let isDone = false;
  let isKilled = false;
  const kill = () => {
    isKilled = true;
    return origin.kill();
  };
  try {
    for await (const event of origin.build({ ...REQUEST, tag: "latest" })) {
      if (event.event === "error") throw new Error(event.message);
      if (event.event === "image") isDone = true;
      if (event.event === "phase" && event.phase === "pack") {
        void setTimeout(Math.random() * MAX_LIFE_MS).then(kill);
      }
    }
  } catch (error) {
    // A killed origin breaks the connection. Any other error is a failure of the test.
    if (!isKilled) throw error;
  }
  return isDone;
}

it(`a reader finds only whole images, after ${ROUNDS * ORIGINS} crashes at any instant`, async () => {
  const outcomes: boolean[] = [];
  let settings = await newPackages();
  for (let round = 0; round < ROUNDS; round++) {
    const origins = await startOrigins(settings, ORIGINS);
    const done = await Promise.all(origins.map(buildAndKill));
    await Promise.all(origins.map((origin) => origin.kill()));
    outcomes.push(...done);
    // After a finished build, the next round would have nothing to do. So it gets new packages.
    if (done.includes(true)) settings = await newPackages();
  }
  const { broken, ...counts } = await checkStores(edge.r2, edge.kv);
  expect(broken).toEqual([]);
  // Some builds must be killed, and some must finish. Otherwise the test proves nothing.
  expect(outcomes).toContain(true);
  expect(outcomes).toContain(false);
  expect(counts.tags).toBeGreaterThan(0);
  // An image has two manifests. A crash may leave contents without a manifest.
  expect(counts.contents).toBeGreaterThanOrEqual(counts.manifests / 2);
  expect(counts.blobs).toBeGreaterThan(counts.manifests);
  expect(counts.layers).toBeGreaterThan(0);
});

/** The layers of a build's events, bottom to top. Leaves out `known`: either origin may have packed a layer. */
function layersTold(events: readonly BuildEvent[]) {
  return events
    .filter((event) => event.event === "layer")
    .map((layer) => ({ ...layer, known: undefined }))
    .toSorted((a, b) => a.index - b.index);
}

/** Builds one new image with two origins at once. Returns false if one was done before the other began to pack. */
async function buildWithBoth(): Promise<boolean> {
  const settings = await newPackages();
  const origins = await startOrigins(settings, 2);
  const builds = await Promise.all(origins.map((origin) => Array.fromAsync(origin.build(REQUEST))));
  await Promise.all(origins.map((origin) => origin.kill()));
  const [one, other] = builds
    .map((events) => events.at(-1))
    .map((event) => event?.event === "image" && event.manifests);
  expect(one).toMatchObject({ oci: matching(/^sha256:/) });
  expect(other).toEqual(one);
  // The build of a known image has no layer events.
  const [layers, ...same] = builds.map(layersTold).filter((told) => told.length > 0);
  expect(layers).toHaveLength(layers?.[0]?.total ?? 0);
  expect(same).toEqual(same.map(() => layers));
  return same.length > 0;
}

it("two origins that build the same image at once get the same digests", async () => {
  let bothPacked = false;
  for (let round = 0; !bothPacked && round < MAX_ROUNDS_AT_ONCE; round++) bothPacked = await buildWithBoth();
  expect(bothPacked).toBe(true);
  expect((await checkStores(edge.r2, edge.kv)).broken).toEqual([]);
});
