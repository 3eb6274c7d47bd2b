import type { TagRecord } from "../../protocol/tag-record.ts";

/** A note for a list of images that lacks an architecture. Undefined if the list has all of them. */
export function leftOutNote({ leftOut = [] }: TagRecord): string | undefined {
  const notes = leftOut.map(({ architecture, reason }) => `there is no image for linux/${architecture}: ${reason}`);
  return notes.length === 0 ? undefined : notes.join("; ");
}
