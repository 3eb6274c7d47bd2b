import { OciError } from "../../protocol/oci-error.ts";
import { debug } from "../system/debug.ts";
import { Recent } from "../../protocol/recent.ts";

/** A revision does not gain packages. For this time, a second request gets the answer of the first one. */
const MEMORY_MS = 600_000;
/** Anyone can make up names, so the memory has a limit. The oldest refusal goes first. */
const MAX_REFUSALS = 1000;

/** A revision does not have a requested name. This stays true while the tag leads to this revision. */
export class RevisionRefusal extends OciError {
  readonly revision: string;

  constructor({ code, message, detail }: OciError, revision: string) {
    super(code, message, { detail });
    this.revision = revision;
  }
}

/** Remembers the refusals of the last minutes by request hash, so that Nix does not evaluate missing names again. */
export class Refusals {
  readonly #known: Recent<RevisionRefusal>;

  /** `now` in milliseconds. */
  constructor(now: () => number) {
    this.#known = new Recent(MAX_REFUSALS, MEMORY_MS, now);
  }

  find(hash: string): RevisionRefusal | undefined {
    const refusal = this.#known.get(hash);
    if (refusal) debug(() => `request ${hash}: refused from memory`);
    return refusal;
  }

  add(hash: string, refusal: RevisionRefusal): void {
    this.#known.set(hash, refusal);
  }
}
