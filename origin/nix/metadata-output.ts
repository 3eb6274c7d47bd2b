import type { PackageMetadata } from "../../image/facts/package-metadata.ts";
import { readFoundMetadata } from "../../image/names/found-package.ts";
import { isJsonObject, jsonMembers, parseJson } from "../../protocol/json-object.ts";

/**
 * Reads what `nix/prepare-image.nix` says of packages, by store path. Nobody needs it to build an image, so malformed parts
 * are left out.
 */
export function parseMetadata(json: string): ReadonlyMap<string, PackageMetadata> {
  return new Map(jsonMembers(parseJsonOrNothing(json)).filter(isJsonObject).flatMap(pathsWithMetadata));
}

function pathsWithMetadata({ paths, metadata }: Readonly<Record<string, unknown>>): [string, PackageMetadata][] {
  const read = readFoundMetadata(metadata);
  if (!read) return [];
  return jsonMembers(paths).flatMap((path): [string, PackageMetadata][] =>
    typeof path === "string" ? [[path, read]] : [],
  );
}

/** A Nix that dies may leave half of a line. */
function parseJsonOrNothing(json: string): unknown {
  try {
    return parseJson(json);
  } catch {
    return undefined;
  }
}
