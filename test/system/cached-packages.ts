import { join } from "node:path";
import { createIsolation } from "../../origin/isolation/create-isolation.ts";
import type { CacheSettings } from "../../origin/isolation/nix-settings.ts";
import type { CacheFault } from "../../origin/nix/cache-faults.ts";
import { prepareImage } from "../../origin/nix/prepare-image.ts";
import { hostArchitecture } from "../../origin/nix/system.ts";
import { recordEvents } from "../origin/recorded-events.ts";
import { writeTree } from "../origin/fixtures.ts";
import { type BinaryCache, makeCache } from "../stand-in/binary-cache.ts";
import { SYSTEM } from "./source-pull.ts";

/** The cache does not have this package. It builds anywhere. */
export const UNCACHED = "uncached";

/** A package set, and a binary cache that has its packages. They build nowhere else. */
export interface CachedPackages {
  readonly set: string;
  readonly cache: BinaryCache;
}

/** Each set has store paths of its own, because its builder's text names the folder. */
export async function cachedPackages(directory: string, names: readonly string[]): Promise<CachedPackages> {
  const mayBuild = join(directory, "may-build");
  const script = `if [ -e ${mayBuild} ]; then head -c 300000 /dev/urandom > $out; else echo compiling; exit 1; fi`;
  const package_ = (name: string, text: string) =>
    `"${name}" = derivation { name = "${name}"; system = "${SYSTEM}"; builder = "/bin/sh"; PATH = "/usr/bin:/bin"; args = [ "-c" "${text}" ]; };`;
  const lines = names.map((name) => package_(name, script.replaceAll("$", "\\$")));
  const uncached = package_(UNCACHED, `echo ${directory} > \\$out`);
  await writeTree(directory, { "set/default.nix": `{ ${[...lines, uncached].join("\n")} }` });
  const set = join(directory, "set");
  return { set, cache: await makeCache(directory, { set, mayBuild, attributes: names }) };
}

interface PullOptions {
  readonly directory: string;
  readonly set: string;
  readonly name: string;
  readonly caches: CacheSettings;
  readonly mayBuild?: boolean;
  readonly timeoutS?: number;
}

/** Pulls one package as a new origin does. Returns the outcome, the events, and the faults of caches. */
export async function pullCached({ directory, set, name, caches, mayBuild = true, timeoutS = 60 }: PullOptions) {
  const isolation = createIsolation({
    env: { PATH: process.env["PATH"] ?? "", HOME: directory },
    daemon: { sandbox: false, maxJobs: undefined, ...caches },
    evaluationMib: 4096,
    buildMib: 4096,
    maxFileBytes: 2 ** 33,
  });
  const recorded = recordEvents();
  const faults: CacheFault[] = [];
  try {
    const closure = await prepareImage({
      packages: [name],
      architecture: hostArchitecture(),
      source: { kind: "path", location: set, revision: "" },
      nix: { timeoutS, mayBuild },
      isolation,
      gcRoot: join(directory, `closure-${name}`),
      signal: AbortSignal.timeout(100_000),
      onEvent: recorded.onEvent,
      onCacheFault: (fault) => faults.push(fault),
    });
    return { closure, error: undefined, faults, ...recorded };
  } catch (error) {
    return { closure: undefined, error, faults, ...recorded };
  } finally {
    await isolation.close();
  }
}
