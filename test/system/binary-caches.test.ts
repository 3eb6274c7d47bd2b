import { randomUUID } from "node:crypto";
import { mkdtemp, rename, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { CacheSettings } from "../../origin/isolation/nix-settings.ts";
import { createMetrics } from "../../origin/metrics/metrics.ts";
import { createCacheReports } from "../../origin/service/cache-reports.ts";
import { type StandIn, startStandIn } from "../stand-in/server.ts";
import { removeFolder } from "../remove-folder.ts";
import {
  type CachedPackages,
  cachedPackages,
  isolationWith,
  pullCached,
  realiseCached,
  TRIVIAL,
  UNCACHED,
} from "./cached-packages.ts";
import { derivation } from "./source-pull.ts";

/** Faults that Nix cannot get over, and what the error says of the cache. */
const FATAL: readonly [fault: string, words: string][] = [
  ["badsig", "has no trusted signature for"],
  [
    "unsigned",
    "has no trusted signature for alone-unsigned; CORNICE_NIX_TRUSTED_KEYS names the trusted keys; it is not signed",
  ],
  ["short", "has an archive that is damaged"],
  ["corrupt", "has an archive that is damaged"],
  ["500", "answers HTTP error 500"],
  ["narinfo500", "answers HTTP error 500"],
  ["hang", "does not answer, or stops answering"],
  ["nar404", "knows a store path, but has lost its archive"],
];
/** Nix gets over these by itself. */
const HARMLESS = ["truncated", "stall", "503first", "truncfirst", "rate=300000", "latency=200"];
const SINGLE = ["late", "slow", "guarded", "unkeyed", "read", "unread"];

/** With this limit, each of Nix's five attempts waits one second for an answer. All take about ten seconds. */
const downloadSilenceS = 10;

let packages: CachedPackages;
let server: StandIn;

const wordOf = (kind: "alone" | "first", fault: string) => `${kind}-${fault.replace("=", "-")}`;

beforeAll(async () => {
  const directory = await mkdtemp(join(tmpdir(), "cornice-caches-"));
  const fatal = FATAL.flatMap(([fault]) => [wordOf("alone", fault), wordOf("first", fault)]);
  packages = await cachedPackages(directory, [...fatal, ...HARMLESS.map((fault) => wordOf("alone", fault)), ...SINGLE]);
  server = await startStandIn({ cache: packages.cache.folder });
});

afterAll(async () => {
  await server.stop();
  await removeFolder(packages.directory);
});

function caches(...faults: readonly string[]): CacheSettings {
  const addresses = faults.map((fault, index) => `${server.cacheUrl(fault)}?priority=${index + 1}`);
  return { substituters: addresses.join(" "), trustedKeys: packages.cache.publicKey, downloadSilenceS };
}

/** All at once: most of the time, Nix waits. */
function each<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void[]> {
  return Promise.all(items.map(work));
}

describe.concurrent("a binary cache that fails", () => {
  it("is an outage with its address and the reason, and nothing is compiled", async () => {
    await each(FATAL, async ([fault, words]) => {
      const { error, builds } = await realiseCached(packages, wordOf("alone", fault), caches(fault));
      const message: unknown = expect.stringContaining(`the binary cache ${server.cacheUrl(fault)} ${words}`);
      expect(error, `${fault}: ${String(error)}`).toMatchObject({ code: "UNAVAILABLE", message });
      expect(builds, fault).toEqual([]);
    });
  });

  it("does not matter if another cache has the path", async () => {
    await each(FATAL, async ([fault]) => {
      const { paths, error, faults, builds } = await realiseCached(
        packages,
        wordOf("first", fault),
        caches(fault, "ok"),
      );
      expect(paths, `${fault}: ${String(error)}`).toHaveLength(1);
      expect(
        faults.map(({ cache }) => cache),
        fault,
      ).toEqual([server.cacheUrl(fault)]);
      expect(builds, fault).toEqual([]);
    });
  });

  it("does not matter if Nix's further attempts succeed", async () => {
    await each(HARMLESS, async (fault) => {
      const { paths, error, faults } = await realiseCached(packages, wordOf("alone", fault), caches(fault));
      expect(paths, `${fault}: ${String(error)}`).toHaveLength(1);
      expect(faults, fault).toEqual([]);
    });
  });

  it("whose key is missing is named with the key", async () => {
    const { substituters } = caches("ok");
    const { error } = await realiseCached(packages, "unkeyed", { substituters });
    expect(String(error)).toContain(
      "has no trusted signature for unkeyed; CORNICE_NIX_TRUSTED_KEYS names the trusted keys",
    );
    expect(String(error)).toContain("; it is signed by stand-in-1");
  });

  it("is named without its password", async () => {
    const substituters = server.cacheUrl("500").replace("://", "://user:hunter2@");
    const { error, lines } = await pullCached(packages, "late", { substituters, downloadSilenceS });
    expect(String(error)).toContain(`the binary cache ${server.cacheUrl("500")} answers HTTP error 500`);
    expect(`${String(error)} ${lines().join("\n")}`).not.toContain("hunter2");
  });

  it("may be slow, and whoever watches sees the bytes", async () => {
    const patient = { ...caches("conn=100000"), downloadSilenceS: 60 };
    const { paths, error, events } = await pullCached(packages, "slow", patient);
    expect(paths, String(error)).toHaveLength(1);
    const downloads = events.flatMap((event) => (event.event === "download" ? [event] : []));
    expect(downloads.length).toBeGreaterThan(3);
    const { done, total } = downloads.at(-1) ?? {};
    expect(total).toBeGreaterThan(300_000);
    expect(done).toBe(total);
  });
});

describe("a package that no cache has", () => {
  it("is built, and whoever watches is told why", async () => {
    const { paths, error, lines } = await pullCached(packages, UNCACHED, caches("ok"));
    expect(paths, String(error)).toHaveLength(1);
    expect(lines()).toContain(`no binary cache has ${UNCACHED}: building here`);
  });

  it("is built in any case if it says that caches are of no use, also while one fails", async () => {
    const { paths, error } = await pullCached(packages, TRIVIAL, caches("narinfo500"), { mayBuild: false });
    expect(paths, String(error)).toHaveLength(1);
  });

  it("is refused if this registry does not build, until a cache has it", async () => {
    const hash = basename(packages.derivations.get("late")?.output ?? "").slice(0, 32);
    const narinfo = join(packages.cache.folder, `${hash}.narinfo`);
    await rename(narinfo, `${narinfo}.hidden`);
    const { error } = await pullCached(packages, "late", caches("ok"), { mayBuild: false });
    expect(error).toMatchObject({
      code: "MANIFEST_UNKNOWN",
      message: "no binary cache has late, and this registry does not build packages itself",
    });
    await rename(`${narinfo}.hidden`, narinfo);
    const { paths } = await pullCached(packages, "late", caches("ok"), { mayBuild: false });
    expect(paths).toHaveLength(1);
  });
});

describe("an evaluation that builds", () => {
  const IFD = { allowIfd: true } as const;

  /** A set whose evaluation reads the output of a derivation. */
  async function reading(input: string): Promise<CachedPackages> {
    const set = join(packages.directory, "set", `${randomUUID()}.nix`);
    await writeFile(set, `{ reader = ${derivation("reader", `builtins.hashFile "sha256" (${input})`)}; }`);
    return { ...packages, set };
  }

  it("downloads what a cache has", async () => {
    const { paths } = await pullCached(await reading("(import ./.).read"), "reader", caches("ok"), IFD);
    expect(paths).toHaveLength(1);
  });

  it("compiles nothing that a failing cache could have", async () => {
    const { error } = await pullCached(await reading("(import ./.).unread"), "reader", caches("500"), IFD);
    const message: unknown = expect.stringMatching(
      /^unread cannot be downloaded: the binary cache \S+ answers HTTP error 500$/,
    );
    expect(error).toMatchObject({ code: "UNAVAILABLE", message });
  });

  it("compiles nothing if this registry does not build", async () => {
    const set = await reading(derivation("own-part", `"${packages.directory}"`));
    const { error } = await pullCached(set, "reader", caches("ok"), { ...IFD, mayBuild: false });
    expect(error).toMatchObject({
      code: "MANIFEST_UNKNOWN",
      message: "no binary cache has own-part, and this registry does not build packages itself",
    });
  });
});

it("a binary cache with a password is used with the operator's netrc", async () => {
  const guarded = caches("password=open-sesame");
  const { error } = await realiseCached(packages, "guarded", guarded);
  expect(String(error)).toContain("it needs a password (CORNICE_NIX_NETRC)");
  const netrcFile = join(packages.directory, "netrc");
  await writeFile(netrcFile, "machine 127.0.0.1 login reader password open-sesame\n", { mode: 0o600 });
  const { paths } = await realiseCached(packages, "guarded", { ...guarded, netrcFile });
  expect(paths).toHaveLength(1);
});

it("the operator sees the state of each cache", async () => {
  const [good, bad, nowhere] = [server.cacheUrl("ok"), server.cacheUrl("500"), "http://127.0.0.1:1"];
  const isolation = isolationWith(packages.directory, { substituters: `${good} ${bad} ${nowhere} s3://nothing` });
  const metrics = createMetrics(() => performance.now());
  const log: string[] = [];
  const { watch, listener } = createCacheReports(() => isolation, metrics, { line: (line) => log.push(line) });
  listener.onUse(good);
  listener.onFault({ cache: bad, kind: "signature", words: "has no trusted signature", isWhole: false });
  await watch.check();
  await isolation.close();
  const [first = "", ...others] = watch.lines();
  expect(first).toMatch(/answers in \d+ ms; Nix trusts its signatures$/);
  expect(others[0]).toContain(
    `${bad} answers HTTP error 500; Nix does not trust its signatures: see CORNICE_NIX_TRUSTED_KEYS`,
  );
  expect(others[1]).toMatch(/^binary cache http:\/\/127.0.0.1:1 cannot be reached: .*; no signature seen yet$/);
  expect(log).toContain(`warning: the binary cache ${bad} answers HTTP error 500`);
  const text = await metrics.text();
  expect(text).toContain(`cornice_cache_up{cache="${good}"} 1\n`);
  expect(text).toContain(`cornice_cache_up{cache="${bad}"} 0\n`);
  expect(text).toContain(`cornice_cache_faults_total{cache="${bad}",kind="signature"} 1\n`);
});
