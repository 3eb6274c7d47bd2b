import type { CachedPath } from "../caches/cached-path.ts";

/**
 * The archive of a store path, with everything that a thread needs to fetch and check it. Plain data, because it goes to
 * other threads.
 */
export interface PathArchive extends Pick<CachedPath, "path" | "narHash" | "narSize" | "archive"> {
  /** A cache that sends nothing for this time counts as down; milliseconds. */
  readonly silenceMs: number;
  /** Large files that may equal an earlier one wait here. */
  readonly spoolDirectory: string;
}
