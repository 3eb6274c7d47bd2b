import { isCommit } from "../../protocol/tag.ts";
import { DownloadError } from "../downloads/download-error.ts";
import { download } from "../downloads/download.ts";
import { unreachable } from "./revision.ts";

/** A revision file has 40 bytes. A page of HTML instead of it may be longer. */
const MAX_FILE_BYTES = 65_536;
/** A server that takes longer counts as down. */
const TIMEOUT_MS = 30_000;

/** Reads the commit of a channel. Undefined if the channel does not exist. Throws `UNAVAILABLE`. */
export async function readChannel(channel: string, server: string, stop: AbortSignal): Promise<string | undefined> {
  const url = `${server}/${channel}/git-revision`;
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  try {
    const text = (await readText(url, AbortSignal.any([stop, timeout]))).trim();
    if (isCommit(text)) return text;
    throw new DownloadError("its revision file has no commit", false, {
      cause: new Error(`GET ${url} gave ${text}`),
    });
  } catch (cause) {
    stop.throwIfAborted();
    if (cause instanceof DownloadError && cause.isMissing) return undefined;
    throw unreachable(`channel ${channel}`, cause);
  }
}

async function readText(url: string, signal: AbortSignal): Promise<string> {
  const chunks = await Array.fromAsync(download(url, { silenceMs: TIMEOUT_MS, maxBytes: MAX_FILE_BYTES, signal }));
  return Buffer.concat(chunks).toString("utf8");
}
