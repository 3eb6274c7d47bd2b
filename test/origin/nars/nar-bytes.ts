import { createHash } from "node:crypto";
import { chmod, mkdir, symlink, writeFile } from "node:fs/promises";
import { filePath } from "../../../origin/system/file-path.ts";

/** A tree in memory. Names and targets have one character for each byte. */
export type Tree =
  | { readonly file: Uint8Array; readonly isExecutable?: boolean }
  | { readonly link: string }
  | { readonly folder: Readonly<Record<string, Tree>> };

export const file = (content: string | Uint8Array): Tree => ({ file: Buffer.from(content) });
export const program = (content: string | Uint8Array): Tree => ({ file: Buffer.from(content), isExecutable: true });
export const link = (target: string): Tree => ({ link: target });
export const folder = (entries: Readonly<Record<string, Tree>>): Tree => ({ folder: entries });

/** A text of an archive: its length, its bytes, zeros up to a multiple of eight. */
export function text(value: string | Uint8Array): Buffer {
  const bytes = typeof value === "string" ? Buffer.from(value, "latin1") : value;
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(bytes.length));
  return Buffer.concat([length, bytes, Buffer.alloc((8 - (bytes.length % 8)) % 8)]);
}

export const texts = (...values: readonly (string | Uint8Array)[]): Buffer => Buffer.concat(values.map(text));

/** The archive of a tree, without the sources' own writer. Entries are written in the given order, or sorted. */
export function narBytes(tree: Tree, sort = true): Buffer {
  return Buffer.concat([text("nix-archive-1"), nodeBytes(tree, sort)]);
}

function nodeBytes(tree: Tree, sort: boolean): Buffer {
  if ("link" in tree) return texts("(", "type", "symlink", "target", tree.link, ")");
  if ("file" in tree) {
    const mark = tree.isExecutable ? texts("executable", "") : Buffer.alloc(0);
    return Buffer.concat([texts("(", "type", "regular"), mark, texts("contents", tree.file, ")")]);
  }
  const names = Object.keys(tree.folder);
  const entries = (sort ? names.toSorted() : names).map((name) => {
    const child = tree.folder[name] ?? folder({});
    return Buffer.concat([texts("entry", "(", "name", name, "node"), nodeBytes(child, sort), text(")")]);
  });
  return Buffer.concat([texts("(", "type", "directory"), ...entries, text(")")]);
}

export async function writeToDisk(path: string, tree: Tree): Promise<void> {
  const bytes = filePath(path);
  if ("link" in tree) await symlink(filePath(tree.link), bytes);
  else if ("file" in tree) {
    await writeFile(bytes, tree.file);
    await chmod(bytes, tree.isExecutable ? 0o755 : 0o644);
  } else {
    await mkdir(bytes);
    for (const [name, child] of Object.entries(tree.folder)) await writeToDisk(`${path}/${name}`, child);
  }
}

/** Cuts an archive into chunks that have memory of their own. */
export async function* cut(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.slice(at, at + size);
}

export function announced(path: string, nar: Uint8Array, spoolDirectory: string) {
  return { path, narSize: nar.length, narHash: createHash("sha256").update(nar).digest("hex"), spoolDirectory };
}
