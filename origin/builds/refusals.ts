import { OciError } from "../../protocol/oci-error.ts";

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
  readonly #known = new Map<string, { readonly refusal: RevisionRefusal; readonly at: number }>();
  readonly #now: () => number;

  /** `now` in milliseconds. */
  constructor(now: () => number) {
    this.#now = now;
  }

  find(hash: string): RevisionRefusal | undefined {
    const known = this.#known.get(hash);
    return known && this.#now() - known.at < MEMORY_MS ? known.refusal : undefined;
  }

  add(hash: string, refusal: RevisionRefusal): void {
    this.#known.delete(hash);
    this.#known.set(hash, { refusal, at: this.#now() });
    const [oldest] = this.#known.keys();
    if (this.#known.size > MAX_REFUSALS && oldest !== undefined) this.#known.delete(oldest);
  }
}
