import { createHash } from "node:crypto";
import { type ByteString, byteString } from "../../image/tar/byte-string.ts";
import { NarEntries, type EntryListener } from "./nar-entries.ts";
import { NarError } from "./nar-error.ts";
import { NarFiles } from "./nar-files.ts";
import { type NarEvent, NarReader } from "./read-nar.ts";
import { DIRECTORY_MODE } from "./store-tree.ts";
import { TarWriter } from "./tar-writer.ts";

export interface NarToTar extends EntryListener {
  /** `/nix/store/…` */
  readonly path: string;
  /** Bytes of the whole archive. */
  readonly narSize: number;
  /** SHA-256 of the whole archive, in hex. */
  readonly narHash: string;
  /** Large files wait here until it is known whether they equal earlier ones. */
  readonly spoolDirectory: string;
}

/**
 * The tar entries of a store path, without the directories above it and without the tar's end. They are byte for byte
 * those that `storePathEntries` makes from the disk. The generator ends only after the check of size and hash: nobody may
 * use the tar before. A chunk is valid until the next one. Throws `NarError` for an archive that is not allowed or not the announced one, and `PackageError`
 * for a tree that no layer can hold. Memory does not grow with the archive.
 */
export async function* tarOfNar(nar: AsyncIterable<Uint8Array>, options: NarToTar): AsyncGenerator<Uint8Array> {
  const hash = createHash("sha256");
  const reader = new NarReader(options);
  const entries = new NarEntries(options);
  const tar = new TarWriter();
  await using files = new NarFiles(tar, options.spoolDirectory);
  const storePath = byteString(options.path);
  for await (const chunk of nar) {
    hash.update(chunk);
    for (const event of reader.read(chunk)) {
      entries.add(event);
      if (event.kind === "bytes") yield* files.add(event.bytes);
      else yield* begin(event, storePath, tar, files);
    }
  }
  reader.end();
  if (hash.digest("hex") !== options.narHash) throw new NarError(options.path, "has another hash than announced");
  yield* tar.rest();
}

/** Begins an entry. Files alone have more to come. */
function begin(
  event: Exclude<NarEvent, { kind: "bytes" }>,
  storePath: ByteString,
  tar: TarWriter,
  files: NarFiles,
): Generator<Uint8Array> {
  const path = event.path === "" ? storePath : `${storePath}/${event.path}`;
  const name = path.slice(1);
  switch (event.kind) {
    case "directory":
      return tar.header({ type: "directory", name: `${name}/`, mode: DIRECTORY_MODE });
    case "symlink":
      return tar.header({ type: "symlink", name, target: event.target });
    case "file":
      return files.begin({ path, size: event.size, isExecutable: event.isExecutable });
  }
}
