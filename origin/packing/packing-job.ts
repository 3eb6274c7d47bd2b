import { sha256Digest } from "../../protocol/digest.ts";
import { OpenFragment } from "./fragment.ts";
import { estimateBytes, type LayerContent, type LayerPath, layerSections } from "./layer-content.ts";
import { LayerFile } from "./layer-file.ts";
import { isReady, type LayerPart } from "./layer-part.ts";
import type { ArchiveFeed } from "../unpacking/archive-feed.ts";
import { describeFailure, type Failure } from "../unpacking/failure.ts";
import type { PathArchive } from "../unpacking/path-archive.ts";
import type { LayerWithFragments } from "./messages.ts";
import type { Pause } from "./pause.ts";
import type { Slab } from "./slab.ts";
import { TarHash } from "./tar-hash.ts";
import { TarSource } from "./tar-source.ts";
import type { Turn } from "./turns.ts";

export type PackingOutcome = { readonly layer: LayerWithFragments } | { readonly failure: Failure };

interface JobOptions {
  readonly content: LayerContent;
  /** The path of the layer's file. The first turn creates it. */
  readonly file: string;
  /** Called with each slab that is free again. */
  readonly onFree: (slab: number) => void;
  /** Opens the archive of a store path. The first turn opens all archives of the layer, in their order. */
  readonly openArchive: (archive: PathArchive) => ArchiveFeed;
}

interface OpenedJob {
  readonly source: TarSource;
  readonly file: LayerFile;
  /** The archives of the layer. */
  readonly feeds: readonly ArchiveFeed[];
}

/** MiB of a fragment that one turn checks or copies. This takes about as long as reading a slab. */
const PIECES_A_TURN = 4;

/**
 * Packs one layer. The job reads the tar member by member. Any thread compresses a member, in any order. The job writes
 * the members in the order of the tar. If a store path has a fragment, the job only hashes the path's tar and copies
 * the fragment. If the hash shows that the tar has changed, the job reads the path again and compresses it. Each turn
 * takes some milliseconds, whatever the layer holds.
 */
export class PackingJob implements Turn {
  readonly id: number;
  readonly estimate: number;
  readonly #options: JobOptions;
  readonly #tar = new TarHash();
  /** The tar hash of each store path that stands apart. */
  readonly #tarHashes = new Map<string, string>();
  /** The parts that were read and are not written yet, the oldest first. */
  readonly #parts: LayerPart[] = [];
  #opened: OpenedJob | undefined;
  /** The fragment of the section that is being read. */
  #fragment: OpenFragment | undefined;
  /** The unfinished check of `#fragment`. The job uses the fragment only after the check. */
  #check: Generator<Pause, boolean> | undefined;
  #isAtSectionStart = true;
  #read = 0;
  #outcome: PackingOutcome | undefined;

  constructor(id: number, options: JobOptions) {
    this.id = id;
    this.estimate = estimateBytes(options.content);
    this.#options = options;
  }

  get read(): number {
    return this.#read;
  }

  get wantsTurn(): boolean {
    if (this.#outcome) return false;
    if (this.#hasFragment) return this.#parts.length === 1;
    return !this.#isRead && !this.#opened?.source.isWaiting;
  }

  /** Undefined while there is work to do. */
  get outcome(): PackingOutcome | undefined {
    return this.#outcome;
  }

  /**
   * Does a part of the work, and may fill the slab. Returns the number of bytes to compress. This may be 0 before the
   * layer's end.
   */
  takeTurn(index: number, { tar }: Slab): number {
    const bytes = (this.#hasFragment ? 0 : this.#attempt(() => this.#readPart(index, tar))) ?? 0;
    this.#writeReady();
    return bytes;
  }

  /** Takes a compressed member back and writes what is ready. */
  takeBack(index: number, compressed: Uint8Array): void {
    const member = this.#parts.find((part) => part.kind === "member" && part.slab === index);
    if (member?.kind === "member") member.compressed = compressed;
    this.#writeReady();
  }

  /** Ends the job, unless it is done. */
  fail(failure: Failure): void {
    this.#end(() => ({ failure }));
    this.#writeReady();
  }

  /**
   * Whether a fragment waits to be copied. The job reads nothing more until then. Further members would keep
   * their slabs. If no slab were left, no job would have a turn, and the fragment would never be copied.
   */
  get #hasFragment(): boolean {
    return this.#parts.at(-1)?.kind === "fragment";
  }

  /** Whether nothing is left to read. */
  get #isRead(): boolean {
    return this.#opened !== undefined && this.#opened.source.section === undefined;
  }

  /** Throws if the file cannot be created. */
  #open(): TarSource {
    this.#opened ??= this.#openAll();
    return this.#opened.source;
  }

