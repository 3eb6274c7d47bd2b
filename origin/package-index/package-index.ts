import { createHash } from "node:crypto";
import type { IndexedPackage, PackageIndex } from "../../protocol/package-index.ts";
import { DEFAULT_TAG } from "../../protocol/tag.ts";
import type { Isolation } from "../isolation/isolation.ts";
import type { IndexSettings } from "./index-limits.ts";
import { nixEnvironment } from "../nix/environment.ts";
import { compareText } from "../../protocol/compare-text.ts";
import { hostArchitecture, nixSystem } from "../nix/system.ts";
import type { Environment } from "../system/settings.ts";
import { describeSource } from "../sources/package-source.ts";
import { createTagResolver } from "../sources/sources.ts";
import { starterPackages } from "./starter-packages.ts";
import { type ListOptions, listPackages } from "./list-packages.ts";

export interface IndexOptions extends Pick<ListOptions, "onProgress" | "onFailure" | "signal"> {
  readonly config: IndexSettings;
  /** The folder of the starter set, if it is the source. */
  readonly starterSet: string | undefined;
  /** git gets a part of it. */
  readonly env: Environment;
  readonly isolation: Isolation;
}

/** A source at its current revision. */
export interface IndexableSource {
  readonly source: string;
  readonly revision: string;
  /** Two equal states give the same index. Undefined if Nix may evaluate more than the revision fixes. */
  readonly state: string | undefined;
  /** Throws `IndexError`. */
  list(): Promise<PackageIndex>;
}

/** Raise it when new code can make another index from the same package set. */
const INDEX_VERSION = 2;

/** Looks up the revision behind `latest` of the configured source. Throws the errors of `ResolveTag`. */
export async function resolveIndexable(options: IndexOptions): Promise<IndexableSource> {
  const { config, starterSet, isolation, signal } = options;
  const env = nixEnvironment(options.env);
  const { sourceAccess: access, sourceUrls: urls, nix, limits } = config;
  const resolveTag = createTagResolver({ source: config.source, access, urls, env, isolation, signal, now: Date.now });
  const resolved = await resolveTag(DEFAULT_TAG);
  const { revision, nixpkgs } = resolved;
  const source = describeSource(config.source);
  const system = nixSystem(hostArchitecture());
  return {
    source,
    revision,
    state: resolved.isExact
      ? stateOf([source, revision, nixpkgs ?? null, system, ...evaluationSettings(config)])
      : undefined,
    async list() {
      const packages =
        starterSet === undefined
          ? await listPackages({ ...options, source: await resolved.fetch(), system, nix, limits })
          : await starterPackages(starterSet);
      return { source, revision, packages: sortByName(packages) };
    },
  };
}

/** Settings that also decide which packages Nix can evaluate, and which it allows. */
function evaluationSettings({ nix, sourceAccess }: IndexSettings): unknown[] {
  return [nix.nixpkgsConfig ?? null, nix.allowedUris ?? null, nix.allowIfd ?? false, sourceAccess.restrictsPath];
}

function stateOf(parts: readonly unknown[]): string {
  return createHash("sha256")
    .update(JSON.stringify([INDEX_VERSION, ...parts]))
    .digest("hex");
}

function sortByName(packages: readonly IndexedPackage[]): IndexedPackage[] {
  return packages.toSorted(([a], [b]) => compareText(a, b));
}
