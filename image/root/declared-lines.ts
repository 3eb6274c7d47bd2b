import { compareText } from "../../protocol/compare-text.ts";
import { formatBytes } from "../../protocol/format-bytes.ts";
import { PackageError } from "../closure/package-error.ts";
import { byteString, decodeText } from "../tar/byte-string.ts";
import { type DECLARING_FOLDERS, DECLARING_PARENTS, DECLARING_SUFFIX, MAX_DECLARING_BYTES } from "./files-to-read.ts";
import type { StoreFiles } from "./store-files.ts";

/** A line that a package ships for systemd, in words. Quotes around a word are gone. */
export interface DeclaredLine {
  /** The package. */
  readonly root: string;
  readonly words: readonly string[];
  /** Without spaces around it. */
  readonly text: string;
}

/** systemd's own package has some thirty. */
const MAX_FILES = 500;
const WORD = /"((?:[^"\\]|\\.)*)"|'([^']*)'|(\S+)/g;

/**
 * The lines of all files `lib/FOLDER/*.conf` of the packages, in the order of the packages and of the names. A file that
 * several packages lead to counts once. Throws `PackageError` for more text than any package needs.
 */
export function declaredLines(
  folder: (typeof DECLARING_FOLDERS)[number],
  roots: readonly string[],
  files: StoreFiles,
): DeclaredLine[] {
  const seen = new Set<string>();
  return roots.flatMap((root) =>
    DECLARING_PARENTS.flatMap((parent) => configurationFiles(byteString(`${root}/${parent}/${folder}`), files))
      .filter(({ path }) => !seen.has(path) && seen.add(path))
      .flatMap((file) => {
        if (seen.size > MAX_FILES) throw new PackageError(root, `brings more than ${MAX_FILES} files in ${folder}`);
        return linesOf(file, root, files);
      }),
  );
}

interface ConfigurationFile {
  /** After all links are followed. */
  readonly path: string;
  /** In bytes. */
  readonly size: number;
}

function configurationFiles(path: string, files: StoreFiles): ConfigurationFile[] {
  const directory = files.find(path);
  if (directory?.node.kind !== "directory") return [];
  const names = files.trees.list(directory.path).flatMap(({ name }) => (name.endsWith(DECLARING_SUFFIX) ? [name] : []));
  return names.toSorted(compareText).flatMap((name) => {
    const file = files.find(`${directory.path}/${name}`);
    return file?.node.kind === "file" ? [{ path: file.path, size: file.node.size }] : [];
  });
}

function linesOf({ path, size }: ConfigurationFile, root: string, files: StoreFiles): DeclaredLine[] {
  if (size > MAX_DECLARING_BYTES)
    throw new PackageError(path, `has more than ${formatBytes(MAX_DECLARING_BYTES)} of accounts or directories`);
  return decodeText(files.trees.read(path))
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((text) => ({ root, words: wordsOf(text), text }));
}

/** Words are separated by spaces. Quotes join words. */
export function wordsOf(line: string): string[] {
  return Array.from(
    line.matchAll(WORD),
    ([, double, single, plain]) => double?.replaceAll(/\\(.)/g, "$1") ?? single ?? plain ?? "",
  );
}
