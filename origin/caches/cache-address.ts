import { isAbsolute } from "node:path";
import { pathToFileURL } from "node:url";
import { basicAuthorization, type NetrcEntry, netrcEntryFor } from "./netrc.ts";
import { shownAddress } from "./shown-address.ts";

/** Where a binary cache is, and how it is asked. */
export interface CacheAddress {
  /** As messages show it: without password and parameters. */
  readonly shown: string;
  /** `http:`, `https:` or `file:`. It ends with a slash. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Caches with lower numbers are asked first. Undefined: the cache's own number. */
  readonly priority: number | undefined;
  /** Whether paths of this cache need no signature. */
  readonly isTrusted: boolean;
}

const PRIORITY = /^-?\d{1,9}$/;
/** The spellings of Nix for settings that are true or false. */
const BOOLEANS: ReadonlyMap<string, boolean> = new Map([
  ["true", true],
  ["yes", true],
  ["1", true],
  ["false", false],
  ["no", false],
  ["0", false],
]);
/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html */
const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
/** Nix's own default. */
const DEFAULT_REGION = "us-east-1";
/** Stores of Nix that are no binary caches. Only Nix asks them: https://nix.dev/manual/nix/2.28/store/types/ */
const STORES_OF_NIX = /^(?:ssh|ssh-ng|unix|local|dummy|mounted-ssh-ng|local-overlay):|^(?:auto|daemon|local)$/;
const KINDS = "it must be an address of the kind https://, http://, file:///folder or s3://bucket";

/**
 * Reads an address as Nix's setting `substituters` has it. Parameters that have no meaning here are dropped. Adds a problem
 * and returns undefined if it cannot be used. Returns undefined for a store that only Nix can ask, too.
 */
export function parseCacheAddress(
  text: string,
  netrc: readonly NetrcEntry[],
  problems: string[],
): CacheAddress | undefined {
  const shown = shownAddress(text);
  const refuse = (words: string): undefined => void problems.push(`the binary cache ${shown}: ${words}`);
  const [bare = "", query = ""] = text.split(/\?(.*)/s);
  if (STORES_OF_NIX.test(bare)) return undefined;
  const parameters = new URLSearchParams(query);
  const url = baseOf(bare, parameters);
  if (url === undefined) return refuse(KINDS);
  const priority = parameters.get("priority") ?? undefined;
  if (priority !== undefined && !PRIORITY.test(priority)) return refuse("its priority must be a whole number");
  const isTrusted = BOOLEANS.get(parameters.get("trusted") ?? "false");
  if (isTrusted === undefined) return refuse("its parameter trusted must be true or false");
  const headers = headersFor(url, netrc);
  // `fetch` refuses an address with a password.
  [url.username, url.password, url.hash] = ["", "", ""];
  const numbered = priority === undefined ? undefined : Number(priority);
  return { shown, url: `${url.href.replace(/\/+$/, "")}/`, headers, priority: numbered, isTrusted };
}

function baseOf(bare: string, parameters: URLSearchParams): URL | undefined {
  if (isAbsolute(bare)) return pathToFileURL(bare);
  if (bare.startsWith("s3://")) return bucketUrl(bare.slice("s3://".length), parameters);
  const url = URL.parse(bare);
  if (url === null) return undefined;
  const isFolder = url.protocol === "file:" && url.host === "" && bare.startsWith("file:///");
  return isFolder || /^https?:$/.test(url.protocol) ? url : undefined;
}

/** Nix's parameters of S3: https://nix.dev/manual/nix/2.28/store/types/s3-binary-cache-store */
function bucketUrl(bucket: string, parameters: URLSearchParams): URL | undefined {
  if (!BUCKET.test(bucket)) return undefined;
  const region = parameters.get("region") || DEFAULT_REGION;
  const endpoint = parameters.get("endpoint") || `s3.${region}.amazonaws.com`;
  const server = /^https?:\/\//.test(endpoint) ? endpoint : `${parameters.get("scheme") || "https"}://${endpoint}`;
  const url = URL.parse(`${server.replace(/\/+$/, "")}/${bucket}`);
  return url !== null && /^https?:$/.test(url.protocol) ? url : undefined;
}

function headersFor(url: URL, netrc: readonly NetrcEntry[]): Record<string, string> {
  if (url.protocol === "file:") return {};
  const own = { login: decoded(url.username), password: decoded(url.password) };
  const entry = url.username === "" && url.password === "" ? netrcEntryFor(url, netrc) : own;
  return entry === undefined ? {} : { authorization: basicAuthorization(entry) };
}

/** A percent sign that begins no code stands for itself. */
function decoded(text: string): string {
  return text.replaceAll(/(?:%[0-9a-f]{2})+/gi, (codes) => Buffer.from(codes.replaceAll("%", ""), "hex").toString());
}
