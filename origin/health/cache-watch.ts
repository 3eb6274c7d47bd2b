import type { Isolation } from "../isolation/isolation.ts";
import { askCache } from "../nix/ask-cache.ts";
import type { CacheFault } from "../caches/cache-fault.ts";
import { shownAddress } from "../caches/shown-address.ts";

/** Knows the state of each binary cache. */
export interface CacheWatch {
  /** A build met a fault. */
  onFault(fault: CacheFault): void;
  /** A build downloads from a cache. So Nix trusts its signatures. */
  onUse(address: string): void;
  /** One line for each cache. If the last check is old, a new one begins, and the next call has its answer. */
  lines(): readonly string[];
  /** Asks all caches now. Throws nothing. */
  check(): Promise<void>;
}

interface CacheWatchOptions {
  /** The isolation may come later than the watch: builds tell the watch of faults. */
  readonly isolation: () => Pick<Isolation, "caches" | "cacheOptions" | "own" | "withScratch">;
  /** Milliseconds. */
  readonly now: () => number;
  /** Gets the outcome of each check: a fault, or undefined. */
  readonly onCheck: (address: string, fault: CacheFault | undefined) => void;
}

interface Answer {
  readonly fault: CacheFault | undefined;
  readonly tookMs: number;
}

/** Each check starts a process for each cache. */
const MAX_AGE_MS = 60_000;
const CHECK_TIMEOUT_MS = 15_000;

const SIGNATURES = {
  trusted: "Nix trusts its signatures",
  missing: "Nix does not trust its signatures: see CORNICE_NIX_TRUSTED_KEYS",
  unseen: "no signature seen yet",
} as const;

export function createCacheWatch({ isolation, now, onCheck }: CacheWatchOptions): CacheWatch {
  const answers = new Map<string, Answer>();
  const signatures = new Map<string, keyof typeof SIGNATURES>();
  let checkedAt = -Infinity;

  async function ask(cache: string): Promise<void> {
    const began = now();
    const signal = AbortSignal.timeout(CHECK_TIMEOUT_MS);
    const address = shownAddress(cache);
    const fault = await askCache(cache, isolation(), signal).catch(() => silent(address));
    answers.set(address, { fault, tookMs: Math.round(now() - began) });
    onCheck(address, fault);
  }

  async function check(): Promise<void> {
    checkedAt = now();
    const caches = await isolation()
      .caches()
      .catch(() => []);
    // One after the other: a check must not slow builds down.
    for (const cache of caches) await ask(cache);
  }

  return {
    check,
    onFault({ cache, kind }) {
      if (kind === "signature") signatures.set(cache, "missing");
    },
    onUse: (address) => void signatures.set(address, "trusted"),
    lines() {
      if (now() - checkedAt >= MAX_AGE_MS) void check();
      return [...answers].map(([address, { fault, tookMs }]) => {
        const state = fault ? fault.words : `answers in ${tookMs} ms`;
        return `binary cache ${address} ${state}; ${SIGNATURES[signatures.get(address) ?? "unseen"]}`;
      });
    },
  };
}

function silent(cache: string): CacheFault {
  return { cache, kind: "slow", words: "does not answer", isWhole: true };
}
