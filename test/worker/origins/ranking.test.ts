import { describe, expect, test } from "vitest";
import { OriginHealth } from "../../../worker/origins/health.ts";
import { rankOrigins } from "../../../worker/origins/ranking.ts";

const URLS = ["https://a.test", "https://b.test", "https://c.test", "https://d.test"];
const KEYS = Array.from({ length: 2000 }, (_, index) => `key ${index}`);

async function firstOf(urls: readonly string[]): Promise<(string | undefined)[]> {
  return Promise.all(KEYS.map(async (key) => (await rankOrigins(urls, key))[0]));
}

describe("a key's origins", () => {
  test("are all origins, in an order that does not depend on the order in the setting", async () => {
    const ranked = await rankOrigins(URLS, "key");
    expect(ranked.toSorted()).toEqual(URLS);
    expect(await rankOrigins(URLS.toReversed(), "key")).toEqual(ranked);
  });

  test("are each first for about an equal share of keys", async () => {
    const first = await firstOf(URLS);
    for (const url of URLS) {
      const share = first.filter((chosen) => chosen === url).length / KEYS.length;
      expect(share).toBeGreaterThan(0.2);
      expect(share).toBeLessThan(0.3);
    }
  });

  test("do not change when another origin goes, except for keys whose first origin it was", async () => {
    const [before, after] = [await firstOf(URLS), await firstOf(URLS.slice(1))];
    for (const [index, url] of before.entries()) {
      if (url !== URLS[0]) expect(after[index]).toBe(url);
    }
  });

  test("keep their order when the first one is left out", async () => {
    const ranked = await rankOrigins(URLS, "key");
    expect(
      await rankOrigins(
        URLS.filter((url) => url !== ranked[0]),
        "key",
      ),
    ).toEqual(ranked.slice(1));
  });
});

describe("an origin that failed", () => {
  const [a = "", b = "", c = ""] = URLS;

  test("is tried last for 30 s", () => {
    const health = new OriginHealth();
    health.failed(a, 1000);
    expect(health.order([a, b, c], 30_999)).toEqual([b, c, a]);
    expect(health.order([a, b, c], 31_000)).toEqual([a, b, c]);
  });

  test("gets its place back as soon as it works", () => {
    const health = new OriginHealth();
    health.failed(a, 1000);
    health.worked(a);
    expect(health.order([a, b], 1001)).toEqual([a, b]);
  });

  test("keeps its place among other failed ones", () => {
    const health = new OriginHealth();
    for (const url of [c, a, b]) health.failed(url, 1000);
    expect(health.order([a, b, c], 1001)).toEqual([a, b, c]);
  });
});
