import { writeFile } from "node:fs/promises";
import { compressMembers, MEMBER_BYTES } from "../../../image/compression/members.ts";
import { bytesOf } from "../../../image/tar/byte-string.ts";
import { tarBytes } from "../../../image/tar/tar-bytes.ts";
import { COMPRESSORS } from "../../../origin/packing/compression.ts";
import type { LayerContent } from "../../../origin/packing/layer-content.ts";
import type { Packer } from "../../../origin/packing/packer.ts";
import { digestOf } from "../../../protocol/digest.ts";

/**
 * Packs only root layers. A layer of store paths is a list of their names, so a test can make many images. All of it
 * happens in this thread.
 */
export const NAMED_LAYERS: Packer = {
  async pack(content, file) {
    const tar = tarOf(content);
    const bytes = compressMembers(tar, MEMBER_BYTES.gzip, COMPRESSORS.gzip);
    await writeFile(file, bytes);
    return { digest: await digestOf(bytes), diffId: await digestOf(tar), size: bytes.length, fragments: [] };
  },
  close: async () => {},
};

function tarOf(content: LayerContent): Uint8Array<ArrayBuffer> {
  if (content.kind === "entries") return tarBytes(content.entries);
  return bytesOf(content.paths.map(({ path }) => path).join("\n"));
}
