import { copyFile, link, mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { type Digest, digestHex } from "../../protocol/digest.ts";
import { isJsonObject, parseJsonObject } from "../../protocol/json-object.ts";
import type { LayerCompression } from "../../protocol/media-types.ts";
import { hasCode, isSystemError } from "../error-code.ts";
import type { Fragment } from "../packing/fragment.ts";
import type { PackedFragment, PackedLayer } from "../packing/messages.ts";
import { FORMAT_VERSION } from "./format-version.ts";

/**
 * Layers that stay on the machine after they were stored, because parts of them, the compressed forms of store paths,
 * may be parts of layers to come, and because a store may lose a layer. Nothing depends on it: what is not here is
 * compressed again, to the same bytes.
 */
export interface KeptLayers {
  /** Where the compressed form of a store path is. */
  find(path: string): Fragment | undefined;
  /** A whole layer; undefined for one that is not here. */
  open(digest: Digest): Promise<KeptBlob | undefined>;
  /** Keeps a packed layer's file under another name, if it can, and lets the least recently used go. */
  keep(file: string, layer: PackedLayer): Promise<void>;
}

/** An open file, which may be gone from its folder in the meantime. */
export interface KeptBlob {
  /** Bytes. */
  readonly size: number;
  /** To be consumed or destroyed. */
  readonly body: Readable;
}

interface KeptLayerOptions {
  /** Nothing else is in it. */
  readonly directory: string;
  readonly compression: LayerCompression;
  readonly maxBytes: number;
}

interface KeptLayer {
  readonly file: string;
  readonly size: number;
  readonly fragments: readonly PackedFragment[];
}

const RECORD_SUFFIX = ".json";

export async function openKeptLayers(options: KeptLayerOptions): Promise<KeptLayers> {
  const { maxBytes } = options;
  const directory = await openFormat(options);
  /** By digest, the least recently used first. */
  const layers = new Map<string, KeptLayer>();
  const places = new Map<string, { readonly layer: string; readonly fragment: Fragment }>();
  let total = 0;

  function add(name: string, layer: KeptLayer): void {
    layers.set(name, layer);
    total += layer.size;
    for (const { path, ...range } of layer.fragments) {
      places.set(path, { layer: name, fragment: { ...range, file: layer.file } });
    }
  }

  function touch(name: string, layer: KeptLayer): void {
    layers.delete(name);
    layers.set(name, layer);
  }

  /** Files go last, so that nothing is found that is being removed. */
  async function makeRoom(): Promise<void> {
    const gone: KeptLayer[] = [];
    for (const [name, layer] of layers) {
      if (total <= maxBytes) break;
      layers.delete(name);
      total -= layer.size;
      for (const { path } of layer.fragments) if (places.get(path)?.layer === name) places.delete(path);
      gone.push(layer);
    }
    await Promise.all(gone.map(({ file }) => removeLayer(file)));
  }

  for (const layer of await readKept(directory)) add(layer.file.slice(directory.length + 1), layer);
  await makeRoom();

  return {
    find(path) {
      const place = places.get(path);
      const layer = place && layers.get(place.layer);
      if (!layer) return undefined;
      touch(place.layer, layer);
      return place.fragment;
    },
    async open(digest) {
      const layer = layers.get(digestHex(digest));
      if (!layer) return undefined;
      touch(digestHex(digest), layer);
      const file = await open(layer.file).catch((error: unknown) => {
        if (hasCode(error, "ENOENT")) return undefined;
        throw error;
      });
      return file && { size: layer.size, body: file.createReadStream() };
    },
    async keep(spooled, { digest, size, fragments }) {
      const name = digestHex(digest);
      if (size > maxBytes || layers.has(name)) return;
      const file = join(directory, name);
      try {
        await linkOrCopy(spooled, file);
        // The record is last, and appears as a whole: a layer without one is removed at the next start.
        await writeFile(`${file}.${process.pid}`, JSON.stringify({ size, fragments }));
        await rename(`${file}.${process.pid}`, `${file}${RECORD_SUFFIX}`);
        add(name, { file, size, fragments });
        await makeRoom();
      } catch (error) {
        // A disk that is full, or another process that was at it: the build has all that it needs.
        if (!isSystemError(error)) throw error;
      }
    },
  };
}

/** A fragment of another format or compression would be other bytes: what older code has kept goes. */
async function openFormat({ directory, compression }: KeptLayerOptions): Promise<string> {
  const format = `${compression}-${FORMAT_VERSION}`;
  await mkdir(join(directory, format), { recursive: true });
  const others = (await readdir(directory)).filter((name) => name !== format);
  await Promise.all(others.map((name) => rm(join(directory, name), { recursive: true, force: true })));
  return join(directory, format);
}

async function linkOrCopy(from: string, to: string): Promise<void> {
  await rm(to, { force: true });
  await link(from, to).catch((error: unknown) => {
    if (!hasCode(error, "EXDEV", "EPERM")) throw error;
    return copyFile(from, to);
  });
}

async function removeLayer(file: string): Promise<void> {
  await rm(`${file}${RECORD_SUFFIX}`, { force: true });
  await rm(file, { force: true });
}

/** What an earlier process kept, the oldest first; what it did not finish is removed. */
async function readKept(directory: string): Promise<KeptLayer[]> {
  const names = new Set(await readdir(directory));
  const found = await Promise.all(
    [...names]
      .filter((name) => /^[0-9a-f]{64}$/.test(name))
      .map(async (name) => {
        const file = join(directory, name);
        const record = names.has(`${name}${RECORD_SUFFIX}`) ? await readRecord(file) : undefined;
        const status = await stat(file).catch(() => undefined);
        if (record && status?.size === record.size) return { layer: { file, ...record }, keptAt: status.mtimeMs };
        await removeLayer(file);
        return undefined;
      }),
  );
  const kept = found.filter((item) => item !== undefined);
  return kept.toSorted((a, b) => a.keptAt - b.keptAt).map(({ layer }) => layer);
}

async function readRecord(file: string): Promise<Omit<KeptLayer, "file"> | undefined> {
  const { size, fragments } = parseJsonObject(await readFile(`${file}${RECORD_SUFFIX}`, "utf8")) ?? {};
  if (typeof size !== "number" || !Array.isArray(fragments) || !fragments.every(isFragment)) return undefined;
  return { size, fragments };
}

function isFragment(value: unknown): value is PackedFragment {
  if (!isJsonObject(value) || typeof value["path"] !== "string") return false;
  if (typeof value["tarHash"] !== "string") return false;
  return ["offset", "size", "checksum"].every((name) => Number.isSafeInteger(value[name]));
}
