import { reset } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { compareText } from "../../../protocol/compare-text.ts";
import { manifestBlobs, parseManifestText } from "../../../protocol/manifest.ts";
import { OciError } from "../../../protocol/oci-error.ts";
import { blobKey, manifestKey, refKey } from "../../../protocol/storage-keys.ts";
import { assembleAtEdge, type EdgeImage } from "../../../worker/assembly/assemble-at-edge.ts";
import type { EdgeUse } from "../../../worker/assembly/edge-use.ts";
import type { AssemblySettings } from "../../../worker/assembly/edge-settings.ts";
import { containing } from "../../matchers.ts";
import { storedKeys } from "../client.ts";
import { countStores } from "../counting.ts";
import { spyOnLog } from "../failure-log.ts";
import { imageRequest } from "../origin.ts";
import { edgeSettings, knowPackages, REF } from "./known-packages.ts";

let log: ReturnType<typeof spyOnLog>;

beforeEach(() => {
  log = spyOnLog();
});

afterEach(async () => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  await reset();
});

async function assembled(packages: string, config = edgeSettings(), use: EdgeUse = "always"): Promise<EdgeImage> {
  const made = await assembleAtEdge(config, imageRequest(packages), use);
  if (!("record" in made)) throw new Error(made.needsOrigin);
  return made;
}

/** Why an image goes to the origin. */
async function refusal(packages: string, config?: AssemblySettings, use: EdgeUse = "always"): Promise<string> {
  const made = await assembleAtEdge(config ?? edgeSettings(), imageRequest(packages), use);
  return "needsOrigin" in made ? made.needsOrigin : "";
}

describe("an image of known packages", () => {
  test("has their layers and a root layer, and R2 has all of it before the answer", async () => {
    const layers = await knowPackages(["git", "htop"]);
    const { record, manifests, steps } = await assembled("git/htop");
    const manifest = parseManifestText(new TextDecoder().decode(manifests.oci.bytes));
    const blobs = manifest ? manifestBlobs(manifest).map(({ digest }) => digest) : [];
    expect(blobs).toEqual(expect.arrayContaining(layers.slice(0, 2)));
    expect(manifest?.layers).toHaveLength(4);
    for (const digest of blobs) expect(await env.R2.head(blobKey(digest))).not.toBeNull();
    for (const digest of Object.values(record.manifests)) expect(await env.R2.head(manifestKey(digest))).not.toBeNull();
    expect(steps.map(({ step }) => step)).toEqual(["wait", "tag", "names", "bundles", "assemble", "write"]);
  });

  test("reads R2 at most twice for each package and five times more, and writes five times before the answer", async () => {
    const names = ["git", "htop", "jq", "nano", "tree"];
    await knowPackages(names);
    const stores = countStores();
    const { publish } = await assembled(names.join("/"), edgeSettings({ r2: stores.R2, kv: stores.KV }));
    const { "r2.get": reads = 0, ...writes } = stores.take();
    expect(reads).toBeLessThanOrEqual(2 * names.length + 5);
    expect(writes).toEqual({ "r2.put": 5 });
    await publish();
    expect(stores.take()).toEqual({ "r2.head": 1, "r2.put": 3, "kv.put": 3 });
  });

  test("is found by its closure, its request and its tag behind the answer", async () => {
    await knowPackages(["git"]);
    const before = new Set(await storedKeys());
    const { publish } = await assembled("git");
    await publish();
    const added = (await storedKeys()).filter((key) => !before.has(key));
    const kinds = added.map((key) => key.split("/")[0] ?? "");
    const stored = ["blobs", "blobs", "contents", "images", "manifests", "manifests", "requests", "tags"];
    const cached = ["manifest", "manifest", "tag"];
    expect(kinds.toSorted(compareText)).toEqual([...stored, ...cached].toSorted(compareText));
  });

  test("is the same, whoever makes it and in which order the names are", async () => {
    await knowPackages(["git", "htop"]);
    const isolates = Array.from({ length: 3 }, () => assembled("git/htop"));
    const digests = (await Promise.all(isolates)).map(({ record }) => record.manifests);
    expect(digests).toEqual(digests.map(() => digests[0]));
  });

  test("has the revision and the time of the look-up that the ref has", async () => {
    await knowPackages(["git"], { resolvedAt: REF.resolvedAt });
    const { record } = await assembled("git");
    expect(record).toMatchObject({ revision: "r1", resolvedAt: REF.resolvedAt });
  });
});

