import { isDeepStrictEqual } from "node:util";
import { Recent } from "../../protocol/recent.ts";
import { type BillFacts, type ImageShape, type RefRecord, refRecordJson } from "../../protocol/ref-record.ts";
import { refKey } from "../../protocol/storage-keys.ts";
import { type IndexedRevision, type NameIndexSettings, revisionPrefix } from "../index/index-place.ts";
import { type ObjectStore, putRecord } from "../stores/object-store.ts";
import { debug } from "../system/debug.ts";

/** The settings that a ref's record holds. */
export interface RefSettings {
  readonly names: NameIndexSettings;
  readonly shape: ImageShape;
  readonly maxImageBytes: number;
  /** Undefined if nobody describes images. */
  readonly bills?: (() => Promise<BillFacts>) | undefined;
}

/** Writes what the refs of the package source stand for. */
export interface RefNotes {
  /**
   * Writes the record of a tag, unless the revision may change. Writes equal records at most once a minute. `resolvedAt`
   * is when the tag was resolved, as in a `TagRecord`. Never fails.
   */
  note(tag: string, revision: IndexedRevision, resolvedAt: string): Promise<void>;
}

/** A repository may have any number of branches. */
const MAX_TAGS = 1000;
const REWRITE_MS = 60_000;

export function createRefNotes(store: ObjectStore, settings: RefSettings): RefNotes {
  const noted = new Recent<RefRecord>(MAX_TAGS, Infinity);
  const { source } = settings.names;

  return {
    async note(tag, revision, resolvedAt) {
      const record = await refRecord(settings, revision, resolvedAt);
      const last = noted.get(tag);
      if (!record || (last && isNeedless(record, last))) return;
      noted.set(tag, record);
      try {
        await putRecord(store, await refKey(source, tag), refRecordJson(record));
      } catch (error) {
        noted.delete(tag);
        debug(() => `the ref ${tag} is not noted: ${String(error)}`);
      }
    },
  };
}

/** Whether a record is older than the last one of its tag, or says nothing new so soon. */
function isNeedless(record: RefRecord, last: RefRecord): boolean {
  const ageMs = Date.parse(record.resolvedAt) - Date.parse(last.resolvedAt);
  return ageMs < 0 || (ageMs < REWRITE_MS && isDeepStrictEqual(record, { ...last, resolvedAt: record.resolvedAt }));
}

async function refRecord(
  { names, shape, maxImageBytes, bills }: RefSettings,
  ref: IndexedRevision,
  resolvedAt: string,
): Promise<RefRecord | undefined> {
  const index = await revisionPrefix(names, ref);
  const evaluation = { nixpkgs: ref.nixpkgs, nixpkgsConfig: names.nix.nixpkgsConfig };
  if (index === undefined) return undefined;
  const settings = { shape, maxImageBytes, evaluation, ...(bills && { bills: await bills() }) };
  return { revision: ref.revision, resolvedAt, index, ...settings };
}
