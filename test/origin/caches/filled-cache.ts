import { createHash } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { storePathHash } from "../../../image/closure/store-path.ts";
import { narBytes, type Tree } from "../nars/nar-bytes.ts";
import { COMPRESS } from "../packing/archived-paths.ts";
import { narInfoOf, type TestKey } from "./signed-path.ts";

/** A store path of a test's cache. */
export interface CachedTree {
  readonly path: string;
  readonly tree: Tree;
  readonly references: readonly string[];
}

/** The name of a path's archive in its cache. */
export function archiveName({ path }: Pick<CachedTree, "path">): string {
  return `nar/${storePathHash(path)}.nar`;
}

/** Writes a signed binary cache into a folder. */
export async function fillCache(
  folder: string,
  paths: readonly CachedTree[],
  key: TestKey,
  compression: keyof typeof COMPRESS = "zstd",
): Promise<void> {
  await mkdir(join(folder, "nar"), { recursive: true });
  await writeFile(join(folder, "nix-cache-info"), "StoreDir: /nix/store\n");
  for (const cached of paths) {
    const { path, tree, references } = cached;
    const nar = narBytes(tree);
    const archive = COMPRESS[compression](nar);
    const narHash = createHash("sha256").update(nar).digest("hex");
    const url = archiveName(cached);
    const described = { references, url, fileSize: archive.length, compression, narHash, narSize: nar.length };
    await writeFile(join(folder, url), archive);
    await writeFile(join(folder, `${storePathHash(path)}.narinfo`), narInfoOf(path, [key], described));
  }
}
