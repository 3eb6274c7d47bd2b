import { sha256Digest } from "../../protocol/digest.ts";
import { OpenFragment } from "./fragment.ts";
import { type LayerContent, type LayerPath, layerSections } from "./layer-content.ts";
import { LayerFile } from "./layer-file.ts";
import { isReady, type LayerPart } from "./layer-part.ts";
import { describeFailure, type Failure, type PackedLayer } from "./messages.ts";
import type { Slab } from "./slab.ts";
import { TarHash } from "./tar-hash.ts";
import { TarSource } from "./tar-source.ts";

export type PackingOutcome = { readonly layer: PackedLayer } | { readonly failure: Failure };

/**
 * One layer on its way through the pipeline: its tar is read member by member, members are compressed
 * anywhere and in any order, and written in the order in which they were read. Of a store path whose compressed
 * form is known, the tar is only hashed; should it be another tar than the one that was compressed, it is read again.
 */
export class PackingJob {
  readonly id: number;
  readonly #source: TarSource;
  readonly #tar = new TarHash();
  /** By the store paths that stand apart. */
  readonly #tarHashes = new Map<string, string>();
  readonly #file: LayerFile;
  /** Read and not written yet, the oldest first. */
  readonly #parts: LayerPart[] = [];
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
    if (apart && this.#isAtSectionStart) this.#beginApart(apart);
    const bytes = this.#source.read(tar);
    this.#isAtSectionStart = this.#source.section !== section;
    this.#tar.update(tar.subarray(0, bytes));
    const isCompressed = this.#fragment === undefined;
    if (isCompressed) this.#parts.push({ kind: "member", slab: index, compressed: undefined, apart });
    if (apart && this.#isAtSectionStart) this.#endApart(apart);
    return isCompressed ? bytes : 0;
  }

  #beginApart({ fragment }: LayerPath): void {
    this.#tar.beginApart();
    this.#fragment = fragment && OpenFragment.open(fragment);
  }

  #endApart(apart: LayerPath): void {
    const fragment = this.#fragment;
    const tarHash = this.#tar.endApart();
    this.#fragment = undefined;
    if (fragment && fragment.range.tarHash !== tarHash) {
      fragment.close();
      this.#readAgain();
      return;
    }
    this.#tarHashes.set(apart.path, tarHash);
    if (fragment) this.#parts.push({ kind: "fragment", fragment, apart });
  }

  /** The section that was just read, this time to compress it. */
  #readAgain(): void {
    this.#tar.rewindApart();
    this.#source.rewindSection();
    this.#isAtSectionStart = false;
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
    if (this.isRead && this.#parts.length === 0) this.#end(() => ({ layer: this.#finish() }));
    return free;
  }

  #finish(): PackedLayer {
    const { fragments, ...written } = this.#file.finish();
    return {
      ...written,
      diffId: sha256Digest(this.#tar.digest()),
      fragments: fragments.flatMap((fragment) => {
        const tarHash = this.#tarHashes.get(fragment.path);
        return tarHash === undefined ? [] : [{ ...fragment, tarHash }];
      }),
    };
  }

  #write(part: LayerPart): void {
    const path = part.apart?.path;
    if (part.kind === "member" && part.compressed) this.#file.add(part.compressed, path);
    if (part.kind === "fragment") for (const bytes of part.fragment.read()) this.#file.add(bytes, path);
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
    if ("failure" in this.#outcome) this.#file.discard();
    else this.#file.close();
    this.#fragment?.close();
    this.#fragment = undefined;
  }
}
