import { readFile } from "node:fs/promises";
import type { DebianPackage } from "../../image/facts/debian-package.ts";
import type { Distribution } from "../../image/facts/image-facts.ts";
import { type PackageMetadata, readPackageMetadata } from "../../image/facts/package-metadata.ts";
import type { Architecture } from "../../protocol/image-name.ts";
import { isJsonObject, jsonMembers, parseJsonObject } from "../../protocol/json-object.ts";
import { hostArchitecture } from "../nix/system.ts";
import { indexFile } from "./index-file.ts";

/** The Debian packages in the store paths of a starter set. */
export interface DebianPaths {
  readonly distribution: Distribution | undefined;
  /** By the name of the store path: `libc6-2.41-12`. */
  readonly packages: ReadonlyMap<string, readonly DebianPackage[]>;
  /** The address of the first package's project, by the name of the store path. */
  readonly homepages: ReadonlyMap<string, string>;
}

/**
 * Reads the index of a starter set for an architecture. A malformed package is left out. An older index tells nothing of
 * packages.
 */
export async function readDebianPaths(folder: string, architecture: Architecture): Promise<DebianPaths> {
  return parseDebianPaths(await readFile(indexFile(folder, architecture, hostArchitecture()), "utf8"));
}

export function parseDebianPaths(json: string): DebianPaths {
  const index = parseJsonObject(json) ?? {};
  const groups = isJsonObject(index["groups"]) ? Object.entries(index["groups"]) : [];
  const paths = groups.flatMap(([name, group]): [string, PackageMetadata][] => {
    if (!isJsonObject(group) || typeof group["version"] !== "string") return [];
    const debs = jsonMembers(group["debs"]).map(describedDeb).filter(isJsonObject);
    const metadata = readPackageMetadata({ debian: debs, homepage: debs.map(({ homepage }) => homepage) });
    return metadata.debian.length === 0 ? [] : [[`${name}-${group["version"]}`, metadata]];
  });
  return {
    distribution: parseDistribution(index["distribution"]),
    packages: new Map(paths.map(([name, { debian }]) => [name, debian])),
    homepages: new Map(paths.flatMap(([name, { homepage }]) => (homepage === undefined ? [] : [[name, homepage]]))),
  };
}

function describedDeb(deb: unknown): unknown {
  return isJsonObject(deb) && isJsonObject(deb["debian"]) ? { ...deb["debian"], name: deb["name"] } : undefined;
}

function parseDistribution(value: unknown): Distribution | undefined {
  if (!isJsonObject(value)) return undefined;
  const { id, version } = value;
  return typeof id === "string" && typeof version === "string" ? { id, version } : undefined;
}
