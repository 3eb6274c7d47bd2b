import { type Digest, sha256Digest } from "../../protocol/digest.ts";
import { type JsonObject, jsonMembers } from "../../protocol/json-object.ts";
import { isStorePath, STORE_DIRECTORY, type StorePath } from "../closure/store-path.ts";
import type { KnownFacts } from "../facts/image-facts.ts";
import { readPackageMetadata } from "../facts/package-metadata.ts";
import type { Layer } from "../layers/layer.ts";
import { parseTree } from "../trees/tree-record.ts";
import { TREE_LIMITS, type Tree } from "../trees/tree.ts";
import { MAX_STEP, MAX_TREE_BYTES } from "./bundle-limits.ts";
import type { Bundle } from "./bundle.ts";

const HASH = /^[0-9a-f]{64}$/;

/** Some part of a bundle is not what it must be. */
class MalformedBundle extends Error {
  override readonly name = "MalformedBundle";
}

/**
 * The bundle of a record: its JSON, and the bytes of its trees. Undefined if one part is malformed: half a bundle could
 * make another image than the origin makes.
 */
export function parseBundle(json: JsonObject, trees: Uint8Array<ArrayBuffer>): Bundle | undefined {
  try {
    const rows = rowsOf(json["paths"]);
    const names = rows.map(([word]) => parsePath(word));
    if (new Set(names).size !== names.length) throw new MalformedBundle("a store path is there twice");
    const closure = rows.map((row, place) => parseStorePath(row, place, names));
    return {
      closure,
      solos: new Map(
        rows.flatMap(([, , , layer], place) => (layer === 0 ? [] : [[pathAt(names, place), parseLayer(layer)]])),
      ),
      facts: new Map(rows.flatMap((row, place) => parseFacts(row).map((facts) => [pathAt(names, place), facts]))),
      rests: new Map(rowsOf(json["rests"]).map(([hash, layer]) => [parseHash(hash), parseLayer(layer)])),
      steps: jsonMembers(json["steps"]).map(parseStep),
      trees: parseTrees(rowsOf(json["trees"]), names, trees),
      popularity: { packages: parseShares(json["packages"]), roots: parseShares(json["roots"]) },
    };
  } catch (error) {
    if (error instanceof MalformedBundle) return undefined;
    throw error;
  }
}

function rowsOf(value: unknown): (readonly unknown[])[] {
  return jsonMembers(value).map(jsonMembers);
}

function parsePath(word: unknown): string {
  const path = `${STORE_DIRECTORY}/${String(word)}`;
  if (typeof word !== "string" || !isStorePath(path)) throw new MalformedBundle("a store path is malformed");
  return path;
}

function parseStorePath(row: readonly unknown[], place: number, names: readonly string[]): StorePath {
  const [, narSize, references] = row;
  if (!Array.isArray(references)) throw new MalformedBundle("a store path has no references");
  return {
    path: pathAt(names, place),
    narSize: parseCount(narSize),
    references: jsonMembers(references).map((reference) => pathAt(names, parseCount(reference))),
  };
}

/** Empty if nothing is known of the path. */
function parseFacts([, , , , narHash, metadata]: readonly unknown[]): [] | [KnownFacts] {
  if (narHash === 0 && metadata === 0) return [];
  return [
    {
      ...(narHash !== 0 && { narHash: parseHash(narHash) }),
      ...(metadata !== 0 && { metadata: readPackageMetadata(metadata) }),
    },
  ];
}

function pathAt(names: readonly string[], place: number): string {
  const name = names[place];
  if (name === undefined) throw new MalformedBundle("a place has no store path");
  return name;
}

function parseLayer(value: unknown): Layer {
  const [digest, diffId, size] = jsonMembers(value);
  return { digest: parseDigits(digest), diffId: parseDigits(diffId), size: parseCount(size) };
}

function parseDigits(value: unknown): Digest {
  return sha256Digest(parseHash(value));
}

function parseHash(value: unknown): string {
  if (typeof value !== "string" || !HASH.test(value)) throw new MalformedBundle("a hash is malformed");
  return value;
}

function parseCount(value: unknown): number {
  if (typeof value !== "number" || !Number.isSafeInteger(value) || value < 0)
    throw new MalformedBundle("a number is malformed");
  return value;
}

function parseStep(value: unknown): number {
  const step = parseCount(value);
  if (step > MAX_STEP) throw new MalformedBundle("a step is too high");
  return step;
}

/** The trees of a bundle together have the limit of one. */
function parseTrees(
  rows: readonly (readonly unknown[])[],
  names: readonly string[],
  bytes: Uint8Array<ArrayBuffer>,
): Map<string, Tree> {
  const trees = new Map<string, Tree>();
  let offset = 0;
  let left = MAX_TREE_BYTES;
  for (const [place, length] of rows) {
    const end = offset + parseCount(length);
    const tree =
      end <= bytes.length ? parseTree(bytes.subarray(offset, end), { ...TREE_LIMITS, bytes: left }) : undefined;
    if (!tree) throw new MalformedBundle("a tree is malformed");
    trees.set(pathAt(names, parseCount(place)), tree);
    offset = end;
    left -= tree.memoryBytes;
  }
  if (offset !== bytes.length) throw new MalformedBundle("there are bytes of no tree");
  return trees;
}

function parseShares(value: unknown): Map<string, number> {
  return new Map(
    rowsOf(value).map(([name, share]) => {
      const isShare = typeof share === "number" && share >= 0 && share <= 1;
      if (typeof name !== "string" || !isShare) throw new MalformedBundle("a share is malformed");
      return [name, share];
    }),
  );
}
