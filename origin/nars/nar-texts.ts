import { textBytes } from "./wire-format.ts";

/**
 * The texts of an archive that are always the same. Texts that always follow each other stand in one constant:
 * https://nix.dev/manual/nix/2.28/protocols/nix-archive/
 */
export const MAGIC = joined("nix-archive-1");
export const FILE = joined("(", "type", "regular", "contents");
export const EXECUTABLE = joined("(", "type", "regular", "executable", "", "contents");
export const LINK = joined("(", "type", "symlink", "target");
export const FOLDER = joined("(", "type", "directory");
export const ENTRY = joined("entry", "(", "name");
export const NODE = joined("node");
export const END = joined(")");

function joined(...values: readonly string[]): Uint8Array {
  return Buffer.concat(values.map(textBytes));
}
