import { createReadStream } from "node:fs";
import { pathToFileURL } from "node:url";
import { ConfigError, type Settings } from "../system/settings.ts";
import {
  type HashedPopularity,
  hashPopularity,
  NO_POPULARITY,
  parsePopularity,
} from "../../image/layers/popularity.ts";

const SETTING = "CORNICE_POPULARITY_URL";
/** A file with a hundred thousand packages, more than nixpkgs has, takes 4 MB. */
const MAX_BYTES = 16_777_216;
/** The origin waits for the file before it starts. */
const TIMEOUT_MS = 30_000;

/** An http, https or file URL, or a file's path. Undefined when unset. */
export function parsePopularityUrl(settings: Settings): URL | undefined {
  const text = settings.optional(SETTING);
  if (text === undefined) return undefined;
  if (!/^[a-z][a-z0-9+.-]*:/i.test(text)) return pathToFileURL(text);
  if (/^(https?|file):/i.test(text) && URL.canParse(text)) return new URL(text);
  settings.problems.push(
    `${SETTING} is ${JSON.stringify(text)}; it must be an http, https or file URL, or a file's path`,
  );
  return undefined;
}

/** Throws a `ConfigError` of one line if the file cannot be read or parsed. */
export async function readPopularity(url: URL | undefined): Promise<HashedPopularity> {
  if (!url) return NO_POPULARITY;
  try {
    const json = await readText(url.protocol === "file:" ? createReadStream(url) : await download(url));
    return await hashPopularity(parsePopularity(json));
  } catch (cause) {
    throw new ConfigError([`${SETTING}: ${redact(url)} cannot be used: ${reasonOf(cause)}`], { cause });
  }
}

async function download(url: URL): Promise<AsyncIterable<Uint8Array>> {
  const { username, password } = url;
  const bare = new URL(url);
  // fetch refuses URLs with credentials.
  bare.username = bare.password = "";
  const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  const headers = username === "" && password === "" ? {} : { authorization: `Basic ${btoa(credentials)}` };
  const response = await fetch(bare, { headers, signal: AbortSignal.timeout(TIMEOUT_MS) });
  if (response.ok && response.body) return response.body;
  await response.body?.cancel();
  throw new Error(`GET answered ${response.status}`);
}

async function readText(stream: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of stream) {
    size += chunk.length;
    if (size > MAX_BYTES) throw new Error(`it has more than ${MAX_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** Leaves out credentials and query, because both may hold secrets. */
function redact({ protocol, host, pathname }: URL): string {
  return `${protocol}//${host}${pathname}`;
}

/** If `fetch` fails, the reason is in the cause of its error. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error && error.message === "fetch failed" ? reasonOf(error.cause) : error.message;
}
