import { randomUUID } from "node:crypto";
import { mkdtemp, realpath } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { MaintainedStore } from "../../origin/stores/maintained-store.ts";
import { createR2Store } from "../../origin/stores/r2-store.ts";
import { parseDigest } from "../../protocol/digest.ts";
import { pulledKey, PULLED_PREFIX } from "../../protocol/storage-keys.ts";
import { SWEEP_LOCK_KEY } from "../../protocol/sweep-state.ts";
import { objectOf } from "../json.ts";
import { removeFolder } from "../remove-folder.ts";
import { edgeAccess } from "./edge-access.ts";
import { killAfter, type Outcome, output, run } from "./program.ts";
import { type Registry, REPOSITORY, startRegistry, testPackages } from "./registry.ts";
import { checkStores } from "./stored-objects.ts";

const PROGRAM = join(REPOSITORY, "bin/cornice");
/** Keeps what has a mark of a pull, and waits for nobody. */
const NOW = ["gc", "--keep-days", "0", "--grace-minutes", "0"] as const;
/** Times in R2 are whole seconds. What was put in this second is not old. */
const SECOND_MS = 1100;
/** `kills.test.ts` kills at any request, without builds and pulls between. */
const KILLED_PHASES = ["mark", "sweep"];

let directory: string;
let registry: Registry;
let access: Awaited<ReturnType<typeof edgeAccess>>;
let store: MaintainedStore;

beforeAll(async () => {
  directory = await mkdtemp(join(await realpath(tmpdir()), "cornice-gc-"));
  const stateDirectory = join(directory, "state");
  registry = await startRegistry({ stateDirectory, env: await testPackages(directory, randomUUID()) });
  access = await edgeAccess(stateDirectory);
  store = createR2Store(access.r2);
});

afterAll(async () => {
  await registry.stop();
  await removeFolder(directory);
});

function gc(...args: readonly string[]): Promise<Outcome> {
  return run(PROGRAM, [...NOW, ...args], { env: { ...process.env, ...access.env } });
}

/** Pulls an image with skopeo. Returns the digest of its manifest. */
async function pull(name: string): Promise<string> {
  const reference = `docker://${registry.host}/${name}`;
  const folder = join(directory, randomUUID());
  await output("skopeo", ["copy", "--src-tls-verify=false", reference, `dir:${folder}`]);
  const format = ["--format", "{{.Digest}}"];
  return (await output("skopeo", ["inspect", "--tls-verify=false", "--no-tags", ...format, reference])).trim();
}

/** Asks for an image, and reads its manifest only. */
async function digestOf(name: string): Promise<string | null> {
  const answer = await fetch(`http://${registry.host}/v2/${name}/manifests/latest`);
  await answer.text();
  return answer.headers.get("Docker-Content-Digest");
}

/** Makes these manifests the only ones that were pulled lately. */
async function markPulled(...digests: readonly (string | null)[]): Promise<void> {
  for await (const page of store.list(PULLED_PREFIX)) await store.remove(page.map(({ key }) => key));
  const content = { kind: "bytes", bytes: new Uint8Array() } as const;
  for (const digest of digests)
    await store.put(pulledKey(parseDigest(digest ?? "")), content, { contentType: "application/octet-stream" });
}

it("removes the image that nobody pulls. The others stay, and the next pull brings it back", async () => {
  const names = ["hello", "world/hello", "large"];
  const digests = await Promise.all(names.map(pull));
  await markPulled(...digests.slice(0, 2));
  await setTimeout(SECOND_MS);
  const before = await checkStores(access.r2, access.kv);

  const planned = await gc("--dry-run", "--json");
  const plan = objectOf(planned.stdout.trimEnd().split("\n").at(-1) ?? "");
  expect([planned.code, planned.stderr]).toEqual([0, ""]);
  expect(plan).toMatchObject({ event: "gc", dryRun: true, removed: { tag: { objects: 1 } } });
  expect(await checkStores(access.r2, access.kv)).toEqual(before);

  const { code, stdout, stderr } = await gc();
  expect([code, stdout]).toEqual([0, expect.stringMatching(/^ {2}1 tag, [^]*\nremoved \d+ objects, /)]);
  expect(stderr).toMatch(/^cornice: mark$/m);
  const after = await checkStores(access.r2, access.kv);
  expect(after).toMatchObject({ broken: [], tags: 2 });
  expect(after.manifests).toBeLessThan(before.manifests);

  // The build's object remembers a new image for 90 seconds, far less than the grace. So its tag may come back later.
  expect(await Promise.all(names.map(pull))).toEqual(digests);
  expect(await checkStores(access.r2, access.kv)).toMatchObject({ broken: [] });
});

it("leaves whole stores if it is killed, and the next run ends it", async () => {
  const kept = await digestOf("hello");
  const digest = await digestOf("nested.deep.thing");
  for (const phase of KILLED_PHASES) {
    await markPulled(kept);
    await setTimeout(SECOND_MS);
    await killAfter(`cornice: ${phase}\n`, PROGRAM, NOW, { ...process.env, ...access.env });
    expect((await checkStores(access.r2, access.kv)).broken).toEqual([]);
    // As after two minutes. Before, a build waits for the collector, which may be alive.
    await store.remove([SWEEP_LOCK_KEY]);
    expect(await digestOf("nested.deep.thing")).toBe(digest);
  }
  await markPulled(kept);
  await setTimeout(SECOND_MS);
  expect(await gc()).toMatchObject({ code: 0 });
  expect(await checkStores(access.r2, access.kv)).toMatchObject({ broken: [], tags: 1 });
});