describe("the origin is asked for", () => {
  const cases: readonly [string, string, EdgeUse, Partial<AssemblySettings>][] = [
    ["all images of a registry that is set so", "EDGE_ASSEMBLY is off", "always", { assemblesAtEdge: false }],
    ["an image that lacks a blob", "an origin must look at it", "never", {}],
    ["a look-up of an old tag", "latest may have moved", "fresh", {}],
  ];
  test.each(cases)("%s", async (_, reason, use, settings) => {
    await knowPackages(["git"], { resolvedAt: REF.resolvedAt });
    expect(await refusal("git", edgeSettings(settings), use)).toBe(reason);
  });

  test("no look-up of a tag that was looked up a moment ago", async () => {
    await knowPackages(["git"]);
    expect(await refusal("git", edgeSettings(), "fresh")).toBe("");
  });

  test("an image with options", async () => {
    const request = { ...imageRequest("git"), packages: [], image: "web" };
    const made = await assembleAtEdge(edgeSettings(), request, "always");
    expect(made).toEqual({ needsOrigin: "the package set defines it" });
  });

  test.each([
    ["layers of zstd", { shape: { ...REF.shape, compression: "zstd" } }],
    ["another format", { shape: { ...REF.shape, format: REF.shape.format + 1 } }],
    ["other popularity", { shape: { ...REF.shape, popularity: "0".repeat(64) } }],
  ] as const)("images of %s: no bundle has these", async (_, changes) => {
    await knowPackages(["git"], changes);
    expect(await refusal("git")).toBe("git has no bundle");
  });

  test("an image that is too large", async () => {
    await knowPackages(["git"], { maxImageBytes: 100_000 });
    expect(await refusal("git")).toBe("the image is too large");
  });

  test("names that the index does not have", async () => {
    await knowPackages(["git"]);
    expect(await refusal("git/nosuch")).toBe("the index does not have all its names");
  });

  test.each([
    ["missing", null],
    ["no JSON", "{"],
    ["of another version", JSON.stringify({ version: 2, ...REF })],
    ["too large", JSON.stringify({ version: 1, ...REF, more: "x".repeat(20_000) })],
  ])("a tag whose ref record is %s", async (_, text) => {
    await knowPackages(["git"]);
    const key = await refKey(env.PACKAGE_SOURCE, "latest");
    await (text === null ? env.R2.delete(key) : env.R2.put(key, text));
    expect(await refusal("git")).toBe("no origin has said yet what latest stands for");
  });

  test("what is missing is no failure in the log", async () => {
    await refusal("git");
    expect(log).not.toHaveBeenCalled();
  });
});

test("if R2 never answers, all waiting images go to the origin together, and the next ones go there at once", async () => {
  await knowPackages(["git"]);
  const silent = new Proxy(env.R2, { get: () => () => new Promise(() => undefined) });
  const config = edgeSettings({ r2: silent });
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"] });
  const reasons: string[] = [];
  const ask = () => void refusal("git", config).then((reason) => reasons.push(reason));
  for (let client = 0; client < 6; client += 1) ask();
  await vi.advanceTimersByTimeAsync(9000);
  expect(reasons).toEqual([]);
  await vi.advanceTimersByTimeAsync(1050);
  ask();
  await vi.advanceTimersByTimeAsync(1);
  const late = "R2 did not answer in time";
  expect(reasons).toEqual(Array.from({ length: 7 }, () => late));
  // Then R2 is tried again.
  await vi.advanceTimersByTimeAsync(10_000);
  ask();
  await vi.advanceTimersByTimeAsync(9000);
  expect(reasons).toHaveLength(7);
});

test("at most six images are put together at a time", async () => {
  const names = Array.from({ length: 12 }, (_, index) => `package${index}`);
  await knowPackages(names);
  let running = 0;
  let most = 0;
  const bucket = new Proxy(env.R2, {
    get(target, property) {
      const operation: unknown = Reflect.get(target, property);
      if (typeof operation !== "function") return operation;
      return async (key: string, ...more: unknown[]): Promise<unknown> => {
        if (key.startsWith("bundles/")) most = Math.max(most, (running += 1));
        const answer: unknown = await Reflect.apply(operation, target, [key, ...more]);
        if (key.startsWith("manifests/")) running -= 0.5;
        return answer;
      };
    },
  });
  const config = edgeSettings({ r2: bucket });
  await Promise.all(names.map((name) => assembled(name, config)));
  expect([most, running]).toEqual([6, 0]);
});

test("a failure of R2 is logged, and the origin is asked", async () => {
  await knowPackages(["git"]);
  const failing = new Proxy(env.R2, { get: () => () => Promise.reject(new OciError("UNAVAILABLE", "R2 is down")) });
  expect(await refusal("git", edgeSettings({ r2: failing }))).toBe("R2 is down");
  expect(log.mock.calls[0]).toEqual([containing("could not be put together")]);
});
