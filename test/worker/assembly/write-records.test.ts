import { reset } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { storedKeyOfTag, tagKey } from "../../../protocol/storage-keys.ts";
import { parseTagRecord, type TagRecord } from "../../../protocol/tag-record.ts";
import { assembleAtEdge, type EdgeImage } from "../../../worker/assembly/assemble-at-edge.ts";
import { imageRequest } from "../origin.ts";
import { edgeSettings, knowPackages, REF } from "./known-packages.ts";

const EARLIER = "2025-12-31T00:00:00.000Z";
const LATER = "2026-02-01T00:00:00.000Z";

beforeEach(async () => {
  await knowPackages(["git"], { resolvedAt: REF.resolvedAt });
});

afterEach(() => reset());

async function assembled(kv = env.KV): Promise<EdgeImage> {
  const made = await assembleAtEdge(edgeSettings({ kv }), imageRequest("git"), "always");
  if (!("record" in made)) throw new Error(made.needsOrigin);
  return made;
}

/** The times of the look-ups that R2 and KV have. */
async function timesOfTag(): Promise<(string | undefined)[]> {
  const key = await tagKey(imageRequest("git"));
  const texts = [await (await env.R2.get(storedKeyOfTag(key)))?.text(), await env.KV.get(key)];
  return texts.map((text) => parseTagRecord(JSON.parse(text ?? "null"))?.resolvedAt);
}

/** An origin publishes a look-up. */
async function publishAsOrigin({ record }: EdgeImage, resolvedAt: string): Promise<void> {
  const key = await tagKey(imageRequest("git"));
  const text = JSON.stringify({ ...record, resolvedAt } satisfies TagRecord);
  await env.R2.put(storedKeyOfTag(key), text);
  await env.KV.put(key, text);
}

describe("a tag", () => {
  test("is in both stores", async () => {
    await (await assembled()).publish();
    expect(await timesOfTag()).toEqual([REF.resolvedAt, REF.resolvedAt]);
  });

  test.each([
    ["replaces that of an earlier look-up", EARLIER, REF.resolvedAt],
    ["leaves that of a later look-up", LATER, LATER],
  ])("%s", async (_, before, after) => {
    const image = await assembled();
    await publishAsOrigin(image, before);
    await image.publish();
    expect(await timesOfTag()).toEqual([after, after]);
  });

  test("replaces a damaged record", async () => {
    const image = await assembled();
    await env.R2.put(storedKeyOfTag(await tagKey(imageRequest("git"))), "{");
    await image.publish();
    expect(await timesOfTag()).toEqual([REF.resolvedAt, REF.resolvedAt]);
  });

  test("does not go back in KV if an origin publishes between the two writes", async () => {
    const key = await tagKey(imageRequest("git"));
    let image: EdgeImage | undefined;
    const kv = new Proxy(env.KV, {
      get: () => async (name: string, value: string, options?: KVNamespacePutOptions) => {
        if (name === key && image) {
          await publishAsOrigin(image, LATER);
          image = undefined;
        }
        await env.KV.put(name, value, options);
      },
    });
    image = await assembled(kv);
    await image.publish();
    expect(await timesOfTag()).toEqual([LATER, LATER]);
  });

  test("stays the latest if two isolates and an origin write it at once", async () => {
    const old = await Promise.all([assembled(), assembled()]);
    await knowPackages(["git"], { resolvedAt: LATER });
    const late = await assembled();
    const [first] = old;
    const digests = new Set([...old, late].map(({ record }) => record.manifests.oci));
    expect(digests.size).toBe(1);
    await Promise.all([...old.map(({ publish }) => publish()), late.publish(), publishAsOrigin(first, LATER)]);
    expect(await timesOfTag()).toEqual([LATER, LATER]);
  });
});
