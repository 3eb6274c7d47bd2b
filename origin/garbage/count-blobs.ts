import { digestHex } from "../../protocol/digest.ts";
import type { MaintainedStore } from "../stores/maintained-store.ts";
import { listKind } from "./listed-objects.ts";

/** Enough for an estimate that is wrong by a few percent. */
const SAMPLE = 1000;
const [FIRST_DIGITS, HEXADECIMAL] = [8, 16];

/**
 * About how many blobs the store has. Their keys are hashes, so the place of one among all possible hashes tells how many
 * stand behind it. Of few blobs, the number is exact.
 */
export async function countBlobs(store: Pick<MaintainedStore, "list">): Promise<number> {
  let count = 0;
  for await (const page of listKind(store, "blob")) {
    count += page.length;
    const last = page.at(-1);
    if (last && count >= SAMPLE) return Math.ceil(count / placeOf(digestHex(last.parsed.digest)));
  }
  return count;
}

/** Where a hash stands among all hashes: above 0, and at most 1. */
function placeOf(hex: string): number {
  return (Number.parseInt(hex.slice(0, FIRST_DIGITS), HEXADECIMAL) + 1) / HEXADECIMAL ** FIRST_DIGITS;
}
