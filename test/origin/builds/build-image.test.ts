import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { parseJson } from "../../../protocol/json-object.ts";
import { manifestCacheKey, manifestKey, storedTagKey, tagKey } from "../../../protocol/storage-keys.ts";
import { tagRecordJson } from "../../../protocol/tag-record.ts";
import { ORIGIN } from "../../../bench/cost/operations.ts";
import { buildImage } from "../../../origin/builds/build-image.ts";
import type { BundledImage } from "../../../origin/bundles/bundler.ts";
import { createBlobPresence } from "../../../origin/stores/blob-presence.ts";
import { type ObjectStore, readRecord } from "../../../origin/stores/object-store.ts";
import { listAt } from "../../json.ts";
import { matching } from "../../matchers.ts";
import { rejection, test } from "../fixtures.ts";
import { countedGuard } from "../sweeps/counted-guard.ts";
import { countStore } from "../stores/counted-store.ts";
import { EVALUATION, IMAGE, NEVER, openNotes, REQUEST, setUp } from "./known-image.ts";

const SUCCESS = { status: 200, body: '{"success":true}' };

test("the image of a known closure is published under the request's tag, and nothing is packed", async ({
  directory,
  serve,
}) => {
  const server = await serve(() => SUCCESS);
  const { context, manifests, recorded } = await setUp(directory, server.url);
  const record = await buildImage(context, REQUEST, recorded.onEvent, NEVER);
  expect(record).toEqual({
    manifests: { oci: manifests.oci.digest, docker: manifests.docker.digest },
    revision: "r1",
    resolvedAt: matching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
  });
  expect(recorded.phases()).toEqual(["resolve", "evaluate", "realise", "publish"]);
});

test("the tag is in R2 and KV, and KV gets the manifests and the tag in one call", async ({ directory, serve }) => {
  const server = await serve(() => SUCCESS);
  const { context, manifests, recorded } = await setUp(directory, server.url);
  const record = await buildImage(context, REQUEST, recorded.onEvent, NEVER);
  expect(await readRecord(context.store, await storedTagKey(REQUEST))).toEqual(tagRecordJson(record));
  expect(server.calls.map(({ body }) => parseJson(body))).toEqual([
    [
      ...[manifests.oci, manifests.docker].map(({ digest, json, mediaType }) => ({
        key: manifestCacheKey(digest),
        value: json,
        metadata: { mediaType },
      })),
      { key: await tagKey(REQUEST), value: JSON.stringify(tagRecordJson(record)) },
    ],
  ]);
});

test("the bundler gets the closure of an image that was known already, and may hold its files", async ({
  directory,
  serve,
}) => {
  const server = await serve(() => SUCCESS);
  const { context, recorded } = await setUp(directory, server.url);
  const added: BundledImage[] = [];
  const letGo: (() => Promise<void>)[] = [];
  const add = (image: BundledImage) => {
    added.push(image);
    if (image.hold) letGo.push(image.hold());
  };
  await buildImage({ ...context, bundler: { add, has: async () => false } }, REQUEST, recorded.onEvent, NEVER);
  expect(added.map(({ closure }) => closure.packages.map(({ attribute }) => attribute))).toEqual([["git"]]);
  const spool = () => readdir(context.config.spoolDirectory);
  expect(await spool()).toEqual([matching(/^work-/)]);
  await letGo[0]?.();
  expect(await spool()).toEqual([]);
});

test("a tag is not published if the manifests could not be written", async ({ directory, serve }) => {
  const server = await serve(() => SUCCESS);
  const { context, manifests, recorded } = await setUp(directory, server.url);
  await rm(join(directory, "objects", manifestKey(manifests.oci.digest)));
  const store: ObjectStore = {
    ...context.store,
    put: (key, ...rest) =>
      key.startsWith("manifests/") ? Promise.reject(new Error("full")) : context.store.put(key, ...rest),
  };
  await rejection(buildImage({ ...context, store }, REQUEST, recorded.onEvent, NEVER));
  expect([server.calls, await readRecord(store, await storedTagKey(REQUEST))]).toEqual([[], undefined]);
});

