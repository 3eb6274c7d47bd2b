import type { LayerRecord } from "../layers/layer-record.ts";
import { LayerFile } from "./layer-file.ts";
import { type LayerContent, layerEntries } from "./layer-content.ts";
import { describeFailure, type Failure } from "./messages.ts";
import type { Slab } from "./slab.ts";
import { TarSource } from "./tar-source.ts";

export type PackingOutcome = { readonly layer: LayerRecord } | { readonly failure: Failure };

/**
 * One layer on its way through the pipeline: its tar is read member by member, members are compressed
 * anywhere and in any order, and written in the order in which they were read.
 */
export class PackingJob {
  readonly id: number;
  readonly #source: TarSource;
  readonly #file: LayerFile;
  /** Read and not written yet, the oldest first. */
  readonly #members: Member[] = [];
  #isRead = false;
  #outcome: PackingOutcome | undefined;

  /** Throws when the file cannot be made. */
  constructor(id: number, content: LayerContent, file: string) {
    this.id = id;
    this.#source = new TarSource(layerEntries(content));
    this.#file = new LayerFile(file);
  }

  /** Whether nothing is left to read. */
  get isRead(): boolean {
    return this.#isRead || this.#outcome !== undefined;
  }

  /** Undefined while there is work to do. */
  get outcome(): PackingOutcome | undefined {
    return this.#outcome;
  }

  /** Fills the slab with the next member's bytes. Returns their number, 0 when there are none. */
  read(index: number, { tar }: Slab): number {
    const bytes = this.#attempt(() => this.#source.read(tar)) ?? 0;
    this.#isRead = bytes < tar.length;
    if (bytes > 0) {
      this.#file.addTar(tar.subarray(0, bytes));
      this.#members.push({ slab: index, compressed: undefined });
    }
    this.#finishIfWritten();
    return bytes;
  }

  /** Takes a compressed member back and writes what is ready. Returns the slabs that are free again. */
  takeBack(index: number, compressed: Uint8Array): number[] {
    const member = this.#members.find(({ slab }) => slab === index);
    if (member) member.compressed = compressed;
    const free: number[] = [];
    for (let [first] = this.#members; first?.compressed; [first] = this.#members) {
      const bytes = first.compressed;
      if (!this.#outcome) this.#attempt(() => this.#file.addCompressed(bytes));
      free.push(first.slab);
      this.#members.shift();
    }
    this.#finishIfWritten();
    return free;
  }

  /** Gives up what is not done yet. */
  fail(failure: Failure): void {
    this.#end(() => ({ failure }));
  }

  #attempt<T>(work: () => T): T | undefined {
    try {
      return work();
    } catch (error) {
      this.fail(describeFailure(error));
      return undefined;
    }
  }

  #finishIfWritten(): void {
    if (this.#isRead && this.#members.length === 0) this.#end(() => ({ layer: this.#file.finish() }));
  }

  #end(outcome: () => PackingOutcome): void {
    if (this.#outcome) return;
    this.#outcome = outcome();
    this.#source.close();
    this.#file.close();
  }
}

interface Member {
  readonly slab: number;
  /** Undefined while it is being compressed. */
  compressed: Uint8Array | undefined;
}
