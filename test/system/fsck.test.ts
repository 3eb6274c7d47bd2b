import { randomUUID } from "node:crypto";
import { mkdtemp, realpath } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createKvIndex } from "../../origin/stores/kv-index.ts";
import { createR2Store } from "../../origin/stores/r2-store.ts";
import { hostArchitecture } from "../../origin/nix/system.ts";
import { parseManifestText } from "../../protocol/manifest.ts";
import {
  blobKey,
  LAYER_LIST_KEY,
  manifestCacheKey,
  manifestKey,
  storedTagKey,
  tagKey,
} from "../../protocol/storage-keys.ts";
import { parseDigest } from "../../protocol/digest.ts";
import { objectOf } from "../json.ts";
import { removeFolder } from "../remove-folder.ts";
import { edgeAccess } from "./edge-access.ts";
import { killAfter, output, run } from "./program.ts";
import { type Registry, REPOSITORY, startRegistry, testPackages } from "./registry.ts";
import { checkStores, listStored, readStored } from "./stored-objects.ts";

const PROGRAM = join(REPOSITORY, "bin/cornice");
const NAMES = ["hello/large", "world"];
/** An origin looks at most every ten seconds whether somebody has removed objects. */
const OTHER_NAMES = ["hello/world", "large/world", "hello/large/world", "hello", "large"];
/** `kills.test.ts` kills at any request, without builds. */
const KILLS = 2;

let directory: string;
let registry: Registry;
let access: Awaited<ReturnType<typeof edgeAccess>>;
let env: Record<string, string | undefined>;

beforeAll(async () => {
  directory = await mkdtemp(join(await realpath(tmpdir()), "cornice-fsck-"));
  const packages = { ...(await testPackages(directory, randomUUID())), CORNICE_SOURCE_REVISION: "r1" };
  const stateDirectory = join(directory, "state");
  registry = await startRegistry({ stateDirectory, env: packages });
  access = await edgeAccess(stateDirectory);
  const own = { CORNICE_SPOOL_DIR: join(stateDirectory, "spool"), XDG_CACHE_HOME: join(directory, "cache") };
  env = { ...process.env, ...packages, ...access.env, ...own };
});

afterAll(async () => {
  await registry.stop();
  await removeFolder(directory);
});

/** skopeo compares each blob with its digest. Returns the manifest's digest. */
async function pull(name: string): Promise<string> {
  const source = `docker://${registry.host}/${name}`;
  await output("skopeo", ["copy", "--src-tls-verify=false", source, `dir:${join(directory, randomUUID())}`]);
  return output("skopeo", ["inspect", "--tls-verify=false", "--format", "{{.Digest}}", source]);
}

async function fsck(...args: readonly string[]) {
  const { code, stdout, stderr } = await run(PROGRAM, ["fsck", "--settle-seconds", "0", "--json", ...args], { env });
  const last = objectOf(stdout.trimEnd().split("\n").at(-1) ?? "");
  return { code, last, text: stdout + stderr };
}

/** Plants damage of each kind in R2 and in KV. Returns the keys that have it. */
async function plantDamage(): Promise<readonly string[]> {
  const [store, index] = [createR2Store(access.r2), createKvIndex(access.kv)];
  const overwrite = (key: string, bytes: Uint8Array, contentType = "application/octet-stream") =>
    store.put(key, { kind: "bytes", bytes }, { contentType });
  const names = { source: "test", tag: "latest", architecture: hostArchitecture() };
  const request = { ...names, packages: ["hello", "large"] };
  const [image, other] = await Promise.all([manifestOf(request), manifestOf({ ...names, packages: ["world"] })]);
  const [layer, second] = image.parsed.layers.map(({ digest }) => blobKey(digest));
  if (layer === undefined || second === undefined) throw new Error("the image has one layer");
  const config = blobKey(other.parsed.config.digest);
  const flipped = (await readStored(access.r2, layer))?.map((byte, place) => (place === 20 ? byte ^ 1 : byte));
  await overwrite(layer, flipped ?? new Uint8Array());
  await store.remove([second]);
  await overwrite(config, Buffer.from("{}"));
  await overwrite(manifestKey(image.digest), Buffer.from(image.text), "text/plain");
  await overwrite(LAYER_LIST_KEY, Buffer.from("{"));
  const bundles = await listStored(access.r2, "bundles/");
  for (const bundle of bundles) await overwrite(bundle, Buffer.from("damage"));
  const kvKey = await tagKey(request);
  await index.remove([kvKey]);
  const kvManifest = manifestCacheKey(other.digest);
  await index.put([{ key: kvManifest, value: "{}", metadata: { mediaType: "a/b" } }]);
  const kvType = manifestCacheKey(image.digest);
  await index.put([{ key: kvType, value: image.text, metadata: { mediaType: "a/b" } }]);
  return [layer, config, manifestKey(image.digest), LAYER_LIST_KEY, ...bundles, kvKey, kvManifest, kvType];
}

async function manifestOf(request: Parameters<typeof storedTagKey>[0]) {
  const tag = objectOf(String(await readStored(access.r2, await storedTagKey(request))));
  const digest = parseDigest(String(objectOf(JSON.stringify(tag["manifests"]))["oci"]));
  const text = String(await readStored(access.r2, manifestKey(digest)));
  const parsed = parseManifestText(text);
  if (!parsed) throw new Error(`${digest} is no manifest`);
  return { digest, text, parsed };
}

test("damage in R2 and KV is found, and repaired although the repair is killed again and again", async () => {
  const digests = await Promise.all(NAMES.map(pull));
  await expect.poll(() => listStored(access.r2, "bundles/")).toHaveLength(3);
  expect(await fsck()).toMatchObject({ code: 0, last: { findings: [] } });

  const damaged = await plantDamage();
  const { code, last } = await fsck();
  expect(code).toBe(1);
  expect(last["findings"]).toEqual(
    expect.arrayContaining(damaged.map((key): unknown => expect.objectContaining({ key }))),
  );

  for (let kill = 0; kill < KILLS; kill += 1) {
    await killAfter("cornice: repair\n", PROGRAM, ["fsck", "--repair", "--settle-seconds", "0"], env);
    // The lock of a killed repair counts for two minutes.
    await createR2Store(access.r2).remove(["gc/lock"]);
  }
  const repaired = await fsck("--repair");
  expect([repaired.code, repaired.text]).toEqual([0, expect.any(String)]);
  expect(await fsck()).toMatchObject({ code: 0, last: { findings: [] } });
  expect((await checkStores(access.r2, access.kv)).broken).toEqual([]);
  expect(await Promise.all(NAMES.map(pull))).toEqual(digests);
  // The origin does not believe that it has written what the repair removed.
  const names = OTHER_NAMES.values();
  const bundlesAfterPull = async () => {
    const { value } = names.next();
    if (value !== undefined) await pull(value);
    return listStored(access.r2, "bundles/");
  };
  await expect.poll(bundlesAfterPull, { interval: 4000, timeout: 120_000 }).toHaveLength(3);
});
