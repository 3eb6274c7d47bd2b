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
  /** The folder of the starter set, where that is the source. */
  readonly starterSet: string | undefined;
  /** git sees a part of it. */
  readonly env: Environment;
  readonly isolation: Isolation;
}

/** A source at the revision that it is at now. */
export interface IndexableSource {
  readonly source: string;
  readonly revision: string;
  /** Equal for indexes that are the same; undefined where the revision does not tell all that is evaluated. */
  readonly state: string | undefined;
  /** Throws `IndexError`. */
  list(): Promise<PackageIndex>;
}

/** Raise it when the same package set may give another index. */
const INDEX_VERSION = 1;

/** Looks up what `latest` of the configured source stands for. Throws as `ResolveTag`. */
export async function resolveIndexable(options: IndexOptions): Promise<IndexableSource> {
  const { config, starterSet, isolation, signal } = options;
  const env = nixEnvironment(options.env);
  const { sourceAccess: access, sourceUrls: urls, nix, limits } = config;
  const resolveTag = createTagResolver({ source: config.source, access, urls, env, isolation, signal, now: Date.now });
  const resolved = await resolveTag(DEFAULT_TAG);
  const { revision } = resolved;
  const source = describeSource(config.source);
  const system = nixSystem(hostArchitecture());
  return {
    source,
    revision,
    state: resolved.isExact ? stateOf([source, revision, system, ...evaluationSettings(config)]) : undefined,
    async list() {
      const packages =
        starterSet === undefined
          ? await listPackages({ ...options, source: await resolved.fetch(), system, nix, limits })
          : await starterPackages(starterSet);
      return { source, revision, packages: sortByName(packages) };
    },
  };
}

/** What else decides which packages can be evaluated, and are allowed. */
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
