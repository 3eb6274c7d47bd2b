import { compareText } from "../../protocol/compare-text.ts";
import { sha256Hex } from "../../protocol/hex.ts";
import { isJsonObject } from "../../protocol/json-object.ts";

/** How often packages are used, as shares from 0 to 1. A package without a share has 0. It only moves small paths. */
export interface Popularity {
  /** By `packageName`: the share of images, or of a package set's closures, that contain the package. */
  readonly packages: ReadonlyMap<string, number>;
  /** By attribute: the share of images that ask for it. */
  readonly roots: ReadonlyMap<string, number>;
}

export interface HashedPopularity extends Popularity {
  /** The hash of the shares, not of the file that holds them. It is part of the closure key. */
  readonly hash: string;
}

export const NO_POPULARITY: HashedPopularity = {
  packages: new Map(),
  roots: new Map(),
  // A constant, because not every runtime lets a module wait for Web Crypto.
  hash: "b4dcfae6dab1a651b309b114765963a5652cfcf9d07df8b7d6b52ed7b2e254a7",
};

/**
 * Reads `{ "packages": { "glibc": 0.98, ... }, "roots": { "git": 0.2, ... } }`. `roots` may be missing. The packages
 * may also be the whole object: `{ "glibc": 51423, ... }`. Numbers are shares. But if one number of an object is
 * greater than 1, all its numbers are reference counts, and each is divided by the greatest.
 *
 * Throws a `TypeError` with a message for the operator.
 */
export function parsePopularity(json: string): Popularity {
  const value = parseJson(json);
  if (!isJsonObject(value)) throw new TypeError("it is not a JSON object");
  const { packages, roots = {}, ...others } = value;
  if (!isJsonObject(packages)) return { packages: parseShares(value, "packages"), roots: new Map() };
  const [other] = Object.keys(others);
  if (other !== undefined) throw new TypeError(`${JSON.stringify(other)} is not allowed beside "packages" and "roots"`);
  return { packages: parseShares(packages, "packages"), roots: parseShares(roots, "roots") };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new TypeError("it is not JSON", { cause });
  }
}

function parseShares(value: unknown, what: string): ReadonlyMap<string, number> {
  if (!isJsonObject(value)) throw new TypeError(`"${what}" is not an object of numbers`);
  const numbers = Object.entries(value).map(([name, number]) => [name, parseNumber(name, number)] as const);
  const greatest = numbers.reduce((most, [, number]) => Math.max(most, number), 0);
  if (greatest <= 1) return new Map(numbers);
  const part = numbers.find(([, number]) => !Number.isInteger(number));
  if (part)
    throw new TypeError(
      `${JSON.stringify(part[0])} is the share ${part[1]}, but other numbers in "${what}" are counts`,
    );
  return new Map(numbers.map(([name, count]) => [name, count / greatest]));
}

function parseNumber(name: string, value: unknown): number {
  if (typeof value === "number" && Number.isFinite(value) && value >= 0) return value;
  throw new TypeError(`${JSON.stringify(name)} is ${shorten(JSON.stringify(value))}, not a count or a share`);
}

const MAX_SHOWN_LENGTH = 60;

function shorten(text: string): string {
  return text.length > MAX_SHOWN_LENGTH ? `${text.slice(0, MAX_SHOWN_LENGTH)}...` : text;
}

/** Adds the hash of the shares. */
export async function hashPopularity({ packages, roots }: Popularity): Promise<HashedPopularity> {
  const lines = [...shareLines("package", packages), ...shareLines("root", roots)];
  return { packages, roots, hash: await sha256Hex(`cornice popularity\n${lines.join("")}`) };
}

/** Sorted, and without shares of 0, because a missing share means the same. */
function shareLines(kind: string, shares: ReadonlyMap<string, number>): string[] {
  const used = [...shares].filter(([, share]) => share > 0).toSorted(([a], [b]) => compareText(a, b));
  return used.map((entry) => `${kind} ${JSON.stringify(entry)}\n`);
}
