import { DEFAULT_TAG } from "../../protocol/tag.ts";
import type { Isolation } from "../isolation/isolation.ts";
import { checkNixVersion } from "./needed-nix.ts";
import { NixTooOld } from "./nix-too-old.ts";

interface NeedOptions {
  readonly isolation: Pick<Isolation, "nixVersion">;
  /** The path of a source on this machine. Its files say at any time what they need. */
  readonly path: string | undefined;
  /** Called with each new answer. */
  readonly onChange: (unmet: NixTooOld | undefined) => void;
}

/**
 * Whether `latest` of the source needs a newer Nix than this machine has. Other tags do not count: whoever may push a
 * branch must not make the origin unready.
 */
export interface NixNeed {
  /** Takes the outcome of an evaluation. Any other error than `NixTooOld` means that Nix is new enough. */
  note(tag: string, error: unknown): void;
  /** Throws `NixTooOld`. */
  check(): Promise<void>;
}

export function createNixNeed({ isolation, path, onChange }: NeedOptions): NixNeed {
  let unmet: NixTooOld | undefined;

  function note(tag: string, error: unknown): void {
    if (tag !== DEFAULT_TAG) return;
    const before = unmet;
    unmet = error instanceof NixTooOld ? error : undefined;
    if (before?.message !== unmet?.message) onChange(unmet);
  }

  return {
    note,
    async check() {
      if (path !== undefined)
        note(DEFAULT_TAG, await checkNixVersion({ location: path }, isolation).catch((error: unknown) => error));
      if (unmet) throw unmet;
    },
  };
}
