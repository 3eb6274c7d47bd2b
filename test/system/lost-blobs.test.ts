import { randomUUID } from "node:crypto";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { DeleteObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { expect, it, onTestFinished } from "vitest";
import { type Digest, digestOf, parseDigest } from "../../protocol/digest.ts";
import { parseManifestText } from "../../protocol/manifest.ts";
import { MEDIA_TYPES } from "../../protocol/media-types.ts";
import { blobKey } from "../../protocol/storage-keys.ts";
import { removeFolder } from "../remove-folder.ts";
import { edgeAccess } from "./edge-access.ts";
import { startRegistry, testPackages } from "./registry.ts";

const REBUILD_TIMEOUT_MS = 120_000;

/** Runs `npm start`, and pulls an image. `remove` takes a layer out of R2. */
async function startWithImage(settings: Readonly<Record<string, string>>) {
  const directory = await mkdtemp(join(tmpdir(), "cornice-lost-"));
  onTestFinished(() => removeFolder(directory));
  const stateDirectory = join(directory, "state");
  const env = { ...(await testPackages(directory, randomUUID())), ...settings };
  const registry = await startRegistry({ stateDirectory, env });
  onTestFinished(() => registry.stop());
  const { endpoint, bucket, ...credentials } = (await edgeAccess(stateDirectory)).r2;
  const client = new S3Client({ endpoint, region: "auto", forcePathStyle: true, credentials });
  const ask = (path: string) =>
    fetch(`http://${registry.host}/v2/hello/large/${path}`, { headers: { Accept: MEDIA_TYPES.oci.manifest } });
  const manifest = parseManifestText(await (await ask("manifests/latest")).text());
  if (!manifest) throw new Error("the registry answered with something that is no manifest");
  return {
    layers: manifest.layers.map(({ digest }) => digest),
    remove: (digest: Digest) => client.send(new DeleteObjectCommand({ Bucket: bucket, Key: blobKey(digest) })),
    pull: (digest: Digest) => ask(`blobs/${digest}`),
  };
}

async function digestOfBody(response: Response): Promise<Digest> {
  return digestOf(new Uint8Array(await response.arrayBuffer()));
}

it("a layer that R2 has lost comes from the origin's disk", async () => {
  const { layers, remove, pull } = await startWithImage({});
  expect(layers.length).toBeGreaterThan(1);
  for (const digest of layers) {
    await remove(digest);
    const response = await pull(digest);
    expect([response.status, response.headers.get("Cornice-Cache")]).toEqual([200, "origin"]);
    expect(await digestOfBody(response)).toBe(digest);
  }
});

it("a layer that the origin has not kept is built again, with the same bytes", async () => {
  // The outcome of a build is remembered while the tag is fresh.
  const { layers, remove, pull } = await startWithImage({ CORNICE_KEPT_MIB: "0", CORNICE_REF_TTL: "1" });
  const [digest = parseDigest("")] = layers;
  await remove(digest);
  await setTimeout(2000);
  let response = await pull(digest);
  expect([response.status, await response.text()]).toEqual([503, expect.stringContaining("it is being built anew")]);
  for (const deadline = Date.now() + REBUILD_TIMEOUT_MS; response.status !== 200 && Date.now() < deadline;) {
    await setTimeout(200);
    response = await pull(digest);
  }
  expect(await digestOfBody(response)).toBe(digest);
});
