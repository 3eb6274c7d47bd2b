import { STORE_DIRECTORY, storePathHash, storePathName } from "../../image/closure/store-path.ts";
import { Recent } from "../../protocol/recent.ts";
import { archiveAddress } from "./archive-address.ts";
import type { CacheAddress } from "./cache-address.ts";
import { CacheFailure } from "./cache-failure.ts";
import type { CacheFault } from "./cache-fault.ts";
import { parseCacheInfo } from "./cache-info.ts";
import type { CachedPath } from "./cached-path.ts";
import { MAX_NAR_INFO_BYTES, NarInfoError, parseNarInfo } from "./nar-info.ts";
import type { PublicKey } from "./public-key.ts";
import { readCacheFile, type ReadOptions } from "./read-cache-file.ts";
import { type Signature, signingKeyName } from "./signature.ts";

/** One binary cache, and what it has answered lately. */
export interface BinaryCache {
  readonly shown: string;
  /** Caches with lower numbers are asked first. Undefined if the cache is for another store. Throws `CacheFailure`. */
  priority(): Promise<number | undefined>;
  /** Undefined if the cache lacks the path. Throws `CacheFailure`. */
  find(path: string, signal: AbortSignal): Promise<CachedPath | undefined>;
}

export interface BinaryCacheOptions extends Omit<ReadOptions, "signal" | "maxBytes"> {
  readonly keys: readonly PublicKey[];
  /** Milliseconds. */
  readonly now: () => number;
  readonly onFault: (fault: CacheFault) => void;
}

/** A record has about 1 KB. A desktop's closure has 3000 paths. */
const MAX_REMEMBERED = 10_000;
/** A cache may lose paths. Nix believes an answer for as long in our builds. */
const FOUND_MS = 300_000;
/** Somebody may upload what a cache lacks, or add a key. */
const REFUSED_MS = 60_000;
/** A cache that is down is asked again after this time. */
const DOWN_MS = 30_000;
const MAX_INFO_BYTES = 65_536;
/** All caches wait for this small file of a new cache. So it has less time than others. */
const INFO_SILENCE_MS = 15_000;

export function createBinaryCache(address: CacheAddress, options: BinaryCacheOptions): BinaryCache {
  const { now, onFault, keys, silenceMs } = options;
  const found = new Recent<CachedPath>(MAX_REMEMBERED, FOUND_MS, now);
  const refused = new Recent<CacheFailure | "missing">(MAX_REMEMBERED, REFUSED_MS, now);
  const down = new Recent<CacheFailure>(1, DOWN_MS, now);
  let opening: Promise<number | undefined> | undefined;

  function throwIfDown(): void {
    const failure = down.get(address.shown);
    if (failure) throw failure;
  }

  /** Remembers why the cache, or a path of it, is of no use. */
  function noted(error: unknown, path?: string): unknown {
    if (!(error instanceof CacheFailure) || down.get(address.shown) === error) return error;
    if (error.fault.isWhole || path === undefined) down.set(address.shown, error);
    else refused.set(path, error);
    onFault(error.fault);
    return error;
  }

  /** Requests that wait for a slot end as soon as another one finds the cache down. */
  const slot: ReadOptions["slot"] = (attempt) =>
    options.slot(() => {
      throwIfDown();
      return attempt();
    });

  async function open(): Promise<number | undefined> {
    // Builds share this request, so the end of one of them must not end it.
    const { signal } = new AbortController();
    const limits = { silenceMs: Math.min(silenceMs, INFO_SILENCE_MS), maxBytes: MAX_INFO_BYTES };
    const text = await readCacheFile(address, "nix-cache-info", { ...options, ...limits, slot, signal });
    const { storeDirectory, priority } = parseCacheInfo(text ?? "");
    if (storeDirectory === undefined) throw new CacheFailure(noInfo(address.shown), false);
    if (storeDirectory === STORE_DIRECTORY) return address.priority ?? priority;
    onFault(otherStore(address.shown, storeDirectory));
    return undefined;
  }

  async function ask(path: string, signal: AbortSignal): Promise<CachedPath | undefined> {
    const limits = { maxBytes: MAX_NAR_INFO_BYTES, signal };
    const text = await readCacheFile(address, `${storePathHash(path)}.narinfo`, { ...options, ...limits, slot });
    return text === undefined ? undefined : checked(text, path, address, keys);
  }

  return {
    shown: address.shown,
    async priority() {
      throwIfDown();
      opening ??= open().catch((error: unknown) => {
        opening = undefined;
        throw noted(error);
      });
      return opening;
    },
    async find(path, signal) {
      const known = found.get(path);
      if (known) return known;
      const refusal = refused.get(path);
      if (refusal === "missing") return undefined;
      if (refusal) throw refusal;
      throwIfDown();
      try {
        const answer = await ask(path, signal);
        if (answer) found.set(path, answer);
        else refused.set(path, "missing");
        return answer;
      } catch (error) {
        throw noted(error, path);
      }
    },
  };
}

/** The path that a narinfo describes. Throws `CacheFailure` if the narinfo is wrong, or no trusted key has signed it. */
function checked(text: string, path: string, address: CacheAddress, keys: readonly PublicKey[]): CachedPath {
  try {
    const { url, compression, fileSize, signatures, ...info } = parseNarInfo(text, path);
    const key = signingKeyName({ ...info, signatures }, keys);
    if (!address.isTrusted && key === undefined)
      throw new CacheFailure(unsigned(address.shown, path, signatures), false);
    const cache = { address: address.shown, key };
    return {
      ...info,
      cache,
      archive: { cache: address.shown, ...archiveAddress(address, url), compression, fileSize },
    };
  } catch (error) {
    if (!(error instanceof NarInfoError)) throw error;
    const words = `describes ${storePathName(path)} wrongly: ${error.message}`;
    throw new CacheFailure({ cache: address.shown, kind: "unusable", words, isWhole: false }, false, error);
  }
}

function unsigned(cache: string, path: string, signatures: readonly Signature[]): CacheFault {
  const names = [...new Set(signatures.map(({ name }) => name))].slice(0, 3);
  const by = names.length === 0 ? "it is not signed" : `it is signed by ${names.join(", ")}`;
  const advice =
    "add the cache's key to CORNICE_NIX_TRUSTED_KEYS, or trust the cache with ?trusted=1 behind its address";
  const words = `has no trusted signature for ${storePathName(path)} (${by}); ${advice}`;
  return { cache, kind: "signature", words, path, isWhole: false };
}

function noInfo(cache: string): CacheFault {
  const words = "has no nix-cache-info; if the address is right, it needs a password (CORNICE_NIX_NETRC)";
  return { cache, kind: "refused", words, isWhole: true };
}

function otherStore(cache: string, folder: string): CacheFault {
  const words = `is for the store ${JSON.stringify(folder.slice(0, 100))}, and not for ${STORE_DIRECTORY}; it is left out`;
  return { cache, kind: "unusable", words, isWhole: true };
}
