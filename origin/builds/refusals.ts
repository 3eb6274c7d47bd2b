import { OciError } from "../../protocol/oci-error.ts";
import { debug } from "../system/debug.ts";
import { Recent } from "../../protocol/recent.ts";

/** A revision does not gain packages; whoever asks again gets the words of the first answer for so long. */
const MEMORY_MS = 600_000;
/** Names are made up by anyone: the oldest refusal goes first. */
const MAX_REFUSALS = 1000;

/** What a revision does not have, in words for people: true for as long as a tag stands for the revision. */
export class RevisionRefusal extends OciError {
  readonly revision: string;

  constructor({ code, message, detail }: OciError, revision: string) {
    super(code, message, { detail });
    this.revision = revision;
  }
}

/** The refusals of the last minutes, by request hash: names are not looked up again where they are not. */
export class Refusals {
  readonly #known: Recent<RevisionRefusal>;

  /** `now` in milliseconds. */
  constructor(now: () => number) {
    this.#known = new Recent(MAX_REFUSALS, MEMORY_MS, now);
  }

  find(hash: string): RevisionRefusal | undefined {
    const refusal = this.#known.get(hash);
    if (refusal) debug(() => `request ${hash}: known to be refused`);
    return refusal;
  }

  add(hash: string, refusal: RevisionRefusal): void {
    this.#known.set(hash, refusal);
  }
}
