import { randomUUID } from "node:crypto";
import { mkdtemp, readFile, realpath } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { ObjectStore } from "../../origin/stores/object-store.ts";
import { createR2Store } from "../../origin/stores/r2-store.ts";
import type { R2Settings } from "../../origin/stores/settings.ts";
import { packageIndexMetadata } from "../../protocol/package-index.ts";
import { packageIndexKey } from "../../protocol/storage-keys.ts";
import { freePort } from "../../start/machine/ports.ts";
import { objectOf } from "../json.ts";
import { removeFolder } from "../remove-folder.ts";
import { unpackDebian13 } from "./debian-13.ts";
import { edgeAccess } from "./edge-access.ts";
import { type LocalDeployment, startDeployment } from "./local-deployment.ts";
import { output, run } from "./program.ts";
import { type Registry, REPOSITORY, startRegistry, testPackages } from "./registry.ts";
import { checkStores, listStored } from "./stored-objects.ts";

// The steps of docs/backup.md, with the real rclone.

const NAMES = ["hello/large", "world"] as const;
/** Pulled while the copy is under way: its records come too late, its layers do not. */
const LATE_NAME = "nested.deep.thing";

let directory: string;
let rclone: string;
let registry: Registry;
let access: Awaited<ReturnType<typeof edgeAccess>>;
let restored: LocalDeployment;

beforeAll(async () => {
  directory = await mkdtemp(join(await realpath(tmpdir()), "cornice-backup-"));
  rclone = join(await unpackDebian13(["rclone"]), "usr/bin/rclone");
  const stateDirectory = join(directory, "state");
  registry = await startRegistry({ stateDirectory, env: await testPackages(directory, randomUUID()) });
  access = await edgeAccess(stateDirectory);
  restored = await startDeployment(join(directory, "restored"), {
    ORIGIN_URL: `http://127.0.0.1:${await freePort()}`,
  });
});

afterAll(async () => {
  await registry?.stop();
  await restored?.stop();
  await removeFolder(directory);
});

/** skopeo compares each blob with its digest. Returns the manifest's digest. */
async function pull(host: string, name: string): Promise<string> {
  const source = `docker://${host}/${name}`;
  await output("skopeo", ["copy", "--src-tls-verify=false", source, `dir:${join(directory, randomUUID())}`]);
  return output("skopeo", ["inspect", "--tls-verify=false", "--no-tags", "--format", "{{.Digest}}", source]);
}

/** rclone's settings of a bucket as a remote of this name. */
function remote(name: string, { endpoint, accessKeyId, secretAccessKey }: R2Settings): Record<string, string> {
  const settings = { TYPE: "s3", PROVIDER: "Cloudflare", ENDPOINT: endpoint, NO_CHECK_BUCKET: "true" };
  const all = { ...settings, ACCESS_KEY_ID: accessKeyId, SECRET_ACCESS_KEY: secretAccessKey };
  return Object.fromEntries(Object.entries(all).map(([key, value]) => [`RCLONE_CONFIG_${name}_${key}`, value]));
}

function copy(...args: readonly string[]): Promise<string> {
  // rclone fails at settings of AWS that the machine has for other programs.
  const env = { PATH: process.env["PATH"], ...remote("R2", access.r2), ...remote("NEW", restored.r2) };
  return output(rclone, ["sync", "--checksum", "--metadata", "--config", "/dev/null", ...args], { env });
}

/** Puts a list of packages, which needs its encoding and its metadata. Returns its key. */
async function putPackageIndex(store: ObjectStore): Promise<string> {
  const key = await packageIndexKey("test");
  const bytes = gzipSync(JSON.stringify({ source: "test", revision: "r1", packages: [["hello", "1", "Greets"]] }));
  const options = { contentType: "application/json", contentEncoding: "gzip", metadata: packageIndexMetadata("state") };
  await store.put(key, { kind: "bytes", bytes }, options);
  return key;
}

/** The filters of each pass, in the order of the script in docs/backup.md. */
async function documentedPasses(): Promise<readonly (readonly string[])[]> {
  const text = await readFile(join(REPOSITORY, "docs/backup.md"), "utf8");
  return [...text.matchAll(/^copy (--\w+) "([^"]+)"/gm)].map(([, option = "", pattern = ""]) => [option, pattern]);
}

async function fsck(env: Readonly<Record<string, string>>, ...args: readonly string[]) {
  const options = ["fsck", "--settle-seconds", "0", "--json", ...args];
  const { code, stdout, stderr } = await run(join(REPOSITORY, "bin/cornice"), options, {
    env: { ...process.env, ...env },
  });
  return { code, last: objectOf(stdout.trimEnd().split("\n").at(-1) ?? ""), text: stdout + stderr };
}

test("a copy of the bucket that was made beside a build serves the same images, without an origin", async () => {
  const digests = await Promise.all(NAMES.map((name) => pull(registry.host, name)));
  const backup = join(directory, "copy");
  const bucket = `R2:${access.r2.bucket}`;

  const store = createR2Store(access.r2);
  const index = await putPackageIndex(store);
  const head = await store.head(index);
  const [names = [], ...others] = await documentedPasses();
  expect(others).toHaveLength(2);
  await copy(...names, bucket, backup);
  await pull(registry.host, LATE_NAME);
  for (const pass of others) await copy(...pass, bucket, backup);
  await registry.stop();

  await copy(backup, `NEW:${restored.r2.bucket}`);
  expect(await listStored(restored.r2, "gc/")).toEqual([]);
  expect(await createR2Store(restored.r2).head(index)).toMatchObject({ ...head });
  const { host } = new URL(restored.url);
  expect(await pull(host, NAMES[0])).toBe(digests[0]);
  const repaired = await fsck(restored.env, "--repair", "--no-rebuild");
  expect([repaired.code, repaired.text]).toEqual([0, expect.not.stringMatching(/"outcome":"(?!restored")/)]);
  expect(await fsck(restored.env)).toMatchObject({ code: 0, last: { findings: [] } });
  expect(await checkStores(restored.r2, restored.kv)).toMatchObject({ broken: [], tags: NAMES.length });

  expect(await Promise.all(NAMES.map((name) => pull(host, name)))).toEqual(digests);
});
