import { createHash } from "node:crypto";
import { base32 } from "../../image/closure/base32.ts";
import { STORE_DIRECTORY } from "../../image/closure/store-path.ts";
import { SOURCE_NAME, storedSource } from "../nix/add-to-store.ts";

/** A store path has this part of its hash; bytes. */
const PATH_HASH_BYTES = 20;

/** The store path of a tree, the same that `builtins.fetchTarball` gives. Takes the SHA-256 of the tree's NAR archive. */
export function sourcePath(narHash: Uint8Array): string {
  const text = `source:sha256:${Buffer.from(narHash).toString("hex")}:${STORE_DIRECTORY}:${SOURCE_NAME}`;
  const folded = new Uint8Array(PATH_HASH_BYTES);
  for (const [index, byte] of createHash("sha256").update(text).digest().entries())
    folded[index % PATH_HASH_BYTES] = (folded[index % PATH_HASH_BYTES] ?? 0) ^ byte;
  return storedSource(base32(folded));
}
