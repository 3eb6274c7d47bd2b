import { join } from "node:path";
import pLimit from "p-limit";
import { describe, expect, vi } from "vitest";
import type { ImageRequest } from "../../../protocol/image-request.ts";
import { manifestCacheKey, tagKey } from "../../../protocol/storage-keys.ts";
import { buildImage } from "../../../origin/builds/build-image.ts";
import { closureKey } from "../../../origin/builds/closure-key.ts";
import { parseConfig } from "../../../origin/config.ts";
import { writeImage } from "../../../origin/image/stored-image.ts";
import { createLayerStore } from "../../../origin/layers/layer-store.ts";
import { createDiskStore } from "../../../origin/stores/disk-store.ts";
import { createKvIndex } from "../../../origin/stores/kv-index.ts";
import { rejection, test, writeTree } from "../fixtures.ts";

const GIT = "/nix/store/00000000000000000000000000000000-git-2.51.0";
const REQUEST: ImageRequest = { source: "starter", tag: "latest", architecture: "amd64", packages: ["git"] };
const IMAGE = {
  packages: [{ name: "git", attribute: "git", path: GIT, requested: true }],
  closure: [{ path: GIT, narSize: 1, references: [] }],
};
const EVALUATION = { found: IMAGE.packages, unknown: [], ambiguous: [], unsuitable: [], foreign: [] };
const NEVER = new AbortController().signal;

/**
 * Everything real but Nix, for which a script prints what Nix would about a store path that is not there:
 * the image has been built before.
 */
async function setUp(directory: string, kvUrl: string) {
  const lines = [{ phase: "evaluate" }, { evaluation: EVALUATION }, { phase: "realise" }, { closure: IMAGE.closure }];
  const program = `#!/bin/sh\n${lines.map((line) => `echo '${JSON.stringify(line)}'`).join("\n")}\n`;
  await writeTree(directory, { "bin/cornice-prepare-image": { program }, "spool/": "" });
  const env = {
    CORNICE_PKGS_PATH: "/pkgs",
    CORNICE_SOURCE_NAME: "starter",
    CORNICE_SOURCE_REVISION: "r1",
    CORNICE_SPOOL_DIR: join(directory, "spool"),
    CORNICE_ORIGIN_SECRET: "s".repeat(32),
    R2_ENDPOINT: "http://127.0.0.1:1",
    R2_BUCKET: "b",
    R2_ACCESS_KEY_ID: "i",
    R2_SECRET_ACCESS_KEY: "k",
    KV_API_URL: kvUrl,
    KV_NAMESPACE_ID: "n",
    KV_API_TOKEN: "t",
  };
  const config = parseConfig(env, 1);
  const store = createDiskStore(join(directory, "objects"));
  const layers = createLayerStore({ store, spoolDirectory: config.spoolDirectory, limit: pLimit(1) });
  const key = closureKey({ image: IMAGE, architecture: "amd64", maxStoreLayers: config.maxStoreLayers });
  const manifests = await writeImage(store, key, "{}", []);
  const context = {
    config,
    env: { PATH: `${directory}/bin:/usr/bin:/bin` },
    store,
    index: createKvIndex(config.kv),
    layers,
  };
  return { context, manifests, report: { phase: vi.fn(), log: vi.fn() } };
}

const SUCCESS = { status: 200, body: '{"success":true}' };

test("a closure that is known is published under the request's tag, and nothing is packed", async ({
  directory,
  serve,
}) => {
  const server = await serve(() => SUCCESS);
  const { context, manifests, report } = await setUp(directory, server.url);
  const record = await buildImage(context, REQUEST, report, NEVER);
  expect(record).toEqual({
    manifests: { oci: manifests.oci.digest, docker: manifests.docker.digest },
    revision: "r1",
    resolvedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
  });
  expect(report.phase.mock.calls.flat()).toEqual(["resolve", "evaluate", "realise", "publish"]);
});

test("the manifests are in KV before the tag", async ({ directory, serve }) => {
  const server = await serve(() => SUCCESS);
  const { context, manifests, report } = await setUp(directory, server.url);
  const record = await buildImage(context, REQUEST, report, NEVER);
  expect(server.calls.map(({ body }) => JSON.parse(body))).toEqual([
    [manifests.oci, manifests.docker].map(({ digest, json, mediaType }) => ({
      key: manifestCacheKey(digest),
      value: json,
      metadata: { mediaType },
    })),
    [{ key: await tagKey(REQUEST), value: JSON.stringify(record) }],
  ]);
});

describe("nothing is written", () => {
  test("for a tag that is not served, which is not looked up either", async ({ directory, serve }) => {
    const server = await serve(() => SUCCESS);
    const { context, report } = await setUp(directory, server.url);
    const error = await rejection(buildImage(context, { ...REQUEST, tag: "v1" }, report, NEVER));
    expect(error).toMatchObject({
      code: "MANIFEST_UNKNOWN",
      message: "no such tag: v1; this registry serves latest",
    });
    expect([server.calls, report.phase.mock.calls]).toEqual([[], []]);
  });

  test("when the origin stops", async ({ directory, serve }) => {
    const server = await serve(() => SUCCESS);
    const { context, report } = await setUp(directory, server.url);
    const error = await rejection(buildImage(context, REQUEST, report, AbortSignal.abort(new Error("stopping"))));
    expect(error).toMatchObject({ message: "stopping" });
    expect(server.calls).toEqual([]);
  });
});
