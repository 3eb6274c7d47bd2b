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

/** Counts the bytes of archives that arrive, and tells them at most twice a second. */
export function createDownloadProgress({ now, onEvent }: ProgressOptions): { follow(event: NixEvent): void } {
  /** The bytes of each archive, by the number of its transfer. */
  const transfers = new Map<number, { readonly done: number; readonly all: number }>();
  let ended = 0;
  let total = 0;
  let toldAt = -Infinity;

  function tell(isLast: boolean): void {
    const arrived = [...transfers.values()].reduce((sum, { done }) => sum + done, ended);
    // An archive that begins again is counted twice.
    const bytes = Math.min(arrived, total);
    if (bytes === 0 || (!isLast && now() - toldAt < INTERVAL_MS)) return;
    toldAt = now();
    onEvent({ event: "download", done: bytes, total });
  }

  return {
    follow(event) {
      if (event.kind === "transfer" && isArchive(event.url)) transfers.set(event.id, { done: 0, all: 0 });
      if (event.kind === "expected") total = Math.max(total, event.total);
      if (event.kind === "bytes" && transfers.has(event.id)) {
        transfers.set(event.id, event);
        tell(false);
      }
      if (event.kind !== "stop" || !transfers.has(event.id)) return;
      // Nix may not tell the last bytes.
      ended += transfers.get(event.id)?.all ?? 0;
      transfers.delete(event.id);
      tell(transfers.size === 0);
    },
  };
}
