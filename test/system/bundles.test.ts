import { randomUUID } from "node:crypto";
import { mkdir, mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import { hostArchitecture } from "../../origin/nix/system.ts";
import { parseKv, parseR2 } from "../../origin/stores/settings.ts";
import { Settings } from "../../origin/system/settings.ts";
import { prepareSource } from "../../start/package-source.ts";
import { removeFolder } from "../remove-folder.ts";
import { type LocalDeployment, startDeployment } from "./local-deployment.ts";
import { type OriginProcess, startOrigin } from "./origin-process.ts";
import { testPackages } from "./registry.ts";
import { checkStores } from "./stored-objects.ts";

/** `jq` and `tree`, and the two packages that every image of the starter set gets. */
const PACKAGES = 4;
const ROUNDS = 8;
/** The bundles of a small image take about this long. On a busy machine they take longer, so later rounds live longer. */
const MAX_LIFE_MS = 400;
const POLL_MS = 50;

let directory: string;
let edge: LocalDeployment;
let starter: Readonly<Record<string, string>>;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "cornice-bundles-"));
  edge = await startDeployment(join(directory, "state"), {});
  const signal = new AbortController().signal;
  const prepared = await prepareSource({ source: undefined, directory, env: process.env, log: () => {}, signal });
  starter = prepared.env;
});

afterAll(async () => {
  await edge.stop();
  await removeFolder(directory);
});

/** An origin with a disk of its own. */
async function originOf(packages: Readonly<Record<string, string>>): Promise<OriginProcess> {
  const spool = await mkdtemp(join(directory, "disk-"));
  await mkdir(join(spool, "spool"));
  return startOrigin({ ...packages, ...edge.env, CORNICE_SPOOL_DIR: join(spool, "spool") });
}

async function build(origin: OriginProcess, source: string, ...packages: readonly string[]): Promise<void> {
  const request = { source, tag: "latest", architecture: hostArchitecture(), packages };
  const last = (await Array.fromAsync(origin.build(request))).at(-1);
  if (last?.event !== "image") throw new Error(`there is no image: ${JSON.stringify(last)}\n${origin.log()}`);
}

/** A number of the origin's metrics. */
async function metric({ url }: OriginProcess, name: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const line = text.split("\n").find((each) => each.startsWith(`${name} `));
  return Number(line?.slice(name.length + 1));
}

/** Resolves when bundles of at least `count` packages have this outcome. */
async function bundled(origin: OriginProcess, outcome: string, count: number): Promise<void> {
  while ((await metric(origin, `cornice_bundles_total{outcome="${outcome}"}`)) < count) await setTimeout(POLL_MS);
}

function stored() {
  const settings = new Settings(edge.env);
  return checkStores(parseR2(settings), parseKv(settings));
}

it("a pull leaves a bundle of each package, and all layers that they name are in R2", async () => {
  const origin = await originOf(starter);
  try {
    await build(origin, "starter", "jq", "tree");
    await bundled(origin, "written", PACKAGES);
    origin.signal("SIGTERM");
    expect(await origin.ended()).toBe(0);
    const { broken, bundles } = await stored();
    expect(broken).toEqual([]);
    expect(bundles).toBe(PACKAGES);
  } finally {
    await origin.kill();
  }
});

it("an origin that is told to stop first writes the first bundles", async () => {
  const set = await mkdtemp(join(directory, "set-"));
  const origin = await originOf(await testPackages(set, randomUUID()));
  try {
    const before = (await stored()).bundles;
    await build(origin, "test", "hello", "large");
    origin.signal("SIGTERM");
    expect(await origin.ended()).toBe(0);
    const { broken, bundles } = await stored();
    expect([broken, bundles - before]).toEqual([[], 2]);
  } finally {
    await origin.kill();
  }
});

it("a pull of packages with bundles packs only the root layer of a new combination", async () => {
  const origin = await originOf(starter);
  try {
    await build(origin, "starter", "jq", "tree");
    expect(await metric(origin, 'cornice_layers_total{outcome="packed"}')).toBe(0);
    await build(origin, "starter", "tree");
    await bundled(origin, "known", PACKAGES - 1);
    expect(await metric(origin, 'cornice_layers_total{outcome="packed"}')).toBe(1);
    expect(await metric(origin, 'cornice_bundles_total{outcome="written"}')).toBe(0);
  } finally {
    await origin.kill();
  }
});

it(`a reader finds only whole bundles, after ${ROUNDS} crashes while they are made`, async () => {
  const before = (await stored()).bundles;
  for (let round = 0; round < ROUNDS; round += 1) {
    const set = await mkdtemp(join(directory, "set-"));
    const origin = await originOf(await testPackages(set, randomUUID()));
    try {
      await build(origin, "test", "hello", "large", "world");
      await setTimeout(Math.random() * MAX_LIFE_MS * (round + 1));
    } finally {
      await origin.kill();
    }
  }
  const { broken, bundles } = await stored();
  expect(broken).toEqual([]);
  expect(bundles).toBeGreaterThan(before);
});
