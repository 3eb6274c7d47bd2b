import { ALWAYS_PACKAGES } from "../../image/names/always-packages.ts";
import type { IndexEntry } from "../../image/names/index-entry.ts";
import type { FoundPackage } from "../../image/names/found-package.ts";
import { nixSystem } from "../../image/names/nix-system.ts";
import type { ImageRequest } from "../../protocol/image-request.ts";
import { nameIndexPrefix } from "../../protocol/storage-keys.ts";
import type { Evaluation } from "../nix/prepare-image-output.ts";
import type { ObjectStore } from "../stores/object-store.ts";
import { type IndexedRevision, indexPlace, type NameIndexSettings } from "./index-place.ts";
import { createIndexReader } from "./index-reader.ts";
import { packagesOf } from "./indexed-packages.ts";
import { lookUpAll } from "./name-lookup.ts";
import { createOwnEntries } from "./own-entries.ts";

/** The names of a request, without its tag: the revision stands for the tag. */
export type IndexedRequest = Pick<ImageRequest, "packages" | "image" | "architecture">;

/** Finds the packages of requests without Nix, in what `cornice index` and earlier evaluations have written. */
export interface NameIndex {
  /**
   * The packages that the request's names lead to, in the order of an evaluation. Undefined if an evaluation must tell.
   * Throws the `NameError` or `MANIFEST_UNKNOWN` of an evaluation for names that find no package.
   */
  find(request: IndexedRequest, revision: IndexedRevision): Promise<readonly FoundPackage[] | undefined>;
  /**
   * Writes what an evaluation found, so that no later pull at this revision evaluates the names again. It does not write
   * again what this process has written within the hour.
   */
  note(request: IndexedRequest, revision: IndexedRevision, evaluation: Pick<Evaluation, "found">): Promise<void>;
  /** Whether there is a whole index of the revision. */
  hasIndex(revision: IndexedRevision, architecture: ImageRequest["architecture"]): Promise<boolean>;
}

/** `now` in milliseconds. */
export function createNameIndex(store: ObjectStore, settings: NameIndexSettings, now = Date.now): NameIndex {
  const reader = createIndexReader(store);
  const writeOwnEntry = createOwnEntries(store, now);

  async function prefixOf(revision: IndexedRevision, architecture: ImageRequest["architecture"]) {
    const place = indexPlace(settings, revision, nixSystem(architecture));
    return place && nameIndexPrefix(place);
  }

  return {
    async find({ packages, image, architecture }, revision) {
      const prefix = image === undefined ? await prefixOf(revision, architecture) : undefined;
      if (prefix === undefined) return undefined;
      return packagesOf(await lookUpAll(reader, prefix, packages), architecture);
    },
    async note({ image, packages, architecture }, revision, { found }) {
      const prefix = image === undefined ? await prefixOf(revision, architecture) : undefined;
      if (prefix === undefined) return;
      await Promise.all(entriesOf(packages, found).map(([name, entry]) => writeOwnEntry(prefix, name, entry)));
    },
    async hasIndex(revision, architecture) {
      const prefix = await prefixOf(revision, architecture);
      return prefix !== undefined && (await reader.digits(prefix)) !== undefined;
    },
  };
}

/**
 * An entry for each package. A package that every image gets has one even if the set lacks it. Other names that lead
 * nowhere have none: anyone can make them up.
 */
function entriesOf(packages: readonly string[], found: readonly FoundPackage[]): [name: string, entry: IndexEntry][] {
  const groups = Map.groupBy(found, ({ name }) => name);
  const absent = ALWAYS_PACKAGES.filter((name) => !packages.includes(name) && !groups.has(name));
  return [
    ...[...groups].map(([name, roots]): [string, IndexEntry] => [name, packageEntry(name, roots)]),
    ...absent.map((name): [string, IndexEntry] => [name, { kind: "absent" }]),
  ];
}

function packageEntry(name: string, roots: readonly FoundPackage[]): IndexEntry {
  const { attribute = name, metadata } = roots[0] ?? {};
  return { kind: "package", attribute, paths: roots.map(({ path }) => path), ...(metadata && { metadata }) };
}
