import { createReadStream } from "node:fs";
import { addAbortSignal } from "node:stream";
import { parseMaxPackages } from "../origin/builds/settings.ts";
import { parsePopularityUrl, readPopularity } from "../origin/layers/popularity-file.ts";
import { Settings } from "../origin/system/settings.ts";
import type { WarmCall } from "./arguments.ts";
import type { CommandContext } from "./build-command.ts";
import { CliError, whileDoing } from "./cli-error.ts";
import { popularImages } from "./popular-images.ts";
import { parseWarmList, type WarmImage } from "./warm-list.ts";

const STDIN = "-";
/** A hundred thousand names, more than nixpkgs has. */
const MAX_LIST_BYTES = 4_194_304;

/** The images that a call of `cornice warm` names. Throws `CliError` and `ConfigError`. */
export async function chosenImages(
  { images, tag }: Pick<WarmCall, "images" | "tag">,
  { env, signal }: Pick<CommandContext, "env" | "signal">,
): Promise<WarmImage[]> {
  const settings = new Settings(env);
  const maxPackages = parseMaxPackages(settings);
  const popularityUrl = parsePopularityUrl(settings);
  settings.throwIfAny();
  if (images.kind === "popular") {
    if (!popularityUrl) throw new CliError("--popular needs CORNICE_POPULARITY_URL: a file or URL with shares");
    return popularImages(await readPopularity(popularityUrl), images.count, tag);
  }
  const { path, each } = images;
  const file = path === STDIN ? "standard input" : path;
  const text = await readList(path, signal).catch(whileDoing("cannot read the list"));
  return parseWarmList(text, { file, tag, maxPackages, each });
}

async function readList(path: string, signal: AbortSignal): Promise<string> {
  const stream = addAbortSignal(signal, path === STDIN ? process.stdin : createReadStream(path));
  const chunks: Uint8Array[] = [];
  let size = 0;
  const bytes: AsyncIterable<Uint8Array> = stream;
  for await (const chunk of bytes) {
    size += chunk.length;
    if (size > MAX_LIST_BYTES) throw new CliError(`${path} has more than ${MAX_LIST_BYTES} bytes; divide it`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
