import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type StandIn, startStandIn } from "../stand-in/server.ts";
import { type CachedPackages, cachedPackages, pullCached, UNCACHED } from "./cached-packages.ts";

/** Each fault, and what the error says of the cache. Undefined if Nix gets over the fault by itself. */
const FAULTS: readonly [fault: string, words: string | undefined][] = [
  ["badsig", "has no trusted signature for"],
  ["unsigned", "has no trusted signature for"],
  ["short", "has an archive that is damaged"],
  ["corrupt", "has an archive that is damaged"],
  ["500", "answers HTTP error 500"],
  ["hang", "does not answer, or stops answering"],
  ["nar404", "knows a store path, but has lost its archive"],
  ["truncated", undefined],
  ["stall", undefined],
  ["503first", undefined],
  ["truncfirst", undefined],
  ["rate=300000", undefined],
  ["latency=200", undefined],
];

/** Nix's five attempts take about five seconds, and wait one second each for an answer. */
const downloadSilenceS = 10;

let directory: string;
let packages: CachedPackages;
let server: StandIn;

const alone = (fault: string) => `alone-${fault.replace("=", "-")}`;
const first = (fault: string) => `first-${fault.replace("=", "-")}`;
const FURTHER = ["unkeyed", "progress", "late", "gone", "limit"];

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "cornice-caches-"));
  const names = FAULTS.flatMap(([fault]) => [alone(fault), first(fault)]);
  packages = await cachedPackages(directory, [...names, ...FURTHER]);
  server = await startStandIn({ cache: packages.cache.folder });
});

afterAll(async () => {
  await server.stop();
  await rm(directory, { recursive: true, force: true });
});

function pull(name: string, faults: readonly string[], options: { trustedKeys?: string; mayBuild?: boolean } = {}) {
  const { trustedKeys = packages.cache.publicKey, ...further } = options;
  const substituters = faults.map((fault, index) => `${server.cacheUrl(fault)}?priority=${index + 1}`).join(" ");
  const caches = { substituters, trustedKeys, downloadSilenceS };
  return pullCached({ directory, set: packages.set, name, caches, ...further });
}

describe("a binary cache with a fault", () => {
  it("is named by an outage if no other cache has the path, and nothing is compiled", async () => {
    const pulls = FAULTS.map(async ([fault, words]) => {
      const { closure, error, work } = await pull(alone(fault), [fault]);
      expect(work().filter((item) => item.work === "build"), fault).toEqual([]);
      if (words === undefined) expect(closure?.packages, `${fault}: ${String(error)}`).toHaveLength(1);
      else
        expect(error, fault).toMatchObject({
          code: "UNAVAILABLE",
          message: expect.stringContaining(`the binary cache ${server.cacheUrl(fault)} ${words}`),
        });
    });
    await Promise.all(pulls);
  });

  it("does not matter if another cache has the path", async () => {
    const pulls = FAULTS.map(async ([fault, words]) => {
      const { closure, error, faults, work } = await pull(first(fault), [fault, "ok"]);
      expect(closure?.packages, `${fault}: ${String(error)}`).toHaveLength(1);
      expect(work().filter((item) => item.work === "build"), fault).toEqual([]);
      expect(faults.length > 0, fault).toBe(words !== undefined);
    });
    await Promise.all(pulls);
  });
});

describe("a package that no cache has", () => {
  it("is built, and whoever watches is told", async () => {
    const { closure, error, lines } = await pull(UNCACHED, ["ok"]);
    expect(closure?.packages, String(error)).toHaveLength(1);
    expect(lines()).toContain(`no binary cache has ${UNCACHED}: building here`);
  });
});
