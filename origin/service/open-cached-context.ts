import { decodeTree } from "../../image/trees/tree-record.ts";
import type { CachedContext } from "../builds/cached-closure.ts";
import { openCaches } from "../caches/binary-caches.ts";
import type { CacheFault } from "../caches/cache-fault.ts";
import { readBinaryCaches } from "../caches/read-settings.ts";
import { Closures } from "../closures/closures.ts";
import type { NameIndex } from "../index/indexed-names.ts";
import { DEFAULT_SILENCE_S } from "../isolation/nix-settings.ts";
import type { CacheListener } from "../nix/prepare-image.ts";
import type { Packer } from "../packing/packer.ts";
import { findArchives } from "../paths/archives.ts";
import { readArchiveTree } from "../paths/read-archive-tree.ts";
import type { RootReader } from "../root/root-reader.ts";
import { createTreeStore } from "../root/tree-store.ts";
import type { ObjectStore } from "../stores/object-store.ts";
import type { BuilderConfig } from "./config.ts";

interface CachedContextOptions {
  readonly config: BuilderConfig;
  readonly store: ObjectStore;
  readonly names: NameIndex;
  readonly packer: Packer;
  readonly rootReader: RootReader;
  readonly cacheListener?: CacheListener | undefined;
}

/**
 * The parts that make images without Nix. Undefined if the operator wants no binary cache. Throws `ConfigError` if the
 * settings of caches cannot be used.
 */
export async function openCachedContext(options: CachedContextOptions): Promise<CachedContext | undefined> {
  const { config, store, names, packer, rootReader, cacheListener } = options;
  const { nix, spoolDirectory } = config;
  const { substituters, trustedKeys, downloadSilenceS = DEFAULT_SILENCE_S, nixConf, netrcFile } = nix;
  const settings = await readBinaryCaches({ substituters, trustedKeys, downloadSilenceS, nixConf, netrcFile });
  if (!settings) return undefined;
  const onFault = (fault: CacheFault) => cacheListener?.onFault(fault);
  const caches = openCaches(settings, { now: Date.now, onFault });
  const trees = createTreeStore(store);
  return {
    names,
    closures: new Closures(store, caches),
    archives: findArchives({ caches, silenceMs: settings.silenceMs, spoolDirectory, onFault }),
    trees,
    readRoot: (image, find) => rootReader.readTrees(image, find),
    readTree: (archive, signal) => readArchiveTree({ packer, trees, spoolDirectory }, archive, signal),
    localTree: async (path) => {
      const recorded = await trees.read(path);
      if (recorded) return recorded;
      const record = await rootReader.record(path);
      if (record) await trees.write(path, record);
      return record && decodeTree(record);
    },
  };
}
