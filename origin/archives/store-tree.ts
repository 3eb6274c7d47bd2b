import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { mkdir, open, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { STORE_DIRECTORY } from "../../image/closure/store-path.ts";
import type { Isolation } from "../isolation/isolation.ts";
import { runNix } from "../nix/run-nix.ts";
import { againIfVanished } from "../nix/vanished.ts";
import type { FolderNode } from "./archive-tree.ts";
import { narOf } from "./nar.ts";
import { base32, sourcePath } from "./source-path.ts";

interface StoreTreeOptions {
  /** An empty folder. It becomes a binary cache with one store path. */
  readonly cache: string;
  /** The file with the bytes of all files. It is removed. */
  readonly content: string;
  readonly isolation: Isolation;
  readonly signal: AbortSignal;
  /** The path of a link. Nix makes the link. While it exists, Nix's garbage collector keeps the store path. */
  readonly gcRoot: string;
}

interface Nar {
  readonly hash: Uint8Array;
  readonly size: number;
}

const NAR_FILE = "source.nar";
const HASH_PART_LENGTH = 32;

/**
 * Puts a tree into the Nix store, and returns its store path. Nix writes each file once. It accepts the tree from any user,
 * because the hash of the tree is in its store path.
 */
export async function storeTree(root: FolderNode, options: StoreTreeOptions): Promise<string> {
  const { cache, content } = options;
  await mkdir(cache, { recursive: true });
  const nar = await writeNar(root, options);
  await rm(content);
  const path = sourcePath(nar.hash);
  await writeFile(join(cache, "nix-cache-info"), `StoreDir: ${STORE_DIRECTORY}\n`);
  await writeFile(join(cache, `${basename(path).slice(0, HASH_PART_LENGTH)}.narinfo`), narinfo(path, nar));
  await againIfVanished(() => copyToStore(path, options));
  return path;
}

/** Nix's garbage collector can remove the path before it has the link. */
async function copyToStore(path: string, { cache, isolation, signal, gcRoot }: StoreTreeOptions): Promise<void> {
  const copy = ["--extra-experimental-features", "nix-command", "copy", "--from", `file://${cache}`, path];
  await runNix(await isolation.own("nix", copy), signal);
  await runNix(await isolation.own("nix-store", ["--realise", path, "--add-root", gcRoot]), signal);
}

async function writeNar(root: FolderNode, { cache, content, signal }: StoreTreeOptions): Promise<Nar> {
  const hash = createHash("sha256");
  let size = 0;
  async function* observed(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of chunks) {
      hash.update(chunk);
      size += chunk.length;
      yield chunk;
    }
  }
  await using handle = await open(content);
  await pipeline(narOf(root, handle), observed, createWriteStream(join(cache, NAR_FILE), { flags: "wx" }), { signal });
  return { hash: hash.digest(), size };
}

/** Describes the store path for Nix: https://nix.dev/manual/nix/2.28/protocols/binary-cache */
function narinfo(path: string, { hash, size }: Nar): string {
  const narHash = `sha256:${base32(hash)}`;
  const fields = [
    ["StorePath", path],
    ["URL", NAR_FILE],
    ["Compression", "none"],
    ["NarHash", narHash],
    ["NarSize", String(size)],
    ["References", ""],
    ["CA", `fixed:r:${narHash}`],
  ];
  return fields.map(([name, value]) => `${name}: ${value}\n`).join("");
}
