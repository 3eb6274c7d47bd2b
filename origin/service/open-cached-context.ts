import type { CachedContext } from "../builds/cached-closure.ts";
import { openCaches } from "../caches/binary-caches.ts";
import type { CacheFault } from "../caches/cache-fault.ts";
import { readBinaryCaches } from "../caches/read-settings.ts";
import type { BinaryCacheSettings } from "../caches/settings.ts";
import { Closures } from "../closures/closures.ts";
import type { NameIndex } from "../index/indexed-names.ts";
import { DEFAULT_SILENCE_S } from "../isolation/nix-settings.ts";
import type { CacheListener } from "../nix/prepare-image.ts";
import type { Packer } from "../packing/packer.ts";
import { findArchives } from "../paths/archives.ts";
import { readArchiveTree } from "../paths/read-archive-tree.ts";
import { localTrees } from "../root/local-trees.ts";
import type { RootReader } from "../root/root-reader.ts";
import type { TreeStore } from "../root/tree-store.ts";
import type { ObjectStore } from "../stores/object-store.ts";
import type { BuilderConfig } from "./config.ts";

interface CachedContextOptions {
  readonly settings: BinaryCacheSettings;
  readonly spoolDirectory: string;
  readonly store: ObjectStore;
  readonly names: NameIndex;
  readonly packer: Packer;
  readonly rootReader: RootReader;
  readonly trees: TreeStore;
  readonly cacheListener?: CacheListener | undefined;
}

/** The operator's binary caches. Undefined if there is none. Throws `ConfigError` if their settings cannot be used. */
export function readCaches({ nix }: Pick<BuilderConfig, "nix">): Promise<BinaryCacheSettings | undefined> {
  const { substituters, trustedKeys, downloadSilenceS = DEFAULT_SILENCE_S, nixConf, netrcFile } = nix;
  return readBinaryCaches({ substituters, trustedKeys, downloadSilenceS, nixConf, netrcFile });
}

/** The parts that make images without Nix. */
export function openCachedContext(options: CachedContextOptions): CachedContext {
  const { settings, spoolDirectory, store, names, packer, rootReader, trees, cacheListener } = options;
  const onFault = (fault: CacheFault) => cacheListener?.onFault(fault);
  const caches = openCaches(settings, { now: Date.now, onFault });
  return {
    names,
    closures: new Closures(store, caches),
    archives: findArchives({ caches, silenceMs: settings.silenceMs, spoolDirectory, onFault }),
    trees,
    readRoot: (image, find) => rootReader.readTrees(image, find),
    readTree: (archive, signal) => readArchiveTree({ packer, trees, spoolDirectory }, archive, signal),
    localTree: localTrees(trees, rootReader),
  };
}
