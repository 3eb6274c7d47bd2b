import { OpenFragment } from "./fragment.ts";
import { type LayerContent, type LayerPath, layerSections } from "./layer-content.ts";
import { LayerFile } from "./layer-file.ts";
import { describeFailure, type Failure, type PackedLayer } from "./messages.ts";
import type { Slab } from "./slab.ts";
import { TarSource } from "./tar-source.ts";

export type PackingOutcome = { readonly layer: PackedLayer } | { readonly failure: Failure };

/**
 * One layer on its way through the pipeline: its tar is read member by member, members are compressed
 * anywhere and in any order, and written in the order in which they were read. Of a store path whose compressed
 * form is known, the tar is only hashed.
 */
export class PackingJob {
  readonly id: number;
  readonly #source: TarSource;
  readonly #file: LayerFile;
  /** Read and not written yet, the oldest first. */
  readonly #parts: Part[] = [];
  /** Of the section that is being read. */
  #fragment: OpenFragment | undefined;
  #isAtSectionStart = true;
  #outcome: PackingOutcome | undefined;

  /** Throws when the file cannot be made. */
  constructor(id: number, content: LayerContent, file: string) {
    this.id = id;
    this.#source = new TarSource(layerSections(content));
    this.#file = new LayerFile(file);
  }

  /** Whether nothing is left to read. */
  get isRead(): boolean {
    return this.#source.section === undefined || this.#outcome !== undefined;
  }

  /** Undefined while there is work to do. */
  get outcome(): PackingOutcome | undefined {
    return this.#outcome;
  }

  /** Fills the slab. Returns the number of bytes to compress: 0 where none are, though more may follow. */
  read(index: number, { tar }: Slab): number {
    const bytes = this.#attempt(() => this.#readPart(index, tar)) ?? 0;
    this.#writeReady();
    return bytes;
  }

  /** Takes a compressed member back and writes what is ready. Returns the slabs that are free again. */
  takeBack(index: number, compressed: Uint8Array): number[] {
    const member = this.#parts.find((part) => part.kind === "member" && part.slab === index);
    if (member?.kind === "member") member.compressed = compressed;
    return this.#writeReady();
  }

  /** Gives up what is not done yet. */
  fail(failure: Failure): void {
    this.#end(() => ({ failure }));
  }

  #readPart(index: number, tar: Uint8Array): number {
    const { section } = this.#source;
    if (!section) return 0;
    const { apart } = section;
    if (this.#isAtSectionStart) this.#fragment = apart?.fragment && OpenFragment.open(apart.fragment);
    const bytes = this.#source.read(tar);
    this.#isAtSectionStart = this.#source.section !== section;
    this.#file.addTar(tar.subarray(0, bytes));
    const fragment = this.#fragment;
    if (!fragment) {
      this.#parts.push({ kind: "member", slab: index, compressed: undefined, apart });
      return bytes;
    }
    if (this.#isAtSectionStart) {
      this.#parts.push({ kind: "fragment", fragment, apart });
      this.#fragment = undefined;
    }
    return 0;
  }

  #writeReady(): number[] {
    const free: number[] = [];
    for (let [first] = this.#parts; first && isReady(first); [first] = this.#parts) {
      const part = first;
      if (!this.#outcome) this.#attempt(() => this.#write(part));
      if (part.kind === "member") free.push(part.slab);
      else part.fragment.close();
      this.#parts.shift();
    }
    if (this.isRead && this.#parts.length === 0) this.#end(() => ({ layer: this.#file.finish() }));
    return free;
  }

  #write(part: Part): void {
    const path = part.apart?.path;
    if (part.kind === "member" && part.compressed) this.#file.addCompressed(part.compressed, path);
    if (part.kind === "fragment") for (const bytes of part.fragment.read()) this.#file.addCompressed(bytes, path);
  }

  #attempt<T>(work: () => T): T | undefined {
    try {
      return work();
    } catch (error) {
      this.fail(describeFailure(error));
      return undefined;
    }
  }

  #end(outcome: () => PackingOutcome): void {
    if (this.#outcome) return;
    this.#outcome = outcome();
    this.#source.close();
    this.#file.close();
    this.#fragment?.close();
    this.#fragment = undefined;
  }
}

type Part = { readonly apart: LayerPath | undefined } & (
  | Member
  | { readonly kind: "fragment"; readonly fragment: OpenFragment }
);

interface Member {
  readonly kind: "member";
  readonly slab: number;
  /** Undefined while it is being compressed. */
  compressed: Uint8Array | undefined;
}

function isReady(part: Part): boolean {
  return part.kind === "fragment" || part.compressed !== undefined;
}
