import { gunzip, gzip } from "../compression/gzip.ts";
import { joinBytes } from "../compression/join-bytes.ts";
import { type FileOfTree, TREE_LIMITS, type Tree, type TreeFile, type TreeLimits } from "./tree.ts";
import { MalformedTree, TreeBuilder } from "./tree-builder.ts";

/**
 * A record is compressed with gzip. It begins with the version, and the length of the text in four bytes. The text is
 * the tree as tokens, in the order of the tar, with a NUL between two tokens. The bytes of the kept files follow, in the
 * same order.
 *
 *     d<name>              a directory. Its contents follow, then an empty token.
 *     f<size>/<name>       a file. `x` if it is executable; `F` or `X` if its bytes are kept.
 *     l<name>/<target>     a link
 *
 * Each byte of a name is one character of the text, and the text is in UTF-8.
 */
const VERSION = 1;
const HEADER_BYTES = 5;
const SEPARATOR = "\0";
const END_OF_DIRECTORY = "";
const FILE_MARKS = "fxFX";
const NOT_BYTES = /[\u0100-\uffff]/;
const UTF_8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** A tree as the bytes of a record. The same tree gives the same bytes in one version of a runtime. */
export async function encodeTree(tree: Tree): Promise<Uint8Array<ArrayBuffer>> {
  return gzip(treeBytes(tree));
}

/** The bytes of a record before their compression. */
export function treeBytes(tree: Tree): Uint8Array<ArrayBuffer> {
  const tokens: string[] = [];
  const kept: Uint8Array[] = [];
  addTokens(tree.top, tokens, kept);
  const text = new TextEncoder().encode(tokens.join(SEPARATOR));
  const header = new Uint8Array(HEADER_BYTES);
  header[0] = VERSION;
  new DataView(header.buffer).setUint32(1, text.length);
  return joinBytes([header, text, ...kept]);
}

/** Recursion is no deeper than the path of a file, which `TreeBuilder` limits. */
function addTokens(file: TreeFile, tokens: string[], kept: Uint8Array[]): void {
  switch (file.kind) {
    case "directory":
      tokens.push(`d${file.name}`);
      for (const child of file.files) addTokens(child, tokens, kept);
      tokens.push(END_OF_DIRECTORY);
      return;
    case "symlink":
      tokens.push(`l${file.name}/${file.target}`);
      return;
    case "file": {
      const mark = file.isExecutable ? "x" : "f";
      tokens.push(`${file.bytes ? mark.toUpperCase() : mark}${file.size}/${file.name}`);
      if (file.bytes) kept.push(file.bytes);
    }
  }
}

/** Undefined for a record that is damaged, of another version, or above the limits. Nothing in it is believed. */
export async function decodeTree(record: Uint8Array, limits: TreeLimits = TREE_LIMITS): Promise<Tree | undefined> {
  const bytes = await gunzip(record, HEADER_BYTES + limits.bytes);
  return bytes && parseTree(bytes, limits);
}

/** Reads the result of `treeBytes`. Undefined as for `decodeTree`. The tree keeps copies of the bytes. */
export function parseTree(bytes: Uint8Array<ArrayBuffer>, limits: TreeLimits = TREE_LIMITS): Tree | undefined {
  if (bytes.length < HEADER_BYTES || bytes[0] !== VERSION) return undefined;
  const textEnd = HEADER_BYTES + new DataView(bytes.buffer, bytes.byteOffset).getUint32(1);
  const text = decodeUtf8(bytes.subarray(HEADER_BYTES, textEnd));
  if (text === undefined || NOT_BYTES.test(text) || textEnd > bytes.length) return undefined;
  try {
    return parseTokens(text.split(SEPARATOR), bytes.subarray(textEnd), limits);
  } catch (error) {
    if (error instanceof MalformedTree) return undefined;
    throw error;
  }
}

function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return UTF_8.decode(bytes);
  } catch {
    return undefined;
  }
}

function parseTokens(tokens: readonly string[], kept: Uint8Array, limits: TreeLimits): Tree {
  const builder = new TreeBuilder(limits);
  let taken = 0;
  for (const token of tokens) {
    const mark = token.charAt(0);
    if (token === END_OF_DIRECTORY) builder.close();
    else if (mark === "d") builder.open(token.slice(1));
    else if (mark === "l") builder.add(parseLink(token));
    else {
      const file = parseFile(token, mark, kept, taken);
      taken += file.bytes?.length ?? 0;
      builder.add(file);
    }
  }
  if (taken !== kept.length) throw new MalformedTree("there are bytes of no file");
  return builder.finish();
}

function parseLink(token: string): TreeFile {
  const [name, target] = halvesOf(token);
  return { kind: "symlink", name, target };
}

/** If the bytes of the file are kept, they begin at `offset`. */
function parseFile(token: string, mark: string, kept: Uint8Array, offset: number): FileOfTree {
  const [digits, name] = halvesOf(token);
  const size = Number(digits);
  if (!FILE_MARKS.includes(mark)) throw new MalformedTree("a token is no entry");
  const isExecutable = mark === "x" || mark === "X";
  const isKept = mark === "F" || mark === "X";
  return { kind: "file", name, size, isExecutable, bytes: isKept ? kept.slice(offset, offset + size) : undefined };
}

/** What stands before and after the first slash of a token. */
function halvesOf(token: string): readonly [string, string] {
  const slash = token.indexOf("/");
  if (slash < 0) throw new MalformedTree("a token is no entry");
  return [token.slice(1, slash), token.slice(slash + 1)];
}
