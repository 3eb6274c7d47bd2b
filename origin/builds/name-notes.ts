import type { NameIndex } from "../index/indexed-names.ts";
import type { Evaluation } from "../nix/prepare-image-output.ts";
import { debug } from "../system/debug.ts";
import type { ResolvedRequest } from "./request-closure.ts";

/** Notes what the names of one build lead to, while the build goes on. */
export interface NameNotes {
  /** Begins to write what an evaluation found. */
  add(evaluation: Evaluation): void;
  /** Waits until all is written. It never fails: without the notes, a later pull evaluates the names again. */
  done(): Promise<void>;
}

export function createNameNotes(
  names: Pick<NameIndex, "note">,
  { request, revision }: Pick<ResolvedRequest, "request" | "revision">,
): NameNotes {
  let written = Promise.resolve();

  async function write(evaluation: Evaluation): Promise<void> {
    try {
      await names.note(request, revision, evaluation);
    } catch (error) {
      debug(() => `the names of ${request.packages.join("/")} are not noted: ${String(error)}`);
    }
  }

  return {
    add(evaluation) {
      const before = written;
      const now = write(evaluation);
      written = before.then(() => now);
    },
    done: () => written,
  };
}
