import { mkdtemp } from "node:fs/promises";
import { join } from "node:path";
import type { IndexEntry } from "../../../image/names/index-entry.ts";
import { indexPlace } from "../../../origin/index/index-place.ts";
import { createNameIndex } from "../../../origin/index/indexed-names.ts";
import type { BundleOutcome } from "../../../origin/bundles/bundler.ts";
import type { CacheFault } from "../../../origin/caches/cache-fault.ts";
import { createBuilder } from "../../../origin/service/builder.ts";
import { parseConfig } from "../../../origin/service/config.ts";
import type { TrustOfBuilder } from "../../../origin/service/open-trust.ts";
import { writeIndex } from "../../../origin/index/write-index.ts";
import type { KvIndex } from "../../../origin/stores/kv-index.ts";
import { createDiskStore } from "../../../origin/stores/disk-store.ts";
import type { ObjectStore } from "../../../origin/stores/object-store.ts";
import type { PullRequest } from "../../../protocol/image-request.ts";
import { nameIndexPrefix } from "../../../protocol/storage-keys.ts";
import { startStandIn } from "../../stand-in/server.ts";
import { type CachedTree, fillCache } from "../caches/filled-cache.ts";
import { makeKey, pathOf } from "../caches/signed-path.ts";
import { test as base } from "../fixtures.ts";
import { file, folder, link, program } from "../nars/nar-bytes.ts";
import { recordEvents } from "../recorded-events.ts";

const KEY = makeKey("stand-in-1");
const GLIBC = pathOf("glibc-2.40", 1);
const BASH = pathOf("bash-5.2", 2);
const HELLO = pathOf("hello-2.12", 3);

/** `glibc` and `hello` are large enough for layers of their own. */
export const PATHS: readonly CachedTree[] = [
  { path: GLIBC, tree: folder({ lib: folder({ "libc.so.6": program(randomBytes(200_000)) }) }), references: [] },
  {
    path: BASH,
    tree: folder({ bin: folder({ bash: program("#!bash"), sh: link("bash") }), lib: link(`${GLIBC}/lib`) }),
    references: [GLIBC],
  },
  {
    path: HELLO,
    tree: folder({ bin: folder({ hello: program(randomBytes(100_000)) }), share: folder({ a: file("text") }) }),
    references: [GLIBC, HELLO],
  },
];
const PACKAGES: Readonly<Record<string, string>> = { bash: BASH, hello: HELLO };
const REVISION = { revision: "r1", isExact: true };

/** Bytes that no compression makes small, and that are the same in each run. */
function randomBytes(size: number): Buffer {
  let state = size;
  return Buffer.from(
    Array.from({ length: size }, () => ((state = (state * 1_103_515_245 + 12_345) & 0x7fffffff) >> 16) & 255),
  );
}

export interface CacheWithFaults {
  /** Settings for caches with these faults, in the order of their priorities. */
  settings(...faults: readonly string[]): Record<string, string>;
  /** Requests of a kind, such as `nar` and `narinfo`. */
  requests(kind: string): number;
  /** Its folder. */
  readonly folder: string;
}

/** Tests with a binary cache that has `PATHS`. */
export const test = base.extend<{ cache: CacheWithFaults }>({
  async cache({ directory, onTestFinished }, use) {
    const at = join(directory, "cache");
    await fillCache(at, PATHS, KEY);
    const server = await startStandIn({ cache: at });
    onTestFinished(() => server.stop());
    await use({
      folder: at,
      settings: (...faults) => ({
        CORNICE_NIX_SUBSTITUTERS: faults.map((fault, index) => `${server.cacheUrl(fault)}?priority=${index}`).join(" "),
        CORNICE_NIX_TRUSTED_KEYS: KEY.publicText,
      }),
      requests: (kind) => server.counts.get(kind)?.requests ?? 0,
    });
  },
});