describe("names that were evaluated at a revision", () => {
  const COMMIT = "c".repeat(40);
  const at = (revision: string, isExact = true) => ({
    resolveTag: async () => ({
      revision,
      isExact,
      fetch: async () => ({ kind: "path", location: "/pkgs", revision }) as const,
    }),
  });
  const evaluated = ["resolve", "evaluate", "realise", "publish"];

  test("are not evaluated again under a second tag of the same revision", async ({ directory, serve }) => {
    const server = await serve(() => SUCCESS);
    const { context, recorded } = await setUp(directory, server.url);
    const first = await buildImage({ ...context, ...at(COMMIT) }, REQUEST, recorded.onEvent, NEVER);
    expect(recorded.phases()).toEqual(evaluated);
    recorded.events.length = 0;
    const second = await buildImage(
      { ...context, ...at(COMMIT) },
      { ...REQUEST, tag: "main" },
      recorded.onEvent,
      NEVER,
    );
    expect(recorded.phases()).toEqual(["resolve", "publish"]);
    expect(second).toEqual({ ...first, resolvedAt: second.resolvedAt });
    expect(server.calls.at(-1)?.body).toContain(await tagKey({ ...REQUEST, tag: "main" }));
  });

  test.for([
    ["if its packages lack bundles", false, evaluated],
    ["unless its packages have whole bundles", true, ["resolve", "publish"]],
  ] as const)("are evaluated for the bundles of a known image, %s", async ([, has, phases], { directory, serve }) => {
    const server = await serve(() => SUCCESS);
    const { context, manifests, recorded } = await setUp(directory, server.url);
    const asked: unknown[] = [];
    const added: unknown[] = [];
    const bundler = {
      has: async (packages: unknown) => asked.push(packages) > 0 && has,
      add: (image: unknown) => void added.push(image),
    };
    await buildImage({ ...context, ...at(COMMIT), bundler }, REQUEST, recorded.onEvent, NEVER);
    recorded.events.length = 0;
    const needing = { ...context, ...at(COMMIT), bundler, needsBundles: true };
    const record = await buildImage(needing, REQUEST, recorded.onEvent, NEVER);
    expect([recorded.phases(), added.length]).toEqual([phases, has ? 1 : 2]);
    expect(record.manifests.oci).toBe(manifests.oci.digest);
    expect(asked).toEqual([IMAGE.packages]);
  });

  test("take the operations of docs/cost.md for a second look-up", async ({ directory, serve }) => {
    const server = await serve(() => SUCCESS);
    const { context, recorded } = await setUp(directory, server.url);
    await buildImage({ ...context, ...at(COMMIT) }, REQUEST, recorded.onEvent, NEVER);
    const before = server.calls.length;
    const { store, counts } = countStore(context.store);
    const blobs = createBlobPresence(store, Date.now);
    // The process has started since, so it also writes the ref's record.
    const { guard: sweeps } = countedGuard(store, counts);
    const restarted = { ...context, store, blobs, sweeps, ...at(COMMIT), ...openNotes(context.config, store) };
    await buildImage(restarted, REQUEST, recorded.onEvent, NEVER);
    expect(counts).toEqual({ reads: ORIGIN.lookUp.r2Reads, writes: ORIGIN.lookUp.r2Writes });
    const pairs = server.calls.slice(before).flatMap(({ body }) => listAt(JSON.parse(body)));
    expect(pairs).toHaveLength(ORIGIN.lookUp.kvWrites);
    expect(ORIGIN.build.kvWrites).toBe(ORIGIN.lookUp.kvWrites);
  });

  test("are resolved again each time, and the record says when", async ({ directory, serve }) => {
    const server = await serve(() => SUCCESS);
    const { context, recorded } = await setUp(directory, server.url);
    const first = await buildImage({ ...context, ...at(COMMIT) }, REQUEST, recorded.onEvent, NEVER);
    await new Promise((resolve) => setTimeout(resolve, 2));
    const second = await buildImage({ ...context, ...at(COMMIT) }, REQUEST, recorded.onEvent, NEVER);
    expect(Date.parse(second.resolvedAt)).toBeGreaterThan(Date.parse(first.resolvedAt));
    expect(await readRecord(context.store, await storedTagKey(REQUEST))).toEqual(tagRecordJson(second));
  });

  test.for([
    ["at another revision", { revision: "d".repeat(40) }],
    ["for another architecture", { architecture: "arm64" }],
    ["of another source", { source: "channel:x" }],
    ["together with other names", { packages: ["git", "htop"] }],
    ["with other settings for layers", { maxStoreLayers: 7 }],
    ["with other settings for nixpkgs", { nixpkgsConfig: '{"allowUnfree":true}' }],
    ["if the revision does not fix the files", { isExact: false }],
  ] as const)("are evaluated %s", async ([, change], { directory, serve }) => {
    const { isExact, revision, maxStoreLayers, nixpkgsConfig, ...requested } = {
      isExact: true,
      revision: COMMIT,
      maxStoreLayers: 100,
      nixpkgsConfig: undefined,
      ...change,
    };
    const server = await serve(() => SUCCESS);
    const { context, recorded } = await setUp(directory, server.url);
    await buildImage({ ...context, ...at(COMMIT, isExact) }, REQUEST, recorded.onEvent, NEVER);
    recorded.events.length = 0;
    const config = { ...context.config, maxStoreLayers, nix: { ...context.config.nix, nixpkgsConfig } };
    const changed = { ...context, ...at(revision, isExact), config };
    await buildImage(changed, { ...REQUEST, ...requested }, recorded.onEvent, NEVER).catch(() => undefined);
    expect(recorded.phases()).toContain("evaluate");
  });

  test("are evaluated if the image is gone", async ({ directory, serve }) => {
    const server = await serve(() => SUCCESS);
    const { context, manifests, recorded } = await setUp(directory, server.url);
    await buildImage({ ...context, ...at(COMMIT) }, REQUEST, recorded.onEvent, NEVER);
    await rm(join(directory, "objects", manifestKey(manifests.oci.digest)));
    recorded.events.length = 0;
    await buildImage({ ...context, ...at(COMMIT) }, REQUEST, recorded.onEvent, NEVER).catch(() => undefined);
    expect(recorded.phases()).toContain("evaluate");
  });
});

