import { isStorePath, STORE_DIRECTORY, type StorePath } from "../../image/closure/store-path.ts";
import { compareText } from "../../protocol/compare-text.ts";
import { COMPRESSIONS, type Compression } from "../nars/compressions.ts";
import { parseNarHash } from "./nar-hash.ts";
import { parseSignature, type Signature } from "./signature.ts";

/** A narinfo as the cache sent it. The signatures are not checked. */
export interface NarInfo extends StorePath {
  /** 64 hexadecimal digits. */
  readonly narHash: string;
  /** Relative to the cache, or a whole address. */
  readonly url: string;
  readonly compression: Compression;
  readonly fileSize: number | undefined;
  readonly signatures: readonly Signature[];
}

/** A narinfo that cannot be used. The message continues "the cache describes the path wrongly": `NarSize is missing`. */
export class NarInfoError extends Error {
  override readonly name = "NarInfoError";
}

/** A path with 10,000 references has a narinfo of half this size. */
export const MAX_NAR_INFO_BYTES = 1_048_576;
/** Each signature costs a check, and caches have one or two. */
const MAX_SIGNATURES = 32;
const LINE = /^([A-Za-z]+):(?: (.*))?$/;
const SIZE = /^\d{1,15}$/;
/** Nix's own default. */
const DEFAULT_COMPRESSION = "bzip2";
const URL_TEXT = /^[!-~]{1,2048}$/;

/**
 * Reads the narinfo of a store path: https://nix.dev/manual/nix/2.28/protocols/binary-cache. Throws `NarInfoError`. It refuses
 * the narinfo of another path: a cache could pass off an old version, with a valid signature, as a new one.
 */
export function parseNarInfo(text: string, path: string): NarInfo {
  if (text.length > MAX_NAR_INFO_BYTES) throw new NarInfoError(`it has more than ${MAX_NAR_INFO_BYTES} bytes`);
  const { fields, signatures } = parseLines(text);
  const field = (name: string): string => {
    const value = fields.get(name);
    if (value === undefined) throw new NarInfoError(`${name} is missing`);
    return value;
  };
  if (field("StorePath") !== path) throw new NarInfoError("it describes another store path");
  const narHash = parseNarHash(field("NarHash"));
  if (narHash === undefined) throw new NarInfoError("NarHash is no SHA-256");
  const narSize = parseSize("NarSize", field("NarSize"));
  if (narSize === 0) throw new NarInfoError("NarSize is 0");
  const url = field("URL");
  if (!URL_TEXT.test(url)) throw new NarInfoError("URL is no address");
  return {
    path,
    narHash,
    narSize,
    references: parseReferences(fields.get("References") ?? ""),
    url,
    compression: parseCompression(fields.get("Compression") || DEFAULT_COMPRESSION),
    // Some caches write 0 for a size that they do not know.
    fileSize: parseSize("FileSize", fields.get("FileSize") ?? "0") || undefined,
    signatures,
  };
}

function parseLines(text: string): { fields: ReadonlyMap<string, string>; signatures: Signature[] } {
  const fields = new Map<string, string>();
  const signatures: Signature[] = [];
  for (const [index, line] of text.trimEnd().split("\n").entries()) {
    const [, name, value = ""] = LINE.exec(line) ?? [];
    if (name === undefined) throw new NarInfoError(`line ${index + 1} has no name`);
    if (name === "Sig") signatures.push(...parseSignature(value));
    else if (fields.has(name)) throw new NarInfoError(`it says ${name.slice(0, 20)} twice`);
    else fields.set(name, value);
  }
  if (signatures.length > MAX_SIGNATURES) throw new NarInfoError(`it has more than ${MAX_SIGNATURES} signatures`);
  return { fields, signatures };
}

function parseSize(name: string, text: string): number {
  if (!SIZE.test(text)) throw new NarInfoError(`${name} is no size`);
  return Number(text);
}

function parseReferences(text: string): string[] {
  const paths = text
    .split(" ")
    .filter((name) => name !== "")
    .map((name) => `${STORE_DIRECTORY}/${name}`);
  if (!paths.every(isStorePath)) throw new NarInfoError("References has something that is no store path");
  return [...new Set(paths)].toSorted(compareText);
}

function parseCompression(text: string): Compression {
  const known = COMPRESSIONS.find((name) => name === text);
  if (known) return known;
  throw new NarInfoError(`Compression is ${JSON.stringify(text.slice(0, 20))}, which is not supported`);
}
