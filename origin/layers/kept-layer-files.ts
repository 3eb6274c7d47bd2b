import { copyFile, link, mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isJsonObject, parseJsonObject } from "../../protocol/json-object.ts";
import { hasCode } from "../system/error-code.ts";
import type { PackedFragment } from "../packing/messages.ts";

/** A layer's file. A record beside it lists its fragments. */
export interface KeptLayer {
  /** The hexadecimal digits of the layer's digest. */
  readonly name: string;
  readonly size: number;
  readonly fragments: readonly PackedFragment[];
}

const RECORD_SUFFIX = ".json";

/** Keeps a file under another name. The record comes last, in one step. A layer without a record does not count. */
export async function writeLayer(directory: string, { name, ...record }: KeptLayer, from: string): Promise<void> {
  const file = join(directory, name);
  const unfinished = `${file}.${process.pid}`;
  await mkdir(directory, { recursive: true });
  await rm(file, { force: true });
  await linkOrCopy(from, file);
  await writeFile(unfinished, JSON.stringify(record));
  await rename(unfinished, `${file}${RECORD_SUFFIX}`);
}

async function linkOrCopy(from: string, to: string): Promise<void> {
  await link(from, to).catch((error: unknown) => {
    if (!hasCode(error, "EXDEV", "EPERM")) throw error;
    return copyFile(from, to);
  });
}

/** Removes the files of a layer, as far as this is possible. */
export async function removeLayer(directory: string, name: string): Promise<void> {
  const file = join(directory, name);
  await removeAll([`${file}${RECORD_SUFFIX}`, `${file}.${process.pid}`, file]);
}

/** Ignores errors: another process may remove the same files, and a file that stays does no harm. */
export async function removeAll(paths: readonly string[]): Promise<void> {
  await Promise.allSettled(paths.map((path) => rm(path, { recursive: true, force: true })));
}

/** Reads the layers that earlier processes kept, the oldest first. Removes all unfinished files. */
export async function readLayers(directory: string): Promise<KeptLayer[]> {
  const names = await readdir(directory);
  const layers = names.filter((name) => /^[0-9a-f]{64}$/.test(name));
  const found = (await Promise.all(layers.map((name) => readLayer(directory, name)))).filter(
    (item) => item !== undefined,
  );
  const whole = new Set(found.flatMap(({ layer: { name } }) => [name, `${name}${RECORD_SUFFIX}`]));
  await removeAll(names.filter((name) => !whole.has(name)).map((name) => join(directory, name)));
  return found.toSorted((a, b) => a.keptAt - b.keptAt).map(({ layer }) => layer);
}

interface DatedLayer {
  readonly layer: KeptLayer;
  readonly keptAt: number;
}

async function readLayer(directory: string, name: string): Promise<DatedLayer | undefined> {
  const file = join(directory, name);
  try {
    const { size, fragments } = parseJsonObject(await readFile(`${file}${RECORD_SUFFIX}`, "utf8")) ?? {};
    const { size: actualSize, mtimeMs: keptAt } = await stat(file);
    if (size !== actualSize || !Array.isArray(fragments) || !fragments.every(isFragment)) return undefined;
    return { layer: { name, size, fragments }, keptAt };
  } catch {
    // A layer that is gone or unreadable does not count.
    return undefined;
  }
}

function isFragment(value: unknown): value is PackedFragment {
  if (!isJsonObject(value) || typeof value["path"] !== "string" || typeof value["tarHash"] !== "string") return false;
  return ["offset", "size", "checksum"].every((name) => Number.isSafeInteger(value[name]));
}