  #openAll(): OpenedJob {
    const { content, file, openArchive } = this.#options;
    const layerFile = new LayerFile(file);
    const paths = content.kind === "store-paths" ? content.paths : [];
    const feeds = new Map(paths.flatMap(({ path, archive }) => (archive ? [[path, openArchive(archive)]] : [])));
    return { file: layerFile, source: new TarSource(layerSections(content, feeds)), feeds: [...feeds.values()] };
  }

  #readPart(index: number, tar: Uint8Array): number {
    const source = this.#open();
    const { section } = source;
    if (!section) return 0;
    const { apart } = section;
    if (apart && this.#isAtSectionStart) this.#beginApart(apart);
    this.#isAtSectionStart = false;
    if (!this.#isChecked()) return 0;
    const bytes = source.read(tar);
    if (bytes === "paused") return 0;
    this.#read += bytes;
    this.#isAtSectionStart = source.section !== section;
    this.#tar.update(tar.subarray(0, bytes));
    const isCompressed = this.#fragment === undefined && bytes > 0;
    if (isCompressed) this.#parts.push({ kind: "member", slab: index, compressed: undefined, apart });
    if (apart && this.#isAtSectionStart) this.#endApart(apart, source);
    return isCompressed ? bytes : 0;
  }

  #beginApart({ fragment }: LayerPath): void {
    this.#tar.beginApart();
    this.#fragment = fragment && OpenFragment.open(fragment);
    this.#check = this.#fragment?.check();
  }

  /** Continues the check of the fragment. False if the check needs another turn. */
  #isChecked(): boolean {
    for (let pieces = 0; this.#check; pieces++) {
      if (pieces === PIECES_A_TURN) return false;
      const { done, value } = this.#check.next();
      if (!done) continue;
      this.#check = undefined;
      if (!value) this.#dropFragment();
    }
    return true;
  }

  #dropFragment(): void {
    this.#fragment?.close();
    this.#fragment = undefined;
    this.#check = undefined;
  }

  #endApart(apart: LayerPath, source: TarSource): void {
    const fragment = this.#fragment;
    const tarHash = this.#tar.endApart();
    if (fragment && fragment.range.tarHash !== tarHash) {
      this.#dropFragment();
      // Read the same section again, and compress it this time.
      this.#tar.rewindApart();
      source.rewindSection();
      this.#isAtSectionStart = false;
      return;
    }
    this.#fragment = undefined;
    this.#tarHashes.set(apart.path, tarHash);
    if (fragment) this.#parts.push({ kind: "fragment", fragment, pieces: fragment.read(), apart });
  }

  #writeReady(): void {
    for (let [first] = this.#parts; first && isReady(first); [first] = this.#parts) {
      const part = first;
      const isWritten = this.#outcome !== undefined || this.#attempt(() => this.#write(part));
      // After an error the job writes nothing more. It only gives back its slabs and closes its fragments.
      if (isWritten === false) return;
      this.#parts.shift();
      if (part.kind === "member") this.#options.onFree(part.slab);
      else part.fragment.close();
    }
    const opened = this.#opened;
    if (opened && this.#isRead && this.#parts.length === 0) this.#end(() => ({ layer: this.#finish(opened.file) }));
  }

  #finish(file: LayerFile): LayerWithFragments {
    return file.finish({ diffId: sha256Digest(this.#tar.digest()), tarHashes: this.#tarHashes });
  }

  /** False if a fragment needs another turn. */
  #write(part: LayerPart): boolean {
    const path = part.apart?.path;
    if (part.kind === "member") {
      if (part.compressed) this.#opened?.file.add(part.compressed, path);
      return true;
    }
    for (let count = 0; count < PIECES_A_TURN; count++) {
      const { done, value } = part.pieces.next();
      if (done) return true;
      this.#opened?.file.add(value, path);
    }
    return false;
  }

  #attempt<T>(work: () => T): T | undefined {
    try {
      return work();
    } catch (error) {
      this.#end(() => ({ failure: describeFailure(error) }));
      return undefined;
    }
  }

  #end(outcome: () => PackingOutcome): void {
    if (this.#outcome) return;
    this.#outcome = outcome();
    this.#opened?.source.close();
    for (const feed of this.#opened?.feeds ?? []) feed.close();
    if ("failure" in this.#outcome) this.#opened?.file.discard();
    else this.#opened?.file.close();
    this.#dropFragment();
  }
}
