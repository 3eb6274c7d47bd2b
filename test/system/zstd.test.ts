import { randomUUID } from "node:crypto";
import { mkdtemp, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { listAt, objectOf, textAt } from "../json.ts";
import { removeFolder } from "../remove-folder.ts";
import { output } from "./program.ts";
import { type Registry, startRegistry, testPackages } from "./registry.ts";

const LAYER_TYPE = "application/vnd.oci.image.layer.v1.tar+zstd";

let directory: string;
let registry: Registry;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "cornice-zstd-"));
  const packages = await testPackages(directory, randomUUID());
  const env = { ...packages, CORNICE_COMPRESSION: "zstd" };
  registry = await startRegistry({ stateDirectory: join(directory, "state"), env });
});

afterAll(async () => {
  await registry.stop();
  await removeFolder(directory);
});

it("every client gets the OCI manifest, even if it asks for another type", async () => {
  for (const accept of [
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
  ]) {
    const response = await fetch(`http://${registry.host}/v2/large/manifests/latest`, { headers: { accept } });
    expect(response.headers.get("Content-Type")).toBe("application/vnd.oci.image.manifest.v1+json");
    const layers = listAt(JSON.parse(await response.text()), "layers");
    expect(new Set(layers.map((layer) => textAt(layer, "mediaType")))).toEqual(new Set([LAYER_TYPE]));
  }
});

it("skopeo unpacks layers of several frames, and their diffIDs match the config", async () => {
  const folder = join(directory, "large");
  const source = `docker://${registry.host}/large`;
  await output("skopeo", ["copy", "--src-tls-verify=false", "--dest-decompress", source, `dir:${folder}`]);
  const manifest = objectOf(await readFile(join(folder, "manifest.json"), "utf8"));
  const config = objectOf(await readFile(join(folder, hexOf(textAt(manifest, "config", "digest"))), "utf8"));
  const layers = listAt(config, "rootfs", "diff_ids").map((diffId) => hexOf(textAt(diffId)));
  const sums = await output("sha256sum", layers, { cwd: folder });
  expect(sums.match(/^[0-9a-f]{64}/gm)).toEqual(layers);
});

function hexOf(digest: string): string {
  return digest.replace("sha256:", "");
}
