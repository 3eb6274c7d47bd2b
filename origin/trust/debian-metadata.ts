import { readFile, realpath, stat } from "node:fs/promises";
import { join } from "node:path";
import pLimit from "p-limit";
import { STORE_DIRECTORY, type StorePath, storePathName } from "../../image/closure/store-path.ts";
import { distinctLicenses, type License } from "../../image/facts/license.ts";
import { Recent } from "../../protocol/recent.ts";
import { copyrightLicenses } from "../starter/debian-copyright.ts";
import type { DebianPaths } from "../starter/debian-paths.ts";
import { debianPackages } from "./debian-packages.ts";
import type { DescribedPath } from "./described-path.ts";

/** Adds homepages and licenses to the store paths of the starter set. */
export type DescribeDebian = (
  described: readonly DescribedPath[],
  closure: readonly StorePath[],
  debian: DebianPaths | undefined,
) => Promise<readonly DescribedPath[]>;

/** Bytes. Of 900 packages of Debian 12, the largest file has 2 MB. */
const MAX_COPYRIGHT_BYTES = 4_194_304;
const FILES_AT_ONCE = 16;
/** The licenses of a store path take about 300 bytes. */
const MAX_REMEMBERED = 10_000;

/**
 * The licenses come from the files of the store paths, so they are the same on each machine. Those of a path that is not on
 * this machine are unknown.
 */
export function createDebianDescriber(): DescribeDebian {
  const known = new Recent<readonly License[]>(MAX_REMEMBERED, Infinity, Date.now);
  const limit = pLimit(FILES_AT_ONCE);

  async function licensesOf(path: string, names: readonly string[]): Promise<readonly License[]> {
    const remembered = known.get(path);
    if (remembered) return remembered;
    const texts = await Promise.all(names.map((name) => limit(() => readCopyright(path, name))));
    const licenses = distinctLicenses(texts.flatMap((text) => copyrightLicenses(text ?? "")));
    if (texts.every((text) => text !== undefined)) known.set(path, licenses);
    return licenses;
  }

  return async (described, closure, debian) => {
    if (!debian) return described;
    const all = new Map(described.map((each) => [each.path, each]));
    const describe = async (storePath: StorePath) => {
      const { path } = storePath;
      const packages = debianPackages(storePath, debian);
      if (packages.length === 0) return;
      const licenses = await licensesOf(
        path,
        packages.map(({ name }) => name),
      );
      const metadata = { licenses, homepage: debian.homepages.get(storePathName(path)), debian: [] };
      all.set(path, { ...all.get(path), path, metadata });
    };
    await Promise.all(closure.map(describe));
    return [...all.values()];
  };
}

/** Undefined if the file is missing, too large, or elsewhere than in the store. Some packages link to another one's file. */
async function readCopyright(path: string, name: string): Promise<string | undefined> {
  try {
    const file = await realpath(join(path, "usr/share/doc", name, "copyright"));
    if (!file.startsWith(`${STORE_DIRECTORY}/`)) return undefined;
    return (await stat(file)).size <= MAX_COPYRIGHT_BYTES ? await readFile(file, "utf8") : undefined;
  } catch {
    return undefined;
  }
}
