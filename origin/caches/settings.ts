import { type CacheAddress, parseCacheAddress } from "./cache-address.ts";
import type { NetrcEntry } from "./netrc.ts";
import type { CacheConf } from "./nix-conf.ts";
import { parsePublicKey, type PublicKey } from "./public-key.ts";

/** The binary caches of the operator, ready to be asked. */
export interface BinaryCacheSettings {
  /** In the order of the settings. */
  readonly caches: readonly CacheAddress[];
  readonly keys: readonly PublicKey[];
  /** A cache has failed after this time without a byte, over all attempts; milliseconds. */
  readonly silenceMs: number;
}

/** What the operator says of binary caches, and where. */
export interface CacheSources {
  /** `CORNICE_NIX_SUBSTITUTERS`. It replaces the lists of all files. An empty text stands for no cache. */
  readonly substituters: string | undefined;
  /** `CORNICE_NIX_TRUSTED_KEYS`, beside the keys of all files. */
  readonly trustedKeys: string | undefined;
  /** `CORNICE_DOWNLOAD_TIMEOUT`; seconds. */
  readonly downloadSilenceS: number;
  /** A later file has priority. */
  readonly confs: readonly CacheConf[];
  readonly netrc: readonly NetrcEntry[];
}

/** Nix's own defaults: https://nix.dev/manual/nix/2.28/command-ref/conf-file */
const DEFAULT_CACHES = ["https://cache.nixos.org"];
const DEFAULT_KEYS = ["cache.nixos.org-1:6NCHdD59X431o0gWypbMrAURkbJ16ZPMQFGspcDShjY="];

/**
 * Puts the settings together as Nix does. Undefined if there is no cache. Adds a problem for each address and key that
 * cannot be used.
 */
export function parseBinaryCaches(sources: CacheSources, problems: string[]): BinaryCacheSettings | undefined {
  const { confs, netrc, downloadSilenceS } = sources;
  const requiresSignatures =
    confs.findLast((conf) => conf.requiresSignatures !== undefined)?.requiresSignatures ?? true;
  const addresses = [...new Set(words(sources.substituters) ?? cachesOf(confs))];
  const caches = addresses.flatMap((text) => parseCacheAddress(text, netrc, problems) ?? []);
  const keys = keysOf(sources).flatMap((text) => {
    const key = parsePublicKey(text);
    if (!key) problems.push(`${JSON.stringify(text)} is no public key of a binary cache: <name>:<44 characters>`);
    return key ?? [];
  });
  if (caches.length === 0) return undefined;
  const trusted = requiresSignatures ? caches : caches.map((cache) => ({ ...cache, isTrusted: true }));
  return { caches: trusted, keys, silenceMs: downloadSilenceS * 1000 };
}

function cachesOf(confs: readonly CacheConf[]): string[] {
  const caches = confs.findLast((conf) => conf.substituters !== undefined)?.substituters ?? DEFAULT_CACHES;
  return [...caches, ...confs.flatMap((conf) => conf.extraSubstituters)];
}

function keysOf({ confs, trustedKeys }: CacheSources): string[] {
  const keys = confs.findLast((conf) => conf.trustedKeys !== undefined)?.trustedKeys ?? DEFAULT_KEYS;
  return [...new Set([...keys, ...confs.flatMap((conf) => conf.extraTrustedKeys), ...(words(trustedKeys) ?? [])])];
}

function words(text: string | undefined): string[] | undefined {
  return text?.split(/\s+/).filter((word) => word !== "");
}
