import { reset } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { pulledKey } from "../../../protocol/storage-keys.ts";
import { startIsolate, storedKeys } from "../client.ts";
import { countStores } from "../counting.ts";
import { spyOnLog } from "../failure-log.ts";
import { storeImage, type TestImage } from "../images.ts";

const WEEK_MS = 604_800_000;
const ON = { PULL_MARKS: "on" };

let image: TestImage;

beforeEach(async () => {
  image = await storeImage("git");
});

afterEach(async () => {
  vi.restoreAllMocks();
  await reset();
});

const marks = async () => (await storedKeys()).filter((key) => key.startsWith("pulled/"));

describe("a pull leaves a mark of the manifest that the client got", () => {
  test.each([
    ["by tag", () => "latest"],
    ["by digest", () => image.docker.digest],
  ])("%s", async (_, reference) => {
    const isolate = startIsolate(ON);
    const headers = { Accept: image.docker.mediaType };
    for (let pulls = 0; pulls < 3; pulls += 1) await isolate.settle(`/v2/git/manifests/${reference()}`, { headers });
    expect(await marks()).toEqual([pulledKey(image.docker.digest)]);
  });

  test("once a week at most: the isolate, its data centre and R2 remember it", async () => {
    const stores = countStores();
    const colo = { ...ON, ...stores, CACHE_HOST: "marks.internal" };
    const first = startIsolate(colo);
    const path = `/v2/git/manifests/${image.oci.digest}`;
    const cost = async (isolate: typeof first) => {
      stores.take();
      await isolate.settle(path);
      const { "r2.head": heads = 0, "r2.put": puts = 0 } = stores.take();
      return { heads, puts };
    };
    expect(await cost(first)).toEqual({ heads: 1, puts: 1 });
    expect(await cost(first)).toEqual({ heads: 0, puts: 0 });
    expect(await cost(startIsolate(colo))).toEqual({ heads: 0, puts: 0 });
    const elsewhere = { ...colo, CACHE_HOST: "elsewhere.internal" };
    expect(await cost(startIsolate(elsewhere))).toEqual({ heads: 1, puts: 0 });
    vi.spyOn(Date, "now").mockReturnValue(Date.now() + WEEK_MS + 1);
    expect(await cost(startIsolate({ ...colo, CACHE_HOST: "later.internal" }))).toEqual({ heads: 1, puts: 1 });
  });

  test("also if only the headers of a digest are asked for: the client has the image", async () => {
    await startIsolate(ON).settle(`/v2/git/manifests/${image.oci.digest}`, { method: "HEAD" });
    expect(await marks()).toEqual([pulledKey(image.oci.digest)]);
  });
});

describe("no mark is left", () => {
  test.each([
    ["by a client that only asks for the headers of a tag", "latest", { method: "HEAD" }, ON],
    ["of a manifest that is unknown", `sha256:${"0".repeat(64)}`, {}, ON],
    ["if the registry is set so", "latest", {}, { PULL_MARKS: "off" }],
  ])("%s", async (_, reference, init, settings) => {
    await startIsolate(settings).settle(`/v2/git/manifests/${reference}`, init);
    expect(await marks()).toEqual([]);
  });
});

test("a mark that fails neither delays nor fails the answer, and is tried again after a minute", async () => {
  const log = spyOnLog();
  const put = vi.spyOn(env.R2, "put").mockRejectedValue(new Error("down"));
  const isolate = startIsolate(ON);
  const pull = async () => (await isolate.settle("/v2/git/manifests/latest")).status;
  expect([await pull(), await pull()]).toEqual([200, 200]);
  expect(put).toHaveBeenCalledOnce();
  expect(log.mock.calls.join()).toContain("marking the pull of");
  put.mockRestore();
  vi.spyOn(Date, "now").mockReturnValue(Date.now() + 60_001);
  await pull();
  expect(await marks()).toHaveLength(1);
});
