import { appendFile, readFile, rename, writeFile } from "node:fs/promises";
import { hasCode, isSystemError } from "../system/error-code.ts";
import { parseJsonObject } from "../../protocol/json-object.ts";
import { type LayerList, layerListJson, parseLayerList } from "../../image/layers/layer-list.ts";

/**
 * The layers that an origin ever learned of, in a file on its disk. Nothing depends on the file: without it, the origin
 * knows the layers of the store's list alone. Several origins may share the file.
 */
export interface LearnedLayers {
  /** Reads what earlier processes learned, the oldest first. A file that is missing or cannot be read is empty. */
  read(): Promise<LayerList[]>;
  /** Adds a list to the file, if possible. */
  add(list: LayerList): Promise<void>;
}

/** If the file is larger, the older half of its lists goes. About 50,000 layers. */
const MAX_FILE_BYTES = 11_000_000;

export function createLearnedLayers(file: string, maxBytes = MAX_FILE_BYTES): LearnedLayers {
  return {
    async read() {
      const text = await readFile(file, "utf8").catch(nothing);
      const lines = text.split("\n").filter((line) => line !== "");
      const kept = text.length > maxBytes ? lines.slice(lines.length / 2) : lines;
      if (kept.length < lines.length) await replaceFile(file, kept).catch(ignoreSystem);
      return kept.flatMap((line) => parseLayerList(parseJsonObject(line)) ?? []);
    },
    // The line begins with a line break, because a killed process may have left half a line.
    add: (list) => appendFile(file, `\n${JSON.stringify(layerListJson(list))}\n`).catch(ignoreSystem),
  };
}

/** Another process may add a line meanwhile. The line is then lost, which costs time only. */
async function replaceFile(file: string, lines: readonly string[]): Promise<void> {
  const partial = `${file}.${process.pid}`;
  await writeFile(partial, lines.map((line) => `${line}\n`).join(""));
  await rename(partial, file);
}

function nothing(error: unknown): string {
  if (!hasCode(error, "ENOENT")) ignoreSystem(error);
  return "";
}

/** The disk may be full. The builds do not need the file. */
function ignoreSystem(error: unknown): void {
  if (!isSystemError(error)) throw error;
}
