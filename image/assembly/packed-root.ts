import { digestOf } from "../../protocol/digest.ts";
import { type CompressMember, compressMembers, MEMBER_BYTES } from "../compression/members.ts";
import type { Layer } from "../layers/layer.ts";
import { tarBytes } from "../tar/tar-bytes.ts";
import type { TarEntry } from "../tar/tar-entry.ts";
import { CannotAssemble } from "./cannot-assemble.ts";

/** A root layer that nobody has stored yet. */
export interface PackedRoot extends Layer {
  /** The compressed tar. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** The largest tar of a root layer that is packed in memory. Usual ones have 1 MB. Bytes. */
const MAX_TAR_BYTES = 8_388_608;

/** Packs a root layer in memory, with the bytes that the origin's packing threads give. Throws `CannotAssemble`. */
export async function packRoot(entries: readonly TarEntry[], compress: CompressMember): Promise<PackedRoot> {
  const tar = tarBytes(entries);
  if (tar.length > MAX_TAR_BYTES) throw new CannotAssemble("its root layer is too large");
  const bytes = compressMembers(tar, MEMBER_BYTES.gzip, compress);
  const [diffId, digest] = await Promise.all([digestOf(tar), digestOf(bytes)]);
  return { digest, diffId, size: bytes.length, bytes };
}
