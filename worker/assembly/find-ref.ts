import { CannotAssemble } from "../../image/assembly/cannot-assemble.ts";
import type { PullRequest } from "../../protocol/image-request.ts";
import { parseRefRecord, type RefRecord } from "../../protocol/ref-record.ts";
import { refKey } from "../../protocol/storage-keys.ts";
import { isCommit } from "../../protocol/tag.ts";
import type { AssemblySettings } from "./edge-settings.ts";
import type { EdgeUse } from "./edge-use.ts";
import { readStoredRecord } from "./stored-objects.ts";

/** Bytes. */
const MAX_REF_BYTES = 16_384;

/** What the tag of an image stands for. Throws `CannotAssemble` if no origin has said it, or not lately enough. */
export async function findRef(
  config: AssemblySettings,
  { source, tag }: PullRequest,
  use: EdgeUse,
): Promise<RefRecord> {
  const ref = parseRefRecord(await readStoredRecord(config, await refKey(source, tag), MAX_REF_BYTES));
  if (!ref) throw new CannotAssemble(`no origin has said yet what ${tag} stands for`);
  const age = Date.now() - Date.parse(ref.resolvedAt);
  if (use === "fresh" && !isCommit(tag) && age > config.tagFreshnessMs)
    throw new CannotAssemble(`${tag} may have moved`);
  return ref;
}
