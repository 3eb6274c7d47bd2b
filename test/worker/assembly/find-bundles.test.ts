import { reset } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { gzip } from "../../../image/compression/gzip.ts";
import { joinBytes } from "../../../image/compression/join-bytes.ts";
import { findBundles } from "../../../worker/assembly/find-bundles.ts";
import { rootOf } from "../../image/layers/grouping.ts";
import { bundleKeyOf, bundleOf, edgeSettings, knowPackages, REF, storeBundle } from "./known-packages.ts";

const GIT = { ...rootOf("git"), name: "git" };

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  await knowPackages(["git"]);
});

afterEach(async () => {
  vi.useRealTimers();
  await reset();
});

async function stepsOfGit(config = edgeSettings()): Promise<readonly number[] | undefined> {
  const [bundle] = await findBundles(config, [GIT], { shape: REF.shape, generation: 0 });
  return bundle?.steps;
}

describe("a bundle counts as missing", () => {
  async function recordOfGit(): Promise<Uint8Array<ArrayBuffer>> {
    const object = await env.R2.get(await bundleKeyOf("git"));
    return new Uint8Array((await object?.arrayBuffer()) ?? new ArrayBuffer());
  }

  async function expectMissing(record: Uint8Array | null): Promise<void> {
    const key = await bundleKeyOf("git");
    await (record ? env.R2.put(key, record) : env.R2.delete(key));
    await expect(stepsOfGit()).rejects.toThrow("git has no bundle");
  }

  test("if R2 does not have it", () => expectMissing(null));

  test("if it is damaged: any bit of it", async () => {
    const record = await recordOfGit();
    for (let at = 0; at < record.length; at += 17) {
      await expectMissing(record.map((byte, place) => (place === at ? byte ^ 1 : byte)));
    }
  });

  test("if it is empty, cut off, or larger than a bundle may be", async () => {
    const record = await recordOfGit();
    await expectMissing(new Uint8Array());
    await expectMissing(record.slice(0, -1));
    await expectMissing(joinBytes([record, new Uint8Array(4_194_305)]));
  });

  test("if it is that of another package", async () => {
    await storeBundle("git", await bundleOf("htop"));
    await expect(stepsOfGit()).rejects.toThrow("git has no bundle");
  });

  test("if it is of another version", async () => {
    const json = new TextEncoder().encode('{"version":1}');
    const packed = await gzip(joinBytes([new Uint8Array([0, 0, 0, json.length]), json]));
    await expectMissing(joinBytes([new Uint8Array(await crypto.subtle.digest("SHA-256", packed)), packed]));
  });
});

test("a bundle is read once for a burst of pulls, and anew when an origin may have packed more", async () => {
  const config = edgeSettings();
  const bundle = await bundleOf("git");
  expect(await stepsOfGit(config)).toEqual(bundle.steps);
  await storeBundle("git", { ...bundle, steps: [0] });
  vi.setSystemTime(Date.now() + 9000);
  expect(await stepsOfGit(config)).toEqual(bundle.steps);
  vi.setSystemTime(Date.now() + 1000);
  expect(await stepsOfGit(config)).toEqual([0]);
});