interface OriginOptions {
  readonly settings: Readonly<Record<string, string>>;
  /** By default, an empty one. */
  readonly store?: ObjectStore;
  /** Whether it makes bundles. */
  readonly makesBundles?: boolean;
  /** How it describes and signs images. By default, it does not. */
  readonly trust?: TrustOfBuilder;
  /** What names lead to for arm64. By default, nobody knows. */
  readonly arm64?: ReadonlyMap<string, IndexEntry>;
  /** Gets what is written to KV. */
  readonly index?: KvIndex;
}

/** The entries of the index of names for these packages, the same as for amd64. */
export function entriesOf(...packages: readonly string[]): ReadonlyMap<string, IndexEntry> {
  return new Map(packages.map((name) => [name, { kind: "package", attribute: name, paths: [PACKAGES[name] ?? ""] }]));
}

/** An origin in this process. The machine has no Nix, and an index knows the names. */
export async function originWithoutNix(
  directory: string,
  { settings, store: known, makesBundles = false, trust, arm64, index: kv = { put: async () => {} } }: OriginOptions,
) {
  const own = await mkdtemp(join(directory, "origin-"));
  const store = known ?? createDiskStore(join(own, "store"));
  const env = {
    PATH: "",
    CORNICE_PKGS_PATH: "/packages",
    CORNICE_SOURCE_NAME: "test",
    CORNICE_SOURCE_REVISION: REVISION.revision,
    CORNICE_SPOOL_DIR: join(own, "spool"),
    CORNICE_KEPT_MIB: "0",
    CORNICE_ORIGIN_SECRET: "s".repeat(32),
    CORNICE_DOWNLOAD_TIMEOUT: "10",
    R2_ENDPOINT: "http://127.0.0.1:1",
    R2_BUCKET: "b",
    R2_ACCESS_KEY_ID: "i",
    R2_SECRET_ACCESS_KEY: "k",
    KV_API_URL: "http://127.0.0.1:1",
    KV_NAMESPACE_ID: "n",
    KV_API_TOKEN: "t",
    ...settings,
  };
  const config = parseConfig(env, 2);
  const faults: CacheFault[] = [];
  const outcomes: BundleOutcome[] = [];
  const failures: unknown[] = [];
  const bundles = {
    onOutcome: (outcome: BundleOutcome) => outcomes.push(outcome),
    onFailure: (error: unknown) => failures.push(error),
  };
  const builder = await createBuilder({
    config,
    env,
    store,
    index: kv,
    bundles: makesBundles ? bundles : undefined,
    trust,
    cacheListener: { onFault: (fault) => faults.push(fault), onUse: () => {} },
  });
  const indexSettings = { source: "test", nix: config.nix, restrictsPath: config.sourceAccess.restrictsPath };
  const index = createNameIndex(store, indexSettings);
  const found = Object.entries(PACKAGES).map(([name, path]) => ({ name, attribute: name, path, requested: true }));
  await index.note({ packages: Object.keys(PACKAGES), architecture: "amd64" }, REVISION, { found });
  const place = indexPlace(indexSettings, REVISION, "aarch64-linux");
  const sets = new Map([["", Object.keys(PACKAGES)]]);
  if (arm64 && place)
    await writeIndex(store, await nameIndexPrefix(place), { entries: arm64, sets }, new AbortController().signal);
  const pull = async (request: PullRequest) => {
    const recorded = recordEvents();
    return { record: await builder.build(request, recorded.onEvent), ...recorded };
  };
  return {
    store,
    faults,
    pull,
    /** Of all bundles. */
    async bundled() {
      await builder.bundler?.finished();
      return { outcomes, failures };
    },
    /** Resolves when no known image waits for its signatures. */
    trusted: async () => builder.trust?.finished(),
    /** Its folder. */
    folder: own,
    spool: env.CORNICE_SPOOL_DIR,
    async build(...packages: readonly string[]) {
      const { record, ...recorded } = await pull({ source: "test", tag: "latest", architecture: "amd64", packages });
      return { digest: record.manifests.oci, ...recorded };
    },
    [Symbol.asyncDispose]: () => builder.close(new Error("the test has ended")),
  };
}
