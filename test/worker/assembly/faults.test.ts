import { abortAllDurableObjects, reset } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { manifestBlobs, parseManifestText } from "../../../protocol/manifest.ts";
import { blobKey, storedTagKey } from "../../../protocol/storage-keys.ts";
import type { ManifestDigests } from "../../../protocol/tag-record.ts";
import { assembleAtEdge } from "../../../worker/assembly/assemble-at-edge.ts";
import type { AssemblySettings } from "../../../worker/assembly/edge-settings.ts";
import { pull } from "../client.ts";
import { spyOnLog } from "../failure-log.ts";
import { imageRequest } from "../origin.ts";
import { edgeSettings, knowPackages } from "./known-packages.ts";

const IMAGE = imageRequest("git/htop");
/** More than an image of two packages needs. */
const MAX_OPERATIONS = 40;

beforeEach(() => {
  spyOnLog();
});

afterEach(async () => {
  vi.restoreAllMocks();
  await reset();
});

/** Counts all operations of both stores together. From the nth on, or at the nth alone, they fail. */
function failing(nth: number, more: "and later ones" | "alone") {
  let count = 0;
  const wrap = <Store extends object>(store: Store): Store =>
    new Proxy(store, {
      get(target, property) {
        const operation: unknown = Reflect.get(target, property);
        if (typeof operation !== "function") return operation;
        return async (...args: unknown[]): Promise<unknown> => {
          count += 1;
          if (more === "alone" ? count === nth : count >= nth) throw new Error(`operation ${nth} fails`);
          const answer: unknown = await Reflect.apply(operation, target, args);
          return answer;
        };
      },
    });
  return { settings: edgeSettings({ r2: wrap(env.R2), kv: wrap(env.KV) }), count: () => count };
}

/** Puts the image together and publishes it, as the build's object does. Returns the manifests, or undefined. */
async function make(settings: AssemblySettings): Promise<ManifestDigests | undefined> {
  const made = await assembleAtEdge(settings, IMAGE, "always");
  if (!("record" in made)) return undefined;
  await made.publish().catch(() => undefined);
  return made.record.manifests;
}

/** One sentence for each blob that a stored manifest names and R2 lacks. */
async function halfImages(): Promise<string[]> {
  const { objects } = await env.R2.list({ prefix: "manifests/" });
  const missing = await Promise.all(
    objects.map(async ({ key }) => {
      const manifest = parseManifestText((await (await env.R2.get(key))?.text()) ?? "");
      const blobs = manifest ? manifestBlobs(manifest) : [];
      const heads = await Promise.all(blobs.map(({ digest }) => env.R2.head(blobKey(digest))));
      return heads.every((head) => head !== null) ? [] : [`${key} names a blob that is not there`];
    }),
  );
  return missing.flat();
}

/** Removes all that images leave behind. Bundles, layers and the index stay. */
async function forget(layers: readonly string[]): Promise<void> {
  const { objects } = await env.R2.list();
  const kept = new Set(layers);
  const made = objects.map(({ key }) => key).filter((key) => !/^(?:refs|index|bundles)\//.test(key) && !kept.has(key));
  await env.R2.delete(made);
  const { keys } = await env.KV.list();
  await Promise.all(keys.map(({ name }) => env.KV.delete(name)));
}

describe.each(["alone", "and later ones"] as const)("a store fails at any operation, %s", (more) => {
  test("no manifest lacks a blob, no tag lacks a manifest, and the next pull makes the image", async () => {
    const layers = (await knowPackages(IMAGE.packages)).map(blobKey);
    const whole = await make(edgeSettings());
    const outcomes = new Set<string>();
    for (let nth = 1; nth <= MAX_OPERATIONS; nth += 1) {
      await forget(layers);
      const { settings, count } = failing(nth, more);
      const made = await make(settings);
      outcomes.add(made ? "made" : "handed over");
      expect([nth, made ?? whole, await halfImages()]).toEqual([nth, whole, []]);
      if (await env.R2.head(await storedTagKey(IMAGE))) {
        expect((await env.R2.list({ prefix: "manifests/" })).objects).toHaveLength(2);
      }
      if (count() < nth) break;
      expect(await make(edgeSettings())).toEqual(whole);
      expect((await env.R2.list({ prefix: "tags/" })).objects).toHaveLength(1);
    }
    expect([...outcomes].toSorted()).toEqual(["handed over", "made"]);
  });
});

test("an object that is lost at any time leaves nothing that a later pull stumbles over", async () => {
  const layers = (await knowPackages(IMAGE.packages)).map(blobKey);
  const path = `/v2/${IMAGE.packages.join("/")}/manifests/latest`;
  for (let waitMs = 0; waitMs < 100; waitMs += 10) {
    const pulling = pull(path);
    await scheduler.wait(waitMs);
    await abortAllDurableObjects();
    const first = await pulling;
    await first.arrayBuffer();
    const second = await pull(path);
    expect([first.status, second.status, await halfImages()]).toEqual([200, 200, []]);
    expect(second.headers.get("Docker-Content-Digest")).toBe(first.headers.get("Docker-Content-Digest"));
    await second.arrayBuffer();
    await abortAllDurableObjects();
    await forget(layers);
  }
});
