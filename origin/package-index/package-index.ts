import { createHash } from "node:crypto";
import { compareText } from "../../protocol/compare-text.ts";
import type { Architecture } from "../../protocol/image-name.ts";
import type { IndexedPackage, PackageIndex } from "../../protocol/package-index.ts";
import { sourceOffer } from "../../protocol/source-offer.ts";
import { nameIndexPrefix } from "../../protocol/storage-keys.ts";
import { DEFAULT_TAG } from "../../protocol/tag.ts";
import { indexPlace, outcomeSettings } from "../index/index-place.ts";
import type { IndexContents } from "../index/write-index.ts";
import type { Isolation } from "../isolation/isolation.ts";
import type { IndexSettings } from "./index-limits.ts";
import { nixEnvironment } from "../nix/environment.ts";
import { nixSystem } from "../../image/names/nix-system.ts";
import { hostArchitecture } from "../nix/system.ts";
import type { Environment } from "../system/settings.ts";
import { describeSource } from "../sources/package-source.ts";
import type { Revision } from "../sources/revision.ts";
import { createTagResolver } from "../sources/sources.ts";
import { createKeptParts, type KeptParts } from "./kept-parts.ts";
import { starterArchitectures } from "../starter/index-file.ts";
import { starterPackages } from "./starter-packages.ts";
import type { ListedPart } from "./listed-part.ts";
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
  /** The architectures that people can pull from the source. This machine's own one comes first. */
  readonly architectures: readonly Architecture[];
  /** The prefix of the index of names. Undefined if the revision does not fix what Nix evaluates: there is no index. */
  namesPrefix(architecture: Architecture): Promise<string | undefined>;
  /** Lists the packages for this machine. Throws `IndexError`. */
  list(): Promise<PackageIndex>;
  /** Lists the packages, and evaluates what each name leads to. Throws `IndexError`. */
  listNames(architecture: Architecture): Promise<NamedPackages>;
}

/** The packages of a source, and the contents of its index of names. */
export interface NamedPackages extends IndexContents {
  readonly index: PackageIndex;
  /** Removes what an interrupted run would need to go on. */
  forget(): Promise<void>;
}

/** Raise it when new code can make another index from the same package set. */
const INDEX_VERSION = 2;

/** Looks up the revision behind `latest` of the configured source. Throws the errors of `ResolveTag`. */
export async function resolveIndexable(options: IndexOptions): Promise<IndexableSource> {
  const { config, isolation, signal } = options;
  const env = nixEnvironment(options.env);
  const { sourceAccess: access, sourceUrls: urls, nix } = config;
  const resolveTag = createTagResolver({ source: config.source, access, urls, env, isolation, signal, now: Date.now });
  const resolved = await resolveTag(DEFAULT_TAG);
  const source = describeSource(config.source);
  const host = hostArchitecture();
  const platforms = options.starterSet === undefined ? [] : await starterArchitectures(options.starterSet, host);
  const offered = sourceOffer(source, host, platforms).architectures;
  const settings = { source, nix, restrictsPath: access.restrictsPath };
  const { revision } = resolved;
  const state = stateOf(config, source, resolved);
  const indexOf = async (listed: readonly IndexedPackage[]): Promise<PackageIndex> => {
    const packages = options.starterSet === undefined ? listed : await starterPackages(options.starterSet);
    return { source, revision, packages: packages.toSorted(([a], [b]) => compareText(a, b)) };
  };
  const namesPrefix = async (architecture: Architecture) => {
    const place = indexPlace(settings, resolved, nixSystem(architecture));
    return place && nameIndexPrefix(place);
  };
  return {
    source,
    revision,
    state,
    architectures: [host, ...offered.filter((other) => other !== host)],
    namesPrefix,
    async list() {
      // The starter set's own lists have all that the page shows.
      if (options.starterSet !== undefined) return indexOf([]);
      const { packages } = await walk(options, resolved, { architecture: host, hasOutcomes: false });
      return indexOf(packages);
    },
    async listNames(architecture) {
      const kept = createKeptParts(config.spoolDirectory, hashOf([state, await namesPrefix(architecture)]));
      const { packages, entries, sets } = await walk(options, resolved, { architecture, hasOutcomes: true, kept });
      return { index: await indexOf(packages), entries, sets, forget: () => kept.clear() };
    },
  };
}

interface Walk {
  readonly architecture: Architecture;
  readonly hasOutcomes: boolean;
  readonly kept?: KeptParts;
}

async function walk(options: IndexOptions, resolved: Revision, { architecture, ...rest }: Walk): Promise<ListedPart> {
  const { nix, limits } = options.config;
  const system = nixSystem(architecture);
  // A line about another platform says so.
  const where = architecture === hostArchitecture() ? "" : ` of ${system}`;
  const onFailure = (attribute: string, reason: string) => options.onFailure(`${attribute}${where}`, reason);
  return listPackages({ ...options, ...rest, source: await resolved.fetch(), system, nix, limits, onFailure });
}

/** Undefined if the revision does not fix what Nix evaluates. */
function stateOf({ nix, sourceAccess }: IndexSettings, source: string, resolved: Revision): string | undefined {
  const { revision, nixpkgs, isExact } = resolved;
  const settings = outcomeSettings({ nix, restrictsPath: sourceAccess.restrictsPath });
  const system = nixSystem(hostArchitecture());
  return isExact ? hashOf([INDEX_VERSION, source, revision, nixpkgs ?? null, system, ...settings]) : undefined;
}

function hashOf(parts: readonly unknown[]): string {
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex");
}
