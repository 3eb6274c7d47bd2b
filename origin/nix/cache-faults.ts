import type { CacheFault, CacheFaultKind } from "../caches/cache-fault.ts";
import { bareAddress, decodedAddress, shownAddress } from "../caches/shown-address.ts";
import { redactUrls } from "../system/redact.ts";
import type { NixEvent } from "./nix-event.ts";

/** Finds the faults of binary caches in Nix's log. */
export interface CacheFaults {
  /** Returns the fault if the event tells the first fault of its kind. */
  read(event: NixEvent): CacheFault | undefined;
}

/** Nix's own attempts go on after this message. */
const RETRYING = /; retrying (?:from offset \d+ )?in \d+ ms/;
const UNABLE = /unable to download '([^']*)': ([^\n]*)/;
const UNKNOWN_SCHEME = /don't know how to open Nix store with scheme '([a-z0-9+]+)'/;
const PASSWORD = "it needs a password (CORNICE_NIX_NETRC)";
const KEYS = "Debian's Nix signs no requests to S3, so the bucket must be public, or served over HTTP";
const MAX_WORDS = 200;
/** The level of warnings. Messages of higher levels tell no faults. */
export const WARNING = 1;

interface Meaning {
  readonly words: RegExp;
  readonly kind: CacheFaultKind;
  readonly says: (match: RegExpExecArray, cache: string) => string;
}

const DOWNLOADS: readonly Meaning[] = [
  {
    words: /HTTP error (40[13])/,
    kind: "refused",
    says: ([, status], cache) => `answers HTTP error ${status}; ${cache.startsWith("s3:") ? KEYS : PASSWORD}`,
  },
  { words: /HTTP error ([45]\d\d)/, kind: "refused", says: ([, status]) => `answers HTTP error ${status}` },
  { words: /timeout was reached|timed out/i, kind: "slow", says: () => "does not answer, or stops answering" },
  { words: /partial file|HTTP error 200/i, kind: "archive", says: () => "breaks off in the middle of an answer" },
  { words: /(.*)/, kind: "unreachable", says: ([, reason]) => `cannot be reached: ${reason}` },
];

const OTHERS: readonly Meaning[] = [
  {
    words: /'([^']*)' (?:from '[^']*' is|from '[^']*', as it's) not signed by any of the keys/,
    kind: "signature",
    says: ([, path]) => `has no trusted signature for ${nameOf(path)}; CORNICE_NIX_TRUSTED_KEYS names the trusted keys`,
  },
  {
    words: /file '([^']*)' does not exist in binary cache/,
    kind: "archive",
    says: () => "knows a store path, but has lost its archive",
  },
  {
    words: /does not appear to be a binary cache/,
    kind: "refused",
    says: () => `has no nix-cache-info; if the address is right, ${PASSWORD}`,
  },
  {
    words: /don't know how to open Nix store/,
    kind: "unusable",
    says: () => "is of a kind that this Nix cannot use; Debian's Nix is built without S3",
  },
];

/** Messages about an archive name no cache. */
const ARCHIVE = /archive|\bNAR\b|hash mismatch|decompress|truncated|corrupt/i;

/** `caches` are the addresses of the settings. */
export function createCacheFaults(caches: readonly string[]): CacheFaults {
  const addresses = caches.map((cache) => decodedAddress(bareAddress(cache))).toSorted((a, b) => b.length - a.length);
  const running = new Map<number, string>();
  const known = new Set<string>();
  let last: string | undefined;

  function find(message: string): CacheFault | undefined {
    if (RETRYING.test(message)) return undefined;
    const named = addresses.find((address) => mentions(message, address)) ?? byScheme(addresses, message);
    if (named !== undefined) return faultOf(named, message);
    const url = UNABLE.exec(message)?.[1];
    if (url !== undefined) return { ...faultOf(url, message), isWhole: false };
    if (last === undefined || !ARCHIVE.test(message)) return undefined;
    return fault(last, "archive", `has an archive that is damaged: ${message.replace(/^\s*error: /, "")}`, false);
  }

  return {
    read(event) {
      if (event.kind === "start" && event.from !== undefined) running.set(event.id, bareAddress(event.from));
      if (event.kind === "stop") last = running.get(event.id) ?? last;
      if (event.kind !== "text" || event.level === undefined || event.level > WARNING) return undefined;
      const found = find(decodedAddress(event.lines.join("\n")));
      const key = `${found?.cache} ${found?.kind} ${found?.isWhole}`;
      return found && !known.has(key) && known.add(key).size > 0 ? found : undefined;
    },
  };
}

function mentions(message: string, address: string): boolean {
  const at = message.indexOf(address);
  return at >= 0 && /^(?:\/|\?|'|"|$|\s)/.test(message.slice(at + address.length));
}

/** Messages about a cache in S3 name its kind, or the address of the server. */
function byScheme(addresses: readonly string[], message: string): string | undefined {
  const scheme = UNKNOWN_SCHEME.exec(message)?.[1];
  if (scheme !== undefined) return addresses.find((address) => address.startsWith(`${scheme}:`));
  const url = UNABLE.exec(message)?.[1];
  return url === undefined ? undefined : addresses.find((address) => address.startsWith("s3:"));
}

function faultOf(cache: string, message: string): CacheFault {
  const [, url = "", reason] = UNABLE.exec(message) ?? [];
  if (reason !== undefined) return meant(DOWNLOADS, cache, reason, !isArchive(url));
  const found = OTHERS.find(({ words }) => words.test(message));
  if (!found) return fault(cache, "unusable", `fails: ${message.split("\n", 1)[0]}`, false);
  const path = found.kind === "signature" ? found.words.exec(message)?.[1] : undefined;
  const whole = meant([found], cache, message, found.kind === "refused" || found.kind === "unusable");
  return path === undefined ? whole : { ...whole, path };
}

function meant(meanings: readonly Meaning[], cache: string, text: string, isWhole: boolean): CacheFault {
  for (const { words, kind, says } of meanings) {
    const match = words.exec(text);
    if (match) return fault(cache, kind, says(match, cache), isWhole);
  }
  return fault(cache, "unusable", `fails: ${text}`, isWhole);
}

function fault(cache: string, kind: CacheFaultKind, words: string, isWhole: boolean): CacheFault {
  return { cache: shownAddress(cache), kind, words: redactUrls(words).slice(0, MAX_WORDS), isWhole };
}

/** Whether an address is that of an archive. A `.narinfo` file describes an archive, and is none. */
export function isArchive(url: string): boolean {
  return /\.nar(?:\.[a-z0-9]+)?$/.test(url) || url.includes("/nar/");
}

function nameOf(path = ""): string {
  return path.replace(/^.*\/[0-9a-z]{32}-/, "");
}