describe("names that a revision does not have", () => {
  const missing = { ...EVALUATION, found: [], unknown: [{ name: "git", depth: 0, within: "" }] };
  const refused = { code: "MANIFEST_UNKNOWN", message: "no such package: git" };

  test("are looked up once, and the error has the revision", async ({ directory, serve }) => {
    const server = await serve(() => SUCCESS);
    const { context, recorded } = await setUp(directory, server.url, missing);
    for (let times = 0; times < 2; times++) {
      const error = await rejection(buildImage(context, REQUEST, recorded.onEvent, NEVER));
      expect(error).toMatchObject({ ...refused, revision: "r1" });
    }
    expect(recorded.phases()).toEqual(["resolve", "evaluate", "resolve"]);
  });

  test("are looked up again if the revision does not fix the files", async ({ directory, serve }) => {
    const server = await serve(() => SUCCESS);
    const { context, recorded } = await setUp(directory, server.url, missing);
    const fetch = async () => ({ kind: "path", location: "/pkgs", revision: "r1" }) as const;
    const inexact = { ...context, resolveTag: async () => ({ revision: "r1", isExact: false, fetch }) };
    for (let times = 0; times < 2; times++) {
      const error = await rejection(buildImage(inexact, REQUEST, recorded.onEvent, NEVER));
      expect(error).toMatchObject(refused);
      expect(error).not.toHaveProperty("revision");
    }
    expect(recorded.phases().filter((phase) => phase === "evaluate")).toHaveLength(2);
  });
});

describe("nothing is written", () => {
  test("for a tag that the source does not have", async ({ directory, serve }) => {
    const server = await serve(() => SUCCESS);
    const { context, recorded } = await setUp(directory, server.url);
    const error = await rejection(buildImage(context, { ...REQUEST, tag: "v1" }, recorded.onEvent, NEVER));
    expect(error).toMatchObject({
      code: "MANIFEST_UNKNOWN",
      message: "no such tag: v1; this package source has only the tag latest",
    });
    expect([server.calls, recorded.phases()]).toEqual([[], ["resolve"]]);
  });

  test("when the origin stops", async ({ directory, serve }) => {
    const server = await serve(() => SUCCESS);
    const { context, recorded } = await setUp(directory, server.url);
    const error = await rejection(
      buildImage(context, REQUEST, recorded.onEvent, AbortSignal.abort(new Error("stopping"))),
    );
    expect(error).toMatchObject({ message: "stopping" });
    expect(server.calls).toEqual([]);
  });
});
