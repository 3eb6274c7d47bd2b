import type { BuildListener } from "../../protocol/build-events.ts";
import { isArchive } from "./cache-faults.ts";
import type { NixEvent } from "./nix-event.ts";

interface ProgressOptions {
  /** Milliseconds. */
  readonly now: () => number;
  readonly onEvent: BuildListener;
}

/** People see no difference between more events than these, and each one goes to all viewers. */
const INTERVAL_MS = 500;

interface Transfer {
  /** Bytes of the attempts before this one. */
  readonly before: number;
  readonly done: number;
  /** All bytes of this attempt. */
  readonly all: number;
}

/** If the connection breaks, Nix goes on from there, and counts from 0 again. */
function advanced({ before, done: last }: Transfer, { done, all }: Pick<Transfer, "done" | "all">): Transfer {
  return { before: done < last ? before + last : before, done, all };
}

/** Counts the bytes of archives that arrive, and tells them at most twice a second. */
export function createDownloadProgress({ now, onEvent }: ProgressOptions): { follow(event: NixEvent): void } {
  /** The bytes of each archive, by the number of its transfer. */
  const transfers = new Map<number, Transfer>();
  let ended = 0;
  let total = 0;
  let toldAt = -Infinity;

  function tell(isLast: boolean): void {
    const arrived = [...transfers.values()].reduce((sum, { before, done }) => sum + before + done, ended);
    // An archive that begins again from its start is counted twice.
    const bytes = Math.min(arrived, total);
    if (bytes === 0 || (!isLast && now() - toldAt < INTERVAL_MS)) return;
    toldAt = now();
    onEvent({ event: "download", done: bytes, total });
  }

  return {
    follow(event) {
      if (event.kind === "transfer" && isArchive(event.url)) transfers.set(event.id, { before: 0, done: 0, all: 0 });
      if (event.kind === "expected") total = Math.max(total, event.total);
      const known = "id" in event ? transfers.get(event.id) : undefined;
      if (event.kind === "bytes" && known) {
        transfers.set(event.id, advanced(known, event));
        tell(false);
      }
      if (event.kind !== "stop" || !known) return;
      // Nix may not tell the last bytes.
      ended += known.before + known.all;
      transfers.delete(event.id);
      tell(transfers.size === 0);
    },
  };
}
