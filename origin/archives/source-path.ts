import { createHash } from "node:crypto";
import { STORE_DIRECTORY } from "../../image/closure/store-path.ts";
import { SOURCE_NAME, storedSource } from "../nix/add-to-store.ts";

const DIGITS = "0123456789abcdfghijklmnpqrsvwxyz";
const BITS_A_DIGIT = 5;
const BITS_A_BYTE = 8;
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

/** Nix's base 32: https://nix.dev/manual/nix/2.28/protocols/nix32. The last digit has the first five bits. */
export function base32(bytes: Uint8Array): string {
  const count = Math.ceil((bytes.length * BITS_A_BYTE) / BITS_A_DIGIT);
  return Array.from({ length: count }, (_, index) => {
    const bit = (count - 1 - index) * BITS_A_DIGIT;
    const at = Math.floor(bit / BITS_A_BYTE);
    const pair = (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << BITS_A_BYTE);
    return DIGITS[(pair >> (bit % BITS_A_BYTE)) & (DIGITS.length - 1)] ?? "";
  }).join("");
}
