import { randomUUID } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { createIsolation } from "../../origin/isolation/create-isolation.ts";
import type { CacheSettings } from "../../origin/isolation/nix-settings.ts";
import type { CacheFault } from "../../origin/caches/cache-fault.ts";
import { createNixLog } from "../../origin/nix/nix-log.ts";
import { type PrepareOptions, prepareImage } from "../../origin/nix/prepare-image.ts";
import { realise } from "../../origin/nix/realise.ts";
import { hostArchitecture } from "../../origin/nix/system.ts";
import { isJsonObject, parseJsonObject } from "../../protocol/json-object.ts";
import { writeTree } from "../origin/fixtures.ts";
import { recordEvents } from "../origin/recorded-events.ts";
import { type BinaryCache, makeCache } from "../stand-in/binary-cache.ts";
import { output } from "./program.ts";
import { SYSTEM } from "./source-pull.ts";

/** The cache does not have this package. It builds anywhere. */
export const UNCACHED = "uncached";

/** Nix does not look for this package in caches: it says so. It builds anywhere. */
export const TRIVIAL = "trivial";

/** A package set, and a binary cache that has its packages. They build nowhere else. */
export interface CachedPackages {
  readonly directory: string;
  readonly set: string;
  readonly cache: BinaryCache;
  /** By the packages' names. */
  readonly derivations: ReadonlyMap<string, Derivation>;
}

interface Derivation {
  readonly path: string;
  readonly output: string;
}

/** Each set has store paths of its own, because its builder's text names the folder. */
export async function cachedPackages(directory: string, names: readonly string[]): Promise<CachedPackages> {
  const mayBuild = join(directory, "may-build");
  const compile = `if [ -e ${mayBuild} ]; then head -c 300000 /dev/urandom > \\$out; else echo compiling; exit 1; fi`;
  const definitions = [
    ...names.map((name) => definition(name, compile)),
    definition(UNCACHED, `echo ${directory} > \\$out`),
  ];
  const trivial = definition(TRIVIAL, `echo trivial ${directory} > \\$out`).replace(
    "name =",
    "allowSubstitutes = false; name =",
  );
  await writeTree(directory, { "set/default.nix": `{ ${[...definitions, trivial].join("\n")} }` });
  const set = join(directory, "set");
  const cache = await makeCache(directory, { set, mayBuild, attributes: names });
  return { directory, set, cache, derivations: await instantiate(set) };
}

function definition(name: string, script: string): string {
  const words = `builder = "/bin/sh"; PATH = "/usr/bin:/bin"; args = [ "-c" "${script}" ];`;
  return `"${name}" = derivation { name = "${name}"; system = "${SYSTEM}"; ${words} };`;
}

async function instantiate(set: string): Promise<Map<string, Derivation>> {
  const expression = `builtins.mapAttrs (_: p: { path = p.drvPath; output = p.outPath; }) (import ${set})`;
  const args = ["--eval", "--strict", "--json", "--read-write-mode", "--expr", expression];
  const answer = parseJsonObject(await output("nix-instantiate", args)) ?? {};
  return new Map(
    Object.entries(answer).map(([name, value]) => {
      const { path, output: out } = isJsonObject(value) ? value : {};
      return [name, { path: String(path), output: String(out) }];
    }),
  );
}

/** The isolation of an origin with these caches. */
export function isolationWith(directory: string, caches: CacheSettings) {
  return createIsolation({
    env: { PATH: process.env["PATH"] ?? "", HOME: directory },
    daemon: { sandbox: false, maxJobs: undefined, ...caches },
    evaluationMib: 4096,
    buildMib: 4096,
    maxFileBytes: 2 ** 33,
  });
}

/** Pulls one package as a new origin does. Returns the outcome, the events, and the faults of caches. */
export async function pullCached(
  { directory, set }: CachedPackages,
  name: string,
  caches: CacheSettings,
  nix: Partial<PrepareOptions["nix"]> = {},
) {
  const isolation = isolationWith(directory, caches);
  const recorded = recordEvents();
  const closure = prepareImage({
    packages: [name],
    architecture: hostArchitecture(),
    source: { kind: "path", location: set, revision: "" },
    nix: { timeoutS: 60, ...nix },
    isolation,
    gcRoot: join(directory, `closure-${randomUUID()}`),
    signal: AbortSignal.timeout(100_000),
    onEvent: recorded.onEvent,
  });
  const outcome = await closure.then(
    ({ closure: paths }) => ({ paths, error: undefined }),
    (error: unknown) => ({ paths: undefined, error }),
  );
  await isolation.close();
  return { ...outcome, ...recorded };
}

/** Realises one package as a new origin does, without an evaluation. */
export async function realiseCached({ directory, derivations }: CachedPackages, name: string, caches: CacheSettings) {
  const isolation = isolationWith(directory, caches);
  const recorded = recordEvents();
  const faults: CacheFault[] = [];
  const log = createNixLog({ now: Date.now, onEvent: recorded.onEvent });
  const { path = "", output: expected } = derivations.get(name) ?? {};
  const folder = join(directory, randomUUID());
  await mkdir(folder);
  const realised = realise([{ path, output: "out", expected }], {
    isolation,
    signal: AbortSignal.timeout(100_000),
    gcRoot: join(folder, "closure"),
    onLog: (line) => log.read(line),
    caches: {
      mayBuild: true,
      onDownload: (event) => log.follow(event),
      onNote: () => {},
      onFault: (fault) => faults.push(fault),
      untimed: (work) => work(),
    },
  });
  const outcome = await realised.then(
    (paths) => ({ paths, error: undefined }),
    (error: unknown) => ({ paths: undefined, error }),
  );
  await isolation.close();
  return { ...outcome, faults, builds: recorded.work().filter(({ work }) => work === "build") };
}
