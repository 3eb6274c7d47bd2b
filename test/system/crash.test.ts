import { randomUUID } from "node:crypto";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { BuildEvent } from "../../protocol/build-events.ts";
import type { ImageRequest } from "../../protocol/image-request.ts";
import { hostArchitecture } from "../../origin/nix/system.ts";
import { edgeAccess } from "./edge-access.ts";
import { type OriginProcess, startOrigin } from "./origin-process.ts";
import { type Registry, startRegistry, testPackages } from "./registry.ts";
import { pullFromSource } from "./source-pull.ts";
import { checkStores } from "./stored-objects.ts";

const ROUNDS = 50;
/** Of the same image, at once. */
const ORIGINS = 2;
/** Until two origins pack one image at the same time, which is hardly ever later than in the first. */
const MAX_ROUNDS_AT_ONCE = 5;
/** Packing, uploading and publishing the image takes about as long. */
const MAX_LIFE_MS = 500;

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
  await rm(directory, { recursive: true, force: true });
});

const REQUEST: ImageRequest = {
  source: "test",
  tag: "latest",
  architecture: hostArchitecture(),
  packages: ["hello", "large", "world"],
};

type Settings = Readonly<Record<string, string>>;

/** A package set that nobody has built yet, as an origin's settings. */
async function newPackages(): Promise<Settings> {
  const set = await mkdtemp(join(directory, "set-"));
  const packages = await testPackages(set, randomUUID());
  const spool = join(set, "spool");
  await mkdir(spool);
  return { ...edge.env, ...packages, CORNICE_SPOOL_DIR: spool };
}

function startOrigins(settings: Settings): Promise<OriginProcess[]> {
  return Promise.all(Array.from({ length: ORIGINS }, () => startOrigin(settings)));
}

/** Runs a build until it has come to packing, and then for a random while. Returns whether it was done by then. */
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
    // A killed origin breaks the connection; a build that fails by itself is a failure of the test.
    if (!isKilled) throw error;
  }
  return isDone;
}

it(`whatever a reader finds is whole, after ${ROUNDS * ORIGINS} crashes at any instant`, async () => {
  const outcomes: boolean[] = [];
  let settings = await newPackages();
  for (let round = 0; round < ROUNDS; round++) {
    const origins = await startOrigins(settings);
    const done = await Promise.all(origins.map(buildAndKill));
    await Promise.all(origins.map((origin) => origin.kill()));
    outcomes.push(...done);
    // What was done by one of them is nothing to do for the next.
    if (done.includes(true)) settings = await newPackages();
  }
  const { broken, ...counts } = await checkStores(edge.r2, edge.kv);
  expect(broken).toEqual([]);
  // Some were killed on the way and some were not, or the test would show nothing.
  expect(outcomes).toContain(true);
  expect(outcomes).toContain(false);
  expect(counts.tags).toBeGreaterThan(0);
  // An image has two manifests; a crash may have left contents without any.
  expect(counts.contents).toBeGreaterThanOrEqual(counts.manifests / 2);
  expect(counts.blobs).toBeGreaterThan(counts.manifests);
});

/** Bottom to top; which of two origins packed a layer is chance. */
function layersTold(events: readonly BuildEvent[]) {
  return events
    .filter((event) => event.event === "layer")
    .map((layer) => ({ ...layer, known: undefined }))
    .toSorted((a, b) => a.index - b.index);
}

/** Builds one new image with two origins at once. Returns whether both packed it: the first may be done before. */
async function buildWithBoth(): Promise<boolean> {
  const settings = await newPackages();
  // Of two that realise the same, Nix lets one wait for seconds.
  for (const name of REQUEST.packages) await pullFromSource({ directory, env: settings, name });
  const origins = await startOrigins(settings);
  const builds = await Promise.all(origins.map((origin) => Array.fromAsync(origin.build(REQUEST))));
  await Promise.all(origins.map((origin) => origin.kill()));
  const [one, other] = builds
    .map((events) => events.at(-1))
    .map((event) => event?.event === "image" && event.manifests);
  expect(one).toMatchObject({ oci: expect.stringMatching(/^sha256:/) });
  expect(other).toEqual(one);
  // An image that is known has no layers to tell of.
  const [layers, ...same] = builds.map(layersTold).filter((told) => told.length > 0);
  expect(layers).toHaveLength(layers?.[0]?.total ?? 0);
  expect(same).toEqual(same.map(() => layers));
  return same.length > 0;
}

it("two origins that build the same image at once come to the same digests", async () => {
  let bothPacked = false;
  for (let round = 0; !bothPacked && round < MAX_ROUNDS_AT_ONCE; round++) bothPacked = await buildWithBoth();
  expect(bothPacked).toBe(true);
  expect((await checkStores(edge.r2, edge.kv)).broken).toEqual([]);
});
