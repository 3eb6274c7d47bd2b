import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** Imports between files, by the importing file. Paths are relative to the repository. */
export type ImportGraph = ReadonlyMap<string, readonly string[]>;

/** The formatter writes every import in one of these two ways. Comments and strings hold no such text here. */
const RELATIVE_IMPORT = /(?:\bfrom|\bimport\(|^import) ?"(\.[^"]+)"/gm;

/** Reads the relative imports of source files, type imports included. */
export function readImports(repository: string, files: readonly string[]): ImportGraph {
  return new Map(
    files.map((file) => [file, relativeImports(readFileSync(join(repository, file), "utf8"), dirname(file))]),
  );
}

/** The files that a source text imports by a relative path. */
export function relativeImports(source: string, folder: string): string[] {
  return [...source.matchAll(RELATIVE_IMPORT)].map(([, path = ""]) => join(folder, path));
}

/** Joins the files of each room to one node. Imports within a room are left out. */
export function joinRooms(files: ImportGraph, roomOf: (file: string) => string): ImportGraph {
  const rooms = new Map<string, Set<string>>();
  for (const [file, imports] of files) {
    const room = roomOf(file);
    const others = rooms.get(room) ?? new Set();
    for (const imported of imports) if (roomOf(imported) !== room) others.add(roomOf(imported));
    rooms.set(room, others);
  }
  return new Map([...rooms].map(([room, others]) => [room, [...others]]));
}
